"""Requests for tax invoices (开票申请): asked for, then issued, refused or withdrawn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict, CrmdeskError, InvalidInput, NotFound
from crmdesk.models.fields import required
from crmdesk.models.specs import fapiao as specs
from crmdesk.models.specs.documents import DATE, REASON
from crmdesk.models.tables.customers import billing_profile
from crmdesk.models.tables.customers import customer as customer_table
from crmdesk.models.tables.fapiao import fapiao_request, fapiao_request_part, fapiao_request_state
from crmdesk.services import customers, fapiao_lines, fapiao_worth, posted
from crmdesk.services.fapiao_lines import Line
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

PROFILE_NAMES = (
    "kind",
    "title",
    "tax_number",
    "bank",
    "bank_account",
    "address",
    "phone",
    "email",
    "recipient",
)
REQUEST_ERRORS = (
    Code.CUSTOMER_MISSING,
    Code.NOT_FOUND,
    Code.OVER_INVOICED,
    Code.OTHER_CUSTOMER,
    Code.CURRENCY_MIXED,
    Code.RATE_MISSING,
    Code.OUT_OF_RANGE,
    Code.REVERSED,
    Code.TAX_NUMBER_MISSING,
    Code.PERSON_NOT_ALLOWED,
)


@dataclass(slots=True)
class Request:
    """A request in memory; amounts in minor units of the currency of its bills."""

    id: int
    number: str
    customer_id: int
    kind: str
    medium: str
    currency: str
    home_currency: str
    profile: str
    total_minor: int
    dated_on: date
    state: str


def snapshot(unit: Unit, customer_id: int, named: str | None) -> dict[str, str]:
    """The billing profile (开票信息) by title or id, else the primary one, else what the customer himself says."""
    query = select(billing_profile).where(billing_profile.c.customer_id == customer_id)
    rows = unit.execute(query.order_by(billing_profile.c.is_primary.desc(), billing_profile.c.id)).all()
    if named:
        rows = [row for row in rows if named in (row.title, str(row.id))]
        if not rows:
            raise NotFound(
                Code.NOT_FOUND,
                _("The customer has no billing profile “{title}”. Add it, or choose another.").format(
                    title=named[:60]
                ),
                field="profile",
            )
    if rows:
        return {name: getattr(rows[0], name) for name in PROFILE_NAMES}
    row = unit.execute(select(customer_table).where(customer_table.c.id == customer_id)).one()
    own = {"kind": row.kind, "title": row.name, "tax_number": row.tax_number, "phone": row.phone}
    return dict.fromkeys(PROFILE_NAMES, "") | own | {"email": row.email}


def require_kind(unit: Unit, customer_id: int, kind: str, profile: Mapping[str, str]) -> None:
    """A special invoice (专用) needs a tax number and is never for a person (domain.md, "Fapiao")."""
    query = select(customer_table.c.kind).where(customer_table.c.id == customer_id)
    refused = kind_refusal(unit.execute(query).scalar_one(), kind, profile)
    if refused is not None:
        raise refused


def kind_refusal(owner_kind: str, kind: str, profile: Mapping[str, str]) -> CrmdeskError | None:
    """Why a customer of that kind cannot get this kind of tax invoice with this profile, or nothing."""
    if kind != specs.SPECIAL:
        return None
    if "person" in (owner_kind, profile["kind"]):
        return Conflict(
            Code.PERSON_NOT_ALLOWED,
            _("A special VAT invoice is never for a person. Choose an ordinary one."),
            field="kind",
        )
    if not profile["tax_number"]:
        return InvalidInput(
            Code.TAX_NUMBER_MISSING,
            _("A special VAT invoice needs the buyer's tax number; “{title}” has none.").format(
                title=profile["title"][:60]
            ),
            field="profile",
        )
    return None


def as_json(profile: Mapping[str, str]) -> str:
    """The snapshot as it is stored."""
    return json.dumps(dict(profile), ensure_ascii=False, sort_keys=True)


def currency_of(unit: Unit, lines: list[Line]) -> str:
    """The currency of the bills; `for_bills` has seen to it that there is one."""
    return posted.by_id(unit, lines[0].document_id).currency


@use_case(
    "fapiao.request",
    fields=specs.REQUEST,
    summary=N_("Ask for a tax invoice for one or more invoices, or parts of them."),
    errors=REQUEST_ERRORS,
)
def request(
    unit: Unit,
    *,
    customer: str,
    invoices: list[dict[str, Any]],
    profile: str | None,
    kind: str,
    medium: str,
    date: date | None,
    rate: Decimal | None,
    note: str | None,
) -> dict[str, Any]:
    """Asks for a tax invoice; what is asked for of a bill is kept for it until the request is issued or ends.

    The answer is what the tax invoice will say; of foreign bills `billed` adds what it takes of them.
    """
    owner = customers.find(unit, customer)
    on = date or clock.today()
    billing = snapshot(unit, owner.id, profile)
    require_kind(unit, owner.id, kind, billing)
    lines = fapiao_lines.for_bills(unit, owner.id, invoices, kind)
    currency = currency_of(unit, lines)
    lines = fapiao_worth.valued(unit, lines, currency, kind, on, rate)
    home = fapiao_worth.home_currency(currency, unit.settings.currency, kind)
    number = unit.next_number("fapiao_request", on)
    request_id = unit.next_id()
    unit.add(
        fapiao_request,
        id=request_id,
        number=number,
        customer_id=owner.id,
        dated_on=on,
        kind=kind,
        medium=medium,
        currency=currency,
        profile=as_json(billing),
        **fapiao_lines.head_amounts(lines, home),
        note=note or "",
        audit_id=unit.audit_id,
    )
    fapiao_lines.write(unit, fapiao_request_part, {"request_id": request_id}, lines)
    unit.add(fapiao_request_state, request_id=request_id, state=specs.REQUESTED, changed_on=on)
    unit.note("fapiao_request", request_id, None, {"number": number, "state": specs.REQUESTED})
    unit.changes.add("customer", owner.id)
    return {"number": number, **answer(lines, currency, home), "state": specs.REQUESTED}


def answer(lines: list[Line], currency: str, home: str) -> dict[str, Any]:
    """What use cases say of lines: the amounts of the tax document and, of foreign bills, what it takes of them."""
    net, tax = fapiao_lines.home_totals(lines)
    told: dict[str, Any] = {
        "net": money.plain(net, home),
        "tax": money.plain(tax, home),
        "total": money.plain(net + tax, home),
    }
    if home != currency:
        told["currency"] = home
        told["billed"] = {
            "currency": currency,
            "total": money.plain(sum(line.amount_minor for line in lines), currency),
            "rates": list(dict.fromkeys(line.rate for line in lines)),
        }
    return told


def find(unit: Unit, number: str, field: str = "request") -> Request:
    """The request with that number, with its state."""
    row = unit.first(
        select(
            fapiao_request.c.id,
            fapiao_request.c.number,
            fapiao_request.c.customer_id,
            fapiao_request.c.kind,
            fapiao_request.c.medium,
            fapiao_request.c.currency,
            fapiao_request.c.home_currency,
            fapiao_request.c.profile,
            fapiao_request.c.total_minor,
            fapiao_request.c.dated_on,
            fapiao_request_state.c.state,
        )
        .join(fapiao_request_state, fapiao_request_state.c.request_id == fapiao_request.c.id)
        .where(fapiao_request.c.number == number)
    )
    if row is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no tax invoice request {number}.").format(number=f"“{number[:60]}”"),
            field=field,
        )
    return Request(*row)


def require_move(found: Request, to: str, field: str = "request") -> None:
    """Refuses what may not follow the request's state."""
    if to not in specs.REQUEST_TRANSITIONS[found.state]:
        label = next(_(choice.label) for choice in specs.REQUEST_STATES if choice.value == found.state)
        raise Conflict(
            Code.STATE_REFUSED,
            _("{number} is “{state}”; this is not possible any more.").format(
                number=found.number, state=label
            ),
            field=field,
        )


