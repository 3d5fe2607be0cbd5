"""What of a bill is invoiced, asked for, received: the figures of 已开票未回款 and 已回款未开票 as at any date.

A receipt (收据) is no tax invoice and counts for nothing here. Red amounts are negative, a void one counts from its
fapiao's date to the day it was voided. Amounts are minor units of the bill's currency.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, or_, select

from crmdesk.models import money
from crmdesk.models.errors import Code, Conflict
from crmdesk.models.specs.fapiao import RECEIPT, REQUESTED
from crmdesk.models.tables.base import Day
from crmdesk.models.tables.documents import allocation, document, open_item
from crmdesk.models.tables.fapiao import (
    fapiao,
    fapiao_part,
    fapiao_request,
    fapiao_request_part,
    fapiao_request_state,
    fapiao_void,
)
from crmdesk.services.open_items import CREDIT
from crmdesk.services.posted import DRAWN, REVERSAL, Posted
from crmdesk.services.settled import MONEY_KINDS
from crmdesk.services.units import Unit
from crmdesk.text import _

BILL_KINDS = ("invoice", "opening")
_CREDIT, _BACK, _GIVER = document.alias("credit"), document.alias("back"), document.alias("giver")

Narrow = Callable[[ColumnElement[int]], ColumnElement[bool]]
"""Narrows a column of document ids to the bills that are wanted."""


@dataclass(frozen=True, slots=True)
class Bill:
    """One bill (应收单) and what was invoiced and received of it."""

    document_id: int
    number: str
    customer_id: int
    currency: str
    dated_on: date
    total_minor: int
    credited_minor: int
    """Σ of its credit notes."""
    requested_minor: int
    """Asked for and neither issued nor refused yet."""
    issued_minor: int
    """Σ of blue less red tax invoices."""
    received_minor: int
    """Money that settled it."""
    settled_minor: int
    """Whatever settled it but its own credit notes, which lessen what is billable: money, write-offs, the credit note
    of another bill."""
    is_void: bool

    @property
    def billable_minor(self) -> int:
        """What tax invoices may cover: the total less its credit notes, nothing of a void one."""
        return 0 if self.is_void else self.total_minor - self.credited_minor

    @property
    def uninvoiced_minor(self) -> int:
        """What may still be invoiced."""
        return max(0, self.billable_minor - self.issued_minor)

    @property
    def free_minor(self) -> int:
        """What may still be asked for."""
        return max(0, self.uninvoiced_minor - self.requested_minor)

    @property
    def over_invoiced_minor(self) -> int:
        """What is to be made red: a credit note came and its red tax invoice has not."""
        return max(0, self.issued_minor - self.billable_minor)

    @property
    def unpaid_minor(self) -> int:
        """已开票未回款: invoiced (beyond what is to be made red), and not settled."""
        return max(0, min(self.issued_minor, self.billable_minor) - self.settled_minor)

    @property
    def paid_uninvoiced_minor(self) -> int:
        """已回款未开票: received, and not invoiced."""
        return max(0, self.received_minor - max(0, self.issued_minor))


@dataclass(frozen=True, slots=True)
class Standing:
    """The same for one customer and currency; `prepaid_minor` is money that settles nothing yet."""

    customer_id: int
    currency: str
    billable_minor: int = 0
    requested_minor: int = 0
    issued_minor: int = 0
    uninvoiced_minor: int = 0
    unpaid_minor: int = 0
    """已开票未回款."""
    paid_uninvoiced_minor: int = 0
    """已回款未开票, money that settles nothing yet included."""
    prepaid_minor: int = 0


_ON: ColumnElement[date] = bindparam("on", type_=Day())
"""The date of the question. Making these statements costs more than running them, so that it is not in their text."""
_IDS = bindparam("ids", expanding=True)
_IDS_PER_QUERY = 500


def live_on(as_of: ColumnElement[date]) -> ColumnElement[bool]:
    """Whether a fapiao (outer-joined with its void) counts on a date; receipts never do."""
    return and_(
        fapiao.c.kind != RECEIPT,
        fapiao.c.dated_on <= as_of,
        or_(fapiao_void.c.fapiao_id.is_(None), fapiao_void.c.voided_on > as_of),
    )


def _issued(as_of: ColumnElement[date], narrow: Narrow) -> Select[Any, Any]:
    return (
        select(fapiao_part.c.document_id, func.sum(fapiao_part.c.amount_minor).label("amount"))
        .join_from(fapiao_part, fapiao, fapiao.c.id == fapiao_part.c.fapiao_id)
        .outerjoin(fapiao_void, fapiao_void.c.fapiao_id == fapiao.c.id)
        .where(live_on(as_of), narrow(fapiao_part.c.document_id))
        .group_by(fapiao_part.c.document_id)
    )


def _requested(narrow: Narrow) -> Select[Any, Any]:
    part, state = fapiao_request_part, fapiao_request_state
    return (
        select(part.c.document_id, func.sum(part.c.amount_minor).label("amount"))
        .join_from(part, state, state.c.request_id == part.c.request_id)
        .join(fapiao_request, fapiao_request.c.id == part.c.request_id)
        .where(state.c.state == REQUESTED, fapiao_request.c.kind != RECEIPT, narrow(part.c.document_id))
        .group_by(part.c.document_id)
    )


def _credited(as_of: ColumnElement[date], narrow: Narrow) -> Select[Any, Any]:
    is_back = (
        select(_BACK.c.id)
        .where(_BACK.c.origin_id == _CREDIT.c.id, _BACK.c.kind == "credit" + REVERSAL)
        .where(_BACK.c.dated_on <= as_of)
        .exists()
    )
    return (
        select(_CREDIT.c.origin_id.label("document_id"), func.sum(_CREDIT.c.total_minor).label("amount"))
        .where(_CREDIT.c.kind == "credit", _CREDIT.c.dated_on <= as_of, ~is_back)
        .where(narrow(_CREDIT.c.origin_id))
        .group_by(_CREDIT.c.origin_id)
    )


def _settled(as_of: ColumnElement[date], narrow: Narrow, *, by_money: bool) -> Select[Any, Any]:
    query = select(
        allocation.c.debit_id.label("document_id"), func.sum(allocation.c.amount_minor).label("amount")
    ).where(allocation.c.dated_on <= as_of, narrow(allocation.c.debit_id))
    query = query.join_from(allocation, _GIVER, _GIVER.c.id == allocation.c.credit_id)
    if by_money:
        query = query.where(_GIVER.c.kind.in_(MONEY_KINDS))
    else:
        is_own = and_(
            _GIVER.c.kind == "credit", func.coalesce(_GIVER.c.origin_id, 0) == allocation.c.debit_id
        )
        query = query.where(~is_own)
    return query.group_by(allocation.c.debit_id)


def bills(connection: Connection, narrow: Narrow, as_of: date | None = None) -> list[Bill]:
    """The bills that `narrow` lets through, in order of posting, as at a date (default: everything known).

    Requests have no past: what is asked for is always as of now.
    """
    return _read(connection, _query(narrow), {"on": as_of or date.max})


def _query(narrow: Narrow) -> Select[Any, Any]:
    on = _ON
    parts = [
        query.subquery()
        for query in (
            _credited(on, narrow),
            _requested(narrow),
            _issued(on, narrow),
            _settled(on, narrow, by_money=True),
            _settled(on, narrow, by_money=False),
        )
    ]
    is_void = (
        select(_BACK.c.id)
        .where(_BACK.c.origin_id == document.c.id, _BACK.c.kind == document.c.kind + REVERSAL)
        .where(_BACK.c.dated_on <= on)
        .exists()
    )
    source = document
    for part in parts:
        source = source.outerjoin(part, part.c.document_id == document.c.id)
    return (
        select(
            document.c.id,
            document.c.number,
            document.c.customer_id,
            document.c.currency,
            document.c.dated_on,
            document.c.total_minor,
            *(func.coalesce(part.c.amount, 0) for part in parts),
            is_void.label("is_void"),
        )
        .select_from(source)
        .where(document.c.kind.in_(BILL_KINDS), document.c.effect_minor >= 0, document.c.dated_on <= on)
        .where(narrow(document.c.id))
        .order_by(document.c.id)
    )


_OF_IDS = functools.cache(lambda: _query(lambda column: column.in_(_IDS)))


def _read(connection: Connection, query: Select[Any, Any], values: dict[str, Any]) -> list[Bill]:
    rows: list[list[Any]] = [list(row) for row in connection.execute(query, values)]
    return [Bill(*row[:-1], is_void=bool(row[-1])) for row in rows]


def totals_of_documents(
    connection: Connection, ids: Iterable[int], as_of: date | None = None
) -> dict[int, Bill]:
    """What is invoiced, asked for and received of these bills, by id; a contract's are those of its instalments."""
    wanted = list(ids)
    found: dict[int, Bill] = {}
    for start in range(0, len(wanted), _IDS_PER_QUERY):
        values = {"ids": wanted[start : start + _IDS_PER_QUERY], "on": as_of or date.max}
        found |= {bill.document_id: bill for bill in _read(connection, _OF_IDS(), values)}
    return found


