"""One posted document as the window shows it beside a list: its facts, what settles it, what it settles."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, select, union_all

from crmdesk.models import clock
from crmdesk.models.errors import Code, NotFound
from crmdesk.models.specs.documents import BILL_EVENTS
from crmdesk.models.tables.audit import audit_entry
from crmdesk.models.tables.base import Day
from crmdesk.models.tables.bills import bill as bill_table
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import allocation, document, open_item, payment, print_log
from crmdesk.models.tables.ledger import money_account
from crmdesk.services import worth_facts
from crmdesk.services.posted import REVERSAL
from crmdesk.services.worth_facts import WorthFacts
from crmdesk.text import _

PRINT_KINDS = {"invoice": "invoice", "credit": "credit-note", "payment": "receipt"}
"""Kinds of documents that can be printed, and what their print is called."""
_USES = ("deposit_return", "deposit_kept", "deposit_applied")
FOLLOWERS = ("refund", "transfer_out", "recovery", "discount", *_USES, *BILL_EVENTS)
"""Kinds that are made out of another document and point to it."""
_BILL_STATES = {
    "bill_endorsement": "endorsed",
    "bill_discount": "discounted",
    "bill_collection": "collected",
    "bill_recourse": "dishonoured",
}


@dataclass(frozen=True, slots=True)
class Link:
    """Another document that settles this one or is settled by it; `amount_minor` is what is allocated now, net of
    releases (of a refund: paid back)."""

    document_id: int
    kind: str
    number: str
    dated_on: date
    """Of the last allocation (of a refund: its own date)."""
    amount_minor: int
    of: str = ""
    """Of a discount by terms: the payment that earned it; seen from there, the invoice that it lessens."""


@dataclass(frozen=True, slots=True)
class Cash:
    """What only payments and refunds have."""

    method: str
    account: str
    """The money account's code."""
    account_name: str
    payer: str
    received_minor: int
    fee_minor: int


@dataclass(frozen=True, slots=True)
class BillFacts:
    """The bill of exchange of a payment. `state` as in the list `bills`."""

    number: str
    kind: str
    drawer: str
    bank: str
    issued_on: date | None
    due_on: date
    state: str


@dataclass(frozen=True, slots=True)
class Facts:
    """A document. Amounts in minor units of its currency; `open_minor` is what is open or free now (of a deposit:
    held, of a write-off: not recovered)."""

    document_id: int
    kind: str
    number: str
    customer: str
    customer_name: str
    currency: str
    dated_on: date
    due_on: date | None
    total_minor: int
    net_minor: int
    tax_minor: int
    discount_minor: int
    effect_minor: int
    open_minor: int
    origin: str
    """The number of the document it belongs to (of a credit note: its invoice)."""
    reference: str
    reason: str
    ground: str
    note: str
    entered_at: str
    entered_by: str
    reversed_on: date | None
    reversal_reason: str
    days_late: int
    """Days after the due date today; zero or less is not overdue."""
    print_count: int
    links: tuple[Link, ...] = ()
    refunds: tuple[Link, ...] = ()
    cash: Cash | None = field(default=None)
    followers: tuple[Link, ...] = ()
    """What else was made out of it and stands: transfers, recoveries, uses of a deposit, what became of a bill."""
    bill: BillFacts | None = None
    chain: tuple[Link, ...] = ()
    """The invoice whose place it took and the one that took its own; of a credit note the latter. `amount_minor` is
    their total."""
    worth: WorthFacts | None = field(default=None)
    """Of a foreign document, or of money that came in another currency."""

    last_on: date = date.min
    """The last day on which something was allocated to it or from it, released, refunded or made out of it; its own
    date where nothing was. Nothing takes it back before that day."""

    def back_on(self, today: date) -> date:
        """The day that taking it back is proposed for: today, unless something of it is dated later."""
        return max(today, self.dated_on, self.last_on)

    @property
    def is_reversed(self) -> bool:
        """Whether it was voided or reversed."""
        return self.reversed_on is not None

    @property
    def settled_minor(self) -> int:
        """What is allocated to it or from it now."""
        return sum(link.amount_minor for link in self.links)


