"""What was changed at a customer's record, in plain words, from the audit trail."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models import clock
from crmdesk.models.fields import Field
from crmdesk.models.specs import customers as specs
from crmdesk.models.specs import people
from crmdesk.models.tables.audit import audit_detail, audit_entry
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.people import customer_change
from crmdesk.services.custom_fields import everything
from crmdesk.services.timeline_event import Event, Place, by_moment
from crmdesk.text import N_, _

_PART_LINES = {
    "contact": (N_("Contact added: {name}"), N_("Contact changed: {name}"), N_("Contact removed: {name}")),
    "address": (N_("Address added"), N_("Address changed"), N_("Address removed")),
    "billing_profile": (
        N_("Billing profile added: {name}"),
        N_("Billing profile changed: {name}"),
        N_("Billing profile removed: {name}"),
    ),
}
_PEOPLE_LINES = {
    "relation": (N_("Relation added: {name}"), N_("Relation removed: {name}")),
    "collaborator": (N_("Collaborator added: {name}"), N_("Collaborator removed: {name}")),
}
_RELATIONS = {choice.value: choice.label for choice in people.RELATION_KINDS}


def events(connection: Connection, customer_id: int, before: Place | None, limit: int) -> list[Event]:
    """The changes before a place of the timeline, newest first; all of one entry come together."""
    own = customer_change.c
    query = (
        select(audit_entry.c.id, audit_entry.c.posted_at, audit_entry.c.actor, audit_detail.c.content)
        .join_from(customer_change, audit_entry, audit_entry.c.id == own.audit_id)
        .join(audit_detail, audit_detail.c.audit_id == audit_entry.c.id)
        .where(own.customer_id == customer_id, by_moment(audit_entry.c.posted_at, own.audit_id, before))
        .order_by(own.audit_id.desc())
        .limit(limit)
    )
    found: list[Event] = []
    rows = connection.execute(query).all()
    own_fields = _own_fields(connection) if rows else {}
    for row in rows:
        for change in json.loads(row.content)["changes"]:
            if change["kind"] != "customer" or change["id"] != customer_id:
                continue
            title, detail = _words(change["before"] or {}, change["after"] or {}, own_fields)
            if title:
                detail = " · ".join(filter(None, (detail, row.actor)))
                found.append(Event("change", clock.local_day(row.posted_at), title, detail, order=row.id))
    made = _made_in_bulk(connection, customer_id)
    if made is not None and (before is None or (made.happened_on, made.order) < before):
        found.append(made)
    return found


def _made_in_bulk(connection: Connection, customer_id: int) -> Event | None:
    """The line of a customer whose creation the trail does not tell: made by an import, or its details were erased."""
    own = customer_change.c
    first = connection.execute(
        select(audit_detail.c.content)
        .join_from(customer_change, audit_detail, audit_detail.c.audit_id == own.audit_id, isouter=True)
        .where(own.customer_id == customer_id)
        .order_by(own.audit_id)
        .limit(1)
    ).scalar()
    for change in json.loads(first)["changes"] if first else ():
        is_first = (change["kind"], change["id"], change["before"]) == ("customer", customer_id, None)
        if is_first and "code" in (change["after"] or {}):
            return None
    made_at = connection.execute(select(customer.c.created_at).where(customer.c.id == customer_id)).scalar()
    if not made_at:
        return None
    return Event("change", clock.local_day(made_at), _("Customer created"), order=customer_id)


def _own_fields(connection: Connection) -> dict[str, tuple[Field, ...]]:
    """The own fields of customers and contacts as the audit trail names them, retired ones too."""
    found: dict[str, tuple[Field, ...]] = {}
    for entry in everything(connection):
        found[entry.record] = (*found.get(entry.record, ()), replace(entry.field, name=entry.column))
    return found


def _words(
    before: dict[str, Any], after: dict[str, Any], own: Mapping[str, tuple[Field, ...]]
) -> tuple[str, str]:
    """Title and detail of one change of a customer."""
    if other := after.get("merged") or before.get("merged"):
        line = (
            _("{code} {name} merged into this customer")
            if "merged" in after
            else _("{code} {name} split off again")
        )
        return line.format(**other), ""
    for kind, lines in _PART_LINES.items():
        old, new = before.get(kind), after.get(kind)
        if old is not None or new is not None:
            line = lines[0] if old is None else lines[2] if new is None else lines[1]
            shown = new or old or {}
            name = shown.get("name") or shown.get("title") or (old or {}).get("name") or ""
            return _(line).format(name=name).rstrip(": ："), _differences(
                old, new, (*specs.PARTS[kind], *own.get(kind, ()))
            )
    if "tag" in before or "tag" in after:
        line = N_("Tag added: {name}") if "tag" in after else N_("Tag removed: {name}")
        return _(line).format(name=after.get("tag") or before.get("tag")), ""
    if "category" in before or "category" in after:
        place = after if "category" in after else before
        line = N_("Put into {category}") if place is after else N_("Taken out of {category}")
        return _(line).format(category=place["category"]), str(place.get("dimension", ""))
    for kind, lines in _PEOPLE_LINES.items():
        shown = after.get(kind) or before.get(kind)
        if shown:
            line = lines[0] if kind in after else lines[1]
            return _(line).format(name=_person_words(shown)), ""
    if "anonymised" in after:
        return _("Anonymised"), str(after.get("reason", ""))
    if "is_active" in after:
        return (_("Activated again") if after["is_active"] else _("Deactivated")), ""
    if not before and "code" in after:
        return _("Customer created"), ""
    return _("Details changed"), _differences(before, after, (*specs.CUSTOMER, *own.get("customer", ())))


def _person_words(shown: Any) -> str:
    if isinstance(shown, str):
        return shown
    kind = _(_RELATIONS.get(str(shown["kind"]), str(shown["kind"])))
    return _("{other} is the “{kind}” of {customer}").format(
        other=shown["other"], kind=kind, customer=shown["customer"]
    )


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
    if isinstance(value, list):
        return ", ".join(_shown(field, one) for one in value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return next((_(choice.label) for choice in field.choices if choice.value == value), str(value))
