"""Balances: what each customer owes in each currency, as at any date."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document


def rows(connection: Connection, as_of: date) -> list[Any]:
    """(code, name, currency, balance in minor units, customer id) of every customer whose balance is not zero."""
    balance = func.sum(document.c.effect_minor)
    by_customer = (
        select(document.c.customer_id, document.c.currency, balance.label("balance_minor"))
        .where(document.c.dated_on <= as_of)
        .group_by(document.c.customer_id, document.c.currency)
        .having(balance != 0)
        .subquery()
    )
    query = (
        select(
            customer.c.code,
            customer.c.name,
            by_customer.c.currency,
            by_customer.c.balance_minor,
            by_customer.c.customer_id,
        )
        .join_from(by_customer, customer, customer.c.id == by_customer.c.customer_id)
        .order_by(customer.c.code, by_customer.c.currency)
    )
    return list(connection.execute(query).all())
