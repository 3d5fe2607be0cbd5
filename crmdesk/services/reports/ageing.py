"""Ageing (账龄): open amounts by how late they are, as at any date.

Open as at a date = what is open now, plus what was settled after the date, of documents dated on or before it.
The kept amounts make today's report quick; `check` proves them equal to the events.
"""

from __future__ import annotations

import operator
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, select

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.tables.base import day_number
from crmdesk.models.tables.customers import customer
from crmdesk.services import aged_items
from crmdesk.services.dialect import among
from crmdesk.text import _

DEFAULT_BUCKETS = (30, 60, 90)
Basis = Literal["due", "invoice"]


class Row(NamedTuple):
    """One customer's open amounts in one currency, in minor units; `unallocated` is zero or negative."""

    customer_id: int
    customer: str
    name: str
    currency: str
    not_due_minor: int
    bucket_minors: tuple[int, ...]
    unallocated_minor: int

    @property
    def total_minor(self) -> int:
        """The customer's balance."""
        return self.not_due_minor + sum(self.bucket_minors) + self.unallocated_minor

    @property
    def overdue_minor(self) -> int:
        """Everything past its date."""
        return sum(self.bucket_minors)


_DAYS_MAX = 36_600  # the first day of a bucket has to be a date


def check_buckets(buckets: Sequence[int]) -> tuple[int, ...]:
    """The upper ends of the buckets in days: whole, positive, rising, up to about a hundred years."""
    result: tuple[int, ...] = tuple(buckets)
    is_rising = bool(result) and list(result) == sorted(set(result))
    if not is_rising or len(result) > 10 or min(result) < 1 or max(result) > _DAYS_MAX:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("Buckets are rising numbers of days, such as 30,60,90."),
            field="buckets",
        )
    return result


def ranges(buckets: Sequence[int]) -> list[list[int | None]]:
    """[[1, 30], [31, 60], [61, 90], [91, None]] for (30, 60, 90)."""
    starts = [1, *(end + 1 for end in buckets)]
    return [[start, end] for start, end in zip(starts, [*buckets, None], strict=True)]


def empty_row(customer_id: int, code: str, name: str, currency: str, buckets: Sequence[int]) -> Row:
    """The row of a customer who owes nothing."""
    return Row(customer_id, code, name, currency, 0, (0,) * (len(buckets) + 1), 0)


def rows(
    connection: Connection,
    *,
    as_of: date | None = None,
    basis: Basis = "due",
    buckets: Sequence[int] = DEFAULT_BUCKETS,
    customer_id: int | None = None,
) -> list[Row]:
    """Every customer with an open amount as at a date, ordered by code and currency."""
    if basis not in ("due", "invoice"):
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("“{field}”: “{value}” is not one of {choices}.").format(
                field="basis", value=basis, choices="due, invoice"
            ),
            field="basis",
        )
    ends = check_buckets(buckets)
    on = as_of or clock.today()
    # days late <= 0 is not due; bucket k holds what was due before limits[k] and not before limits[k + 1]
    limits = [day_number(on), *(day_number(on - timedelta(days=end)) for end in ends)]
    sums = aged_items.bucket_sums(connection, on, basis, limits, customer_id)
    if not sums:
        return []
    names = _names(connection, {owner for owner, _currency in sums})
    result = [
        Row(owner, *names[owner], currency, columns[0], tuple(columns[1:-1]), columns[-1])
        for (owner, currency), columns in sums.items()
        if any(columns)
    ]
    result.sort(key=_in_order)
    return result


_in_order = operator.attrgetter("customer", "currency")


def _names(connection: Connection, owners: Collection[int]) -> dict[int, tuple[str, str]]:
    """Code and name of customers, found one by one in the order of the file: no other row is read."""
    found = connection.execute(
        select(customer.c.id, customer.c.code, customer.c.name).where(among(customer.c.id, sorted(owners)))
    )
    return {owner: (code, name) for owner, code, name in found.all()}


def row_json(row: Row) -> dict[str, Any]:
    """A row as the plain data of cli.md."""
    return {
        "customer": row.customer,
        "name": row.name,
        "currency": row.currency,
        "not_due": money.plain(row.not_due_minor, row.currency),
        "buckets": [money.plain(minor, row.currency) for minor in row.bucket_minors],
        "unallocated": money.plain(row.unallocated_minor, row.currency),
        "total": money.plain(row.total_minor, row.currency),
    }


def totals(found: Sequence[Row]) -> dict[str, Row]:
    """The sum of all rows per currency; currencies are never added together."""
    result: dict[str, Row] = {}
    for row in found:
        known = result.get(row.currency)
        if known is None:
            result[row.currency] = Row(
                0, "", "", row.currency, row.not_due_minor, row.bucket_minors, row.unallocated_minor
            )
            continue
        result[row.currency] = Row(
            0,
            "",
            "",
            row.currency,
            known.not_due_minor + row.not_due_minor,
            tuple(one + other for one, other in zip(known.bucket_minors, row.bucket_minors, strict=True)),
            known.unallocated_minor + row.unallocated_minor,
        )
    return dict(sorted(result.items()))
