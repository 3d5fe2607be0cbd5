"""Checks of category trees and of their history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, and_, func, select

from crmdesk.models.tables.categories import (
    category,
    category_event,
    customer_category,
    customer_category_event,
    dimension,
    tag,
    tag_event,
)
from crmdesk.models.tables.customers import customer
from crmdesk.services import category_events
from crmdesk.text import _


def trees_hold(connection: Connection) -> Iterator[tuple[str, str, str]]:
    """Every category hangs below one of its own tree, none below itself, siblings have different names; only
    customers are in trees of customers."""
    rows = {row.id: row for row in connection.execute(select(category))}
    seen: set[tuple[int, int | None, str]] = set()
    sound: set[int] = set()
    for row in rows.values():
        above = rows.get(row.parent_id) if row.parent_id is not None else None
        if above is not None and above.dimension_id != row.dimension_id:
            yield (
                "category_tree",
                f"category:{row.id}",
                _("The category {name} stands below one of another tree.").format(name=row.name),
            )
        key = (row.dimension_id, row.parent_id, row.name)
        if key in seen:
            yield (
                "category_twice",
                f"category:{row.id}",
                _("There are two categories {name} at one place.").format(name=row.name),
            )
        seen.add(key)
        if not _reaches_top(rows, row.id, sound):
            yield (
                "category_cycle",
                f"category:{row.id}",
                _("The category {name} stands below itself.").format(name=row.name),
            )
    strangers = (
        select(customer.c.code, category.c.name)
        .select_from(
            customer_category.join(category, category.c.id == customer_category.c.category_id)
            .join(dimension, dimension.c.id == category.c.dimension_id)
            .join(customer, customer.c.id == customer_category.c.customer_id)
        )
        .where(dimension.c.applies_to != "customer")
    )
    for code, name in connection.execute(strangers):
        yield (
            "category_stranger",
            code,
            _("{customer} is in {name}, which is no category of customers.").format(customer=code, name=name),
        )


def retired_agree(connection: Connection) -> Iterator[tuple[str, str, str]]:
    """A category or tag is retired where the last word of its history about that says so, and only there."""
    for table, event, owner in (
        (category, category_event, category_event.c.category_id),
        (tag, tag_event, tag_event.c.tag_id),
    ):
        is_word = event.c.action.in_((category_events.RETIRED, category_events.RESTORED))
        last = select(func.max(event.c.id)).where(is_word).group_by(owner)
        said = select(owner).where(
            event.c.id.in_(last), event.c.action == category_events.RETIRED, owner.is_not(None)
        )
        query = select(table.c.id, table.c.name, table.c.is_retired).where(
            table.c.is_retired != table.c.id.in_(said)
        )
        for record_id, name, is_retired in connection.execute(query):
            text = (
                _("{name} is retired, and its history does not say so.")
                if is_retired
                else _("{name} was retired and not brought back, and is in use.")
            )
            yield "retired_history", f"{table.name}:{record_id}", text.format(name=name)


def _reaches_top(rows: dict[int, Any], record_id: int, sound: set[int]) -> bool:
    way: set[int] = set()
    current: int | None = record_id
    while current is not None and current not in sound:
        if current in way:
            return False
        way.add(current)
        row = rows.get(current)
        current = row.parent_id if row is not None else None
    sound |= way
    return True


def history_agrees(connection: Connection) -> Iterator[tuple[str, str, str]]:
    """Whoever entered a category last is in it, whoever left it last is not."""
    event = customer_category_event.c
    last = select(func.max(event.id).label("id")).group_by(event.customer_id, event.category_id).subquery()
    member = customer_category.c
    query = (
        select(customer.c.code, event.path, event.is_in)
        .select_from(
            customer_category_event.join(last, last.c.id == event.id)
            .join(customer, customer.c.id == event.customer_id)
            .outerjoin(
                customer_category,
                and_(member.customer_id == event.customer_id, member.category_id == event.category_id),
            )
        )
        .where(member.customer_id.is_not(None) != event.is_in)
    )
    for code, path, is_in in connection.execute(query):
        text = (
            _("{customer} entered {path} and is not in it.")
            if is_in
            else _("{customer} left {path} and is still in it.")
        )
        yield "category_history", code, text.format(customer=code, path=path)
