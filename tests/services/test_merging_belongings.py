"""Merges of customers, tags and categories one upon another, undone in any order: as if the undone had not been."""

from __future__ import annotations

import random
from typing import Any

import pytest
from sqlalchemy import select

from crmdesk.models.errors import CrmdeskError
from crmdesk.models.tables.categories import category, customer_category, customer_tag, tag
from crmdesk.models.tables.customers import customer
from crmdesk.services.book import Book
from crmdesk.services.category_paths import path_of
from tests.services.test_merging import clean, do, dump

TREE, PATHS, TAGS, CODES = "行业", ("甲", "乙", "丙", "甲/线上", "乙/线上"), "红黄蓝绿", "ABCDE"
TABLES = ("tag", "customer_tag", "category", "customer_category")
Has = dict[str, tuple[set[str], set[str]]]
"""Customer -> his tags, his categories."""


def has(book: Book) -> Has:
    with book.read() as connection:
        codes = dict(tuple(row) for row in connection.execute(select(customer.c.id, customer.c.code)))
        found: Has = {code: (set(), set()) for code in codes.values()}
        query = select(customer_tag.c.customer_id, tag.c.name).join(tag, tag.c.id == customer_tag.c.tag_id)
        for owner, name in connection.execute(query):
            found[codes[owner]][0].add(name)
        nodes = {row.id: row for row in connection.execute(select(category))}
        for row in connection.execute(select(customer_category)):
            found[codes[row.customer_id]][1].add(path_of(nodes, row.category_id))
    return found


def rows(book: Book) -> dict[str, list[Any]]:
    return {name: found for name, found in dump(book).items() if name in TABLES}


@pytest.fixture
def pair(book: Book) -> Book:
    do(book, "customer.create", code="A", name="Alpha")
    do(book, "customer.create", code="B", name="Beta", categories=[{"dimension": TREE, "path": "制造"}])
    do(book, "category.create", dimension=TREE, path="运输")
    for name, code in (("大", "A"), ("甲级", "B")):
        do(book, "tag.add", tag=name, customer=code)
    do(book, "tag.create", tag="好")
    return book


def test_who_comes_back_has_what_his_tags_and_categories_became(pair: Book) -> None:
    before, at_first = rows(pair), has(pair)
    record = do(pair, "customer.merge", into="A", customers=["B"])["merge"]
    do(pair, "tag.merge", tag="甲级", into="好")
    do(pair, "category.merge", dimension=TREE, path="制造", into="运输")
    assert has(pair) == {"A": ({"大", "好"}, {"运输"})}
    do(pair, "customer.unmerge", merge=record)
    assert has(pair) == {"A": ({"大"}, set()), "B": ({"好"}, {"运输"})}
    clean(pair)
    do(pair, "tag.undo_merge", tag="好")
    do(pair, "category.undo_merge", dimension=TREE)
    assert has(pair) == at_first
    assert rows(pair) == before
    clean(pair)


def test_merges_of_tags_and_categories_are_undone_under_a_later_merge_of_customers(pair: Book) -> None:
    before = rows(pair)
    do(pair, "tag.merge", tag="甲级", into="好")
    do(pair, "category.merge", dimension=TREE, path="制造", into="运输")
    do(pair, "tag.rename", tag="好", name="很好")
    record = do(pair, "customer.merge", into="A", customers=["B"])["merge"]
    assert do(pair, "tag.undo_merge", tag="很好")["returned"] == 1
    do(pair, "category.undo_merge", dimension=TREE)
    do(pair, "tag.rename", tag="很好", name="好")
    assert has(pair) == {"A": ({"大", "甲级"}, {"制造"})}
    clean(pair)
    do(pair, "customer.unmerge", merge=record)
    assert rows(pair) == before
    clean(pair)


def test_what_was_taken_from_the_survivor_since_comes_back_to_nobody(pair: Book) -> None:
    record = do(pair, "customer.merge", into="A", customers=["B"])["merge"]
    do(pair, "tag.merge", tag="甲级", into="好")
    do(pair, "category.merge", dimension=TREE, path="制造", into="运输")
    do(pair, "tag.remove", tag="好", customer="A")
    do(pair, "category.unassign", dimension=TREE, path="运输", customer="A")
    do(pair, "customer.unmerge", merge=record)
    do(pair, "tag.undo_merge", tag="好")
    do(pair, "category.undo_merge", dimension=TREE)
    assert has(pair) == {"A": ({"大"}, set()), "B": (set(), set())}
    clean(pair)


