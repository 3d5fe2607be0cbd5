"""What had been settled of each document by a date: allocations, releases and refunds dated on or before it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, Select, func, select, union_all

from crmdesk.models.tables.documents import allocation, document
from crmdesk.services.posted import REVERSAL


def refund_events(*, customer_id: int | None = None) -> Select[tuple[int, int, date]]:
    """(credit's id, amount taken from it, date) of every refund (+) and reversed refund (−)."""
    refund = document.alias("refund")
    back = document.alias("back")
    taken = select(refund.c.origin_id.label("credit_id"), refund.c.total_minor.label("amount"), refund.c.dated_on)
    taken = taken.where(refund.c.kind == "refund")
    given = (
        select(refund.c.origin_id.label("credit_id"), (-back.c.total_minor).label("amount"), back.c.dated_on)
        .join_from(back, refund, back.c.origin_id == refund.c.id)
        .where(back.c.kind == "refund" + REVERSAL)
    )
    if customer_id is not None:
        taken = taken.where(refund.c.customer_id == customer_id)
        given = given.where(back.c.customer_id == customer_id)
    both = union_all(taken, given).subquery()
    return select(both.c.credit_id, both.c.amount, both.c.dated_on)


def settled_by_document(connection: Connection, customer_id: int, on: date) -> dict[int, int]:
    """Minor units settled of each of a customer's documents by a date."""
    settled: dict[int, int] = {}
    own = (
        select(
            allocation.c.credit_id, allocation.c.debit_id, func.sum(allocation.c.amount_minor).label("amount")
        )
        .where(allocation.c.customer_id == customer_id, allocation.c.dated_on <= on)
        .group_by(allocation.c.credit_id, allocation.c.debit_id)
    )
    for credit_id, debit_id, amount in connection.execute(own):
        settled[credit_id] = settled.get(credit_id, 0) + amount
        settled[debit_id] = settled.get(debit_id, 0) + amount
    for credit_id, amount, when in connection.execute(refund_events(customer_id=customer_id)):
        if when <= on:
            settled[credit_id] = settled.get(credit_id, 0) + amount
    return settled
