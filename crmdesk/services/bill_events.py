"""What happens to a bill of exchange: endorsed, discounted, collected, dishonoured, and each taken back.

小企业会计准则: endorsed to a supplier it settles 应付账款; discounting brings 银行存款 less the interest (财务费用).
A dishonoured bill comes back from whoever had it (recourse), and its payment is reversed: the invoices are open again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.fields import Field, Kind, required
from crmdesk.models.specs.documents import DATE, MONEY_ACCOUNT, RATE, REASON
from crmdesk.services import (
    bills,
    carrying,
    ledger,
    money_accounts,
    payments,
    posted,
    rates,
    reversing,
    templates,
)
from crmdesk.services.bills import Held
from crmdesk.services.ledger import Leg
from crmdesk.services.posted import Posted
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

BILL = required(Field("bill", Kind.LINK, N_("Bill of exchange"), link="bill"))
_ERRORS = (
    Code.NOT_FOUND,
    Code.IN_USE,
    Code.REVERSED,
    Code.DATE_ORDER,
    Code.PERIOD_LOCKED,
)


def _at_hand(unit: Unit, name: str, on: date) -> Held:
    """The bill, if it is at hand on that date and later."""
    held = bills.find(unit, name)
    posted.require_live(held.payment, "bill")
    event = bills.standing_event(unit, held.payment.id)
    if event is not None:
        raise Conflict(
            Code.IN_USE,
            _("The bill {bill} is not at hand since {date} ({event}). Take that back first.").format(
                bill=held.number, date=event.dated_on.isoformat(), event=event.number
            ),
            field="bill",
        )
    reversing.require_not_before(held.payment, on)
    bills.require_not_before_events(unit, held.payment, on)
    ledger.require_open_period(unit, on)
    return held


def _write(
    unit: Unit,
    held: Held,
    kind: str,
    on: date,
    legs: Sequence[Leg],
    *,
    rate: str | None = None,
    reference: str = "",
    reason: str = "",
) -> Posted:
    """The document of an event: it changes no balance, its entry moves the bill."""
    number, generation = posted.claim_number(unit, kind, None, on)
    event = posted.write(
        unit,
        kind,
        number,
        generation,
        customer_id=held.payment.customer_id,
        currency=held.payment.currency,
        dated_on=on,
        total_minor=held.amount_minor,
        effect_minor=0,
        origin_id=held.payment.id,
        rate=rate,
        reference=reference,
        reason=reason,
    )
    ledger.post(
        unit,
        event.id,
        dated_on=on,
        customer_id=held.payment.customer_id,
        currency=held.payment.currency,
        legs=legs,
    )
    unit.changes.add("payment", held.payment.id)
    unit.changes.add("bill", held.payment.id)
    return event


def _out(held: Held) -> Leg:
    """The bill leaves, at the value it was carried at."""
    return Leg(held.account_id, -held.amount_minor, held.money_account_id, carrying.negative(held.base_minor))


def _money_worth(unit: Unit, held: Held, on: date, given: Decimal | None) -> tuple[str | None, int | None]:
    """(rate, value) of the money that comes for a bill, or goes back for it; both None where it has no value."""
    currency = held.payment.currency
    rates.check_given(unit, currency, given)
    if currency == unit.settings.currency:
        return None, None
    if held.base_minor is None:
        if given is not None:
            raise rates.mixed(held.payment.number, _("the money for the bill"), "rate")
        return None, None
    return carrying.money_worth(unit, held.amount_minor, currency, on, given, held.base_minor)


def _told(held: Held, event: Posted, state: str, **more: Any) -> dict[str, Any]:
    amount = money.plain(held.amount_minor, held.payment.currency)
    return {"number": event.number, "bill": held.number, "amount": amount, "state": state} | more


def _bank(unit: Unit, account: str | None) -> money_accounts.MoneyAccountRow:
    """Where the money of a bill arrives: the named account, else the bank's; never one of bills."""
    _method, found = money_accounts.of_payment(unit, None, account)
    if found.account_id == ledger.account_id(unit, templates.BILLS):
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("{code} holds bills, not money. Choose a bank account.").format(code=found.code),
            field="account",
        )
    return found


