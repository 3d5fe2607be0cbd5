"""One condition of a list as a person chooses it: a field, an operator fit for its kind, plain values.

A clause is plain data, so that a saved view can keep it; `expression` says it in the filter language of lists
(`services/lists/filters`). Periods stay names until then: "this month" is another one next month.

A grouping rule is a tree of clauses: groups of which all, any or none must hold, at any depth. `text_of` writes it in
the same language with its periods as words; `services/lists/clause_trees` reads that text into the tree again.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from crmdesk.models import clock
from crmdesk.models.fields import CHOICES, NUMBERS, Field, Kind
from crmdesk.models.spans import RANGE, range_of, words_of

DAYS = frozenset({Kind.DATE, Kind.MOMENT})

CONTAINS, NOT_CONTAINS, IS, IS_NOT = "contains", "not_contains", "is", "is_not"
AT_LEAST, AT_MOST, MORE, LESS, BETWEEN = "at_least", "at_most", "more", "less", "between"
ANY_OF, NONE_OF, PERIOD, YES, NO = "any_of", "none_of", "period", "yes", "no"
EMPTY, NOT_EMPTY = "empty", "not_empty"
OPERATORS = (
    CONTAINS, NOT_CONTAINS, IS, IS_NOT, AT_LEAST, AT_MOST, MORE, LESS, BETWEEN, ANY_OF, NONE_OF, PERIOD, YES, NO,
    EMPTY, NOT_EMPTY,
)  # fmt: skip
ALL, ANY, NONE = "all", "any", "none"
"""How many of a group's parts must hold."""
GROUP_DEPTH_MAX = 20
WITHOUT_VALUE = frozenset({YES, NO, EMPTY, NOT_EMPTY})
PERIODS = (
    "today",
    "yesterday",
    "week",
    "month",
    "last_month",
    "quarter",
    "last_quarter",
    "year",
    "last_year",
    "last_7",
    "last_30",
    "last_90",
)

_SIGNS = {
    CONTAINS: "~",
    NOT_CONTAINS: "!~",
    IS: "=",
    IS_NOT: "!=",
    AT_LEAST: ">=",
    AT_MOST: "<=",
    MORE: ">",
    LESS: "<",
}
_UNFILTERED = frozenset({Kind.LINES, Kind.LIST, Kind.OBJECT, Kind.ANY})


class Clause(NamedTuple):
    """`values` as plain text: numbers as decimal text, days as ISO text, a period's name; "" for an open end.

    `arguments` are those of a measure: a period's name, a product's code, a category's path.
    """

    field: str
    operator: str
    values: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()


class Group(NamedTuple):
    """Clauses and groups of which `all`, `any` or `none` must hold."""

    kind: str
    parts: tuple[Tree, ...] = ()


Tree = Clause | Group


def operators(field: Field) -> tuple[str, ...]:
    """The operators fit for a field, the usual one first; none for what no list can compare."""
    kind = field.kind
    if kind is Kind.LIST and field.choices:
        return (ANY_OF, NONE_OF, EMPTY, NOT_EMPTY)
    if kind in _UNFILTERED:
        return ()
    if kind in NUMBERS:
        return (AT_LEAST, AT_MOST, MORE, LESS, BETWEEN, IS, IS_NOT, EMPTY, NOT_EMPTY)
    if kind in DAYS:
        return (PERIOD, BETWEEN, EMPTY, NOT_EMPTY)
    if kind is Kind.BOOLEAN:
        return (YES, NO)
    if kind is Kind.STATE:
        return (ANY_OF, NONE_OF)
    if kind is Kind.CHOICE:
        return (ANY_OF, NONE_OF, EMPTY, NOT_EMPTY)
    if kind is Kind.LINK:
        return (IS, IS_NOT, CONTAINS, EMPTY, NOT_EMPTY)
    return (CONTAINS, NOT_CONTAINS, IS, IS_NOT, EMPTY, NOT_EMPTY)


def rule_operators(field: Field) -> tuple[str, ...]:
    """The operators a rule may use on a field: those of lists, and days before and after another."""
    if field.kind is Kind.LIST:
        return (ANY_OF, NONE_OF, EMPTY, NOT_EMPTY)
    usual = operators(field)
    return (PERIOD, LESS, MORE, AT_LEAST, AT_MOST, *usual[1:]) if field.kind is Kind.DATE else usual


def expression(clause: Clause, field: Field) -> str:
    """The clause in the filter language, on the day it is asked for. Raises ValueError for one that says nothing."""
    name, operator, values = field.name, clause.operator, clause.values
    if operator not in operators(field):
        raise ValueError(operator)
    for value in values:
        _check(field, operator, value)
    if operator == EMPTY:
        return f"{name} is empty"
    if operator == NOT_EMPTY:
        return f"{name} is not empty"
    if operator in (YES, NO):
        return f"{name} = {'true' if operator == YES else 'false'}"
    if operator in (ANY_OF, NONE_OF):
        if not values:
            raise ValueError(operator)
        listed = ", ".join(map(quoted, values))
        return f"{name} {'in' if operator == ANY_OF else 'not in'} ({listed})"
    if operator == PERIOD:
        first, last = range_of(values[0] if values else "", clock.today())
        return _within(field, _text_of(first), _text_of(last))
    if operator == BETWEEN:
        first_text, last_text = (*values, "", "")[:2]
        return _within(field, first_text, last_text)
    if not values or not values[0]:
        raise ValueError(operator)
    return f"{name} {_SIGNS[operator]} {quoted(values[0])}"


def quoted(text: str) -> str:
    """A text as a value of the filter language, whatever signs it holds."""
    body = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{body}"'


