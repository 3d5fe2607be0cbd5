"""What documents, allocations and refunds say about base currency, worked out anew from them alone.

Every event of a foreign document in the order of posting, with the share of base value that it clears. `check`
compares the ledger with it, the report of exchange differences reads it, a rate given late is posted by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, func, literal, select, union_all

from crmdesk.models.tables.documents import allocation, document
from crmdesk.models.tables.exchange import late_rate
from crmdesk.services import carrying, settings
from crmdesk.services.posted import REVERSAL


@dataclass(slots=True)
class Valued:
    """A foreign document and what is cleared of it so far."""

    id: int
    kind: str
    number: str
    customer_id: int
    currency: str
    dated_on: date
    total_minor: int
    effect_minor: int
    origin_id: int | None
    rate: str | None
    base_minor: int | None
    """None: nobody gave a rate. A write-off or refund without one gets what it clears when it does."""
    settled_minor: int = 0

    def settle(self, amount_minor: int) -> int | None:
        """Settles an amount (negative: releases it); the base that this clears."""
        before, self.settled_minor = self.settled_minor, self.settled_minor + amount_minor
        if self.base_minor is None:
            return None
        after = carrying.part(self.base_minor, self.settled_minor, self.total_minor)
        return after - carrying.part(self.base_minor, before, self.total_minor)


@dataclass(frozen=True, slots=True)
class Cleared:
    """One event. `debit` is None where something takes from the credit without an allocation (`taking`: a refund, a
    transfer, a use of a deposit); taken back it is negative and has the reversal's id."""

    id: int
    dated_on: date
    credit: Valued
    debit: Valued | None
    amount_minor: int
    credit_share: int | None
    debit_share: int | None
    """Of a refund or a returned deposit: what the money that went out is worth."""
    taking: Valued | None = None

    @property
    def gain_minor(self) -> int:
        """The realised exchange gain (a loss when negative)."""
        return (self.credit_share or 0) - (self.debit_share or 0)


@dataclass(slots=True)
class History:
    """Foreign documents by id, and their events in the order of posting."""

    documents: dict[int, Valued] = field(default_factory=dict)
    events: list[Cleared] = field(default_factory=list)
    reversals: dict[int, tuple[int, date]] = field(default_factory=dict)
    """(id, date) of the reversal of a document."""
    passed_on: dict[int, int] = field(default_factory=dict)
    """The document of a payer's transfer -> the credit that another customer got by it."""


def read(connection: Connection, *, currency: str | None = None, rate: str | None = None) -> History:
    """Replays the foreign documents of the book, or of one currency.

    `rate` values everything that has none by it, as `rate.adopt` is about to.
    """
    own = settings.load(connection).currency
    history = History()
    only = document.c.currency != own if currency is None else document.c.currency == currency
    query = (
        select(
            document.c.id,
            document.c.kind,
            document.c.number,
            document.c.customer_id,
            document.c.currency,
            document.c.dated_on,
            document.c.total_minor,
            document.c.effect_minor,
            document.c.origin_id,
            func.coalesce(document.c.rate, late_rate.c.rate),
        )
        .join_from(document, late_rate, late_rate.c.document_id == document.c.id, isouter=True)
        .where(only)
        .order_by(document.c.id)
    )
    for row in connection.execute(query):
        kind, origin_id = row[1], row[8]
        if kind.endswith(REVERSAL):
            history.reversals[origin_id] = (row[0], row[5])
            continue
        given = row[9] if row[9] is not None or kind in carrying.FOLLOWING_KINDS else rate
        base = None if given is None else carrying.to_base(row[6], row[4], given, own)
        history.documents[row[0]] = Valued(*row[:9], given, base)
        if kind == "transfer":
            history.passed_on[origin_id] = row[0]
    for event_id, dated_on, credit_id, debit_id, amount in _events(connection, only):
        history.events.append(_cleared(history, event_id, dated_on, credit_id, debit_id, amount))
    return history


def _events(connection: Connection, only: Any) -> Iterator[Any]:
    """(id, date, credit, debit or what takes, amount) of allocations, refunds and the like, and their reversals, as
    they were posted."""
    taking, back = document.alias("taking"), document.alias("back")
    kinds, back_kinds = (
        carrying.TAKING_KINDS,
        tuple(kind + REVERSAL for kind in carrying.TAKING_KINDS),
    )
    mine = select(document.c.id).where(only)
    query = union_all(
        select(
            allocation.c.id,
            allocation.c.dated_on,
            allocation.c.credit_id,
            allocation.c.debit_id,
            allocation.c.amount_minor,
        ).where(allocation.c.credit_id.in_(mine)),
        select(taking.c.id, taking.c.dated_on, taking.c.origin_id, taking.c.id, taking.c.total_minor).where(
            taking.c.kind.in_(kinds), taking.c.id.in_(mine)
        ),
        select(back.c.id, back.c.dated_on, taking.c.origin_id, taking.c.id, literal(0) - back.c.total_minor)
        .join_from(back, taking, and_(taking.c.id == back.c.origin_id, taking.c.kind.in_(kinds)))
        .where(back.c.kind.in_(back_kinds), back.c.id.in_(mine)),
    ).subquery()
    yield from connection.execute(select(*query.c).order_by(query.c[0]))


def _cleared(
    history: History, event_id: int, dated_on: date, credit_id: int, debit_id: int, amount: int
) -> Cleared:
    credit, other = history.documents[credit_id], history.documents[debit_id]
    if other.kind in carrying.TAKING_KINDS:
        share = credit.settle(amount)
        if share is not None and other.base_minor is None and amount > 0:
            other.base_minor = share
            if other.id in history.passed_on:
                history.documents[history.passed_on[other.id]].base_minor = share
        paid = other.base_minor if amount > 0 or other.base_minor is None else -other.base_minor
        worth = None if share is None else paid
        return Cleared(event_id, dated_on, credit, None, amount, share, worth, other)
    debit_share = other.settle(amount)
    if credit.kind in ("writeoff", "discount") and credit.base_minor is None:
        credit.base_minor = debit_share  # without a rate of its own it is worth what it clears
    return Cleared(event_id, dated_on, credit, other, amount, credit.settle(amount), debit_share)
