"""Settlement discounts by an invoice's terms, as the second model knows them: offered, earned, gone again."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.model.items import Document, Verdict
from tests.model.sums import find_exact, half_up

Plan = list[tuple[Document, date, int]]


def steps_of(terms: str) -> list[tuple[int, Fraction]]:
    """(days, part of the price) of “2/10 1/20 n/30”, shortest first."""
    parts = [part.split("/") for part in terms.split() if not part.startswith("n")]
    return sorted((int(days), Fraction(percent) / 100) for percent, days in parts)


def net_days_of(terms: str) -> int | None:
    return next((int(part[2:]) for part in terms.split() if part.startswith("n/")), None)


class Discounts:
    """A part of the second model."""

    def offered(self, target: Document, on: date, reason: str) -> Fraction:
        """What part of an invoice may be kept by who pays on a day; `reason`: also after the days."""
        steps = steps_of(target.terms)
        for days, part in steps:
            if on <= target.on + timedelta(days=days):
                return part
        return steps[-1][1] if reason and steps else Fraction(0)

    def offered_part(self, target: Document, on: date, reason: str, room: int, amount: int) -> int:
        """The discount in settling an amount of what is open; none where nothing would be left to pay."""
        rate = self.offered(target, on, reason)
        if amount > room:
            return 0
        less = half_up(room * rate) - half_up((room - amount) * rate)
        return 0 if less == amount else less

    def judge_taking(self, a: dict[str, Any], v: Verdict) -> None:
        if a.get("take_discount") and (a.get("discount") or a.get("rounding")):
            v.must.add("invalid_choice")

    def take_by_hand(self: Any, plan: Plan, customer: Any, on: date, reason: str) -> list[int]:
        """The discount in each part that was named; what the money pays stays in the plan."""
        before: dict[Document, int] = {}
        less = []
        for place, (target, when, part) in enumerate(plan):
            room = target.limit(when) - before.get(target, 0)
            before[target] = before.get(target, 0) + part
            rate = self.offered(target, on, reason) if target.customer is customer else Fraction(0)
            taken = half_up(room * rate) - half_up((room - part) * rate) if part <= room else 0
            taken = 0 if taken == part else taken
            less.append(taken)
            plan[place] = (target, when, part - taken)
        return less

    def take_by_mode(
        self: Any, mode: str, found: list[tuple[Document, int]], on: date, power: int, reason: str, v: Verdict
    ) -> tuple[Plan, list[int]]:
        """What money settles of the open items (oldest first) with the discounts that they offer."""
        rates = [self.offered(document, on, reason) for document, _ in found]
        rooms = [room for _, room in found]
        whole = [half_up(room * rate) for room, rate in zip(rooms, rates, strict=True)]
        whole = [taken if taken < room else 0 for room, taken in zip(rooms, whole, strict=True)]
        to_pay = [room - taken for room, taken in zip(rooms, whole, strict=True)]
        if mode in ("exact", "auto"):
            hits, less = find_exact(to_pay, power), whole
            if hits == "no_match" and any(whole):
                hits, less = find_exact(rooms, power), [0] * len(rooms)
            if isinstance(hits, list):
                return [(found[i][0], on, rooms[i] - less[i]) for i in hits], [less[i] for i in hits]
            if mode == "exact":
                v.must.add(hits)
                return [], []
        order = list(range(len(found)))
        if mode == "due":
            order.sort(
                key=lambda i: (found[i][0].due or found[i][0].on, found[i][0].on, found[i][0].sequence)
            )
        plan: Plan = []
        taken: list[int] = []
        for i in order:
            paid = min(to_pay[i], power)
            if not paid:
                continue
            settled = rooms[i]
            if paid < to_pay[i]:
                settled = self._least_settled(rooms[i], rates[i], paid) if whole[i] else paid
            plan.append((found[i][0], on, paid))
            taken.append(settled - paid)
            power -= paid
        return plan, taken

    @staticmethod
    def _least_settled(room: int, rate: Fraction, paid: int) -> int:
        """The least part of what is open that takes all the money: looked for one by one from a safe beginning."""
        settled = max(paid, int((paid - 2) / (1 - rate)))
        while settled - half_up(room * rate) + half_up((room - settled) * rate) < paid:
            settled += 1
        return settled

    def earn(self: Any, payment: Document, plan: Plan, less: list[int]) -> None:
        """Writes the discounts that a payment earned."""
        for (target, when, _part), amount in zip(plan, less, strict=True):
            if not amount:
                continue
            seq = self._next()
            number = self._number("discount", when)
            owner, currency = target.customer, target.currency
            given = self._post(
                Document(
                    number, "discount", "discount", owner, currency, when, None, amount, seq, original=payment
                )
            )
            given.target = target
            payment.earned.append(given)
            self.clearings.append((when, given, target, amount))
            target.uses.append((when, amount))
            self._line(when, seq, "discount", given, -amount)
            self._move(when, currency, finance_cost=amount)

    def judge_losing(
        self, payment: Document, target: Document | None, on: date, v: Verdict
    ) -> list[Document]:
        """The discounts that go with what a payment settled, of one invoice or all."""
        gone = [d for d in payment.earned if not d.ended_on and target in (None, d.target)]
        if any(on < d.on for d in gone):
            v.must.add("date_order")
        return gone

    def lose(self: Any, gone: list[Document], on: date) -> None:
        """Takes them back."""
        for given in gone:
            given.ended_on = on
            assert given.target
            given.target.uses.append((on, -given.total))
            self.clearings.append((on, given, given.target, -given.total))
            self._line(on, self._next(), "discount", given, given.total)
            self._move(on, given.currency, finance_cost=-given.total)
