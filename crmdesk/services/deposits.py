"""Deposits to be returned (押金): a liability, neither income nor the customer's credit (domain.md, Ledger).

A deposit and what becomes of it are documents. Returned or kept as income it never touches what the customer owes;
applied to an invoice it settles that invoice as a payment would. 定金, money on account of a sale, is no deposit but a
prepayment: `payment.record`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from datetime import date as date_type
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, case, func, select

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.fields import Choice, Field, Kind, required
from crmdesk.models.specs.documents import (
    AMOUNT,
    CURRENCY,
    CUSTOMER,
    DATE,
    METHOD,
    MONEY_ACCOUNT,
    NOTE,
    RATE,
    REASON,
)
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.documents import payment as payment_table
from crmdesk.services import (
    allocating,
    carrying,
    customers,
    ledger,
    money_accounts,
    posted,
    rates,
    reversing,
    templates,
)
from crmdesk.services.ledger import Leg
from crmdesk.services.open_items import DEBIT_KINDS
from crmdesk.services.posted import REVERSAL, Posted
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

DEPOSIT_KINDS = ("deposit",)
USES = ("deposit_return", "deposit_kept", "deposit_applied")
"""What takes from a deposit; each points to it."""
_BILL_METHOD = "bill"
DEPOSIT = required(Field("deposit", Kind.LINK, N_("Deposit"), link="deposit"))
_USE_ERRORS = (
    Code.NOT_FOUND,
    Code.OVER_REFUNDED,
    Code.REVERSED,
    Code.DATE_ORDER,
    Code.PERIOD_LOCKED,
    Code.TOO_MANY_DECIMALS,
)


@use_case(
    "deposit.receive",
    fields=(
        CUSTOMER,
        DATE,
        AMOUNT,
        METHOD,
        MONEY_ACCOUNT,
        CURRENCY,
        Field("contract", Kind.TEXT, N_("Contract")),
        NOTE,
        RATE,
    ),
    summary=N_("Record a deposit (押金) that has to be given back: a liability, not the customer's credit."),
    errors=(
        Code.CUSTOMER_MISSING,
        Code.NOT_FOUND,
        Code.INVALID_CHOICE,
        Code.OUT_OF_RANGE,
        Code.TOO_MANY_DECIMALS,
        Code.PERIOD_LOCKED,
    ),
)
def receive(unit: Unit, **values: Any) -> dict[str, Any]:
    """Records a deposit received. The customer's balance does not change.

    In a foreign currency it keeps the value of its day: a liability in money that was received (domain.md, Ledger).
    """
    customer = customers.find(unit, values["customer"])
    on: date = values["date"] or clock.today()
    currency = values["currency"] or customer.currency
    amount_minor = money.to_minor(values["amount"], currency)
    method, account = _money(unit, values["method"], values["account"])
    ledger.require_open_period(unit, on)
    at_rate = rates.of_document(unit, currency, on, values.get("rate"))
    base = carrying.to_base(amount_minor, currency, at_rate, unit.settings.currency) if at_rate else None
    number, generation = posted.claim_number(unit, "deposit", None, on)
    deposit = posted.write(
        unit,
        "deposit",
        number,
        generation,
        customer_id=customer.id,
        currency=currency,
        dated_on=on,
        total_minor=amount_minor,
        effect_minor=0,
        reference=values["contract"] or "",
        note=values["note"] or "",
        rate=at_rate,
    )
    _write_money(unit, deposit, method, account, amount_minor, held_base=base, money_base=base)
    return {"number": number, "held": money.plain(amount_minor, currency)}


def _money(unit: Unit, method: str | None, account: str | None) -> tuple[str, money_accounts.MoneyAccountRow]:
    """Method and money account of a deposit; a bill of exchange is no money to give back."""
    found = money_accounts.of_payment(unit, method, account)
    if found[0] == _BILL_METHOD:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("A deposit is money, not a bill of exchange. Choose another method."),
            field="method",
        )
    return found


def _write_money(
    unit: Unit,
    source: Posted,
    method: str,
    account: money_accounts.MoneyAccountRow,
    received_minor: int,
    *,
    held_base: int | None,
    money_base: int | None,
) -> None:
    """What came in (or, negative, went out) against the liability, with the value of either; what they differ by was
    gained or lost on holding it."""
    unit.add(
        payment_table,
        document_id=source.id,
        method=method,
        money_account_id=account.id,
        received_minor=received_minor,
        fee_minor=0,
    )
    ledger.post(
        unit,
        source.id,
        dated_on=source.dated_on,
        customer_id=source.customer_id,
        currency=source.currency,
        legs=(
            Leg(account.account_id, received_minor, account.id, money_base),
            Leg(
                ledger.account_id(unit, templates.DEPOSIT),
                -received_minor,
                base_minor=carrying.negative(held_base),
            ),
            *carrying.difference(unit, (money_base or 0) - (held_base or 0)),
        ),
    )


def _usable(unit: Unit, name: str, amount: Decimal, on: date) -> tuple[Posted, int]:
    """The deposit and a checked amount: at most what is held of it at every date from `on` on."""
    deposit = posted.find(unit, DEPOSIT_KINDS, name, "deposit")
    posted.require_live(deposit, "deposit")
    reversing.require_not_before(deposit, on)
    ledger.require_open_period(unit, on)
    amount_minor = money.to_minor(amount, deposit.currency)
    room = least_held(deposit.total_minor, _events(unit, deposit.id), on)
    if amount_minor > room:
        raise Conflict(
            Code.OVER_REFUNDED,
            _("Only {amount} of the deposit {number} is held from {date} on.").format(
                amount=money.plain(room, deposit.currency), number=deposit.number, date=on.isoformat()
            ),
            field="amount",
        )
    return deposit, amount_minor


def _events(unit: Unit, deposit_id: int) -> list[tuple[date, int]]:
    """Every dated use (+) of a deposit and every use taken back (−)."""
    back = document.alias("back")
    uses = unit.execute(
        select(document.c.dated_on, document.c.total_minor, back.c.dated_on)
        .join(back, (back.c.origin_id == document.c.id), isouter=True)
        .where(document.c.origin_id == deposit_id, document.c.kind.in_(USES))
    ).all()
    events = []
    for used_on, amount, back_on in uses:
        events.append((used_on, amount))
        if back_on is not None:
            events.append((back_on, -amount))
    return events


def _cleared(unit: Unit, deposit: Posted, amount_minor: int) -> int | None:
    """What using so much (negative: giving it back) clears of a foreign deposit's value, before it is written."""
    if deposit.currency == unit.settings.currency:
        return None
    used = sum(amount for _when, amount in _events(unit, deposit.id))
    return carrying.share_after(unit, deposit, used, amount_minor)


