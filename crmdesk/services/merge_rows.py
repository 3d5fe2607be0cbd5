"""What hangs on a customer and is not posted moves with a merge, and goes back with its undoing.

Which tables these are follows from their declarations: every column that refers to `customer.id`, and `record_kind`
with `record_id`. A new table of a feature that keeps to that needs no line here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Table,
    UniqueConstraint,
    and_,
    delete,
    insert,
    select,
    true,
    update,
)

from crmdesk.models.tables import METADATA
from crmdesk.models.tables.base import Day, Flag, day_number, day_of
from crmdesk.models.tables.customers import PARTS, customer
from crmdesk.models.tables.documents import confirmation
from crmdesk.models.tables.imports import import_record
from crmdesk.models.tables.measures import stage_pin
from crmdesk.models.tables.merges import customer_merge, not_duplicate
from crmdesk.models.tables.segments import segment_pin
from crmdesk.services.dialect import among
from crmdesk.services.units import Unit

Stored = dict[str, Any]
Taken = dict[str, set[tuple[Any, ...]]]

STAYS_ASIDE = (confirmation, not_duplicate)
"""Rows that are true of the merged customer alone: a slip confirms the balance of one, a decision compares one."""
PINS = (segment_pin, stage_pin)
"""What was decided by hand about a customer: no foreign key leads to him (an unused one may be deleted), but it moves
like all that hangs on him. Where the survivor has decided himself, his own word stands and the other one waits."""
_KIND = "customer"


class Link(NamedTuple):
    """A column by which rows hang on customers; `others` are further ones of the same table."""

    table: Table
    column: Column[Any]
    where: ColumnElement[bool] | None
    others: tuple[Column[Any], ...]

    @property
    def name(self) -> str:
        """`table.column`: how a merge's content names it."""
        return f"{self.table.name}.{self.column.name}"


def links() -> Iterator[Link]:
    """Every way in which rows that are not posted hang on customers."""
    for table in METADATA.sorted_tables:
        if table is customer or table.info.get("is_posted"):
            continue
        own = [
            column
            for column in table.columns
            if any(key.target_fullname == "customer.id" for key in column.foreign_keys)
            or (table in PINS and column.name == "customer_id")
        ]
        for column in own:
            yield Link(table, column, None, tuple(other for other in own if other is not column))
        names = table.columns.keys()
        # what an import made is its own history
        if "record_kind" in names and "record_id" in names and table is not import_record:
            yield Link(table, table.c.record_id, table.c.record_kind == _KIND, ())


def to_json(table: Table, row: Any) -> Stored:
    """A row as plain values: dates as their numbers."""
    found: Stored = {}
    for column in table.columns:
        value = row[column.name]
        if value is not None and isinstance(column.type, Day):
            value = day_number(value)
        found[column.name] = value
    return found


def from_json(table: Table, stored: Stored) -> Stored:
    """What `to_json` made of a row, as values to insert."""
    found: Stored = {}
    for name, value in stored.items():
        kind = table.c[name].type
        if value is not None and isinstance(kind, Day):
            value = day_of(value)
        elif isinstance(kind, Flag) and value is not None:
            value = bool(value)
        found[name] = value
    return found


def _rows(unit: Unit, link: Link, customer_id: int) -> list[Stored]:
    query = select(link.table).where(link.column == customer_id)
    if link.where is not None:
        query = query.where(link.where)
    keys = list(link.table.primary_key.columns)
    return [to_json(link.table, row) for row in unit.execute(query.order_by(*keys)).mappings()]


def _unique_keys(link: Link) -> list[tuple[str, ...]]:
    """Sets of columns of which no two rows are equal, as far as the link's column is among them."""
    sets = [tuple(column.name for column in link.table.primary_key.columns)]
    for constraint in link.table.constraints:
        if isinstance(constraint, UniqueConstraint):
            sets.append(tuple(column.name for column in constraint.columns))
    sets += [tuple(column.name for column in index.columns) for index in link.table.indexes if index.unique]
    return [names for names in sets if link.column.name in names]


