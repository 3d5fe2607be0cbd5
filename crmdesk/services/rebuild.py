"""Rebuilds what is kept for speed (open amounts, holders, search index) from the posted events alone."""

from __future__ import annotations

from sqlalchemy import delete, func, insert, literal, select, union_all

from crmdesk.models.tables.documents import allocation, document, open_item
from crmdesk.services import check_ledger, check_merges, search, segment_evaluation
from crmdesk.services.book import Book
from crmdesk.services.measures import evaluation
from crmdesk.services.settled import refund_events
from crmdesk.services.units import Unit


def run(book: Book, actor: str = "") -> None:
    """Rebuilds everything derived, in one transaction with an audit entry."""
    with book.write(actor) as unit:
        check_merges.rebuild_holders(unit)
        rebuild_open_items(unit)
        search.rebuild(unit.connection)
        evaluation.rebuild(unit)
        segment_evaluation.rebuild(unit)
        unit.finish("book.rebuild", {})


def rebuild_open_items(unit: Unit) -> None:
    """Derives `open_item` again from documents, allocations, refunds and reversals."""
    derived = check_ledger.derived_open()
    refunds = refund_events().subquery()
    events = union_all(
        select(allocation.c.credit_id.label("document_id"), allocation.c.dated_on),
        select(allocation.c.debit_id, allocation.c.dated_on),
        select(refunds.c.credit_id, refunds.c.dated_on),
    ).subquery()
    last = (
        select(events.c.document_id, func.max(events.c.dated_on).label("last_on"))
        .group_by(events.c.document_id)
        .subquery()
    )
    side = func.sign(document.c.effect_minor)
    query = (
        select(
            document.c.id,
            document.c.customer_id,
            document.c.currency,
            side,
            document.c.dated_on,
            document.c.due_on,
            derived.c.open_minor,
            func.max(document.c.dated_on, func.coalesce(last.c.last_on, literal(0))),
        )
        .join_from(document, derived, derived.c.document_id == document.c.id)
        .join(last, last.c.document_id == document.c.id, isouter=True)
        .where(derived.c.open_minor != 0)
    )
    unit.execute(delete(open_item))
    unit.execute(insert(open_item).from_select([column.name for column in open_item.columns], query))
