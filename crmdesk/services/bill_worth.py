"""What foreign bills of exchange are worth in the book's currency, worked out anew from their documents alone.

A bill keeps the value its payment gave it until something becomes of it: endorsed it passes that value on, collected
or discounted it becomes money of the day, dishonoured after that money of the day goes back. `check` compares the
ledger with it, the report of exchange differences reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, and_, select

from crmdesk.models import money
from crmdesk.models.specs.documents import BILL_EVENTS
from crmdesk.models.tables.bills import bill
from crmdesk.models.tables.documents import document, payment
from crmdesk.services import carrying, settings
from crmdesk.services.posted import REVERSAL


class BillMove(NamedTuple):
    """One event of a foreign bill, or its being taken back. Values in minor units of the book's currency."""

    id: int
    dated_on: date
    kind: str
    number: str
    payment: str
    customer_id: int
    currency: str
    amount_minor: int
    bill_minor: int
    """What it moves in the account of bills: negative when the bill leaves."""
    money_minor: int
    """What came for it, or (negative) went back."""

    @property
    def gain_minor(self) -> int:
        """The realised exchange gain (a loss when negative)."""
        return self.bill_minor + self.money_minor


def read(connection: Connection) -> Iterator[BillMove]:
    """The events of foreign bills whose payment was posted with a rate, in the order of posting."""
    own = settings.load(connection).currency
    paid, event, back = document.alias("paid"), document.alias("event"), document.alias("back")
    query = (
        select(
            event.c.id,
            event.c.dated_on,
            event.c.kind,
            event.c.number,
            event.c.rate,
            paid.c.id.label("payment_id"),
            paid.c.number.label("payment"),
            paid.c.customer_id,
            paid.c.currency,
            paid.c.total_minor,
            paid.c.rate.label("paid_rate"),
            payment.c.received_minor,
            back.c.id.label("back_id"),
            back.c.dated_on.label("back_on"),
        )
        .join_from(bill, paid, paid.c.id == bill.c.document_id)
        .join(payment, payment.c.document_id == paid.c.id)
        .join(event, and_(event.c.origin_id == paid.c.id, event.c.kind.in_(BILL_EVENTS)))
        .join(
            back, and_(back.c.origin_id == event.c.id, back.c.kind == event.c.kind + REVERSAL), isouter=True
        )
        .where(paid.c.currency != own, paid.c.rate.is_not(None))
        .order_by(event.c.id)
    )
    gone: dict[int, str] = {}
    for row in connection.execute(query):
        base = carrying.to_base(row.total_minor, row.currency, row.paid_rate, own)
        held = money.spread(base, (row.received_minor, row.total_minor - row.received_minor))[0]
        worth = held
        if row.rate is not None:
            worth = carrying.to_base(row.received_minor, row.currency, row.rate, own)
        told = (row.number, row.payment, row.customer_id, row.currency, row.received_minor)
        if row.kind != "bill_recourse":
            yield BillMove(row.id, row.dated_on, row.kind, *told, -held, worth)
            if row.back_id is not None:  # nothing else happens to it before it is taken back
                yield BillMove(row.back_id, row.back_on, row.kind + REVERSAL, *told, held, -worth)
            else:
                gone[row.payment_id] = row.kind
        elif gone.pop(row.payment_id, None):
            yield BillMove(row.id, row.dated_on, row.kind, *told, held, -worth)
