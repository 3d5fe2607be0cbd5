"""What pickers offer while somebody types: customers, products and money accounts with the few facts a form needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from crmdesk.models import text_keys
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.ledger import money_account
from crmdesk.models.tables.products import product
from crmdesk.services import merged_codes, price_levels, search
from crmdesk.services.dialect import among, contains

_TEXTS_PER_QUERY = 200


@dataclass(frozen=True, slots=True)
class CustomerPick:
    """A customer as a picker shows it. `terms_days` and `currency` are his own, None and "" for the book's."""

    code: str
    name: str
    phone: str
    initials: str
    is_active: bool
    terms_days: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class ProductPick:
    """A product with what it puts into a line. `tax_rate` is None where the book's usual rate applies."""

    code: str
    name: str
    specification: str
    unit: str
    price: Decimal
    tax_rate: Decimal | None
    tax_kind: str
    is_tax_included: bool
    list_price: Decimal | None = None
    """The product's own price where `price` is that of the customer's level, else None."""


@dataclass(frozen=True, slots=True)
class MoneyAccountPick:
    """Where money arrives; `currency` is empty for an account that takes every currency."""

    code: str
    name: str
    method: str
    currency: str
    is_default: bool


_CUSTOMER = (
    customer.c.code,
    customer.c.name,
    customer.c.phone,
    customer.c.initials,
    customer.c.is_active,
    customer.c.terms_days,
    customer.c.currency,
)


def customers(connection: Connection, typed: str, limit: int) -> list[CustomerPick]:
    """The best matches of what was typed (code, name, pinyin initials, phone), those in use first."""
    ids = search.customers(connection, typed, limit * 2).ids
    by_id = {
        row[0]: CustomerPick(*row[1:])
        for row in connection.execute(select(customer.c.id, *_CUSTOMER).where(among(customer.c.id, ids)))
    }
    found = [by_id[record_id] for record_id in ids if record_id in by_id]
    return sorted(found, key=lambda pick: not pick.is_active)[:limit]


def recent_customers(connection: Connection, codes: Sequence[str], limit: int) -> list[CustomerPick]:
    """The customers with these codes that are still there, in that order, filled up with the newest ones."""
    known = _customers_by_code(connection, codes)
    newest = connection.execute(
        select(*_CUSTOMER).where(customer.c.is_active.is_(True)).order_by(customer.c.id.desc()).limit(limit)
    )
    picks = {code: known[code] for code in codes if code in known}
    for row in newest:
        picks.setdefault(row.code, CustomerPick(*row))
    return list(picks.values())[:limit]


def customer_by_code(connection: Connection, code: str) -> CustomerPick | None:
    """One customer, or None."""
    code = merged_codes.meant(connection, code)
    return _customers_by_code(connection, [code]).get(code)


def _customers_by_code(connection: Connection, codes: Sequence[str]) -> dict[str, CustomerPick]:
    rows = connection.execute(select(*_CUSTOMER).where(customer.c.code.in_(list(codes))))
    return {row.code: CustomerPick(*row) for row in rows}


_PRODUCT = (
    product.c.code,
    product.c.name,
    product.c.specification,
    product.c.unit,
    product.c.price,
    product.c.tax_rate,
    product.c.tax_kind,
    product.c.is_tax_included,
)


def products(connection: Connection, typed: str, limit: int, *, customer_code: str = "") -> list[ProductPick]:
    """Products on sale that hold every typed word in code, name, specification or pinyin initials.

    With a customer's code the price is what his level pays.

    An exact code comes first, then what begins with the text, then the rest by name.
    """
    words = text_keys.folded(typed).split()
    if not words:
        return []
    columns = (product.c.code, product.c.name, product.c.specification, product.c.initials)
    holds = and_(*(or_(*(contains(column, word) for column in columns)) for word in words))
    whole = " ".join(words)
    rank = func.min(
        *(
            func.iif(func.instr(func.lower(column), whole) == 1, place, 9)
            for place, column in enumerate((product.c.code, product.c.name, product.c.initials), 1)
        )
    )
    is_code = func.lower(product.c.code) == whole
    query = (
        select(*_PRODUCT)
        .where(product.c.is_on_sale.is_(True), holds)
        .order_by(is_code.desc(), rank, product.c.initials, product.c.code)
        .limit(limit)
    )
    return _products(connection, query, customer_code)


def recent_products(
    connection: Connection, codes: Sequence[str], limit: int, *, customer_code: str = ""
) -> list[ProductPick]:
    """The products with these codes still on sale, in that order, filled up with others by code."""
    on_sale = product.c.is_on_sale.is_(True)
    named = select(*_PRODUCT).where(product.c.code.in_(list(codes)), on_sale)
    chosen = {pick.code: pick for pick in _products(connection, named, customer_code)}
    picks = {code: chosen[code] for code in codes if code in chosen}
    others = select(*_PRODUCT).where(on_sale).order_by(product.c.code).limit(limit)
    for pick in _products(connection, others, customer_code):
        picks.setdefault(pick.code, pick)
    return list(picks.values())[:limit]


def product_by_code(connection: Connection, code: str, *, customer_code: str = "") -> ProductPick | None:
    """One product, also one off sale, or None."""
    query = select(*_PRODUCT).where(product.c.code == code)
    return next(iter(_products(connection, query, customer_code)), None)


def products_named(
    connection: Connection, texts: Sequence[str], *, customer_code: str = ""
) -> dict[str, list[ProductPick]]:
    """For each text the products meant by it: the one with that code, else all with that name, also off sale."""
    wanted = list(dict.fromkeys(texts))
    by_code: dict[str, ProductPick] = {}
    by_name: dict[str, list[ProductPick]] = {}
    for start in range(0, len(wanted), _TEXTS_PER_QUERY):
        part = wanted[start : start + _TEXTS_PER_QUERY]
        keys = [text_keys.name_key(text) for text in part]
        query = select(*_PRODUCT).where(or_(product.c.code.in_(part), product.c.name_key.in_(keys)))
        for pick in _products(connection, query.order_by(product.c.code), customer_code):
            by_code[pick.code] = pick
            by_name.setdefault(text_keys.name_key(pick.name), []).append(pick)
    return {
        text: [by_code[text]] if text in by_code else by_name.get(text_keys.name_key(text), [])
        for text in wanted
    }


def _products(connection: Connection, query: Any, customer_code: str = "") -> list[ProductPick]:
    rows = connection.execute(query.add_columns(product.c.id)).all()
    level = price_levels.level_of(connection, customer_code) if customer_code else ""
    own = price_levels.of_level(connection, [row.id for row in rows], level)
    return [
        ProductPick(
            row.code,
            row.name,
            row.specification,
            row.unit,
            own.get(row.id, Decimal(row.price)),
            None if row.tax_rate is None else Decimal(row.tax_rate),
            row.tax_kind,
            row.is_tax_included,
            Decimal(row.price) if row.id in own else None,
        )
        for row in rows
    ]


def money_accounts(connection: Connection) -> list[MoneyAccountPick]:
    """The accounts in use, defaults first, in order of entry."""
    rows = connection.execute(
        select(
            money_account.c.code,
            money_account.c.name,
            money_account.c.method,
            money_account.c.currency,
            money_account.c.is_default,
        )
        .where(money_account.c.is_active.is_(True))
        .order_by(money_account.c.is_default.desc(), money_account.c.id)
    )
    return [MoneyAccountPick(*row) for row in rows]
