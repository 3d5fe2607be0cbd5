"""Relations between customers (A9): parent and subsidiaries, partners, who introduced whom, who pays for whom.

A relation says what the other customer is to this one. A customer has one parent at most, and the parents never run
in a circle; so groups are trees, whatever their depth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date as Date
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, update
from sqlalchemy import delete as sql_delete

from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, optional
from crmdesk.models.specs import people as specs
from crmdesk.models.tables.customers import customer as customer_table
from crmdesk.models.tables.documents import open_item
from crmdesk.models.tables.people import customer_relation as _TABLE
from crmdesk.services.customer_lookup import find
from crmdesk.services.dialect import among
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

PARENT = "parent"
_RELATION = Field("relation", Kind.INTEGER, N_("Relation"), required=True, link="relation")
_LABELS = {choice.value: choice.label for choice in specs.RELATION_KINDS}


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation as seen from a customer: what the other one is to it."""

    id: int
    kind: str
    label: str
    """What the other one is to this customer, in the user's language."""
    is_inverse: bool
    """Whether it was recorded at the other one."""
    other_id: int
    code: str
    name: str
    since_on: Date | None
    note: str


@dataclass(frozen=True, slots=True)
class Member:
    """A customer of a group: `depth` 0 is the one on top. `balances` in minor units by currency, of it alone."""

    id: int
    code: str
    name: str
    parent_id: int | None
    depth: int
    is_active: bool
    balances: Mapping[str, int]


@use_case(
    "relation.add",
    fields=specs.RELATION,
    summary=N_(
        "Relate two customers: what the other one is to this one (parent company, partner, introduced by …)."
    ),
    errors=(Code.CUSTOMER_MISSING, Code.DUPLICATE, Code.TREE_CYCLE, Code.INVALID_CHOICE),
)
def add(
    unit: Unit, *, customer: str, kind: str, other: str, since: Date | None = None, note: str | None = None
) -> dict[str, Any]:
    """Relates two customers. A second parent is refused `duplicate`, a circle of parents `tree_cycle`."""
    one, two = find(unit, customer), find(unit, other, "other")
    if one.id == two.id:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("A customer cannot be related to itself. Choose another one."),
            field="other",
        )
    _require_new(unit, one.id, kind, two.id)
    if kind == PARENT:
        _require_no_parent(unit, one.id, one.code)
        if one.id in _ancestors(unit, two.id):
            raise Conflict(
                Code.TREE_CYCLE,
                _(
                    "{other} belongs to {code} already, directly or through others, so it cannot be its parent."
                ).format(other=two.code, code=one.code),
                field="other",
            )
    record_id = unit.next_id()
    unit.add(
        _TABLE,
        id=record_id,
        customer_id=one.id,
        kind=kind,
        other_id=two.id,
        note=note or "",
        since_on=since,
        actor=unit.actor,
    )
    _note(unit, (one.id, two.id), None, {"kind": kind, "customer": one.code, "other": two.code})
    return {"relation": record_id}


@use_case(
    "relation.update",
    fields=(_RELATION, *optional(specs.RELATION[3:])),
    summary=N_("Change since when a relation holds, or its note."),
    errors=(Code.NOT_FOUND,),
)
def change(
    unit: Unit, *, relation: int, since: Date | None = None, note: str | None = None
) -> dict[str, Any]:
    """Changes what is given."""
    row = _row(unit, relation)
    wanted = {"since_on": since, "note": note}
    changed = {name: value for name, value in wanted.items() if value is not None and row[name] != value}
    if changed:
        unit.execute(update(_TABLE).where(_TABLE.c.id == relation).values(**changed))
        ids = (row["customer_id"], row["other_id"])
        _note(unit, ids, {name: row[name] for name in changed}, changed)
    return {"relation": relation}


@use_case(
    "relation.remove",
    fields=(_RELATION,),
    summary=N_("Take a relation between two customers back."),
    errors=(Code.NOT_FOUND,),
)
def remove(unit: Unit, *, relation: int) -> dict[str, Any]:
    """Removes a relation; the history keeps it."""
    row = _row(unit, relation)
    unit.execute(sql_delete(_TABLE).where(_TABLE.c.id == relation))
    codes = _codes(unit, (row["customer_id"], row["other_id"]))
    told = {"kind": row["kind"], "customer": codes[row["customer_id"]], "other": codes[row["other_id"]]}
    _note(unit, (row["customer_id"], row["other_id"]), told, None)
    return {"relation": relation}


def _row(unit: Unit, relation_id: int) -> dict[str, Any]:
    row = unit.first(select(_TABLE).where(_TABLE.c.id == relation_id))
    if row is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no relation {number}; it may have been removed.").format(number=relation_id),
            field="relation",
        )
    return dict(row._mapping)


def _codes(unit: Unit, ids: Iterable[int]) -> dict[int, str]:
    table = customer_table.c
    return dict(list(unit.execute(select(table.id, table.code).where(among(table.id, ids)))))