def least_held(total_minor: int, events: Sequence[tuple[date, int]], on: date) -> int:
    """The least that is held of a deposit at any date from `on` on, in minor units."""
    days = {on, *(when for when, _amount in events if when > on)}
    return min(total_minor - sum(amount for when, amount in events if when <= day) for day in days)


def _write_use(
    unit: Unit,
    kind: str,
    deposit: Posted,
    amount_minor: int,
    on: date,
    *,
    effect_minor: int = 0,
    rate: str | None = None,
    reason: str,
) -> Posted:
    number, generation = posted.claim_number(unit, kind, None, on)
    unit.changes.add("deposit", deposit.id)
    return posted.write(
        unit,
        kind,
        number,
        generation,
        customer_id=deposit.customer_id,
        currency=deposit.currency,
        dated_on=on,
        total_minor=amount_minor,
        effect_minor=effect_minor,
        origin_id=deposit.id,
        reference=deposit.number,
        rate=rate,
        reason=reason,
    )


def _told(unit: Unit, deposit: Posted, use: Posted) -> dict[str, Any]:
    held = least_held(deposit.total_minor, _events(unit, deposit.id), date_type.max)
    return {"number": use.number, "held": money.plain(held, deposit.currency)}


@use_case(
    "deposit.return",
    fields=(DEPOSIT, AMOUNT, DATE, METHOD, MONEY_ACCOUNT, REASON, RATE),
    summary=N_("Give a deposit back, in part or all of it."),
    errors=(*_USE_ERRORS, Code.INVALID_CHOICE, Code.INACTIVE, Code.RATE_MISSING),
)
def give_back(
    unit: Unit,
    *,
    deposit: str,
    amount: Decimal,
    date: date | None,
    method: str | None,
    account: str | None,
    reason: str | None,
    rate: Decimal | None = None,
) -> dict[str, Any]:
    """Pays (part of) a deposit back.

    What was held is cleared at its own value; the money that goes is worth the rate given, or the table's, or that
    value, and the difference is an exchange gain or loss.
    """
    on = date or clock.today()
    found, amount_minor = _usable(unit, deposit, amount, on)
    used_method, money_account = _money(unit, method, account)
    at_rate, cleared, paid = _worth(unit, found, amount_minor, on, rate)
    use = _write_use(unit, "deposit_return", found, amount_minor, on, rate=at_rate, reason=reason or "")
    _write_money(
        unit,
        use,
        used_method,
        money_account,
        -amount_minor,
        held_base=carrying.negative(cleared),
        money_base=carrying.negative(paid),
    )
    return _told(unit, found, use)


