"""The balance after each row of a bank's sheet: which way the rows run, and whether each follows from the one before.

Banks print from the oldest or from the newest day, and within a day either way; only the balances tell which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple


class Step(NamedTuple):
    """One movement as the sheet has it; `balance` is what the account held after it, None where the cell is blank."""

    row: int
    booked_on: date
    amount: Decimal
    balance: Decimal | None


class Break(NamedTuple):
    """A balance that does not follow: that of `row`, by the one of `before` and what moved since."""

    row: int
    balance: Decimal
    before: int
    expected: Decimal


@dataclass(frozen=True, slots=True)
class Course:
    """What was there before the first movement and after the last; `broken` is the first that does not follow."""

    opening: Decimal
    closing: Decimal
    broken: Break | None


def follow(steps: Sequence[Step]) -> Course | None:
    """The course of the balances in the order of rows in which the most of them follow; None where none is given.

    Amounts and balances are in the currency's unit, compared exactly.
    """
    if not any(step.balance is not None for step in steps):
        return None
    best, breaks = min(
        ((order, _breaks(order)) for order in _orders(steps)), key=lambda one: len(one[1])
    )  # min takes the first of equals
    at = next(index for index, step in enumerate(best) if step.balance is not None)
    opening = best[at].balance or Decimal(0)
    for step in best[: at + 1]:
        opening -= step.amount
    closing = opening
    for step in best:
        closing = closing + step.amount if step.balance is None else step.balance
    return Course(opening, closing, breaks[0] if breaks else None)


def _orders(steps: Sequence[Step]) -> list[list[Step]]:
    """The orders that the rows may have happened in, the likeliest first."""
    listed, turned = list(steps), list(reversed(steps))
    if listed[0].booked_on > listed[-1].booked_on:
        listed, turned = turned, listed
    by_day = [sorted(order, key=lambda step: step.booked_on) for order in (listed, turned)]
    # a sheet in the order of another day (that of the sale, not of the booking) has its own order only
    return by_day if listed == by_day[0] else [*by_day, listed, turned]


def _breaks(order: Sequence[Step]) -> list[Break]:
    breaks: list[Break] = []
    expected: Decimal | None = None
    before = 0
    for step in order:
        if expected is not None:
            expected += step.amount
        if step.balance is None:
            continue
        if expected is not None and expected != step.balance:
            breaks.append(Break(step.row, step.balance, before, expected))
        expected, before = step.balance, step.row
    return breaks
