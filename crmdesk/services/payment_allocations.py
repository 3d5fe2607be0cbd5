"""Allocating payments after they were recorded, and taking allocations back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict
from crmdesk.models.fields import Field, Kind, optional
from crmdesk.models.specs.documents import AMOUNT, DATE
from crmdesk.services import allocating, credits, ledger, posted
from crmdesk.services.open_items import DEBIT_KINDS
from crmdesk.services.payments import PAYMENT_LINK
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

KINDS = ("payment", "opening", "transfer")


@use_case(
    "payment.allocate",
    fields=(PAYMENT_LINK, credits.INVOICE, AMOUNT, *optional((DATE,))),
    summary=N_("Settle an invoice with money already received."),
    errors=(
        Code.NOT_FOUND,
        Code.OVER_ALLOCATED,
        Code.OTHER_CUSTOMER,
        Code.REVERSED,
        Code.CURRENCY_MIXED,
        Code.DATE_ORDER,
        Code.PERIOD_LOCKED,
    ),
)
def allocate(unit: Unit, *, payment: str, invoice: str, amount: Decimal, date: date | None) -> dict[str, Any]:
    """Allocates part of a payment (or of an opening credit) to an invoice."""
    credit = posted.find(unit, KINDS, payment, "payment")
    return credits.allocate_pair(unit, credit, invoice, amount, date, credit_field="payment")


@use_case(
    "payment.release",
    fields=(PAYMENT_LINK, credits.INVOICE, *optional((AMOUNT, DATE))),
    summary=N_("Take back what a payment settled, in part or all of it; the invoice is open again."),
    errors=(Code.NOT_FOUND, Code.OVER_RELEASED, Code.REVERSED, Code.PERIOD_LOCKED),
)
def release(
    unit: Unit, *, payment: str, invoice: str, amount: Decimal | None, date: date | None
) -> dict[str, Any]:
    """Releases an allocation of a payment on a date, default today."""
    credit = posted.find(unit, KINDS, payment, "payment")
    return credits.release_pair(unit, credit, invoice, amount, date, credit_field="payment")


@use_case(
    "payment.reallocate",
    fields=(
        PAYMENT_LINK,
        Field("from", Kind.LINK, N_("From invoice"), required=True, link="invoice"),
        Field("to", Kind.LINK, N_("To invoice"), required=True, link="invoice"),
        *optional((AMOUNT, DATE)),
    ),
    summary=N_("Let a payment settle another invoice instead: released and allocated again in one step."),
    errors=(
        Code.NOT_FOUND,
        Code.OVER_RELEASED,
        Code.OVER_ALLOCATED,
        Code.OTHER_CUSTOMER,
        Code.REVERSED,
        Code.NO_ORIGINAL,
        Code.CURRENCY_MIXED,
        Code.DATE_ORDER,
        Code.PERIOD_LOCKED,
        Code.INVALID_CHOICE,
    ),
)
def reallocate(
    unit: Unit, *, payment: str, amount: Decimal | None, date: date | None, **links: str
) -> dict[str, Any]:
    """Moves (part of) an allocation from one invoice to another on a date, default today; `amount` default all of it.

    What is free of the payment does not change, so only the two invoices limit the amount.
    """
    credit = posted.find(unit, KINDS, payment, "payment")
    old = posted.find(unit, DEBIT_KINDS, links["from"], "from")
    new = posted.find(unit, DEBIT_KINDS, links["to"], "to")
    when = date or clock.today()
    credits.require_sides(credit, new, "payment")
    allocating.require_pair(unit, credit, new, when, credit_field="payment", debit_field="to")
    if old.id == new.id:
        raise Conflict(
            Code.INVALID_CHOICE,
            _("{number} is settled by it already; name another invoice.").format(number=new.number),
            field="to",
        )
    posted.require_live(old, "from")
    ledger.require_open_period(unit, when)
    room = allocating.releasable_minor(allocating.pair_events(unit, credit, old), when)
    amount_minor = room if amount is None else money.to_minor(amount, credit.currency)
    item = unit.open_items.get(new)
    allocating.require_room(unit, item, new.number, amount_minor, when)
    released = allocating.release(unit, credit, old, amount_minor, when)
    allocating.write(unit, credit, new, released, when)
    return {
        "amount": money.plain(released, credit.currency),
        "date": when.isoformat(),
        "from": {
            "invoice": old.number,
            "open": money.plain(unit.open_items.get(old).open_minor, old.currency),
        },
        "to": {"invoice": new.number, "open": money.plain(item.open_minor, new.currency)},
    }
