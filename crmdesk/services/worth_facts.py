"""What a foreign document is worth in the book's currency and gained or lost, for its detail in the window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from crmdesk.models.tables.documents import document, payment
from crmdesk.services import base_history, settings


@dataclass(frozen=True, slots=True)
class WorthFacts:
    """Amounts in minor units of `own`, the book's currency; rate and value None where nobody gave a rate."""

    own: str
    rate: str | None
    base_minor: int | None
    gain_minor: int = 0
    """Realised on all that this document settles or is settled by (a loss when negative)."""
    gains: Mapping[int, int] = field(default_factory=dict)
    """By the id of the other document."""
    paid_currency: str = ""
    """Another currency in which its money came in; empty when it was the document's."""
    paid_minor: int = 0


def load(connection: Connection, document_id: int) -> WorthFacts | None:
    """The worth of a document; None where everything is in the book's currency."""
    own = settings.load(connection).currency
    row = connection.execute(
        select(document.c.currency, payment.c.paid_currency, payment.c.paid_minor)
        .join_from(document, payment, payment.c.document_id == document.c.id, isouter=True)
        .where(document.c.id == document_id)
    ).first()
    if row is None or (row.currency == own and not row.paid_currency):
        return None
    came_in = (row.paid_currency or "", row.paid_minor or 0)
    if row.currency == own:
        return WorthFacts(own, None, None, 0, {}, *came_in)
    history = base_history.read(connection, currency=row.currency)
    one = history.documents.get(document_id)
    gains: dict[int, int] = {}
    total = 0
    for event in history.events:
        debit_id = event.debit.id if event.debit is not None else 0
        if document_id in (event.credit.id, debit_id) and event.gain_minor:
            other = debit_id if event.credit.id == document_id else event.credit.id
            gains[other] = gains.get(other, 0) + event.gain_minor
            total += event.gain_minor
    rate, base = (one.rate, one.base_minor) if one is not None else (None, None)
    return WorthFacts(own, rate, base, total, gains, *came_in)
