"""Which open items a payment is for: exactly one, the only subset of two to five, or the oldest first.

Amounts in minor units. cli.md, `allocate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from crmdesk.models import discount_terms

OLDEST_COUNT_MAX = 60


class Way(StrEnum):
    """How the items of a payment were found."""

    ONE = "one"
    """One open item of exactly that amount."""
    SET = "set"
    """The only set of two to five items that adds up to it."""
    OLDEST = "oldest"
    DUE = "due"
    NONE = "none"
    """An exact match was wanted and there is not exactly one."""


class Payable(Protocol):
    """What choosing looks at."""

    @property
    def document_id(self) -> int: ...
    @property
    def dated_on(self) -> date: ...
    @property
    def due_on(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Choice:
    """`parts` are (index of the item, amount); `hit_count` says how many exact matches there were, two for several."""

    way: Way
    parts: tuple[tuple[int, int], ...]
    hit_count: int = 0

    @property
    def is_exact(self) -> bool:
        """Whether the amount is exactly what some items add up to."""
        return self.way in (Way.ONE, Way.SET)


def choose(items: Sequence[Payable], rooms: Sequence[int], amount_minor: int, mode: str) -> Choice:
    """What an amount settles: `oldest`, `due`, `exact` or `auto` (exact if there is exactly one match, else oldest).

    Items come oldest first; `rooms` is what may be settled of each, all of them positive.
    """
    hit_count = 0
    if mode in ("exact", "auto") and amount_minor > 0:
        hits = exact(rooms, amount_minor)
        hit_count = len(hits)
        if hit_count == 1:
            way = Way.ONE if len(hits[0]) == 1 else Way.SET
            return Choice(way, tuple((index, rooms[index]) for index in hits[0]), 1)
    if mode == "exact":
        return Choice(Way.NONE, (), hit_count)
    order = list(range(len(items)))
    if mode == "due":
        order.sort(key=lambda index: _by_due(items[index]))
    parts: list[tuple[int, int]] = []
    left = amount_minor
    for index in order:
        if left <= 0:
            break
        part = min(rooms[index], left)
        parts.append((index, part))
        left -= part
    return Choice(Way.DUE if mode == "due" else Way.OLDEST, tuple(parts), hit_count)


@dataclass(frozen=True, slots=True)
class Part:
    """What of an item is paid, and the settlement discount that goes with it."""

    index: int
    paid_minor: int
    discount_minor: int

    @property
    def settled_minor(self) -> int:
        """Both together: what is open of the item becomes less by it."""
        return self.paid_minor + self.discount_minor


def choose_less(
    items: Sequence[Payable],
    rooms: Sequence[int],
    rates: Sequence[Decimal | None],
    amount_minor: int,
    mode: str,
) -> tuple[Choice, list[Part]]:
    """As `choose`, by what is to be paid of items that offer a settlement discount (`rates`, None for none).

    An amount that is exactly what is open without any discount is taken for that, where it is not exactly what is
    open less the discounts.
    """
    if not any(rates):
        choice = choose(items, rooms, amount_minor, mode)
        return choice, [Part(index, part, 0) for index, part in choice.parts]
    less = [
        0 if rate is None else discount_terms.taken_minor(rate, room, room)
        for room, rate in zip(rooms, rates, strict=True)
    ]
    to_pay = [room - taken for room, taken in zip(rooms, less, strict=True)]
    if mode in ("exact", "auto"):
        choice = choose(items, to_pay, amount_minor, "exact")
        if choice.is_exact:
            return choice, [Part(index, part, less[index]) for index, part in choice.parts]
        whole = choose(items, rooms, amount_minor, "exact")
        if choice.hit_count == 0 and (whole.is_exact or mode == "exact"):
            return whole, [Part(index, part, 0) for index, part in whole.parts]
        if mode == "exact":
            return choice, []
        oldest = choose(items, to_pay, amount_minor, "oldest")
        choice = Choice(oldest.way, oldest.parts, choice.hit_count)
    else:
        choice = choose(items, to_pay, amount_minor, mode)
    parts: list[Part] = []
    for index, paid in choice.parts:
        rate = rates[index]
        settled = paid
        if rate is not None and less[index]:
            settled = discount_terms.settled_by(rate, rooms[index], paid)
        parts.append(Part(index, paid, settled - paid))
    return choice, parts


def _by_due(item: Payable) -> tuple[date, date, int]:
    return item.due_on or item.dated_on, item.dated_on, item.document_id


def exact(amounts: Sequence[int], target: int, *, hits_max: int = 2) -> list[tuple[int, ...]]:
    """Index sets that add up to the target: single items first; only where there is none, subsets of 2–5 among
    the 60 oldest. At most `hits_max` are returned: two mean that the match is ambiguous."""
    singles = [(index,) for index, amount in enumerate(amounts) if amount == target]
    if singles:
        return singles[:hits_max]
    return subsets(amounts[:OLDEST_COUNT_MAX], target, hits_max=hits_max)


def subsets(amounts: Sequence[int], target: int, *, hits_max: int = 2) -> list[tuple[int, ...]]:
    """Subsets of two to five positive amounts with the given sum, at most `hits_max` of them.

    Pairs to the right of the present index are kept by their sum, so that a subset of four is a pair plus a known
    pair and one of five a triple plus a known pair: some 36,000 look-ups for 60 items instead of five million.
    """
    hits: list[tuple[int, ...]] = []
    count = len(amounts)
    pairs: dict[int, list[tuple[int, int]]] = {}
    rest: dict[int, list[int]] = {}
    for middle in range(count - 1, -1, -1):
        own = amounts[middle]
        # sizes 4 and 5 end in a pair right of `middle`; 3 and 2 in a single one right of it
        for first in range(middle):
            two = amounts[first] + own
            for last in rest.get(target - two, ()):
                hits.append((first, middle, last))
            for left, right in pairs.get(target - two, ()):
                hits.append((first, middle, left, right))
            if two < target:
                for second in range(first + 1, middle):
                    for left, right in pairs.get(target - two - amounts[second], ()):
                        hits.append((first, second, middle, left, right))
            if len(hits) >= hits_max:
                return hits[:hits_max]
        for last in rest.get(target - own, ()):
            hits.append((middle, last))
        if len(hits) >= hits_max:
            return hits[:hits_max]
        for right in range(middle + 1, count):
            pairs.setdefault(own + amounts[right], []).append((middle, right))
        rest.setdefault(own, []).append(middle)
    return hits
