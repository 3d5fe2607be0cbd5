"""Credit of customers: limit, what is used and left, how late he pays, and a risk grade with its points.

The grade is the sum of the points in `INPUTS`, each with the steps that earn them: the one place of the formula. All
in the customer's own currency. Late days are weighted by what was settled in the last year, by money or credit note;
what was released again counts with the day it was first settled, and as bounced if the payment was reversed.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    and_,
    bindparam,
    case,
    func,
    select,
)

from crmdesk.models import clock
from crmdesk.models.tables.base import Day
from crmdesk.models.tables.customers import customer, own_currency
from crmdesk.models.tables.documents import allocation, document, open_item
from crmdesk.services import exposure, merged_codes, promises, settings
from crmdesk.services.collecting import no_collection
from crmdesk.services.dialect import among, day_count, ids_given
from crmdesk.services.lists.open_items import item_due
from crmdesk.services.posted import REVERSAL
from crmdesk.text import N_, _

YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class Input:
    """One input of the grade. `steps` are (more than, points): the last one passed counts."""

    name: str
    label: str
    steps: tuple[tuple[int, int], ...]

    def points(self, value: Decimal | int) -> int:
        """What a value earns."""
        return max((points for above, points in self.steps if value > above), default=0)


INPUTS = (
    Input("overdue_share", N_("Overdue, % of what is owed"), ((0, 1), (10, 2), (25, 3), (50, 4))),
    Input("days_late", N_("Days late on average, last 12 months"), ((0, 1), (7, 2), (15, 3), (30, 4))),
    Input("longest_days", N_("Days late of the oldest open item"), ((30, 1), (90, 2), (180, 3))),
    Input("bounced", N_("Payments taken back, last 12 months"), ((0, 2), (1, 4))),
    Input("broken", N_("Promises broken, last 12 months"), ((0, 1), (1, 2), (2, 3))),
    Input("over_limit", N_("Beyond the credit limit (1: yes)"), ((0, 2),)),
)
GRADES = ((10, "E"), (7, "D"), (4, "C"), (2, "B"), (0, "A"))
"""(from so many points on, grade)."""


class Point(NamedTuple):
    """What one input earns, for the explanation of a grade."""

    name: str
    label: str
    value: Decimal
    points: int


class Credit(NamedTuple):
    """How much a customer may owe and how he pays; minor units of his own currency."""

    customer_id: int
    currency: str
    limit_minor: int | None
    used_minor: int
    """His balance: what is open less what he has to his credit; with a limit that of all currencies, converted."""
    overdue_minor: int
    owed_minor: int
    """Open invoices and opening balances alone."""
    longest_days: int
    days_late: Decimal
    """Weighted by amount, one decimal; what was paid in time counts as 0."""
    bounced: int
    broken: int
    unrated: exposure.Unrated = ()
    """What of all that he owes is not in `used_minor`, for want of an exchange rate."""

    @property
    def available_minor(self) -> int | None:
        """What is left of the limit, negative beyond it; None without a limit."""
        return None if self.limit_minor is None else self.limit_minor - self.used_minor

    @property
    def is_over(self) -> bool:
        """Whether he owes more than his limit."""
        return self.limit_minor is not None and self.used_minor > self.limit_minor

    @property
    def overdue_share(self) -> Decimal:
        """Overdue in per cent of what is owed, one decimal."""
        if not self.owed_minor:
            return Decimal(0)
        return (Decimal(self.overdue_minor) * 100 / self.owed_minor).quantize(Decimal("0.1"))

    @property
    def points(self) -> tuple[Point, ...]:
        """Each input with what it earns."""
        return tuple(
            Point(
                one.name,
                _(one.label),
                Decimal(self.value_of(one.name)),
                one.points(self.value_of(one.name)),
            )
            for one in INPUTS
        )

    def value_of(self, name: str) -> Decimal | int:
        """The value of an input by its name."""
        return int(self.is_over) if name == "over_limit" else getattr(self, name)

    @property
    def grade(self) -> str:
        """A (best) to E."""
        return grade_of(sum(one.points(self.value_of(one.name)) for one in INPUTS))


def grade_of(points: int) -> str:
    """The grade for a sum of points."""
    return next(grade for least, grade in GRADES if points >= least)


def grade_spans() -> str:
    """The grades with the points they stand for, the best first: A 0–1, B 2–3 … E 10+ (from `GRADES`, in any
    language)."""
    rising = sorted(GRADES)
    spans = [
        f"{grade} {least}+" if following is None else f"{grade} {least}–{following - 1}"
        for (least, grade), following in zip(
            rising, [*(least for least, _g in rising[1:]), None], strict=True
        )
    ]
    return ", ".join(spans)


class _Sums:
    """What is known of one customer while it is being added up."""

    __slots__ = ("bounced", "broken", "late", "longest", "overdue", "owed", "settled", "used")

    def __init__(self) -> None:
        self.used = self.owed = self.overdue = self.longest = 0
        self.late = self.settled = self.bounced = self.broken = 0


def of_customer(connection: Connection, code: str, on: date | None = None) -> Credit:
    """The credit of one customer on a day. Raises NotFound."""
    owner = merged_codes.find_customer(connection, code).id
    return load(connection, on or clock.today(), [owner])[owner]


def load(connection: Connection, on: date, ids: list[int] | None = None) -> dict[int, Credit]:
    """The credit of every customer (or of these) by id, in a handful of queries whatever their number."""
    with no_collection():
        return _load(connection, on, ids)


def _of(query: Any, column: ColumnElement[int], ids: list[int] | None) -> Any:
    return query if ids is None else query.where(among(column, ids))


def _load(connection: Connection, on: date, ids: list[int] | None) -> dict[int, Credit]:
    book_currency = settings.load(connection).currency
    own = own_currency(book_currency)
    sums: dict[int, _Sums] = {}
    since = on - timedelta(days=YEAR_DAYS)
    _add_open(connection, sums, on, own, ids)
    _add_late(connection, sums, on, since, book_currency, ids)
    _add_bounced(connection, sums, on, since, ids)
    alone = ids[0] if ids is not None and len(ids) == 1 else None
    for one in promises.states(connection, on, customer_id=alone):
        if one.state == promises.BROKEN and one.promised_on > since:
            _sums_of(sums, one.customer_id).broken += 1
    foreign = exposure.foreign(connection, on, book_currency, ids)
    people = _of(select(customer.c.id, own, customer.c.credit_limit_minor), customer.c.id, ids)
    nothing = _Sums()
    found: dict[int, Credit] = {}
    for owner, currency, limit in _raw(connection, people):
        known = sums.get(owner, nothing)
        late = Decimal(known.late) / known.settled if known.settled else Decimal(0)
        found[owner] = Credit(
            owner,
            currency,
            limit,
            known.used + (foreign[owner].minor if owner in foreign else 0),
            known.overdue,
            known.owed,
            known.longest,
            late.quantize(Decimal("0.1")) if late else late,
            known.bounced,
            known.broken,
            foreign[owner].unrated if owner in foreign else (),
        )
    return found


def _raw(connection: Connection, query: Any) -> list[tuple[Any, ...]]:
    """The driver's own tuples: there may be a hundred thousand customers."""
    cursor = connection.execute(query).cursor
    return [] if cursor is None else list(cursor.fetchall())


