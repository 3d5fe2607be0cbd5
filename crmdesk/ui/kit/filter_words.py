"""Conditions of a list in words: names of operators and periods, and what a chip says."""

from __future__ import annotations

from decimal import Decimal

from crmdesk.models import clauses
from crmdesk.models.clauses import Clause
from crmdesk.models.fields import CHOICES, NUMBERS, Field
from crmdesk.text import N_, _
from crmdesk.ui.kit.columns import choice_label, shown

OPERATORS = {
    clauses.CONTAINS: N_("contains"),
    clauses.NOT_CONTAINS: N_("does not contain"),
    clauses.IS: N_("is"),
    clauses.IS_NOT: N_("is not"),
    clauses.AT_LEAST: N_("at least"),
    clauses.AT_MOST: N_("at most"),
    clauses.MORE: N_("more than"),
    clauses.LESS: N_("less than"),
    clauses.BETWEEN: N_("from … to"),
    clauses.ANY_OF: N_("is one of"),
    clauses.NONE_OF: N_("is none of"),
    clauses.PERIOD: N_("in the period"),
    clauses.YES: N_("Yes"),
    clauses.NO: N_("No"),
    clauses.EMPTY: N_("is empty"),
    clauses.NOT_EMPTY: N_("is not empty"),
}
PERIODS = {
    "today": N_("Today"),
    "yesterday": N_("Yesterday"),
    "week": N_("This week"),
    "month": N_("This month"),
    "last_month": N_("Last month"),
    "quarter": N_("This quarter"),
    "last_quarter": N_("Last quarter"),
    "year": N_("This year"),
    "last_year": N_("Last year"),
    "last_7": N_("Last 7 days"),
    "last_30": N_("Last 30 days"),
    "last_90": N_("Last 90 days"),
}
_CHIPS = {
    clauses.CONTAINS: N_("{field} contains “{value}”"),
    clauses.NOT_CONTAINS: N_("{field} without “{value}”"),
    clauses.IS: N_("{field}: {value}"),
    clauses.IS_NOT: N_("{field} not {value}"),
    clauses.AT_LEAST: N_("{field} ≥ {value}"),
    clauses.AT_MOST: N_("{field} ≤ {value}"),
    clauses.MORE: N_("{field} > {value}"),
    clauses.LESS: N_("{field} < {value}"),
    clauses.ANY_OF: N_("{field}: {value}"),
    clauses.NONE_OF: N_("{field} not {value}"),
    clauses.PERIOD: N_("{field}: {value}"),
    clauses.YES: N_("{field}: yes"),
    clauses.NO: N_("{field}: no"),
    clauses.EMPTY: N_("{field} is empty"),
    clauses.NOT_EMPTY: N_("{field} is not empty"),
}
_VALUES_SHOWN = 3


def clause_words(clause: Clause, field: Field) -> str:
    """What the chip of a condition says."""
    label = _(field.label)
    if clause.operator == clauses.BETWEEN:
        first, last = (*(_value(text, field) for text in clause.values), "", "")[:2]
        if first and last:
            return f"{label} {first} – {last}"
        return f"{label} ≥ {first}" if first else f"{label} ≤ {last}"
    pattern = _CHIPS.get(clause.operator, "{field}")
    if clause.operator == clauses.PERIOD:
        value = _(PERIODS.get(clause.values[0] if clause.values else "", ""))
    else:
        parts = [_value(text, field) for text in clause.values]
        value = _(", ").join(parts[:_VALUES_SHOWN]) + (" …" if len(parts) > _VALUES_SHOWN else "")
    return _(pattern).format(field=label, value=value)


def _value(text: str, field: Field) -> str:
    if not text:
        return ""
    if field.kind in NUMBERS:
        return shown(field, Decimal(text), shows_zero=True)
    if field.kind in CHOICES:
        return choice_label(field, text)
    return text
