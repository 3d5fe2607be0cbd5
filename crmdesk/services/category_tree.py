"""Category trees as they are shown: nodes in order with counts including below, and who is in a branch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

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
    own, below = _counts(connection, dimension_id, {row.id: row.parent_id for row in rows})
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


def _counts(
    connection: Connection, dimension_id: int, parents: dict[int, int | None]
) -> tuple[dict[int, int], dict[int, int]]:
    """Members of each category itself, and different members of it and of what is below it.

    Nearly everybody is in one category of a tree, so members are added up the tree, and the few who are in
    several are then counted once instead of each time. (Counting distinct ones in SQL takes ten times as long.)
    """
    within = select(category.c.id).where(category.c.dimension_id == dimension_id)
    own: dict[int, int] = {}
    for column in (customer_category.c.category_id, product.c.category_id):
        query = select(column, func.count()).where(column.in_(within)).group_by(column)
        own.update(list(connection.execute(query)))
    below = dict.fromkeys(parents, 0)
    for category_id, count in own.items():
        for one in _upwards(parents, category_id):
            below[one] += count
    table = customer_category.c
    several = (
        select(table.customer_id)
        .where(table.category_id.in_(within))
        .group_by(table.customer_id)
        .having(func.count() > 1)
    )
    query = select(table.customer_id, table.category_id).where(
        table.customer_id.in_(several), table.category_id.in_(within)
    )
    places: dict[int, list[int]] = {}
    for customer_id, category_id in connection.execute(query):
        places.setdefault(customer_id, []).append(category_id)
    for categories in places.values():
        seen: set[int] = set()
        for category_id in categories:
            for one in _upwards(parents, category_id):
                if one in seen:
                    below[one] -= 1
                seen.add(one)
    return own, below


def _upwards(parents: dict[int, int | None], category_id: int) -> Iterator[int]:
    """The category and everything above it."""
    current: int | None = category_id
    while current is not None:
        yield current
        current = parents[current]


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
