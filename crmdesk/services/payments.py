"""Payments (收款): record, with allocation at once, and reverse (bounce)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.fields import Field, Kind, required
from crmdesk.models.specs.custom_fields import values_of
from crmdesk.models.specs.documents import DATE, PAYMENT, REASON
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.documents import payment as payment_table
from crmdesk.services import (
    allocating,
    bills,
    carrying,
    cash_rounding,
    contract_money,
    custom_values,
    customers,
    exchanging,
    invoices,
    ledger,
    money_accounts,
    payment_parts,
    posted,
    reversing,
    settlement_discounts,
    templates,
    transferring,
)
from crmdesk.services.ledger import Leg
from crmdesk.services.payment_parts import Part
from crmdesk.services.posted import REVERSAL, Posted
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

PAYMENT_LINK = required(Field("payment", Kind.LINK, N_("Payment"), link="payment"))
_NOTHING: dict[str, Any] = {field.name: None for field in PAYMENT}


@use_case(
    "payment.record",
    fields=(*PAYMENT, values_of("payment")),
    summary=N_("Record money received and settle invoices with it; what is left becomes customer credit."),
    errors=(
        Code.NOT_FOUND,
        Code.CUSTOMER_MISSING,
        Code.OVER_ALLOCATED,
        Code.NO_MATCH,
        Code.AMBIGUOUS,
        Code.OTHER_CUSTOMER,
        Code.OTHER_CONTRACT,
        Code.WRONG_STATE,
        Code.REVERSED,
        Code.CURRENCY_MIXED,
        Code.PERIOD_LOCKED,
        Code.TOO_MANY_DECIMALS,
        Code.OUT_OF_RANGE,
        Code.DUPLICATE,
        Code.INVALID_CHOICE,
        Code.RATE_MISSING,
        Code.REQUIRED,
    ),
)
def record(unit: Unit, **values: Any) -> dict[str, Any]:
    """Records a payment. Result amounts are decimal strings of its currency.

    `fee`: the customer is credited with `amount`, the money account receives `amount − fee`.
    `discount`: a settlement discount that settles as if paid, at most what is settled; `take_discount` takes the one
    of the invoices' terms (amounts of `allocate` are then what is settled, the discount in them). `received`: the
    money account got another currency; `amount` is what that is worth in the currency of the invoices. In a foreign
    currency the result has `rate` and `exchange_difference` (book currency, a loss is negative), both null where
    nobody gave a rate.
    """
    is_asked = "fields" in values
    values = _NOTHING | values  # imports and bank lines know some of the fields only
    customer = customers.find(unit, values["customer"])
    on: date = values["date"] or clock.today()
    currency = values["currency"] or customer.currency
    received_minor = money.to_minor(values["amount"], currency)
    fee_minor = money.to_minor(values["fee"] or Decimal(0), currency, "fee")
    offers = settlement_discounts.asked(unit, values, on)
    discount_minor = money.to_minor(values["discount"] or Decimal(0), currency, "discount")
    if fee_minor > received_minor:
        raise InvalidInput(Code.OUT_OF_RANGE, _("The fee is more than the payment itself."), field="fee")
    method, account = money_accounts.of_payment(unit, values["method"], values["account"])
    rounding_minor = cash_rounding.of_payment(unit, values, method, received_minor, currency)
    given_minor = discount_minor + rounding_minor
    total_minor = money.check_limit(received_minor + given_minor)
    own = custom_values.check(unit, "payment", values.get("fields"), currency=currency, is_asked=is_asked)
    is_other = values["received"] is not None
    bills.require_details(unit, values["bill"], method, account, fee_minor, is_received_otherwise=is_other)
    if values["bill"]:
        bills.require_running(values["bill"], on)
    ledger.require_open_period(unit, on)
    contract = None
    if values["contract"]:
        contract = contract_money.require_payable(unit, values["contract"], customer.id, currency)
    allocate = values["allocate"]
    if allocate is None or allocate == []:
        allocate = "oldest" if contract else "none"
    worth = exchanging.value(
        unit,
        currency,
        on,
        received_minor - fee_minor,
        total_minor,
        values["rate"],
        values["received"],
    )
    every_part = payment_parts.plan_parts(
        unit,
        allocate,
        customer.id,
        currency,
        total_minor,
        on,
        worth,
        contract,
        may_be_others=bool(values["on_behalf"]),
        offers=offers,
    )
    _require_settling(discount_minor, sum(part.amount_minor for part in every_part), currency)
    parts = [part for part in every_part if part.debit.customer_id == customer.id]
    invoices.warn_far_future(unit, on)
    number, generation = posted.claim_number(unit, "payment", values["number"], on)
    payment = posted.write(
        unit,
        "payment",
        number,
        generation,
        customer_id=customer.id,
        currency=currency,
        dated_on=on,
        total_minor=total_minor,
        discount_minor=given_minor,
        effect_minor=-total_minor,
        reference=values["reference"] or "",
        ground="rounding" if rounding_minor else "",
        note=values["note"] or "",
        rate=worth.rate,
    )
    unit.add(
        payment_table,
        document_id=payment.id,
        method=method,
        money_account_id=account.id,
        payer=values["payer"] or "",
        received_minor=received_minor,
        fee_minor=fee_minor,
        paid_currency=worth.paid_currency,
        paid_minor=worth.paid_minor,
    )
    custom_values.write(unit, own, payment.id)
    if contract is not None:
        contract_money.tie(unit, payment, contract)
    if values["bill"]:
        bills.attach(unit, payment, values["bill"])
    item = unit.open_items.new(payment)
    allocated_now, credit_base, debit_base, gain = 0, 0, 0, 0
    for part in parts:
        is_now = part.on == on
        shares = allocating.write(
            unit, payment, part.debit, part.amount_minor, part.on, has_own_entry=not is_now
        )
        if is_now:
            allocated_now += part.amount_minor
        if shares is not None:
            gain += shares.gain_minor
            if is_now:
                credit_base += shares.credit_minor or 0
                debit_base += shares.debit_minor or 0
    base = worth.base_minor
    cost_base, rounding_base = _costs(worth, fee_minor + discount_minor, rounding_minor)
    ledger.post(
        unit,
        payment.id,
        dated_on=on,
        customer_id=customer.id,
        currency=currency,
        legs=(
            *exchanging.money_legs(unit, worth, account, received_minor - fee_minor),
            Leg(
                ledger.account_id(unit, templates.FINANCE_COST),
                fee_minor + discount_minor,
                base_minor=cost_base,
            ),
            Leg(ledger.account_id(unit, templates.ROUNDING), rounding_minor, base_minor=rounding_base),
            Leg(
                ledger.account_id(unit, templates.RECEIVABLE),
                -allocated_now,
                base_minor=None if base is None else -debit_base,
            ),
            Leg(
                ledger.account_id(unit, templates.CUSTOMER_CREDIT),
                allocated_now - total_minor,
                base_minor=None if base is None else credit_base - base,
            ),
            *carrying.difference(unit, 0 if base is None else credit_base - debit_base),
        ),
    )
    given_back = 0
    for part in parts:
        if offers is not None:
            offers.warn_late(part.debit)
        if part.discount_minor:
            settlement_discounts.write(unit, payment, part.debit, part.discount_minor, part.on)
            given_back += part.discount_minor
    transfers = _pay_for_others(unit, payment, every_part, on)
    result: dict[str, Any] = {
        "number": number,
        "allocated": money.plain(total_minor - item.open_minor + given_back, currency),
        "credit": money.plain(item.open_minor, currency),
        "allocations": payment_parts.told(unit, every_part, currency),
    }
    if offers is not None:
        result["discount"] = money.plain(given_back, currency)
    own = unit.settings.currency
    if currency != own:
        result["rate"] = worth.rate
        result["exchange_difference"] = None if base is None else money.plain(gain, own)
    if transfers:
        result["transfers"] = transfers
    return result


def _require_settling(discount_minor: int, settled_minor: int, currency: str) -> None:
    """Refuses a discount beyond what the payment settles: the rest of it would become credit that nobody paid."""
    if discount_minor <= settled_minor:
        return
    raise InvalidInput(
        Code.OUT_OF_RANGE,
        _(
            "The settlement discount of {discount} is more than the {most} that this payment settles; it may be at "
            "most that. Name the invoices in “allocate”, or leave the discount out."
        ).format(discount=money.plain(discount_minor, currency), most=money.plain(settled_minor, currency)),
        field="discount",
    )


def _costs(worth: exchanging.Worth, cost_minor: int, rounding_minor: int) -> tuple[int | None, int | None]:
    """The value of fee and discount, and that of what cash was rounded by: either may be nothing, the rounding less."""
    if worth.cost_minor is None:
        return None, None
    if not cost_minor:
        return 0, worth.cost_minor
    sign = 1 if cost_minor + rounding_minor >= 0 else -1
    cost, rounding = money.spread(sign * worth.cost_minor, (sign * cost_minor, sign * rounding_minor))
    return sign * cost, sign * rounding


def _pay_for_others(unit: Unit, payment: Posted, parts: Sequence[Part], on: date) -> list[dict[str, Any]]:
    """Transfers to each other customer what the payment settles for him (代付), and settles it."""
    by_owner: dict[int, list[Part]] = {}
    for part in parts:
        if part.debit.customer_id != payment.customer_id:
            by_owner.setdefault(part.debit.customer_id, []).append(part)
    made = []
    for owner, his in by_owner.items():
        amount_minor = sum(part.amount_minor for part in his)
        incoming = transferring.write(unit, payment, owner, amount_minor, on)
        for part in his:
            allocating.write(unit, incoming, part.debit, part.amount_minor, part.on)
        made.append({"number": incoming.number, "amount": money.plain(amount_minor, payment.currency)})
    return made


def refunded_minor(unit: Unit, document_id: int) -> int:
    """What was paid back of a payment or credit, less reversed refunds."""
    refunds = unit.execute(
        select(document.c.id, document.c.total_minor).where(
            document.c.origin_id == document_id, document.c.kind == "refund"
        )
    ).all()
    total = sum(row.total_minor for row in refunds)
    if refunds:
        reversed_rows = unit.execute(
            select(document.c.total_minor).where(
                document.c.origin_id.in_([row.id for row in refunds]), document.c.kind == "refund" + REVERSAL
            )
        ).all()
        total -= sum(row.total_minor for row in reversed_rows)
    return total


@use_case(
    "payment.reverse",
    fields=(PAYMENT_LINK, DATE, required(REASON)),
    summary=N_("Reverse a payment (bounced, wrong): its invoices reopen on the date of the reversal."),
    errors=(
        Code.IN_USE,
        Code.NOT_FOUND,
        Code.ALREADY_REVERSED,
        Code.IS_REFUNDED,
        Code.IS_ALLOCATED,
        Code.DATE_ORDER,
        Code.PERIOD_LOCKED,
    ),
)
def reverse(unit: Unit, *, payment: str, date: date | None, reason: str) -> dict[str, Any]:
    """Reverses a payment; its allocations are released on that date."""
    original = posted.find(unit, ("payment",), payment, "payment")
    on = date or clock.today()
    bills.require_held(unit, original, on)
    return take_back(unit, original, on, reason)


def require_take_back(unit: Unit, original: Posted, on: date) -> list[Posted]:
    """Everything that may forbid a payment's reversal on a date; gives the transfers that go back with it."""
    reversing.require_reversible(unit, original, on, "payment")
    if refunded_minor(unit, original.id) > 0:
        raise Conflict(
            Code.IS_REFUNDED,
            _("Part of {number} was refunded. Reverse the refund first.").format(number=original.number),
            field="payment",
        )
    item = unit.open_items.get(original)
    if on < item.last_event_on:  # also of a refund taken back later: until then part of it was refunded
        raise InvalidInput(
            Code.DATE_ORDER,
            _("{number} was used or released on {date}; reverse it on that day or later.").format(
                number=original.number, date=item.last_event_on.isoformat()
            ),
            field="date",
        )
    transfers = transferring.live_of(unit, original.id)
    for transfer in transfers:
        transferring.require_reversible(unit, transfer, on, "payment")
    return transfers


