"""One segment as the window shows it: its plan, who is in it with the values its rule looks at, what moved lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, case, func, select

from crmdesk.models import clauses, clock
from crmdesk.models.clauses import Group
from crmdesk.models.errors import Code, CrmdeskError, NotFound
from crmdesk.models.tables.categories import tag
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.segments import segment, segment_event, segment_member, segment_pin
from crmdesk.services import segment_history, segment_rules, segment_words, settings
from crmdesk.services.lists import Query, querying
from crmdesk.services.segment_evaluation import PIN
from crmdesk.text import _, current_language, translator

SHOWN = 100
LATELY_DAYS = 7


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a segment, or kept out of it by hand; `values` are his own of what the rule looks at."""

    id: int
    code: str
    name: str
    way: str
    since: date | None
    reason: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A segment with what is worth knowing of it. `members` are the first ones, those pinned before the others."""

    id: int
    name: str
    kind: str
    parent: str
    version: int
    is_active: bool
    tree: Group
    text: str
    words: str
    """The rule as people say it."""
    fault: str
    tag: str
    colour: str
    plan: dict[str, Any]
    """note, offer, owner as text; budget, cost in minor units or None."""
    currency: str
    count: int
    joined: int
    left: int
    sums: dict[str, dict[str, int]]
    """What its customers owe and are late with, by currency."""
    labels: tuple[str, ...]
    members: tuple[Member, ...]
    kept_out: tuple[Member, ...]


def ids_by_name(connection: Connection) -> dict[str, int]:
    """Every segment that was not deleted, in the order they stand in."""
    query = (
        select(segment.c.name, segment.c.id)
        .where(segment.c.deleted_at == "")
        .order_by(segment.c.position, segment.c.name)
    )
    return {row.name: row.id for row in connection.execute(query)}


def lists_by_hand(connection: Connection, customer_ids: list[int] | None = None) -> list[str]:
    """The segments filled by hand; with customers only those in which one of them is."""
    query = (
        select(segment.c.name)
        .where(segment.c.deleted_at == "", segment.c.kind == segment_rules.STATIC)
        .order_by(segment.c.position, segment.c.name)
    )
    if customer_ids is not None:
        is_in = segment_member.c.customer_id.in_(customer_ids[:900])
        query = query.where(segment.c.id.in_(select(segment_member.c.segment_id).where(is_in)))
    return list(connection.execute(query).scalars())


def ordered(connection: Connection) -> list[tuple[int, int]]:
    """(id, depth) of every segment, each below the one it lies in."""
    query = select(segment.c.id, segment.c.parent_id, segment.c.position, segment.c.name)
    rows = connection.execute(query.where(segment.c.deleted_at == "")).all()
    known = {row.id for row in rows}
    below: dict[int | None, list[Any]] = {}
    for row in sorted(rows, key=lambda one: (one.position, one.name)):
        below.setdefault(row.parent_id if row.parent_id in known else None, []).append(row)
    found: list[tuple[int, int]] = []
    seen: set[int] = set()
    pending = [(row, 0) for row in reversed(below.get(None, []))]
    while pending:
        row, depth = pending.pop()
        if row.id not in seen:
            seen.add(row.id)
            found.append((row.id, depth))
            pending += [(one, depth + 1) for one in reversed(below.get(row.id, []))]
    return found + [(row.id, 0) for row in rows if row.id not in seen]


def moved_lately(connection: Connection) -> dict[int, tuple[int, int]]:
    """How many joined and left each segment within the last seven days, today included."""
    event = segment_event.c
    first = clock.today() - timedelta(days=LATELY_DAYS - 1)
    query = (
        select(
            event.segment_id,
            func.sum(case((event.is_joined.is_(True), 1), else_=0)),
            func.sum(case((event.is_joined.is_(False), 1), else_=0)),
        )
        .where(event.dated_on >= first, segment_history.IS_COUNTED)
        .group_by(event.segment_id)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in connection.execute(query)}


def load(connection: Connection, segment_id: int, language: str = "", shown: int = SHOWN) -> Card:
    """All of a segment. Raises NotFound for one that was deleted."""
    parent = segment.alias("above")
    row = connection.execute(
        select(segment, parent.c.name.label("parent"), tag.c.name.label("tag"))
        .join_from(segment, parent, parent.c.id == segment.c.parent_id, isouter=True)
        .outerjoin(tag, tag.c.id == segment.c.tag_id)
        .where(segment.c.id == segment_id, segment.c.deleted_at == "")
    ).first()
    if row is None:
        raise NotFound(Code.NOT_FOUND, _("This segment is gone."), field="segment")
    tree = segment_rules.current_tree(connection, row.rule, row.named)
    today = clock.today()
    text, fault, node = "", "", None
    if tree.parts:
        text = clauses.text_of(tree)
        try:
            node = segment_rules.read(text, today, segment_rules.fields(segment_rules.spec_of(connection)))
        except (CrmdeskError, ValueError, KeyError) as error:
            fault = str(getattr(error, "message", error))
    is_member = segment_member.c.segment_id == segment_id
    count = connection.execute(select(func.count()).select_from(segment_member).where(is_member)).scalar_one()
    found = connection.execute(
        select(
            customer.c.id,
            segment_member.c.way,
            segment_member.c.since_on,
            func.coalesce(segment_pin.c.reason, "").label("reason"),
        )
        .join_from(segment_member, customer, customer.c.id == segment_member.c.customer_id)
        .outerjoin(
            segment_pin,
            (segment_pin.c.segment_id == segment_id) & (segment_pin.c.customer_id == customer.c.id),
        )
        .where(is_member)
        .order_by(segment_member.c.way != PIN, customer.c.name)
        .limit(shown)
    ).all()
    out = connection.execute(
        select(segment_pin.c.customer_id.label("id"), segment_pin.c.reason)
        .where(segment_pin.c.segment_id == segment_id, segment_pin.c.is_in.is_(False))
        .limit(shown)
    ).all()
    labels, values = segment_history.values_of(
        connection, node, today, [one.id for one in (*found, *out)], language
    )
    members = tuple(
        _member(values[one.id], one.id, one.way, one.since_on, one.reason)
        for one in found
        if one.id in values
    )
    kept_out = tuple(_member(values[one.id], one.id, "", None, one.reason) for one in out if one.id in values)
    joined, left = moved_lately(connection).get(segment_id, (0, 0))
    chosen = Query(
        "customers", filter=clauses.text_of(clauses.Clause("segment", clauses.ANY_OF, (row.name,)))
    )
    return Card(
        row.id, row.name, row.kind, row.parent or "", row.version, row.is_active, tree, text,
        segment_words.rule(node, translator(language or current_language())), fault,
        row.tag or "", row.colour,
        {"note": row.note, "offer": row.offer, "owner": row.owner, "budget": row.budget_minor,
         "cost": row.cost_minor},
        settings.load(connection).currency, count, joined, left,
        querying.sums(connection, chosen) if count else {}, labels, members, kept_out,
    )  # fmt: skip


def _member(
    found: segment_history.Found, customer_id: int, way: str, since: date | None, reason: str
) -> Member:
    return Member(customer_id, found.code, found.name, way, since, reason, found.values)
