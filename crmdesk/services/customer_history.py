"""What happened with one customer, newest first: documents, payments and changes of the record, in plain words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from crmdesk.models import clock, money
from crmdesk.models.fields import Field
from crmdesk.models.specs import customers as specs
from crmdesk.models.specs.documents import METHODS
from crmdesk.models.tables.audit import audit_detail, audit_entry
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import allocation, document, open_item, payment
from crmdesk.services import confirmations
from crmdesk.services.dialect import among
from crmdesk.text import N_, _

SHOWN_MAX = 300
CHANGES_LOOKED_AT_MAX = 20_000
"""How many of the newest changes to any customer are looked through for those of one."""
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

_CHANGES = (
    "customer.create",
    "customer.update",
    "customer.deactivate",
    "customer.activate",
    "contact.add",
    "contact.update",
    "contact.remove",
    "address.add",
    "address.update",
    "address.remove",
    "billing_profile.add",
    "billing_profile.update",
    "billing_profile.remove",
    "category.assign",
    "category.unassign",
    "tag.add",
    "tag.remove",
)
_PART_LINES = {
    "contact": (N_("Contact added: {name}"), N_("Contact changed: {name}"), N_("Contact removed: {name}")),
    "address": (N_("Address added"), N_("Address changed"), N_("Address removed")),
    "billing_profile": (
        N_("Billing profile added: {name}"),
        N_("Billing profile changed: {name}"),
        N_("Billing profile removed: {name}"),
    ),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the timeline. `kind` is the document's kind, or `change`; texts are finished."""

    kind: str
    happened_on: date
    title: str
    detail: str = ""
    currency: str = ""
    amount_minor: int | None = None
    document_id: int | None = None
    number: str = ""


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


def timeline(connection: Connection, customer_id: int, limit: int = SHOWN_MAX) -> list[Event]:
    """The newest events, at most `limit`: by date, then by posting order."""
    events = [
        *_documents(connection, customer_id, limit),
        *_slips(connection, customer_id, limit),
        *_changes(connection, customer_id, limit),
    ]
    events.sort(key=lambda entry: (entry[0].happened_on, entry[1]), reverse=True)
    return [event for event, _order in events[:limit]]


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


def _documents(connection: Connection, customer_id: int, limit: int) -> list[tuple[Event, int]]:
    rows = connection.execute(
        select(document, payment.c.method)
        .join(payment, payment.c.document_id == document.c.id, isouter=True)
        .where(document.c.customer_id == customer_id)
        .order_by(document.c.dated_on.desc(), document.c.id.desc())
        .limit(limit)
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
        )
        found.append((event, row.id))
    return found


def _slips(connection: Connection, customer_id: int, limit: int) -> list[tuple[Event, int]]:
    found = []
    for slip in confirmations.of_customer(connection, customer_id, limit):
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
        )
        found.append((event, slip.id))
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


def _changes(connection: Connection, customer_id: int, limit: int) -> list[tuple[Event, int]]:
    newest = (
        select(audit_entry.c.id, audit_entry.c.posted_at, audit_entry.c.actor)
        .where(audit_entry.c.use_case.in_(_CHANGES))
        .order_by(audit_entry.c.id.desc())
        .limit(CHANGES_LOOKED_AT_MAX)
        .subquery()
    )
    # The details are written with sorted keys, so the record stands there in exactly this spelling.
    mark = f'"id": {customer_id}, "kind": "customer"'
    rows = connection.execute(
        select(newest, audit_detail.c.content)
        .join(audit_detail, audit_detail.c.audit_id == newest.c.id)
        .where(audit_detail.c.content.contains(mark, autoescape=True))
        .order_by(newest.c.id.desc())
        .limit(limit)
    ).all()
    found: list[tuple[Event, int]] = []
    is_made = False
    for row in rows:
        for change in json.loads(row.content)["changes"]:
            if change["kind"] != "customer" or change["id"] != customer_id:
                continue
            is_made = is_made or (change["before"] is None and "code" in (change["after"] or {}))
            title, detail = _words(change["before"] or {}, change["after"] or {})
            if title:
                detail = " · ".join(filter(None, (detail, row.actor)))
                found.append((Event("change", clock.local_day(row.posted_at), title, detail), row.id))
    if not is_made:
        made_at = connection.execute(
            select(customer.c.created_at).where(customer.c.id == customer_id)
        ).scalar()
        if made_at:
            found.append((Event("change", clock.local_day(made_at), _("Customer created")), customer_id))
    return found


def _words(before: dict[str, Any], after: dict[str, Any]) -> tuple[str, str]:
    """Title and detail of one change of a customer."""
    for kind, lines in _PART_LINES.items():
        old, new = before.get(kind), after.get(kind)
        if old is not None or new is not None:
            line = lines[0] if old is None else lines[2] if new is None else lines[1]
            shown = new or old or {}
            name = shown.get("name") or shown.get("title") or (old or {}).get("name") or ""
            return _(line).format(name=name).rstrip(": ："), _differences(old, new, specs.PARTS[kind])
    if "tag" in before or "tag" in after:
        line = N_("Tag added: {name}") if "tag" in after else N_("Tag removed: {name}")
        return _(line).format(name=after.get("tag") or before.get("tag")), ""
    if "category" in before or "category" in after:
        place = after if "category" in after else before
        line = N_("Put into {category}") if place is after else N_("Taken out of {category}")
        return _(line).format(category=place["category"]), str(place.get("dimension", ""))
    if "is_active" in after:
        return (_("Activated again") if after["is_active"] else _("Deactivated")), ""
    if not before and "code" in after:
        return _("Customer created"), ""
    return _("Details changed"), _differences(before, after, specs.CUSTOMER)


def _differences(old: dict[str, Any] | None, new: dict[str, Any] | None, fields: Iterable[Field]) -> str:
    """“Phone: 1 → 2” for each field that changed."""
    if not old or not new:
        return ""
    parts = []
    for field in fields:
        one, other = old.get(field.name), new.get(field.name)
        # What was emptied is noted with its old value only.
        if (field.name not in old and field.name not in new) or (one or None) == (other or None):
            continue
        shown = _("{field}: {before} → {after}").format(
            field=_(field.label), before=_shown(field, one), after=_shown(field, other)
        )
        parts.append(shown)
    return " · ".join(parts)


def _shown(field: Field, value: Any) -> str:
    if value in (None, ""):
        return "—"
    return next((_(choice.label) for choice in field.choices if choice.value == value), str(value))


def amount_text(event: Event) -> str:
    """The amount with its sign of currency, or nothing."""
    if event.amount_minor is None:
        return ""
    return money.symbol(event.currency) + money.grouped(event.amount_minor, event.currency)
