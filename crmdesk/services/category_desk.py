"""What the page of trees and tags reads: the trees with what is missing, one category with its history, one tag."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, or_, select

from crmdesk.models.errors import Code, NotFound
from crmdesk.models.tables.categories import (
    category,
    category_event,
    customer_category,
    customer_category_event,
    customer_tag,
    dimension,
    tag,
    tag_event,
)
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.segments import segment
from crmdesk.services import category_events, category_tree, settings, tag_events
from crmdesk.services.category_paths import path_of
from crmdesk.services.dimension_starters import STARTERS, is_english_beside, name_among
from crmdesk.services.lists import Query, querying
from crmdesk.text import _

HISTORY_MAX = 100
PEOPLE_MAX = 60
_NAMED_MAX = 3
MEMBERS = "members"
"""The `action` of a line that tells who came or went, beside those of `category_events`."""


@dataclass(frozen=True, slots=True)
class TreeLine:
    """One tree of the list: how many categories it has."""

    id: int
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Desk:
    """All trees, and the chosen one with its categories."""

    trees: list[TreeLine]
    missing: list[tuple[str, str]]
    """Key and name of the usual trees that the book does not have, or has empty: the name they would come by."""
    current: TreeLine | None
    nodes: list[category_tree.Node]
    total: int
    """Customers of the book."""
    uncategorised: int
    undoable_id: int | None
    """The event of the last merge of the chosen tree, where it can be taken back."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a history. Of who came and went, those of one moment together: `names` are the first of them."""

    id: int
    happened_at: str
    actor: str
    action: str
    before: str = ""
    after: str = ""
    count: int = 0
    is_undone: bool = False
    cause: str = ""
    is_in: bool = False
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A customer that is in a category or below it (`path`), or carries a tag."""

    id: int
    code: str
    name: str
    path: str = ""
    is_by_rule: bool = False


@dataclass(frozen=True, slots=True)
class NodeCard:
    """What the tree itself (`category_tree.Node`) does not tell of one category, or of all (`id` None)."""

    id: int | None
    dimension: str
    path: str
    note: str
    by_rule: int
    givers: list[str]
    """Rules that put customers here."""
    lookers: list[str]
    """Rules that ask for it."""
    history: list[Line]
    people: list[Person]


def load(connection: Connection, wanted: int | None = None) -> Desk:
    """The trees of customers; `wanted` is the chosen one, else the first."""
    rows = connection.execute(
        select(dimension.c.id, dimension.c.name, func.count(category.c.id))
        .join(category, category.c.dimension_id == dimension.c.id, isouter=True)
        .where(dimension.c.applies_to == "customer")
        .group_by(dimension.c.id)
        .order_by(dimension.c.position, dimension.c.id)
    )
    trees = [TreeLine(*row) for row in rows]
    filled = {one.name for one in trees if one.count}
    known = {one.name for one in trees}
    is_english = is_english_beside(known, settings.load(connection).language)
    missing = [
        (one.key, name_among(one, filled, known, is_english=is_english))
        for one in STARTERS
        # the region tree is filled from addresses: it begins empty
        if not {one.name_zh, one.name_en} & (filled if one.paths_zh else known)
    ]
    current = next((one for one in trees if one.id == wanted), trees[0] if trees else None)
    total = querying.count(connection, Query("customers"))
    if current is None:
        return Desk(trees, missing, None, [], total, 0, None)
    nodes, placed = category_tree.counted(connection, current.id)
    # who is in none is not asked one by one: of a million customers that takes longer than the whole tree
    return Desk(trees, missing, current, nodes, total, total - placed, undoable(connection, current.id))


def undoable(connection: Connection, dimension_id: int) -> int | None:
    """The event of the merge that `category.undo_merge` would take back; None where there is none."""
    last = connection.execute(category_events.last_step(dimension_id)).first()
    return last.id if last is not None and last.action == category_events.MERGED else None


def tree_card(connection: Connection, dimension_id: int) -> NodeCard:
    """A whole tree: everything that was done to it. Raises NotFound."""
    name = connection.execute(select(dimension.c.name).where(dimension.c.id == dimension_id)).scalar()
    if name is None:
        raise _gone()
    event = category_event.c
    rows = connection.execute(_events().where(event.dimension_id == dimension_id).order_by(event.id.desc()))
    lines = [Line(*row) for row in rows.fetchmany(HISTORY_MAX)]
    return NodeCard(None, str(name), "", "", 0, [], [], lines, [])


def node_card(connection: Connection, category_id: int) -> NodeCard:
    """One category: its note, who is in it, which rules have to do with it, what was done to it. Raises NotFound."""
    row = connection.execute(
        select(category.c.note, category.c.dimension_id, dimension.c.name)
        .join(dimension, dimension.c.id == category.c.dimension_id)
        .where(category.c.id == category_id)
    ).first()
    if row is None:
        raise _gone()
    # names only: counting the whole tree for each category the cursor comes to would take far longer
    named = select(category.c.id, category.c.parent_id, category.c.name)
    within = connection.execute(named.where(category.c.dimension_id == row.dimension_id))
    rows = {one.id: one for one in within}
    path = path_of(rows, category_id)
    member = customer_category.c
    by_rule = connection.execute(
        select(func.count()).where(member.category_id == category_id, member.segment_id.is_not(None))
    ).scalar_one()
    givers, lookers = rules_of(connection, "category", category_id)
    return NodeCard(
        category_id,
        str(row.name),
        path,
        row.note,
        int(by_rule),
        givers,
        lookers,
        _history(connection, row.dimension_id, category_id, path),
        _people(connection, category_id, rows),
    )


def _history(connection: Connection, dimension_id: int, category_id: int, path: str) -> list[Line]:
    """What was done to a category and what was merged into it, and who came and went; the newest first."""
    event = category_event.c
    own = _events().where(event.category_id == category_id)
    done = [Line(*row) for row in connection.execute(own.order_by(event.id.desc()).limit(HISTORY_MAX))]
    # what it was called meanwhile: a merge names the category it went into
    names = {path} | {one.before for one in done} | {one.after for one in done}
    into = _events().where(
        event.dimension_id == dimension_id,
        event.category_id != category_id,
        or_(
            (event.action == category_events.MERGED) & event.path_after.in_(names),
            (event.action == category_events.UNDONE) & event.path_before.in_(names),
        ),
    )
    done += [Line(*row) for row in connection.execute(into.order_by(event.id.desc()).limit(HISTORY_MAX))]
    found = done + _moves(connection, category_id)
    return sorted(found, key=lambda one: (one.happened_at, one.id), reverse=True)[:HISTORY_MAX]


def _events() -> Any:
    event = category_event.c
    return select(
        event.id,
        event.happened_at,
        event.actor,
        event.action,
        event.path_before,
        event.path_after,
        event.member_count,
        event.undone_id.is_not(None),
    )


def _moves(connection: Connection, category_id: int) -> list[Line]:
    change = customer_category_event.c
    rows = connection.execute(
        select(
            func.max(change.id).label("id"),
            change.happened_at,
            change.actor,
            change.cause,
            change.is_in,
            func.count().label("moved"),
            func.min(change.id).label("first"),
        )
        .where(change.category_id == category_id)
        .group_by(change.happened_at, change.actor, change.cause, change.is_in)
        .order_by(func.max(change.id).desc())
        .limit(HISTORY_MAX)
    ).all()
    few = [(row.first, row.id) for row in rows if row.moved <= _NAMED_MAX]
    names: dict[int, str] = {}
    if few:
        query = (
            select(change.id, customer.c.name)
            .join(customer, customer.c.id == change.customer_id)
            .where(change.category_id == category_id, or_(*(change.id.between(*one) for one in few)))
        )
        names = {row.id: row.name for row in connection.execute(query)}
    return [
        Line(
            row.id,
            row.happened_at,
            row.actor,
            MEMBERS,
            count=row.moved,
            cause=row.cause,
            is_in=row.is_in,
            names=tuple(name for one, name in sorted(names.items()) if row.first <= one <= row.id)
            if row.moved <= _NAMED_MAX
            else (),
        )
        for row in rows
    ]


def _people(connection: Connection, category_id: int, categories: dict[int, Any]) -> list[Person]:
    """The first customers of a category and of what is below it, by name."""
    member = customer_category.c
    rows = connection.execute(
        select(customer.c.id, customer.c.code, customer.c.name, member.category_id, member.segment_id)
        .join_from(customer_category, customer, customer.c.id == member.customer_id)
        .where(member.category_id.in_(category_tree.branch(category_id)))
        .order_by(customer.c.name, customer.c.id)
        .limit(PEOPLE_MAX)
    )
    top = len(path_of(categories, category_id))
    return [
        Person(one, code, name, path_of(categories, place)[top + 1 :], rule is not None)
        for one, code, name, place, rule in rows
    ]


def rules_of(connection: Connection, kind: str, record_id: int) -> tuple[list[str], list[str]]:
    """Names of the rules that give a category or tag, and of those that ask for it."""
    column = segment.c.category_id if kind == "category" else segment.c.tag_id
    rows = connection.execute(
        select(segment.c.name, column.label("given"), segment.c.named)
        .where(segment.c.deleted_at == "")
        .order_by(segment.c.name)
    ).all()
    givers = [row.name for row in rows if row.given == record_id]
    lookers = [
        row.name
        for row in rows
        if row.named and any(one == kind and record_id in ids for one, _name, ids in json.loads(row.named))
    ]
    return givers, lookers


# Tags


@dataclass(frozen=True, slots=True)
class TagCard:
    """One tag: who carries it and by whose word."""

    id: int
    name: str
    colour: str
    is_retired: bool
    count: int
    by_rule: int
    givers: list[str]
    lookers: list[str]
    people: list[Person]
    history: list[Line]
    merged: str
    """The tag that was last merged into it and would come back; empty for none."""


def tag_card(connection: Connection, tag_id: int) -> TagCard:
    """A tag with the first customers that carry it. Raises NotFound."""
    row = connection.execute(select(tag).where(tag.c.id == tag_id)).first()
    if row is None:
        raise _gone()
    member = customer_tag.c
    count, by_rule = connection.execute(
        select(func.count(), func.count(member.segment_id)).where(member.tag_id == tag_id)
    ).one()
    people = connection.execute(
        select(customer.c.id, customer.c.code, customer.c.name, member.segment_id)
        .join_from(customer_tag, customer, customer.c.id == member.customer_id)
        .where(member.tag_id == tag_id)
        .order_by(customer.c.name, customer.c.id)
        .limit(PEOPLE_MAX)
    )
    shown = [Person(one, code, name, "", rule is not None) for one, code, name, rule in people]
    return TagCard(
        row.id, row.name, row.colour, bool(row.is_retired), int(count), int(by_rule),
        *rules_of(connection, "tag", tag_id), shown, *_tag_history(connection, tag_id),
    )  # fmt: skip


def _tag_history(connection: Connection, tag_id: int) -> tuple[list[Line], str]:
    """What was done to a tag and merged into it, the newest first, and which merge `tag.undo_merge` takes back."""
    event = tag_event.c
    rows = connection.execute(
        select(
            event.id, event.happened_at, event.actor, event.action, event.name_before, event.name_after,
            event.customer_count, event.undone_id.is_not(None),
        )
        .where(or_(event.tag_id == tag_id, event.into_id == tag_id))
        .order_by(event.id.desc())
        .limit(HISTORY_MAX)
    )  # fmt: skip
    lines = [Line(*row) for row in rows]
    merged = connection.execute(tag_events.last_merge(tag_id)).first()
    return lines, merged.name_before if merged is not None else ""


def _gone() -> NotFound:
    return NotFound(Code.NOT_FOUND, _("It is no longer there."), field="path")