def _key(link: Link, row: Stored) -> Stored:
    return {
        column.name: row[column.name]
        for column in link.table.primary_key.columns
        if column is not link.column
    }


def _is(table: Table, key: Stored) -> ColumnElement[bool]:
    return and_(true(), *(table.c[name] == value for name, value in from_json(table, key).items()))


def move(unit: Unit, merged_id: int, into_id: int) -> dict[str, dict[str, list[Stored]]]:
    """Hangs on the survivor what hung on the merged customer; what he has already is set aside.

    Gives {"moved": {link: keys}, "aside": {table: rows}}.
    """
    moved: dict[str, list[Stored]] = {}
    aside: dict[str, list[Stored]] = {}
    for link in links():
        goes, stays = _sorted_out(unit, link, _rows(unit, link, merged_id), into_id)
        for row in stays:
            unit.execute(delete(link.table).where(_is(link.table, row)))
        if stays:
            aside.setdefault(link.table.name, []).extend(stays)
        if goes:
            _set_holder(unit, link, [_key(link, row) for row in goes], merged_id, into_id)
            moved[link.name] = [_key(link, row) for row in goes]
    return {"moved": moved, "aside": aside}


def _sorted_out(
    unit: Unit, link: Link, rows: list[Stored], into_id: int
) -> tuple[list[Stored], list[Stored]]:
    """(rows that move, rows that are set aside)."""
    if not rows or link.table in STAYS_ASIDE:
        return [], rows
    uniques = _unique_keys(link)
    known = _taken(uniques, _rows(unit, link, into_id)) if uniques else set()
    goes: list[Stored] = []
    stays: list[Stored] = []
    for row in rows:
        after = {**row, link.column.name: into_id}
        keys = _taken(uniques, [after])
        is_itself = any(row[other.name] == into_id for other in link.others)  # a relation of the two
        (stays if keys & known or is_itself else goes).append(row)
        known |= keys
    return goes, stays


def _taken(uniques: list[tuple[str, ...]], rows: Iterable[Stored]) -> set[tuple[Any, ...]]:
    """What these rows are that no second one can be."""
    return {(names, *(row[name] for name in names)) for row in rows for names in uniques}


def going_back(unit: Unit, content: Stored, into_id: int) -> Taken:
    """What the survivor has by a merge that is about to be undone, by link; `take_in` asks for it."""
    found: Taken = {}
    for link in links():
        keys = content["moved"].get(link.name)
        uniques = _unique_keys(link)
        if keys and uniques:
            rows = [row for row in _rows(unit, link, into_id) if _key(link, row) in keys]
            found[link.name] = _taken(uniques, rows)
    return found


def _set_holder(unit: Unit, link: Link, keys: list[Stored], from_id: int, to_id: int) -> list[Stored]:
    """Moves the rows with these keys; gives the keys of those that were still there."""
    change = update(link.table).where(link.column == from_id).values({link.column.name: to_id})
    if all(set(key) == {"id"} for key in keys):
        ids = [key["id"] for key in keys]
        unit.execute(change.where(among(link.table.c.id, ids)))
        return keys
    return [key for key in keys if unit.execute(change.where(_is(link.table, key))).rowcount]


def give_back(unit: Unit, content: Stored, merged_id: int, into_id: int) -> None:
    """Hangs on the merged customer again what is still there, and puts back what was set aside.

    What was removed since stays away; where its way back is taken (a key that somebody gave him since), it stays.
    """
    for link in links():
        keys = content["moved"].get(link.name)
        if keys:
            _set_holder(unit, link, keys, into_id, merged_id)
    put_back(unit, content["aside"])


