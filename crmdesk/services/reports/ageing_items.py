"""What stands behind an amount of the ageing: the open items of a column, as at the same date; they add up to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.services import merged_codes, statements
from crmdesk.services.reports import ageing
from crmdesk.services.reports.ageing import Basis
from crmdesk.text import _

NOT_DUE, UNALLOCATED, TOTAL, OVERDUE = "not_due", "unallocated", "total", "overdue"
_BUCKET = "bucket_"


class Item(NamedTuple):
    """One open document; `open_minor` is negative for what the customer has to his credit."""

    document_id: int
    kind: str
    """Kind of the statement line: invoice, opening, payment, credit."""
    number: str
    customer: str
    name: str
    currency: str
    dated_on: date
    due_on: date | None
    days_late: int
    """By the basis chosen; zero or less is not due."""
    original_minor: int
    open_minor: int


def column_of(open_minor: int, days_late: int, buckets: Sequence[int]) -> str:
    """The column of the ageing that an open item falls into."""
    if open_minor < 0:
        return UNALLOCATED
    if days_late <= 0:
        return NOT_DUE
    place = next((place for place, end in enumerate(buckets) if days_late <= end), len(buckets))
    return f"{_BUCKET}{place}"


def items(
    connection: Connection,
    *,
    as_of: date,
    column: str,
    currency: str,
    basis: Basis = "due",
    buckets: Sequence[int] = ageing.DEFAULT_BUCKETS,
    customer: str = "",
) -> list[Item]:
    """The open items of a column: of one customer by code, or of all; oldest first.

    `column` is not_due, bucket_0 …, unallocated, overdue (every bucket) or total.
    """
    ends = ageing.check_buckets(buckets)
    known = {NOT_DUE, UNALLOCATED, TOTAL, OVERDUE, *(f"{_BUCKET}{place}" for place in range(len(ends) + 1))}
    if column not in known:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("“{field}”: “{value}” is not one of {choices}.").format(
                field="column", value=column[:40], choices=", ".join(sorted(known))
            ),
            field="column",
        )
    found: list[Item] = []
    for owner_id, code, name in _owners(connection, as_of, column, currency, basis, ends, customer):
        for line in statements.open_lines(connection, owner_id, currency, as_of):
            open_minor = line.open_minor or 0
            day = (line.due_on or line.dated_on) if basis == "due" else line.dated_on
            late = (as_of - day).days
            place = column_of(open_minor, late, ends)
            if column in (TOTAL, place) or (column == OVERDUE and place.startswith(_BUCKET)):
                found.append(
                    Item(
                        line.document_id,
                        line.kind,
                        line.number,
                        code,
                        name,
                        currency,
                        line.dated_on,
                        line.due_on,
                        late if open_minor > 0 else 0,
                        max(line.debit_minor, line.credit_minor),
                        open_minor,
                    )
                )
    found.sort(key=lambda item: (item.due_on or item.dated_on, item.document_id))
    return found


def _owners(
    connection: Connection,
    as_of: date,
    column: str,
    currency: str,
    basis: Basis,
    buckets: Sequence[int],
    customer: str,
) -> list[tuple[int, str, str]]:
    """Id, code and name of the customer asked for, or of all who have something in the column."""
    if customer:
        owner = merged_codes.find_customer(connection, customer)
        return [(owner.id, owner.code, owner.name)]
    return [
        (row.customer_id, row.customer, row.name)
        for row in ageing.rows(connection, as_of=as_of, basis=basis, buckets=buckets)
        if row.currency == currency and _has_some(row, column)
    ]


def _has_some(row: ageing.Row, column: str) -> bool:
    """Whether items stand in a column: only a total of nothing can be made of several."""
    if column == TOTAL:
        return True
    if column == OVERDUE:
        return row.overdue_minor != 0
    if column == NOT_DUE:
        return row.not_due_minor != 0
    if column == UNALLOCATED:
        return row.unallocated_minor != 0
    return row.bucket_minors[int(column.removeprefix(_BUCKET))] != 0
