"""Who works on a customer besides its owner (A9), and who was its owner since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy import delete as sql_delete

from crmdesk.models import clock
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import pick
from crmdesk.models.specs import people as specs
from crmdesk.models.tables.customers import customer as customer_table
from crmdesk.models.tables.people import customer_collaborator as _TABLE
from crmdesk.models.tables.people import owner_change
from crmdesk.services.customer_lookup import find
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _


@dataclass(frozen=True, slots=True)
class Collaborator:
    """Somebody who works on a customer; `access` is edit or read."""

    name: str
    access: str
    since_on: date
    actor: str


@dataclass(frozen=True, slots=True)
class OwnerSpan:
    """Who was the owner from a day on; `until_on` is the day the next one came, None for the present one."""

    owner: str
    from_on: date
    until_on: date | None
    actor: str
    """Who made it so; empty for the first owner."""


@use_case(
    "collaborator.add",
    fields=specs.COLLABORATOR,
    summary=N_("Let somebody work on a customer besides its owner, or change what he may."),
    errors=(Code.CUSTOMER_MISSING, Code.DUPLICATE, Code.REQUIRED),
)
def add(unit: Unit, *, customer: str, name: str, access: str = "edit") -> dict[str, Any]:
    """Adds a collaborator; one who is there gets the new access. The owner himself is refused `duplicate`."""
    owner = find(unit, customer)
    name = name.strip()
    if not name:
        raise InvalidInput(Code.REQUIRED, _("“{field}” is required.").format(field="name"), field="name")
    own = unit.execute(select(customer_table.c.owner).where(customer_table.c.id == owner.id)).scalar()
    if own == name:
        raise Conflict(
            Code.DUPLICATE,
            _("{name} is the owner of {code} already.").format(name=name, code=owner.code),
            field="name",
        )
    key = (_TABLE.c.customer_id == owner.id, _TABLE.c.name == name)
    known = unit.first(select(_TABLE.c.access).where(*key))
    if known is None:
        unit.add(
            _TABLE, customer_id=owner.id, name=name, access=access, since_on=clock.today(), actor=unit.actor
        )
    elif known.access != access:
        unit.execute(update(_TABLE).where(*key).values(access=access))
    if known is None or known.access != access:
        before = None if known is None else {"collaborator": name, "access": known.access}
        unit.note("customer", owner.id, before, {"collaborator": name, "access": access})
    return {"customer": owner.code, "name": name, "access": access}


@use_case(
    "collaborator.remove",
    fields=pick(specs.COLLABORATOR, "customer", "name"),
    summary=N_("Take somebody off a customer."),
    errors=(Code.CUSTOMER_MISSING, Code.NOT_FOUND),
)
def remove(unit: Unit, *, customer: str, name: str) -> dict[str, Any]:
    """Removes a collaborator."""
    owner = find(unit, customer)
    key = (_TABLE.c.customer_id == owner.id, _TABLE.c.name == name.strip())
    if unit.first(select(_TABLE.c.name).where(*key)) is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("{name} does not work on {code}.").format(name=name[:60], code=owner.code),
            field="name",
        )
    unit.execute(sql_delete(_TABLE).where(*key))
    unit.note("customer", owner.id, {"collaborator": name.strip()}, None)
    return {"customer": owner.code, "name": name.strip()}


def note_owner(unit: Unit, customer_id: int, before: str, after: str) -> None:
    """Notes that a customer got another owner; the new one is no collaborator any more."""
    unit.add(
        owner_change,
        id=unit.next_id(),
        customer_id=customer_id,
        before=before,
        after=after,
        changed_on=clock.today(),
        actor=unit.actor,
    )
    unit.execute(sql_delete(_TABLE).where(_TABLE.c.customer_id == customer_id, _TABLE.c.name == after))


# Reading


def of_customer(connection: Connection, customer_id: int) -> tuple[Collaborator, ...]:
    """Who works on a customer, by name."""
    query = (
        select(_TABLE.c.name, _TABLE.c.access, _TABLE.c.since_on, _TABLE.c.actor)
        .where(_TABLE.c.customer_id == customer_id)
        .order_by(_TABLE.c.name)
    )
    return tuple(Collaborator(*row) for row in connection.execute(query))


def owner_history(connection: Connection, customer_id: int) -> tuple[OwnerSpan, ...]:
    """Who was the owner since when, the present one last. Spans without an owner are told, too, but the first."""
    query = select(owner_change).where(owner_change.c.customer_id == customer_id).order_by(owner_change.c.id)
    changes = connection.execute(query).all()
    row = connection.execute(
        select(customer_table.c.owner, customer_table.c.created_at).where(customer_table.c.id == customer_id)
    ).one()
    owners = [changes[0].before if changes else row.owner, *(one.after for one in changes)]
    days = [clock.local_day(row.created_at), *(one.changed_on for one in changes)]
    actors = ["", *(one.actor for one in changes)]
    ends = [*days[1:], None]
    spans = [OwnerSpan(*values) for values in zip(owners, days, ends, actors, strict=True)]
    return tuple(spans[0 if owners[0] else 1 :])
