"""Category trees as they are shown: nodes in order with counts including below, and who is in a branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, distinct, func, select, union_all

from crmdesk.models.tables.categories import category, customer_category, dimension
from crmdesk.models.tables.products import product


@dataclass(frozen=True, slots=True)
class Dimension:
    """One category tree."""

    id: int
    name: str
    applies_to: str


@dataclass(frozen=True, slots=True)
class Node:
    """A category; `count` are the different customers (or products) in it and below it."""

    id: int
    parent_id: int | None
    name: str
    path: str
    depth: int
    count: int
    own_count: int
    """Those in the category itself."""


def dimensions(connection: Connection, applies_to: str = "customer") -> list[Dimension]:
    """The trees in their order."""
    query = (
        select(dimension.c.id, dimension.c.name, dimension.c.applies_to)
        .where(dimension.c.applies_to == applies_to)
        .order_by(dimension.c.position, dimension.c.id)
    )
    return [Dimension(*row) for row in connection.execute(query)]


def tree(connection: Connection, dimension_id: int) -> list[Node]:
    """The nodes of one tree in the order they are shown: each parent before its children."""
    rows = connection.execute(
        select(category.c.id, category.c.parent_id, category.c.name)
        .where(category.c.dimension_id == dimension_id)
        .order_by(category.c.position, category.c.id)
    ).all()
    own, below = _counts(connection, dimension_id)
    children: dict[int | None, list[Any]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)
    shown: list[Node] = []
    pending = [(row, "", 0) for row in reversed(children.get(None, []))]
    while pending:
        row, above, depth = pending.pop()
        path = f"{above}/{row.name}" if above else row.name
        shown.append(
            Node(row.id, row.parent_id, row.name, path, depth, below.get(row.id, 0), own.get(row.id, 0))
        )
        pending.extend((child, path, depth + 1) for child in reversed(children.get(row.id, [])))
    return shown


def _members() -> Any:
    """(category_id, record_id) of everything that is in a category, customers and products."""
    return union_all(
        select(customer_category.c.category_id, customer_category.c.customer_id.label("record_id")),
        select(product.c.category_id, product.c.id).where(product.c.category_id.is_not(None)),
    )


def _counts(connection: Connection, dimension_id: int) -> tuple[dict[int, int], dict[int, int]]:
    """Members of each category itself, and different members of it and of what is below it."""
    member = _members().subquery("member")
    within = category.c.dimension_id == dimension_id
    query = (
        select(member.c.category_id, func.count())
        .join(category, category.c.id == member.c.category_id)
        .where(within)
        .group_by(member.c.category_id)
    )
    own = dict(list(connection.execute(query)))
    if not own:
        return {}, {}
    pairs = (
        select(category.c.id.label("top_id"), category.c.id.label("category_id"))
        .where(within)
        .cte("pairs", recursive=True)
    )
    pairs = pairs.union_all(
        select(pairs.c.top_id, category.c.id).join(category, category.c.parent_id == pairs.c.category_id)
    )
    query = (
        select(pairs.c.top_id, func.count(distinct(member.c.record_id)))
        .join(member, member.c.category_id == pairs.c.category_id)
        .group_by(pairs.c.top_id)
    )
    return own, dict(list(connection.execute(query)))


def branch(category_id: int) -> Select[Any]:
    """A subquery of the ids of a category and everything below it."""
    found = select(category.c.id).where(category.c.id == category_id).cte("branch", recursive=True)
    found = found.union_all(select(category.c.id).join(found, category.c.parent_id == found.c.id))
    return select(found.c.id)


def members(category_id: int) -> Select[Any]:
    """A subquery of the ids of the customers in a category or below it."""
    return select(customer_category.c.customer_id).where(
        customer_category.c.category_id.in_(branch(category_id))
    )


def is_member(column: ColumnElement[int], category_id: int) -> ColumnElement[bool]:
    """Whether a column with a customer's id names one in the category or below it."""
    return column.in_(members(category_id))


def categories_of(connection: Connection, customer_ids: list[int]) -> dict[int, list[tuple[str, str]]]:
    """(dimension, path) of the categories of some customers."""
    from crmdesk.services.category_paths import path_of
    from crmdesk.services.dialect import among

    query = select(customer_category.c.customer_id, customer_category.c.category_id)
    pairs = connection.execute(query.where(among(customer_category.c.customer_id, customer_ids))).all()
    if not pairs:
        return {}
    rows = {
        row.id: row
        for row in connection.execute(
            select(category.c.id, category.c.parent_id, category.c.name, category.c.dimension_id)
        )
    }
    trees = {
        row.id: (row.position, row.name)
        for row in connection.execute(select(dimension.c.id, dimension.c.name, dimension.c.position))
    }
    found: dict[int, list[tuple[Any, ...]]] = {}
    for customer_id, category_id in pairs:
        position, name = trees[rows[category_id].dimension_id]
        found.setdefault(customer_id, []).append((position, name, path_of(rows, category_id)))
    return {
        customer_id: [(name, path) for _position, name, path in sorted(places)]
        for customer_id, places in found.items()
    }
