"""One condition of a list as a person chooses it: a field, an operator fit for its kind, plain values.

A clause is plain data, so that a saved view can keep it; `expression` says it in the filter language of lists
(`services/lists/filters`). Periods stay names until then: "this month" is another one next month.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from crmdesk.models import clock
from crmdesk.models.fields import CHOICES, NUMBERS, Field, Kind
from crmdesk.models.spans import range_of

DAYS = frozenset({Kind.DATE, Kind.MOMENT})

CONTAINS, NOT_CONTAINS, IS, IS_NOT = "contains", "not_contains", "is", "is_not"
AT_LEAST, AT_MOST, MORE, LESS, BETWEEN = "at_least", "at_most", "more", "less", "between"
ANY_OF, NONE_OF, PERIOD, YES, NO = "any_of", "none_of", "period", "yes", "no"
EMPTY, NOT_EMPTY = "empty", "not_empty"
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
    """`values` as plain text: numbers as decimal text, days as ISO text, a period's name; "" for an open end."""

    field: str
    operator: str
    values: tuple[str, ...] = ()


def operators(field: Field) -> tuple[str, ...]:
    """The operators fit for a field, the usual one first; none for what no list can compare."""
    kind = field.kind
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


def as_plain(clause: Clause) -> dict[str, Any]:
    """A clause as JSON keeps it."""
    return {"field": clause.field, "operator": clause.operator, "values": list(clause.values)}


def from_plain(kept: Any) -> Clause | None:
    """What `as_plain` gave; None for anything else."""
    if not isinstance(kept, dict):
        return None
    name, operator, values = kept.get("field"), kept.get("operator"), kept.get("values")
    if not isinstance(name, str) or not isinstance(operator, str) or not isinstance(values, list):
        return None
    return Clause(name, operator, tuple(str(value) for value in values))


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
    elif field.kind in CHOICES and value not in {choice.value for choice in field.choices}:
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
