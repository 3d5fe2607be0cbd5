"""Foreign currencies of the second model: rates by day, what is cleared of what, revaluations. All by Fractions.

It keeps nothing but what happened and in which order, and works every value out from the beginning each time.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from tests.model.items import RECEIVABLE, SOURCE, Customer, Document, Verdict
from tests.model.sums import DIGITS, TOO_LARGE, half_up, minor


class Base(NamedTuple):
    """Of one customer and currency, in the book's currency; `gain` is what was realised so far."""

    receivable: int
    credit: int
    deposit: int
    bills: int
    gain: int


TAKING = ("refund", "transfer", "deposit_return", "deposit_kept", "deposit_applied")
"""What takes from a payment, a credit or a deposit without settling anything by itself."""


class Currencies:
    """The foreign half of the model."""

    currency: str
    today: date
    locked_until: date
    customers: dict[str, Customer]
    documents: dict[str, Document]
    items: dict[str, list[Document]]
    paper_moves: list[tuple[date, Document, int, str | None]]

    def begin_currencies(self) -> None:
        self.rates: dict[str, dict[date, str]] = {}
        self.clearings: list[tuple[date, Document, Document, int]] = []
        self.revaluations: dict[date, dict[tuple[str, str], int]] = {}

    def rate_on(self, currency: str, on: date) -> str | None:
        """The latest on or before the day."""
        known = [day for day in self.rates.get(currency, {}) if day <= on]
        return self.rates[currency][max(known)] if known else None

    def rate_for(self, a: dict[str, Any], currency: str, on: date) -> str | None:
        """The rate of a new document."""
        return None if currency == self.currency else a.get("rate") or self.rate_on(currency, on)

    def judge_rate(self, a: dict[str, Any], currency: str, v: Verdict) -> None:
        if currency == self.currency and Fraction(a.get("rate") or 1) != 1:
            v.must.add("out_of_range")

    def is_rated(self, document: Document) -> bool:
        return document.currency == self.currency or document.has_value

    def worth(self, amount: int, currency: str, rate: str) -> int:
        shift = Fraction(10) ** (DIGITS[self.currency] - DIGITS[currency])
        return half_up(amount * Fraction(rate) * shift)

    def received_rate(self, given: dict[str, str], currency: str, power: int, on: date) -> str | None:
        """The rate by which the payment is worth exactly what came in; any that does is as good."""
        other, paid = given["currency"], minor(given["amount"], given["currency"])
        if currency == self.currency:
            return None
        if other == self.currency:
            base = paid
        elif (rate := self.rate_on(other, on)) is not None:
            base = self.worth(paid, other, rate)
        else:
            return self.rate_on(currency, on)
        shift = Fraction(10) ** (DIGITS[self.currency] - DIGITS[currency])
        return str(Fraction(base, power) / shift)

    def bases(self, code: str, currency: str, at: date, *, has_revaluations: bool = True) -> Base:
        """What is left of one customer's documents, and what was gained on them."""
        left, gains = self._left(currency, at)
        mine = [(d, value) for d, value in left.items() if d.customer.code == code]
        receivable = sum(value for d, value in mine if d.side == RECEIVABLE)
        receivable -= sum(value for d, value in mine if d.kind in ("credit", "deposit_applied"))
        credit = -sum(
            value for d, value in mine if d.side == SOURCE and d.kind not in ("credit", "deposit_applied")
        )
        deposit = -sum(value for d, value in mine if d.kind == "deposit")
        bills, gain = self._papers_worth(code, currency, at)
        gain += gains[code]
        if has_revaluations and (moved := self.revaluations.get(at, {}).get((code, currency))):
            receivable, gain = receivable + moved, gain + moved
        return Base(receivable, credit, deposit, bills, gain)

    def _left(self, currency: str, at: date) -> tuple[dict[Document, int], dict[str, int]]:
        """From the first event on: what each clears is the difference of two rounded parts of a value."""
        values: dict[Document, int] = {}
        settled: dict[Document, int] = defaultdict(int)
        left: dict[Document, int] = defaultdict(int)
        gains: dict[str, int] = defaultdict(int)

        def share(document: Document, amount: int) -> int:
            before = half_up(Fraction(values[document] * settled[document], document.total))
            settled[document] += amount
            return half_up(Fraction(values[document] * settled[document], document.total)) - before

        for document in self._valued(currency):
            if document.rate is None:
                continue  # worth what it takes from another
            values[document] = self.worth(document.total, currency, document.rate)
            on = self._told_on(document, document.on)
            ended = document.end_told_on or document.ended_on
            if on <= at and not (ended and ended <= at):
                left[document] = values[document]
        for place, (when, source, target, amount) in enumerate(self.clearings):
            if source.currency != currency:
                continue
            is_taken = target.kind in TAKING
            on = self._told_on(source if is_taken else target, when, place)
            if is_taken:
                if source not in values:
                    continue
                cleared = share(source, amount)
                if target not in values:
                    values[target] = self.worth(amount, currency, target.rate) if target.rate else cleared
                other = values[target] if amount > 0 else -values[target]
                if on <= at and target.kind in ("transfer", "deposit_applied"):
                    left[target] += other
            elif target not in values:
                continue
            else:
                other = share(target, amount)
                values.setdefault(source, other)  # a write-off is worth what it clears
                cleared = share(source, amount)
                if on <= at:
                    left[target] -= other
            if on <= at:
                left[source] -= cleared
                gains[source.customer.code] += cleared - other
        return left, gains

    def _valued(self, currency: str) -> list[Document]:
        items = [d for documents in self.items.values() for d in documents]
        deposits = [d for d in self.documents.values() if d.kind == "deposit"]
        return [d for d in (*items, *deposits) if d.currency == currency and d.has_value]

    def _papers_worth(self, code: str, currency: str, at: date) -> tuple[int, int]:
        """(value of the bills at hand, what was gained when they went). A bill keeps the value of its payment; what
        comes or goes for it is worth the rate of that day (`rate`), if there is one."""
        bills = gain = 0
        for on, payment, sign, rate in self.paper_moves:
            if payment.customer.code != code or payment.currency != currency or payment.rate is None:
                continue
            if self._told_on(payment, on) > at:
                continue
            base = self.worth(payment.total, currency, payment.rate)
            held = half_up(Fraction(base * payment.cash, payment.total))
            bills += sign * held
            if rate:
                gain += sign * (held - self.worth(payment.cash, currency, rate))
        return bills, gain

    def _told_on(self, document: Document, on: date, place: int = 0) -> date:
        """What a late rate adds to an entry of a locked period is dated the first open day."""
        if document.adopted is None or place >= document.adopted[1]:
            return on
        return max(on, document.adopted[0])

    # -------------------------------------------------------------- operations

    def _rate_adopt(self, a: dict[str, Any], v: Verdict) -> Any:
        if a["currency"] == self.currency:
            v.must.add("invalid_choice")
        if Fraction(a["rate"]) <= 0:
            v.must.add("out_of_range")
        bare = [
            d
            for items in self.items.values()
            for d in items
            if d.currency == a["currency"] and not d.has_value
        ]
        bare += [
            d
            for d in self.documents.values()
            if d.kind == "deposit" and d.currency == a["currency"] and not d.has_value
        ]
        if any(
            d.kind in ("transfer", "deposit") or d.has_paper
            for d in self.documents.values()
            if d.currency == a["currency"] and not d.has_value and not d.ended_on
        ):
            v.must.add("currency_mixed")  # their further course would have no value
        if any(d.total * 10**4 >= TOO_LARGE for d in bare):
            v.may.add("amount_too_large")

        def effect() -> dict[str, Any]:
            first_open = self.locked_until
            if first_open > date.min:
                first_open += timedelta(days=1)
            for document in bare:
                if document.kind not in TAKING:
                    document.rate = a["rate"]
                document.adopted = (first_open, len(self.clearings))
                if document.ended_on:
                    document.end_told_on = max(document.ended_on, first_open)
            return {"currency": a["currency"], "rate": a["rate"]}

        return effect

    def _rate_set(self, a: dict[str, Any], v: Verdict) -> Any:
        on = date.fromisoformat(a["date"]) if a.get("date") else self.today
        if a["currency"] == self.currency:
            v.must.add("invalid_choice")
        if Fraction(a["rate"]) <= 0:
            v.must.add("out_of_range")

        def effect() -> dict[str, Any]:
            self.rates.setdefault(a["currency"], {})[on] = a["rate"]
            return {}

        return effect

    def _rate_remove(self, a: dict[str, Any], v: Verdict) -> Any:
        on = date.fromisoformat(a["date"])
        if on not in self.rates.get(a["currency"], {}):
            v.must.add("not_found")

        def effect() -> dict[str, Any]:
            del self.rates[a["currency"]][on]
            return {}

        return effect

    def _found(self, on: date) -> dict[tuple[str, str], tuple[int, int]]:
        """(customer, currency) -> open and carrying value of what has a rate; customer credit is no part of it."""
        found = {}
        for code, items in self.items.items():
            for currency in {d.currency for d in items} - {self.currency}:
                rated = [d for d in items if d.currency == currency and d.has_value]
                is_open = sum(d.left_at(on) for d in rated if d.side == RECEIVABLE)
                is_open -= sum(d.left_at(on) for d in rated if d.kind in ("credit", "deposit_applied"))
                carrying = self.bases(code, currency, on, has_revaluations=False).receivable
                if is_open or carrying:
                    found[code, currency] = (is_open, carrying)
        return found

    def _revaluation_run(self, a: dict[str, Any], v: Verdict) -> Any:
        on = date.fromisoformat(a["date"])
        if on <= self.locked_until:
            v.must.add("period_locked")
        if on in self.revaluations:
            v.must.add("duplicate")
        found = self._found(on)
        if any(self.rate_on(currency, on) is None for _code, currency in found):
            v.must.add("rate_missing")
        if any(abs(is_open) * 10**4 >= TOO_LARGE for is_open, _carrying in found.values()):
            v.may.add("amount_too_large")

        def effect() -> dict[str, Any]:
            moved = {}
            for (code, currency), (is_open, carrying) in found.items():
                value = self.worth(is_open, currency, self.rate_on(currency, on) or "0")
                moved[code, currency] = value - carrying
            self.revaluations[on] = moved
            return {"date": on.isoformat()}

        return effect

    def _revaluation_undo(self, a: dict[str, Any], v: Verdict) -> Any:
        on = date.fromisoformat(a["date"])
        if on <= self.locked_until:
            v.must.add("period_locked")
        if on not in self.revaluations:
            v.must.add("not_found")

        def effect() -> dict[str, Any]:
            del self.revaluations[on]
            return {"date": on.isoformat()}

        return effect
