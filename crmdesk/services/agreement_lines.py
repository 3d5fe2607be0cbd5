"""The lines of requirements, quotes, contracts and orders: checked as an invoice's are, kept whole, computed again.

Kept as JSON with everything filled in and with the rounding of that day, so that a later change of a product or of
the book does not change what was offered or signed. The product itself is kept by its id: codes may change.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models import money, validation
from crmdesk.models.specs.documents import DISCOUNT_FIELDS, LINES
from crmdesk.models.tables.products import product
from crmdesk.models.totals import TAXED, Discount, LineInput, Rounding, Totals, compute
from crmdesk.services import document_lines
from crmdesk.services.customer_lookup import CustomerRow
from crmdesk.services.dialect import among
from crmdesk.services.units import Unit


@dataclass(frozen=True, slots=True)
class Body:
    """Checked lines with their totals, and the text that is kept of them."""

    content: str
    totals: Totals


def read_body(
    unit: Unit,
    lines: list[dict[str, Any]] | None,
    discount: dict[str, Any] | None,
    customer: CustomerRow,
    currency: str,
    on: date,
) -> Body:
    """Checks and computes lines just as an invoice's are (`document_lines`)."""
    read = document_lines.read(unit, lines or [], currency, on, level=customer.level)
    whole = document_lines.read_discount(discount, currency, "discount")
    totals = document_lines.total(unit, read, currency, whole)
    kinds = [line["kind"] for line in lines or []]
    plain = [
        {
            "product_id": line.product_id,
            "description": line.description,
            "unit": line.unit,
            "quantity": f"{line.source.quantity:f}",
            "unit_price": f"{line.source.unit_price:f}",
            "discount": _plain_discount(line.source.discount, currency),
            "tax_rate": f"{line.source.tax_rate:f}" if line.source.tax_kind == TAXED else None,
            "tax_kind": line.source.tax_kind,
            "tax_included": line.source.is_tax_included,
            "kind": kind,
        }
        for line, kind in zip(read, kinds, strict=True)
    ]
    kept = {
        "lines": plain,
        "discount": _plain_discount(whole, currency),
        "rounding": "document" if unit.settings.rounding == "document" else "line",
    }
    return Body(json.dumps(kept, ensure_ascii=False), totals)


def _plain_discount(discount: Discount | None, currency: str) -> dict[str, str] | None:
    if discount is None:
        return None
    if discount.rate is not None:
        return {"rate": f"{discount.rate:f}"}
    return {"amount": money.plain(discount.amount_minor or 0, currency)}


def has_lines(content: str) -> bool:
    """Whether anything stands in it."""
    return bool(json.loads(content)["lines"])


def plain_values(connection: Connection, content: str) -> dict[str, Any]:
    """Lines and discount as the use cases take them (JSON values), with the products' present codes."""
    kept = json.loads(content)
    ids = {line["product_id"] for line in kept["lines"]} - {None}
    codes = dict(
        connection.execute(select(product.c.id, product.c.code).where(among(product.c.id, ids))).all()
        if ids
        else ()
    )
    lines = [
        {name: value for name, value in line.items() if value is not None and name != "product_id"}
        | ({"product": codes[line["product_id"]]} if line["product_id"] in codes else {})
        for line in kept["lines"]
    ]
    return {"lines": lines, "discount": kept["discount"]}


def typed_values(connection: Connection, content: str) -> dict[str, Any]:
    """Lines and discount as services take them."""
    plain = plain_values(connection, content)
    discount = plain["discount"]
    return {
        "lines": [
            validation.check(LINES.fields, line, f"lines[{place}].")
            for place, line in enumerate(plain["lines"])
        ],
        "discount": None if discount is None else validation.check(DISCOUNT_FIELDS, discount, "discount."),
    }


def line_inputs(content: str, currency: str) -> tuple[list[LineInput], Discount | None, Rounding]:
    """What the totals of a kept text are computed from."""
    kept = json.loads(content)

    def discount_of(plain: dict[str, str] | None) -> Discount | None:
        if plain is None:
            return None
        if "rate" in plain:
            return Discount(rate=Decimal(plain["rate"]))
        return Discount(amount_minor=money.to_minor(Decimal(plain["amount"]), currency))

    inputs = [
        LineInput(
            Decimal(line["quantity"]),
            Decimal(line["unit_price"]),
            Decimal(line["tax_rate"] or 0),
            line["tax_kind"],
            line["tax_included"],
            discount_of(line["discount"]),
        )
        for line in kept["lines"]
    ]
    return inputs, discount_of(kept["discount"]), "document" if kept["rounding"] == "document" else "line"


def totals_of(content: str, currency: str) -> Totals:
    """The totals of a kept text by the rounding it was agreed with."""
    inputs, discount, rounding = line_inputs(content, currency)
    return compute(inputs, money.digits(currency), rounding, discount)
