"""Tags and categories of customers, where merges of customers and merges of tags or categories stand one upon another.

What a merge remembers is said in the tags and categories of its own moment. So one that is not the last is undone like
this: for the customers it concerns, what was merged since is taken back in memory, the newest first; then itself; then
what was merged since is done again and remembers what it finds now. Nobody gets what was never his.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Column, Row, Table, delete, insert, select, update

from crmdesk.models.tables.categories import (
    category,
    category_event,
    customer_category,
    customer_tag,
    tag,
    tag_event,
)
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.merges import customer_merge
from crmdesk.services import merge_rows
from crmdesk.services.category_events import MERGED
from crmdesk.services.dialect import among
from crmdesk.services.merged_codes import IS_STANDING
from crmdesk.services.units import Unit

Held = dict[int, int | None]
"""Tag or category -> the rule that gave it (None: by hand)."""
Stored = dict[str, Any]


class Kind(NamedTuple):
    """Tags or categories: where they are, who has them, what was done to them."""

    table: Table
    members: Table
    key: str
    events: Table

    @property
    def column(self) -> Column[Any]:
        """The tag or category in the table of who has which."""
        return self.members.c[self.key]

    @property
    def link(self) -> str:
        """How a merge of customers names what moved."""
        return f"{self.members.name}.customer_id"


TAGS = Kind(tag, customer_tag, "tag_id", tag_event)
CATEGORIES = Kind(category, customer_category, "category_id", category_event)
KINDS = (TAGS, CATEGORIES)


@dataclass(slots=True)
class _Carrier:
    """What a merge of a tag or category did to one customer: by source (its target, the rule that had given the
    source), whom it gave the target, and which rule's word on the target the hand's took over."""

    left: dict[int, tuple[int, int | None]] = field(default_factory=dict)
    joined: set[int] = field(default_factory=set)
    given: Held = field(default_factory=dict)
    cleared: set[int] = field(default_factory=set)


def _carrier(kind: Kind, into: dict[int, int], content: Stored, owner: int) -> _Carrier:
    found = _Carrier()
    if kind is TAGS:
        ((source, target),) = into.items()
        for one, rule in content["left"]:
            if one == owner:
                found.left[source] = (target, rule)
        if owner in content["joined"]:
            found.joined.add(target)
        for one, rule in content["cleared"]:
            if one == owner:
                found.given[target] = rule
                found.cleared.add(target)
        return found
    rules = {place: rule for place, one, rule, _is_cleared in content["given"] if one == owner}
    for source, ids in content["left"]:
        if owner in ids:
            found.left[source] = (into[source], rules.get(source))
    found.joined = {target for target, ids in content["joined"] if owner in ids}
    found.given = {place: rule for place, rule in rules.items() if place not in into}
    found.cleared = {
        place for place, one, _rule, is_cleared in content["given"] if is_cleared and one == owner
    }
    return found


def _write_carrier(kind: Kind, content: Stored, owner: int, said: _Carrier) -> None:
    """Puts what a merge did to one customer in place of what it remembers of him."""
    if kind is TAGS:
        content["left"] = [pair for pair in content["left"] if pair[0] != owner]
        content["left"] += [(owner, rule) for _target, rule in said.left.values()]
        content["joined"] = [one for one in content["joined"] if one != owner] + [owner] * len(said.joined)
        content["cleared"] = [pair for pair in content["cleared"] if pair[0] != owner]
        content["cleared"] += [(owner, said.given[target]) for target in said.cleared]
        return
    for name, places in (("left", set(said.left)), ("joined", said.joined)):
        for place, ids in content[name]:
            ids[:] = [one for one in ids if one != owner] + [owner] * (place in places)
    rules = {source: rule for source, (_target, rule) in said.left.items() if rule is not None} | said.given
    content["given"] = [row for row in content["given"] if row[1] != owner]
    content["given"] += [(place, owner, rule, place in said.cleared) for place, rule in rules.items()]


def _redo(into: dict[int, int], held: Held) -> _Carrier:
    """Merges tags or categories for one customer: by hand stays by hand, by a rule by a rule."""
    said = _Carrier()
    for source, target in into.items():
        if source not in held:
            continue
        rule = held.pop(source)
        said.left[source] = (target, rule)
        if target not in held:
            said.joined.add(target)
            held[target] = rule
        elif (other := held[target]) is not None:
            said.given[target] = other
            if rule is None:
                said.cleared.add(target)
                held[target] = None
    return said


def _undo(said: _Carrier, held: Held) -> None:
    """Takes a merge of tags or categories back for one customer; what he lost since he gets in no way."""
    for source, (target, rule) in said.left.items():
        if target not in held:
            continue
        # where the rule's word became the hand's since, the hand's word stays
        held[source] = rule if held[target] is not None or target not in said.joined else None
        if target in said.joined:
            del held[target]
        elif target in said.cleared:
            held[target] = said.given[target]


@dataclass(slots=True)
class _Customers:
    """One merge of customers as far as tags or categories go."""

    kind: Kind
    content: Stored
    into_id: int
    merged_id: int
    lost: set[int] = field(default_factory=set)
    """What both had and somebody took from the survivor since."""

    @property
    def moved(self) -> list[int]:
        return [one[self.kind.key] for one in self.content["moved"].get(self.kind.link, ())]

    @property
    def aside(self) -> Held:
        rows = self.content["aside"].get(self.kind.members.name, ())
        return {row[self.kind.key]: row["segment_id"] for row in rows}

    def undo(self, state: dict[int, Held], only: set[int] | None = None) -> None:
        """Gives the merged customer what came with him; `only` of these."""
        survivor = state[self.into_id]
        moved, aside = self.moved, self.aside
        back = {one: survivor.pop(one) for one in moved if one in survivor and (only is None or one in only)}
        aside = {one: rule for one, rule in aside.items() if only is None or one in only}
        self.lost = {one for one in aside if one not in survivor}
        state[self.merged_id] = back | aside

    def redo(self, state: dict[int, Held], only: set[int] | None = None) -> None:
        """Merges again, and remembers it in place of what was remembered of `only` these."""
        survivor, other = state[self.into_id], state.pop(self.merged_id)
        moved = [] if only is None else [one for one in self.moved if one not in only]
        aside = {} if only is None else {one: rule for one, rule in self.aside.items() if one not in only}
        for one, rule in other.items():
            if one in survivor or one in self.lost:
                aside[one] = rule
            else:
                survivor[one] = rule
                moved.append(one)
        key, name = self.kind.key, self.kind.members.name
        self.content["moved"].pop(self.kind.link, None)
        self.content["aside"].pop(name, None)
        if moved:
            self.content["moved"][self.kind.link] = [{key: one} for one in sorted(moved)]
        if aside:
            self.content["aside"][name] = [
                {key: one, "customer_id": self.merged_id, "segment_id": rule}
                for one, rule in sorted(aside.items())
            ]


def take_apart(unit: Unit, record: Row[Any], content: Stored) -> None:
    """Undoing a merge of customers, its part of tags and categories: each gets what is his, as it is called today.

    Takes that part out of `content`, so that nobody gives it back a second time.
    """
    others = unit.execute(
        select(customer_merge).where(
            customer_merge.c.into_id == record.into_id, customer_merge.c.id > record.id, IS_STANDING
        )
    ).all()
    contents = {other.id: json.loads(other.content) for other in others}
    for kind in KINDS:
        merges = {
            other.id: _Customers(kind, contents[other.id], record.into_id, other.merged_id)
            for other in others
        }
        events = {one.id: one for one in _events_since(unit, kind, record.id)}
        told = {one: json.loads(event.content) for one, event in events.items()}
        state = {record.into_id: _held(unit, kind, record.into_id)}
        order = sorted({*merges, *events})
        for one in reversed(order):
            if one in merges:
                merges[one].undo(state)
            else:
                into = _into(kind, events[one], told[one])
                _undo(_carrier(kind, into, told[one], record.into_id), state[record.into_id])
        _Customers(kind, content, record.into_id, record.merged_id).undo(state)
        for one in order:
            if one in merges:
                merges[one].redo(state)
                continue
            into = _into(kind, events[one], told[one])
            for owner in (record.into_id, record.merged_id):
                _write_carrier(kind, told[one], owner, _redo(into, state[owner]))
            event = update(kind.events).where(kind.events.c.id == one)
            unit.execute(event.values(content=json.dumps(told[one])))
        for owner in (record.into_id, record.merged_id):
            _write(unit, kind, owner, state[owner])
        content["moved"].pop(kind.link, None)
        content["aside"].pop(kind.members.name, None)
    for one, kept in contents.items():
        merge_rows.remember(unit, one, kept)


class Returning:
    """Undoing a merge of tags or categories for customers who were merged since it: made before anything is given
    back, written after that."""

    def __init__(self, unit: Unit, kind: Kind, event: Row[Any], content: Stored) -> None:
        self._unit, self._kind = unit, kind
        into = _into(kind, event, content)
        self._only = {*into, *into.values()}
        self._merges: dict[int, _Customers] = {}
        query = select(customer_merge).where(customer_merge.c.id > event.id, IS_STANDING)
        for row in unit.execute(query.order_by(customer_merge.c.id)).all():
            merge = _Customers(kind, json.loads(row.content), row.into_id, row.merged_id)
            if self._only.intersection([*merge.moved, *merge.aside]):
                self._merges[row.id] = merge
        owners = {one for merge in self._merges.values() for one in (merge.into_id, merge.merged_id)}
        query = select(customer.c.id).where(among(customer.c.id, owners))
        self.live = sorted(unit.execute(query).scalars()) if owners else []
        """The customers of today that it concerns."""
        state: dict[int, Held] = {one: {} for one in owners}
        for one in self.live:
            held = _held(unit, kind, one)
            state[one] = {place: rule for place, rule in held.items() if place in self._only}
        for merge in reversed(self._merges.values()):
            merge.undo(state, self._only)
        for one in owners:
            _undo(_carrier(kind, into, content, one), state[one])
        for merge in self._merges.values():
            merge.redo(state, self._only)
        self._state = state

    def write(self) -> None:
        """Gives each of them what he has now, and the merges what they remember now."""
        for one in self.live:
            _write(self._unit, self._kind, one, self._state[one], self._only)
        for record_id, merge in self._merges.items():
            merge_rows.remember(self._unit, record_id, merge.content)


def _events_since(unit: Unit, kind: Kind, since_id: int) -> list[Row[Any]]:
    event = kind.events.c
    query = select(kind.events).where(event.id > since_id, event.action == MERGED, event.undone_id.is_(None))
    return list(unit.execute(query.order_by(event.id)).all())


def _into(kind: Kind, event: Row[Any], content: Stored) -> dict[int, int]:
    return {event.tag_id: event.into_id} if kind is TAGS else dict(content["into"])


def _held(unit: Unit, kind: Kind, owner: int) -> Held:
    query = select(kind.column, kind.members.c.segment_id).where(kind.members.c.customer_id == owner)
    return {row[0]: row[1] for row in unit.execute(query)}


def _write(unit: Unit, kind: Kind, owner: int, held: Held, only: Iterable[int] | None = None) -> None:
    """Makes these what a customer has (of `only` these); what does not exist any more stays away."""
    is_meant = kind.members.c.customer_id == owner
    if only is not None:
        is_meant &= among(kind.column, only)
    unit.execute(delete(kind.members).where(is_meant))
    known = set(unit.execute(select(kind.table.c.id).where(among(kind.table.c.id, held))).scalars())
    for place, rule in held.items():
        if place in known:
            unit.execute(insert(kind.members).values(customer_id=owner, segment_id=rule, **{kind.key: place}))
