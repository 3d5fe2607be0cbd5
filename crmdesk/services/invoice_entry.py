"""What writing an invoice or credit note needs to know of the book, and the values of documents to begin with.

Nothing here writes. Values are those of the use cases `invoice.issue` and `credit.issue`, as JSON holds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models import clock, discount_terms, money
from crmdesk.models.errors import Code, NotFound
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document_line, draft
from crmdesk.models.tables.products import product
from crmdesk.models.totals import TAXED, Rounding
from crmdesk.services import (
    custom_fields,
    custom_readings,
    exposure,
    merged_codes,
    papers,
    settings,
    tax_rates,
)
from crmdesk.services import rates as exchange_rates
from crmdesk.services.drafts import read as read_draft
from crmdesk.services.drafts import state_of
from crmdesk.services.reports import ageing
from crmdesk.text import _

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """What the book decides for a document that is being written."""

    currency: str
    rounding: Rounding
    terms_days: int
    tax_rate: Decimal | None
    """The usual rate on the day; None where the table has no default."""
    rates: tuple[Decimal, ...]
    """All rates in force on the day, highest first."""
    exchange: Mapping[str, str] = field(default_factory=dict)
    """Exchange rates of the day, by currency."""


@dataclass(frozen=True, slots=True)
class CustomerStanding:
    """How a customer stands while a document for him is being written; amounts in minor units of `currency`."""

    code: str
    name: str
    currency: str
    terms_days: int
    balance_minor: int
    overdue_minor: int
    credit_limit_minor: int | None
    is_active: bool
    used: exposure.Owed
    """What counts against the limit: all currencies, in his own."""
    discount_terms: str = ""
    """What his invoices offer unless they say otherwise; empty for nothing."""


def setting_of(connection: Connection, on: date | None = None) -> Setting:
    """Currency, rounding, terms and rates of the book on a day."""
    own = settings.load(connection)
    day = on or clock.today()
    rates = [rate for rate in tax_rates.all_rates(connection) if rate.is_valid_on(day) and rate.kind == TAXED]
    usual = next((rate.rate for rate in rates if rate.is_default), None)
    return Setting(
        own.currency,
        "document" if own.rounding == "document" else "line",
        own.terms_days,
        usual,
        tuple(dict.fromkeys(rate.rate for rate in rates)),
        exchange_rates.load(connection).of_day(day),
    )


def customer_of(connection: Connection, code: str) -> CustomerStanding:
    """How a customer stands today. Raises NotFound."""
    row = connection.execute(
        select(customer).where(customer.c.code == merged_codes.meant(connection, code))
    ).first()
    if row is None:
        raise NotFound(Code.CUSTOMER_MISSING, _("This customer does not exist any more."), field="customer")
    own = settings.load(connection)
    currency = row.currency or own.currency
    entries = {entry.currency: entry for entry in ageing.rows(connection, customer_id=row.id)}
    aged = entries.get(currency)
    balances = {one: entry.total_minor for one, entry in entries.items()}
    return CustomerStanding(
        row.code,
        row.name,
        currency,
        _days_to_pay(row, own),
        aged.total_minor if aged else 0,
        aged.overdue_minor if aged else 0,
        row.credit_limit_minor,
        row.is_active,
        exposure.owed(connection, balances, currency, own.currency, clock.today()),
        row.discount_terms or "",
    )


def _days_to_pay(row: Any, own: settings.BookSettings) -> int:
    """The net days of a customer's discount terms, his own days, else the book's."""
    net = discount_terms.parse(row.discount_terms).net_days if row.discount_terms else None
    days = row.terms_days if net is None else net
    return own.terms_days if days is None else days


def due_on(on: date, terms_days: int) -> date:
    """When an invoice of a day is due."""
    return on + timedelta(days=terms_days)


# Values of documents that are there already


def of_draft(connection: Connection, name: str) -> tuple[Values, str]:
    """The values of a draft as they were typed, and its state (`seen` of the use cases). Raises NotFound."""
    digits = name.removeprefix("D")
    row = None
    if digits.isascii() and digits.isdigit() and len(digits) < 18:
        row = connection.execute(select(draft.c.content).where(draft.c.id == int(digits))).first()
    if row is None:
        raise NotFound(
            Code.NOT_FOUND, _("There is no draft {number}.").format(number=f"“{name[:40]}”"), field="draft"
        )
    return read_draft(row.content), state_of(row.content)


def copy_of(connection: Connection, number: str) -> Values:
    """The values of an invoice for another one like it: same customer, currency and lines, no dates or number."""
    row = papers.find_document(connection, "invoice", number)
    code = connection.execute(select(customer.c.code).where(customer.c.id == row.customer_id)).scalar_one()
    return {
        "customer": code,
        "currency": row.currency,
        "note": row.note or None,
        "lines": _lines_of(connection, row),
        **_own_of(connection, row, is_copy=True),
    }


def credit_of(connection: Connection, number: str) -> Values:
    """The values of a credit note for all of an invoice; the user takes away what stays."""
    row = papers.find_document(connection, "invoice", number)
    code = connection.execute(select(customer.c.code).where(customer.c.id == row.customer_id)).scalar_one()
    return {
        "customer": code,
        "invoice": number,
        "currency": row.currency,
        "apply": True,
        "lines": _lines_of(connection, row),
    }


def reissue_of(connection: Connection, number: str) -> Values:
    """The values of an invoice that takes the place of another one: all of it with its due date, to be corrected."""
    row = papers.find_document(connection, "invoice", number)
    code = connection.execute(select(customer.c.code).where(customer.c.id == row.customer_id)).scalar_one()
    return {
        "customer": code,
        "invoice": number,
        "currency": row.currency,
        "due": row.due_on,
        "reference": row.reference or None,
        "note": row.note or None,
        "lines": _lines_of(connection, row),
        **_own_of(connection, row),
    }


def _own_of(connection: Connection, row: Any, *, is_copy: bool = False) -> Values:
    """The own fields of an invoice; a copy leaves out those that must be different everywhere."""
    kept = custom_readings.of_record(connection, "invoice", row.id, row.currency)
    for entry in custom_fields.declared(connection, "invoice"):
        if is_copy and entry.is_unique:
            kept.pop(entry.name, None)
    return {"fields": kept} if kept else {}


def _lines_of(connection: Connection, row: Any) -> list[Values]:
    """Lines that give the same amounts again: each with its whole discount, its share of the document's included."""
    found = connection.execute(
        select(document_line, product.c.code)
        .join_from(document_line, product, product.c.id == document_line.c.product_id, isouter=True)
        .where(document_line.c.document_id == row.id)
        .order_by(document_line.c.position)
    ).all()
    lines: list[Values] = [
        {
            "product": line.code,
            "description": line.description,
            "unit": line.unit or None,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "discount": {"amount": money.plain(line.discount_minor, row.currency)}
            if line.discount_minor
            else None,
            "tax_rate": line.tax_rate if line.tax_kind == TAXED else None,
            "tax_kind": line.tax_kind,
            "tax_included": bool(line.is_tax_included),
            "kind": "return" if Decimal(line.unit_price) < 0 else "item",
        }
        for line in found
    ]
    return [{name: value for name, value in line.items() if value is not None} for line in lines]
