"""Lines of invoices and credit notes: defaults from products, checks, totals, rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from crmdesk.models import money
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.tables.documents import document_line
from crmdesk.models.totals import TAXED, Discount, LineInput, Totals, compute
from crmdesk.models.validation import missing
from crmdesk.services import price_levels, products, tax_rates
from crmdesk.services.units import Unit
from crmdesk.text import _


@dataclass(frozen=True, slots=True)
class Line:
    """A checked line with everything filled in."""

    source: LineInput
    product_id: int | None
    description: str
    unit: str


def read_discount(values: dict[str, Any] | None, currency: str, field: str) -> Discount | None:
    """{"rate"} or {"amount"}, not both."""
    if not values:
        return None
    rate, amount = values["rate"], values["amount"]
    if rate is not None and amount is not None:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("“{field}”: give either a rate or an amount.").format(field=field),
            field=field,
        )
    if rate is not None:
        return Discount(rate=rate)
    if amount is None:
        return None
    return Discount(amount_minor=money.to_minor(amount, currency, f"{field}.amount"))


def read(unit: Unit, lines: list[dict[str, Any]], currency: str, on: date, *, level: str = "") -> list[Line]:
    """Checks lines and fills in what their products know. A rate that is not in the tax table warns.

    A line without a price takes what customers of that `level` pay for the product, else the product's own price.
    """
    result = []
    for index, values in enumerate(lines):
        place = f"lines[{index}]"
        product = products.find(unit, values["product"], f"{place}.product") if values["product"] else None
        description = values["description"] or (product.name if product else "")
        if not description:
            raise missing(f"{place}.description")
        price = values["unit_price"]
        if price is None:
            if product is None:
                raise missing(f"{place}.unit_price")
            own = price_levels.price_for(unit, product.id, level)
            price = product.price if own is None else own
        if price < 0 and values["kind"] == "item":
            raise InvalidInput(
                Code.OUT_OF_RANGE,
                _("{field}: a negative price is only for discount and return lines.").format(
                    field=f"{place}.unit_price"
                ),
                field=f"{place}.unit_price",
            )
        tax_kind = values["tax_kind"] or (
            product.tax_kind if product and values["tax_rate"] is None else TAXED
        )
        rate = _rate(unit, values, product, tax_kind, on, place)
        is_included = values["tax_included"]
        if is_included is None:
            is_included = bool(product and product.is_tax_included and values["unit_price"] is None)
        result.append(
            Line(
                LineInput(
                    values["quantity"],
                    price,
                    rate,
                    tax_kind,
                    is_included,
                    read_discount(values["discount"], currency, f"{place}.discount"),
                ),
                product.id if product else None,
                description,
                values["unit"] or (product.unit if product else ""),
            )
        )
    return result


def _rate(unit: Unit, values: dict[str, Any], product: Any, tax_kind: str, on: date, place: str) -> Decimal:
    rate = values["tax_rate"]
    if tax_kind != TAXED:
        if rate:
            raise InvalidInput(
                Code.OUT_OF_RANGE,
                _("{field}: an exempt or out-of-scope line has no tax rate.").format(
                    field=f"{place}.tax_rate"
                ),
                field=f"{place}.tax_rate",
            )
        return Decimal(0)
    if rate is None and product is not None:
        rate = product.tax_rate if product.tax_rate is not None else tax_rates.default_on(unit, on)
    if rate is None:
        raise missing(f"{place}.tax_rate")
    tax_rates.warn_if_unknown(unit, rate, on, f"{place}.tax_rate")
    return rate


def total(unit: Unit, lines: list[Line], currency: str, discount: Discount | None) -> Totals:
    """Totals by the book's rounding rule; a document of less than nothing is refused."""
    rounding = "document" if unit.settings.rounding == "document" else "line"
    totals = compute([line.source for line in lines], money.digits(currency), rounding, discount)
    if totals.total_minor < 0 or totals.net_minor < 0:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("The total is negative. Issue a credit note instead."),
            field="lines",
        )
    return totals


def write(unit: Unit, document_id: int, lines: list[Line], totals: Totals) -> None:
    """Writes the line rows of a document."""
    for position, (line, amounts) in enumerate(zip(lines, totals.lines, strict=True), start=1):
        source = line.source
        unit.add(
            document_line,
            document_id=document_id,
            position=position,
            product_id=line.product_id,
            description=line.description,
            unit=line.unit,
            quantity=f"{source.quantity:f}",
            unit_price=f"{source.unit_price:f}",
            discount_minor=amounts.discount_minor,
            tax_kind=source.tax_kind,
            tax_rate=f"{source.tax_rate.normalize():f}",  # 0.130 is the rate 0.13
            is_tax_included=int(source.is_tax_included),
            net_minor=amounts.net_minor,
            tax_minor=amounts.tax_minor,
        )
