"""Products: what is sold, at which price and tax, and the lookup of invoice lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from crmdesk.models.errors import Code, NotFound
from crmdesk.models.tables.products import product
from crmdesk.services.units import Unit
from crmdesk.text import _


@dataclass(frozen=True, slots=True)
class ProductRow:
    """What an invoice line takes from its product."""

    id: int
    code: str
    name: str
    specification: str
    unit: str
    price: Decimal
    tax_rate: Decimal | None
    """None: the book's default rate."""
    tax_kind: str
    """taxed, exempt or out_of_scope"""
    is_tax_included: bool
    is_on_sale: bool


_CODES_PER_QUERY = 500


def find(unit: Unit, code: str, field: str = "product") -> ProductRow:
    """The product with this code, or NotFound `not_found`. Looked up once per unit, without flushing."""
    code = code.strip()
    found = unit.cache.get((product, code))
    if found is None:
        prefetch(unit, (code,))
        found = unit.cache.get((product, code))
    if found is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no product with the code “{code}”. Create it first, or check the code.").format(
                code=code[:60]
            ),
            field=field,
        )
    return found


def prefetch(unit: Unit, codes: Iterable[str]) -> None:
    """Looks up many products at once. Unknown codes are passed over."""
    missing = sorted({code.strip() for code in codes if (product, code.strip()) not in unit.cache})
    table = product.c
    for start in range(0, len(missing), _CODES_PER_QUERY):
        query = select(
            table.id,
            table.code,
            table.name,
            table.specification,
            table.unit,
            table.price,
            table.tax_rate,
            table.tax_kind,
            table.is_tax_included,
            table.is_on_sale,
        ).where(table.code.in_(missing[start : start + _CODES_PER_QUERY]))
        for row in unit.connection.execute(query):
            remember(unit, ProductRow(*row[:5], Decimal(row.price), _rate(row.tax_rate), *row[7:]))


def remember(unit: Unit, row: ProductRow) -> None:
    """Puts a product into the unit's cache; one made in this unit is found there."""
    unit.cache[(product, row.code)] = row


def _rate(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
