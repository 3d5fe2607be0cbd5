"""The ledger's identities, each as a query over everything (domain.md, "Identities")."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection, and_, case, false, func, literal, or_, select, union_all

from crmdesk.models.specs.documents import SILENT_KINDS
from crmdesk.models.tables.documents import allocation, document, document_line, open_item
from crmdesk.models.tables.ledger import account, posting
from crmdesk.services.open_items import OPENABLE
from crmdesk.services.posted import REVERSAL
from crmdesk.services.settled import refund_events
from crmdesk.services.templates import CUSTOMER_CREDIT, RECEIVABLE
from crmdesk.text import _

Found = Iterator[tuple[str, str, str]]


def postings_balance(connection: Connection, since: date | None = None) -> Found:
    """iB1: every entry balances per currency and has at least two legs. `since`: only what is dated after that day."""
    total = func.sum(posting.c.amount_minor)
    query = (
        select(posting.c.source_id, posting.c.currency, total)
        .group_by(posting.c.source_id, posting.c.currency)
        .having(or_(total != 0, func.count() < 2))
    )
    if since is not None:
        query = query.where(posting.c.dated_on > since)
    for source_id, currency, difference in connection.execute(query):
        yield (
            "unbalanced",
            f"posting:{source_id}",
            _("Entry {id} does not balance in {currency}: {difference}.").format(
                id=source_id, currency=currency, difference=difference
            ),
        )


def receivables_agree(connection: Connection, since: date | None = None) -> Found:
    """iB3: a customer's receivable and credit lines add up to the effects of his documents, per currency.

    `since`: what is dated after that day; entries and documents have the same dates, so it holds for any span.
    """
    of_roles = select(account.c.id).where(account.c.role.in_((RECEIVABLE, CUSTOMER_CREDIT)))
    # Read first: a number to compare with is half the work of a set to look into, five million times.
    roles = connection.execute(of_roles).scalars().all()
    posted = select(
        posting.c.customer_id, posting.c.currency, func.sum(posting.c.amount_minor).label("amount")
    ).where(or_(false(), *(posting.c.account_id == role for role in roles)))
    effects = select(document.c.customer_id, document.c.currency, -func.sum(document.c.effect_minor))
    if since is not None:
        posted = posted.where(posting.c.dated_on > since)
        effects = effects.where(document.c.dated_on > since)
    # Each side is added up by itself: the effects come in order from their index, and sorting both takes twice as long.
    parts = union_all(
        posted.group_by(posting.c.customer_id, posting.c.currency),
        effects.group_by(document.c.customer_id, document.c.currency),
    ).subquery()
    total = func.sum(parts.c.amount)
    query = (
        select(parts.c.customer_id, parts.c.currency, total)
        .group_by(parts.c.customer_id, parts.c.currency)
        .having(total != 0)
    )
    for customer_id, currency, difference in connection.execute(query):
        yield (
            "ledger_differs",
            f"customer:{customer_id}",
            _("Ledger and documents of customer {id} differ by {difference} in {currency}.").format(
                id=customer_id, difference=difference, currency=currency
            ),
        )


def open_items_agree(connection: Connection) -> Found:
    """The kept open amounts equal what the events say (iA2, RP25)."""
    for document_id, derived, kept in connection.execute(rebuilt_differences()):
        yield (
            "open_amount",
            f"document:{document_id}",
            _("The kept open amount of document {id} is {kept}; its events say {derived}.").format(
                id=document_id, kept=kept, derived=derived
            ),
        )


def derived_open():
    """document id -> open amount derived from documents, allocations, refunds and reversals alone.

    Each document looks its allocations up in the two indexes that hold their amounts; adding all up by document
    instead has to sort them, which takes twice as long.
    """
    back = document.alias("back")
    refunds = refund_events().subquery("refunds")
    taken = union_all(
        select(back.c.origin_id.label("document_id"), back.c.total_minor.label("amount")).where(
            back.c.kind.in_([kind + REVERSAL for kind in OPENABLE])
        ),
        select(refunds.c.credit_id, refunds.c.amount),
    ).subquery("taken")
    taken_back = (
        select(taken.c.document_id, func.sum(taken.c.amount).label("amount"))
        .group_by(taken.c.document_id)
        .subquery("taken_back")
    )

    def settled(side):
        amount = select(func.sum(allocation.c.amount_minor)).where(side == document.c.id)
        return func.coalesce(amount.correlate(document).scalar_subquery(), 0)

    open_minor = (
        document.c.total_minor
        - func.coalesce(taken_back.c.amount, 0)
        - settled(allocation.c.credit_id)
        - settled(allocation.c.debit_id)
    )
    return (
        select(document.c.id.label("document_id"), open_minor.label("open_minor"))
        .join_from(document, taken_back, taken_back.c.document_id == document.c.id, isouter=True)
        .where(document.c.kind.in_(OPENABLE))
        .subquery("derived")
    )


def rebuilt_differences():
    """(document id, derived, kept) wherever the two differ, in either direction."""
    derived = derived_open()
    kept = func.coalesce(open_item.c.open_minor, 0)
    forwards = (
        select(derived.c.document_id, derived.c.open_minor, kept)
        .join_from(derived, open_item, open_item.c.document_id == derived.c.document_id, isouter=True)
        # one look at what is derived, which is what costs: where both are the same, either tells the sign
        .where(or_(kept < 0, derived.c.open_minor != kept))
    )
    orphans = (
        select(open_item.c.document_id, literal(0), open_item.c.open_minor)
        .join_from(open_item, document, document.c.id == open_item.c.document_id, isouter=True)
        .where(or_(document.c.id.is_(None), document.c.kind.not_in(OPENABLE)))
    )
    return union_all(forwards, orphans)


def allocations_hold(connection: Connection, since: date | None = None) -> Found:
    """iA1, iA2: same customer and currency, never before its documents, and at no date more than there is.

    `since`: only allocations dated after that day, and the documents that they touch.
    """
    credit, debit, twin = document.alias("credit"), document.alias("debit"), allocation.alias("twin")
    wrong = (
        select(allocation.c.id)
        .join_from(allocation, credit, credit.c.id == allocation.c.credit_id)
        .join(debit, debit.c.id == allocation.c.debit_id)
        .where(
            or_(
                and_(
                    or_(
                        credit.c.customer_id != debit.c.customer_id,
                        allocation.c.customer_id != debit.c.customer_id,
                    ),
                    # an undone merge may part the two of an allocation that was released on its own day
                    select(func.sum(twin.c.amount_minor))
                    .where(
                        twin.c.debit_id == allocation.c.debit_id,
                        twin.c.credit_id == allocation.c.credit_id,
                        twin.c.dated_on == allocation.c.dated_on,
                    )
                    .scalar_subquery()
                    != 0,
                ),
                credit.c.currency != debit.c.currency,
                allocation.c.currency != debit.c.currency,
                allocation.c.credit_on != credit.c.dated_on,
                allocation.c.debit_on != debit.c.dated_on,
                allocation.c.debit_due_on != func.coalesce(debit.c.due_on, debit.c.dated_on),
                allocation.c.dated_on < credit.c.dated_on,
                allocation.c.dated_on < debit.c.dated_on,
                allocation.c.amount_minor == 0,
                credit.c.kind.not_in(OPENABLE),
                debit.c.kind.not_in(OPENABLE),
            )
        )
    )
    if since is not None:
        wrong = wrong.where(allocation.c.dated_on > since)
    for (allocation_id,) in connection.execute(wrong):
        yield (
            "allocation",
            f"allocation:{allocation_id}",
            _("Allocation {id} does not fit its two documents.").format(id=allocation_id),
        )
    yield from _never_negative(connection, since)


def _never_negative(connection: Connection, since: date | None) -> Found:
    """Walks the dated events of each document in order and looks at the open amount after each day.

    Only where something was taken back: what never goes down is highest at its end, which `open_items_agree` sees.
    """
    back = document.alias("back")
    refunds = refund_events().subquery()
    events = union_all(
        select(allocation.c.credit_id.label("document_id"), allocation.c.dated_on, allocation.c.amount_minor),
        select(allocation.c.debit_id, allocation.c.dated_on, allocation.c.amount_minor),
        select(refunds.c.credit_id, refunds.c.dated_on, refunds.c.amount),
        select(back.c.origin_id, back.c.dated_on, back.c.total_minor).where(
            back.c.kind.in_([kind + REVERSAL for kind in OPENABLE])
        ),
    ).subquery()
    falling = select(events.c.document_id).where(events.c.amount_minor < 0)
    days = select(
        events.c.document_id, events.c.dated_on, func.sum(events.c.amount_minor).label("amount")
    ).group_by(events.c.document_id, events.c.dated_on)
    days = days.where(events.c.document_id.in_(falling))
    if since is not None:
        is_later = allocation.c.dated_on > since
        touched = union_all(
            select(allocation.c.credit_id).where(is_later), select(allocation.c.debit_id).where(is_later)
        )
        days = days.where(events.c.document_id.in_(touched))
    by_day = days.subquery()
    running = (
        select(
            by_day.c.document_id,
            func.sum(by_day.c.amount)
            .over(partition_by=by_day.c.document_id, order_by=by_day.c.dated_on)
            .label("settled"),
        )
    ).subquery()
    query = (
        select(running.c.document_id)
        .join(document, document.c.id == running.c.document_id)
        .where(or_(running.c.settled < 0, running.c.settled > document.c.total_minor))
        .distinct()
    )
    for (document_id,) in connection.execute(query):
        yield (
            "over_allocated",
            f"document:{document_id}",
            _(
                "Document {id} is settled by more than its total, or by less than nothing, at some date."
            ).format(id=document_id),
        )


def lines_add_up(connection: Connection, since: date | None = None) -> Found:
    """Line amounts add up to the document's net and tax, and net and tax to its total. `since`: of documents dated
    after that day."""
    added = select(
        document_line.c.document_id,
        func.sum(document_line.c.net_minor).label("net"),
        func.sum(document_line.c.tax_minor).label("tax"),
    ).group_by(document_line.c.document_id)
    if since is not None:
        later = select(document.c.id).where(document.c.dated_on > since)
        added = added.where(document_line.c.document_id.in_(later))
    sums = added.subquery()
    query = (
        select(document.c.id, document.c.number)
        .join_from(document, sums, sums.c.document_id == document.c.id, isouter=True)
        .where(
            document.c.kind.in_(("invoice", "credit", "discount")),
            or_(
                func.coalesce(sums.c.net, 0) != document.c.net_minor,
                func.coalesce(sums.c.tax, 0) != document.c.tax_minor,
                document.c.net_minor + document.c.tax_minor
                # a discount that leaves the tax as it is has neither lines nor net
                != case(
                    (and_(document.c.kind == "discount", sums.c.net.is_(None)), 0),
                    else_=document.c.total_minor,
                ),
            ),
        )
    )
    if since is not None:
        query = query.where(document.c.dated_on > since)
    for document_id, number in connection.execute(query):
        yield (
            "lines",
            f"document:{document_id}",
            _("The lines of {number} do not add up to its total.").format(number=number),
        )
    yield from _effects(connection)


def _effects(connection: Connection) -> Found:
    """The effect of each kind of document on the balance."""
    total, effect = document.c.total_minor, document.c.effect_minor
    expected = case(
        (document.c.kind.in_(("invoice", "refund", "transfer_out")), total),
        (
            document.c.kind.in_(("credit", "payment", "writeoff", "transfer", "deposit_applied", "discount")),
            -total,
        ),
        (document.c.kind.in_(SILENT_KINDS), 0),
        else_=effect,
    )
    for document_id, number in connection.execute(
        select(document.c.id, document.c.number).where(effect != expected)
    ):
        yield (
            "effect",
            f"document:{document_id}",
            _("The effect of {number} is not its total.").format(number=number),
        )


def reversals_are_exact(connection: Connection) -> Found:
    """iV1, iV4: a reversal negates its original and is not dated before it."""
    back, own = document.alias("back"), document.alias("own")
    query = (
        select(back.c.id, back.c.number)
        .join_from(back, own, own.c.id == back.c.origin_id, isouter=True)
        .where(
            back.c.kind.like("%" + REVERSAL.replace("_", r"\_"), escape="\\"),
            or_(
                own.c.id.is_(None),
                back.c.kind != own.c.kind + REVERSAL,
                back.c.effect_minor + own.c.effect_minor != 0,
                back.c.dated_on < own.c.dated_on,
                back.c.customer_id != own.c.customer_id,
            ),
        )
    )
    for document_id, number in connection.execute(query):
        yield (
            "reversal",
            f"document:{document_id}",
            _("The reversal of {number} does not negate it exactly.").format(number=number),
        )