def put_back(unit: Unit, aside: dict[str, list[Stored]]) -> None:
    """Inserts rows that were set aside, as far as what they refer to still exists."""
    for name, rows in aside.items():
        table = METADATA.tables[name]
        for row in rows:
            if _has_targets(unit, table, row):
                unit.execute(insert(table).values(**from_json(table, row)))


def _has_targets(unit: Unit, table: Table, row: Stored) -> bool:
    for column in table.columns:
        for key in column.foreign_keys:
            value = row[column.name]
            if value is None:
                continue
            query = select(key.column).where(key.column == value)
            if "deleted_at" in key.column.table.columns:  # a segment that is deleted keeps its row
                query = query.where(key.column.table.c.deleted_at == "")
            if unit.first(query) is None:
                return False
    return True


def take_in(unit: Unit, content: Stored, into_id: int, merged_id: int, gone: Taken) -> bool:
    """After an earlier merge was undone: what was set aside only because of that one's rows moves now. Whether any did.

    `gone` is what went back with it (`going_back`); what was taken from the survivor before that stays away.
    """
    changed = False
    for link in links():
        if link.table in STAYS_ASIDE:
            continue
        rows = [
            row
            for row in content["aside"].get(link.table.name, ())
            if row[link.column.name] == merged_id and _was_in_its_way(link, row, into_id, gone)
        ]
        goes, _stays = _sorted_out(unit, link, rows, into_id)
        for row in goes:
            if not _has_targets(unit, link.table, {**row, link.column.name: into_id}):
                continue
            unit.execute(
                insert(link.table).values(**from_json(link.table, {**row, link.column.name: into_id}))
            )
            content["aside"][link.table.name].remove(row)
            content["moved"].setdefault(link.name, []).append(_key(link, row))
            changed = True
    return changed


def _was_in_its_way(link: Link, row: Stored, into_id: int, gone: Taken) -> bool:
    keys = _taken(_unique_keys(link), [{**row, link.column.name: into_id}])
    return bool(keys & gone.get(link.name, set()))


def as_text(content: Stored) -> str:
    """What a merge remembers, as its row holds it."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, default=str)


def remember(unit: Unit, merge_id: int, content: Stored) -> None:
    """Lets a merge remember this from now on."""
    row = update(customer_merge).where(customer_merge.c.id == merge_id)
    unit.execute(row.values(content=as_text(content)))


def follow_documents(unit: Unit, document_ids: Iterable[int], from_id: int, to_id: int) -> None:
    """What was written since about documents that go back (a promise, an exclusion) goes with them."""
    ids = list(document_ids)
    for link in links():
        if "document_id" in link.table.columns:
            unit.execute(
                update(link.table)
                .where(link.column == from_id, among(link.table.c.document_id, ids))
                .values({link.column.name: to_id})
            )


# One of each kind of part is the primary one


def primaries(unit: Unit, customer_id: int) -> dict[str, int]:
    """Kind of part -> id of the customer's primary one."""
    found: dict[str, int] = {}
    for kind, table in PARTS.items():
        query = select(table.c.id).where(table.c.customer_id == customer_id, table.c.is_primary.is_(True))
        record_id = unit.execute(query.order_by(table.c.id).limit(1)).scalar()
        if record_id is not None:
            found[kind] = record_id
    return found


def set_primaries(unit: Unit, customer_id: int, wanted: Sequence[dict[str, int]]) -> None:
    """Makes one of each kind the primary one: the first of `wanted` that the customer has, else his oldest."""
    for kind, table in PARTS.items():
        query = select(table.c.id).where(table.c.customer_id == customer_id).order_by(table.c.id)
        ids = list(unit.execute(query).scalars())
        if not ids:
            continue
        choice = next((one[kind] for one in wanted if one.get(kind) in ids), ids[0])
        own = update(table).where(table.c.customer_id == customer_id)
        unit.execute(own.where(table.c.id != choice).values(is_primary=False))
        unit.execute(own.where(table.c.id == choice).values(is_primary=True))
