"""Exclusions from reminders: of a whole customer or of one invoice, until a day or for now, with a reason."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, or_, select, update

from crmdesk.models import clock
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import pick
from crmdesk.models.specs.reminders import HOLD
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.reminders import dunning_hold
from crmdesk.services import customers, posted
from crmdesk.services.open_items import DEBIT_KINDS
from crmdesk.services.posted import Posted
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_TABLE = dunning_hold.c


class Hold(NamedTuple):
    """An exclusion; without a document it is the whole customer's, without `until_on` for now."""

    id: int
    customer_id: int
    document_id: int | None
    held_on: date
    until_on: date | None
    reason: str
    actor: str


def active(connection: Connection, on: date, customer_id: int | None = None) -> list[Hold]:
    """The exclusions in force on a day, oldest first."""
    query = (
        select(*(getattr(_TABLE, name) for name in Hold._fields))
        .where(
            _TABLE.held_on <= on,
            or_(_TABLE.until_on.is_(None), _TABLE.until_on >= on),
            or_(_TABLE.ended_on.is_(None), _TABLE.ended_on > on),
        )
        .order_by(_TABLE.id)
    )
    if customer_id is not None:
        query = query.where(_TABLE.customer_id == customer_id)
    return [Hold(*row) for row in connection.execute(query)]


def invoice_of(connection: Connection, on: date, document_id: int) -> str:
    """The number that ends the exclusion of an item: its own, or nothing where the whole customer is excluded."""
    row = connection.execute(
        select(document.c.number, document.c.customer_id).where(document.c.id == document_id)
    ).one()
    is_own = any(one.document_id == document_id for one in active(connection, on, row.customer_id))
    return row.number if is_own else ""


def demand_of(unit: Unit, customer_id: int, number: str | None) -> Posted | None:
    """The live invoice or opening balance of this customer that was named, or None if none was."""
    if not number:
        return None
    found = posted.find(unit, DEBIT_KINDS, number, "invoice")
    if found.customer_id != customer_id:
        raise Conflict(
            Code.OTHER_CUSTOMER,
            _("{number} belongs to another customer.").format(number=number),
            field="invoice",
        )
    posted.require_live(found, "invoice")
    return found


@use_case(
    "dunning.hold",
    fields=HOLD,
    summary=N_("Exclude a customer, or one of his invoices, from reminders until a day."),
    errors=(
        Code.CUSTOMER_MISSING,
        Code.NOT_FOUND,
        Code.OTHER_CUSTOMER,
        Code.REVERSED,
        Code.DATE_ORDER,
        Code.DUPLICATE,
    ),
)
def hold(
    unit: Unit, *, customer: str, invoice: str | None, until: date | None, reason: str, date: date | None
) -> dict[str, Any]:
    """Excludes from `date` to `until`, both included; a second exclusion of the same is refused."""
    owner = customers.find(unit, customer)
    demand = demand_of(unit, owner.id, invoice)
    on = date or clock.today()
    if until is not None and until < on:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("The exclusion ends ({until}) before it begins ({date}).").format(
                until=until.isoformat(), date=on.isoformat()
            ),
            field="until",
        )
    unit.flush()
    wanted = demand.id if demand else None
    if any(one.document_id == wanted for one in active(unit.connection, on, owner.id)):
        raise Conflict(
            Code.DUPLICATE,
            _("{name} is excluded already. End that exclusion first (dunning.unhold).").format(
                name=invoice or owner.code
            ),
            field="invoice" if invoice else "customer",
        )
    record_id = unit.next_id()
    unit.add(
        dunning_hold,
        id=record_id,
        customer_id=owner.id,
        document_id=wanted,
        held_on=on,
        until_on=until,
        reason=reason,
        actor=unit.actor,
    )
    told = {
        "customer": owner.code,
        "invoice": invoice,
        "until": until and until.isoformat(),
        "reason": reason,
    }
    unit.note("dunning_hold", record_id, None, told)
    unit.changes.add("customer", owner.id)
    unit.changes.everything.add("reminder")
    return {"customer": owner.code, "invoice": invoice, "until": until.isoformat() if until else None}


@use_case(
    "dunning.unhold",
    fields=pick(HOLD, "customer", "invoice", "date"),
    summary=N_("End an exclusion from reminders."),
    errors=(Code.CUSTOMER_MISSING, Code.NOT_FOUND, Code.OTHER_CUSTOMER),
)
def unhold(unit: Unit, *, customer: str, invoice: str | None, date: date | None) -> dict[str, Any]:
    """Ends the exclusion in force on a day; from that day on reminders go on."""
    owner = customers.find(unit, customer)
    on = date or clock.today()
    wanted = posted.find(unit, DEBIT_KINDS, invoice, "invoice").id if invoice else None
    unit.flush()
    found = [one for one in active(unit.connection, on, owner.id) if one.document_id == wanted]
    if not found:
        raise NotFound(
            Code.NOT_FOUND,
            _("{name} is not excluded from reminders on {date}.").format(
                name=invoice or owner.code, date=on.isoformat()
            ),
            field="invoice" if invoice else "customer",
        )
    unit.execute(
        update(dunning_hold).where(and_(_TABLE.id.in_([one.id for one in found]))).values(ended_on=on)
    )
    unit.note("dunning_hold", found[0].id, {"reason": found[0].reason}, {"ended_on": on.isoformat()})
    unit.changes.add("customer", owner.id)
    unit.changes.everything.add("reminder")
    return {"customer": owner.code, "invoice": invoice, "date": on.isoformat()}
