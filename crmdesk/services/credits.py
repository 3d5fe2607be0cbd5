"""Credit notes (贷项): own series, linked to an invoice or not, applied to invoices or refunded."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict
from crmdesk.models.fields import Field, Kind, optional, required
from crmdesk.models.specs.custom_fields import values_of
from crmdesk.models.specs.documents import AMOUNT, CREDIT, DATE, REASON
from crmdesk.models.totals import Totals
from crmdesk.services import (
    allocating,
    carrying,
    custom_values,
    customers,
    document_lines,
    invoices,
    ledger,
    posted,
    rates,
    reversing,
    settled,
    templates,
)
from crmdesk.services.ledger import Leg
from crmdesk.services.open_items import DEBIT_KINDS
from crmdesk.services.posted import Posted
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

CREDIT_NOTE = required(Field("credit", Kind.LINK, N_("Credit note"), link="credit"))
INVOICE = required(Field("invoice", Kind.LINK, N_("Invoice"), link="invoice"))


@use_case(
    "credit.issue",
    fields=(*CREDIT, values_of("credit")),
    summary=N_("Issue a credit note, linked to an invoice or not."),
    errors=(
        *invoices.LINE_ERRORS,
        Code.REVERSED,
        Code.OTHER_CUSTOMER,
        Code.OVER_CREDITED,
        Code.OVER_ALLOCATED,
    ),
)
def issue(unit: Unit, *, invoice: str | None, apply: bool | None, **values: Any) -> dict[str, Any]:
    """Issues a credit note. Its lines are positive; the whole counts against what the customer owes.

    It settles nothing by itself: `credit.apply` does, or `apply: true` for its own invoice.
    """
    customer = customers.find(unit, values["customer"])
    on: date = values["date"] or clock.today()
    original = posted.find(unit, ("invoice", "opening"), invoice, "invoice") if invoice else None
    currency = values["currency"] or (original.currency if original else customer.currency)
    lines = document_lines.read(unit, values["lines"], currency, on, level=customer.level)
    discount = document_lines.read_discount(values["discount"], currency, "discount")
    totals = document_lines.total(unit, lines, currency, discount)
    if totals.total_minor == 0:
        raise document_lines.missing("lines")
    own = custom_values.check(
        unit, "credit", values.get("fields"), currency=currency, is_asked="fields" in values
    )
    ledger.require_open_period(unit, on)
    if original is not None:
        require_linkable(unit, original, customer.id, currency, on, totals.total_minor)
    return post(
        unit,
        customer_id=customer.id,
        original=original,
        on=on,
        currency=currency,
        lines=lines,
        totals=totals,
        reason=values["reason"],
        note=values["note"] or "",
        number=values["number"],
        given_rate=values.get("rate"),
        is_applied=bool(apply),
        own=own,
    )


def post(
    unit: Unit,
    *,
    customer_id: int,
    original: Posted | None,
    on: date,
    currency: str,
    lines: list[document_lines.Line],
    totals: Totals,
    reason: str,
    note: str = "",
    number: str | None = None,
    given_rate: Decimal | None = None,
    is_applied: bool = False,
    own: custom_values.Checked | None = None,
) -> dict[str, Any]:
    """Posts a checked credit note; `is_applied` settles its own invoice with it as far as that is open."""
    rate = _rate(unit, original, currency, on, given_rate)
    if (
        is_applied
        and original is not None
        and given_rate is not None
        and not carrying.is_rated(unit, original)
    ):
        raise rates.mixed(original.number, _("the credit note"), "rate")
    base = carrying.to_base(totals.total_minor, currency, rate, unit.settings.currency) if rate else None
    net_base, tax_base = carrying.valued(base, (totals.net_minor, totals.tax_minor))
    applied_minor = 0
    if is_applied and original is not None:
        applied_minor = min(totals.total_minor, unit.open_items.least_open(unit.open_items.get(original), on))
    taken, generation = posted.claim_number(unit, "credit", number, on)
    credit = posted.write(
        unit,
        "credit",
        taken,
        generation,
        customer_id=customer_id,
        currency=currency,
        dated_on=on,
        total_minor=totals.total_minor,
        net_minor=totals.net_minor,
        tax_minor=totals.tax_minor,
        discount_minor=totals.discount_minor,
        effect_minor=-totals.total_minor,
        origin_id=original.id if original else None,
        reason=reason,
        note=note,
        terms=json.dumps({"rounding": unit.settings.rounding}),
        rate=rate,
    )
    document_lines.write(unit, credit.id, lines, totals)
    if own is not None:
        custom_values.write(unit, own, credit.id)
    ledger.post(
        unit,
        credit.id,
        dated_on=on,
        customer_id=customer_id,
        currency=currency,
        legs=(
            Leg(ledger.account_id(unit, templates.REVENUE), totals.net_minor, base_minor=net_base),
            Leg(ledger.account_id(unit, templates.TAX), totals.tax_minor, base_minor=tax_base),
            Leg(
                ledger.account_id(unit, templates.RECEIVABLE),
                -totals.total_minor,
                base_minor=carrying.negative(base),
            ),
        ),
    )
    item = unit.open_items.new(credit)
    if applied_minor and original is not None:
        allocating.write(unit, credit, original, applied_minor, on)
    return {
        "number": taken,
        "total": money.plain(totals.total_minor, currency),
        "open": money.plain(item.open_minor, currency),
    }


def _rate(unit: Unit, original: Posted | None, currency: str, on: date, given: Decimal | None) -> str | None:
    """The rate of a credit note: what is taken back is worth what was billed, unless a rate is given."""
    if given is not None or original is None or currency == unit.settings.currency:
        return rates.of_document(unit, currency, on, given)
    rate = carrying.rate_of(unit, original)
    if rate is None:
        rates.warn_missing(unit, currency, on)
    return rate


def require_linkable(
    unit: Unit, original: Posted, customer_id: int, currency: str, on: date, total_minor: int
) -> None:
    """Refuses an invoice that a credit note of this customer, currency, date and amount may not be linked to."""
    posted.require_live(original, "invoice")
    if original.customer_id != customer_id:
        raise Conflict(
            Code.OTHER_CUSTOMER,
            _("{number} belongs to another customer.").format(number=original.number),
            field="invoice",
        )
    if original.currency != currency:
        raise Conflict(
            Code.CURRENCY_MIXED,
            _("{number} is in {currency}; its credit notes are too.").format(
                number=original.number, currency=original.currency
            ),
            field="currency",
        )
    reversing.require_not_before(original, on)
    left = original.total_minor - settled.credited_minor(unit.connection, original.id)
    if total_minor > left:
        raise Conflict(
            Code.OVER_CREDITED,
            _("Only {amount} of {number} can still be credited.").format(
                amount=money.plain(left, currency), number=original.number
            ),
            field="lines",
        )


@use_case(
    "credit.apply",
    fields=(CREDIT_NOTE, INVOICE, AMOUNT, DATE),
    summary=N_("Settle an invoice with a credit note or an opening credit; no money moves."),
    errors=(Code.NOT_FOUND, Code.OVER_ALLOCATED, Code.OTHER_CUSTOMER, Code.REVERSED, Code.DATE_ORDER),
)
def apply_credit(
    unit: Unit, *, credit: str, invoice: str, amount: Decimal, date: date | None
) -> dict[str, Any]:
    """Allocates part of a credit note to an invoice."""
    note = posted.find(unit, ("credit", "opening"), credit, "credit")
    return allocate_pair(unit, note, invoice, amount, date, credit_field="credit")


def allocate_pair(
    unit: Unit, credit: Posted, invoice: str, amount: Decimal, on: date | None, *, credit_field: str
) -> dict[str, Any]:
    """Allocates an amount of a credit or payment to an invoice on a date, with every check."""
    debit = posted.find(unit, DEBIT_KINDS, invoice, "invoice")
    amount_minor = money.to_minor(amount, credit.currency)
    when = on or allocating.default_date(credit, debit)
    items = unit.open_items
    credit_item, debit_item = items.get(credit), items.get(debit)
    require_sides(credit, debit, credit_field)
    allocating.require_pair(unit, credit, debit, when, credit_field=credit_field, debit_field="invoice")
    allocating.require_room(unit, debit_item, debit.number, amount_minor, when)
    allocating.require_room(unit, credit_item, credit.number, amount_minor, when)
    allocating.write(unit, credit, debit, amount_minor, when)
    return {
        "invoice": debit.number,
        "amount": money.plain(amount_minor, debit.currency),
        "open": money.plain(debit_item.open_minor, debit.currency),
        "credit": money.plain(credit_item.open_minor, debit.currency),
        "date": when.isoformat(),
    }


def require_sides(credit: Posted, debit: Posted, credit_field: str) -> None:
    """An opening item is a debit or a credit; each only on its own side."""
    if debit.effect_minor < 0:
        raise Conflict(
            Code.NO_ORIGINAL,
            _("{number} is a credit; it settles others and is not settled itself.").format(
                number=debit.number
            ),
            field="invoice",
        )
    if credit.effect_minor > 0:
        raise Conflict(
            Code.NO_ORIGINAL,
            _("{number} is not a credit; it cannot settle anything.").format(number=credit.number),
            field=credit_field,
        )


@use_case(
    "credit.release",
    fields=(CREDIT_NOTE, INVOICE, *optional((AMOUNT,)), DATE),
    summary=N_("Take back what a credit note settled, in part or all of it."),
    errors=(Code.NOT_FOUND, Code.OVER_RELEASED, Code.DATE_ORDER, Code.PERIOD_LOCKED),
)
def release_credit(
    unit: Unit, *, credit: str, invoice: str, amount: Decimal | None, date: date | None
) -> dict[str, Any]:
    """Releases an allocation of a credit note."""
    note = posted.find(unit, ("credit", "opening"), credit, "credit")
    return release_pair(unit, note, invoice, amount, date, credit_field="credit")


def release_pair(
    unit: Unit, credit: Posted, invoice: str, amount: Decimal | None, on: date | None, *, credit_field: str
) -> dict[str, Any]:
    """Releases an allocation on a date, default today."""
    debit = posted.find(unit, DEBIT_KINDS, invoice, "invoice")
    when = on or clock.today()
    posted.require_live(credit, credit_field)
    posted.require_live(debit, "invoice")
    ledger.require_open_period(unit, when)
    amount_minor = money.to_minor(amount, credit.currency) if amount is not None else None
    released = allocating.release(unit, credit, debit, amount_minor, when)
    items = unit.open_items
    return {
        "invoice": debit.number,
        "amount": money.plain(released, debit.currency),
        "open": money.plain(items.get(debit).open_minor, debit.currency),
        "credit": money.plain(items.get(credit).open_minor, debit.currency),
        "date": when.isoformat(),
    }


@use_case(
    "credit.void",
    fields=(CREDIT_NOTE, DATE, required(REASON)),
    summary=N_("Void a credit note of which nothing is applied or refunded."),
    errors=(Code.NOT_FOUND, Code.ALREADY_REVERSED, Code.IS_ALLOCATED, Code.PERIOD_LOCKED),
)
def void(unit: Unit, *, credit: str, date: date | None, reason: str) -> dict[str, Any]:
    """Voids a credit note by a dated reversal."""
    note = posted.find(unit, ("credit",), credit, "credit")
    return invoices.void_document(unit, note, date or clock.today(), reason, "credit")
