"""Transfers between customers (代付): use cases. How one is written: `transferring`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.fields import Field, Kind, required
from crmdesk.models.specs.documents import AMOUNT, CUSTOMER, DATE, NOTE, REASON
from crmdesk.services import (
    allocating,
    customers,
    exchanging,
    ledger,
    payment_parts,
    posted,
    reversing,
    transferring,
)
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

TRANSFER = required(Field("transfer", Kind.LINK, N_("Transfer"), link="transfer"))


@use_case(
    "transfer.record",
    fields=(
        Field("payment", Kind.LINK, N_("Payment"), link="payment"),
        Field("credit", Kind.LINK, N_("Credit note"), link="credit"),
        CUSTOMER,
        AMOUNT,
        DATE,
        Field("allocate", Kind.ANY, N_("Allocation"), default="none"),
        NOTE,
    ),
    summary=N_("Let one customer's unused money settle what another one owes (代付)."),
    errors=(
        Code.NOT_FOUND,
        Code.CUSTOMER_MISSING,
        Code.REQUIRED,
        Code.INVALID_CHOICE,
        Code.OVER_ALLOCATED,
        Code.OTHER_CUSTOMER,
        Code.NO_MATCH,
        Code.AMBIGUOUS,
        Code.NO_ORIGINAL,
        Code.REVERSED,
        Code.CURRENCY_MIXED,
        Code.DATE_ORDER,
        Code.PERIOD_LOCKED,
    ),
)
def record(
    unit: Unit,
    *,
    payment: str | None,
    credit: str | None,
    customer: str,
    amount: Decimal,
    date: date | None,
    allocate: Any,
    note: str | None,
) -> dict[str, Any]:
    """Moves part of what is free of a payment or credit note to another customer, and settles his invoices with it.

    `allocate` as in `payment.record`, over the other customer's invoices. Amounts are decimal strings.
    """
    if (payment is None) == (credit is None):
        raise InvalidInput(Code.REQUIRED, _("Name either the payment or the credit note."), field="payment")
    field = "credit" if payment is None else "payment"
    kinds = ("credit", "opening") if payment is None else ("payment", "opening")
    source = posted.find(unit, kinds, payment or credit or "", field)
    other = customers.find(unit, customer)
    on = date or clock.today()
    posted.require_live(source, field)
    if source.effect_minor > 0:
        raise Conflict(
            Code.NO_ORIGINAL,
            _("{number} is not a credit; it cannot settle anything.").format(number=source.number),
            field=field,
        )
    if other.id == source.customer_id:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("{number} is this customer's own already; allocate it instead.").format(number=source.number),
            field="customer",
        )
    reversing.require_not_before(source, on)
    ledger.require_open_period(unit, on)
    amount_minor = money.to_minor(amount, source.currency)
    allocating.require_room(unit, unit.open_items.get(source), source.number, amount_minor, on)
    worth = exchanging.carried(unit, source, amount_minor)
    parts = payment_parts.plan_parts(unit, allocate, other.id, source.currency, amount_minor, on, worth)
    incoming = transferring.write(unit, source, other.id, amount_minor, on, note or "")
    for part in parts:
        allocating.write(unit, incoming, part.debit, part.amount_minor, part.on)
    item = unit.open_items.get(incoming)
    return {
        "number": incoming.number,
        "allocated": money.plain(amount_minor - item.open_minor, source.currency),
        "credit": money.plain(item.open_minor, source.currency),
        "allocations": payment_parts.told(unit, parts, source.currency),
    }


@use_case(
    "transfer.reverse",
    fields=(TRANSFER, DATE, required(REASON)),
    summary=N_(
        "Take a transfer back: what it settled is open again, and the money is the payer's credit again."
    ),
    errors=(
        Code.NOT_FOUND,
        Code.ALREADY_REVERSED,
        Code.DATE_ORDER,
        Code.PERIOD_LOCKED,
    ),
)
def reverse(unit: Unit, *, transfer: str, date: date | None, reason: str) -> dict[str, Any]:
    """Reverses both documents of a transfer on one date."""
    incoming = posted.find(unit, (transferring.IN,), transfer, "transfer")
    on = date or clock.today()
    transferring.require_reversible(unit, incoming, on, "transfer")
    released = transferring.take_back(unit, incoming, on, reason)
    return {
        "number": incoming.number,
        "date": on.isoformat(),
        "released": [
            {"invoice": debit.number, "amount": money.plain(net, incoming.currency)}
            for debit, net in released
        ],
    }
