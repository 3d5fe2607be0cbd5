"""Rules in plain words: what a condition asks, and what a customer's own value is. Any language of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from crmdesk.models import money
from crmdesk.models.fields import CHOICES, Field, Kind
from crmdesk.models.spans import RANGE, words_of
from crmdesk.models.tables.base import day_of
from crmdesk.services.lists import measures
from crmdesk.services.lists.filters import All, Comparison, Node, Not, Some
from crmdesk.text import N_

Words = Callable[[str], str]

_LIMITS = {
    "=": N_("is {value}"),
    "!=": N_("is not {value}"),
    "<": N_("less than {value}"),
    "<=": N_("at most {value}"),
    ">": N_("more than {value}"),
    ">=": N_("at least {value}"),
    "~": N_("contains {value}"),
    "in": N_("one of {value}"),
    "within": N_("within {value}"),
    "empty": N_("is empty"),
}
_OF_DAYS = {
    "<": N_("before {value}"),
    "<=": N_("{value} or earlier"),
    ">": N_("after {value}"),
    ">=": N_("{value} or later"),
}
_UNITS = {
    "last_d": N_("last {count} days"),
    "last_w": N_("last {count} weeks"),
    "last_m": N_("last {count} months"),
    "last_y": N_("last {count} years"),
    "next_d": N_("next {count} days"),
    "next_w": N_("next {count} weeks"),
    "next_m": N_("next {count} months"),
    "next_y": N_("next {count} years"),
}
_PERIODS = {
    "today": N_("today"),
    "yesterday": N_("yesterday"),
    "week": N_("this week"),
    "month": N_("this month"),
    "quarter": N_("this quarter"),
    "year": N_("this year"),
    "last_week": N_("last week"),
    "last_month": N_("last month"),
    "last_quarter": N_("last quarter"),
    "last_year": N_("last year"),
    "next_month": N_("next month"),
}


def field_of(one: Comparison) -> Field:
    """The declaration behind a comparison that was read."""
    if one.declared is None:
        raise LookupError(one.field)
    return one.declared


def label(one: Comparison, _: Words) -> str:
    """What a comparison looks at: “Bought for, incl. tax (last 12 months)”."""
    name = _(field_of(one).label)
    if not one.arguments:
        return name
    takes = measures.MEASURES[one.field].takes
    said = [
        period(argument, _) if kind == "period" else _word(kind, argument, _)
        for kind, argument in zip(takes, one.arguments, strict=False)
    ]
    return _("{name} ({details})").format(name=name, details=", ".join(said))


def _word(kind: str, argument: str, _: Words) -> str:
    known = measures.WORDS.get(kind, ())
    return next((_(choice.label) for choice in known if choice.value == argument), argument)


def period(name: str, _: Words) -> str:
    """A period by its name in words."""
    if name in _PERIODS:
        return _(_PERIODS[name])
    way, _sign, rest = name.partition("_")
    unit = f"{way}_{rest[-1:]}"
    if unit in _UNITS and rest[:-1].isdigit():
        return _(_UNITS[unit]).format(count=rest[:-1])
    if rest.isdigit() and way == "last":
        return _(_UNITS["last_d"]).format(count=rest)
    if RANGE in name:
        first, _dots, last = name.partition(RANGE)
        return f"{first or '…'} – {last or '…'}"
    return words_of(name)


def limit(one: Comparison, _: Words) -> str:
    """What is asked of the value: “at least 10,000.00”."""
    if one.kind is Kind.LIST and one.operator != "empty":
        names = ", ".join(_choice(field_of(one), str(name), _) for name in one.values)
        return _("one of {value}").format(value=names) if len(one.values) > 1 else names
    if one.kind is Kind.BOOLEAN and one.operator == "=":
        return _("yes") if one.values[0] else _("no")
    template = _LIMITS[one.operator]
    if one.kind in (Kind.DATE, Kind.MOMENT):
        template = _OF_DAYS.get(one.operator, template)
    if one.operator == "within":
        return _(template).format(value=period(one.texts[0], _))
    said = []
    for text, value in zip(one.texts, one.values, strict=True):
        if isinstance(value, date) and text != value.isoformat():
            said.append(f"{value.isoformat()} ({text})")
        elif isinstance(value, Decimal):
            said.append(f"{value:,f}")
        else:
            said.append(_choice(field_of(one), text, _))
    return _(template).format(value=", ".join(said))


def value(one: Comparison, fact: Any, currency: str, _: Words) -> str:
    """A customer's own value as a rule saw it."""
    kind = one.kind
    if fact is None or fact == "":
        return _("nothing")
    if kind is Kind.BOOLEAN or kind is Kind.LIST:
        return _("yes") if fact else _("no")
    if kind is Kind.MONEY:
        return f"{money.grouped(int(fact), currency)} {currency}"
    if kind in (Kind.QUANTITY, Kind.RATE, Kind.PRICE):
        return f"{Decimal(str(fact)):,f}"
    if kind is Kind.DATE:
        return day_of(int(fact)).isoformat()
    unit = measures.MEASURES[one.field].unit if one.field in measures.MEASURES else ""
    if unit == "days":
        return _("{count} days").format(count=fact)
    return _choice(field_of(one), str(fact), _)


def rule(node: Node | None, _: Words) -> str:
    """A whole rule as people say it: “Balance more than 0 and (Days to pay less than 15 or Tag VIP)”."""
    if node is None:
        return ""
    if isinstance(node, Comparison):
        return f"{label(node, _)} {limit(node, _)}"
    if isinstance(node, Not):
        return _("not ({rule})").format(rule=rule(node.node, _))
    joined = _("{first} and {second}") if isinstance(node, All) else _("{first} or {second}")
    said = [f"({rule(one, _)})" if isinstance(one, All | Some) else rule(one, _) for one in node.nodes]
    whole = said[0]
    for one in said[1:]:
        whole = joined.format(first=whole, second=one)
    return whole


def _choice(field: Field, text: str, _: Words) -> str:
    if field.choices and (field.kind in CHOICES or field.kind is Kind.LIST):
        return next((_(one.label) for one in field.choices if one.value == text), text)
    return text


def sentence(one: Comparison, fact: Any, currency: str, _: Words) -> str:
    """One condition with the customer's value: “Bought for, incl. tax: 12,300.00 CNY (at least 10,000.00)”."""
    if one.kind is Kind.LIST and one.operator != "empty":
        said = _("{label} {names}: yes") if fact else _("{label} {names}: no")
        return said.format(label=label(one, _), names=limit(one, _))
    if one.kind is Kind.BOOLEAN:
        return f"{label(one, _)}: {value(one, fact, currency, _)}"
    return _("{label}: {value} ({limit})").format(
        label=label(one, _), value=value(one, fact, currency, _), limit=limit(one, _)
    )