def _expected(at_first: Has, done: list[tuple[Any, ...]]) -> Has:
    """What all have after these merges and no other ones."""
    now = {code: (set(tags), set(paths)) for code, (tags, paths) in at_first.items()}
    for kind, one, into, *_record in done:
        if kind == "customer":
            tags, paths = now.pop(one)
            now[into][0].update(tags)
            now[into][1].update(paths)
            continue
        for tags, paths in now.values():
            words = tags if kind == "tag" else paths
            new = {_renamed(word, one, into) for word in words}
            words.clear()
            words |= new
    return now


def _renamed(word: str, one: str, into: str) -> str:
    return into + word[len(one) :] if word == one or word.startswith(one + "/") else word


@pytest.mark.parametrize(
    "seed", [*range(6), *(pytest.param(one, marks=pytest.mark.long) for one in range(6, 60))]
)
def test_any_merges_undone_in_any_order_are_as_if_they_had_not_been(book: Book, seed: int) -> None:
    chance = random.Random(seed)
    for path in PATHS:
        do(book, "category.create", dimension=TREE, path=path)
    for name in TAGS:
        do(book, "tag.create", tag=name)
    for code in CODES:
        places = [{"dimension": TREE, "path": path} for path in PATHS if chance.random() < 0.4]
        do(book, "customer.create", code=code, name=code, categories=places)
        for name in TAGS:
            if chance.random() < 0.5:
                do(book, "tag.add", tag=name, customer=code)
    do(book, "segment.create", name="rule", rule="code in (A, B)", tag=TAGS[0])
    at_first, before = has(book), rows(book)
    done: list[tuple[Any, ...]] = []
    for step in range(45):
        if done and (step > 30 or chance.random() < 0.4):
            _undo_one(book, done, chance)
        else:
            _merge_some(book, done, chance)
        assert has(book) == _expected(at_first, done), (seed, step, done)
    clean(book)
    for _time in range(100):
        if done:
            _undo_one(book, done, chance)
            assert has(book) == _expected(at_first, done), (seed, done)
    assert not done
    assert rows(book) == before
    clean(book)


def _merge_some(book: Book, done: list[tuple[Any, ...]], chance: random.Random) -> None:
    kind = chance.choice(("customer", "tag", "category"))
    gone = {one for of, one, *_rest in done if of == kind}
    names: tuple[str, ...] = {"customer": tuple(CODES), "tag": tuple(TAGS), "category": PATHS}[kind]
    one, into = (
        chance.sample([name for name in names if name not in gone], 2)
        if len(names) - len(gone) > 2
        else ("", "")
    )
    if not one:
        return
    if kind == "customer":
        done.append((kind, one, into, do(book, "customer.merge", into=into, customers=[one])["merge"]))
        return
    try:
        if kind == "tag":
            do(book, "tag.merge", tag=one, into=into)
        else:
            do(book, "category.merge", dimension=TREE, path=one, into=into)
    except CrmdeskError:
        return  # a category that moved with its parent, or one of its own
    done.append((kind, one, into))


def _undo_one(book: Book, done: list[tuple[Any, ...]], chance: random.Random) -> None:
    place = chance.randrange(len(done))
    kind, _one, into, *record = done[place]
    try:
        if kind == "customer":
            do(book, "customer.unmerge", merge=record[0])
        elif kind == "tag":  # the last one into it
            name = do(book, "tag.undo_merge", tag=into)["tag"]
            place = max(at for at, entry in enumerate(done) if entry[:3] == ("tag", name, into))
        else:
            path = do(book, "category.undo_merge", dimension=TREE)["path"]
            place = max(at for at, entry in enumerate(done) if entry[0] == "category")
            assert done[place][1] == path
    except CrmdeskError:
        return  # it says what to undo first
    del done[place]
