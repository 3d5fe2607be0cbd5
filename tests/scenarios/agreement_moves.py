"""Moves of contracts and plans, tax invoices, deposits and bills of exchange."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tests.model.agreements import Contract
from tests.model.items import RECEIVABLE, Customer, Document
from tests.model.sums import decimal

if TYPE_CHECKING:
    from tests.model.second_model import SecondModel
    from tests.scenarios.moves import Draw

NAMES = (
    "contract_create",
    "contract_sign",
    "contract_bill",
    "contract_finish",
    "contract_void",
    "plan_create",
    "plan_replan",
    "plan_cancel",
    "plan_bill",
    "fapiao_request",
    "fapiao_withdraw",
    "fapiao_issue",
    "fapiao_red",
    "fapiao_reissue",
    "fapiao_void",
    "deposit_receive",
    "deposit_return",
    "deposit_keep",
    "deposit_reverse",
    "deposit_undo",
    "bill_endorse",
    "bill_collect",
    "bill_discount",
    "bill_dishonour",
    "bill_undo",
)
BEFORE = {
    "contract_sign": "contract_create",
    "contract_bill": "contract_sign",
    "contract_finish": "plan_bill",
    "contract_void": "contract_create",
    "plan_create": "contract_sign",
    "plan_replan": "plan_create",
    "plan_cancel": "plan_create",
    "plan_bill": "plan_create",
    "fapiao_request": "invoice_issue",
    "fapiao_withdraw": "fapiao_request",
    "fapiao_issue": "fapiao_request",
    "fapiao_red": "fapiao_issue",
    "fapiao_reissue": "fapiao_issue",
    "fapiao_void": "fapiao_issue",
    "deposit_return": "deposit_receive",
    "deposit_keep": "deposit_receive",
    "deposit_reverse": "deposit_receive",
    "deposit_undo": "deposit_keep",
    "bill_endorse": "payment_record",
    "bill_collect": "payment_record",
    "bill_discount": "payment_record",
    "bill_dishonour": "payment_record",
    "bill_undo": "bill_discount",
}
_SHARES = (["0.3", "0.3", "0.4"], ["0.5", "0.5"], ["0.333", "0.333", "0.334"], ["0.9", "0.2"], ["1"])
_PAPER_CODE = "110022000333"


class AgreementMoves:
    """A part of `Moves`."""

    model: SecondModel
    base: date
    prefix: str

    # -------------------------------------------------------------- contracts

    def _contract(self, draw: Draw, *states: str) -> Contract | None:
        known = list(self.model.contracts.values())
        found = [one for one in known if one.state in states] if draw.odd % 16 != 15 else known
        # often the first one, so that much comes together there
        return found[draw.pick % len(found) if draw.odd % 3 else 0] if found else None

    def _contract_day(self, draw: Draw, contract: Contract) -> str | None:
        """A day on or after what happened to the contract, and now and then before."""
        if draw.day == "none":
            return None
        if draw.day in ("lock", "unlock") and self.model.locked_until > date.min:
            return (self.model.locked_until + timedelta(days=draw.day == "unlock")).isoformat()
        last = max([contract.on, *(day for day, _ in contract.plans)])
        steps = {"after": 1, "later": 7, "before": -1, "far": 40, "last_before": 20, "last": 90}
        return (last + timedelta(days=steps.get(draw.day, 0))).isoformat()

    def _contract_create(self, draw: Draw) -> dict[str, Any] | None:
        customer = self._customer(draw)
        if not customer:
            return None
        lines = self._lines(draw)
        if draw.odd % 4 == 1:
            lines[0]["unit_price"] = ("1000", "100", "0.07", "999.99")[draw.other % 4]
        return {"customer": customer.code, "date": self._new_day(draw), "lines": lines}

    def _contract_sign(self, draw: Draw) -> dict[str, Any] | None:
        found = self._contract(draw, "draft")
        return found and {"contract": found.number, "date": self._contract_day(draw, found)}

    def _contract_bill(self, draw: Draw) -> dict[str, Any] | None:
        found = self._contract(draw, "signed", "running")
        if found and found.plan is not None and draw.bit(4):
            return None
        return found and {"contract": found.number, "date": self._contract_day(draw, found)}

    def _contract_finish(self, draw: Draw) -> dict[str, Any] | None:
        found = self._contract(draw, "running")
        if not found or draw.bit(0):
            return None
        return {"contract": found.number, "date": self._contract_day(draw, found)}

    def _contract_void(self, draw: Draw) -> dict[str, Any] | None:
        found = self._contract(draw, "draft", "signed", "running")
        if not found or draw.bit(0):
            return None
        return {"contract": found.number, "date": self._contract_day(draw, found), "reason": "off"}

    def _plan(self, draw: Draw, contract: Contract, left: int) -> dict[str, Any]:
        args: dict[str, Any] = {
            "contract": contract.number,
            "date": self._contract_day(draw, contract),
            "first_due": (contract.on + timedelta(days=draw.other % 60 - (draw.odd % 32 == 31))).isoformat(),
        }
        way = ("equal", "monthly", "percent", "by_hand")[draw.odd // 4 % 4]
        args["way"] = way
        if way == "by_hand":
            first = max(left // 3, 1)
            amounts = [first, left - first] if left > 1 else [left]
            amounts[-1] += draw.odd % 32 == 30
            args["parts"] = [
                {
                    "due": (contract.on + timedelta(days=30 * place + draw.other % 30)).isoformat(),
                    "amount": decimal(amount, contract.currency),
                }
                for place, amount in enumerate(amounts)
            ]
            del args["first_due"]
        elif way == "percent":
            args["percents"] = _SHARES[draw.other % len(_SHARES)]
        else:
            args["count"] = (3, 2, 7, 1, 4, 12)[draw.other % 6]
            args["every_months"] = 1 + draw.pick % 3
        if draw.bit(2):
            args["remainder"] = "first"
        return args

    def _plan_create(self, draw: Draw) -> dict[str, Any] | None:
        known = self.model.contracts.values()
        bare = [one for one in known if one.plan is None and not one.live and one.state != "void"]
        found = bare[draw.pick % len(bare)] if bare and draw.odd % 16 else self._contract(draw, "signed")
        return self._plan(draw, found, found.total) if found else None

    def _planned(self, draw: Draw) -> Contract | None:
        found = [one for one in self.model.contracts.values() if one.plan is not None]
        return found[draw.pick % len(found)] if found else None

    def _plan_replan(self, draw: Draw) -> dict[str, Any] | None:
        found = self._planned(draw)
        if not found:
            return None
        left = found.total - sum(part.amount for part, _bill in found.live if part)
        return self._plan(draw, found, left) | {"reason": "asked for time"}

    def _plan_cancel(self, draw: Draw) -> dict[str, Any] | None:
        found = self._planned(draw)
        if not found or draw.bit(0):
            return None
        return {"contract": found.number, "date": self._contract_day(draw, found), "reason": "off"}

    def _plan_bill(self, draw: Draw) -> dict[str, Any] | None:
        found = self._planned(draw)
        if not found or (found.state == "draft" and draw.odd % 8):
            return found and {"contract": found.number, "date": found.on.isoformat()}
        args = {"contract": found.number, "date": self._contract_day(draw, found)}
        if draw.bit(1):
            billed = {part for part, _bill in found.live}
            bare = [place for place, part in enumerate(found.plan or (), 1) if part not in billed]
            whole = len(found.plan or ())
            args["instalment"] = (
                bare[draw.other % len(bare)] if bare and draw.odd % 8 else 1 + draw.other % (whole + 1)
            )
        elif draw.bit(2):
            args["due"] = (found.on + timedelta(days=draw.other % 200)).isoformat()
        return args

    def _more_of_payment(self, draw: Draw, customer: Customer, args: dict[str, Any]) -> None:
        """Of some payments: the contract they are for, the bill they are made by, others they pay for."""
        chance = (draw.pick * 7 + draw.other) % 12
        contracts = [c for c in self.model.contracts.values() if c.customer is customer and c.state != "void"]
        if chance in (0, 1, 2) and (contracts or draw.odd % 8 == 0):
            known = contracts if draw.odd % 16 != 15 else list(self.model.contracts.values())
            if not known:
                return
            found = known[draw.other % len(known)]
            args["contract"] = found.number
            if draw.bit(2):
                del args["allocate"]
        elif chance in (3, 4):
            args["method"] = "bill"
            if draw.odd % 16:
                args.pop("fee", None)
            if draw.odd % 32 != 31:
                number = f"B{self.prefix}{draw.pick % 12}"
                args["bill"] = {"number": number, "due_on": "2026-12-01"}
        elif chance == 5 and isinstance(args["allocate"], list):
            others = [
                d
                for d in self.model.documents.values()
                if d.side == RECEIVABLE and d.left and d.customer is not customer
            ]
            args["on_behalf"] = True
            args["allocate"] += [
                {"invoice": d.number, "amount": decimal(max(d.left // (1 + draw.odd % 2), 1), d.currency)}
                for d in others[: 1 + draw.odd // 4 % 2]
                if d.currency == customer.currency
            ]

    # -------------------------------------------------------------- tax invoices

    def _fapiao_request(self, draw: Draw) -> dict[str, Any] | None:
        bill = self._receivable(draw.pick, draw.bit(0))
        if not bill:
            return None
        parts: list[dict[str, Any]] = [{"invoice": bill.number}]
        free = self.model.billable(bill, date.max) - self.model.invoiced(bill, date.max)
        if draw.bit(1):
            parts[0]["amount"] = self._amount(draw, max(free - self.model.asked(bill), 1), bill.currency)
        if draw.odd % 6 == 5 and (other := self._receivable(draw.other, True, bill.customer)):
            parts.append({"invoice": other.number})
        return {
            "customer": bill.customer.code,
            "invoices": parts,
            "medium": "paper" if draw.bit(3) else None,
            "date": self._day(draw, bill),
        }

    def _fapiao_withdraw(self, draw: Draw) -> dict[str, Any] | None:
        known = list(self.model.requests)
        return {"request": known[draw.pick % len(known)], "reason": "no"} if known else None

    def _number_of(self, draw: Draw, *, is_paper: bool, more: int = 0) -> str:
        """The next one; now and then one that is in use."""
        used = [one.number for one in self.model.fapiao.values() if one.is_paper == is_paper]
        if used and draw.odd % 16 == 14:
            return used[draw.pick % len(used)]
        count = len(self.model.fapiao) + 1 + more
        return (
            f"{count:08d}" if is_paper else f"26{int(self.prefix.encode().hex(), 16) % 1000:03d}{count:015d}"
        )

    def _fapiao_issue(self, draw: Draw) -> dict[str, Any] | None:
        waiting = [one for one in self.model.requests.values() if one.state == "requested"]
        known = waiting if draw.odd % 8 else list(self.model.requests.values())
        if not known:
            return None
        request = known[draw.pick % len(known)]
        bill = next(iter(request.parts))
        return {
            "request": request.number,
            "number": self._number_of(draw, is_paper=request.is_paper),
            "code": _PAPER_CODE if request.is_paper else None,
            "date": self._day(draw, bill),
        }

    def _fapiao(self, draw: Draw) -> Any:
        known = list(self.model.fapiao.values())
        found = [one for one in known if not one.original and not one.voided_on] if draw.odd % 8 else known
        return found[draw.pick % len(found)] if found else None

    def _fapiao_day(self, draw: Draw, on: date) -> str | None:
        if draw.day == "none":
            return None
        steps = {"after": 1, "later": 7, "before": -1, "far": 40, "last": 3}
        return (on + timedelta(days=steps.get(draw.day, 0))).isoformat()

    def _fapiao_red(self, draw: Draw) -> dict[str, Any] | None:
        found = self._fapiao(draw)
        if not found:
            return None
        left = self.model._left_of(found) if not found.original else found.parts
        args = {
            "fapiao": found.number,
            "reason": ("return", "allowance", "wrong_details")[draw.other % 3],
            "number": self._number_of(draw, is_paper=found.is_paper),
            "code": _PAPER_CODE if found.is_paper else None,
            "date": self._fapiao_day(draw, found.on),
        }
        if len(left) == 1 and draw.bit(2):
            ((bill, amount),) = left.items()
            args["amount"] = self._amount(draw, max(amount, 1), bill.currency)
        return args

    def _fapiao_reissue(self, draw: Draw) -> dict[str, Any] | None:
        found = self._fapiao(draw)
        code = _PAPER_CODE if found and found.is_paper else None
        return found and {
            "fapiao": found.number,
            "reason": "wrong title",
            "number": self._number_of(draw, is_paper=found.is_paper),
            "code": code,
            "date": self._fapiao_day(draw, found.on),
            "new": {"number": self._number_of(draw, is_paper=found.is_paper, more=1)}
            | ({"code": code} if code else {}),
        }

    def _fapiao_void(self, draw: Draw) -> dict[str, Any] | None:
        known = list(self.model.fapiao.values())
        paper = [one for one in known if one.is_paper and not one.voided_on] if draw.odd % 8 else known
        if not paper:
            return None
        found = paper[draw.pick % len(paper)]
        return {"fapiao": found.number, "date": self._fapiao_day(draw, found.on), "reason": "misprint"}

    # -------------------------------------------------------------- deposits

    def _deposit_receive(self, draw: Draw) -> dict[str, Any] | None:
        customer = self._customer(draw)
        return customer and {
            "customer": customer.code,
            "date": self._new_day(draw),
            "amount": self._amount(draw, 100 + draw.other * 7, customer.currency),
        }

    def _deposit(self, draw: Draw) -> Document | None:
        found = [d for d in self.model.documents.values() if d.kind == "deposit"]
        left = [d for d in found if d.left] if draw.odd % 8 else found
        return left[draw.pick % len(left)] if left else None

    def _deposit_return(self, draw: Draw) -> dict[str, Any] | None:
        found = self._deposit(draw)
        return found and {
            "deposit": found.number,
            "amount": self._amount(draw, found.left, found.currency),
            "date": self._day(draw, found),
        }

    def _deposit_keep(self, draw: Draw) -> dict[str, Any] | None:
        found = self._deposit(draw)
        if not found:
            return None
        args = {"deposit": found.number, "reason": "damage"}
        owner = None if draw.odd % 16 == 15 else found.customer
        target = self._receivable(draw.other, not draw.bit(1), owner) if draw.bit(2) else None
        if not target:
            amount = self._amount(draw, found.left, found.currency)
            return args | {"amount": amount, "date": self._day(draw, found)}
        left = min(found.left, target.left) or max(found.left, target.left)
        return args | {
            "keep_for": "invoice",
            "invoice": target.number,
            "amount": self._amount(draw, left, found.currency),
            "date": self._day(draw, found, target),
        }

    def _deposit_reverse(self, draw: Draw) -> dict[str, Any] | None:
        found = self._deposit(draw)
        return found and {"deposit": found.number, "date": self._day(draw, found), "reason": "bounced"}

    def _deposit_undo(self, draw: Draw) -> dict[str, Any] | None:
        found = [d for d in self.model.documents.values() if d.kind.startswith("deposit_")]
        standing = [d for d in found if not d.ended_on] if draw.odd % 8 else found
        if not standing:
            return None
        use = standing[draw.pick % len(standing)]
        return {"entry": use.number, "date": self._day(draw, use), "reason": "mistake"}

    # -------------------------------------------------------------- bills of exchange

    def _paper(self, draw: Draw, *, is_gone: bool = False) -> tuple[str, Document] | None:
        known = [(number, p) for number, own in self.model.papers.items() for p in own]
        if draw.odd % 8:
            known = [(n, p) for n, p in known if not p.ended_on and bool(p.gone_as) == is_gone] or (
                known if draw.odd % 4 == 3 else []
            )
        return known[draw.pick % len(known)] if known else None

    def _happens(self, draw: Draw, *, is_gone: bool = False) -> dict[str, Any] | None:
        found = self._paper(draw, is_gone=is_gone)
        if not found:
            return None
        number, payment = found
        last = max([payment.on, *payment.paper_days])
        day = self._day(draw, payment)
        if day and payment.paper_days and draw.odd % 4:
            day = max(day, last.isoformat())
        return {"bill": number, "date": day}

    def _bill_endorse(self, draw: Draw) -> dict[str, Any] | None:
        args = self._happens(draw)
        return args and args | {"to": "Supplier"}

    def _bill_collect(self, draw: Draw) -> dict[str, Any] | None:
        return self._happens(draw)

    def _bill_discount(self, draw: Draw) -> dict[str, Any] | None:
        args = self._happens(draw)
        if not args:
            return None
        payment = self.model.papers[args["bill"]][-1]
        return args | {
            "fee": decimal((payment.cash + draw.bit(5)) // (1, 10, 50)[draw.other % 3], payment.currency)
        }

    def _bill_dishonour(self, draw: Draw) -> dict[str, Any] | None:
        args = self._happens(draw, is_gone=draw.bit(3))
        return args and args | {"reason": "no cover"}

    def _bill_undo(self, draw: Draw) -> dict[str, Any] | None:
        args = self._happens(draw, is_gone=True)
        return args and args | {"reason": "mistake"}
