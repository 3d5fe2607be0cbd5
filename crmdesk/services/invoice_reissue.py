"""Re-issuing an invoice that is itself the tax document: credit note, new invoice, the same money on it, in one step.

(domain.md, "Fapiao", re-issue.) Everything that settled the old one is released on that date, the credit note settles
it wholly, and what was released settles the new one on the same date, oldest first, as far as it goes; the rest of a
payment is the customer's credit again. The due date is the old one's unless another is given: only the paper is new.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict
from crmdesk.models.fields import Field, Kind, optional, pick, required
from crmdesk.models.specs.documents import DATE, INVOICE, REASON
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document, document_line
from crmdesk.models.totals import LineInput, LineTotal, Totals
from crmdesk.services import (
    allocating,
    carrying,
    credits,
    custom_readings,
    custom_values,
    document_lines,
    invoiced,
    invoices,
    ledger,
    posted,
    rates,
    reversing,
    settled,
    settlement_discounts,
)
from crmdesk.services.posted import Posted
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _


@use_case(
    "invoice.reissue",
    fields=(
        required(Field("invoice", Kind.LINK, N_("Invoice"), link="invoice")),
        required(REASON),
        DATE,
        *(replace(field, required=True) for field in pick(INVOICE, "lines")),
        *optional(pick(INVOICE, "due", "discount", "number", "reference", "note")),
        *invoices.OVERRIDE,
        invoices.OWN,
    ),
    summary=N_(
        "Issue an invoice anew: a credit note for all of it and a new invoice, with what was paid on it."
    ),
    errors=(
        *invoices.LINE_ERRORS,
        Code.REVERSED,
        Code.OVER_CREDITED,
        Code.OVER_ALLOCATED,
        Code.IS_ALLOCATED,
        Code.IS_INVOICED,
        Code.CREDIT_LIMIT,
    ),
)
def reissue(
    unit: Unit,
    *,
    invoice: str,
    reason: str,
    date: date | None,
    lines: list[dict[str, Any]],
    override: bool | None = None,
    override_reason: str | None = None,
    **values: Any,
) -> dict[str, Any]:
    """Credits the invoice wholly and issues the new one on the same date; gives both and the allocations made."""
    if override and not override_reason:
        raise document_lines.missing("override_reason")
    original = posted.find(unit, ("invoice",), invoice, "invoice")
    on = date or clock.today()
    pairs = _require_reissuable(unit, original, on)
    owner = unit.execute(select(customer.c.code).where(customer.c.id == original.customer_id)).scalar_one()
    wanted = {"customer": owner, "date": on, "currency": original.currency, "lines": lines} | values
    kept = custom_readings.of_record(unit.connection, "invoice", original.id, original.currency)
    given = wanted.get("fields")
    wanted["fields"] = {**kept, **given} if isinstance(given, dict) else (given or kept)
    custom_values.check(
        unit, "invoice", wanted["fields"], currency=original.currency, except_ids=(original.id,)
    )
    _check_new(unit, wanted, original, on, is_overridden=bool(override))
    for credit, amount in pairs:
        allocating.release(unit, credit, original, amount, on)
    note = _credit_all(unit, original, on, reason)
    made = invoices.issue_values(
        unit, wanted, override=override_reason if override else None, replaces=original
    )
    new = posted.find(unit, ("invoice",), made["number"], "invoice")
    moved = _allocate(unit, pairs, new, on)
    item = unit.open_items.get(new)
    return made | {
        "original": original.number,
        "credit": note["number"],
        "open": money.plain(item.open_minor, new.currency),
        "allocations": moved,
    }


def _require_reissuable(unit: Unit, original: Posted, on: date) -> list[tuple[Posted, int]]:
    """What settles the invoice now, oldest first, after it was seen that all of it can be released on that date."""
    posted.require_live(original, "invoice")
    invoiced.require_not_invoiced(unit, original, "invoice")
    reversing.require_not_before(original, on)
    ledger.require_open_period(unit, on)
    if settled.is_credited(unit.connection, original.id):
        raise Conflict(
            Code.OVER_CREDITED,
            _("{number} has a credit note already; credit the rest and issue a new invoice.").format(
                number=original.number
            ),
            field="invoice",
        )
    pairs: list[tuple[Posted, int]] = []
    for credit_id, debit_id, net in allocating.allocated_pairs(unit, original.id):
        if debit_id != original.id:
            continue
        credit = posted.by_id(unit, credit_id)
        room = allocating.releasable_minor(allocating.pair_events(unit, credit, original), on)
        if credit.kind == settlement_discounts.KIND:
            raise Conflict(
                Code.IS_ALLOCATED,
                _("A discount was taken on {number}. Release its payment first, then issue it anew.").format(
                    number=original.number
                ),
                field="invoice",
            )
        if credit.kind == "writeoff" or room < net:
            raise Conflict(
                Code.IS_ALLOCATED,
                _("{credit} cannot be released from {number} on {date}. Choose a later date.").format(
                    credit=credit.number, number=original.number, date=on.isoformat()
                )
                if credit.kind != "writeoff"
                else _("{number} is written off in part; take that back first.").format(
                    number=original.number
                ),
                field="date",
            )
        pairs.append((credit, net))
    items = unit.open_items
    if items.least_open(items.get(original), on) + sum(net for _credit, net in pairs) < original.total_minor:
        # What settled it that day and was released later: the credit note would not settle all of it.
        raise Conflict(
            Code.IS_ALLOCATED,
            _(
                "On {date} something still settled {number} that was released later. Choose a later date."
            ).format(number=original.number, date=on.isoformat()),
            field="date",
        )
    _require_alike(unit, original, [credit for credit, _net in pairs], on)
    return sorted(pairs, key=lambda pair: (pair[0].dated_on, pair[0].id))


def _require_alike(unit: Unit, original: Posted, paid: list[Posted], on: date) -> None:
    """What was paid settles the new invoice only where both have a value in the book's currency, or neither has."""
    if original.currency == unit.settings.currency or not paid:
        return
    is_rated = rates.known(unit).on(original.currency, on) is not None
    for credit in paid:
        if carrying.is_rated(unit, credit) != is_rated:
            raise Conflict(
                Code.RATE_MISSING,
                _(
                    "{credit} has an exchange rate, and there is none for {currency} on {date}. "
                    "Enter one for that day (rate.set), then issue it anew."
                ).format(credit=credit.number, currency=original.currency, date=on.isoformat())
                if not is_rated
                else _(
                    "{credit} was posted without an exchange rate, and the new invoice would have one. "
                    "Give a rate to everything that has none (rate.adopt), then issue it anew."
                ).format(credit=credit.number),
                field="date",
            )


