"""What there is in the second model: customers, documents with their dated uses, lines of a statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

ANY_CODE = "*"
RECEIVABLE, SOURCE = "receivable", "source"


@dataclass
class Customer:
    code: str
    name: str
    currency: str
    terms_days: int = 0
    active: bool = True


@dataclass(eq=False)
class Document:
    """Anything with an amount that is used up over time: an invoice by settling, a payment by allocating."""

    number: str
    kind: str
    side: str
    customer: Customer
    currency: str
    on: date
    due: date | None
    total: int
    sequence: int
    cash: int = 0
    uses: list[tuple[date, int]] = field(default_factory=list)
    partners: dict[Document, list[tuple[date, int]]] = field(default_factory=dict)
    ended_on: date | None = None
    original: Document | None = None
    refunded: int = 0
    recovered: int = 0
    rate: str | None = None
    cost: int = 0
    """Of a payment: fee and discount."""
    has_paper: bool = False
    gone_as: tuple[str, date, dict[str, int]] | None = None
    """What became of the bill of exchange: kind, day, and the accounts it moved."""
    gone_at: str | None = None
    """The rate of what came for it."""
    paper_days: list[date] = field(default_factory=list)
    end_told_on: date | None = None
    """Of what had ended before its rate came: the day on which the value goes."""
    adopted: tuple[date, int] | None = None
    """A rate given late: no entry before this day, for the first so many clearings of the book."""
    terms: str = ""
    """Of an invoice: its settlement discount."""
    earned: list[Document] = field(default_factory=list)
    """Of a payment: the settlement discounts that belong to it."""
    target: Document | None = None
    """Of such a discount: its invoice."""

    @property
    def has_value(self) -> bool:
        """Whether somebody said what it is worth, itself or what it comes from."""
        if self.kind in ("transfer", "deposit_applied") and self.original:
            return self.original.has_value
        return self.rate is not None

    @property
    def is_money(self) -> bool:
        return self.side == SOURCE and self.kind in ("payment", "opening", "transfer", "deposit_applied")

    def left_at(self, at: date) -> int:
        """Open (or free) amount by the events dated on or before `at`."""
        if self.on > at or (self.ended_on and self.ended_on <= at):
            return 0
        return self.total - sum(amount for on, amount in self.uses if on <= at)

    def limit(self, since: date) -> int:
        """The least that is left at any date from `since` on: what may still be used with that date."""
        days = {since, *(on for on, _ in self.uses if on > since)}
        if self.ended_on and self.ended_on > since:
            days.add(self.ended_on)
        return min(self.left_at(day) for day in days)

    @property
    def left(self) -> int:
        """What is left when every event is counted, whatever its date."""
        return self.left_at(date.max)

    @property
    def last_event_on(self) -> date:
        return max([self.on, *(on for on, _ in self.uses)])


@dataclass
class Entry:
    """One line of a statement. `pair` marks the two lines of a void, hidden when they share a date."""

    on: date
    sequence: int
    place: int
    kind: str
    document: Document
    debit: int
    credit: int
    hidden: bool = False


@dataclass
class Verdict:
    must: set[str] = field(default_factory=set)
    may: set[str] = field(default_factory=set)
    effect: Callable[[], dict[str, Any]] = dict

    def allows(self, code: str) -> bool:
        """May the program refuse with this code?"""
        return code in self.must or code in self.may or ANY_CODE in self.may or ANY_CODE in self.must