def load(connection: Connection, document_id: int) -> Facts:
    """The document with this id; of a reversal the document that it takes back. Raises NotFound."""
    row = _row(connection, document_id)
    if row.kind.endswith(REVERSAL) and row.origin_id is not None:
        row = _row(connection, row.origin_id)
    back = connection.execute(
        select(document.c.dated_on, document.c.reason).where(
            document.c.origin_id == row.id, document.c.kind == row.kind + REVERSAL
        )
    ).first()
    made = _followers(connection, row.id)
    refunds = tuple(link for link in made if link.kind == "refund")
    followers = tuple(link for link in made if link.kind != "refund")
    return Facts(
        row.id,
        row.kind,
        row.number,
        row.code,
        row.name,
        row.currency,
        row.dated_on,
        row.due_on,
        row.total_minor,
        row.net_minor,
        row.tax_minor,
        row.discount_minor,
        row.effect_minor,
        _open_minor(connection, row, followers, is_reversed=back is not None),
        _origin(connection, row),
        row.reference,
        row.reason,
        row.ground,
        row.note,
        row.posted_at,
        row.actor,
        back.dated_on if back else None,
        back.reason if back else "",
        (clock.today() - (row.due_on or row.dated_on)).days,
        _print_count(connection, row),
        _links(connection, row.id),
        refunds,
        _cash(connection, row.id),
        followers,
        _bill(connection, row.id, followers, is_reversed=back is not None),
        _chain(connection, row),
        worth_facts.load(connection, row.id),
        _last_on(connection, row),
    )


def _last_on(connection: Connection, row: Row[Any]) -> date:
    """The last date of anything that happened to it; also of a refund that was taken back later."""
    made = document.alias("made")
    happened = union_all(
        *(
            select(allocation.c.dated_on).where(own == row.id)
            for own in (allocation.c.credit_id, allocation.c.debit_id)
        ),
        select(document.c.dated_on).where(document.c.origin_id == row.id),
        select(document.c.dated_on)
        .join_from(document, made, made.c.id == document.c.origin_id)
        .where(made.c.origin_id == row.id),
    ).subquery()
    found = connection.execute(select(func.max(happened.c.dated_on, type_=Day()))).scalar()
    return max(row.dated_on, found or row.dated_on)


def _origin(connection: Connection, row: Row[Any]) -> str:
    """The number of the document it belongs to; of a transfer the payment that was paid for somebody else."""
    if row.origin_id is None:
        return ""
    origin = connection.execute(
        select(document.c.number, document.c.kind, document.c.origin_id).where(document.c.id == row.origin_id)
    ).one()
    if origin.kind == "transfer_out":
        return connection.execute(
            select(document.c.number).where(document.c.id == origin.origin_id)
        ).scalar_one()
    return origin.number


def _open_minor(
    connection: Connection, row: Row[Any], followers: tuple[Link, ...], *, is_reversed: bool
) -> int:
    if row.kind in ("deposit", "writeoff"):
        used = sum(link.amount_minor for link in followers)
        return 0 if is_reversed else row.total_minor - used
    return (
        connection.execute(select(open_item.c.open_minor).where(open_item.c.document_id == row.id)).scalar()
        or 0
    )


def find(connection: Connection, kind: str, number: str) -> int | None:
    """The id of the newest document of a kind with that number, or None."""
    return connection.execute(
        select(document.c.id)
        .where(document.c.kind == kind, document.c.number == number)
        .order_by(document.c.generation.desc())
        .limit(1)
    ).scalar()


def home_of(connection: Connection, kind: str, number: str) -> tuple[str, int] | None:
    """(kind, id) of the document under which a document is shown: its own, or the one that it was made out of.

    A use of a deposit is shown at its deposit, what became of a bill or was earned by terms at its payment, a recovery
    at its write-off, and what left a customer by a transfer at what the other one got. None when there is no such
    document.
    """
    found = find(connection, kind, number)
    if found is None:
        return None
    if kind == "transfer_out":
        query = select(document.c.kind, document.c.id).where(document.c.origin_id == found)
        there = connection.execute(query.where(document.c.kind == "transfer")).first()
    elif kind in ("recovery", "discount") or kind in _USES or kind in BILL_EVENTS:
        origin = document.alias("origin")
        there = connection.execute(
            select(origin.c.kind, origin.c.id)
            .join_from(document, origin, origin.c.id == document.c.origin_id)
            .where(document.c.id == found)
        ).first()
    else:
        return kind, found
    return ("bill" if kind in BILL_EVENTS else there[0], there[1]) if there is not None else None


