"""Allocating payments after they were recorded, and taking allocations back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict
from crmdesk.models.fields import Field, Kind, optional
from crmdesk.models.specs.documents import AMOUNT, DATE, TAKE_DISCOUNT
from crmdesk.services import allocating, credits, ledger, posted, settlement_discounts
from crmdesk.services.open_items import DEBIT_KINDS
from crmdesk.services.payments import PAYMENT_LINK
from crmdesk.services.posted import Posted
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _, translator

KINDS = ("payment", "opening", "transfer")


@use_case(
    "payment.allocate",
    fields=(PAYMENT_LINK, credits.INVOICE, AMOUNT, *optional((DATE,)), *TAKE_DISCOUNT),
    summary=N_("Settle an invoice with money already received."),
    errors=(
        Code.NOT_FOUND,
        Code.OVER_ALLOCATED,
        Code.OTHER_CUSTOMER,
        Code.REVERSED,
        Code.CURRENCY_MIXED,
        Code.DATE_ORDER,
        Code.PERIOD_LOCKED,
        Code.INVALID_CHOICE,
    ),
)
def allocate(
    unit: Unit,
    *,
    payment: str,
    invoice: str,
    amount: Decimal,
    date: date | None,
    take_discount: bool | None = None,
    late_discount: str | None = None,
) -> dict[str, Any]:
    """Allocates part of a payment (or of an opening credit) to an invoice.

    `take_discount`: the amount is what is settled, and the discount offered on the day of the payment is part of it.
    """
    credit = posted.find(unit, KINDS, payment, "payment")
    choice = {"take_discount": take_discount, "late_discount": late_discount}
    offers = settlement_discounts.asked(unit, choice, credit.dated_on)
    if offers is None or credit.kind != "payment":
        return credits.allocate_pair(unit, credit, invoice, amount, date, credit_field="payment")
    debit = posted.find(unit, DEBIT_KINDS, invoice, "invoice")
    when = date or allocating.default_date(credit, debit)
    item = unit.open_items.get(debit)
    amount_minor = money.to_minor(amount, credit.currency)
    room = unit.open_items.least_open(item, when)
    discount = offers.settle(item, room, amount_minor)
    paid = money.to_decimal(amount_minor - discount, credit.currency)
    told = credits.allocate_pair(unit, credit, invoice, paid, date, credit_field="payment")
    offers.warn_late(debit)
    if discount:
        settlement_discounts.write(unit, credit, debit, discount, when)
    return told | {
        "amount": money.plain(amount_minor, debit.currency),
        "discount": money.plain(discount, debit.currency),
        "open": money.plain(item.open_minor, debit.currency),
    }


@use_case(
    "payment.release",
    fields=(PAYMENT_LINK, credits.INVOICE, *optional((AMOUNT, DATE))),
    summary=N_("Take back what a payment settled, in part or all of it; the invoice is open again."),
    errors=(Code.NOT_FOUND, Code.OVER_RELEASED, Code.REVERSED, Code.PERIOD_LOCKED),
)
def release(
    unit: Unit, *, payment: str, invoice: str, amount: Decimal | None, date: date | None
) -> dict[str, Any]:
    """Releases an allocation of a payment on a date, default today.

    A discount that the payment earned on the invoice is taken back with it, whole: what is then settled anew may
    take it again (`payment.allocate`).
    """
    credit = posted.find(unit, KINDS, payment, "payment")
    debit = posted.find(unit, DEBIT_KINDS, invoice, "invoice")
    when = date or clock.today()
    earned = _earned(unit, credit, debit, when)
    told = credits.release_pair(unit, credit, invoice, amount, date, credit_field="payment")
    if earned:
        told["discount"] = _back(unit, credit, earned, when)
        told["open"] = money.plain(unit.open_items.get(debit).open_minor, debit.currency)
    return told


def _earned(unit: Unit, credit: Posted, debit: Posted, when: date) -> list[Posted]:
    """The discounts that go back with a release, after it was seen that they can."""
    if credit.kind != "payment":
        return []
    earned = settlement_discounts.live_of(unit, credit, debit)
    settlement_discounts.require_reversible(unit, earned, when, "date")
    return earned


def _back(unit: Unit, credit: Posted, earned: list[Posted], when: date) -> str:
    # in the language of the book: it stays with the discount
    reason = translator(unit.settings.language)(N_("Released from {number}")).format(number=credit.number)
    return money.plain(settlement_discounts.take_back(unit, earned, when, reason), credit.currency)


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
    earned = _earned(unit, credit, old, when)
    released = allocating.release(unit, credit, old, amount_minor, when)
    allocating.write(unit, credit, new, released, when)
    more = {"discount": _back(unit, credit, earned, when)} if earned else {}
    return {
        **more,
        "amount": money.plain(released, credit.currency),
        "date": when.isoformat(),
        "from": {
            "invoice": old.number,
            "open": money.plain(unit.open_items.get(old).open_minor, old.currency),
        },
        "to": {"invoice": new.number, "open": money.plain(item.open_minor, new.currency)},
    }
