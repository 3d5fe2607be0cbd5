"""Activities (A5): calls, visits, messages, enquiries, complaints … with a customer, and when to contact him next.

An activity moves the customer's next contact to the date it names; where it names none, both sides met and the planned
day has come, to none. One that is dated before the customer's newest leaves it alone: history that is brought in late
plans nothing.
"""

from __future__ import annotations

import re
from datetime import date as Date
from typing import Any

from sqlalchemy import Connection, func, select, update
from sqlalchemy import delete as sql_delete

from crmdesk.models import clock
from crmdesk.models.errors import Code, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, optional
from crmdesk.models.specs import people as specs
from crmdesk.models.tables.customers import contact as contact_table
from crmdesk.models.tables.customers import customer as customer_table
from crmdesk.models.tables.people import activity as _TABLE
from crmdesk.models.tables.people import activity_product
from crmdesk.models.tables.products import product as product_table
from crmdesk.services import products as product_records
from crmdesk.services.customer_lookup import CustomerRow, find
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_TIME = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)")
_MINUTES_MAX = 24 * 60
_ACTIVITY = Field("activity", Kind.INTEGER, N_("Activity"), required=True, link="activity")
_CLEAR = Field("clear", Kind.LIST, N_("Fields to empty"))
_CLEARABLE = ("time", "direction", "person", "text", "outcome", "next_on", "duration", "products")
_TEXTS = ("direction", "person", "text", "outcome")
_ERRORS = (
    Code.CUSTOMER_MISSING,
    Code.NOT_FOUND,
    Code.REQUIRED,
    Code.OUT_OF_RANGE,
    Code.DATE_ORDER,
    Code.INVALID_TYPE,
)


@use_case(
    "activity.log",
    fields=specs.NEW_ACTIVITY,
    summary=N_(
        "Log a call, visit, message, enquiry, complaint … with a customer, and when to contact him next."
    ),
    errors=_ERRORS,
)
def log(
    unit: Unit,
    *,
    customer: str,
    kind: str,
    date: Date | None = None,
    time: str | None = None,
    direction: str | None = None,
    contact: int | None = None,
    person: str | None = None,
    text: str | None = None,
    outcome: str | None = None,
    products: list[str] | None = None,
    next_on: Date | None = None,
    duration: int | None = None,
) -> dict[str, Any]:
    """Logs an activity and gives its id and the customer's next contact date. `duration` in minutes."""
    owner = find(unit, customer)
    on = date or clock.today()
    clock_words = _time(time)
    _require_order(on, next_on)
    _require_duration(duration)
    contact_id, name = _person(unit, owner.id, contact, person)
    product_ids = _products(unit, products or ())
    planned = _plan_next(unit, owner, kind, on, next_on)
    record_id = unit.next_id()
    unit.add(
        _TABLE,
        id=record_id,
        customer_id=owner.id,
        kind=kind,
        dated_on=on,
        clock=clock_words,
        direction=direction or "",
        contact_id=contact_id,
        person=name,
        text=text or "",
        outcome=outcome or "",
        next_on=next_on,
        duration=duration,
        actor=unit.actor,
        recorded_at=clock.stamp(clock.now_utc()),
    )
    for product_id in product_ids:
        unit.add(activity_product, activity_id=record_id, product_id=product_id)
    told = {"customer": owner.code, "kind": kind, "date": on, "text": text, "next_on": next_on}
    unit.note("activity", record_id, None, {key: value for key, value in told.items() if value})
    unit.changes.add("customer", owner.id)
    return {"activity": record_id, "customer": owner.code, "next_contact": _iso(planned)}


