"""What is dated after today: lists and Today count every entry of the book, reports only those up to their date.

Lists show what is open now, with all that was entered, so that money for next week is not asked for again. A report
as at today leaves out what is dated later (cli.md, “Dates”). This is the difference between the two, so that it is
said wherever both are read.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, and_, case, func, or_, select

from crmdesk.models.tables.documents import allocation, document
from crmdesk.services.posted import REVERSAL

KINDS = frozenset({"open_items", "customers", "invoices", "openings", "payments", "credits"})
"""The lists whose amounts or rows such entries move."""


class Later(NamedTuple):
    """Entries dated after a day. By currency, in minor units, signed as they change each side; zeros are left out."""

    entry_count: int
    """Documents and allocations."""
    owed: dict[str, int]
    """What they add to open invoices and opening balances."""
    credit: dict[str, int]
    """What they add to unused payments and credits (which are negative)."""


def load(connection: Connection, on: date) -> Later:
    """What is dated after a day; two short reads by date."""
    is_debit = or_(
        document.c.kind.in_(("invoice", "invoice" + REVERSAL)),
        and_(document.c.kind == "opening", document.c.effect_minor > 0),
        and_(document.c.kind == "opening" + REVERSAL, document.c.effect_minor < 0),
    )
    made = (
        select(
            document.c.currency,
            func.count(),
            func.sum(case((is_debit, document.c.effect_minor), else_=0)),
            func.sum(case((is_debit, 0), else_=document.c.effect_minor)),
        )
        .where(document.c.dated_on > on)
        .group_by(document.c.currency)
    )
    moved = (
        select(allocation.c.currency, func.count(), func.sum(allocation.c.amount_minor))
        .where(allocation.c.dated_on > on)
        .group_by(allocation.c.currency)
    )
    count = 0
    owed: dict[str, int] = {}
    credit: dict[str, int] = {}
    for currency, found, debits, credits in connection.execute(made):
        count += found
        owed[currency], credit[currency] = debits, credits
    for currency, found, settled in connection.execute(moved):
        count += found
        owed[currency] = owed.get(currency, 0) - settled
        credit[currency] = credit.get(currency, 0) + settled
    return Later(count, _without_zero(owed), _without_zero(credit))


def count(connection: Connection, on: date) -> int:
    """How many documents and allocations are dated after a day."""
    return sum(
        connection.execute(select(func.count()).select_from(table).where(table.c.dated_on > on)).scalar_one()
        for table in (document, allocation)
    )


def _without_zero(minors: dict[str, int]) -> dict[str, int]:
    return {currency: minor for currency, minor in sorted(minors.items()) if minor}
