"""Deposits and bills of exchange of the second model: neither is the customer's balance, both move accounts.

`moved` holds what the accounts of bills, deposits, suppliers and finance cost have to show, entry by entry.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from tests.model.items import SOURCE, Document, Verdict
from tests.model.sums import decimal


class SetAside:
    """What is held for a customer, and the papers he pays with."""

    def begin_set_aside(self) -> None:
        self.moved: list[tuple[date, str, str, int]] = []
        self.papers: dict[str, list[Document]] = {}
        self.paper_moves: list[tuple[date, Document, int, str | None]] = []

    def _move(self, on: date, currency: str, **roles: int) -> None:
        self.moved += [(on, role, currency, amount) for role, amount in roles.items() if amount]

    def accounts(self, at: date) -> dict[tuple[str, str], int]:
        """(role, currency) -> balance, debit positive."""
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for on, role, currency, amount in self.moved:
            if on <= at:
                sums[role, currency] += amount
        return {key: amount for key, amount in sums.items() if amount}

    # -------------------------------------------------------------- deposits

    def _deposit_receive(self, a: dict[str, Any], v: Verdict) -> Any:
        customer = self._customer(a, v)
        on = self._date(a, self.today, v)
        if not customer:
            return None
        currency = customer.currency
        amount = self._amount(a["amount"], currency, v)
        self.judge_rate(a, currency, v)

        def effect() -> dict[str, Any]:
            number = self._number("deposit", on)
            deposit = Document(
                number, "deposit", "deposit", customer, currency, on, None, amount, self._next()
            )
            deposit.rate = self.rate_for(a, currency, on)
            self._post(deposit)
            self._move(on, currency, deposit=-amount)
            return {"number": number, "held": decimal(amount, currency)}

        return effect

    def _deposit_use(self, a: dict[str, Any], v: Verdict) -> tuple[Document, date, int] | None:
        deposit = self._document(a["deposit"], ("deposit",), "deposit", v)
        on = self._date(a, self.today, v)
        if not deposit:
            return None
        amount = self._amount(a["amount"], deposit.currency, v)
        if deposit.ended_on:
            v.must |= {"reversed", "already_reversed"}
        if on < deposit.on:
            v.must.add("date_order")
        if amount > deposit.limit(on):
            v.must.add("over_refunded")
        return deposit, on, amount

    def _used(self, kind: str, deposit: Document, on: date, amount: int, side: str = "use") -> Document:
        deposit.uses.append((on, amount))
        use = Document(
            self._number(kind, on),
            kind,
            side,
            deposit.customer,
            deposit.currency,
            on,
            None,
            amount,
            self._next(),
            original=deposit,
        )
        if kind == "deposit_return" and deposit.has_value:
            use.rate = self.rate_for({}, deposit.currency, on)
        self.clearings.append((on, deposit, use, amount))
        return self._post(use)

    def _deposit_return(self, a: dict[str, Any], v: Verdict) -> Any:
        found = self._deposit_use(a, v)
        if not found:
            return None
        deposit, on, amount = found

        def effect() -> dict[str, Any]:
            use = self._used("deposit_return", deposit, on, amount)
            self._move(on, deposit.currency, deposit=amount)
            return {"number": use.number, "held": decimal(deposit.left, deposit.currency)}

        return effect

    def _deposit_keep(self, a: dict[str, Any], v: Verdict) -> Any:
        found = self._deposit_use(a, v)
        target = self._receivable(a["invoice"], v) if a.get("invoice") else None
        if not found or (a.get("invoice") and not target):
            return None
        deposit, on, amount = found
        if target:
            self._judge_target(target, deposit.customer, deposit.currency, v)
            if target.currency == deposit.currency and self.is_rated(target) != self.is_rated(deposit):
                v.must.add("rate_missing")
            if on < target.on:
                v.must.add("date_order")
            if amount > target.limit(on):
                v.must.add("over_allocated")

        def effect() -> dict[str, Any]:
            self._move(on, deposit.currency, deposit=amount)
            if not target:
                use = self._used("deposit_kept", deposit, on, amount)
            else:
                use = self._used("deposit_applied", deposit, on, amount, SOURCE)
                self._line(on, use.sequence, "deposit_applied", use, -amount)
                self._settle(use, target, on, amount)
            return {"number": use.number, "held": decimal(deposit.left, deposit.currency)}

        return effect

    def _deposit_reverse(self, a: dict[str, Any], v: Verdict) -> Any:
        deposit = self._document(a["deposit"], ("deposit",), "deposit", v)
        on = self._date(a, self.today, v)
        if not deposit:
            return None
        if deposit.ended_on:
            v.must.add("already_reversed")
        if on < deposit.on:
            v.must.add("date_order")
        elif deposit.limit(on) != deposit.total:
            v.must.add("in_use")
        if on < deposit.last_event_on:
            v.must.add("date_order")

        def effect() -> dict[str, Any]:
            deposit.ended_on = on
            self._move(on, deposit.currency, deposit=deposit.total)
            return {}

        return effect

    def _deposit_undo(self, a: dict[str, Any], v: Verdict) -> Any:
        use = self.documents.get(a["entry"])
        if not use or not use.kind.startswith("deposit_"):
            v.must.add("not_found")
            return None
        on = self._date(a, self.today, v)
        if use.ended_on:
            v.must.add("already_reversed")
        if on < use.on:
            v.must.add("date_order")

        def effect() -> dict[str, Any]:
            deposit = use.original
            assert deposit
            for target, rows in list(use.partners.items()):
                self._settle(use, target, on, -sum(x for _, x in rows))
            use.ended_on = on
            deposit.uses.append((on, -use.total))
            self.clearings.append((on, deposit, use, -use.total))
            self._move(on, use.currency, deposit=-use.total)
            if use.kind == "deposit_applied":
                self._line(on, self._next(), "deposit_applied_reversal", use, use.total)
            return {}

        return effect

    def deposits_held(self, code: str, at: date) -> dict[str, int]:
        """By currency."""
        held: dict[str, int] = defaultdict(int)
        for one in self.documents.values():
            if one.kind == "deposit" and one.customer.code == code:
                held[one.currency] += one.left_at(at)
        return {currency: amount for currency, amount in held.items() if amount}

    # -------------------------------------------------------------- bills of exchange

    def judge_paper(self, a: dict[str, Any], on: date, fee: int, v: Verdict) -> None:
        """A payment by bill has a bill of its own, at its full amount."""
        paper = a.get("bill")
        if a.get("method") != "bill":
            if paper:
                v.must.add("invalid_choice")
            return
        if not paper:
            v.must.add("required")
            return
        if fee:
            v.must.add("out_of_range")
        if any(not one.ended_on for one in self.papers.get(paper["number"], [])):
            v.must.add("duplicate")
        if paper["due_on"] < on.isoformat():
            v.must.add("date_order")

    def _paper(self, a: dict[str, Any], v: Verdict) -> Document | None:
        """The payment whose bill is meant: the one that stands, else the last one."""
        found = self.papers.get(a["bill"])
        if not found:
            v.must.add("not_found")
            return None
        standing = [one for one in found if not one.ended_on]
        return (standing or found)[-1]

    def _happens(self, a: dict[str, Any], v: Verdict, *, is_at_hand: bool = True) -> Any:
        payment = self._paper(a, v)
        on = self._date(a, self.today, v)
        if not payment:
            return None
        if payment.ended_on:
            v.must |= {"reversed", "already_reversed"}
        if is_at_hand and payment.gone_as:
            v.must.add("in_use")
        if on < max([payment.on, *payment.paper_days]):
            v.must.add("date_order")
        return payment, on

    def _gone(self, payment: Document, kind: str, on: date, **roles: int) -> dict[str, Any]:
        number = self._number(kind, on)
        self._next()
        payment.gone_as = (kind, on, roles)
        payment.paper_days.append(on)
        is_money = kind != "bill_endorsement" and payment.has_value
        payment.gone_at = self.rate_for({}, payment.currency, on) if is_money else None
        self.paper_moves.append((on, payment, -1, payment.gone_at))
        self._move(on, payment.currency, bills=-payment.cash, **roles)
        return {"number": number, "amount": decimal(payment.cash, payment.currency)}

    def _bill_endorse(self, a: dict[str, Any], v: Verdict) -> Any:
        found = self._happens(a, v)
        return found and (lambda: self._gone(found[0], "bill_endorsement", found[1], payable=found[0].cash))

    def _bill_collect(self, a: dict[str, Any], v: Verdict) -> Any:
        found = self._happens(a, v)
        return found and (lambda: self._gone(found[0], "bill_collection", found[1]))

    def _bill_discount(self, a: dict[str, Any], v: Verdict) -> Any:
        found = self._happens(a, v)
        if not found:
            return None
        payment, on = found
        fee = self._amount(a["fee"], payment.currency, v, zero=True) if a.get("fee") else 0
        if fee >= payment.cash:
            v.must.add("out_of_range")

        def effect() -> dict[str, Any]:
            told = self._gone(payment, "bill_discount", on, finance_cost=fee)
            return told | {"received": decimal(payment.cash - fee, payment.currency)}

        return effect

    def _bill_undo(self, a: dict[str, Any], v: Verdict) -> Any:
        payment = self._paper(a, v)
        on = self._date(a, self.today, v)
        if not payment:
            return None
        if payment.ended_on:
            v.must |= {"reversed", "already_reversed"}
        if not payment.gone_as:
            v.must.add("no_original")
            return None
        _kind, since, roles = payment.gone_as
        if on < since:
            v.must.add("date_order")

        def effect() -> dict[str, Any]:
            payment.gone_as = None
            payment.paper_days.append(on)
            self.paper_moves.append((on, payment, 1, payment.gone_at))
            back = {role: -amount for role, amount in roles.items()}
            self._move(on, payment.currency, bills=payment.cash, **back)
            return {"state": "held"}

        return effect

    def _bill_dishonour(self, a: dict[str, Any], v: Verdict) -> Any:
        found = self._happens(a, v, is_at_hand=False)
        if not found:
            return None
        payment, on = found
        kind, _since, roles = payment.gone_as or ("", on, {})
        if kind == "bill_collection":
            v.must.add("in_use")
        reverse = self.judge_take_back(payment, on, v)

        def effect() -> dict[str, Any]:
            number = self._number("bill_recourse", on)
            self._next()
            if kind:
                # whoever had it gets its full amount back; what the bank kept is lost
                self._move(on, payment.currency, bills=payment.cash, payable=-roles.get("payable", 0))
                is_money = kind == "bill_discount" and payment.has_value
                rate = self.rate_for({}, payment.currency, on) if is_money else None
                self.paper_moves.append((on, payment, 1, rate))
            payment.gone_as = None
            reverse()
            return {"number": number, "payment": payment.number}

        return effect
