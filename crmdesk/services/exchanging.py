"""What a payment is worth in the book's currency, also one whose money came in another currency than its invoices'.

Money of another currency goes through the clearing account “exchange”, so that the entry balances in each currency
and in base.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from crmdesk.models import money
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.services import carrying, ledger, rates, templates
from crmdesk.services.ledger import Leg
from crmdesk.services.money_accounts import MoneyAccountRow
from crmdesk.services.posted import Posted
from crmdesk.services.units import Unit
from crmdesk.text import _


@dataclass(frozen=True, slots=True)
class Worth:
    """The value of a payment in minor units of the book's currency; None where nobody gave a rate."""

    rate: str | None
    base_minor: int | None
    """Of all it can settle."""
    money_minor: int | None
    """Of the money itself, less the bank fee."""
    cost_minor: int | None
    """Of fee and settlement discount."""
    paid_currency: str | None = None
    paid_minor: int | None = None


def value(
    unit: Unit,
    currency: str,
    on: date,
    net_minor: int,
    total_minor: int,
    given: Decimal | None,
    received: dict[str, Any] | None,
) -> Worth:
    """Values a payment of `total_minor`, of which `net_minor` reaches the money account."""
    own = unit.settings.currency
    if received is not None:
        return _received(unit, currency, on, net_minor, total_minor, given, received)
    rate = rates.of_document(unit, currency, on, given)
    if currency == own:
        return Worth(None, total_minor, net_minor, total_minor - net_minor)
    if rate is None:
        return Worth(None, None, None, None)
    base = carrying.to_base(total_minor, currency, rate, own)
    net, cost = money.spread(base, (net_minor, total_minor - net_minor))
    return Worth(rate, base, net, cost)


def _received(
    unit: Unit,
    currency: str,
    on: date,
    net_minor: int,
    total_minor: int,
    given: Decimal | None,
    received: dict[str, Any],
) -> Worth:
    own, paid_currency = unit.settings.currency, received["currency"]
    if paid_currency == currency:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("The payment is in {currency} already. Leave “received” out.").format(currency=currency),
            field="received.currency",
        )
    if net_minor == 0:
        raise InvalidInput(
            Code.OUT_OF_RANGE, _("The fee is all of the payment; nothing was received."), field="fee"
        )
    paid = money.to_minor(received["amount"], paid_currency, "received.amount")
    if currency == own:
        rates.check_given(unit, currency, given)
        return Worth(None, total_minor, net_minor, total_minor - net_minor, paid_currency, paid)
    worth = paid
    if paid_currency != own:
        paid_rate = rates.known(unit).on(paid_currency, on)
        if paid_rate is None:
            rate = rates.of_document(unit, currency, on, given)
            if rate is None:
                return Worth(None, None, None, None, paid_currency, paid)
            base = carrying.to_base(total_minor, currency, rate, own)
            net, cost = money.spread(base, (net_minor, total_minor - net_minor))
            return Worth(rate, base, net, cost, paid_currency, paid)
        worth = carrying.to_base(paid, paid_currency, paid_rate, own, "received.amount")
    if given is not None:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("What was received says what the payment is worth. Leave the rate out."),
            field="rate",
        )
    if worth == 0:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("What was received is worth nothing in {currency}.").format(currency=own),
            field="received.amount",
        )
    rate = carrying.ratio(worth, net_minor, currency, own)
    base = carrying.to_base(total_minor, currency, rate, own)
    return Worth(rate, base, worth, base - worth, paid_currency, paid)


def carried(unit: Unit, source: Posted, minor: int) -> Worth:
    """The worth of part of what is free of a payment or credit: what it is carried at, not what the day's rate says."""
    base = minor
    if source.currency != unit.settings.currency:
        base = carrying.share(unit, source, unit.open_items.get(source), minor)
    return Worth(None, base, base, None)


def money_legs(unit: Unit, worth: Worth, account: MoneyAccountRow, net_minor: int) -> tuple[Leg, ...]:
    """The money that came in, in its own currency."""
    net = worth.money_minor
    if worth.paid_currency is None or worth.paid_minor is None:
        return (Leg(account.account_id, net_minor, account.id, net),)
    clearing = ledger.account_id(unit, templates.EXCHANGE)
    back = carrying.negative(net)
    return (
        Leg(account.account_id, worth.paid_minor, account.id, net, worth.paid_currency),
        Leg(clearing, -worth.paid_minor, None, back, worth.paid_currency),
        Leg(clearing, net_minor, base_minor=net),
    )
