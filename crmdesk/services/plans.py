"""Instalment plans (分期/回款计划): made, replaced, cancelled, and billed instalment by instalment.

A plan is never changed: a new one takes its place, and the old one stays readable. What was billed goes on in the
new plan as it was. The parts of a plan always add up to the contract's total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models import clock, money, validation
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, required
from crmdesk.models.instalments import Part
from crmdesk.models.specs.agreements import (
    CONTRACT,
    CONTRACT_LINK,
    MUST_HAVE_REASON,
    PLAN,
    VERSION,
)
from crmdesk.models.specs.documents import DATE, DUE
from crmdesk.models.tables.agreements import instalment, plan
from crmdesk.services import agreements, contract_bills, contract_money
from crmdesk.services.agreements import Agreement
from crmdesk.services.invoices import LINE_ERRORS
from crmdesk.services.plan_parts import parts_of
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _, counted

NO_PLAN = "none"
"""The way of the empty plan that a cancelled one leaves."""
_CONTRACT = required(CONTRACT_LINK)
_ERRORS = (
    Code.NOT_FOUND,
    Code.WRONG_STATE,
    Code.IN_USE,
    Code.TOTAL_DIFFERS,
    Code.REQUIRED,
    Code.OUT_OF_RANGE,
    Code.TOO_MANY_DECIMALS,
    Code.DATE_ORDER,
    Code.CHANGED_BY,
)


@dataclass(frozen=True, slots=True)
class Instalment:
    """One instalment of a plan as it was written; amounts in minor units of the contract's currency."""

    id: int
    root_id: int
    position: int
    label: str
    due_on: date
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan of a contract. Version 1 is the first; the highest version counts."""

    id: int
    contract_id: int
    version: int
    way: str
    dated_on: date
    reason: str
    instalments: tuple[Instalment, ...]


def versions(connection: Connection, contract_id: int) -> list[Plan]:
    """Every plan a contract has had, oldest first; a cancelled one is followed by one without instalments."""
    own: dict[int, list[Instalment]] = {}
    rows = connection.execute(
        select(
            instalment.c.plan_id,
            instalment.c.id,
            instalment.c.root_id,
            instalment.c.position,
            instalment.c.label,
            instalment.c.due_on,
            instalment.c.amount_minor,
        )
        .join(plan, plan.c.id == instalment.c.plan_id)
        .where(plan.c.contract_id == contract_id)
        .order_by(instalment.c.plan_id, instalment.c.position)
    )
    for plan_id, *values in rows:
        own.setdefault(plan_id, []).append(Instalment(*values))
    heads = connection.execute(
        select(plan.c.id, plan.c.contract_id, plan.c.version, plan.c.way, plan.c.dated_on, plan.c.reason)
        .where(plan.c.contract_id == contract_id)
        .order_by(plan.c.version)
    )
    return [Plan(*head, instalments=tuple(own.get(head.id, ()))) for head in heads]


def current(connection: Connection, contract_id: int) -> Plan | None:
    """The plan that counts, or None where there is none (any more)."""
    found = versions(connection, contract_id)
    return found[-1] if found and found[-1].way != NO_PLAN else None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a plan would be: the instalments that stay, and the new ones over what is left."""

    contract: str
    currency: str
    total_minor: int
    kept: tuple[Instalment, ...]
    parts: tuple[Part, ...]


def preview(connection: Connection, contract: str, arguments: dict[str, Any]) -> Preview:
    """What `plan.create` (or, where there is a plan, `plan.replan`) would make of these arguments. Writes nothing."""
    values = validation.check(PLAN, arguments)
    found = agreements.require(connection, CONTRACT, contract, "contract")
    kept = _kept(connection, found)
    left = found.total_minor - sum(entry.amount_minor for entry in kept)
    parts = parts_of(left, found.currency, values, first_position=len(kept) + 1)
    return Preview(found.number, found.currency, found.total_minor, tuple(kept), tuple(parts))


def _kept(connection: Connection, found: Agreement) -> list[Instalment]:
    """The instalments of the present plan that are billed and therefore stay."""
    present = current(connection, found.id)
    if present is None:
        return []
    billed = {
        bill.instalment_id for bill in contract_bills.bills_of(connection, [found.id]) if bill.void_on is None
    }
    return [entry for entry in present.instalments if entry.root_id in billed]


# Use cases


