"""Category trees as they are shown: nodes in order with counts including below, and who is in a branch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, union

from crmdesk.models.tables.categories import category, customer_category, dimension
from crmdesk.models.tables.products import product
from crmdesk.services.dialect import unindexed

_SLASH = "\0"
"""Stands for a doubled “/” while a place is read."""

LARGE_TREE = 50_000
"""With more members than this, a tree is likely to hold most of all that are placed anywhere."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One category tree."""

    id: int
    name: str
    applies_to: str


@dataclass(frozen=True, slots=True)
class Node:
    """A category; `count` are the different customers (or products) in it and below it.

    Both counts are 0 where they were not asked for (`names`): in a million customers they take a quarter of a second.
    """

    id: int
    parent_id: int | None
    name: str
    path: str
    depth: int
    count: int
    own_count: int
    """Those in the category itself."""
    is_retired: bool = False
    """Out of use: itself, or with one above it."""
    is_retired_itself: bool = False


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
    return counted(connection, dimension_id)[0]


def names(connection: Connection, dimension_id: int) -> list[Node]:
    """The nodes as `tree` has them, uncounted."""
    return _in_order(_rows(connection, dimension_id), {}, {})


def counted(connection: Connection, dimension_id: int) -> tuple[list[Node], int]:
    """The nodes as `tree` has them, and how many different members the tree has."""
    rows = _rows(connection, dimension_id)
    own, below, placed = _counts(connection, dimension_id, {row.id: row.parent_id for row in rows})
    return _in_order(rows, own, below), placed


def _rows(connection: Connection, dimension_id: int) -> Sequence[Any]:
    query = (
        select(category.c.id, category.c.parent_id, category.c.name, category.c.is_retired)
        .where(category.c.dimension_id == dimension_id)
        .order_by(category.c.position, category.c.id)
    )
    return connection.execute(query).all()


def _in_order(rows: Sequence[Any], own: Mapping[int, int], below: Mapping[int, int]) -> list[Node]:
    """Each parent before its children."""
    children: dict[int | None, list[Any]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)
    shown: list[Node] = []
    pending = [(row, "", 0, False) for row in reversed(children.get(None, []))]
    while pending:
        row, above, depth, is_out = pending.pop()
        path = f"{above}/{row.name}" if above else row.name
        is_out = is_out or bool(row.is_retired)
        counts = (below.get(row.id, 0), own.get(row.id, 0))
        shown.append(
            Node(row.id, row.parent_id, row.name, path, depth, *counts, is_out, bool(row.is_retired))
        )
        pending.extend((child, path, depth + 1, is_out) for child in reversed(children.get(row.id, [])))
    return shown


def _counts(
    connection: Connection, dimension_id: int, parents: dict[int, int | None]
) -> tuple[dict[int, int], dict[int, int], int]:
    """Members of each category itself, different members of it and of what is below it, and those of the tree.

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
    # by category a million members would be sorted first: many are read in the order of the customers
    is_large = sum(own.values()) > LARGE_TREE
    several = (
        select(table.customer_id)
        .where((unindexed(table.category_id) if is_large else table.category_id).in_(within))
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
    return own, below, sum(own.values()) - sum(len(one) - 1 for one in places.values())


def _upwards(parents: dict[int, int | None], category_id: int) -> Iterator[int]:
    """The category and everything above it."""
    current: int | None = category_id
    while current is not None:
        yield current
        current = parents[current]


def branch(category_id: int) -> Select[Any]:
    """A subquery of the ids of a category and everything below it."""
    found = select(category.c.id).where(category.c.id == category_id).cte(recursive=True)
    found = found.union_all(select(category.c.id).join(found, category.c.parent_id == found.c.id))
    return select(found.c.id)


def place(tree: str, path: str = "") -> str:
    """A category, or a whole tree, as filters and rules name it: 地区/华东. A “/” in a tree's own name (older books
    have such) is doubled, so that it does not end the name."""
    name = tree.replace("/", "//")
    return f"{name}/{path}" if path else name


def parts_of(named: str) -> list[str]:
    """The names of a place from the top down, the reverse of `place`."""
    marked = named.strip().replace("//", _SLASH).strip("/")
    return [part.strip().replace(_SLASH, "/") for part in marked.split("/")]


def spelled(connection: Connection, named: str, applies_to: str = "customer") -> str:
    """A place that names a tree with a “/” as it is, written so that it is found; any other stays as it is."""
    for tree in dimensions(connection, applies_to):
        if "/" in tree.name and f"{named.strip()}/".startswith(f"{tree.name}/"):
            return place(tree.name, named.strip()[len(tree.name) + 1 :])
    return named


def nodes_at(path: str, applies_to: str = "customer") -> Select[Any]:
    """A subquery of the ids of the categories at a path: from the top of any tree, or beginning with a tree's name
    (“地区/华东”; a tree's name alone is all of it), as `place` writes it. Empty where there is none."""
    names = parts_of(path)
    trees = select(dimension.c.id).where(dimension.c.applies_to == applies_to)
    readings = [_chain(names, trees)]
    named = trees.where(dimension.c.name == names[0])
    readings.append(_chain(names[1:], named))
    found = union(*readings).subquery()
    return select(found.c.id)


def _chain(names: list[str], trees: Select[Any]) -> Select[Any]:
    """The categories reached by going down these names from the top of some trees."""
    node = category.alias()
    if not names:
        return select(node.c.id).where(node.c.dimension_id.in_(trees), node.c.parent_id.is_(None))
    query = select(node.c.id).where(node.c.name == names[-1])
    for name in reversed(names[:-1]):
        above = category.alias()
        query = query.join(above, above.c.id == node.c.parent_id).where(above.c.name == name)
        node = above
    return query.where(node.c.parent_id.is_(None), node.c.dimension_id.in_(trees))


def branches(path: str, applies_to: str = "customer") -> Select[Any]:
    """A subquery of the ids of the categories at a path and of everything below them."""
    found = select(category.c.id).where(category.c.id.in_(nodes_at(path, applies_to))).cte(recursive=True)
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