def _require_new(unit: Unit, one: int, kind: str, two: int) -> None:
    same = and_(_TABLE.c.customer_id == one, _TABLE.c.other_id == two)
    turned = and_(_TABLE.c.customer_id == two, _TABLE.c.other_id == one)
    condition = or_(same, turned) if kind in specs.MUTUAL else same
    if unit.first(select(_TABLE.c.id).where(condition, _TABLE.c.kind == kind)) is not None:
        raise Conflict(
            Code.DUPLICATE,
            _("These two are related as “{kind}” already.").format(kind=_(_LABELS[kind])),
            field="other",
        )


def _require_no_parent(unit: Unit, customer_id: int, code: str) -> None:
    query = (
        select(customer_table.c.code)
        .join(_TABLE, _TABLE.c.other_id == customer_table.c.id)
        .where(_TABLE.c.customer_id == customer_id, _TABLE.c.kind == PARENT)
    )
    known = unit.execute(query).scalar()
    if known is not None:
        raise Conflict(
            Code.DUPLICATE,
            _("{code} has the parent {parent} already. Take that relation back first.").format(
                code=code, parent=known
            ),
            field="other",
        )


def _ancestors(unit: Unit, customer_id: int) -> set[int]:
    unit.flush()
    return set(_way_up(unit.connection, customer_id))


def _way_up(connection: Connection, customer_id: int) -> list[int]:
    """The customer and its parents, up to the one on top."""
    found = [customer_id]
    while True:
        query = select(_TABLE.c.other_id).where(_TABLE.c.customer_id == found[-1], _TABLE.c.kind == PARENT)
        parent = connection.execute(query).scalar()
        if parent is None or parent in found:
            return found
        found.append(parent)


def _note(
    unit: Unit, ids: tuple[int, int], before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    for customer_id in ids:
        unit.note(
            "customer",
            customer_id,
            None if before is None else {"relation": before},
            None if after is None else {"relation": after},
        )


# Reading


def of_customer(connection: Connection, customer_id: int) -> tuple[Relation, ...]:
    """What other customers are to this one: parents, subsidiaries, partners … by kind, then by name."""
    found = []
    for own, other, is_inverse in (
        (_TABLE.c.customer_id, _TABLE.c.other_id, False),
        (_TABLE.c.other_id, _TABLE.c.customer_id, True),
    ):
        query = (
            select(_TABLE, customer_table.c.id.label("who"), customer_table.c.code, customer_table.c.name)
            .join(customer_table, customer_table.c.id == other)
            .where(own == customer_id)
        )
        for row in connection.execute(query):
            label = specs.INVERSE[row.kind] if is_inverse else _LABELS[row.kind]
            found.append(
                Relation(
                    row.id,
                    row.kind,
                    _(label),
                    is_inverse,
                    row.who,
                    row.code,
                    row.name,
                    row.since_on,
                    row.note,
                )
            )
    kinds = list(_LABELS)
    return tuple(sorted(found, key=lambda one: (kinds.index(one.kind), one.is_inverse, one.name, one.id)))


def group_of(connection: Connection, customer_id: int) -> tuple[Member, ...]:
    """The whole group a customer belongs to, from the one on top down, each followed by what is below it.

    A customer without relatives is a group of its own: one member.
    """
    return below(connection, _way_up(connection, customer_id)[-1])


def below(connection: Connection, customer_id: int) -> tuple[Member, ...]:
    """A customer and everything below it, at any depth."""
    children: dict[int, list[int]] = {}
    parent_of: dict[int, int] = {}
    level, known = [customer_id], {customer_id}
    while level:
        query = select(_TABLE.c.other_id, _TABLE.c.customer_id).where(
            among(_TABLE.c.other_id, level), _TABLE.c.kind == PARENT
        )
        level = []
        for parent, child in connection.execute(query):
            if child not in known:
                known.add(child)
                children.setdefault(parent, []).append(child)
                parent_of[child] = parent
                level.append(child)
    table = customer_table.c
    rows = {
        row.id: row
        for row in connection.execute(
            select(table.id, table.code, table.name, table.is_active).where(among(table.id, known))
        )
    }
    balances: dict[int, dict[str, int]] = {}
    query = (
        select(
            open_item.c.customer_id,
            open_item.c.currency,
            func.sum(open_item.c.side * open_item.c.open_minor),
        )
        .where(among(open_item.c.customer_id, known))
        .group_by(open_item.c.customer_id, open_item.c.currency)
    )
    for member, currency, minor in connection.execute(query):
        balances.setdefault(member, {})[currency] = minor
    found: list[Member] = []

    def walk(member: int, depth: int) -> None:
        row = rows[member]
        found.append(
            Member(
                member,
                row.code,
                row.name,
                parent_of.get(member),
                depth,
                row.is_active,
                balances.get(member, {}),
            )
        )
        for child in sorted(children.get(member, ()), key=lambda one: rows[one].code):
            walk(child, depth + 1)

    if customer_id in rows:
        walk(customer_id, 0)
    return tuple(found)
