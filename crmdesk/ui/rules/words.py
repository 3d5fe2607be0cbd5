"""What the builder calls operators, periods and groups. One place, so that rows and their hints agree."""

from __future__ import annotations

from crmdesk.models import clauses
from crmdesk.models.fields import Field, Kind
from crmdesk.text import N_, _
from crmdesk.ui.kit.filter_words import OPERATORS, PERIODS

JOINS = {clauses.ALL: N_("and"), clauses.ANY: N_("or"), clauses.NONE: N_("nor")}
HEADS = {
    clauses.ALL: N_("Customers for whom all of this holds come in by themselves"),
    clauses.ANY: N_("Customers for whom any of this holds come in by themselves"),
    clauses.NONE: N_("Customers for whom none of this holds come in by themselves"),
}
KINDS = (clauses.ALL, clauses.ANY, clauses.NONE)
_OF_DAYS = {
    clauses.LESS: N_("before"),
    clauses.MORE: N_("after"),
    clauses.AT_LEAST: N_("on or after"),
    clauses.AT_MOST: N_("on or before"),
}
_OF_SETS = {
    "tag": {clauses.ANY_OF: N_("has any of"), clauses.NONE_OF: N_("has none of")},
    "category": {clauses.ANY_OF: N_("in or below"), clauses.NONE_OF: N_("not in or below")},
    "segment": {clauses.ANY_OF: N_("in any of"), clauses.NONE_OF: N_("in none of")},
    "place": {clauses.ANY_OF: N_("in or below"), clauses.NONE_OF: N_("not in or below")},
    "collaborator": {clauses.ANY_OF: N_("has any of"), clauses.NONE_OF: N_("has none of")},
}
_OF_TRUTHS = {clauses.YES: N_("yes"), clauses.NO: N_("no")}
NAMED_PERIODS = (
    "week", "month", "quarter", "year", "last_week", "last_month", "last_quarter", "last_year",
)  # fmt: skip
_MORE_PERIODS = {"last_week": N_("Last week")}
UNITS = {"d": N_("days"), "w": N_("weeks"), "m": N_("months"), "y": N_("years")}


def operator_words(field: Field, operator: str) -> str:
    """An operator as it reads between this field and its value."""
    if field.name in _OF_SETS and operator in _OF_SETS[field.name]:
        return _(_OF_SETS[field.name][operator])
    if field.kind in clauses.DAYS and operator in _OF_DAYS:
        return _(_OF_DAYS[operator])
    if field.kind is Kind.BOOLEAN and operator in _OF_TRUTHS:
        return _(_OF_TRUTHS[operator])
    return _(OPERATORS[operator])


def period_words(name: str) -> str:
    """A period that has a name."""
    return _(_MORE_PERIODS.get(name) or PERIODS.get(name, name))