def _row(connection: Connection, document_id: int) -> Row[Any]:
    row = connection.execute(
        select(document, customer.c.code, customer.c.name, audit_entry.c.posted_at, audit_entry.c.actor)
        .join_from(document, customer, customer.c.id == document.c.customer_id)
        .join(audit_entry, audit_entry.c.id == document.c.audit_id)
        .where(document.c.id == document_id)
    ).first()
    if row is None:
        raise NotFound(Code.NOT_FOUND, _("This document does not exist any more."), field="document")
    return row


def _links(connection: Connection, document_id: int) -> tuple[Link, ...]:
    other = document.alias("other")
    sides = (
        (allocation.c.credit_id, allocation.c.debit_id),
        (allocation.c.debit_id, allocation.c.credit_id),
    )
    pairs = union_all(
        *(
            select(theirs.label("other_id"), allocation.c.dated_on, allocation.c.amount_minor).where(
                own == document_id
            )
            for own, theirs in sides
        )
    ).subquery()
    source = document.alias("source")
    payment_number = func.coalesce(func.max(source.c.number), "")
    amount, last = func.sum(pairs.c.amount_minor), func.max(pairs.c.dated_on)
    query = (
        select(other.c.id, other.c.kind, other.c.number, last, amount, payment_number)
        .join_from(pairs, other, other.c.id == pairs.c.other_id)
        .outerjoin(source, and_(source.c.id == other.c.origin_id, other.c.kind == "discount"))
        .group_by(other.c.id)
        .having(amount != 0)
        .order_by(last, other.c.id)
    )
    return tuple(Link(*row) for row in connection.execute(query))


def _followers(connection: Connection, document_id: int) -> tuple[Link, ...]:
    back = document.alias("back")
    of = case((document.c.kind == "discount", document.c.reference), else_="")
    query = (
        select(
            document.c.id, document.c.kind, document.c.number, document.c.dated_on, document.c.total_minor, of
        )
        .where(
            document.c.origin_id == document_id,
            document.c.kind.in_(FOLLOWERS),
            ~select(back.c.id)
            .where(back.c.origin_id == document.c.id, back.c.kind == document.c.kind + REVERSAL)
            .exists(),
        )
        .order_by(document.c.id)
    )
    return tuple(Link(*row) for row in connection.execute(query))


def _chain(connection: Connection, row: Row[Any]) -> tuple[Link, ...]:
    """What `invoice.reissue` put in whose place (domain.md: visible from all three).

    Nothing else gives an invoice an origin.
    """
    if row.kind not in ("invoice", "credit"):
        return ()
    old = row.id if row.kind == "invoice" else row.origin_id
    wanted = document.c.origin_id == old
    if row.kind == "invoice":
        wanted |= document.c.id == row.origin_id
    query = select(
        document.c.id, document.c.kind, document.c.number, document.c.dated_on, document.c.total_minor
    ).where(document.c.kind == "invoice", wanted)
    return tuple(Link(*found) for found in connection.execute(query.order_by(document.c.id)))


def _cash(connection: Connection, document_id: int) -> Cash | None:
    row = connection.execute(
        select(
            payment.c.method,
            money_account.c.code,
            money_account.c.name,
            payment.c.payer,
            payment.c.received_minor,
            payment.c.fee_minor,
        )
        .join_from(payment, money_account, money_account.c.id == payment.c.money_account_id)
        .where(payment.c.document_id == document_id)
    ).first()
    return Cash(*row) if row is not None else None


def _bill(
    connection: Connection, document_id: int, followers: tuple[Link, ...], *, is_reversed: bool
) -> BillFacts | None:
    row = connection.execute(
        select(
            bill_table.c.number,
            bill_table.c.kind,
            bill_table.c.drawer,
            bill_table.c.bank,
            bill_table.c.issued_on,
            bill_table.c.due_on,
        ).where(bill_table.c.document_id == document_id)
    ).first()
    if row is None:
        return None
    # A dishonoured bill has had its payment reversed as well, and may have been given away before.
    happened = {_BILL_STATES[link.kind] for link in followers if link.kind in _BILL_STATES}
    order = ("dishonoured", "reversed" if is_reversed else "", "collected", "discounted", "endorsed")
    state = next((one for one in order if one == "reversed" or one in happened), "held")
    return BillFacts(row.number, row.kind, row.drawer, row.bank, row.issued_on, row.due_on, state)


def _print_count(connection: Connection, row: Row[Any]) -> int:
    kind = PRINT_KINDS.get(row.kind)
    if kind is None:
        return 0
    return connection.execute(
        select(func.count())
        .select_from(print_log)
        .where(print_log.c.kind == kind, print_log.c.number == row.number)
    ).scalar_one()
