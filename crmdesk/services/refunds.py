"""Refunds (退款): money back to the customer out of his credit, never more than the credit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.fields import Field, Kind, required
from crmdesk.models.specs.documents import AMOUNT, DATE, METHOD, MONEY_ACCOUNT, RATE, REASON
from crmdesk.models.tables.documents import payment as payment_table
from crmdesk.services import carrying, ledger, money_accounts, payments, posted, rates, reversing, templates
from crmdesk.services.ledger import Leg
from crmdesk.services.open_items import Item
from crmdesk.services.posted import Posted
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

REFUND = required(Field("refund", Kind.LINK, N_("Refund"), link="refund"))


@use_case(
    "refund.record",
    fields=(
        Field("payment", Kind.LINK, N_("Payment"), link="payment"),
        Field("credit", Kind.LINK, N_("Credit note"), link="credit"),
        AMOUNT,
        DATE,
        METHOD,
        MONEY_ACCOUNT,
        required(REASON),
        RATE,
    ),
    summary=N_("Pay money back to a customer from a payment or credit note that is not used up."),
    errors=(
        Code.NOT_FOUND,
        Code.INVALID_CHOICE,
        Code.OVER_REFUNDED,
        Code.REVERSED,
        Code.DATE_ORDER,
        Code.PERIOD_LOCKED,
    ),
)
def record(
    unit: Unit,
    *,
    payment: str | None,
    credit: str | None,
    amount: Decimal,
    date: date | None,
    method: str | None,
    account: str | None,
    reason: str,
    rate: Decimal | None = None,
) -> dict[str, Any]:
    """Records a refund of what is free at every date from its own on.

    The credit is cleared at its carrying value; the money is worth the rate given, or the table's, or that value.
    """
    if (payment is None) == (credit is None):
        raise InvalidInput(Code.REQUIRED, _("Name either the payment or the credit note."), field="payment")
    if payment is not None:
        original = posted.find(unit, ("payment", "opening"), payment, "payment")
        field = "payment"
    else:
        original = posted.find(unit, ("credit", "opening"), credit or "", "credit")
        field = "credit"
    on = date or clock.today()
    posted.require_live(original, field)
    reversing.require_not_before(original, on)
    ledger.require_open_period(unit, on)
    amount_minor = money.to_minor(amount, original.currency)
    item = unit.open_items.get(original)
    room = unit.open_items.least_open(item, on) if original.effect_minor < 0 else 0
    if original.kind == "payment":
        cash_minor = original.total_minor - original.discount_minor
        room = min(room, cash_minor - payments.refunded_minor(unit, original.id))
    if amount_minor > room:
        raise Conflict(
            Code.OVER_REFUNDED,
            _("Only {amount} of {number} can be paid back from {date} on.").format(
                amount=money.plain(max(room, 0), original.currency),
                number=original.number,
                date=on.isoformat(),
            ),
            field="amount",
        )
    at_rate, cleared, paid = _values(unit, original, item, amount_minor, on, rate, field)
    method, money_account = money_accounts.of_payment(unit, method, account)
    number, generation = posted.claim_number(unit, "refund", None, on)
    refund = posted.write(
        unit,
        "refund",
        number,
        generation,
        customer_id=original.customer_id,
        currency=original.currency,
        dated_on=on,
        total_minor=amount_minor,
        effect_minor=amount_minor,
        origin_id=original.id,
        reason=reason,
        rate=at_rate,
    )
    unit.add(
        payment_table,
        document_id=refund.id,
        method=method,
        money_account_id=money_account.id,
        received_minor=-amount_minor,
        fee_minor=0,
    )
    role = templates.RECEIVABLE if original.kind == "credit" else templates.CUSTOMER_CREDIT
    ledger.post(
        unit,
        refund.id,
        dated_on=on,
        customer_id=original.customer_id,
        currency=original.currency,
        legs=(
            Leg(ledger.account_id(unit, role), amount_minor, base_minor=cleared),
            Leg(
                money_account.account_id,
                -amount_minor,
                money_account.id,
                base_minor=carrying.negative(paid),
            ),
            *carrying.difference(unit, (cleared or 0) - (paid or 0)),
        ),
    )
    unit.open_items.settle(item, amount_minor, on)
    unit.changes.add(original.kind, original.id)
    return {"number": number, "credit": money.plain(item.open_minor, original.currency)}


def _values(
    unit: Unit, original: Posted, item: Item, amount_minor: int, on: date, given: Decimal | None, field: str
) -> tuple[str | None, int | None, int | None]:
    """(rate, base cleared of the original, base paid out) of a refund."""
    currency, own = original.currency, unit.settings.currency
    if currency == own:
        rates.check_given(unit, currency, given)
        return None, None, None
    cleared = carrying.share(unit, original, item, amount_minor)
    if cleared is None:
        if given is not None:
            raise rates.mixed(original.number, _("the refund"), field)
        rates.warn_missing(unit, currency, on)
        return None, None, None
    at_rate, paid = carrying.money_worth(unit, amount_minor, currency, on, given, cleared)
    return at_rate, cleared, paid


@use_case(
    "refund.reverse",
    fields=(REFUND, DATE, required(REASON)),
    summary=N_("Take a refund back; the customer's credit is there again."),
    errors=(Code.NOT_FOUND, Code.ALREADY_REVERSED, Code.DATE_ORDER, Code.PERIOD_LOCKED),
)
def reverse(unit: Unit, *, refund: str, date: date | None, reason: str) -> dict[str, Any]:
    """Reverses a refund by a dated counter-entry."""
    original = posted.find(unit, ("refund",), refund, "refund")
    on = date or clock.today()
    reversing.require_reversible(unit, original, on, "refund")
    source = posted.by_id(unit, original.origin_id or 0)
    item = unit.open_items.get(source)
    legs = ledger.legs_of(unit, original.id)
    role = templates.RECEIVABLE if source.kind == "credit" else templates.CUSTOMER_CREDIT
    account_id = ledger.account_id(unit, role)
    back = None
    if source.currency != unit.settings.currency:
        back = carrying.share(unit, source, item, -original.total_minor)
    reversal = reversing.reverse(unit, original, on, reason, legs)
    carrying.post_odd_cent(unit, reversal.id, source, back, legs, on, account_id)
    unit.open_items.settle(item, -original.total_minor, on)
    unit.changes.add(source.kind, source.id)
    return {"number": original.number, "date": on.isoformat()}