def move(unit: Unit, found: Request, to: str, on: date, reason: str = "") -> None:
    """Puts a request into the next state; `require_move` has been asked."""
    unit.execute(
        update(fapiao_request_state)
        .where(fapiao_request_state.c.request_id == found.id)
        .values(state=to, changed_on=on, reason=reason)
    )
    unit.note("fapiao_request", found.id, {"state": found.state}, {"state": to, "reason": reason})
    unit.changes.add("customer", found.customer_id)


@use_case(
    "fapiao.refuse",
    fields=(specs.REQUEST_LINK, required(REASON), DATE),
    summary=N_("Refuse a request for a tax invoice."),
    errors=(Code.NOT_FOUND, Code.STATE_REFUSED),
)
def refuse(unit: Unit, *, request: str, reason: str, date: date | None) -> dict[str, Any]:
    """Finance refuses a request; its bills are free again."""
    return _end(unit, request, specs.REFUSED, reason, date)


@use_case(
    "fapiao.withdraw",
    fields=(specs.REQUEST_LINK, required(REASON), DATE),
    summary=N_("Withdraw a request for a tax invoice."),
    errors=(Code.NOT_FOUND, Code.STATE_REFUSED),
)
def withdraw(unit: Unit, *, request: str, reason: str, date: date | None) -> dict[str, Any]:
    """Whoever asked takes the request back; its bills are free again."""
    return _end(unit, request, specs.WITHDRAWN, reason, date)


def _end(unit: Unit, number: str, to: str, reason: str, on: date | None) -> dict[str, Any]:
    found = find(unit, number)
    require_move(found, to)
    move(unit, found, to, on or clock.today(), reason)
    return {"number": found.number, "state": to}


def lines_of(unit: Unit, request_id: int) -> list[Line]:
    """The lines of a request in their order."""
    part = fapiao_request_part
    query = select(*fapiao_lines.columns(part)).where(part.c.request_id == request_id)
    return fapiao_lines.read_lines(unit, query.order_by(part.c.position))