def _worth(
    unit: Unit, deposit: Posted, amount_minor: int, on: date, given: Decimal | None
) -> tuple[str | None, int | None, int | None]:
    """(rate, value cleared, value of the money) of a deposit given back."""
    rates.check_given(unit, deposit.currency, given)
    cleared = _cleared(unit, deposit, amount_minor)
    if cleared is None:
        if given is not None and deposit.currency != unit.settings.currency:
            raise rates.mixed(deposit.number, _("what is given back"), "rate")
        return None, None, None
    rate, paid = carrying.money_worth(unit, amount_minor, deposit.currency, on, given, cleared)
    return rate, cleared, paid


@use_case(
    "deposit.keep",
    fields=(
        DEPOSIT,
        AMOUNT,
        DATE,
        required(REASON),
        Field(
            "keep_for",
            Kind.CHOICE,
            N_("Kept for"),
            choices=(Choice("income", N_("Other income")), Choice("invoice", N_("An invoice"))),
            default="income",
        ),
        Field("invoice", Kind.LINK, N_("Invoice"), link="invoice"),
    ),
    summary=N_("Keep (part of) a deposit: as other income (damage, breach), or to settle an invoice."),
    errors=(
        *_USE_ERRORS,
        Code.REQUIRED,
        Code.INVALID_CHOICE,
        Code.OTHER_CUSTOMER,
        Code.OVER_ALLOCATED,
        Code.NO_ORIGINAL,
        Code.CURRENCY_MIXED,
        Code.RATE_MISSING,
    ),
)
def keep(
    unit: Unit,
    *,
    deposit: str,
    amount: Decimal,
    date: date | None,
    reason: str,
    keep_for: str,
    invoice: str | None,
) -> dict[str, Any]:
    """Keeps a deposit. For an invoice it is a credit that is applied at once, at most what stays open of it."""
    on = date or clock.today()
    found, amount_minor = _usable(unit, deposit, amount, on)
    if (keep_for == "invoice") != (invoice is not None):
        raise InvalidInput(
            Code.REQUIRED,
            _("Name the invoice that the deposit settles, or keep it as income without one."),
            field="invoice",
        )
    if invoice is None:
        cleared = _cleared(unit, found, amount_minor)
        use = _write_use(unit, "deposit_kept", found, amount_minor, on, reason=reason)
        _post_use(unit, use, ledger.account_id(unit, templates.OTHER_INCOME), cleared)
        return _told(unit, found, use)
    debit = posted.find(unit, DEBIT_KINDS, invoice, "invoice")
    if debit.effect_minor < 0:
        raise Conflict(
            Code.NO_ORIGINAL,
            _("{number} is a credit; it settles others and is not settled itself.").format(
                number=debit.number
            ),
            field="invoice",
        )
    reversing.require_not_before(debit, on)
    allocating.require_pair(unit, found, debit, on, credit_field="deposit", debit_field="invoice")
    item = unit.open_items.get(debit)
    allocating.require_room(unit, item, debit.number, amount_minor, on)
    cleared = _cleared(unit, found, amount_minor)
    use = _write_use(
        unit, "deposit_applied", found, amount_minor, on, effect_minor=-amount_minor, reason=reason
    )
    unit.open_items.new(use)
    carrying.keep_base(unit, use, cleared)
    _post_use(unit, use, ledger.account_id(unit, templates.RECEIVABLE), cleared)
    allocating.write(unit, use, debit, amount_minor, on)
    return _told(unit, found, use) | {
        "invoice": debit.number,
        "open": money.plain(item.open_minor, debit.currency),
    }


