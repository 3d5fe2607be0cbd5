"""One line of a customer's timeline, and how a reading goes on behind a line: by date and order, over indexes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, or_, true

from crmdesk.models import clock


class Place(NamedTuple):
    """A place in the timeline: everything that is smaller comes behind it."""

    happened_on: date
    order: int
    """An id; ids rise in the order in which things were written, over the whole book."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the timeline. `kind` is the document's kind, `change`, `activity`, `comment`, `task`, `file`,
    `print`, `reminder`, `promise` or `confirmation`; texts are finished."""

    kind: str
    happened_on: date
    title: str
    detail: str = ""
    currency: str = ""
    amount_minor: int | None = None
    document_id: int | None = None
    number: str = ""
    order: int = 0
    record_id: int | None = None
    """Of an activity, comment, task or file: what it is changed or opened by."""
    state: str = ""
    """Of an activity its kind."""

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.happened_on, self.order)


def by_day(day: Any, order: Any, before: Place | None) -> ColumnElement[bool]:
    """Whether a row with a date comes behind a place."""
    if before is None:
        return true()
    return and_(day <= before.happened_on, or_(day < before.happened_on, order < before.order))


def by_moment(moment: Any, order: Any, before: Place | None) -> ColumnElement[bool]:
    """Whether a row with a UTC moment comes behind a place; days are those of the user's clock."""
    if before is None:
        return true()
    begin, end = (clock.day_begins(before.happened_on + timedelta(days=more)) for more in (0, 1))
    return and_(moment < end, or_(moment < begin, order < before.order))
