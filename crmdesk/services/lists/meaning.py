"""What a filter or a rule says that can only be a slip: it can be read, and would quietly find nobody.

Asked of what somebody writes, never of a kept rule: that one stays readable whatever a later version refuses.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import NUMBERS
from crmdesk.models.spans import RANGE, day_said
from crmdesk.services.lists.filters import Comparison
from crmdesk.text import _


def require_ranges(used: Iterable[Comparison], today: date, field: str = "filter") -> None:
    """Raises InvalidInput `filter_invalid` for a period or a range that ends before it begins."""
    for one in used:
        texts = (*one.arguments, *(one.texts if one.operator == "within" else ()))
        for text in texts:
            if RANGE in text and _is_backwards(text, today, is_number=one.kind in NUMBERS):
                raise InvalidInput(
                    Code.FILTER_INVALID,
                    _("“{value}” ends before it begins.").format(value=text[:40]),
                    field=field,
                )


def require_places(used: Iterable[Comparison], field: str = "filter") -> None:
    """Raises InvalidInput `filter_invalid` where the code of a customer's place is compared with a name."""
    for one in used:
        for text in one.texts:
            if one.field == "region" and text and not (text.isascii() and text.isdigit()):
                raise InvalidInput(
                    Code.FILTER_INVALID,
                    _(
                        "“region” is a code of six digits, such as 330100. For a place by its name, with all that"
                        " lies in it, write: place in {name}"
                    ).format(name=text[:40]),
                    field=field,
                )


def _is_backwards(text: str, today: date, *, is_number: bool) -> bool:
    first, _dots, last = text.partition(RANGE)
    ends: tuple[Any, Any] = (day_said(first, today), day_said(last, today))
    if None in ends:
        if not (is_number and first and last):
            return False  # an open end, or the code of a product
        ends = (Decimal(first), Decimal(last))
    elif first.startswith("today") != last.startswith("today"):
        return False  # one end moves: right on some days
    return bool(ends[0] > ends[1])