@use_case(
    "plan.create",
    fields=(_CONTRACT, *PLAN, DATE, VERSION),
    summary=N_("Plan the instalments of a contract; together they are its total."),
    errors=(*_ERRORS, Code.IS_BILLED),
)
def create(
    unit: Unit, *, contract: str, date: date | None, version: int | None, **values: Any
) -> dict[str, Any]:
    """Makes the first plan of a contract, also of a draft; one that was billed as a whole is refused."""
    found, on, before = _plannable(unit, contract, date, version)
    if before and before[-1].way != NO_PLAN:
        raise Conflict(
            Code.IN_USE,
            _("{number} has a plan already. Replace it (plan.replan).").format(number=found.number),
            field="contract",
        )
    contract_bills.require_not_billed(unit, found, _("Void that invoice first, then plan instalments."))
    parts = parts_of(found.total_minor, found.currency, values, language=unit.settings.language)
    return _write(unit, found, on, values["way"], "", len(before) + 1, [], parts)


@use_case(
    "plan.replan",
    fields=(_CONTRACT, *PLAN, MUST_HAVE_REASON, DATE, VERSION),
    summary=N_(
        "Plan anew what is not billed yet; billed instalments go on as they are, the old plan stays readable."
    ),
    errors=_ERRORS,
)
def replan(
    unit: Unit, *, contract: str, reason: str, date: date | None, version: int | None, **values: Any
) -> dict[str, Any]:
    """Replaces the plan: the arguments say how what is not billed yet is to be paid."""
    found, on, before = _plannable(unit, contract, date, version)
    if not before or before[-1].way == NO_PLAN:
        raise Conflict(
            Code.NOT_FOUND,
            _("{number} has no plan yet. Make one (plan.create).").format(number=found.number),
            field="contract",
        )
    kept = _kept(unit.connection, found)
    left = found.total_minor - sum(entry.amount_minor for entry in kept)
    parts = parts_of(
        left, found.currency, values, first_position=len(kept) + 1, language=unit.settings.language
    )
    return _write(unit, found, on, values["way"], reason, len(before) + 1, kept, parts)


@use_case(
    "plan.cancel",
    fields=(_CONTRACT, MUST_HAVE_REASON, DATE, VERSION),
    summary=N_("Cancel the plan of a contract of which nothing is billed; it stays readable."),
    errors=(*_ERRORS, Code.IS_BILLED),
)
def cancel(
    unit: Unit, *, contract: str, reason: str, date: date | None, version: int | None
) -> dict[str, Any]:
    """Cancels the plan, so that the contract can be changed, or billed as a whole."""
    found, on, before = _plannable(unit, contract, date, version)
    if not before or before[-1].way == NO_PLAN:
        raise Conflict(
            Code.NOT_FOUND, _("{number} has no plan.").format(number=found.number), field="contract"
        )
    contract_bills.require_not_billed(unit, found, _("Void those invoices first, or plan anew."))
    return _write(unit, found, on, NO_PLAN, reason, len(before) + 1, [], [])


def _plannable(
    unit: Unit, number: str, day: date | None, version: int | None
) -> tuple[Agreement, date, list[Plan]]:
    found = agreements.find(unit, CONTRACT, number)
    agreements.require_version(found, version)
    on = day or clock.today()
    if found.state not in ("draft", "signed", "running"):
        raise Conflict(
            Code.WRONG_STATE,
            _("{number} is {state}; nothing is planned for it any more.").format(
                number=found.number, state=agreements.state_label(CONTRACT, found.state)
            ),
            field="contract",
        )
    if any(rest.net_minor < 0 or rest.tax_minor < 0 for rest in contract_bills.groups_of(found).values()):
        raise Conflict(
            Code.OUT_OF_RANGE,
            _("{number} has less than nothing at one tax rate; it cannot be billed in parts.").format(
                number=found.number
            ),
            field="contract",
        )
    before = versions(unit.connection, found.id)
    earliest = max([found.dated_on, *(entry.dated_on for entry in before)])
    if on < earliest:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("A plan of {number} is dated {date} or later.").format(
                number=found.number, date=earliest.isoformat()
            ),
            field="date",
        )
    return found, on, before


