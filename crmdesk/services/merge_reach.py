"""What a merge of categories or tags would touch, before it is done: who comes new, who is in both, what follows."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, Table, func, select

from crmdesk.models.tables.categories import category, customer_category, customer_tag
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.reminders import reminder_rule
from crmdesk.services.category_desk import Person, rules_of

NAMED_MAX = 30


@dataclass(slots=True)
class Reach:
    """`joined` come new to the other one, `already` are in both and stay there once."""

    joined: int = 0
    already: int = 0
    merged: list[str] = field(default_factory=list)
    """Names of categories below that go into one of the same name."""
    moved: list[str] = field(default_factory=list)
    """Names of categories below that go over as they are."""
    rules: list[str] = field(default_factory=list)
    """Rules that give it or ask for it: they mean the other one afterwards."""
    reminder_rules: list[str] = field(default_factory=list)
    people: list[tuple[Person, bool]] = field(default_factory=list)
    """The first of those it touches, and whether each is new to the other one."""


def of_categories(connection: Connection, source_id: int, target_id: int) -> Reach:
    """What `category.merge` of the first into the second would do."""
    found = Reach()
    pairs = [(source_id, target_id)]
    gone = {source_id}
    while pairs:
        source, target = pairs.pop()
        _count(connection, customer_category, "category_id", source, target, found)
        below = select(category.c.id, category.c.name).order_by(category.c.position, category.c.id)
        names = {
            row.name: row.id
            for row in connection.execute(below.where(category.c.parent_id == target))
            if row.id not in gone
        }
        for row in connection.execute(below.where(category.c.parent_id == source)):
            if row.name in names:
                gone.add(row.id)
                found.merged.append(row.name)
                pairs.append((row.id, names[row.name]))
            else:
                found.moved.append(row.name)
    _follow(connection, "category", source_id, found)
    return found


def of_tags(connection: Connection, source_id: int, target_id: int) -> Reach:
    """What `tag.merge` of the first into the second would do."""
    found = Reach()
    _count(connection, customer_tag, "tag_id", source_id, target_id, found)
    _follow(connection, "tag", source_id, found)
    return found


def _count(
    connection: Connection, table: Table, column: str, source_id: int, target_id: int, found: Reach
) -> None:
    own = table.c[column]
    there = select(table.c.customer_id).where(own == target_id)
    whole = connection.execute(select(func.count()).where(own == source_id)).scalar_one()
    both = connection.execute(
        select(func.count()).where(own == source_id, table.c.customer_id.in_(there))
    ).scalar_one()
    found.joined += int(whole - both)
    found.already += int(both)
    room = NAMED_MAX - len(found.people)
    if room > 0:
        is_there = table.c.customer_id.in_(there).label("is_there")
        rows = connection.execute(
            select(customer.c.id, customer.c.code, customer.c.name, is_there)
            .join_from(table, customer, customer.c.id == table.c.customer_id)
            .where(own == source_id)
            .order_by(customer.c.name, customer.c.id)
            .limit(room)
        )
        found.people += [(Person(row.id, row.code, row.name), not row.is_there) for row in rows]


def _follow(connection: Connection, kind: str, record_id: int, found: Reach) -> None:
    givers, lookers = rules_of(connection, kind, record_id)
    found.rules = list(dict.fromkeys((*givers, *lookers)))
    found.reminder_rules = list(
        connection.execute(
            select(reminder_rule.c.name).where(
                reminder_rule.c.group_kind == kind, reminder_rule.c.group_id == record_id
            )
        ).scalars()
    )