@use_case(
    "activity.update",
    fields=(_ACTIVITY, *optional(specs.ACTIVITY), _CLEAR),
    summary=N_("Correct an activity; only what is given changes. The history keeps what it was."),
    errors=(*_ERRORS, Code.INVALID_CHOICE),
)
def change(
    unit: Unit,
    *,
    activity: int,
    kind: str | None = None,
    date: Date | None = None,
    time: str | None = None,
    contact: int | None = None,
    person: str | None = None,
    products: list[str] | None = None,
    next_on: Date | None = None,
    duration: int | None = None,
    clear: list[str] | None = None,
    **texts: str | None,
) -> dict[str, Any]:
    """Changes what is given. Where the activity had planned the next contact, its new date is planned instead."""
    row = _row(unit, activity)
    given = {
        "time": time,
        "person": person or contact,
        "next_on": next_on,
        "duration": duration,
        "products": products,
    }
    for name in clear or ():
        if name not in _CLEARABLE or (given | texts).get(name) is not None:
            raise InvalidInput(
                Code.INVALID_CHOICE, _("“{field}” cannot be emptied.").format(field=name[:40]), field="clear"
            )
    emptied = set(clear or ())
    wanted: dict[str, Any] = {name: value for name, value in texts.items() if value is not None}
    wanted |= dict.fromkeys(emptied.intersection(_TEXTS), "")
    wanted |= dict.fromkeys(emptied.intersection(("next_on", "duration")))
    for name, value in (("kind", kind), ("dated_on", date), ("next_on", next_on), ("duration", duration)):
        if value is not None:
            wanted[name] = value
    if time is not None or "time" in emptied:
        wanted["clock"] = _time(time)
    if contact is not None or person is not None:
        wanted["contact_id"], wanted["person"] = _person(unit, row["customer_id"], contact, person)
    elif "person" in emptied:
        wanted["contact_id"] = None
    _require_order(wanted.get("dated_on", row["dated_on"]), wanted.get("next_on", row["next_on"]))
    _require_duration(duration)
    product_ids = None if products is None and "products" not in emptied else _products(unit, products or ())
    changed = {name: value for name, value in wanted.items() if row[name] != value}
    if product_ids is not None:
        product_ids = None if set(product_ids) == set(_product_ids(unit, activity)) else product_ids
    if changed or product_ids is not None:
        if changed:
            unit.execute(update(_TABLE).where(_TABLE.c.id == activity).values(**changed))
        if product_ids is not None:
            unit.execute(sql_delete(activity_product).where(activity_product.c.activity_id == activity))
            for product_id in product_ids:
                unit.add(activity_product, activity_id=activity, product_id=product_id)
        if "next_on" in changed:
            move_next(unit, row["customer_id"], row["next_on"], changed["next_on"])
        unit.note("activity", activity, {name: row[name] for name in changed}, changed)
        unit.changes.add("customer", row["customer_id"])
    return {"activity": activity}


@use_case(
    "activity.remove",
    fields=(_ACTIVITY,),
    summary=N_("Remove an activity that was logged by mistake; the history keeps it."),
    errors=(Code.NOT_FOUND,),
)
def remove(unit: Unit, *, activity: int) -> dict[str, Any]:
    """Removes an activity; the next contact that it planned goes with it."""
    row = _row(unit, activity)
    unit.execute(sql_delete(activity_product).where(activity_product.c.activity_id == activity))
    unit.execute(sql_delete(_TABLE).where(_TABLE.c.id == activity))
    if row["next_on"] is not None:
        move_next(unit, row["customer_id"], row["next_on"], None)
    kept = {name: value for name, value in row.items() if value not in (None, "")}
    unit.note("activity", activity, kept, None)
    unit.changes.add("customer", row["customer_id"])
    return {"activity": activity}


def _row(unit: Unit, activity_id: int) -> dict[str, Any]:
    row = unit.first(select(_TABLE).where(_TABLE.c.id == activity_id))
    if row is None:
        raise _gone(activity_id)
    return dict(row._mapping)


def _gone(activity_id: int) -> NotFound:
    return NotFound(
        Code.NOT_FOUND,
        _("There is no activity {number}; it may have been removed.").format(number=activity_id),
        field="activity",
    )


def _time(written: str | None) -> str:
    if not written:
        return ""
    found = _TIME.fullmatch(written.strip())
    if found is None:
        raise InvalidInput(
            Code.INVALID_TYPE,
            _("“{value}” is no time. Write it as 14:30.").format(value=written),
            field="time",
        )
    return f"{int(found[1]):02d}:{found[2]}"


