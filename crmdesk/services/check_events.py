"""Identities of transfers between customers, deposits and bills of exchange, each as a query over everything."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, and_, func, or_, select, union_all

from crmdesk.models.specs.documents import BILL_EVENTS
from crmdesk.models.tables.bills import bill
from crmdesk.models.tables.documents import document, payment
from crmdesk.models.tables.ledger import account, posting
from crmdesk.services import merge_posted
from crmdesk.services.posted import REVERSAL
from crmdesk.services.templates import BILLS, DEPOSIT
from crmdesk.services.transferring import IN, OUT
from crmdesk.text import _

Found = Iterator[tuple[str, str, str]]
_DEPOSIT_USES = ("deposit_return", "deposit_kept", "deposit_applied")


def transfers_pair(connection: Connection) -> Found:
    """Every transfer has its other side: the same number, day, currency and amount, another customer; both stand, or
    both were taken back on one day."""
    out, incoming = document.alias("out"), document.alias("incoming")
    out_back, in_back = document.alias("out_back"), document.alias("in_back")
    pair = (
        out.outerjoin(incoming, and_(incoming.c.origin_id == out.c.id, incoming.c.kind == IN))
        .outerjoin(out_back, and_(out_back.c.origin_id == out.c.id, out_back.c.kind == OUT + REVERSAL))
        .outerjoin(in_back, and_(in_back.c.origin_id == incoming.c.id, in_back.c.kind == IN + REVERSAL))
    )
    differs = or_(
        incoming.c.id.is_(None),
        incoming.c.number != out.c.number,
        incoming.c.dated_on != out.c.dated_on,
        incoming.c.currency != out.c.currency,
        incoming.c.total_minor != out.c.total_minor,
        # between two customers when it was posted; a merge may have made one of them
        and_(
            incoming.c.customer_id == out.c.customer_id,
            merge_posted.was_posted_for(incoming) == merge_posted.was_posted_for(out),
        ),
        func.coalesce(out_back.c.dated_on, 0) != func.coalesce(in_back.c.dated_on, 0),
    )
    lonely = select(incoming.c.id, incoming.c.number).where(
        incoming.c.kind == IN, incoming.c.origin_id.not_in(select(out.c.id).where(out.c.kind == OUT))
    )
    query = union_all(
        select(out.c.id, out.c.number).select_from(pair).where(out.c.kind == OUT, differs), lonely
    )
    for document_id, number in connection.execute(query):
        yield (
            "transfer",
            f"document:{document_id}",
            _("The two sides of the transfer {number} do not fit.").format(number=number),
        )


def deposits_hold(connection: Connection) -> Found:
    """No deposit is used by more than it is, at any date; the liability is what is held, per customer and currency."""
    back = document.alias("back")
    uses = select(
        document.c.origin_id.label("deposit_id"), document.c.dated_on, document.c.total_minor.label("amount")
    ).where(document.c.kind.in_(_DEPOSIT_USES))
    taken_back = (
        select(document.c.origin_id, back.c.dated_on, -document.c.total_minor)
        .join_from(document, back, back.c.origin_id == document.c.id)
        .where(document.c.kind.in_(_DEPOSIT_USES))
    )
    ends = select(back.c.origin_id, back.c.dated_on, back.c.total_minor).where(
        back.c.kind == "deposit" + REVERSAL
    )
    events = union_all(uses, taken_back, ends).subquery()
    by_day = (
        select(events.c.deposit_id, events.c.dated_on, func.sum(events.c.amount).label("amount"))
        .group_by(events.c.deposit_id, events.c.dated_on)
        .subquery()
    )
    running = select(
        by_day.c.deposit_id,
        func.sum(by_day.c.amount)
        .over(partition_by=by_day.c.deposit_id, order_by=by_day.c.dated_on)
        .label("used"),
    ).subquery()
    query = (
        select(document.c.id, document.c.number)
        .join_from(running, document, document.c.id == running.c.deposit_id)
        .where(or_(running.c.used < 0, running.c.used > document.c.total_minor))
        .distinct()
    )
    for document_id, number in connection.execute(query):
        yield (
            "deposit",
            f"document:{document_id}",
            _("More of the deposit {number} was used than it is, at some date.").format(number=number),
        )
    yield from _liability_agrees(connection)


def _liability_agrees(connection: Connection) -> Found:
    liability = select(account.c.id).where(account.c.role == DEPOSIT)
    gives = ("deposit", *(kind + REVERSAL for kind in _DEPOSIT_USES))
    takes = (*_DEPOSIT_USES, "deposit" + REVERSAL)
    parts = union_all(
        select(posting.c.customer_id, posting.c.currency, posting.c.amount_minor.label("amount")).where(
            posting.c.account_id.in_(liability)
        ),
        select(document.c.customer_id, document.c.currency, document.c.total_minor).where(
            document.c.kind.in_(gives)
        ),
        select(document.c.customer_id, document.c.currency, -document.c.total_minor).where(
            document.c.kind.in_(takes)
        ),
    ).subquery()
    total = func.sum(parts.c.amount)
    for customer_id, currency, difference in connection.execute(
        select(parts.c.customer_id, parts.c.currency, total)
        .group_by(parts.c.customer_id, parts.c.currency)
        .having(total != 0)
    ):
        yield (
            "deposit",
            f"customer:{customer_id}",
            _("Ledger and deposits of customer {id} differ by {difference} in {currency}.").format(
                id=customer_id, difference=difference, currency=currency
            ),
        )


def bills_hold(connection: Connection) -> Found:
    """A bill stands in its account in full while it is at hand, and not at all afterwards."""
    event, back, reversal = document.alias("event"), document.alias("back"), document.alias("reversal")
    accounts = select(account.c.id).where(account.c.role == BILLS)
    # the payment, its reversal, what happened to the bill, and that taken back
    family = union_all(
        select(bill.c.document_id.label("bill_id"), bill.c.document_id.label("source_id")),
        select(bill.c.document_id, reversal.c.id).join_from(
            bill, reversal, reversal.c.origin_id == bill.c.document_id
        ),
        select(bill.c.document_id, back.c.id)
        .join_from(bill, event, event.c.origin_id == bill.c.document_id)
        .join(back, back.c.origin_id == event.c.id)
        .where(event.c.kind.in_(BILL_EVENTS)),
    ).subquery()
    moved = (
        select(family.c.bill_id, func.sum(posting.c.amount_minor).label("amount"))
        .join_from(family, posting, posting.c.source_id == family.c.source_id)
        .where(posting.c.account_id.in_(accounts))
        .group_by(family.c.bill_id)
        .subquery()
    )
    standing = (
        select(event.c.id)
        .where(
            event.c.origin_id == bill.c.document_id,
            event.c.kind.in_((*BILL_EVENTS, "payment" + REVERSAL)),
            ~select(back.c.id)
            .where(back.c.origin_id == event.c.id, back.c.kind == event.c.kind + REVERSAL)
            .exists(),
        )
        .exists()
    )
    amount = func.coalesce(moved.c.amount, 0)
    query = (
        select(bill.c.document_id, bill.c.number)
        .join_from(bill, payment, payment.c.document_id == bill.c.document_id)
        .join(moved, moved.c.bill_id == bill.c.document_id, isouter=True)
        .where(or_(and_(standing, amount != 0), and_(~standing, amount != payment.c.received_minor)))
    )
    for document_id, number in connection.execute(query):
        yield (
            "bill",
            f"document:{document_id}",
            _("The ledger of the bill {number} does not say what became of it.").format(number=number),
        )