def _sums_of(sums: dict[int, _Sums], owner: int) -> _Sums:
    found = sums.get(owner)
    if found is None:
        found = sums[owner] = _Sums()
    return found


def _add_open(
    connection: Connection, sums: dict[int, _Sums], on: date, own: ColumnElement[str], ids: list[int] | None
) -> None:
    is_owed = open_item.c.side == 1
    is_late = and_(is_owed, item_due < on)
    query = (
        select(
            open_item.c.customer_id,
            func.sum(open_item.c.side * open_item.c.open_minor),
            func.sum(case((is_owed, open_item.c.open_minor), else_=0)),
            func.sum(case((is_late, open_item.c.open_minor), else_=0)),
            func.min(case((is_late, item_due)), type_=Day()),
        )
        .join_from(open_item, customer, customer.c.id == open_item.c.customer_id)
        .where(open_item.c.currency == own)
        .group_by(open_item.c.customer_id)
    )
    rows = connection.execute(_of(query, open_item.c.customer_id, ids))
    for owner, used, owed, overdue, oldest in map(tuple, rows):
        known = _sums_of(sums, owner)
        known.used, known.owed, known.overdue = used, owed, overdue
        known.longest = (on - oldest).days if oldest else 0


@functools.cache
def _late_query(is_of_some: bool) -> Any:
    """Settled amounts × days late, and what was settled, by customer: built once, for it is asked at every write."""
    late = day_count(allocation.c.dated_on) - day_count(allocation.c.debit_due_on)
    own = own_currency(bindparam("book_currency", type_=Text()))
    is_late = allocation.c.dated_on > allocation.c.debit_due_on
    settled = and_(
        allocation.c.customer_id == customer.c.id,
        allocation.c.currency == own,
        allocation.c.dated_on > bindparam("since", type_=Day()),
        allocation.c.dated_on <= bindparam("on", type_=Day()),
        allocation.c.amount_minor > 0,
    )
    # An outer join is walked from the customers on, each by the index that has all of it and in its order: from the
    # dates on, a year of a large book is looked up row by row and then sorted by customer, in five times as long.
    query = (
        select(
            customer.c.id,
            func.sum(case((is_late, allocation.c.amount_minor * late), else_=0)),
            func.sum(allocation.c.amount_minor),
        )
        .select_from(customer.outerjoin(allocation, settled))
        .group_by(customer.c.id)
        .having(func.count(allocation.c.amount_minor) > 0)
    )
    return query.where(customer.c.id.in_(ids_given("ids"))) if is_of_some else query


