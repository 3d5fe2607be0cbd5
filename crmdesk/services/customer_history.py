"""What happened with one customer, newest first: activities, documents, letters, files, changes, in plain words.

Each source reads what comes behind a place by its own index, so that a page costs the same whether the customer has
ten lines or many thousands, and wherever in them one is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from crmdesk.models import clock, money
from crmdesk.models.specs import people as specs
from crmdesk.models.specs.documents import METHODS
from crmdesk.models.tables.attachments import attachment
from crmdesk.models.tables.documents import allocation, document, open_item, payment, print_log
from crmdesk.models.tables.people import activity, activity_product, comment, task
from crmdesk.models.tables.products import product
from crmdesk.models.tables.reminders import promise, reminder
from crmdesk.services import category_timeline, confirmations, customer_changes
from crmdesk.services.dialect import among
from crmdesk.services.timeline_event import Event, Place, by_day, by_moment
from crmdesk.text import N_, _

__all__ = ["Event", "Page", "Paper", "Place", "amount_text", "page", "papers", "timeline"]

SHOWN_MAX = 300
PAGE = 60
_SLIPS_MAX = 1_000
_SETTLED_SHOWN_MAX = 3

_SETTLING = ("payment", "credit", "transfer", "deposit_applied")

TITLES = {
    "opening": N_("Opening balance {number}"),
    "opening_reversal": N_("Opening balance {number} voided"),
    "invoice": N_("Invoice {number}"),
    "invoice_reversal": N_("Invoice {number} voided"),
    "credit": N_("Credit note {number}"),
    "credit_reversal": N_("Credit note {number} voided"),
    "payment": N_("Payment {number}"),
    "payment_reversal": N_("Payment {number} reversed"),
    "refund": N_("Refund {number} paid out"),
    "refund_reversal": N_("Refund {number} reversed"),
    "writeoff": N_("Write-off {number}"),
    "writeoff_reversal": N_("Write-off {number} reversed"),
    "discount": N_("Settlement discount {number}"),
    "discount_reversal": N_("Settlement discount {number} taken back"),
    "recovery": N_("Recovery {number} of a written-off debt"),
    "recovery_reversal": N_("Recovery {number} reversed"),
    "transfer": N_("Transfer {number} from another customer"),
    "transfer_reversal": N_("Transfer {number} from another customer reversed"),
    "transfer_out": N_("Transfer {number} to another customer"),
    "transfer_out_reversal": N_("Transfer {number} to another customer reversed"),
    "deposit": N_("Deposit {number} received"),
    "deposit_reversal": N_("Deposit {number} reversed"),
    "deposit_return": N_("Deposit returned: {number}"),
    "deposit_return_reversal": N_("Return of a deposit reversed: {number}"),
    "deposit_kept": N_("Deposit kept: {number}"),
    "deposit_kept_reversal": N_("Keeping of a deposit reversed: {number}"),
    "deposit_applied": N_("Deposit applied to an invoice: {number}"),
    "deposit_applied_reversal": N_("Application of a deposit reversed: {number}"),
    "bill_endorsement": N_("Bill endorsed: {number}"),
    "bill_endorsement_reversal": N_("Endorsement of a bill reversed: {number}"),
    "bill_discount": N_("Bill discounted: {number}"),
    "bill_discount_reversal": N_("Discounting of a bill reversed: {number}"),
    "bill_collection": N_("Bill collected: {number}"),
    "bill_collection_reversal": N_("Collection of a bill reversed: {number}"),
    "bill_recourse": N_("Bill dishonoured: {number}"),
    "bill_recourse_reversal": N_("Dishonour of a bill reversed: {number}"),
}
"""Kind of document -> its line."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One document of the customer. `open_minor` is None where nothing can be open."""

    id: int
    kind: str
    number: str
    dated_on: date
    due_on: date | None
    currency: str
    total_minor: int
    open_minor: int | None
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the timeline. `next` is where the next part begins; None at the end."""

    events: tuple[Event, ...]
    next: Place | None


def page(
    connection: Connection,
    customer_id: int,
    before: Place | None = None,
    *,
    limit: int = PAGE,
    groups: frozenset[str] | None = None,
) -> Page:
    """The newest events behind a place, of some groups (`GROUPS`) or of all; about `limit` of them: lines that stand at
    one place stay together."""
    found: list[Event] = []
    for name, (_label, sources) in GROUPS.items():
        if groups is None or name in groups:
            for source in sources:
                found += source(connection, customer_id, before, limit + 1)
    found.sort(key=lambda event: event.place, reverse=True)
    last = found[limit - 1].place if len(found) > limit else None
    if last is None:
        return Page(tuple(found), None)
    kept = tuple(event for event in found if event.place >= last)
    return Page(kept, last if len(kept) < len(found) else None)


def timeline(connection: Connection, customer_id: int, limit: int = SHOWN_MAX) -> list[Event]:
    """The newest events, about `limit`: by date, then by posting order."""
    return list(page(connection, customer_id, limit=limit).events)


def papers(connection: Connection, customer_id: int, limit: int = SHOWN_MAX) -> list[Paper]:
    """The customer's documents, newest first; reversals are shown at what they reverse."""
    rows = connection.execute(
        select(document, open_item.c.open_minor)
        .join(open_item, open_item.c.document_id == document.c.id, isouter=True)
        .where(document.c.customer_id == customer_id, ~document.c.kind.endswith("_reversal"))
        .order_by(document.c.dated_on.desc(), document.c.id.desc())
        .limit(limit)
    ).all()
    query = select(document.c.origin_id).where(
        among(document.c.origin_id, [row.id for row in rows]), document.c.kind.endswith("_reversal")
    )
    reversed_ids = set(connection.execute(query).scalars())
    return [
        Paper(
            row.id,
            row.kind,
            row.number,
            row.dated_on,
            row.due_on,
            row.currency,
            row.total_minor,
            row.open_minor,
            row.id in reversed_ids,
        )
        for row in rows
    ]


