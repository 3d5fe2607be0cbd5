"""What a customer owes in all currencies, as one amount in the currency of his credit limit.

A limit bounds all that may be lost, whatever it was billed in. Other currencies are converted at the rates of a day,
through the book's own, and rounded once. What has no rate is told apart: nobody has said what it is worth.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from crmdesk.models import money
from crmdesk.models.tables.customers import customer, own_currency
from crmdesk.models.tables.documents import open_item
from crmdesk.services import rates
from crmdesk.services.dialect import among
from crmdesk.text import _

Unrated = tuple[tuple[str, int], ...]
"""(currency, minor units) of what no rate values."""


class Owed(NamedTuple):
    """Minor units of the currency that was asked for, and what is not in them."""

    minor: int
    unrated: Unrated = ()


def convert(balances: Mapping[str, int], to: str, own: str, of_day: Mapping[str, str]) -> Owed:
    """Amounts by currency (minor units) as one in the currency `to`. `own`: the book's, `of_day`: its rates by
    currency."""
    exact, unrated = Fraction(0), []
    worth = dict(of_day) | {own: "1"}
    for currency, minor in sorted(balances.items()):
        if currency == to:
            exact += minor
        elif not minor:
            continue
        elif currency in worth and to in worth:
            digits = money.digits(to) - money.digits(currency)
            exact += minor * Fraction(worth[currency]) / Fraction(worth[to]) * Fraction(10) ** digits
        else:
            unrated.append((currency, minor))
    return Owed(money.divide_round(exact.numerator, exact.denominator), tuple(unrated))


def owed(connection: Connection, balances: Mapping[str, int], to: str, book_currency: str, on: date) -> Owed:
    """`convert` at the rates of a day, which are read only where something is in another currency."""
    is_mixed = any(minor for currency, minor in balances.items() if currency != to)
    of_day = rates.load(connection).of_day(on) if is_mixed else {}
    return convert(balances, to, book_currency, of_day)


def foreign(
    connection: Connection, on: date, book_currency: str, ids: list[int] | None = None
) -> dict[int, Owed]:
    """What customers with a credit limit owe in other currencies than their own, in their own; by id, and only those
    who have any open."""
    own = own_currency(book_currency)
    # From the open items on: they are few, customers may be a million.
    owing = select(
        open_item.c.customer_id,
        open_item.c.currency,
        func.sum(open_item.c.side * open_item.c.open_minor).label("minor"),
    ).group_by(open_item.c.customer_id, open_item.c.currency)
    if ids is not None:
        owing = owing.where(among(open_item.c.customer_id, ids))
    found_open = owing.subquery()
    query = (
        select(customer.c.id, own, found_open.c.currency, found_open.c.minor)
        .join_from(found_open, customer, customer.c.id == found_open.c.customer_id)
        .where(customer.c.credit_limit_minor.is_not(None), found_open.c.currency != own)
    )
    balances: dict[tuple[int, str], dict[str, int]] = {}
    for owner, his, currency, minor in connection.execute(query):
        balances.setdefault((owner, his), {})[currency] = minor
    if not balances:
        return {}
    of_day = rates.load(connection).of_day(on)
    return {owner: convert(found, his, book_currency, of_day) for (owner, his), found in balances.items()}


def owing_abroad(connection: Connection, book_currency: str) -> set[int]:
    """Ids of the customers with a credit limit and something open in another currency than their own: those whose use
    of it changes with the table of rates."""
    query = (
        select(open_item.c.customer_id)
        .join_from(open_item, customer, customer.c.id == open_item.c.customer_id)
        .where(
            customer.c.credit_limit_minor.is_not(None), open_item.c.currency != own_currency(book_currency)
        )
        .distinct()
    )
    return set(connection.execute(query).scalars())


def unrated_words(unrated: Unrated) -> str:
    """The sentence for what is not counted; empty where everything is."""
    if not unrated:
        return ""
    amounts = _(", ").join(f"{currency} {money.grouped(minor, currency)}" for currency, minor in unrated)
    return _("Not counted, because there is no exchange rate: {amounts}.").format(amounts=amounts)