def _require_order(on: Date, next_on: Date | None) -> None:
    if next_on is not None and next_on < on:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("The next contact ({due}) is before the activity itself ({date}).").format(
                due=next_on.isoformat(), date=on.isoformat()
            ),
            field="next_on",
        )


def _require_duration(minutes: int | None) -> None:
    if minutes is not None and minutes > _MINUTES_MAX:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("An activity lasts {count} minutes at most.").format(count=_MINUTES_MAX),
            field="duration",
        )


def _person(unit: Unit, customer_id: int, contact: int | None, person: str | None) -> tuple[int | None, str]:
    """The contact and the name: by id, or by a name that exactly one contact has."""
    if contact is None and not person:
        return None, ""
    people = contact_table.c
    rows = unit.execute(select(people.id, people.name).where(people.customer_id == customer_id)).all()
    if contact is None:
        same = [row.id for row in rows if row.name == person]
        return (same[0] if len(same) == 1 else None), person or ""
    name = next((row.name for row in rows if row.id == contact), None)
    if name is None:
        raise NotFound(
            Code.NOT_FOUND, _("This customer has no such contact. Choose one of his own."), field="contact"
        )
    return contact, name


def _products(unit: Unit, codes: Any) -> list[int]:
    return list(dict.fromkeys(product_records.find(unit, code, "products").id for code in codes))


def _product_ids(unit: Unit, activity_id: int) -> list[int]:
    query = select(activity_product.c.product_id).where(activity_product.c.activity_id == activity_id)
    return list(unit.execute(query).scalars())


def _plan_next(unit: Unit, owner: CustomerRow, kind: str, on: Date, next_on: Date | None) -> Date | None:
    """Moves the customer's next contact and gives it. No new version: nobody's open form is out of date by a call."""
    table = customer_table.c
    planned: Date | None = unit.execute(select(table.next_contact).where(table.id == owner.id)).scalar()
    newest = unit.execute(
        select(func.max(_TABLE.c.dated_on)).where(_TABLE.c.customer_id == owner.id)
    ).scalar()
    wanted = next_on
    if newest is not None and on < newest:
        wanted = planned
    elif next_on is None:
        has_come = planned is not None and kind in specs.CONTACTING and on >= planned
        wanted = None if has_come else planned
    if wanted != planned:
        _set_next(unit, owner.id, wanted)
    return wanted


def move_next(unit: Unit, customer_id: int, old: Date | None, new: Date | None) -> None:
    """A corrected or removed activity moves the plan that it made, and no other."""
    table = customer_table.c
    planned = unit.execute(select(table.next_contact).where(table.id == customer_id)).scalar()
    if planned == old and planned != new:
        _set_next(unit, customer_id, new)


def _set_next(unit: Unit, customer_id: int, wanted: Date | None) -> None:
    unit.execute(update(customer_table).where(customer_table.c.id == customer_id).values(next_contact=wanted))


def _iso(day: Date | None) -> str | None:
    return None if day is None else day.isoformat()


# Reading


def values_of(connection: Connection, activity_id: int) -> dict[str, Any]:
    """What an activity says, by the names of its fields (`specs.ACTIVITY`); NotFound when it was removed."""
    row = connection.execute(select(_TABLE).where(_TABLE.c.id == activity_id)).first()
    if row is None:
        raise _gone(activity_id)
    query = (
        select(product_table.c.code)
        .join(activity_product, activity_product.c.product_id == product_table.c.id)
        .where(activity_product.c.activity_id == activity_id)
        .order_by(product_table.c.code)
    )
    return {
        "kind": row.kind,
        "date": row.dated_on,
        "time": row.clock,
        "direction": row.direction or None,
        "person": row.person,
        "text": row.text,
        "outcome": row.outcome,
        "products": list(connection.execute(query).scalars()),
        "next_on": row.next_on,
        "duration": row.duration,
    }