def _documents(connection: Connection, customer_id: int, before: Place | None, limit: int) -> list[Event]:
    # the index by customer holds all that is sorted by; only the rows of the page are read
    newest = (
        select(document.c.id)
        .where(document.c.customer_id == customer_id, by_day(document.c.dated_on, document.c.id, before))
        .order_by(document.c.dated_on.desc(), document.c.id.desc())
        .limit(limit)
    )
    ids = list(connection.execute(newest).scalars())
    rows = connection.execute(
        select(document, payment.c.method)
        .join(payment, payment.c.document_id == document.c.id, isouter=True)
        .where(among(document.c.id, ids))
    ).all()
    settled = _settled(
        connection,
        [row.id for row in rows if row.kind in _SETTLING],
    )
    methods = {choice.value: choice.label for choice in METHODS}
    found = []
    for row in rows:
        detail = [_(methods.get(row.method, ""))] if row.method and row.kind == "payment" else []
        if row.id in settled:
            detail.append(_("settles {numbers}").format(numbers=_listed(settled[row.id])))
        if row.kind == "invoice" and row.due_on is not None:
            detail.append(_("due {date}").format(date=row.due_on.isoformat()))
        detail += [text for text in (row.reason, row.reference) if text]
        event = Event(
            row.kind,
            row.dated_on,
            _(TITLES[row.kind]).format(number=row.number),
            " · ".join(detail),
            row.currency,
            row.total_minor,
            row.id,
            row.number,
            order=row.id,
        )
        found.append(event)
    return found


def _slips(connection: Connection, customer_id: int, before: Place | None, limit: int) -> list[Event]:
    del limit
    found = []
    for slip in confirmations.of_customer(connection, customer_id, _SLIPS_MAX):
        if before is not None and (slip.confirmed_on, slip.id) >= before:
            continue
        words = (
            N_("Statement as at {date} confirmed") if slip.is_agreed else N_("Statement as at {date} differs")
        )
        event = Event(
            "confirmation",
            slip.confirmed_on,
            _(words).format(date=slip.as_of.isoformat()),
            slip.note,
            slip.currency,
            None if slip.is_agreed else slip.difference_minor,
            order=slip.id,
        )
        found.append(event)
    return found


