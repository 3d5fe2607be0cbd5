"""Codes of customers that were merged into another one: they go on to mean the survivor, and nobody else gets them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from crmdesk.models.errors import Code, NotFound
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.merges import customer_merge
from crmdesk.text import _

IS_STANDING = customer_merge.c.undone_at == ""
_PASSES_MAX = 1_000


def current_code(connection: Connection, code: str) -> str | None:
    """The code of the customer that a merged one went into, by way of any number of merges; None for other codes."""
    found = survivors(connection, [code.strip()])
    if not found:
        return None
    return connection.execute(select(customer.c.code).where(customer.c.id == found[0])).scalar()


def survivors(connection: Connection, codes: Collection[str]) -> list[int]:
    """The ids of those whom the codes of merged customers among these mean today."""
    query = select(customer_merge.c.into_id).where(customer_merge.c.code.in_(codes), IS_STANDING)
    return [survivor_of(connection, into) for into in connection.execute(query).scalars()]


def meant(connection: Connection, code: str) -> str:
    """The code that a customer's code means today: that of the survivor where he was merged, else itself, trimmed.

    Whoever looks a customer up by a code that was typed asks this, so that a merged one is found everywhere.
    """
    return current_code(connection, code) or code.strip()


def find_customer(connection: Connection, code: str) -> Any:
    """id, code, name, currency of the customer whom a code means today, or NotFound."""
    query = select(customer.c.id, customer.c.code, customer.c.name, customer.c.currency)
    row = connection.execute(query.where(customer.c.code == meant(connection, code))).first()
    if row is None:
        raise NotFound(
            Code.CUSTOMER_MISSING,
            _("There is no customer with the code “{code}”. Create it first, or check the code.").format(
                code=code[:60]
            ),
            field="customer",
        )
    return row


def _ends() -> Any:
    """merged_id -> into_id by way of any number of standing merges; only the last of these is a customer there is."""
    first = select(customer_merge.c.merged_id, customer_merge.c.into_id).where(IS_STANDING)
    ends = first.cte("merged_into", recursive=True)
    step = customer_merge.alias("merged_further")
    # a union drops what it has already: a circle in a damaged file ends
    return ends.union(
        select(ends.c.merged_id, step.c.into_id)
        .join_from(ends, step, step.c.merged_id == ends.c.into_id)
        .where(step.c.undone_at == "")
    )


_ENDS = _ends()


def code_of(customer_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """In SQL: the code of the customer with an id; where he was merged, that of the survivor."""
    own, survivor = customer.alias("coded"), customer.alias("coded_survivor")
    return func.coalesce(
        select(own.c.code).where(own.c.id == customer_id).scalar_subquery(),
        select(survivor.c.code)
        .join_from(_ENDS, survivor, survivor.c.id == _ENDS.c.into_id)
        .where(_ENDS.c.merged_id == customer_id)
        .scalar_subquery(),
    )


def code_now(code: ColumnElement[str]) -> ColumnElement[str]:
    """In SQL: as `meant`, of a code that a row keeps as text."""
    merged, survivor = customer_merge.alias("coded_merge"), customer.alias("coded_survivor")
    return func.coalesce(
        select(survivor.c.code)
        .join_from(merged, _ENDS, _ENDS.c.merged_id == merged.c.merged_id)
        .join(survivor, survivor.c.id == _ENDS.c.into_id)
        .where(merged.c.code == code, merged.c.undone_at == "")
        .limit(1)
        .scalar_subquery(),
        code,
    )


def survivor_of(connection: Connection, customer_id: int) -> int:
    """The customer into which this one was merged at last; itself where it was not."""
    current = customer_id
    for _pass in range(_PASSES_MAX):  # a damaged file may hold a circle
        query = select(customer_merge.c.into_id).where(customer_merge.c.merged_id == current, IS_STANDING)
        into = connection.execute(query).scalar()
        if into is None:
            break
        current = into
    return current


def taken(connection: Connection, codes: Collection[str] | None = None) -> set[str]:
    """The codes of all merged customers, or those of them that are among some codes."""
    query = select(customer_merge.c.code).where(IS_STANDING)
    if codes is not None:
        query = query.where(customer_merge.c.code.in_(codes))
    return set(connection.execute(query).scalars())


def ids_within(connection: Connection, customer_id: int) -> list[int]:
    """The ids of a customer and of all that were merged into him, by way of any number of merges."""
    found, latest = [customer_id], [customer_id]
    while latest:
        query = select(customer_merge.c.merged_id).where(customer_merge.c.into_id.in_(latest), IS_STANDING)
        latest = [one for one in connection.execute(query).scalars() if one not in found]
        found += latest
    return found
