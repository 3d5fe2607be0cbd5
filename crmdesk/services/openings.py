"""Opening balances (期初应收): what customers owed, or had to their credit, when the book began."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from crmdesk.models import clock, money
from crmdesk.models.errors import Code
from crmdesk.models.fields import optional
from crmdesk.models.specs.documents import CURRENCY, CUSTOMER, DATE, DUE, NOTE, NUMBER, RATE, SIGNED_AMOUNT
from crmdesk.models.validation import out_of_range
from crmdesk.services import carrying, customers, ledger, posted, rates, templates
from crmdesk.services.ledger import Leg
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

OPENING = (CUSTOMER, DATE, SIGNED_AMOUNT, *optional((DUE, NUMBER, CURRENCY, NOTE, RATE)))


def _amount(owner: customers.CustomerRow, currency: str | None, amount: Decimal) -> tuple[str, int]:
    in_currency = currency or owner.currency
    amount_minor = money.to_minor(amount, in_currency)
    if amount_minor == 0:
        raise out_of_range("amount", amount, _("Leave out what is zero: nothing is open there."))
    return in_currency, amount_minor


def checked(unit: Unit, values: Mapping[str, Any]) -> tuple[str, int]:
    """Currency and signed minor units of an opening, with every check of `record` and nothing written."""
    owner = customers.find(unit, values["customer"])
    found = _amount(owner, values["currency"], values["amount"])
    ledger.require_open_period(unit, values["date"] or clock.today())
    if values["number"]:
        posted.require_free_number(unit, "opening", values["number"])
    return found


@use_case(
    "opening.record",
    fields=OPENING,
    summary=N_("Record what a customer owed (or, negative, had to his credit) when the book began."),
    errors=(Code.NOT_FOUND, Code.OUT_OF_RANGE, Code.PERIOD_LOCKED, Code.DUPLICATE, Code.TOO_MANY_DECIMALS),
)
def record(
    unit: Unit,
    *,
    customer: str,
    date: date | None,
    amount: Any,
    due: date | None,
    number: str | None,
    currency: str | None,
    note: str | None,
    rate: Decimal | None = None,
) -> dict[str, Any]:
    """Records an opening item: a debit is paid like an invoice, a credit is allocated like a payment."""
    owner = customers.find(unit, customer)
    on = date or clock.today()
    in_currency, amount_minor = _amount(owner, currency, amount)
    # dated at the cut-over, it is usually overdue already: a due date before its own date is right here
    due_on = (due or on) if amount_minor > 0 else None
    ledger.require_open_period(unit, on)
    at_rate = rates.of_document(unit, in_currency, on, rate)
    base = carrying.to_base(amount_minor, in_currency, at_rate, unit.settings.currency) if at_rate else None
    own_number, generation = posted.claim_number(unit, "opening", number, on)
    document = posted.write(
        unit,
        "opening",
        own_number,
        generation,
        customer_id=owner.id,
        currency=in_currency,
        dated_on=on,
        due_on=due_on,
        total_minor=abs(amount_minor),
        effect_minor=amount_minor,
        note=note or "",
        rate=at_rate,
    )
    role = templates.RECEIVABLE if amount_minor > 0 else templates.CUSTOMER_CREDIT
    ledger.post(
        unit,
        document.id,
        dated_on=on,
        customer_id=owner.id,
        currency=in_currency,
        legs=(
            Leg(ledger.account_id(unit, role), amount_minor, base_minor=base),
            Leg(
                ledger.account_id(unit, templates.OPENING), -amount_minor, base_minor=carrying.negative(base)
            ),
        ),
    )
    unit.open_items.new(document)
    return {"number": own_number, "open": money.plain(amount_minor, in_currency)}