def _settled(connection: Connection, ids: list[int]) -> dict[int, list[str]]:
    """Numbers of what each payment or credit note settles now; what was released again is none of it."""
    query = (
        select(allocation.c.credit_id, document.c.number)
        .join(document, document.c.id == allocation.c.debit_id)
        .where(among(allocation.c.credit_id, ids))
        .group_by(allocation.c.credit_id, allocation.c.debit_id)
        .having(func.sum(allocation.c.amount_minor) > 0)
        .order_by(func.min(allocation.c.id))
    )
    found: dict[int, list[str]] = {}
    for credit_id, number in connection.execute(query):
        found.setdefault(credit_id, []).append(number)
    return found


def _listed(numbers: list[str]) -> str:
    shown = ", ".join(numbers[:_SETTLED_SHOWN_MAX])
    rest = len(numbers) - _SETTLED_SHOWN_MAX
    return _("{numbers} and {count} more").format(numbers=shown, count=rest) if rest > 0 else shown


def _activities(connection: Connection, customer_id: int, before: Place | None, limit: int) -> list[Event]:
    own = activity.c
    rows = connection.execute(
        select(activity)
        .where(own.customer_id == customer_id, by_day(own.dated_on, own.id, before))
        .order_by(own.dated_on.desc(), own.id.desc())
        .limit(limit)
    ).all()
    products: dict[int, list[str]] = {}
    query = (
        select(activity_product.c.activity_id, product.c.name)
        .join(product, product.c.id == activity_product.c.product_id)
        .where(among(activity_product.c.activity_id, [row.id for row in rows]))
        .order_by(product.c.code)
    )
    for activity_id, name in connection.execute(query):
        products.setdefault(activity_id, []).append(name)
    found = []
    for row in rows:
        title = _(_ACTIVITIES.get(str(row.kind), str(row.kind)))
        if row.person:
            title = _("{activity} with {person}").format(activity=title, person=row.person)
        detail = [row.clock, row.text, row.outcome, _listed(products[row.id]) if row.id in products else ""]
        if row.next_on is not None:
            detail.append(_("next contact {date}").format(date=row.next_on.isoformat()))
        words = " · ".join(filter(None, (*detail, row.actor)))
        event = Event("activity", row.dated_on, title, words, order=row.id, record_id=row.id, state=row.kind)
        found.append(event)
    return found


def _comments(connection: Connection, customer_id: int, before: Place | None, limit: int) -> list[Event]:
    own = comment.c
    query = (
        select(comment)
        .where(own.customer_id == customer_id, by_day(own.said_on, own.id, before))
        .order_by(own.said_on.desc(), own.id.desc())
        .limit(limit)
    )
    found = []
    for row in connection.execute(query):
        if row.actor:
            words = N_("Hand-over note of {name}") if row.is_handover else N_("Comment of {name}")
            title = _(words).format(name=row.actor)
        else:  # a book without users knows nobody's name
            title = _("Hand-over note") if row.is_handover else _("Comment")
        found.append(Event("comment", row.said_on, title, row.text, order=row.id, record_id=row.id))
    return found


def _tasks(connection: Connection, customer_id: int, before: Place | None, limit: int) -> list[Event]:
    own = task.c
    query = (
        select(task)
        .where(own.customer_id == customer_id, own.done_on.is_not(None), by_day(own.done_on, own.id, before))
        .order_by(own.done_on.desc(), own.id.desc())
        .limit(limit)
    )
    found = []
    for row in connection.execute(query):
        title = _("Task done: {title}").format(title=row.title)
        detail = " · ".join(filter(None, (row.outcome, row.done_by)))
        found.append(Event("task", row.done_on, title, detail, order=row.id, record_id=row.id))
    return found


