"""Allocating payments after they were recorded, and taking allocations back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from crmdesk.models.errors import Code
from crmdesk.models.fields import optional
from crmdesk.models.specs.documents import AMOUNT, DATE
from crmdesk.services import credits, posted
from crmdesk.services.payments import PAYMENT_LINK
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_

KINDS = ("payment", "opening")


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
