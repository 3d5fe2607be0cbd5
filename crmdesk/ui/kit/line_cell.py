"""What the text of a line's cell means, and how its value is written so that it can be typed again."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from crmdesk.models import clock
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import NUMBERS, Field, Kind
from crmdesk.text import _
from crmdesk.ui.kit import typed
from crmdesk.ui.kit.number_editors import share_or_amount_text


class Unread(str):
    """Text that could not be read as the cell's kind: kept as it was typed, and marked."""

    __slots__ = ()


def read(field: Field, text: str, *, keeps_links: bool = False) -> Any:
    """The value that typed or pasted text means in a field, None for none.

    `keeps_links`: the text of a link waits, unread, for whoever knows the records.
    Raises InvalidInput with the sentence for the cell.
    """
    if field.kind is Kind.RATE:
        share = typed.read_number(text.rstrip("%％"))
        return share / 100 if share is not None and ("%" in text or "％" in text or share >= 1) else share
    if field.kind in NUMBERS:
        return typed.read_number(text)
    if field.kind is Kind.DATE:
        return typed.read_day(text, clock.today())
    if field.kind is Kind.BOOLEAN:
        return text.lower() in ("1", "true", "yes", "y", "是", "√", "✓")
    if field.kind is Kind.OBJECT:
        amount = typed.read_number(text.rstrip("%％"))
        is_share = text.endswith(("%", "％"))
        return None if amount is None else {"rate": amount / 100} if is_share else {"amount": amount}
    if field.kind is Kind.CHOICE:
        for choice in field.choices:
            if text in (choice.value, choice.label, _(choice.label)):
                return choice.value
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("“{value}” is not one of {choices}.").format(
                value=text[:40], choices=", ".join(_(choice.label) for choice in field.choices)
            ),
        )
    return Unread(text) if field.kind is Kind.LINK and keeps_links else text


def written(field: Field, value: Any) -> str:
    """A value as it can be typed: a share with its sign, for a rate of 1 would come back as 1 %."""
    if value is None:
        return ""
    if field.kind is Kind.OBJECT and isinstance(value, Mapping):
        return share_or_amount_text(value)
    if isinstance(value, Decimal):
        return share_or_amount_text({"rate": value}) if field.kind is Kind.RATE else f"{value:f}"
    return str(value)