def _files(connection: Connection, customer_id: int, before: Place | None, limit: int) -> list[Event]:
    own = attachment.c
    query = (
        select(own.id, own.name, own.added_at, own.actor)
        .where(
            own.record_kind == "customer",
            own.record_id == customer_id,
            own.removed.is_(False),
            by_moment(own.added_at, own.id, before),
        )
        .order_by(own.id.desc())
        .limit(limit)
    )
    return [
        Event(
            "file",
            clock.local_day(row.added_at),
            _("File added: {name}").format(name=row.name),
            row.actor,
            order=row.id,
            record_id=row.id,
        )
        for row in connection.execute(query)
    ]


def _prints(connection: Connection, customer_id: int, before: Place | None, limit: int) -> list[Event]:
    own = print_log.c
    query = (
        select(own.id, own.kind, own.number, own.printed_at, own.actor, own.channel, own.detail)
        .where(own.customer_id == customer_id, by_moment(own.printed_at, own.id, before))
        .order_by(own.id.desc())
        .limit(limit)
    )
    return [
        Event(
            "print",
            clock.local_day(row.printed_at),
            _(_PRINTED.get(str(row.kind), N_("Printed or saved: {number}"))).format(number=row.number),
            " · ".join(filter(None, (row.detail, row.actor))),
            order=row.id,
        )
        for row in connection.execute(query)
    ]


def _reminders(connection: Connection, customer_id: int, before: Place | None, limit: int) -> list[Event]:
    own = reminder.c
    query = (
        select(reminder)
        .where(
            own.customer_id == customer_id,
            own.withdrawn_on.is_(None),
            by_day(own.reminded_on, own.id, before),
        )
        .order_by(own.reminded_on.desc(), own.id.desc())
        .limit(limit)
    )
    found = []
    for row in connection.execute(query):
        words = N_("Reminder of level {level} drafted as an e-mail") if row.channel == "mail" else _LETTER
        title = _(words).format(level=row.level)
        detail = " · ".join(filter(None, (row.note, row.actor)))
        event = Event("reminder", row.reminded_on, title, detail, row.currency, row.total_minor, order=row.id)
        found.append(event)
    return found


def _promises(connection: Connection, customer_id: int, before: Place | None, limit: int) -> list[Event]:
    own = promise.c
    query = (
        select(promise)
        .where(own.customer_id == customer_id, by_day(own.made_on, own.id, before))
        .order_by(own.made_on.desc(), own.id.desc())
        .limit(limit)
    )
    return [
        Event(
            "promise",
            row.made_on,
            _("Promised to pay by {date}").format(date=row.promised_on.isoformat()),
            " · ".join(filter(None, (row.promised_by, row.note, row.actor))),
            row.currency,
            row.amount_minor,
            order=row.id,
        )
        for row in connection.execute(query)
    ]


_ACTIVITIES = {choice.value: choice.label for choice in specs.ACTIVITY_KINDS}
_LETTER = N_("Reminder of level {level}")
_PRINTED = {"statement": N_("Statement printed or saved"), "dunning": N_("Reminder printed or saved")}
GROUPS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "activities": (N_("Activities"), (_activities,)),
    "documents": (N_("Documents and payments"), (_documents, _slips, _promises)),
    "letters": (N_("Letters and reminders"), (_prints, _reminders)),
    "team": (N_("Comments and tasks"), (_comments, _tasks)),
    "files": (N_("Files"), (_files,)),
    "changes": (N_("Changes"), (customer_changes.events, category_timeline.events)),
}
"""The groups of lines that a timeline may be narrowed to: their title, and what reads them."""


def amount_text(event: Event) -> str:
    """The amount with its sign of currency, or nothing."""
    if event.amount_minor is None:
        return ""
    return money.symbol(event.currency) + money.grouped(event.amount_minor, event.currency)