@use_case(
    "bill.endorse",
    fields=(BILL, DATE, Field("to", Kind.TEXT, N_("Endorsed to"), required=True)),
    summary=N_("Pass a bill on to a supplier (背书): it settles what is owed to him."),
    errors=_ERRORS,
)
def endorse(unit: Unit, *, bill: str, date: date | None, to: str) -> dict[str, Any]:
    """Endorses a bill at hand; the other side is 应付账款, which it settles at the value it was carried at."""
    on = date or clock.today()
    held = _at_hand(unit, bill, on)
    payable = Leg(ledger.account_id(unit, templates.PAYABLE), held.amount_minor, base_minor=held.base_minor)
    event = _write(unit, held, "bill_endorsement", on, (payable, _out(held)), reference=to)
    return _told(held, event, "endorsed", to=to)


@use_case(
    "bill.discount",
    fields=(
        BILL,
        DATE,
        Field("fee", Kind.MONEY, N_("Discount kept by the bank"), sign="non_negative"),
        MONEY_ACCOUNT,
        RATE,
    ),
    summary=N_("Sell a bill to the bank before it falls due (贴现); what the bank keeps is a finance cost."),
    errors=(*_ERRORS, Code.OUT_OF_RANGE, Code.INVALID_CHOICE, Code.INACTIVE, Code.TOO_MANY_DECIMALS),
)
def discount(
    unit: Unit,
    *,
    bill: str,
    date: date | None,
    fee: Decimal | None,
    account: str | None,
    rate: Decimal | None = None,
) -> dict[str, Any]:
    """Discounts a bill at hand: the money account receives its amount less the fee.

    In a foreign currency both are worth the rate given, else that of the day; what this differs from the value of the
    bill is an exchange gain or loss.
    """
    on = date or clock.today()
    held = _at_hand(unit, bill, on)
    currency = held.payment.currency
    fee_minor = money.to_minor(fee or Decimal(0), currency, "fee")
    if fee_minor >= held.amount_minor:
        raise InvalidInput(Code.OUT_OF_RANGE, _("The fee is more than the bill itself."), field="fee")
    bank = _bank(unit, account)
    at_rate, worth = _money_worth(unit, held, on, rate)
    arrived, kept = carrying.valued(worth, (held.amount_minor - fee_minor, fee_minor))
    legs = (
        Leg(bank.account_id, held.amount_minor - fee_minor, bank.id, arrived),
        Leg(ledger.account_id(unit, templates.FINANCE_COST), fee_minor, base_minor=kept),
        _out(held),
        *carrying.difference(unit, (worth or 0) - (held.base_minor or 0)),
    )
    event = _write(unit, held, "bill_discount", on, legs, rate=at_rate)
    return _told(held, event, "discounted", received=money.plain(held.amount_minor - fee_minor, currency))


@use_case(
    "bill.collect",
    fields=(BILL, DATE, MONEY_ACCOUNT, RATE),
    summary=N_("Record that a bill was paid when it fell due."),
    errors=(*_ERRORS, Code.INVALID_CHOICE, Code.INACTIVE),
)
def collect(
    unit: Unit, *, bill: str, date: date | None, account: str | None, rate: Decimal | None = None
) -> dict[str, Any]:
    """Collects a bill at hand into a money account, default the bank's. In a foreign currency the money is worth the
    rate given, else that of the day, and the difference to the bill's value is an exchange gain or loss."""
    on = date or clock.today()
    held = _at_hand(unit, bill, on)
    bank = _bank(unit, account)
    at_rate, worth = _money_worth(unit, held, on, rate)
    legs = (
        Leg(bank.account_id, held.amount_minor, bank.id, worth),
        _out(held),
        *carrying.difference(unit, (worth or 0) - (held.base_minor or 0)),
    )
    event = _write(unit, held, "bill_collection", on, legs, rate=at_rate)
    return _told(held, event, "collected")