_BARE = re.compile(r"[0-9A-Za-z_](?:[0-9A-Za-z_.-]*[0-9A-Za-z_])?|-[0-9][0-9.]*", re.ASCII)
_WORDS = frozenset({"and", "or", "not", "in", "has", "is", "empty"})


def text_of(tree: Tree) -> str:
    """A rule in the filter language, its periods as words. Raises ValueError for a group without parts."""
    if isinstance(tree, Clause):
        return _clause_text(tree)
    if not tree.parts:
        raise ValueError(tree.kind)
    if len(tree.parts) == 1 and tree.kind != NONE:
        return text_of(tree.parts[0])
    word = " and " if tree.kind == ALL else " or "
    body = word.join(_part_text(part) for part in tree.parts)
    return f"not ({body})" if tree.kind == NONE else body


def _part_text(part: Tree) -> str:
    while isinstance(part, Group) and part.kind != NONE and len(part.parts) == 1:
        part = part.parts[0]
    is_bare = isinstance(part, Clause) or part.kind == NONE
    return text_of(part) if is_bare else f"({text_of(part)})"


def _clause_text(clause: Clause) -> str:
    name, operator, values = named(clause.field, clause.arguments), clause.operator, clause.values
    if operator in (EMPTY, NOT_EMPTY):
        return f"{name} is {'empty' if operator == EMPTY else 'not empty'}"
    if operator in (YES, NO):
        return name if operator == YES else f"{name} = false"
    if not values:
        raise ValueError(operator)
    if operator == PERIOD:
        return f"{name} in {words_of(values[0])}"
    if operator == BETWEEN:
        first, last = (*values, "")[:2]
        return f"{name} in {first}{RANGE}{last}"
    if operator in (ANY_OF, NONE_OF):
        return f"{name} {'in' if operator == ANY_OF else 'not in'} ({', '.join(map(written, values))})"
    return f"{name} {_SIGNS[operator]} {written(values[0])}"


def named(field: str, arguments: tuple[str, ...]) -> str:
    """A field, or a measure with its arguments as they are written: spent(last 12m)."""
    return f"{field}({', '.join(map(_argument, arguments))})" if arguments else field


def _argument(argument: str) -> str:
    words = words_of(argument)
    return words if words != argument or _BARE.fullmatch(argument) or RANGE in argument else quoted(argument)


def written(text: str) -> str:
    """A value of the filter language, in quotes where it needs them."""
    return text if _BARE.fullmatch(text) and text.lower() not in _WORDS else quoted(text)


def tree_as_plain(tree: Tree) -> dict[str, Any]:
    """A tree as JSON keeps it: {"all": […]} for a group, a clause as `as_plain` gives it."""
    if isinstance(tree, Clause):
        return as_plain(tree)
    return {tree.kind: [tree_as_plain(part) for part in tree.parts]}


def tree_from_plain(kept: Any, depth: int = 0) -> Tree | None:
    """What `tree_as_plain` gave; None for anything else."""
    if not isinstance(kept, dict) or depth > GROUP_DEPTH_MAX:
        return None
    if len(kept) == 1:
        kind, parts = next(iter(kept.items()))
        if kind not in (ALL, ANY, NONE) or not isinstance(parts, list):
            return None
        read = [tree_from_plain(part, depth + 1) for part in parts]
        return Group(kind, tuple(part for part in read if part is not None)) if None not in read else None
    return from_plain(kept)


def as_plain(clause: Clause) -> dict[str, Any]:
    """A clause as JSON keeps it."""
    kept: dict[str, Any] = {"field": clause.field, "operator": clause.operator, "values": list(clause.values)}
    return {**kept, "arguments": list(clause.arguments)} if clause.arguments else kept


def from_plain(kept: Any) -> Clause | None:
    """What `as_plain` gave; None for anything else."""
    if not isinstance(kept, dict):
        return None
    name, operator, values = kept.get("field"), kept.get("operator"), kept.get("values")
    if not isinstance(name, str) or not isinstance(operator, str) or not isinstance(values, list):
        return None
    arguments = kept.get("arguments", [])
    if not isinstance(arguments, list):
        return None
    return Clause(name, operator, tuple(map(str, values)), tuple(map(str, arguments)))


def _check(field: Field, operator: str, value: str) -> None:
    """Raises ValueError for a value that the field cannot have: a view may have been kept by another version."""
    if not value or operator == PERIOD:
        return
    if field.kind in NUMBERS:
        try:
            is_number = Decimal(value).is_finite()
        except InvalidOperation:
            is_number = False
        if not is_number:
            raise ValueError(value)
    elif field.kind in DAYS:
        date.fromisoformat(value)
    elif (field.kind in CHOICES or field.kind is Kind.LIST) and value not in {
        choice.value for choice in field.choices
    }:
        raise ValueError(value)


def _text_of(day: date | None) -> str:
    return day.isoformat() if day is not None else ""


def _within(field: Field, first: str, last: str) -> str:
    """Both ends included; a moment is compared with the user's own midnights."""
    if not first and not last:
        raise ValueError(BETWEEN)
    end = "<="
    if field.kind is Kind.MOMENT:
        first = _midnight(date.fromisoformat(first)) if first else ""
        last = _midnight(date.fromisoformat(last) + timedelta(days=1)) if last else ""
        end = "<"
    parts = [f"{field.name} >= {quoted(first)}"] if first else []
    if last:
        parts.append(f"{field.name} {end} {quoted(last)}")
    return " and ".join(parts)


def _midnight(day: date) -> str:
    """The beginning of a day where the user is, as moments are stored."""
    return clock.stamp(datetime.combine(day, time()).astimezone().astimezone(UTC))
