"""Filters as SQL conditions over the declared columns."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from sqlalchemy import REAL, ColumnElement, and_, case, cast, literal, or_

from crmdesk.models import money
from crmdesk.models.fields import Kind
from crmdesk.services.custom_readings import MARK
from crmdesk.services.dialect import contains
from crmdesk.services.lists.belonging import Belonging
from crmdesk.services.lists.columns import ListSpec
from crmdesk.services.lists.filters import All, Comparison, Node, Not, Some

_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}
_DIGITS = (0, 2, 3, 4)
"""Digits that currencies have."""


Belongs = Mapping[str, Belonging]
"""By field: what a row may belong to (a tag, a category, a segment)."""


def condition(
    node: Node, spec: ListSpec, values: Mapping[str, ColumnElement[Any]], belongs: Belongs | None = None
) -> ColumnElement[bool]:
    """The condition for a filter; `values` are the expressions by `Comparison.key`."""
    return _Maker(spec, values, belongs or {}).made(node, is_negated=False)


def comparisons(node: Node | None) -> list[Comparison]:
    """Every comparison of a filter, in the order they are written."""
    if node is None:
        return []
    if isinstance(node, Comparison):
        return [node]
    if isinstance(node, Not):
        return comparisons(node.node)
    return [one for each in node.nodes for one in comparisons(each)]


class _Maker:
    """Makes the condition of a filter over one source of a list."""

    def __init__(self, spec: ListSpec, values: Mapping[str, ColumnElement[Any]], belongs: Belongs) -> None:
        self._spec = spec
        self._values = values
        self._belongs = belongs

    def made(self, node: Node, *, is_negated: bool) -> ColumnElement[bool]:
        """Negation moves down to the comparisons, so that empty values behave as they read."""
        if isinstance(node, Not):
            return self.made(node.node, is_negated=not is_negated)
        if isinstance(node, All | Some):
            join = and_ if isinstance(node, All) != is_negated else or_
            return join(*(self.made(one, is_negated=is_negated) for one in node.nodes))
        if node.field in self._belongs:
            found = _belonging(node, self._belongs[node.field])
            return ~found if is_negated else found
        return _compared(node, self._spec, self._values[node.key], is_negated=is_negated)


def _belonging(node: Comparison, one: Belonging) -> ColumnElement[bool]:
    if node.operator == "empty":
        return ~one.test(())
    return one.said(node.values[0]) if node.operator == "~" else one.test(node.values)


def _compared(
    node: Comparison, spec: ListSpec, value: ColumnElement[Any], *, is_negated: bool
) -> ColumnElement[bool]:
    kind = node.kind
    if node.operator == "empty":
        is_empty = value.is_(None) if _is_nullable_only(kind) else or_(value.is_(None), value == "")
        return ~is_empty if is_negated else is_empty
    if kind is Kind.LIST and node.operator in ("=", "!=", "in"):
        found = or_(*(contains(value, f"{MARK}{one}{MARK}") for one in node.values))
        return or_(~found, value.is_(None)) if is_negated != (node.operator == "!=") else found
    if node.operator == "in":
        found = or_(*(_pair(spec, kind, value, "=", one) for one in node.values))
        return or_(~found, value.is_(None)) if is_negated else found
    if node.operator == "within":
        first, last = node.values
        ends = ((">=", first), ("<" if kind is Kind.MOMENT else "<=", last))
        found = and_(*(_pair(spec, kind, value, sign, end) for sign, end in ends if end is not None))
        return or_(~found, value.is_(None)) if is_negated else found
    if node.operator == "~":
        found = contains(value, node.values[0])
        return or_(~found, value.is_(None)) if is_negated else found
    is_opposite = (node.operator == "!=") != is_negated
    operator = _OPPOSITE[node.operator] if is_negated else node.operator
    found = _pair(spec, kind, value, operator, node.values[0])
    if (node.operator in ("=", "!=") and is_opposite) or (node.operator not in ("=", "!=") and is_negated):
        return or_(found, value.is_(None))
    return found


def _is_nullable_only(kind: Kind) -> bool:
    """Whether empty is NULL and nothing else (numbers, dates, flags)."""
    return kind in (Kind.INTEGER, Kind.MONEY, Kind.DATE, Kind.BOOLEAN)


def _pair(
    spec: ListSpec, kind: Kind, value: ColumnElement[Any], operator: str, other: Any
) -> ColumnElement[bool]:
    if kind is Kind.MONEY:
        return _money(spec, value, operator, other)
    if kind in (Kind.PRICE, Kind.RATE, Kind.QUANTITY):
        # stored as decimal text; a comparison only, nothing is calculated with these
        return _plain(cast(value, REAL), operator, float(other))
    if kind is Kind.INTEGER and other != other.to_integral_value():
        return _between(value, operator, other)
    if kind is Kind.INTEGER:
        return _plain(value, operator, int(other))
    return _plain(value, operator, other)


def _plain(value: ColumnElement[Any], operator: str, other: Any) -> ColumnElement[bool]:
    return {
        "=": value.__eq__,
        "!=": value.__ne__,
        "<": value.__lt__,
        "<=": value.__le__,
        ">": value.__gt__,
        ">=": value.__ge__,
    }[operator](other)


def _between(value: ColumnElement[Any], operator: str, other: Decimal) -> ColumnElement[bool]:
    """A whole number against one that is not whole."""
    if operator == "=":
        return literal(False)
    if operator == "!=":
        return literal(True)
    if operator in ("<", "<="):
        return value <= int(other.to_integral_value(ROUND_FLOOR))
    return value >= int(other.to_integral_value(ROUND_CEILING))


def _money(spec: ListSpec, value: ColumnElement[Any], operator: str, other: Decimal) -> ColumnElement[bool]:
    """An amount against a number of whole units: minor units depend on the row's currency."""
    if spec.currency is None:
        raise LookupError(spec.kind)
    is_whole = {count: _scaled(other, count) for count in _DIGITS}
    if operator in ("=", "!=") and not all(exact for _minor, exact in is_whole.values()):
        # an amount finer than a currency's smallest unit equals nothing in it
        minor: ColumnElement[Any] = case(
            *(
                (_has_digits(spec, count), literal(scaled) if exact else literal(None))
                for count, (scaled, exact) in is_whole.items()
                if count != 2
            ),
            else_=literal(is_whole[2][0]) if is_whole[2][1] else literal(None),
        )
        if operator == "=":
            return and_(minor.is_not(None), value == minor)
        return or_(value != minor, minor.is_(None))
    rounding = ROUND_FLOOR if operator in ("<=", ">") else ROUND_CEILING
    limits = {count: int(_moved(other, count).to_integral_value(rounding)) for count in _DIGITS}
    if len(set(limits.values())) == 1:
        return _plain(value, operator, limits[2])
    limit = case(
        *((_has_digits(spec, count), literal(limits[count])) for count in _DIGITS if count != 2),
        else_=literal(limits[2]),
    )
    return _plain(value, operator, limit)


def _has_digits(spec: ListSpec, count: int) -> ColumnElement[bool]:
    """Whether the row's currency has so many digits."""
    if spec.digits is not None:
        return spec.digits == count
    if spec.currency is None:
        raise LookupError(spec.kind)
    return spec.currency.in_(_currencies(count))


def digits_of(currency: ColumnElement[str]) -> ColumnElement[int]:
    """How many digits a currency has, as a value to be kept where many amounts are compared."""
    return case(*((currency.in_(_currencies(count)), count) for count in _DIGITS if count != 2), else_=2)


def _moved(number: Decimal, count: int) -> Decimal:
    return money.EXACT.scaleb(number, count)


def _scaled(number: Decimal, count: int) -> tuple[int, bool]:
    moved = _moved(number, count)
    return int(moved), moved == moved.to_integral_value()


@functools.cache
def _currencies(count: int) -> tuple[str, ...]:
    """The currencies with so many digits."""
    from babel.core import get_global

    return tuple(sorted(code for code in get_global("all_currencies") if money.digits(code) == count))
