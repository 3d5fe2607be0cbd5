"""Making tax invoices red (红冲) and issuing them anew (重开).

Wrong details change no receivable: the bill keeps its allocations and its link moves from the red original to the new
number. Returned goods, an allowance or an ended service post a credit note of the red amount, linked to the bill and
applied to it as far as it is open (domain.md, "Fapiao").
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.specs import fapiao as specs
from crmdesk.models.tables.fapiao import fapiao_credit, fapiao_void
from crmdesk.models.totals import LineInput, LineTotal, Totals
from crmdesk.services import (
    credits,
    document_lines,
    fapiao_confirmations,
    fapiao_issue,
    fapiao_red_room,
    fapiao_requests,
    ledger,
    posted,
)
from crmdesk.services.fapiao_confirmations import Confirmation
from crmdesk.services.fapiao_issue import Fapiao
from crmdesk.services.fapiao_lines import Line
from crmdesk.services.posted import Posted
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _, translator

RED_ERRORS = (
    Code.NOT_FOUND,
    Code.REVERSED,
    Code.STATE_REFUSED,
    Code.OVER_REVERSED,
    Code.CONFIRMATION_REQUIRED,
    Code.FAPIAO_NUMBER,
    Code.DUPLICATE,
    Code.DATE_ORDER,
)


@use_case(
    "fapiao.red",
    fields=specs.RED_FIELDS,
    summary=N_("Make a tax invoice red, wholly or in part; returns and allowances post a credit note."),
    errors=(*RED_ERRORS, Code.OVER_CREDITED, Code.OTHER_CUSTOMER, Code.TOTAL_DIFFERS, Code.PERIOD_LOCKED),
)
def red(
    unit: Unit,
    *,
    fapiao: str,
    reason: str,
    number: str,
    code: str | None,
    date: date | None,
    amount: Decimal | None,
    invoices: list[dict[str, Any]] | None,
    buyer_confirmed_use: bool,
    buyer_booked: bool,
    confirmation: str | None,
    credit: str | None,
    note: str | None,
) -> dict[str, Any]:
    """Records the red tax invoice and, where the reason says so, what it means for the receivable."""
    original = fapiao_issue.find(unit, fapiao)
    on = _red_date(original, date)
    lines = fapiao_red_room.choose(unit, original, reason, amount, invoices)
    total = sum(line.amount_minor for line in lines)
    slip = _confirmation(
        unit, original, confirmation, total, reason, is_needed=buyer_confirmed_use or buyer_booked
    )
    own_code = fapiao_issue.require_number(unit, original.kind, original.medium, code, number)
    is_credited = reason in specs.POSTS_A_CREDIT_NOTE
    given = _given_credit(unit, credit, original, lines, is_credited=is_credited)
    if is_credited and given is None:
        _require_creditable(unit, original, lines, on)
    red_id = _write_red(unit, original, slip, lines, own_code, number, on, reason, note)
    notes = (
        []
        if not is_credited or given is not None
        else _post_credits(unit, original, lines, on, reason, number)
    )
    for found in [given] if given is not None else notes:
        unit.add(fapiao_credit, fapiao_id=red_id, document_id=found.id)
    answer = _answer(red_id, number, original, [line.negated() for line in lines])
    return answer | {"credits": [found.number for found in ([given] if given is not None else notes)]}


def _red_date(original: Fapiao, given: date | None) -> date:
    on = given or clock.today()
    if on < original.dated_on:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("{date} is before the tax invoice itself ({own}).").format(
                date=on.isoformat(), own=original.dated_on.isoformat()
            ),
            field="date",
        )
    return on


def _confirmation(
    unit: Unit, original: Fapiao, number: str | None, total: int, reason: str, *, is_needed: bool
) -> Confirmation | None:
    """The confirmation that allows it: needed once the buyer has confirmed its use or booked it."""
    if number is None:
        if is_needed:
            raise Conflict(
                Code.CONFIRMATION_REQUIRED,
                _(
                    "The buyer has used or booked {number}: open a red-letter confirmation (红字信息确认单) first."
                ).format(number=original.label),
                field="confirmation",
            )
        return None
    found = fapiao_confirmations.find(unit, number)
    if found.fapiao_id != original.id or found.reason != reason:
        raise Conflict(
            Code.NO_MATCH,
            _("The red-letter confirmation {number} is for another tax invoice or another reason.").format(
                number=found.number
            ),
            field="confirmation",
        )
    fapiao_confirmations.require_move(found, specs.USED)
    if found.total_minor != total:
        raise InvalidInput(
            Code.TOTAL_DIFFERS,
            _("The red-letter confirmation {number} is over {amount}.").format(
                number=found.number, amount=money.plain(found.total_minor, found.currency)
            ),
            field="amount",
        )
    return found


def _given_credit(
    unit: Unit, number: str | None, original: Fapiao, lines: list[Line], *, is_credited: bool
) -> Posted | None:
    """A credit note that was issued before its red tax invoice: for one of its bills, of the same amount, used once."""
    if number is None:
        return None
    found = posted.find(unit, ("credit",), number, "credit")
    posted.require_live(found, "credit")
    used = unit.first(
        select(fapiao_credit.c.fapiao_id)
        .outerjoin(fapiao_void, fapiao_void.c.fapiao_id == fapiao_credit.c.fapiao_id)
        .where(fapiao_credit.c.document_id == found.id, fapiao_void.c.fapiao_id.is_(None))
    )
    bills = set(_by_bill(lines))
    if not is_credited or bills != {found.origin_id} or used is not None:
        raise Conflict(
            Code.NO_MATCH,
            _(
                "{number} is not the credit note of this: name one for the same invoice that has no red one yet."
            ).format(number=found.number),
            field="credit",
        )
    total = sum(line.amount_minor for line in lines)
    if found.total_minor != total:
        raise InvalidInput(
            Code.TOTAL_DIFFERS,
            _("{number} is over {amount}; the red tax invoice is over {total}.").format(
                number=found.number,
                amount=money.plain(found.total_minor, found.currency),
                total=money.plain(total, original.currency),
            ),
            field="credit",
        )
    return found


def _by_bill(lines: list[Line]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = {}
    for line in fapiao_red_room.merged(lines):
        # a rest of rounding in the tax document's currency credits nobody
        if line.net_minor or line.tax_minor:
            found.setdefault(line.document_id, []).append(line)
    return found


def _require_creditable(unit: Unit, original: Fapiao, lines: list[Line], on: date) -> None:
    ledger.require_open_period(unit, on)
    for document_id, own in _by_bill(lines).items():
        bill = posted.by_id(unit, document_id)
        total = sum(line.amount_minor for line in own)
        credits.require_linkable(unit, bill, original.customer_id, original.currency, on, total)


def _post_credits(
    unit: Unit, original: Fapiao, lines: list[Line], on: date, reason: str, number: str
) -> list[Posted]:
    """One credit note for each bill, with the net and tax of the red lines to the cent."""
    # in the language of the book: the note stays, whoever asked for it
    translate = translator(unit.settings.language)
    label = next(translate(choice.label) for choice in specs.RED_REASONS if choice.value == reason)
    notes: list[Posted] = []
    for document_id, own in _by_bill(lines).items():
        bill = posted.by_id(unit, document_id)
        made = credits.post(
            unit,
            customer_id=original.customer_id,
            original=bill,
            on=on,
            currency=original.currency,
            lines=[_credit_line(line, original.currency) for line in own],
            totals=_totals(own),
            reason=label,
            note=translate(N_("Red tax invoice {number}")).format(number=number),
            is_applied=True,
        )
        notes.append(posted.find(unit, ("credit",), made["number"], "credit"))
    return notes


def _totals(lines: list[Line]) -> Totals:
    return Totals(
        tuple(LineTotal(line.net_minor, line.tax_minor, 0) for line in lines),
        sum(line.net_minor for line in lines),
        sum(line.tax_minor for line in lines),
        0,
    )


def _credit_line(line: Line, currency: str) -> document_lines.Line:
    source = LineInput(
        Decimal(1), money.to_decimal(line.net_minor, currency), Decimal(line.tax_rate), line.tax_kind
    )
    return document_lines.Line(source, None, line.description, line.unit)


def _write_red(
    unit: Unit,
    original: Fapiao,
    slip: Confirmation | None,
    lines: list[Line],
    code: str,
    number: str,
    on: date,
    reason: str,
    note: str | None,
) -> int:
    red_id = fapiao_issue.write(
        unit,
        customer_id=original.customer_id,
        color=specs.RED,
        kind=original.kind,
        medium=original.medium,
        code=code,
        number=number,
        on=on,
        currency=original.currency,
        home_currency=original.home_currency,
        profile=original.profile,
        lines=[line.negated() for line in lines],
        request_id=original.request_id,
        origin_id=original.id,
        reason=reason,
        note=note or "",
    )
    unit.changes.add("fapiao", original.id)
    if slip is not None:
        unit.flush()  # the state refers to the red one
        fapiao_confirmations.set_state(unit, slip, specs.USED, red_id=red_id)
    return red_id


@use_case(
    "fapiao.reissue",
    fields=specs.REISSUE,
    summary=N_("Issue a tax invoice with wrong details anew: a red one and a new one, in one step."),
    errors=(*RED_ERRORS, Code.TAX_NUMBER_MISSING, Code.PERSON_NOT_ALLOWED),
)
def reissue(
    unit: Unit,
    *,
    fapiao: str,
    reason: str,
    number: str,
    code: str | None,
    date: date | None,
    buyer_confirmed_use: bool,
    buyer_booked: bool,
    confirmation: str | None,
    new: dict[str, Any],
) -> dict[str, Any]:
    """Red over all that is left and new over the same; no receivable changes, allocations stay.

    `number` is the red one's, `new.number` the new one's; the new one's kind, medium and profile are the original's
    where they are not given.
    """
    original = fapiao_issue.find(unit, fapiao)
    on = _red_date(original, date)
    lines = fapiao_red_room.choose(unit, original, specs.WRONG_DETAILS, None, None)
    total = sum(line.amount_minor for line in lines)
    slip = _confirmation(
        unit,
        original,
        confirmation,
        total,
        specs.WRONG_DETAILS,
        is_needed=buyer_confirmed_use or buyer_booked,
    )
    own_code = fapiao_issue.require_number(unit, original.kind, original.medium, code, number)
    kind, medium = new["kind"] or original.kind, new["medium"] or original.medium
    if kind == specs.RECEIPT:
        raise InvalidInput(
            Code.INVALID_CHOICE, _("A receipt does not take the place of a tax invoice."), field="new.kind"
        )
    new_code = fapiao_issue.require_number(unit, kind, medium, new["code"], new["number"], "new.number")
    if (own_code, number) == (new_code, new["number"]):
        raise Conflict(
            Code.DUPLICATE, _("The red and the new tax invoice need a number each."), field="new.number"
        )
    profile = original.profile
    if new["profile"] or kind != original.kind:
        billing = fapiao_requests.snapshot(unit, original.customer_id, new["profile"])
        fapiao_requests.require_kind(unit, original.customer_id, kind, billing)
        profile = fapiao_requests.as_json(billing)
    new_on = new["date"] or on
    if new_on < on:
        raise InvalidInput(
            Code.DATE_ORDER, _("The new tax invoice is not dated before the red one."), field="new.date"
        )
    red_id = _write_red(unit, original, slip, lines, own_code, number, on, specs.WRONG_DETAILS, reason)
    new_id = fapiao_issue.write(
        unit,
        customer_id=original.customer_id,
        color=specs.BLUE,
        kind=kind,
        medium=medium,
        code=new_code,
        number=new["number"],
        on=new_on,
        currency=original.currency,
        home_currency=original.home_currency,
        profile=profile,
        lines=lines,
        request_id=original.request_id,
        replaces_id=red_id,
        reason=reason,
        note=new["note"] or "",
    )
    return {
        "original": original.number,
        "red": _answer(red_id, number, original, [line.negated() for line in lines]),
        "new": _answer(new_id, new["number"], original, lines),
    }


def _answer(record_id: int, number: str, original: Fapiao, lines: list[Line]) -> dict[str, Any]:
    return fapiao_issue.result(record_id, number, original.currency, original.home_currency, lines)
