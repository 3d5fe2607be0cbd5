"""Tags, pins and own fields under thousands of random operations, against plain dictionaries; and merge, undo, merge
again: the book is the same each time."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from crmdesk.models.tables.categories import customer_tag, tag
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.segments import segment, segment_member, segment_pin
from crmdesk.services import custom_readings, use_cases
from crmdesk.services.book import Book
from crmdesk.services.units import Unit
from tests.services.test_merging import clean, do
from tests.services.test_segment_merging import apart_from_events, book_of

CODES, TAGS = "ABCDEF", "红黄蓝"
RULED, LISTED = ("warm", "cold"), "list"
FIELDS = ("motto", "num")
Held = dict[str, dict[str, Any]]
"""Customer -> what he has by key: (a tag) True, (a segment) in or out with the reason, (a field) its value."""
IN_ONE_UNIT = 50


@dataclass
class Merge:
    """What went from one to another, and what was set aside because that one had it already."""

    record: int
    code: str
    into: str
    moved: dict[str, set[str]]
    aside: dict[str, dict[str, Any]]
    own: dict[str, str]
    filled: dict[str, str]
    """Own fields of the survivor that were empty."""


@dataclass
class Shadow:
    """The book as dictionaries."""

    tags: Held = field(default_factory=lambda: {code: {} for code in CODES})
    pins: Held = field(default_factory=lambda: {code: {} for code in CODES})
    own: Held = field(default_factory=lambda: {code: {} for code in CODES})
    standing: list[Merge] = field(default_factory=list)

    @property
    def rows(self) -> dict[str, Held]:
        """What hangs on a customer row by row."""
        return {"tags": self.tags, "pins": self.pins}

    @property
    def live(self) -> list[str]:
        gone = {merge.code for merge in self.standing}
        return [code for code in CODES if code not in gone]

    def merge(self, record: int, code: str, into: str) -> None:
        moved: dict[str, set[str]] = {}
        aside: dict[str, dict[str, Any]] = {}
        for kind, held in self.rows.items():
            had, has = held.pop(code), held[into]
            moved[kind] = had.keys() - has.keys()
            aside[kind] = {key: had[key] for key in had.keys() & has.keys()}
            has |= {key: had[key] for key in moved[kind]}
        own = self.own.pop(code)
        filled = {name: value for name, value in own.items() if name not in self.own[into]}
        self.own[into] |= filled
        self.standing.append(Merge(record, code, into, moved, aside, own, filled))

    def unmerge(self, merge: Merge) -> None:
        self.standing.remove(merge)
        for kind, held in self.rows.items():
            has = held[merge.into]
            back = {key: has.pop(key) for key in merge.moved[kind] & has.keys()}
            held[merge.code] = back | merge.aside[kind]
            for other in self.standing:
                if other.into == merge.into and other.record > merge.record:
                    # what a later one had, too, hangs on the survivor by him now
                    for key in (other.aside[kind].keys() & back.keys()) - has.keys():
                        has[key] = other.aside[kind].pop(key)
                        other.moved[kind].add(key)
        for name, value in merge.filled.items():
            if self.own[merge.into].get(name) == value:
                del self.own[merge.into][name]
        self.own[merge.code] = dict(merge.own)

    def members(self, name: str) -> set[str]:
        """Who is in a segment: by the rule (has the first tag, or the second), unless pinned; a list is pins."""
        found = set()
        for code in self.live:
            word = self.pins[code].get(name)
            rule = name != LISTED and TAGS[RULED.index(name)] in self.tags[code]
            if word[0] if word is not None else rule:
                found.add(code)
        return found


def _play(unit: Unit, shadow: Shadow, chance: random.Random) -> None:
    def run(use_case: str, /, **arguments: Any) -> dict[str, Any]:
        return use_cases.perform(unit, use_case, arguments)

    step = chance.choices(
        ("tag", "untag", "pin", "unpin", "list", "unlist", "write", "merge", "unmerge"),
        (8, 4, 8, 3, 4, 2, 6, 3, 3),
    )[0]
    code, name, segment_name = chance.choice(shadow.live), chance.choice(TAGS), chance.choice(RULED)
    if step == "tag":
        run("tag.add", customer=code, tag=name)
        shadow.tags[code][name] = True
    elif step == "untag" and name in shadow.tags[code]:
        run("tag.remove", customer=code, tag=name)
        del shadow.tags[code][name]
    elif step == "pin":
        word = (chance.random() < 0.5, f"reason {chance.randint(1, 9)}")
        run("segment.pin", segment=segment_name, customer=code, reason=word[1], **{"in": word[0]})
        shadow.pins[code][segment_name] = word
    elif step == "unpin":
        run("segment.unpin", segment=segment_name, customer=code)
        shadow.pins[code].pop(segment_name, None)
    elif step == "list":
        run("segment.add", segment=LISTED, customer=code)
        shadow.pins[code][LISTED] = (True, "")
    elif step == "unlist":
        run("segment.remove", segment=LISTED, customer=code)
        shadow.pins[code].pop(LISTED, None)
    elif step == "write":
        key, value = chance.choice(FIELDS), chance.choice(("1", "2", "3", None))
        run("customer.update", customer=code, fields={key: value})
        shadow.own[code] = {**shadow.own[code], key: value}
        shadow.own[code] = {one: said for one, said in shadow.own[code].items() if said is not None}
    elif step == "merge" and len(shadow.live) > 2:
        code, into = chance.sample(shadow.live, 2)
        shadow.merge(run("customer.merge", into=into, customers=[code])["merge"], code, into)
    elif step == "unmerge" and shadow.standing:
        merge = chance.choice([one for one in shadow.standing if one.into in shadow.live])
        run("customer.unmerge", merge=merge.record)
        shadow.unmerge(merge)


def _compare(book: Book, shadow: Shadow) -> None:
    with book.read() as connection:
        codes = {row.id: row.code for row in connection.execute(select(customer.c.id, customer.c.code))}
        names = {row.id: row.name for row in connection.execute(select(segment.c.id, segment.c.name))}
        assert set(codes.values()) == set(shadow.live)
        tags: Held = {code: {} for code in codes.values()}
        pairs = select(customer_tag.c.customer_id, tag.c.name).join(tag, tag.c.id == customer_tag.c.tag_id)
        for owner, name in connection.execute(pairs):
            tags[codes[owner]][name] = True
        pins: Held = {code: {} for code in codes.values()}
        for row in connection.execute(select(segment_pin)):
            pins[codes[row.customer_id]][names[row.segment_id]] = (row.is_in, row.reason)
        own = {
            code: custom_readings.of_record(connection, "customer", owner, "CNY")
            for owner, code in codes.items()
        }
        members: dict[str, set[str]] = {name: set() for name in names.values()}
        for row in connection.execute(select(segment_member)):
            members[names[row.segment_id]].add(codes[row.customer_id])
    assert tags == shadow.tags
    assert pins == shadow.pins
    assert own == shadow.own
    assert members == {name: shadow.members(name) for name in members}


def _there_and_back(book: Book, shadow: Shadow, chance: random.Random) -> None:
    """Merge, undo, merge again, undo: the same book each time it is merged, and each time it is not."""
    code, into = chance.sample(shadow.live, 2)
    states: list[list[dict[str, Any]]] = [[book_of(book)], []]
    for _time in range(2):
        record = do(book, "customer.merge", into=into, customers=[code])["merge"]
        states[1].append(apart_from_events(book_of(book)))
        do(book, "customer.unmerge", merge=record)
        states[0].append(book_of(book))
    for first, *others in states:
        for other in others:
            assert {name for name in first if first[name] != other[name]} == set()


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.long)])
def test_tags_pins_and_own_fields_survive_random_merges(book: Book, count: int) -> None:
    chance = random.Random(count)
    for name in FIELDS:
        do(book, "field.define", record="customer", name=name, label=name, kind="text")
    for code in CODES:
        do(book, "customer.create", code=code, name=code)
    do(book, "tag.add", tag=TAGS[1], customer="A")
    do(book, "tag.add", tag=TAGS[0], customer="A")
    for name, word in zip(RULED, TAGS, strict=False):
        do(book, "segment.create", name=name, rule=f"tag = {word}")
    do(book, "segment.create", name=LISTED)
    shadow = Shadow()
    shadow.tags["A"] = {TAGS[0]: True, TAGS[1]: True}
    for start in range(0, count, IN_ONE_UNIT):
        with book.write() as unit:
            for _number in range(IN_ONE_UNIT):
                _play(unit, shadow, chance)
            unit.finish("test", {})
        _compare(book, shadow)
        if start % (IN_ONE_UNIT * 5) == 0:
            _there_and_back(book, shadow, chance)
            clean(book)
    while shadow.standing:
        merge = next(one for one in reversed(shadow.standing) if one.into in shadow.live)
        do(book, "customer.unmerge", merge=merge.record)
        shadow.unmerge(merge)
    _compare(book, shadow)
    clean(book)
