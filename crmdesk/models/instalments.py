"""Cutting a total into instalments: equal parts, shares, months; the odd cents at the end that was asked for.

Parts always add up to the total (domain.md, identity 5): largest remainder, ties from the first or from the last.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from crmdesk.models import money


@dataclass(frozen=True, slots=True)
class Part:
    """One instalment to be: amount in minor units; `is_odd` where it got a unit that could not be divided."""

    label: str
    due_on: date
    amount_minor: int
    is_odd: bool = False


def cut(total_minor: int, weights: Sequence[int], remainder: str = "last") -> list[tuple[int, bool]]:
    """(amount, whether a smallest unit was added to it) by weights; `remainder` is first or last."""
    if remainder == "last":
        return cut(total_minor, list(reversed(weights)), "first")[::-1]
    whole = sum(weights)
    amounts = money.split(total_minor, weights)
    is_uneven = [total_minor * weight % whole != 0 for weight in weights]
    return [
        (amount, uneven and amount > total_minor * weight // whole)
        for amount, weight, uneven in zip(amounts, weights, is_uneven, strict=True)
    ]


def month_later(first: date, months: int) -> date:
    """The same day some months later, or the last day of a month that is too short (31 January -> 28 February)."""
    count = first.year * 12 + first.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))
