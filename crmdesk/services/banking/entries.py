"""Bank entries: money that moved at the bank and concerns no customer, such as fees and interest.

A document of the ledger belongs to a customer, who is on every statement and balance. A bank's fee is nobody's, so it
has a row and a series of its own; its postings carry customer 0. The account is 财务费用, which 小企业会计准则 has for
fees and, the other way round, for interest received.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, required
from crmdesk.models.specs.documents import DATE, NOTE, REASON
from crmdesk.models.tables.banking import bank_entry
from crmdesk.models.tables.ledger import money_account
from crmdesk.services import ledger, templates
from crmdesk.services.banking import lines
from crmdesk.services.ledger import Leg
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

NOBODY = 0
"""The customer of postings that concern none."""


@use_case(
    "bank.fee",
    fields=(lines.LINE, NOTE),
    summary=N_("Book a bank line as a fee (or, when money came in, as interest) of the bank or wallet."),
    errors=(Code.NOT_FOUND, Code.IN_USE, Code.OUT_OF_RANGE, Code.PERIOD_LOCKED),
)
def fee(unit: Unit, *, line: int, note: str | None) -> dict[str, Any]:
    """Books the line against finance cost on its own date. The amount is what the account got, signed."""
    found = lines.find_new(unit, line)
    ledger.require_open_period(unit, found.booked_on, "line")
    number = unit.next_number("bank", found.booked_on)
    entry_id = _write(
        unit,
        number,
        found.money_account_id,
        found.currency,
        found.booked_on,
        found.amount_minor,
        reference=found.reference,
        note=note or found.text,
    )
    lines.tie(unit, found, number, "booked", entry_id=entry_id)
    return {"number": number, "line": line, "amount": money.plain(found.amount_minor, found.currency)}


@use_case(
    "bank.fee_reverse",
    fields=(required(Field("entry", Kind.CODE, N_("Bank entry"), length_max=60)), DATE, required(REASON)),
    summary=N_("Take a bank entry back; its line waits again."),
    errors=(Code.NOT_FOUND, Code.ALREADY_REVERSED, Code.DATE_ORDER, Code.PERIOD_LOCKED),
)
def reverse(unit: Unit, *, entry: str, date: date | None, reason: str) -> dict[str, Any]:
    """Reverses a bank entry by one that negates it, with the same number."""
    own = unit.first(select(bank_entry).where(bank_entry.c.number == entry, bank_entry.c.origin_id.is_(None)))
    if own is None:
        raise NotFound(
            Code.NOT_FOUND, _("There is no bank entry {number}.").format(number=entry[:60]), field="entry"
        )
    earlier = unit.first(select(bank_entry.c.dated_on).where(bank_entry.c.origin_id == own.id))
    if earlier is not None:
        raise Conflict(
            Code.ALREADY_REVERSED,
            _("{number} was already reversed on {date}.").format(
                number=entry, date=earlier.dated_on.isoformat()
            ),
            field="entry",
        )
    on = date or clock.today()
    if on < own.dated_on:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("{date} is before {number} itself ({own}).").format(
                date=on.isoformat(), number=entry, own=own.dated_on.isoformat()
            ),
            field="date",
        )
    ledger.require_open_period(unit, on)
    _write(
        unit,
        own.number,
        own.money_account_id,
        own.currency,
        on,
        -own.amount_minor,
        note=reason,
        origin_id=own.id,
    )
    unit.changes.everything.add("bank_line")
    return {"number": own.number, "date": on.isoformat()}


def _write(
    unit: Unit,
    number: str,
    money_account_id: int,
    currency: str,
    on: date,
    amount_minor: int,
    *,
    reference: str = "",
    note: str = "",
    origin_id: int | None = None,
) -> int:
    entry_id = unit.next_id()
    unit.add(
        bank_entry,
        id=entry_id,
        number=number,
        money_account_id=money_account_id,
        currency=currency,
        dated_on=on,
        amount_minor=amount_minor,
        reference=reference,
        note=note,
        origin_id=origin_id,
        audit_id=unit.audit_id,
    )
    account_id = unit.execute(
        select(money_account.c.account_id).where(money_account.c.id == money_account_id)
    ).scalar_one()
    ledger.post(
        unit,
        entry_id,
        dated_on=on,
        customer_id=NOBODY,
        currency=currency,
        legs=(
            Leg(account_id, amount_minor, money_account_id),
            Leg(ledger.account_id(unit, templates.FINANCE_COST), -amount_minor),
        ),
    )
    unit.note("bank_entry", entry_id, None, {"number": number, "amount": money.plain(amount_minor, currency)})
    return entry_id
