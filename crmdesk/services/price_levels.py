"""Prices by the level of the customer (D1): what a level pays for a product where it is not the product's own price."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from crmdesk.models.errors import Code, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, required
from crmdesk.models.specs.customers import LEVEL
from crmdesk.models.specs.products import PRICE
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.products import product_price
from crmdesk.services import merged_codes, products
from crmdesk.services.dialect import among
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_PRODUCT = Field("product", Kind.LINK, N_("Product"), required=True, link="product")


@use_case(
    "product.price_set",
    fields=(_PRODUCT, required(LEVEL), PRICE),
    summary=N_("Set what customers of a level pay for a product."),
    errors=(Code.REQUIRED, Code.NOT_FOUND, Code.OUT_OF_RANGE, Code.TOO_MANY_DECIMALS),
)
def set_price(unit: Unit, *, product: str, level: str, price: Decimal) -> dict[str, Any]:
    """Sets the price of a product for a customer level; documents that were issued keep theirs."""
    found = products.find(unit, product)
    own = (product_price.c.product_id == found.id, product_price.c.level == level)
    text = f"{price:f}"
    before = unit.execute(select(product_price.c.price).where(*own)).scalar()
    if before is None:
        unit.execute(insert(product_price).values(product_id=found.id, level=level, price=text))
    else:
        unit.execute(update(product_price).where(*own).values(price=text))
    _forget(unit)
    unit.note(
        "product",
        found.id,
        None if before is None else {"level": level, "price": before},
        {"level": level, "price": text},
    )
    return {"code": found.code, "level": level, "price": text}


@use_case(
    "product.price_remove",
    fields=(_PRODUCT, required(LEVEL)),
    summary=N_("Take a level's price away; its customers pay the product's own price again."),
    errors=(Code.REQUIRED, Code.NOT_FOUND),
)
def remove_price(unit: Unit, *, product: str, level: str) -> dict[str, Any]:
    """Removes the price of a level. Raises NotFound where there is none."""
    found = products.find(unit, product)
    own = (product_price.c.product_id == found.id, product_price.c.level == level)
    before = unit.execute(select(product_price.c.price).where(*own)).scalar()
    if before is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("{code} has no price of its own for the level “{level}”.").format(
                code=found.code, level=level[:40]
            ),
            field="level",
        )
    unit.execute(delete(product_price).where(*own))
    _forget(unit)
    unit.note("product", found.id, {"level": level, "price": before}, None)
    return {"code": found.code, "level": level}


@use_case(
    "product.prices",
    fields=(
        _PRODUCT,
        Field(
            "prices",
            Kind.LINES,
            N_("Prices by level"),
            required=True,
            fields=(required(LEVEL), required(PRICE)),
        ),
    ),
    summary=N_("Set all prices of a product by customer level; levels left out pay its own price."),
    errors=(Code.REQUIRED, Code.NOT_FOUND, Code.OUT_OF_RANGE, Code.TOO_MANY_DECIMALS, Code.DUPLICATE),
)
def set_all(unit: Unit, *, product: str, prices: list[dict[str, Any]]) -> dict[str, Any]:
    """Replaces the price list of a product at once: all of it or nothing."""
    found = products.find(unit, product)
    wanted: dict[str, Decimal] = {}
    for place, line in enumerate(prices):
        if line["level"] in wanted:
            raise InvalidInput(
                Code.DUPLICATE,
                _("The level “{level}” stands there twice.").format(level=line["level"][:40]),
                field=f"prices[{place}].level",
            )
        wanted[line["level"]] = line["price"]
    present = prices_of(unit.connection, found.id)
    for level, price in wanted.items():
        if present.get(level) != price:
            set_price(unit, product=product, level=level, price=price)
    for level in present.keys() - wanted.keys():
        remove_price(unit, product=product, level=level)
    unit.changes.add("product", found.id)
    return {"code": found.code, "prices": {level: f"{price:f}" for level, price in wanted.items()}}


def _forget(unit: Unit) -> None:
    unit.cache.pop(product_price, None)


def _all_prices(unit: Unit) -> dict[tuple[int, str], Decimal]:
    """Every level's prices, read once per unit: a price list is short beside an import of documents."""
    known = unit.cache.get(product_price)
    if known is None:
        rows = unit.connection.execute(select(product_price))
        known = {(row.product_id, row.level): Decimal(row.price) for row in rows}
        unit.cache[product_price] = known
    return known


def price_for(unit: Unit, product_id: int, level: str) -> Decimal | None:
    """What a level pays for a product, or None where it pays the product's own price."""
    return _all_prices(unit).get((product_id, level)) if level else None


def level_of(connection: Connection, customer_code: str) -> str:
    """The level of a customer by code, for what is only shown; empty for none."""
    query = select(customer.c.level).where(customer.c.code == merged_codes.meant(connection, customer_code))
    return connection.execute(query).scalar() or ""


def prices_of(connection: Connection, product_id: int) -> dict[str, Decimal]:
    """The prices of a product by level."""
    rows = connection.execute(
        select(product_price.c.level, product_price.c.price)
        .where(product_price.c.product_id == product_id)
        .order_by(product_price.c.level)
    )
    return {row.level: Decimal(row.price) for row in rows}


def of_level(connection: Connection, product_ids: list[int], level: str) -> dict[int, Decimal]:
    """Product id -> price of a level, of those products that have one."""
    if not level or not product_ids:
        return {}
    rows = connection.execute(
        select(product_price.c.product_id, product_price.c.price).where(
            product_price.c.level == level, among(product_price.c.product_id, product_ids)
        )
    )
    return {row.product_id: Decimal(row.price) for row in rows}


def levels(connection: Connection) -> list[str]:
    """The customer levels that have a price anywhere, in order."""
    query = select(product_price.c.level).distinct().order_by(product_price.c.level)
    return list(connection.execute(query).scalars())


def of_products(connection: Connection, product_ids: Sequence[int]) -> dict[int, dict[str, Decimal]]:
    """Product id -> level -> price, of those products that have any."""
    found: dict[int, dict[str, Decimal]] = {}
    query = select(product_price).where(among(product_price.c.product_id, product_ids))
    for row in connection.execute(query):
        found.setdefault(row.product_id, {})[row.level] = Decimal(row.price)
    return found
