"""Who is in which category: the one way in and out, with its history."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, insert, literal, select, update
from sqlalchemy import delete as sql_delete

from crmdesk.models import clock
from crmdesk.models.errors import Code, NotFound
from crmdesk.models.fields import Choice
from crmdesk.models.tables.base import Big
from crmdesk.models.tables.categories import category, customer_category, customer_category_event, dimension
from crmdesk.models.tables.customers import customer as customer_table
from crmdesk.services import merged_codes
from crmdesk.services.category_paths import path_of
from crmdesk.services.dialect import among, ids_of
from crmdesk.services.units import Unit
from crmdesk.text import N_, _

HAND, IMPORT, ADDRESS, MERGE, UNDO, RULE = "hand", "import", "address", "merge", "undo", "rule"
CUSTOMERS = "customers"
CAUSES = (
    Choice(HAND, N_("Set by hand")),
    Choice(RULE, N_("By a rule")),
    Choice(IMPORT, N_("By an import")),
    Choice(ADDRESS, N_("From the address")),
    Choice(MERGE, N_("By merging categories")),
    Choice(CUSTOMERS, N_("By merging customers")),
    Choice(UNDO, N_("By undoing")),
)
"""Why somebody entered or left a category."""
CAUSE_WORDS = {choice.value: choice.label for choice in CAUSES}


def put(
    unit: Unit, category_id: int, ids: Iterable[int], cause: str = HAND, *, segment_id: int | None = None
) -> list[int]:
    """Puts customers into a category; gives those who were not in it before.

    `segment_id` is the rule that does it. Who was there by a rule and is put there without one is no longer the rule's
    to take away.
    """
    wanted = list(dict.fromkeys(ids))
    query = select(customer_category.c.customer_id).where(
        customer_category.c.category_id == category_id, among(customer_category.c.customer_id, wanted)
    )
    present = set(unit.execute(query).scalars())
    new = [one for one in wanted if one not in present]
    if present and segment_id is None:
        mark(unit, category_id, present, None)
    if new:
        rows = select(literal(category_id), customer_table.c.id, literal(segment_id, Big)).where(
            customer_table.c.id.in_(ids_of(new))
        )
        names = ["category_id", "customer_id", "segment_id"]
        unit.execute(insert(customer_category).from_select(names, rows))
        _note(unit, category_id, new, cause, is_in=True)
    return new


def take(unit: Unit, category_id: int, ids: Iterable[int] | None = None, cause: str = HAND) -> list[int]:
    """Takes customers (None: all) out of a category; gives those who were in it."""
    is_meant = customer_category.c.category_id == category_id
    if ids is not None:
        is_meant &= among(customer_category.c.customer_id, ids)
    query = select(customer_category.c.customer_id).where(is_meant).order_by(customer_category.c.customer_id)
    gone = list(unit.execute(query).scalars())
    if gone:
        unit.execute(sql_delete(customer_category).where(is_meant))
        _note(unit, category_id, gone, cause, is_in=False)
    return gone


def mark(unit: Unit, category_id: int, ids: Collection[int], segment_id: int | None) -> None:
    """Notes which rule has put customers into the category they are in; None is by hand."""
    unit.execute(
        update(customer_category)
        .where(customer_category.c.category_id == category_id, among(customer_category.c.customer_id, ids))
        .values(segment_id=segment_id)
    )
    for one in ids:  # the lead score counts what was given by hand only
        unit.changes.add("customer", one)


def came(unit: Unit, customer_id: int, category_ids: Iterable[int], cause: str) -> None:
    """Notes that a customer has come into categories with somebody else's row (`merge_rows` moved it)."""
    for category_id in category_ids:
        _note(unit, category_id, [customer_id], cause, is_in=True)


def align(unit: Unit, ids: Iterable[int], cause: str) -> None:
    """Where the last word about a customer and a category is not what is now, writes what is.

    After two customers became one, or two again: the words of both stand one after the other then.
    """
    event, member = customer_category_event.c, customer_category.c
    last = (
        select(func.max(event.id).label("id"))
        .where(among(event.customer_id, ids))
        .group_by(event.customer_id, event.category_id)
        .subquery()
    )
    query = (
        select(event.customer_id, event.category_id, event.dimension, event.path, event.is_in)
        .join(last, last.c.id == event.id)
        .outerjoin(
            customer_category,
            and_(member.customer_id == event.customer_id, member.category_id == event.category_id),
        )
        .where(member.customer_id.is_not(None) != event.is_in)
    )
    for row in unit.execute(query).all():
        place = (row.dimension, row.path)
        _note(unit, row.category_id, [row.customer_id], cause, is_in=not row.is_in, place=place)


