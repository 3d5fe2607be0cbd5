"""Columns of a list: a field and how it is shown. One formatter per kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from crmdesk.models import clock
from crmdesk.models.fields import NUMBERS, Field, Kind
from crmdesk.text import _
from crmdesk.ui.kit.row_source import Row

DASH = "—"


@dataclass(frozen=True, slots=True)
class Column:
    """One column over a field of the source.

    `tone` colours a cell by its row (danger, warn, good, info, second …; "" for none), `text` replaces what is
    shown, `as_chip` paints it as a chip with that tone, `is_muted` shows it quietly, `is_strong` in bold,
    `is_hidden` leaves it out until the user chooses it, `shows_zero` writes 0 instead of a dash.
    """

    field: Field
    tone: Callable[[Row], str] | None = None
    text: Callable[[Row], str] | None = None
    width: int = 0
    as_chip: bool = False
    is_muted: bool = False
    is_strong: bool = False
    is_hidden: bool = False
    shows_zero: bool = False

    @property
    def is_numeric(self) -> bool:
        """Numbers stand right-aligned in tabular figures."""
        return self.field.kind in NUMBERS

    @property
    def is_chip(self) -> bool:
        """States are chips."""
        return self.as_chip or self.field.kind is Kind.STATE


def columns_of(fields: Sequence[Field]) -> list[Column]:
    """A plain column for each field."""
    return [Column(entry) for entry in fields]


def shown(entry: Field, value: Any, *, shows_zero: bool = False) -> str:
    """A value as people read it: thousands separators, percent, words of a choice, a dash for nothing."""
    if value is None or value == "":
        return DASH if entry.kind in NUMBERS else ""
    formatter = _FORMATTERS.get(entry.kind)
    text = formatter(entry, value) if formatter else " ".join(str(value).split("\n"))
    if entry.kind in NUMBERS and not shows_zero and _is_zero(value):
        return DASH
    return text


def number(value: Decimal | int | str, *, is_trimmed: bool = False) -> str:
    """A number with thousands separators: 1,234.50; without trailing zeros when trimmed."""
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return str(value)
    if is_trimmed and amount == amount.to_integral_value():
        amount = amount.to_integral_value()
    elif is_trimmed:
        amount = amount.normalize()
    text = f"{amount:,f}"
    # A real minus sign: as wide as a figure, so that columns stay straight.
    return "\u2212" + text[1:] if text.startswith("-") else text


def price(value: Decimal | int | str) -> str:
    """A price with at least two decimals, so that prices stand straight: 1,200.00, 0.125."""
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return str(value)
    exponent = amount.normalize().as_tuple().exponent
    is_short = isinstance(exponent, int) and exponent >= -2
    return number(amount.quantize(Decimal("0.01"))) if is_short else number(amount, is_trimmed=True)


def choice_tone(entry: Field, value: Any) -> str:
    """The tone that the field's declaration gives to a value."""
    for choice in entry.choices:
        if choice.value == value:
            return choice.tone
    return "neutral"


def choice_label(entry: Field, value: Any) -> str:
    """The words of a choice; the value itself when it is none of them."""
    for choice in entry.choices:
        if choice.value == value:
            return _(choice.label)
    return str(value)


def _is_zero(value: Any) -> bool:
    try:
        return Decimal(value) == 0
    except (InvalidOperation, TypeError, ValueError):
        return False


def _rate(entry: Field, value: Any) -> str:
    del entry
    try:
        return f"{number(Decimal(value) * 100, is_trimmed=True)}%"
    except InvalidOperation:
        return str(value)


def _moment(entry: Field, value: Any) -> str:
    del entry
    return clock.local_words(str(value))


_FORMATTERS: dict[Kind, Callable[[Field, Any], str]] = {
    Kind.INTEGER: lambda _entry, value: number(value),
    Kind.MONEY: lambda _entry, value: number(value),
    Kind.PRICE: lambda _entry, value: price(value),
    Kind.QUANTITY: lambda _entry, value: number(value, is_trimmed=True),
    Kind.RATE: _rate,
    Kind.DATE: lambda _entry, value: value.isoformat() if isinstance(value, date) else str(value),
    Kind.MOMENT: _moment,
    Kind.BOOLEAN: lambda _entry, value: _("Yes") if value else "",
    Kind.CHOICE: choice_label,
    Kind.STATE: choice_label,
    Kind.LIST: lambda entry, value: _(", ").join(choice_label(entry, part) for part in value),
}
