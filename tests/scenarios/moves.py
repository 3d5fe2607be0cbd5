"""Every ledger operation as a move: from a few small numbers to one line of the batch language.

A move looks at the second model to aim well (an open invoice, exactly its open amount, one cent more, the day
before its last event), never at the program. The numbers come from Hypothesis or from a seeded generator.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

from tests.model.items import RECEIVABLE, SOURCE, Customer, Document
from tests.model.second_model import SecondModel
from tests.model.sums import TOO_LARGE, decimal
from tests.scenarios import agreement_moves

EDGES = (
    "left",
    "left",
    "left",
    "left",
    "left",
    "half",
    "half",
    "half",
    "over",
    "over",
    "under",
    "one",
    "tenth",
    "tenth",
    "some",
    "some",
    "zero",
    "huge",
)
DAYS = (
    "same",
    "same",
    "same",
    "after",
    "later",
    "later",
    "none",
    "last",
    "last",
    "before",
    "last_before",
    "lock",
    "unlock",
    "far",
    "today",
)
RATES = ("0.13", "0.13", "0.09", "0.06", "0.03", "0.01", "0")
MODES = ("none", "none", "oldest", "oldest", "due", "exact", "exact", "auto", "list", "list")
PRICES = ("100.00", "0.01", "99.99", "33.335", "12.55", "241.67", "0.005", "1.15", "7.77777777", "0.07")
QUANTITIES = ("1", "3", "0.333333", "2.5", "10", "1000")
Move = tuple[str, dict[str, Any]]
NAMES = (
    "customer_create",
    "customer_update",
    "customer_deactivate",
    "period_lock",
    "invoice_issue",
    "invoice_draft",
    "invoice_void",
    "invoice_reissue",
    "opening_record",
    "credit_issue",
    "credit_apply",
    "credit_release",
    "credit_void",
    "payment_record",
    "payment_allocate",
    "payment_release",
    "payment_reverse",
    "refund_record",
    "refund_reverse",
    "writeoff_record",
    "writeoff_reverse",
    "writeoff_recover",
    "rate_set",
    "rate_remove",
    "revaluation_run",
    "revaluation_undo",
    "writeoff_recovery_reverse",
    "transfer_record",
    "transfer_reverse",
    "payment_reallocate",
    "period_close",
    "period_reopen",
    "rate_adopt",
    *agreement_moves.NAMES,
)
# What has to be there first.
BEFORE = {
    "invoice_void": "invoice_issue",
    "invoice_reissue": "invoice_issue",
    "credit_void": "credit_issue",
    "credit_apply": "credit_issue",
    "credit_release": "credit_apply",
    "payment_allocate": "payment_record",
    "payment_release": "payment_allocate",
    "payment_reverse": "payment_record",
    "refund_record": "payment_record",
    "refund_reverse": "refund_record",
    "writeoff_record": "invoice_issue",
    "writeoff_reverse": "writeoff_record",
    "writeoff_recover": "writeoff_record",
    "writeoff_recovery_reverse": "writeoff_recover",
    "transfer_record": "payment_record",
    "transfer_reverse": "transfer_record",
    "payment_reallocate": "payment_record",
    "period_close": "period_lock",
    "rate_adopt": "payment_allocate",
    "period_reopen": "period_close",
    "customer_deactivate": "customer_update",
    "period_lock": "invoice_issue",
    "rate_remove": "rate_set",
    "revaluation_undo": "revaluation_run",
    **agreement_moves.BEFORE,
}
EXCHANGE = ("7.1234", "6.85", "0.0471", "12.3456789012", "0.333", "7.1", "1")


@dataclass(frozen=True)
class Draw:
    """What chance decides of one move: two picks, an amount and a day by their kind, and a spare number."""

    pick: int
    other: int
    edge: str
    day: str
    odd: int

    MANY: ClassVar[int] = 200 * 256 * len(EDGES) * len(DAYS)

    @classmethod
    def of(cls, number: int, other: int) -> Draw:
        """Unpacks a number below MANY, and a second one below 1000."""
        number, edge = divmod(number, len(EDGES))
        number, day = divmod(number, len(DAYS))
        pick, odd = divmod(number, 256)
        return cls(pick, other, EDGES[edge], DAYS[day], odd)

    def bit(self, place: int) -> bool:
        return bool(self.odd >> place & 1)


class Moves(agreement_moves.AgreementMoves):
    """Makes moves against one model; `prefix` starts customer codes, `base` is the first day of the year."""

    def __init__(self, model: SecondModel, base: date, prefix: str = "C", most: int = 3) -> None:
        self.model, self.base, self.prefix, self.most = model, base, prefix, most

    def make(self, name: str, draw: Draw) -> Move | None:
        """The move of this name, or of what has to be there first; None without a customer."""
        while (args := getattr(self, "_" + name)(draw)) is None:
            if name not in BEFORE:
                return None
            name = BEFORE[name]
        do = ".".join(name.split("_", 1))
        return do, {key: value for key, value in args.items() if value is not None}

    # -------------------------------------------------------------- picking

    def _customer(self, draw: Draw) -> Customer | None:
        """Often the first one, so that much comes together there."""
        known = list(self.model.customers.values())
        if not known or not draw.odd % 3:
            return known[0] if known else None
        return known[draw.pick % len(known)]

    def _pick(
        self,
        kinds: tuple[str, ...],
        side: str,
        number: int,
        only_left: bool,
        customer: Customer | None = None,
    ) -> Document | None:
        pool = (
            self.model.items.get(customer.code, [])
            if customer
            else [d for d in self.model.documents.values() if d.number]
        )
        found = [d for d in pool if d.kind in kinds and d.side == side]
        if only_left:
            found = [d for d in found if d.left] or found
        return found[number % len(found)] if found else None

    def _receivable(self, number: int, only_left: bool, customer: Customer | None = None) -> Document | None:
        return self._pick(("invoice", "opening"), RECEIVABLE, number, only_left, customer)

    def _new_day(self, draw: Draw) -> str | None:
        if draw.day == "none":
            return None
        if draw.day in ("lock", "unlock") and self.model.locked_until > date.min:
            return (self.model.locked_until + timedelta(days=draw.day == "unlock")).isoformat()
        return (self.base + timedelta(days=draw.other % 300 - 20)).isoformat()  # some in the year before

    def _day(self, draw: Draw, *documents: Document) -> str | None:
        """A day seen from the youngest of the documents."""
        start = max(d.on for d in documents)
        last = max(d.last_event_on for d in documents)
        if draw.day == "none":
            return None
        if draw.day in ("lock", "unlock") and self.model.locked_until > date.min:
            return (self.model.locked_until + timedelta(days=draw.day == "unlock")).isoformat()
        if draw.day == "today":
            return self.model.today.isoformat()
        steps = {"after": 1, "later": 7, "before": -1, "far": 40}
        on = (
            last + timedelta(days=-1 if draw.day == "last_before" else 0)
            if draw.day.startswith("last")
            else start + timedelta(days=steps.get(draw.day, 0))
        )
        return on.isoformat()

    def _amount(self, draw: Draw, left: int, currency: str) -> str:
        amount = {
            "one": 1,
            "left": left,
            "over": left + 1,
            "under": left - 1,
            "half": left // 2,
            "zero": 0,
            "tenth": left // 10,
            "huge": TOO_LARGE - draw.bit(0),
            "some": 1 + draw.other * 37 % 50000,
        }[draw.edge]
        if amount <= 0 and draw.edge != "zero":
            amount = 1
        return decimal(amount, currency)

    def _lines(self, draw: Draw) -> list[dict[str, Any]]:
        if draw.odd % 2 and draw.edge != "huge":
            # equal and simple amounts, so that several add up to the same
            price = str(10 + 5 * (draw.other % 2))
            return [{"description": "Same", "quantity": "1", "unit_price": price, "tax_rate": "0"}]
        lines = []
        for place in range(1 + draw.odd // 2 % 4):
            # a step of seven: the same rate on every line; else others
            number = draw.pick + (7 if draw.bit(5) else 5) * place + draw.other
            line: dict[str, Any] = {
                "description": f"Item {place + 1}",
                "quantity": QUANTITIES[(number // 3) % len(QUANTITIES)],
                "unit_price": PRICES[number % len(PRICES)],
            }
            if number % 11 == 10:
                line["tax_kind"] = ("exempt", "out_of_scope")[number % 2]
            else:
                line["tax_rate"] = RATES[number % len(RATES)]
            if number % 5 == 4:
                line["tax_included"] = True
            if number % 13 == 12:
                line["discount"] = {"rate": "0.15"}
            elif number % 17 == 16:
                line["discount"] = {"amount": "0.01"}
            lines.append(line)
        if draw.edge == "huge":
            lines[0] |= {
                "quantity": "1",
                "unit_price": decimal(TOO_LARGE - draw.bit(0), "CNY"),
                "tax_rate": "0",
            }
            lines[0].pop("discount", None)
            lines[0].pop("tax_kind", None)
        return lines

    # -------------------------------------------------------------- customers and the lock

    def _customer_create(self, draw: Draw) -> dict[str, Any]:
        number = draw.pick % self.most
        return {
            "code": f"{self.prefix}{number:03d}",
            "name": f"Customer {self.prefix}{number}",
            "terms_days": draw.other % 61,
            "currency": ("JPY", "USD")[draw.pick % 2] if draw.odd % 4 == 3 else None,
        }

    def _customer_update(self, draw: Draw) -> dict[str, Any] | None:
        customer = self._customer(draw)
        return customer and {"customer": customer.code, "terms_days": draw.other % 91}

    def _customer_deactivate(self, draw: Draw) -> dict[str, Any] | None:
        customer = self._customer(draw)
        return {"customer": customer.code} if customer and draw.other % 8 == 0 else None

    def _period_lock(self, draw: Draw) -> dict[str, Any] | None:
        """Until the date of one of the older documents, so that there is something behind the lock."""
        dates = sorted(d.on for d in self.model.documents.values())
        if draw.pick % 3 or len(dates) < 6:
            return None
        until = dates[draw.other % (len(dates) // 2)]
        return {"until": (until - timedelta(days=draw.bit(0))).isoformat()}

    def _period_close(self, draw: Draw) -> dict[str, Any] | None:
        args = self._period_lock(draw)
        return args and args | {"accepted": ["drafts"] if draw.bit(1) else None}

    def _period_reopen(self, draw: Draw) -> dict[str, Any] | None:
        if not self.model.closings:
            return None
        until, _before = self.model.closings[-1 if draw.odd % 8 else draw.pick % len(self.model.closings)]
        return {"until": until.isoformat(), "reason": "forgotten"}

    # -------------------------------------------------------------- rates

    def _rate_adopt(self, draw: Draw) -> dict[str, Any] | None:
        if draw.bit(0):
            return None
        return {
            "currency": ("USD", "USD", "USD", "JPY", "CNY")[draw.pick % 5],
            "rate": EXCHANGE[draw.other % len(EXCHANGE)][:12],
        }

    def _rate_set(self, draw: Draw) -> dict[str, Any]:
        return {
            "currency": ("USD", "USD", "JPY", "CNY" if draw.odd % 32 == 31 else "USD")[draw.pick % 4],
            "date": self._new_day(draw),
            "rate": "0" if draw.edge == "zero" else EXCHANGE[draw.other % len(EXCHANGE)][:12],
        }

    def _rate_remove(self, draw: Draw) -> dict[str, Any] | None:
        known = [(currency, day) for currency, days in self.model.rates.items() for day in days]
        if not known or draw.bit(0):
            return None
        currency, day = known[draw.pick % len(known)]
        return {"currency": currency, "date": (day + timedelta(days=draw.odd % 16 == 15)).isoformat()}

    def _revaluation_run(self, draw: Draw) -> dict[str, Any]:
        done = list(self.model.revaluations)
        if done and draw.odd % 8 == 7:
            return {"date": done[draw.pick % len(done)].isoformat()}
        return {"date": self._new_day(draw) or self.model.today.isoformat()}

    def _revaluation_undo(self, draw: Draw) -> dict[str, Any] | None:
        done = list(self.model.revaluations)
        return {"date": done[draw.pick % len(done)].isoformat()} if done else None

    # -------------------------------------------------------------- documents

    def _invoice_issue(self, draw: Draw) -> dict[str, Any] | None:
        if self.model.drafts and draw.odd % 3 == 0:
            names = list(self.model.drafts)
            return {"draft": names[draw.pick % len(names)]}
        return self._invoice_draft(draw)

    def _invoice_draft(self, draw: Draw) -> dict[str, Any] | None:
        customer = self._customer(draw)
        if not customer:
            return None
        on = self._new_day(draw)
        known = date.fromisoformat(on) if on else self.model.today
        args = {"customer": customer.code, "date": on, "lines": self._lines(draw)}
        if draw.bit(3):
            args["due"] = (known + timedelta(days=draw.other % 100)).isoformat()
        if draw.other % 4 == 3:
            args["discount"] = {"rate": "0.1"} if draw.bit(4) else {"amount": "0.03"}
        if draw.pick % 3 == 0:
            args["discount_terms"] = ("2/10 n/30", "3/5 1/40", "12.5/60 n/90")[draw.odd % 3]
        if draw.odd % 29 == 28:
            args["currency"] = "USD"
        if customer.currency != self.model.currency and draw.other % 3 == 2:
            args["rate"] = EXCHANGE[draw.pick % len(EXCHANGE)][:12]
        return args

    def _opening_record(self, draw: Draw) -> dict[str, Any] | None:
        customer = self._customer(draw)
        if not customer:
            return None
        on = self._new_day(draw)
        amount = self._amount(draw, 100 + draw.other * 7, customer.currency)
        args = {"customer": customer.code, "date": on, "amount": amount if draw.odd % 4 else f"-{amount}"}
        if draw.bit(3):
            known = date.fromisoformat(on) if on else self.model.today
            args["due"] = (known + timedelta(days=draw.other % 100 - 60)).isoformat()
        if draw.odd % 5 == 4:
            args["number"] = f"OLD-{self.prefix}-{draw.pick % 16}"
        return args

    def _credit_issue(self, draw: Draw) -> dict[str, Any] | None:
        customer = self._customer(draw)
        if not customer:
            return None
        args = {
            "customer": customer.code,
            "date": self._new_day(draw),
            "lines": self._lines(draw),
            "reason": "returned",
        }
        original = self._pick(
            ("invoice",), RECEIVABLE, draw.other, draw.bit(1), None if draw.odd % 16 == 15 else customer
        )
        if original and draw.bit(2):
            args["invoice"] = original.number
            args["date"] = self._day(draw, original)
            args["lines"] = [
                {
                    "description": "Back",
                    "quantity": "1",
                    "tax_rate": "0",
                    "unit_price": self._amount(draw, original.total, original.currency),
                }
            ]
            if draw.bit(3):
                args["apply"] = True
        return args

    def _invoice_void(self, draw: Draw) -> dict[str, Any] | None:
        side = SOURCE if draw.odd % 13 == 12 else RECEIVABLE
        kinds = ("opening",) if side == SOURCE else ("invoice", "opening") if draw.bit(3) else ("invoice",)
        invoice = self._pick(kinds, side, draw.pick, not draw.bit(0))
        return invoice and {"invoice": invoice.number, "date": self._day(draw, invoice), "reason": "mistake"}

    def _invoice_reissue(self, draw: Draw) -> dict[str, Any] | None:
        invoice = self._pick(("invoice",), RECEIVABLE, draw.pick, draw.bit(0))
        if not invoice:
            return None
        args = {"invoice": invoice.number, "reason": "wrong name", "date": self._day(draw, invoice)}
        price = self._amount(draw, invoice.total, invoice.currency)
        fixed = {"description": "Anew", "quantity": "1", "tax_rate": "0", "unit_price": price}
        return args | {"lines": self._lines(draw) if draw.bit(4) else [fixed]}

    def _credit_void(self, draw: Draw) -> dict[str, Any] | None:
        note = self._pick(("credit",), SOURCE, draw.pick, not draw.bit(0))
        return note and {"credit": note.number, "date": self._day(draw, note), "reason": "mistake"}

    # -------------------------------------------------------------- money

    def _payment_record(self, draw: Draw) -> dict[str, Any] | None:
        customer = self._customer(draw)
        if not customer:
            return None
        on = self._new_day(draw)
        mode: Any = MODES[draw.other % len(MODES)]
        mine = [d for d in self.model.items.get(customer.code, []) if d.side == RECEIVABLE]
        opens = [d for d in mine if d.left]
        aim = sum(d.left for d in opens[: 1 + draw.odd % 3]) or 100 + draw.other
        args = {
            "customer": customer.code,
            "date": on,
            "amount": self._amount(draw, aim, customer.currency),
            "method": ("bank", "cash", "wechat")[draw.odd % 3],
        }
        if draw.odd % 6 == 5 and opens:
            args["date"] = self._day(draw, *opens)
        if draw.odd % 7 == 6:
            args["fee"] = "0.01"
        if draw.odd % 8 == 7:
            args["discount"] = decimal(1 + draw.other % 90, customer.currency)
        if draw.pick % 2:
            args["take_discount"] = True
            if draw.other % 4 == 3:
                args["late_discount"] = "a good customer"
        if mode == "list":
            mode = self._by_hand(draw, opens, mine)
        elif mode in ("exact", "auto") and opens and draw.odd % 4:
            wanted = opens[draw.pick % len(opens) :][: 1 + draw.odd % 2]
            args["amount"] = decimal(sum(d.left for d in wanted), customer.currency)
            args["date"] = max(d.on for d in opens).isoformat()
        elif mode == "exact" and not opens:
            mode = "none"
        args["allocate"] = mode
        self._more_of_payment(draw, customer, args)
        if customer.currency != self.model.currency and draw.pick % 4 == 3:
            args["rate"] = EXCHANGE[draw.pick % len(EXCHANGE)][:12]
        elif (
            draw.pick % 8 == 1
            and not args.get("fee")
            and not args.get("discount")
            and args["method"] != "bill"
            and not args.get("on_behalf")
        ):
            other = ("CNY", "EUR", "JPY", "USD")[draw.odd % 4]
            if other != customer.currency:
                args["received"] = {"currency": other, "amount": str(1 + draw.other % 500)}
        return args

    def _by_hand(self, draw: Draw, opens: list[Document], mine: list[Document]) -> list[dict[str, str]]:
        targets = opens[: 1 + draw.odd % 2] if draw.bit(2) else mine[draw.other % 3 :][: 1 + draw.odd % 3]
        if draw.odd % 32 == 31 and (other := self._receivable(draw.pick, True)):
            targets = [*targets, other]
        share = {"left": 1, "half": 2, "tenth": 10}.get(draw.edge, 1)
        amounts = [max(d.left // share + (draw.odd % 9 == 8), 1) for d in targets]
        return [
            {"invoice": d.number, "amount": decimal(amount, d.currency)}
            for d, amount in zip(targets, amounts, strict=True)
        ]

    def _pair(self, draw: Draw, kinds: tuple[str, ...]) -> tuple[Document, Document] | None:
        source = self._pick(kinds, SOURCE, draw.pick, not draw.bit(0))
        if not source:
            return None
        target = self._receivable(
            draw.other, not draw.bit(1), None if draw.odd % 16 == 15 else source.customer
        )
        return (source, target) if target else None

    def _use(self, draw: Draw, kinds: tuple[str, ...], argument: str) -> dict[str, Any] | None:
        pair = self._pair(draw, (*kinds, "opening"))
        if not pair:
            return None
        left = min(d.left for d in pair) or max(d.left for d in pair)
        return {
            argument: pair[0].number,
            "invoice": pair[1].number,
            "date": self._day(draw, *pair),
            "amount": self._amount(draw, left, pair[0].currency),
        }

    def _payment_allocate(self, draw: Draw) -> dict[str, Any] | None:
        args = self._use(draw, ("payment", "transfer"), "payment")
        if args and draw.other % 2:
            args["take_discount"] = True
        if args and draw.other % 8 in (3, 4):
            args["late_discount"] = "a good customer"
        return args

    def _credit_apply(self, draw: Draw) -> dict[str, Any] | None:
        return self._use(draw, ("credit",), "credit")

    def _free(self, draw: Draw, kind: str) -> dict[str, Any] | None:
        kinds = (kind, "opening", "transfer") if kind == "payment" else (kind, "opening")
        sources = [
            d for d in self.model.documents.values() if d.kind in kinds and d.side == SOURCE and d.partners
        ]
        standing = [(s, t) for s in sources for t, rows in s.partners.items() if sum(x for _, x in rows)]
        pairs = standing if standing and not draw.bit(0) else [(s, t) for s in sources for t in s.partners]
        if not pairs:
            return None
        source, target = pairs[draw.pick % len(pairs)]
        amount = None
        if draw.bit(1):
            amount = self._amount(draw, sum(x for _, x in source.partners[target]), source.currency)
        days = {"last": max(d for d, _ in source.partners[target])}
        on = days[draw.day].isoformat() if draw.day in days else self._day(draw, source, target)
        return {kind: source.number, "invoice": target.number, "date": on, "amount": amount}

    def _payment_reallocate(self, draw: Draw) -> dict[str, Any] | None:
        found = self._free(draw, "payment")
        if not found:
            return None
        source = self.model.documents[found["payment"]]
        target = self._receivable(
            draw.other, not draw.bit(2), None if draw.odd % 16 == 15 else source.customer
        )
        return target and {
            "payment": found["payment"],
            "from": found["invoice"],
            "to": target.number,
            "amount": found["amount"],
            "date": found["date"],
        }

    def _payment_release(self, draw: Draw) -> dict[str, Any] | None:
        return self._free(draw, "payment")

    def _credit_release(self, draw: Draw) -> dict[str, Any] | None:
        return self._free(draw, "credit")

    def _payment_reverse(self, draw: Draw) -> dict[str, Any] | None:
        payment = self._pick(("payment",), SOURCE, draw.pick, draw.bit(0))
        return payment and {"payment": payment.number, "date": self._day(draw, payment), "reason": "bounced"}

    def _refund_record(self, draw: Draw) -> dict[str, Any] | None:
        source = self._pick(("payment", "credit", "opening"), SOURCE, draw.pick, not draw.bit(0))
        return source and {
            "credit" if source.kind == "credit" else "payment": source.number,
            "date": self._day(draw, source),
            "method": "bank",
            "amount": self._amount(draw, source.left, source.currency),
            "reason": "too much",
        }

    def _refund_reverse(self, draw: Draw) -> dict[str, Any] | None:
        refund = self._pick(("refund",), "refund", draw.pick, False)
        return refund and {"refund": refund.number, "date": self._day(draw, refund), "reason": "returned"}

    def _writeoff_record(self, draw: Draw) -> dict[str, Any] | None:
        invoice = self._receivable(draw.pick, not draw.bit(0))
        return invoice and {
            "invoice": invoice.number,
            "date": self._day(draw, invoice),
            "ground": "small_difference",
            "amount": self._amount(draw, invoice.left, invoice.currency),
            "reason": "rest",
        }

    def _writeoff_reverse(self, draw: Draw) -> dict[str, Any] | None:
        writeoff = self._pick(("writeoff",), "writeoff", draw.pick, False)
        return writeoff and {
            "writeoff": writeoff.number,
            "date": self._day(draw, writeoff),
            "reason": "paid after all",
        }

    def _writeoff_recovery_reverse(self, draw: Draw) -> dict[str, Any] | None:
        recovery = self._pick(("recovery",), "recovery", draw.pick, False)
        return recovery and {
            "recovery": recovery.number,
            "date": self._day(draw, recovery),
            "reason": "bounced",
        }

    def _transfer_record(self, draw: Draw) -> dict[str, Any] | None:
        source = self._pick(("payment", "credit", "opening"), SOURCE, draw.pick, not draw.bit(0))
        known = list(self.model.customers.values())
        if not source or not known:
            return None
        others = [one for one in known if one is not source.customer] or known
        other = source.customer if draw.odd % 17 == 16 else others[draw.other % len(others)]
        return {
            "credit" if source.kind == "credit" else "payment": source.number,
            "customer": other.code,
            "date": self._day(draw, source),
            "amount": self._amount(draw, source.left, source.currency),
        }

    def _transfer_reverse(self, draw: Draw) -> dict[str, Any] | None:
        transfer = self._pick(("transfer",), SOURCE, draw.pick, False)
        return transfer and {
            "transfer": transfer.number,
            "date": self._day(draw, transfer),
            "reason": "wrong customer",
        }

    def _writeoff_recover(self, draw: Draw) -> dict[str, Any] | None:
        writeoff = self._pick(("writeoff",), "writeoff", draw.pick, False)
        return writeoff and {
            "writeoff": writeoff.number,
            "date": self._day(draw, writeoff),
            "amount": self._amount(draw, writeoff.total - writeoff.recovered, writeoff.currency),
        }