@use_case(
    "bill.dishonour",
    fields=(BILL, DATE, required(REASON), RATE),
    summary=N_(
        "Record that a bill was not paid (拒付): its payment is reversed and its invoices are open again."
    ),
    errors=(
        *_ERRORS,
        Code.IS_REFUNDED,
        Code.ALREADY_REVERSED,
    ),
)
def dishonour(
    unit: Unit, *, bill: str, date: date | None, reason: str, rate: Decimal | None = None
) -> dict[str, Any]:
    """Reverses the payment on that date, also after the bill was endorsed or discounted: it comes back at its full
    amount from whoever had it (the discount that the bank kept is lost).

    `rate`: of the money the bank takes back for a discounted bill in a foreign currency, default that of the day.
    """
    on = date or clock.today()
    held = bills.find(unit, bill)
    posted.require_live(held.payment, "bill")
    event = bills.standing_event(unit, held.payment.id)
    if event is not None and event.kind == "bill_collection":
        raise Conflict(
            Code.IN_USE,
            _("The bill {bill} was paid on {date} ({event}). Take the collection back first.").format(
                bill=held.number, date=event.dated_on.isoformat(), event=event.number
            ),
            field="bill",
        )
    bills.require_not_before_events(unit, held.payment, on)
    payments.require_take_back(unit, held.payment, on)
    at_rate, worth = None, held.base_minor
    if event is not None and event.kind == "bill_discount":
        at_rate, worth = _money_worth(unit, held, on, rate)
    elif rate is not None:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("No money goes back for this bill. Leave the rate out."),
            field="rate",
        )
    legs = _recourse_legs(unit, held, event, worth)
    recourse = _write(unit, held, "bill_recourse", on, legs, rate=at_rate, reason=reason)
    told = payments.take_back(unit, held.payment, on, reason)
    return _told(held, recourse, "dishonoured", payment=told["number"], released=told["released"])


def _recourse_legs(unit: Unit, held: Held, event: Posted | None, worth: int | None) -> tuple[Leg, ...]:
    """The bill comes back from whoever had it, at its full amount; nothing moves while it is at hand."""
    if event is None:
        return ()
    other = next(
        leg for leg in ledger.legs_of(unit, event.id) if leg.amount_minor > 0 and _gave(unit, leg, event)
    )
    return (
        Leg(held.account_id, held.amount_minor, held.money_account_id, held.base_minor),
        Leg(other.account_id, -held.amount_minor, other.money_account_id, carrying.negative(worth)),
        *carrying.difference(unit, (held.base_minor or 0) - (worth or 0)),
    )


def _gave(unit: Unit, leg: Leg, event: Posted) -> bool:
    """Whether the leg is what the bill was given for (not the discount that the bank kept)."""
    return event.kind != "bill_discount" or leg.account_id != ledger.account_id(unit, templates.FINANCE_COST)


@use_case(
    "bill.undo",
    fields=(BILL, DATE, required(REASON)),
    summary=N_("Take back that a bill was endorsed, discounted or collected; it is at hand again."),
    errors=(
        Code.NOT_FOUND,
        Code.NO_ORIGINAL,
        Code.REVERSED,
        Code.ALREADY_REVERSED,
        Code.DATE_ORDER,
        Code.PERIOD_LOCKED,
    ),
)
def undo(unit: Unit, *, bill: str, date: date | None, reason: str) -> dict[str, Any]:
    """Reverses what stands of the bill's events by a dated counter-entry."""
    on = date or clock.today()
    held = bills.find(unit, bill)
    posted.require_live(held.payment, "bill")
    event = bills.standing_event(unit, held.payment.id)
    if event is None:
        raise Conflict(
            Code.NO_ORIGINAL,
            _("Nothing happened to the bill {bill} yet; it is at hand.").format(bill=held.number),
            field="bill",
        )
    reversing.require_reversible(unit, event, on, "bill")
    reversing.reverse(unit, event, on, reason)
    unit.changes.add("bill", held.payment.id)
    return _told(held, event, "held", date=on.isoformat())