def _check_new(
    unit: Unit, values: dict[str, Any], original: Posted, on: date, *, is_overridden: bool
) -> None:
    """Everything that issuing may refuse is refused before the first row is written."""
    from crmdesk.services import customers

    owner, currency = customers.find_active(unit, values["customer"]), original.currency
    if values["due"] != original.due_on:
        invoices.due_date(owner, on, values["due"])
    warned = len(unit.warnings)
    lines = document_lines.read(unit, values["lines"], currency, on)
    discount = document_lines.read_discount(values["discount"], currency, "discount")
    total_minor = document_lines.total(unit, lines, currency, discount).total_minor
    if not is_overridden:
        # What is credited is owed no more, whatever settled it.
        invoices.keep_limit(unit, owner, currency, total_minor - original.total_minor, None)
    del unit.warnings[warned:]  # they come again with the invoice itself
    taken = posted.look_up(unit, ("invoice",), values["number"]) if values["number"] else None
    if taken is not None and taken.reversed_on is None:
        raise Conflict(
            Code.DUPLICATE,
            _("The number {number} is taken already.").format(number=values["number"]),
            field="number",
        )


def _credit_all(unit: Unit, original: Posted, on: date, reason: str) -> dict[str, Any]:
    """A credit note with the invoice's own lines and amounts, applied to it."""
    rows = unit.execute(
        select(document_line)
        .where(document_line.c.document_id == original.id)
        .order_by(document_line.c.position)
    ).all()
    net, tax = unit.execute(
        select(document.c.net_minor, document.c.tax_minor).where(document.c.id == original.id)
    ).one()
    lines = [
        document_lines.Line(
            LineInput(
                Decimal(row.quantity),
                Decimal(row.unit_price),
                Decimal(row.tax_rate),
                row.tax_kind,
                bool(row.is_tax_included),
            ),
            row.product_id,
            row.description,
            row.unit,
        )
        for row in rows
    ]
    amounts = tuple(LineTotal(row.net_minor, row.tax_minor, row.discount_minor) for row in rows)
    return credits.post(
        unit,
        customer_id=original.customer_id,
        original=original,
        on=on,
        currency=original.currency,
        lines=lines,
        totals=Totals(amounts, net, tax, original.discount_minor),
        reason=reason,
        is_applied=True,
    )


def _allocate(unit: Unit, pairs: list[tuple[Posted, int]], new: Posted, on: date) -> list[dict[str, Any]]:
    items = unit.open_items
    moved: list[dict[str, Any]] = []
    for credit, amount in pairs:
        part = min(amount, items.get(new).open_minor, items.least_open(items.get(credit), on))
        if part <= 0:
            continue
        allocating.write(unit, credit, new, part, on)
        moved.append({"credit": credit.number, "amount": money.plain(part, new.currency)})
    return moved
