"""What had been settled of each document by a date: allocations, releases and refunds dated on or before it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, union_all

from crmdesk.models.tables.documents import allocation, document
from crmdesk.services.posted import DRAWN, REVERSAL

MONEY_KINDS = ("payment", "opening", "transfer", "deposit_applied")
"""Credits that are money, whoever it came from; credit notes and write-offs only reduce what is claimed."""

# An alias of a wide table costs a millisecond to make, so they are made once.
_REFUND, _BACK = document.alias("refund"), document.alias("back")
_CREDIT, _VOID = document.alias("credit"), document.alias("void")


def credited_minor(connection: Connection, invoice_id: int) -> int:
    """Σ of the credit notes linked to an invoice that are not voided, in minor units."""
    query = select(func.coalesce(func.sum(_CREDIT.c.total_minor), 0))
    return connection.execute(query.where(*_standing_credits(invoice_id))).scalar_one()


def is_credited(connection: Connection, invoice_id: int) -> bool:
    """Whether a credit note that is not voided is linked to an invoice; that of one over 0.00 is over 0.00, too."""
    return (
        connection.execute(select(_CREDIT.c.id).where(*_standing_credits(invoice_id)).limit(1)).first()
        is not None
    )


def _standing_credits(invoice_id: int) -> tuple[ColumnElement[bool], ...]:
    is_voided = (
        select(_VOID.c.id)
        .where(_VOID.c.origin_id == _CREDIT.c.id, _VOID.c.kind == "credit" + REVERSAL)
        .exists()
    )
    return _CREDIT.c.origin_id == invoice_id, _CREDIT.c.kind == "credit", ~is_voided


def refund_events(*, customer_id: int | None = None) -> Select[Any, Any, Any]:
    """(credit's id, amount taken from it, date) of every refund and transfer (+) and of those taken back (−)."""
    taken = select(
        _REFUND.c.origin_id.label("credit_id"), _REFUND.c.total_minor.label("amount"), _REFUND.c.dated_on
    )
    taken = taken.where(_REFUND.c.kind.in_(DRAWN))
    given = (
        select(
            _REFUND.c.origin_id.label("credit_id"), (-_BACK.c.total_minor).label("amount"), _BACK.c.dated_on
        )
        .join_from(_BACK, _REFUND, _BACK.c.origin_id == _REFUND.c.id)
        .where(_BACK.c.kind.in_([kind + REVERSAL for kind in DRAWN]))
    )
    if customer_id is not None:
        taken = taken.where(_REFUND.c.customer_id == customer_id)
        given = given.where(_BACK.c.customer_id == customer_id)
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
