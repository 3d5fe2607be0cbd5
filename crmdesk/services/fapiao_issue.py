"""Tax invoices (发票) as they were issued: recorded with their number, delivered, voided. Only here one is written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import required
from crmdesk.models.specs import fapiao as specs
from crmdesk.models.specs.documents import DATE, REASON
from crmdesk.models.tables.fapiao import (
    fapiao,
    fapiao_delivery,
    fapiao_part,
    fapiao_request,
    fapiao_void,
)
from crmdesk.services import customers, fapiao_lines, fapiao_requests, fapiao_worth, invoiced, posted
from crmdesk.services.fapiao_lines import Line
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_COLUMNS = (
    fapiao.c.id,
    fapiao.c.code,
    fapiao.c.number,
    fapiao.c.color,
    fapiao.c.kind,
    fapiao.c.medium,
    fapiao.c.customer_id,
    fapiao.c.dated_on,
    fapiao.c.currency,
    fapiao.c.home_currency,
    fapiao.c.profile,
    fapiao.c.total_minor,
    fapiao.c.request_id,
    fapiao.c.origin_id,
    fapiao.c.replaces_id,
)


@dataclass(slots=True)
class Fapiao:
    """A tax invoice in memory; `total_minor` is in the currency of its bills, negative on a red one."""

    id: int
    code: str
    number: str
    color: str
    kind: str
    medium: str
    customer_id: int
    dated_on: date
    currency: str
    home_currency: str
    profile: str
    total_minor: int
    request_id: int | None
    origin_id: int | None
    replaces_id: int | None
    voided_on: date | None = None

    @property
    def label(self) -> str:
        """The number as people say it."""
        return f"{self.code}/{self.number}" if self.code else self.number


def find(unit: Unit, named: str, field: str = "fapiao") -> Fapiao:
    """The tax invoice by number, or code/number where several codes have it."""
    code, slash, number = named.rpartition("/")
    query = select(*_COLUMNS, fapiao_void.c.voided_on).outerjoin(
        fapiao_void, fapiao_void.c.fapiao_id == fapiao.c.id
    )
    query = query.where(fapiao.c.number == number)
    if slash:
        query = query.where(fapiao.c.code == code)
    rows = unit.execute(query.order_by(fapiao.c.id)).all()
    if not rows:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no tax invoice {number}.").format(number=f"“{named[:60]}”"),
            field=field,
        )
    if len(rows) > 1:
        raise Conflict(
            Code.AMBIGUOUS,
            _("Several tax invoices have the number {number}. Write code/number.").format(number=number),
            field=field,
        )
    return Fapiao(*rows[0])


def require_live(found: Fapiao, field: str = "fapiao") -> None:
    """Refuses a void one."""
    if found.voided_on is not None:
        raise Conflict(
            Code.REVERSED,
            _("The tax invoice {number} was voided on {date}.").format(
                number=found.label, date=found.voided_on.isoformat()
            ),
            field=field,
        )


def require_number(
    unit: Unit, kind: str, medium: str, code: str | None, number: str, field: str = "number"
) -> str:
    """The code ("" for none), after the shape of both was checked and that nobody has them yet."""
    given = (code or "").strip()
    if unit.settings.country == "CN" and kind != specs.RECEIPT:
        code_shape, number_shape = specs.NUMBER_RULES[medium]
        place = field.removesuffix("number")
        if not code_shape.fullmatch(given):
            text = (
                _("A fully digital tax invoice has no code. Leave it empty.")
                if medium == specs.DIGITAL
                else _("The code of a tax invoice has 10 or 12 digits; “{code}” has not.")
            )
            raise InvalidInput(Code.FAPIAO_NUMBER, text.format(code=given[:20]), field=place + "code")
        if not number_shape.fullmatch(number):
            text = (
                _("The number of a fully digital tax invoice has 20 digits; “{number}” has not.")
                if medium == specs.DIGITAL
                else _("The number of a tax invoice with a code has 8 digits; “{number}” has not.")
            )
            raise InvalidInput(Code.FAPIAO_NUMBER, text.format(number=number[:30]), field=field)
    taken = unit.first(select(fapiao.c.id).where(fapiao.c.code == given, fapiao.c.number == number))
    if taken is not None:
        raise Conflict(
            Code.DUPLICATE,
            _("The tax invoice {number} is in the book already.").format(number=number),
            field=field,
        )
    return given


def write(
    unit: Unit,
    *,
    customer_id: int,
    color: str,
    kind: str,
    medium: str,
    code: str,
    number: str,
    on: date,
    currency: str,
    home_currency: str,
    profile: str,
    lines: list[Line],
    **links: Any,
) -> int:
    """Writes a checked tax invoice with its lines; gives its id."""
    fapiao_id = unit.next_id()
    unit.add(
        fapiao,
        id=fapiao_id,
        code=code,
        number=number,
        color=color,
        kind=kind,
        medium=medium,
        customer_id=customer_id,
        dated_on=on,
        currency=currency,
        profile=profile,
        **fapiao_lines.head_amounts(lines, home_currency),
        audit_id=unit.audit_id,
        **links,
    )
    fapiao_lines.write(unit, fapiao_part, {"fapiao_id": fapiao_id}, lines)
    unit.cache["has_fapiao"] = True  # see invoiced.require_not_invoiced
    unit.note("fapiao", fapiao_id, None, {"number": number, "color": color})
    unit.changes.add("customer", customer_id)
    for line in lines:
        unit.changes.add("invoice", line.document_id)
    return fapiao_id


def result(fapiao_id: int, number: str, currency: str, home: str, lines: list[Line]) -> dict[str, Any]:
    """What the use cases answer."""
    return {"fapiao": fapiao_id, "number": number, **fapiao_requests.answer(lines, currency, home)}


def _require_total(total: Decimal | None, lines: list[Line], currency: str) -> None:
    """`total` is what the tax office wrote, in the currency of the tax document."""
    if total is None:
        return
    wanted = sum(fapiao_lines.home_totals(lines))
    if money.to_minor(total, currency, "total") != wanted:
        raise InvalidInput(
            Code.TOTAL_DIFFERS,
            _("The tax invoice says {total}, the request {wanted}. Check both; nothing was recorded.").format(
                total=total, wanted=money.plain(wanted, currency)
            ),
            field="total",
        )


def _warn_early(unit: Unit, lines: list[Line], on: date) -> None:
    """Before the money and before the bill is allowed; before the bill it is worth a look."""
    for document_id in dict.fromkeys(line.document_id for line in lines):
        bill = posted.by_id(unit, document_id)
        if on < bill.dated_on:
            unit.warnings.append(
                {
                    "code": str(Code.DATE_ORDER),
                    "field": "date",
                    "message": _("The tax invoice is dated before {number} ({date}).").format(
                        number=bill.number, date=bill.dated_on.isoformat()
                    ),
                }
            )


ISSUE_ERRORS = (
    Code.NOT_FOUND,
    Code.STATE_REFUSED,
    Code.FAPIAO_NUMBER,
    Code.DUPLICATE,
    Code.OVER_INVOICED,
    Code.TOTAL_DIFFERS,
    Code.REVERSED,
)


@use_case(
    "fapiao.issue",
    fields=specs.ISSUE,
    summary=N_("Record the tax invoice that was issued for a request: its number and date."),
    errors=ISSUE_ERRORS,
)
def issue(
    unit: Unit,
    *,
    request: str,
    number: str,
    code: str | None,
    date: date | None,
    total: Decimal | None,
    note: str | None,
) -> dict[str, Any]:
    """Records the number of a requested tax invoice; the lines are those of the request."""
    found = fapiao_requests.find(unit, request)
    fapiao_requests.require_move(found, specs.ISSUED)
    on = date or clock.today()
    lines = fapiao_requests.lines_of(unit, found.id)
    own_code = require_number(unit, found.kind, found.medium, code, number)
    _require_total(total, lines, found.home_currency)
    _require_room(unit, lines, found.kind)
    _warn_early(unit, lines, on)
    fapiao_id = write(
        unit,
        customer_id=found.customer_id,
        color=specs.BLUE,
        kind=found.kind,
        medium=found.medium,
        code=own_code,
        number=number,
        on=on,
        currency=found.currency,
        home_currency=found.home_currency,
        profile=found.profile,
        lines=lines,
        request_id=found.id,
        note=note or "",
    )
    fapiao_requests.move(unit, found, specs.ISSUED, on)
    return result(fapiao_id, number, found.currency, found.home_currency, lines)


def _require_room(unit: Unit, lines: list[Line], kind: str) -> None:
    """The bills may have been credited or voided since the request."""
    sums: dict[int, int] = {}
    for line in lines:
        sums[line.document_id] = sums.get(line.document_id, 0) + line.amount_minor
    unit.flush()
    bills = invoiced.totals_of_documents(unit.connection, sums)
    for document_id, amount in sums.items():
        bill = posted.by_id(unit, document_id)
        posted.require_live(bill, "request")
        if kind != specs.RECEIPT:
            found = bills[document_id]
            invoiced.require_room(bill, amount, found.billable_minor - found.issued_minor, "request")


@use_case(
    "fapiao.record",
    fields=specs.RECORD,
    summary=N_("Record a tax invoice that was issued without a request."),
    errors=(*fapiao_requests.REQUEST_ERRORS, Code.FAPIAO_NUMBER, Code.DUPLICATE, Code.TOTAL_DIFFERS),
)
def record(
    unit: Unit,
    *,
    customer: str,
    invoices: list[dict[str, Any]],
    profile: str | None,
    kind: str,
    medium: str,
    number: str,
    code: str | None,
    date: date | None,
    total: Decimal | None,
    rate: Decimal | None,
    note: str | None,
) -> dict[str, Any]:
    """As a request and its issue in one step."""
    owner = customers.find(unit, customer)
    on = date or clock.today()
    billing = fapiao_requests.snapshot(unit, owner.id, profile)
    fapiao_requests.require_kind(unit, owner.id, kind, billing)
    own_code = require_number(unit, kind, medium, code, number)
    lines = fapiao_lines.for_bills(unit, owner.id, invoices, kind)
    currency = fapiao_requests.currency_of(unit, lines)
    lines = fapiao_worth.valued(unit, lines, currency, kind, on, rate)
    home = fapiao_worth.home_currency(currency, unit.settings.currency, kind)
    _require_total(total, lines, home)
    _warn_early(unit, lines, on)
    fapiao_id = write(
        unit,
        customer_id=owner.id,
        color=specs.BLUE,
        kind=kind,
        medium=medium,
        code=own_code,
        number=number,
        on=on,
        currency=currency,
        home_currency=home,
        profile=fapiao_requests.as_json(billing),
        lines=lines,
        note=note or "",
    )
    return result(fapiao_id, number, currency, home, lines)


@use_case(
    "fapiao.deliver",
    fields=specs.DELIVER,
    summary=N_("Note that a tax invoice was delivered: when, how, to whom."),
    errors=(Code.NOT_FOUND, Code.REVERSED, Code.DATE_ORDER),
)
def deliver(unit: Unit, *, fapiao: str, date: date | None, channel: str, to: str | None) -> dict[str, Any]:
    """Notes a delivery; the latest one is shown, earlier ones stay. Without `to` the recipient of the profile."""
    found = find(unit, fapiao)
    require_live(found)
    on = date or clock.today()
    if on < found.dated_on:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("{date} is before the tax invoice itself ({own}).").format(
                date=on.isoformat(), own=found.dated_on.isoformat()
            ),
            field="date",
        )
    billing = json.loads(found.profile)
    recipient = to or (billing["email"] if channel == "email" else "") or billing["recipient"]
    delivery_id = unit.next_id()
    unit.add(
        fapiao_delivery,
        id=delivery_id,
        fapiao_id=found.id,
        delivered_on=on,
        channel=channel,
        recipient=recipient,
        audit_id=unit.audit_id,
    )
    unit.note("fapiao", found.id, None, {"delivered_on": on.isoformat(), "channel": channel})
    return {"number": found.number, "date": on.isoformat(), "channel": channel, "to": recipient}


_TABLE = fapiao


@use_case(
    "fapiao.void",
    fields=(specs.FAPIAO, DATE, required(REASON)),
    summary=N_("Void a paper tax invoice in its month; others are made red."),
    errors=(
        Code.NOT_FOUND,
        Code.REVERSED,
        Code.NOT_VOIDABLE,
        Code.IN_USE,
        Code.OVER_INVOICED,
        Code.DATE_ORDER,
    ),
)
def void(unit: Unit, *, fapiao: str, date: date | None, reason: str) -> dict[str, Any]:
    """Voids a paper tax invoice. Its request waits for a number again; of a red one the blue one counts again."""
    found = find(unit, fapiao)
    require_live(found)
    on = date or clock.today()
    _require_voidable(unit, found, on)
    request = _request_of(unit, found)
    lines = lines_of(unit, found.id)
    if found.color == specs.RED:
        _require_room(unit, [line.negated() for line in lines], found.kind)
    unit.add(fapiao_void, fapiao_id=found.id, voided_on=on, reason=reason, audit_id=unit.audit_id)
    unit.note("fapiao", found.id, {"voided_on": None}, {"voided_on": on.isoformat(), "reason": reason})
    unit.changes.add("customer", found.customer_id)
    after = specs.REQUESTED if found.color == specs.BLUE else specs.ISSUED
    if request is not None and request.state != after:
        fapiao_requests.move(unit, request, after, on, reason)
    if found.color == specs.RED:
        from crmdesk.services import fapiao_confirmations

        fapiao_confirmations.free(unit, found.id)
    return {"number": found.number, "date": on.isoformat()}


def _request_of(unit: Unit, found: Fapiao) -> fapiao_requests.Request | None:
    if found.request_id is None:
        return None
    query = select(fapiao_request.c.number).where(fapiao_request.c.id == found.request_id)
    return fapiao_requests.find(unit, unit.execute(query).scalar_one())


def _require_voidable(unit: Unit, found: Fapiao, on: date) -> None:
    if found.medium not in specs.VOIDABLE_MEDIA and found.kind != specs.RECEIPT:
        raise Conflict(
            Code.NOT_VOIDABLE,
            _("Only a paper tax invoice can be voided. Make {number} red instead.").format(
                number=found.label
            ),
            field="fapiao",
        )
    if on < found.dated_on:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("{date} is before the tax invoice itself ({own}).").format(
                date=on.isoformat(), own=found.dated_on.isoformat()
            ),
            field="date",
        )
    if found.kind != specs.RECEIPT and (on.year, on.month) != (found.dated_on.year, found.dated_on.month):
        raise Conflict(
            Code.NOT_VOIDABLE,
            _("A paper tax invoice is voided in its month ({month}) only. Make {number} red instead.").format(
                month=f"{found.dated_on:%Y-%m}", number=found.label
            ),
            field="date",
        )
    follower = unit.first(
        select(_TABLE.c.number)
        .outerjoin(fapiao_void, fapiao_void.c.fapiao_id == _TABLE.c.id)
        .where((_TABLE.c.origin_id == found.id) | (_TABLE.c.replaces_id == found.id))
        .where(fapiao_void.c.fapiao_id.is_(None))
    )
    if follower is not None:
        raise Conflict(
            Code.IN_USE,
            _("{other} belongs to {number} and is still valid; void it first.").format(
                other=follower.number, number=found.label
            ),
            field="fapiao",
        )


def lines_of(unit: Unit, fapiao_id: int) -> list[Line]:
    """The lines of a tax invoice in their order."""
    query = select(*fapiao_lines.columns(fapiao_part)).where(fapiao_part.c.fapiao_id == fapiao_id)
    return fapiao_lines.read_lines(unit, query.order_by(fapiao_part.c.position))
