"""An invoice or credit note that is still being written: its totals while one types, and how it looks on paper.

Values are typed: Decimals and dates, as an editor holds them. What is not complete yet is left out, not refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models import clock, discount_terms, money
from crmdesk.models.discount_terms import Terms
from crmdesk.models.errors import CrmdeskError
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.products import product
from crmdesk.models.totals import TAXED, Discount, LineInput, LineTotal, Rounding, Totals, compute
from crmdesk.services import merged_codes, papers
from crmdesk.services.documents import model
from crmdesk.services.invoice_entry import setting_of


def line_inputs(
    lines: Sequence[Mapping[str, Any]], currency: str, usual: Decimal | None
) -> list[LineInput | None]:
    """What each typed line is computed from; None for one that is not complete yet."""
    return [_input(line, currency, usual) for line in lines]


def _input(line: Mapping[str, Any], currency: str, usual: Decimal | None) -> LineInput | None:
    quantity, price = line.get("quantity"), line.get("unit_price")
    if not isinstance(quantity, Decimal) or not isinstance(price, Decimal):
        return None
    kind = line.get("tax_kind") or TAXED
    rate = line.get("tax_rate") if kind == TAXED else Decimal(0)
    if rate is None:
        rate = usual
    if not isinstance(rate, Decimal):
        return None
    return LineInput(
        quantity,
        price,
        rate,
        kind,
        bool(line.get("tax_included")),
        discount_of(line.get("discount"), currency),
    )


def discount_of(value: Any, currency: str) -> Discount | None:
    """A typed discount ({"rate"} or {"amount"}, Decimals); None for none or for what cannot be read yet."""
    if not isinstance(value, Mapping):
        return None
    if isinstance(value.get("rate"), Decimal):
        return Discount(rate=value["rate"])
    if isinstance(value.get("amount"), Decimal):
        try:
            return Discount(amount_minor=money.to_minor(value["amount"], currency))
        except CrmdeskError:
            return None
    return None


def total(
    inputs: Sequence[LineInput | None], currency: str, rounding: Rounding, discount: Discount | None
) -> tuple[Totals, list[int]]:
    """Totals of the complete lines, and the places of those lines. Raises InvalidInput for a discount out of range."""
    places = [place for place, entry in enumerate(inputs) if entry is not None]
    whole = [entry for entry in inputs if entry is not None]
    return compute(whole, money.digits(currency), rounding, discount), places


def document_of(
    connection: Connection, values: Mapping[str, Any], *, is_credit: bool = False
) -> model.InvoiceDoc | model.CreditNoteDoc | None:
    """The typed values (Decimals, dates) as a document with a draft's stamp; None without a customer.

    Lines that are not complete are left out; a discount out of range counts as none.
    """
    row = connection.execute(
        select(customer).where(
            customer.c.code == merged_codes.meant(connection, values.get("customer") or "")
        )
    ).first()
    if row is None:
        return None
    on = values.get("date") or clock.today()
    known = setting_of(connection, on)
    currency = values.get("currency") or row.currency or known.currency
    typed = list(values.get("lines") or ())
    inputs = line_inputs(typed, currency, known.tax_rate)
    discount = discount_of(values.get("discount"), currency)
    try:
        totals, places = total(inputs, currency, known.rounding, discount)
    except CrmdeskError:
        totals, places = total([_without_discount(entry) for entry in inputs], currency, known.rounding, None)
    products = _products(connection, typed)
    lines = tuple(
        _line(typed[place], source, amounts, products)
        for place, amounts in zip(places, totals.lines, strict=True)
        if (source := inputs[place]) is not None
    )
    head = (papers.company_of(connection), papers.party_of(connection, row.id), "—", on, currency, lines)
    sums = (papers.tax_totals(lines), totals.net_minor, totals.tax_minor, totals.total_minor)
    if is_credit:
        original = connection.execute(
            select(document.c.dated_on).where(
                document.c.kind == "invoice", document.c.number == (values.get("invoice") or "")
            )
        ).scalar()
        return model.CreditNoteDoc(
            *head,
            *sums,
            values.get("reason") or "",
            values.get("invoice") or "",
            original,
            discount_minor=totals.discount_minor,
            note=values.get("note") or "",
            standing=model.Standing.DRAFT,
        )
    return model.InvoiceDoc(
        *head,
        *sums,
        values.get("due"),
        discount_minor=totals.discount_minor,
        discounts=papers.discount_steps(
            _terms(values.get("discount_terms") or row.discount_terms), on, totals.total_minor
        ),
        reference=values.get("reference") or "",
        note=values.get("note") or "",
        standing=model.Standing.DRAFT,
    )


def _terms(text: str | None) -> Terms:
    """Terms as typed, or the customer's; those that cannot be read yet are none."""
    try:
        return discount_terms.parse(text) if text else Terms()
    except CrmdeskError:
        return Terms()


def _without_discount(entry: LineInput | None) -> LineInput | None:
    if entry is None:
        return None
    return LineInput(entry.quantity, entry.unit_price, entry.tax_rate, entry.tax_kind, entry.is_tax_included)


def _products(connection: Connection, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    codes = {line["product"] for line in lines if line.get("product")}
    if not codes:
        return {}
    rows = connection.execute(
        select(product.c.code, product.c.name, product.c.specification, product.c.unit).where(
            product.c.code.in_(codes)
        )
    )
    return {row.code: row for row in rows}


def _line(
    line: Mapping[str, Any], source: LineInput, amounts: LineTotal, products: Mapping[str, Any]
) -> model.InvoiceLine:
    known = products.get(line.get("product") or "")
    return model.InvoiceLine(
        line.get("description") or (known.name if known else ""),
        source.quantity,
        source.unit_price,
        amounts.net_minor,
        amounts.tax_minor,
        known.code if known else "",
        known.specification if known else "",
        line.get("unit") or (known.unit if known else ""),
        amounts.discount_minor,
        papers.TAX_KINDS[source.tax_kind],
        source.tax_rate if source.tax_kind == TAXED else None,
        source.is_tax_included,
    )
