"""Conditions of a filter that nothing can meet at once: `balance > 100 and balance < 50`.

Only one value of one row is compared with itself: the same field, or the same measure with the same arguments. What a
row has several of (tags, categories, own fields of several choices) is left alone, and of days that move with today
only whether there is one at all is asked.

A comparison cuts the values of its field at those it names, and nowhere else. So these, what lies next to them and
nothing at all are tried: what none of them meets, no value meets.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import Any

from crmdesk.models import money
from crmdesk.models.fields import CHOICES, NUMBERS, TEXTS, Kind
from crmdesk.models.spans import moves_with_today
from crmdesk.services.lists.conditions import comparisons
from crmdesk.services.lists.filters import All, Comparison, Node, Not

_DAYS = frozenset({Kind.DATE, Kind.MOMENT})
_SINGLE = NUMBERS | CHOICES | TEXTS | _DAYS | {Kind.BOOLEAN}
_STEPS = {Kind.INTEGER: Decimal(1), Kind.MONEY: Decimal("0.0001")}
"""Between two neighbours; no currency has more than four digits."""
_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

Conditions = tuple[Node, ...]
"""Comparisons as they are meant, each alone or behind a `not`."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`groups` are conditions that never hold together; without any of a group its others can."""

    groups: tuple[Conditions, ...]
    is_whole: bool
    """Whether the whole filter finds nothing therefore, or only some of its alternatives."""


def find(node: Node) -> Contradiction | None:
    """What a filter contradicts itself in; None where each alternative may find something.

    Two alternatives that only exclude each other (`(a = 1 or a = 2) and (a = 3 or a = 4)`) are not compared.
    """
    search = _Search(node)
    dead = search.dead(node, is_negated=False, known=())
    if dead:
        return Contradiction(tuple(dict.fromkeys(dead)), is_whole=True)
    return Contradiction(tuple(dict.fromkeys(search.parts)), is_whole=False) if search.parts else None


class _Search:
    """Looks through the alternatives of one filter. Which of the tried values meets a condition is a bit each."""

    def __init__(self, node: Node) -> None:
        self.parts: list[Conditions] = []
        """The groups that make some alternatives impossible."""
        self._bits: dict[Node, int] = {}
        by_key: dict[str, list[Comparison]] = {}
        for one in comparisons(node):
            if one.kind in _SINGLE:
                by_key.setdefault(one.key, []).append(one)
        for used in by_key.values():
            values = _tried(used[0].kind, used)
            for one in used:
                self._bits[one] = _bits(_may_hold(one, value, is_negated=False) for value in values)
                self._bits[Not(one)] = _bits(_may_hold(one, value, is_negated=True) for value in values)

    def dead(self, node: Node, *, is_negated: bool, known: Conditions) -> list[Conditions]:
        """The groups that make a node impossible where `known` holds as well; none if it may hold."""
        conditions, choices = _split(node, is_negated)
        whole = (*known, *conditions)
        groups = [self._least(whole, key) for key in dict.fromkeys(map(_key, conditions))]
        if any(groups):
            return [one for one in groups if one]
        for nodes, is_opposite in choices:
            each = [self.dead(one, is_negated=is_opposite, known=whole) for one in nodes]
            found = [group for one in each for group in one]
            if all(each):
                return found
            self.parts += found
        return []

    def _least(self, conditions: Conditions, key: str) -> Conditions:
        """The fewest of the conditions on a value that never hold together: each is needed for it."""
        kept = [one for one in dict.fromkeys(conditions) if _key(one) == key and one in self._bits]
        if self._can_hold(kept):
            return ()
        for one in tuple(kept):
            others = [other for other in kept if other is not one]
            if not self._can_hold(others):
                kept = others
        return tuple(kept)

    def _can_hold(self, conditions: Iterable[Node]) -> bool:
        left = -1
        for one in conditions:
            left &= self._bits[one]
        return left != 0


def _split(node: Node, is_negated: bool) -> tuple[list[Node], list[tuple[tuple[Node, ...], bool]]]:
    """What must hold for a node: conditions, and choices of which one must (whether negated)."""
    if isinstance(node, Comparison):
        return [Not(node) if is_negated else node], []
    if isinstance(node, Not):
        return _split(node.node, not is_negated)
    if isinstance(node, All) == is_negated:
        return [], [(node.nodes, is_negated)]
    conditions: list[Node] = []
    choices: list[tuple[tuple[Node, ...], bool]] = []
    for one in node.nodes:
        more, other = _split(one, is_negated)
        conditions += more
        choices += other
    return conditions, choices


def _key(condition: Node) -> str:
    (one,) = comparisons(condition)
    return one.key


def _bits(held: Iterable[bool]) -> int:
    return sum(1 << place for place, holds in enumerate(held) if holds)


def _tried(kind: Kind, used: Sequence[Comparison]) -> list[Any]:
    """Enough values of a field to stand for all of them; None is no value."""
    named = {value for one in used for value in one.values if value is not None}
    if kind is Kind.BOOLEAN:
        return [None, True, False]
    if kind is Kind.DATE:
        return [None, *_days(named)]
    if kind in _STEPS:
        return [None, *_numbers(named, _STEPS[kind])]
    if kind in NUMBERS:
        return [None, "", *_between(named)]
    return [
        None,
        "",
        "\0",
        *named,
        *(f"{one}\0" for one in named),
    ]  # the next text after one is it and a zero


def _days(named: Iterable[date]) -> set[date]:
    found = {date(2000, 1, 1), *named}
    for one in named:
        if one > date.min:
            found.add(one - timedelta(days=1))
        if one < date.max:
            found.add(one + timedelta(days=1))
    return found


def _numbers(named: Iterable[Decimal], step: Decimal) -> set[Decimal]:
    found = {Decimal(0)}
    for one in named:
        below, above = (one.quantize(step, rounding) for rounding in (ROUND_FLOOR, ROUND_CEILING))
        found |= {below - step, below, above, above + step}
    return found


def _between(named: Iterable[Decimal]) -> list[Decimal]:
    limits = sorted({Decimal(0), *named})
    halves = [
        money.EXACT.multiply(money.EXACT.add(one, next_), Decimal("0.5")) for one, next_ in pairwise(limits)
    ]
    return [limits[0] - 1, *limits, *halves, limits[-1] + 1]


def _may_hold(one: Comparison, value: Any, *, is_negated: bool) -> bool:
    """Whether a comparison (or its opposite) may hold for a value: what is not known here may."""
    is_vague = one.operator == "~" or (one.kind in _DAYS and any(map(moves_with_today, one.texts)))
    if is_vague and value is not None and value != "":
        return True
    return _holds(one, value) != is_negated


def _holds(one: Comparison, value: Any) -> bool:
    """As `lists/conditions` has it: nothing meets no comparison but !=."""
    if one.operator == "empty":
        return value is None or value == ""
    if value is None:
        return one.operator == "!="
    if one.kind in NUMBERS and value == "":
        value = Decimal(0)  # an empty text, read as a number
    if one.operator == "in":
        return value in one.values
    if one.operator == "~":
        return one.values[0] in value
    if one.operator == "within":
        first, last = one.values
        is_before = operator.lt if one.kind is Kind.MOMENT else operator.le
        return (first is None or value >= first) and (last is None or is_before(value, last))
    return _SIGNS[one.operator](value, one.values[0])
