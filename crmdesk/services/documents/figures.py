"""Figures as they are printed: money, quantities, rates, dates. The same digits in every language."""

from __future__ import annotations

import functools
from datetime import date
from decimal import Decimal

from crmdesk.models.capitals import capitals, words
from crmdesk.models.money import digits, grouped, symbol
from crmdesk.services.documents.labels import Labels
from crmdesk.text import N_

DASH = "—"


def signed(minor: int, currency: str) -> str:
    """With the currency's sign: -¥1,234.50."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{symbol(currency)}{grouped(abs(minor), currency)}"


def or_blank(minor: int, currency: str) -> str:
    """Nothing for zero."""
    return grouped(minor, currency) if minor else ""


def or_dash(minor: int, currency: str) -> str:
    """A dash for zero."""
    return grouped(minor, currency) if minor else DASH


def day(value: date | None) -> str:
    """An ISO date, or nothing."""
    return value.isoformat() if value else ""


def quantity(value: Decimal) -> str:
    """Without needless zeros, with thousands separators: 1,200.5."""
    text = f"{value:f}"
    whole, _point, rest = text.partition(".")
    rest = rest.rstrip("0")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-') or '0'):,}" + (f".{rest}" if rest else "")


def price(value: Decimal, currency: str) -> str:
    """At least the currency's decimals, more where the price has them."""
    text = quantity(value)
    whole, _point, rest = text.partition(".")
    rest = rest.ljust(digits(currency), "0")
    return f"{whole}.{rest}" if rest else whole


def percent(rate: Decimal) -> str:
    """A fraction as per cent: 0.13 → 13%."""
    return quantity(rate * 100) + "%"


def rate_text(labels: Labels, tax_kind: str, tax_rate: Decimal | None) -> str:
    """The rate of a line or group, or the reason why there is none, in one language."""
    if tax_kind == "exempt":
        return labels.one(N_("Exempt"))
    if tax_kind == "out_of_scope":
        return labels.one(N_("Not taxed"))
    return percent(tax_rate) if tax_rate is not None else DASH


def in_words(labels: Labels, minor: int, currency: str) -> list[str]:
    """The amount in capitals, in English words, or both."""
    lines = []
    if labels.has_chinese:
        lines.append(capitals(minor, currency, named=True))
    if labels.has_english:
        lines.append(words(minor, currency))
    return lines


@functools.cache
def currency_title(language: str, currency: str) -> str:
    """The code with its name: CNY 人民币."""
    from babel.numbers import get_currency_name

    locale = "en" if language == "en" else "zh_CN"
    return f"{currency} {get_currency_name(currency, locale=locale)}"