def take_back(unit: Unit, original: Posted, on: date, reason: str) -> dict[str, Any]:
    """Reverses a payment with every check: its allocations are released, and what it paid for others is taken back."""
    transfers = require_take_back(unit, original, on)
    item = unit.open_items.get(original)
    released: list[tuple[Posted, int]] = []
    settlement_discounts.take_back(unit, settlement_discounts.live_of(unit, original), on, reason)
    for transfer in transfers:
        released += transferring.take_back(unit, transfer, on, reason)
    released += allocating.release_all(unit, original, on)
    reverse_entry(unit, original, on, reason)
    unit.open_items.settle(item, item.open_minor, on)
    return {
        "number": original.number,
        "date": on.isoformat(),
        "released": [
            {"invoice": debit.number, "amount": money.plain(net, original.currency)}
            for debit, net in released
        ],
    }


def reverse_entry(
    unit: Unit, original: Posted, on: date, reason: str, legs: Sequence[Leg] | None = None
) -> None:
    """Reverses the payment's own entry exactly. By now every allocation is released, so the whole payment waits
    in customer credit; what its first entry had put into receivables is moved back there before."""
    receivable = ledger.account_id(unit, templates.RECEIVABLE)
    if legs is None:
        legs = ledger.legs_of(unit, original.id)
    first_split = -sum(leg.amount_minor for leg in legs if leg.account_id == receivable)
    # In base the releases have taken back what the split cleared, and its exchange difference with it.
    kept = [leg for leg in legs if leg.amount_minor == 0]
    split_base = _base_of(leg for leg in legs if leg.account_id == receivable)
    credit_base = None if split_base is None else -split_base - sum(leg.base_minor or 0 for leg in kept)
    reversal = reversing.reverse(unit, original, on, reason, legs)
    if first_split:
        ledger.post(
            unit,
            -reversal.id,
            dated_on=on,
            customer_id=original.customer_id,
            currency=original.currency,
            legs=(
                Leg(ledger.account_id(unit, templates.CUSTOMER_CREDIT), first_split, base_minor=credit_base),
                Leg(receivable, -first_split, base_minor=split_base),
                *kept,
            ),
        )


def _base_of(legs: Iterable[Leg]) -> int | None:
    """What legs are worth in the book's currency; None where nobody gave a rate."""
    bases = [leg.base_minor for leg in legs]
    return None if None in bases else sum(base or 0 for base in bases)