def _add_late(
    connection: Connection,
    sums: dict[int, _Sums],
    on: date,
    since: date,
    book_currency: str,
    ids: list[int] | None,
) -> None:
    values = {"on": on, "since": since, "book_currency": book_currency}
    if ids is not None:
        values["ids"] = json.dumps(ids)
    cursor = connection.execute(_late_query(ids is not None), values).cursor
    for owner, weighted, settled in [] if cursor is None else cursor.fetchall():
        known = _sums_of(sums, owner)
        known.late, known.settled = weighted, settled


def late_tenths(
    connection: Connection, on: date, book_currency: str, ids: list[int] | None = None
) -> dict[int, int]:
    """Days late on average by customer, as `Credit.days_late`, in tenths of a day; who settled nothing is left out."""
    sums: dict[int, _Sums] = {}
    _add_late(connection, sums, on, on - timedelta(days=YEAR_DAYS), book_currency, ids)
    return {
        owner: (20 * one.late + one.settled) // (2 * one.settled)
        for owner, one in sums.items()
        if one.settled
    }


def _add_bounced(
    connection: Connection, sums: dict[int, _Sums], on: date, since: date, ids: list[int] | None
) -> None:
    """Payments taken back on a later day than their own: one corrected on its day was a slip of the pen."""
    own = document.alias("own")
    query = (
        select(document.c.customer_id, func.count())
        .join_from(document, own, own.c.id == document.c.origin_id)
        .where(
            document.c.kind == "payment" + REVERSAL,
            document.c.dated_on > since,
            document.c.dated_on <= on,
            document.c.dated_on > own.c.dated_on,
        )
        .group_by(document.c.customer_id)
    )
    for owner, count in _raw(connection, _of(query, document.c.customer_id, ids)):
        _sums_of(sums, owner).bounced = count


def grades(connection: Connection, on: date, ids: list[int] | None = None) -> dict[int, str]:
    """Customer id -> grade: of all, or of the ones that a block of a list shows."""
    return {owner: _quick(one) for owner, one in load(connection, on, ids).items()}


def standings(connection: Connection, on: date, ids: list[int]) -> dict[int, tuple[str, bool]]:
    """Customer id -> grade, and whether he is beyond his limit."""
    return {owner: (_quick(one), one.is_over) for owner, one in load(connection, on, ids).items()}


def _quick(one: Credit) -> str:
    """The grade; of the many who owe nothing and were never late without adding up nothing."""
    if not (one.overdue_minor or one.days_late or one.bounced or one.broken or one.is_over):
        return "A"
    return one.grade