def _post_use(unit: Unit, use: Posted, account_id: int, cleared: int | None) -> None:
    """What was held becomes something else at the value it was held at."""
    ledger.post(
        unit,
        use.id,
        dated_on=use.dated_on,
        customer_id=use.customer_id,
        currency=use.currency,
        legs=(
            Leg(ledger.account_id(unit, templates.DEPOSIT), use.total_minor, base_minor=cleared),
            Leg(account_id, -use.total_minor, base_minor=carrying.negative(cleared)),
        ),
    )


@use_case(
    "deposit.reverse",
    fields=(DEPOSIT, DATE, required(REASON)),
    summary=N_("Reverse a deposit that was recorded by mistake or bounced, while nothing of it was used."),
    errors=(Code.NOT_FOUND, Code.ALREADY_REVERSED, Code.IN_USE, Code.DATE_ORDER, Code.PERIOD_LOCKED),
)
def reverse(unit: Unit, *, deposit: str, date: date | None, reason: str) -> dict[str, Any]:
    """Reverses a deposit of which nothing is returned or kept from that date on."""
    original = posted.find(unit, DEPOSIT_KINDS, deposit, "deposit")
    on = date or clock.today()
    reversing.require_reversible(unit, original, on, "deposit")
    events = _events(unit, original.id)
    if least_held(original.total_minor, events, on) != original.total_minor:
        raise Conflict(
            Code.IN_USE,
            _("Part of {number} was returned or kept. Take that back first.").format(number=original.number),
            field="deposit",
        )
    if any(when > on for when, _amount in events):
        last = max(when for when, _amount in events)
        raise InvalidInput(
            Code.DATE_ORDER,
            _("{number} was used or released on {date}; reverse it on that day or later.").format(
                number=original.number, date=last.isoformat()
            ),
            field="date",
        )
    reversing.reverse(unit, original, on, reason)
    return {"number": original.number, "date": on.isoformat()}


@use_case(
    "deposit.undo",
    fields=(
        required(Field("entry", Kind.LINK, N_("Returned or kept deposit"), link="deposit_use")),
        DATE,
        required(REASON),
    ),
    summary=N_("Take back that a deposit was returned or kept; it is held again."),
    errors=(Code.NOT_FOUND, Code.ALREADY_REVERSED, Code.DATE_ORDER, Code.PERIOD_LOCKED),
)
def undo(unit: Unit, *, entry: str, date: date | None, reason: str) -> dict[str, Any]:
    """Reverses a return, a keeping or an application (the invoice is open again), by its own number."""
    use = posted.find(unit, USES, entry, "entry")
    on = date or clock.today()
    reversing.require_reversible(unit, use, on, "entry")
    allocating.release_all(unit, use, on)
    deposit = posted.by_id(unit, use.origin_id or 0)
    back, legs = _cleared(unit, deposit, -use.total_minor), ledger.legs_of(unit, use.id)
    reversal = reversing.reverse(unit, use, on, reason, legs)
    liability = ledger.account_id(unit, templates.DEPOSIT)
    carrying.post_odd_cent(unit, reversal.id, deposit, back, legs, on, liability)
    if use.kind == "deposit_applied":
        item = unit.open_items.get(use)
        unit.open_items.settle(item, item.open_minor, on)
    unit.changes.add("deposit", deposit.id)
    return _told(unit, deposit, use) | {"date": on.isoformat()}


# Reading


def held_by_currency(connection: Connection, customer_id: int, on: date) -> dict[str, int]:
    """What is held of a customer's deposits by currency, in minor units, as at a date; nothing held is left out."""
    gives = ("deposit", *(kind + REVERSAL for kind in USES))
    takes = (*USES, "deposit" + REVERSAL)
    amount = func.sum(
        case((document.c.kind.in_(gives), document.c.total_minor), else_=-document.c.total_minor)
    )
    query = (
        select(document.c.currency, amount)
        .where(
            document.c.customer_id == customer_id,
            document.c.kind.in_((*gives, *takes)),
            document.c.dated_on <= on,
        )
        .group_by(document.c.currency)
        .having(amount != 0)
    )
    return dict(connection.execute(query).all())
