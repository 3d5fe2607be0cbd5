"""What a payment settles: chosen by a mode or named by hand, checked before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crmdesk.models import money, validation
from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.fields import Field, Kind, required
from crmdesk.models.specs.documents import AMOUNT
from crmdesk.services import (
    allocating,
    carrying,
    contract_money,
    exchanging,
    ledger,
    posted,
    rates,
    settlement_discounts,
)
from crmdesk.services.agreements import Agreement
from crmdesk.services.open_items import DEBIT_KINDS
from crmdesk.services.posted import Posted
from crmdesk.services.units import Unit
from crmdesk.text import N_, _

MODES = ("none", "oldest", "due", "exact", "auto")
_BY_HAND = (required(Field("invoice", Kind.LINK, N_("Invoice"), link="invoice")), AMOUNT)


@dataclass(frozen=True, slots=True)
class Part:
    """What of a payment settles one invoice, and the settlement discount by its terms that goes with it."""

    debit: Posted
    amount_minor: int
    on: date
    discount_minor: int = 0


def told(unit: Unit, parts: Sequence[Part], currency: str) -> list[dict[str, Any]]:
    """What was settled, as a result shows it."""
    return [
        {
            "invoice": part.debit.number,
            "amount": money.plain(part.amount_minor + part.discount_minor, currency),
            **({"discount": money.plain(part.discount_minor, currency)} if part.discount_minor else {}),
            "open": money.plain(unit.open_items.get(part.debit).open_minor, currency),
        }
        for part in parts
    ]


def plan_parts(
    unit: Unit,
    allocate: Any,
    customer_id: int,
    currency: str,
    total_minor: int,
    on: date,
    worth: exchanging.Worth,
    contract: Agreement | None = None,
    *,
    may_be_others: bool = False,
    offers: settlement_discounts.Offers | None = None,
) -> list[Part]:
    """What an amount settles, checked before anything is written. `may_be_others`: also other customers' invoices.

    `offers`: settlement discounts of the customer's own invoices, which are taken.
    """
    if isinstance(allocate, str):
        if allocate not in MODES:
            raise _unknown_mode(allocate)
        if allocate == "none":
            return []
        own = contract_money.bills_in_order(unit, contract) if contract else None
        chosen = allocating.plan(
            unit,
            customer_id,
            currency,
            total_minor,
            on,
            allocate,
            own,
            is_rated=worth.base_minor is not None,
            offered=offers.rates if offers else None,
        )
        return [
            Part(posted.by_id(unit, item.document_id), amount, on, discount)
            for item, amount, discount in chosen
        ]
    if not isinstance(allocate, list):
        raise _unknown_mode(allocate)
    parts: list[Part] = []
    by_item: dict[int, int] = {}
    for index, values in enumerate(allocate):
        place = f"allocate[{index}]."
        if not isinstance(values, dict):
            raise _unknown_mode(values)
        checked = validation.check(_BY_HAND, values, place)
        debit = posted.find(unit, DEBIT_KINDS, checked["invoice"], f"{place}invoice")
        amount_minor = money.to_minor(checked["amount"], currency, f"{place}amount")
        when = max(on, debit.dated_on)
        _require_payable(
            debit, debit.customer_id if may_be_others else customer_id, currency, f"{place}invoice"
        )
        if contract is not None:
            contract_money.require_own(unit, contract, debit, f"{place}invoice")
        if currency != unit.settings.currency and carrying.is_rated(unit, debit) != (
            worth.base_minor is not None
        ):
            this = _("this payment")
            unrated, rated = (this, debit.number) if worth.base_minor is None else (debit.number, this)
            raise rates.mixed(unrated, rated, f"{place}invoice")
        ledger.require_open_period(unit, when)
        item, before = unit.open_items.get(debit), by_item.get(debit.id, 0)
        by_item[debit.id] = before + amount_minor
        allocating.require_room(unit, item, debit.number, by_item[debit.id], when, f"{place}amount")
        discount = 0
        if offers is not None and debit.customer_id == customer_id:
            discount = offers.settle(item, unit.open_items.least_open(item, when) - before, amount_minor)
        parts.append(Part(debit, amount_minor - discount, when, discount))
    over = sum(part.amount_minor for part in parts) - total_minor
    if over > 0:
        raise Conflict(
            Code.OVER_ALLOCATED,
            _("The allocations are {amount} more than the payment.").format(
                amount=money.plain(over, currency)
            ),
            field="allocate",
        )
    return parts


def _require_payable(debit: Posted, customer_id: int, currency: str, field: str) -> None:
    posted.require_live(debit, field)
    if debit.customer_id != customer_id:
        raise Conflict(
            Code.OTHER_CUSTOMER,
            _(
                "{number} belongs to another customer. To pay for him too, say that the payment is on behalf of others."
            ).format(number=debit.number),
            field=field,
        )
    if debit.currency != currency:
        raise Conflict(
            Code.CURRENCY_MIXED,
            _("{number} is in {one}, the payment in {other}; currencies are not mixed.").format(
                number=debit.number, one=debit.currency, other=currency
            ),
            field=field,
        )
    if debit.effect_minor < 0:
        raise Conflict(
            Code.NO_ORIGINAL,
            _("{number} is a credit; it settles others and is not settled itself.").format(
                number=debit.number
            ),
            field=field,
        )


def _unknown_mode(value: Any) -> InvalidInput:
    return InvalidInput(
        Code.INVALID_CHOICE,
        _("“allocate”: “{value}” is not one of {choices}, nor a list of invoices with amounts.").format(
            value=validation.shown(value), choices=", ".join(MODES)
        ),
        field="allocate",
    )