def of_customer(connection: Connection, customer_id: int, as_of: date | None = None) -> list[Standing]:
    """One customer's figures, a row for each currency."""
    own = select(document.c.id).where(document.c.customer_id == customer_id)
    found = bills(connection, lambda column: column.in_(own.where(document.c.kind.in_(BILL_KINDS))), as_of)
    return add_up(found, prepaid(connection, as_of, customer_id))


def add_up(found: Iterable[Bill], free: dict[tuple[int, str], int]) -> list[Standing]:
    """Adds bills up by customer and currency; `free` is money that settles nothing yet."""
    sums: dict[tuple[int, str], list[int]] = {key: [0] * 6 for key in free}
    for bill in found:
        row = sums.setdefault((bill.customer_id, bill.currency), [0] * 6)
        for place, amount in enumerate(
            (
                bill.billable_minor,
                bill.requested_minor,
                bill.issued_minor,
                bill.uninvoiced_minor,
                bill.unpaid_minor,
                bill.paid_uninvoiced_minor,
            )
        ):
            row[place] += amount
    return [
        Standing(
            owner,
            currency,
            *row[:5],
            paid_uninvoiced_minor=row[5] + free.get((owner, currency), 0),
            prepaid_minor=free.get((owner, currency), 0),
        )
        for (owner, currency), row in sorted(sums.items())
    ]