def _write(
    unit: Unit,
    found: Agreement,
    on: date,
    way: str,
    reason: str,
    version: int,
    kept: Sequence[Instalment],
    parts: Sequence[Part],
) -> dict[str, Any]:
    for part in parts:
        if part.due_on < found.dated_on:
            raise InvalidInput(
                Code.DATE_ORDER,
                _("“{field}”: {day} is before the date of the document ({date}).").format(
                    field="due", day=part.due_on.isoformat(), date=found.dated_on.isoformat()
                ),
                field="due",
            )
    plan_id = unit.next_id()
    unit.add(
        plan,
        id=plan_id,
        contract_id=found.id,
        version=version,
        way=way,
        dated_on=on,
        reason=reason,
        created_at=clock.stamp(clock.now_utc()),
        actor=unit.actor,
        audit_id=unit.audit_id,
    )
    told: list[dict[str, Any]] = []
    rows = [(entry.root_id, entry.label, entry.due_on, entry.amount_minor, False) for entry in kept]
    rows += [(None, part.label, part.due_on, part.amount_minor, part.is_odd) for part in parts]
    for position, (root_id, label, due_on, amount_minor, is_odd) in enumerate(rows, start=1):
        own_id = unit.next_id()
        unit.add(
            instalment,
            id=own_id,
            plan_id=plan_id,
            root_id=root_id or own_id,
            position=position,
            label=label,
            due_on=due_on,
            currency=found.currency,
            amount_minor=amount_minor,
        )
        told.append(
            {
                "instalment": position,
                "label": label,
                "due": due_on.isoformat(),
                "amount": money.plain(amount_minor, found.currency),
                "odd": is_odd,
                "billed": root_id is not None,
            }
        )
    # the contract's version counts up: a window that shows the old plan is told so
    agreements.touch(unit, found)
    unit.note("plan", plan_id, None, {"contract": found.number, "version": version, "instalments": told})
    return {
        "contract": found.number,
        "plan": version,
        "version": found.version,
        "total": money.plain(sum(row[3] for row in rows), found.currency),
        "instalments": told,
    }


@use_case(
    "plan.bill",
    fields=(
        _CONTRACT,
        Field("instalment", Kind.INTEGER, N_("Instalment"), help=N_("Its place in the plan, from 1.")),
        DUE,
        DATE,
        VERSION,
    ),
    summary=N_(
        "Issue the invoice of an instalment, or of all that are due by a day; money tied to the contract settles them."
    ),
    errors=(*LINE_ERRORS, Code.WRONG_STATE, Code.IS_BILLED, Code.CHANGED_BY),
)
def bill(
    unit: Unit,
    *,
    contract: str,
    instalment: int | None,
    due: date | None,
    date: date | None,
    version: int | None,
) -> dict[str, Any]:
    """Bills instalments, each with its own due date; without `instalment` all that are due by `due` (default `date`).

    One invoice per instalment; together they have exactly the contract's net and tax of every rate.
    """
    found = agreements.find(unit, CONTRACT, contract)
    agreements.require_version(found, version)
    on = date or clock.today()
    present = current(unit.connection, found.id)
    if present is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("{number} has no plan. Bill it as a whole (contract.bill), or plan instalments.").format(
                number=found.number
            ),
            field="contract",
        )
    contract_bills.require_billable(found, on)
    chosen = _chosen(unit, found, present, instalment, due or on)
    invoices: list[dict[str, Any]] = []
    for entry in chosen:
        answer, _issued = contract_bills.bill_part(
            unit, found, on, entry.due_on, entry.amount_minor, entry.label, entry.root_id
        )
        invoices.append({"instalment": entry.position, "invoice": answer["number"], **answer})
    settled = contract_money.settle_with_tied(unit, found, [entry["invoice"] for entry in invoices], on)
    for entry in invoices:
        entry["open"] = money.plain(contract_money.open_minor(unit, entry["invoice"]), found.currency)
        del entry["number"]
    return {
        "contract": found.number,
        "invoices": invoices,
        "open": settled["open"],
        "allocations": settled["allocations"],
    }


def _chosen(
    unit: Unit, found: Agreement, present: Plan, position: int | None, until: date
) -> list[Instalment]:
    billed = {bill.instalment_id: bill.number for bill in contract_bills.live_bills(unit, found)}
    if position is None:
        return [
            entry for entry in present.instalments if entry.root_id not in billed and entry.due_on <= until
        ]
    entry = next((one for one in present.instalments if one.position == position), None)
    if entry is None:
        raise NotFound(
            Code.NOT_FOUND,
            counted(
                N_("The plan of {number} has {count} instalments; there is no {position}."),
                len(present.instalments),
                number=found.number,
                position=position,
            ),
            field="instalment",
        )
    if entry.root_id in billed:
        raise Conflict(
            Code.IS_BILLED,
            _("{label} of {number} is billed by {invoice}.").format(
                label=entry.label, number=found.number, invoice=billed[entry.root_id]
            ),
            field="instalment",
        )
    return [entry]