def take_back(
    unit: Unit, customer_id: int, joined: int, left: Iterable[int], *, first_id: int, last_id: int
) -> None:
    """Undoes what an import did to one customer, and forgets that it did: rows with ids of the import go.

    A category that is gone meanwhile is passed over.
    """
    of_customer = customer_category_event.c.customer_id == customer_id
    is_own = customer_category_event.c.id.between(first_id, last_id)
    unit.execute(sql_delete(customer_category_event).where(of_customer, is_own))
    member = customer_category.c
    unit.execute(
        sql_delete(customer_category).where(member.customer_id == customer_id, member.category_id == joined)
    )
    present = select(member.category_id).where(member.customer_id == customer_id)
    back = select(category.c.id, literal(customer_id)).where(
        among(category.c.id, left), category.c.id.not_in(present)
    )
    unit.execute(insert(customer_category).from_select(["category_id", "customer_id"], back))


def _note(
    unit: Unit,
    category_id: int,
    ids: Collection[int],
    cause: str,
    *,
    is_in: bool,
    place: tuple[str, str] | None = None,
) -> None:
    """One line of the history each; `place` is what the category was called, where it may be gone."""
    tree, path = place or place_of(unit, category_id)
    moment = clock.stamp(clock.now_utc())
    for one in ids:
        unit.add(
            customer_category_event,
            id=unit.next_id(),
            customer_id=one,
            category_id=category_id,
            dimension=tree,
            path=path,
            is_in=is_in,
            cause=cause,
            happened_at=moment,
            actor=unit.actor,
        )
        if cause != RULE:  # whom a rule moves was looked at already
            unit.changes.add("customer", one)
    if cause == RULE:
        unit.changes.everything.add("category")


def place_of(unit: Unit, category_id: int) -> tuple[str, str]:
    """(tree, path) of a category, read from it upwards."""
    rows: dict[int, Any] = {}
    current: int | None = category_id
    while current is not None:
        row = unit.execute(select(category).where(category.c.id == current)).one()
        rows[current] = row
        current = row.parent_id
    tree = unit.execute(
        select(dimension.c.name).where(dimension.c.id == rows[category_id].dimension_id)
    ).scalar_one()
    return tree, path_of(rows, category_id)


# Reading


@dataclass(frozen=True, slots=True)
class Stay:
    """One time that a customer was in a category. `left_at` is None while he is in it.

    The path is what it was called when he entered, or left where he was made in it (`entered_cause` is then empty).
    """

    dimension: str
    path: str
    entered_at: str
    entered_by: str
    entered_cause: str
    left_at: str | None = None
    left_by: str = ""
    left_cause: str = ""


def stays(connection: Connection, code: str) -> list[Stay]:
    """Every time a customer was in a category, the newest first; moments are UTC. Raises NotFound."""
    owner = connection.execute(
        select(customer_table.c.id, customer_table.c.created_at).where(
            customer_table.c.code == merged_codes.meant(connection, code)
        )
    ).first()
    if owner is None:
        raise NotFound(
            Code.CUSTOMER_MISSING,
            _("There is no customer with the code “{code}”.").format(code=code[:60]),
            field="customer",
        )
    table = customer_category_event.c
    events = connection.execute(
        select(customer_category_event).where(table.customer_id == owner.id).order_by(table.id)
    ).all()
    found: list[Stay] = []
    inside: dict[int, Any] = {}
    seen: set[int] = set()
    for event in events:
        if event.is_in:
            inside[event.category_id] = event
        else:
            begun = inside.pop(event.category_id, None)
            found.append(
                Stay(
                    event.dimension,
                    begun.path if begun is not None else event.path,
                    begun.happened_at if begun is not None else owner.created_at,
                    begun.actor if begun is not None else "",
                    begun.cause if begun is not None else "",
                    event.happened_at,
                    event.actor,
                    event.cause,
                )
            )
        seen.add(event.category_id)
    found += [Stay(one.dimension, one.path, one.happened_at, one.actor, one.cause) for one in inside.values()]
    found += _since_made(connection, owner, seen)
    return sorted(
        found, key=lambda one: (one.left_at or one.entered_at, one.dimension, one.path), reverse=True
    )


def _since_made(connection: Connection, owner: Any, seen: set[int]) -> list[Stay]:
    """Where he was put when he was made and is still."""
    ids = set(
        connection.execute(
            select(customer_category.c.category_id).where(customer_category.c.customer_id == owner.id)
        ).scalars()
    )
    if not ids - seen:
        return []
    rows = {row.id: row for row in connection.execute(select(category))}
    trees = {row.id: row.name for row in connection.execute(select(dimension.c.id, dimension.c.name))}
    return [
        Stay(trees[rows[one].dimension_id], path_of(rows, one), owner.created_at, "", "")
        for one in sorted(ids - seen)
    ]