def prepaid(
    connection: Connection, as_of: date | None = None, customer_id: int | None = None
) -> dict[tuple[int, str], int]:
    """Money that settles nothing yet, by customer and currency.

    Now it is what the open items keep; as at a past date what came, less what was used or given back until then.
    """
    if as_of is None:
        query = (
            select(open_item.c.customer_id, open_item.c.currency, func.sum(open_item.c.open_minor))
            .join_from(open_item, document, document.c.id == open_item.c.document_id)
            .where(open_item.c.side == CREDIT, document.c.kind.in_(MONEY_KINDS))
            .group_by(open_item.c.customer_id, open_item.c.currency)
        )
        if customer_id is not None:
            query = query.where(open_item.c.customer_id == customer_id)
        return {(owner, currency): amount for owner, currency, amount in connection.execute(query) if amount}
    return _prepaid_on(connection, as_of, customer_id)


def _prepaid_on(connection: Connection, as_of: date, customer_id: int | None) -> dict[tuple[int, str], int]:
    values: dict[str, Any] = {"on": as_of}
    if customer_id is not None:
        values["customer"] = customer_id
    sums: dict[tuple[int, str], int] = {}
    for query in _prepaid_queries(is_of_one=customer_id is not None):
        for found, currency, amount in connection.execute(query, values):
            sums[found, currency] = sums.get((found, currency), 0) + amount
    return {key: amount for key, amount in sums.items() if amount}


@functools.cache
def _prepaid_queries(*, is_of_one: bool) -> tuple[Select[Any, Any, Any], ...]:
    """What came, less what settled something, less what was given back or to another customer."""
    drawn, origin = document.alias("drawn"), document.alias("origin")
    back_kinds = [kind + REVERSAL for kind in MONEY_KINDS]
    came = (
        select(document.c.customer_id, document.c.currency, func.sum(-document.c.effect_minor))
        .where(document.c.dated_on <= _ON)
        .where(
            or_(  # an opening balance may be a receivable
                and_(document.c.kind.in_(MONEY_KINDS), document.c.effect_minor < 0),
                and_(document.c.kind.in_(back_kinds), document.c.effect_minor > 0),
            )
        )
        .group_by(document.c.customer_id, document.c.currency)
    )
    used = (
        select(allocation.c.customer_id, allocation.c.currency, func.sum(-allocation.c.amount_minor))
        .join_from(allocation, _GIVER, _GIVER.c.id == allocation.c.credit_id)
        .where(allocation.c.dated_on <= _ON, _GIVER.c.kind.in_(MONEY_KINDS))
        .group_by(allocation.c.customer_id, allocation.c.currency)
    )
    gone = (
        select(document.c.customer_id, document.c.currency, func.sum(-document.c.effect_minor))
        .outerjoin(drawn, and_(drawn.c.id == document.c.origin_id, drawn.c.kind.in_(DRAWN)))
        .join(origin, origin.c.id == func.coalesce(drawn.c.origin_id, document.c.origin_id))
        .where(document.c.kind.in_([*DRAWN, *(kind + REVERSAL for kind in DRAWN)]))
        .where(document.c.dated_on <= _ON, origin.c.kind.in_(MONEY_KINDS))
        .group_by(document.c.customer_id, document.c.currency)
    )
    if not is_of_one:
        return came, used, gone
    owner = bindparam("customer")
    return (
        came.where(document.c.customer_id == owner),
        used.where(allocation.c.customer_id == owner),
        gone.where(document.c.customer_id == owner),
    )


def require_room(document: Posted, amount_minor: int, room_minor: int, field: str) -> None:
    """Refuses more than may be invoiced of a bill."""
    if amount_minor > room_minor:
        raise Conflict(
            Code.OVER_INVOICED,
            _("Only {amount} of {number} can still be invoiced.").format(
                amount=money.plain(max(room_minor, 0), document.currency), number=document.number
            ),
            field=field,
        )


def require_not_invoiced(unit: Unit, original: Posted, field: str) -> None:
    """Refuses to void a bill that tax invoices cover: they are made red or voided first."""
    if original.kind not in BILL_KINDS:
        return
    if "has_fapiao" not in unit.cache:  # most books and every import undone have none at all
        unit.cache["has_fapiao"] = unit.first(select(fapiao_part.c.document_id).limit(1)) is not None
    if not unit.cache["has_fapiao"]:
        return
    unit.flush()
    found = totals_of_documents(unit.connection, [original.id]).get(original.id)
    if found is not None and found.issued_minor:
        raise Conflict(
            Code.IS_INVOICED,
            _("Tax invoices cover {amount} of {number}. Make them red or void them first.").format(
                amount=money.plain(found.issued_minor, original.currency), number=original.number
            ),
            field=field,
        )
