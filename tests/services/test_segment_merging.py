"""Segments at a merge of customers and its undoing: nobody joined or left, and all is as it was."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, select

from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.segments import segment, segment_pin
from crmdesk.services import lists, merge_preview, segment_rules
from crmdesk.services.book import Book
from crmdesk.services.measures import reading
from tests.services.test_merging import bill, clean, do, dump

EVENTS = "segment_event"


def shown(book: Book) -> tuple[Any, ...]:
    """Segments with their counts, and members in their order."""
    segments = lists.as_json(book, "segments")["rows"]
    members = lists.as_json(book, "segment_members")["rows"]
    counts = [(row["name"], row["members"], row["joined"], row["left"]) for row in segments]
    return counts, members


def book_of(book: Book) -> dict[str, list[Any]]:
    found = dump(book)
    del found[EVENTS], found["segment_state"]
    return found


def apart_from_events(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Members without the event that brought them: whoever comes by a second merge comes by another one."""
    return {**rows, "segment_member": [row[:-1] for row in rows["segment_member"]]}


@pytest.fixture
def shop(book: Book, monkeypatch: pytest.MonkeyPatch) -> Book:
    monkeypatch.setenv("CRMDESK_NOW", "2026-06-01T08:00:00")
    for code in ("A", "B", "C"):
        do(book, "customer.create", code=code, name=f"Firm {code}")
        bill(book, code, "2026-02-01", "300")
    do(book, "segment.create", name="big", rule="balance >= 500")
    do(book, "segment.create", name="small", rule="balance > 0 and balance < 500")
    do(book, "segment.create", name="list")
    do(book, "segment.add", segment="list", customers=["B", "A"])
    do(book, "segment.pin", segment="big", customer="A", reason="friend")
    return book


@pytest.mark.parametrize("into", ["A", "B"])
def test_a_merge_and_its_undoing_leave_no_trace_but_in_the_history(shop: Book, into: str) -> None:
    before, was = shown(shop), book_of(shop)
    other = "B" if into == "A" else "A"
    record = do(shop, "customer.merge", into=into, customers=[other])["merge"]
    clean(shop)
    moved = [row[2:] for row in shown(shop)[0]]
    assert moved == [row[2:] for row in before[0]], "nobody joined and nobody left"
    do(shop, "rule.evaluate")
    do(shop, "customer.unmerge", merge=record)
    clean(shop)
    assert shown(shop) == before
    assert book_of(shop) == was
    rows = lists.as_json(shop, "segment_events")["rows"]
    told = [
        (row["segment"], row["joined"]) for row in rows if row["way"] == "merge" and row["customer"] == other
    ]
    assert ("small", True) in told
    assert ("small", False) in told, "both are in the history"


@pytest.mark.parametrize(("rule", "least"), [("spent > 0", 1), ("parent = B", 2)])
def test_the_rules_are_read_once_and_again_only_where_they_name_customers(
    shop: Book, monkeypatch: pytest.MonkeyPatch, rule: str, least: int
) -> None:
    do(shop, "segment.create", name="more", rule=rule)
    do(shop, "customer.create", code="D", name="Firm D")
    do(shop, "relation.add", customer="D", other="B", kind="parent")
    load, days = segment_rules.load, []

    def counted(connection: Connection, day: date) -> segment_rules.Rules:
        days.append(day)
        return load(connection, day)

    monkeypatch.setattr(segment_rules, "load", counted)
    merges = do(shop, "customer.merge", into="A", customers=["B", "C"])["merges"]
    assert len(days) <= least + 1, "and what keeps every write current reads them once more"
    days.clear()
    do(shop, "customer.unmerge", merge=merges[-1]["merge"])
    assert len(days) <= least + 1
    monkeypatch.undo()
    clean(shop)
    do(shop, "rule.evaluate")
    if "parent" in rule:
        rows = lists.as_json(shop, "customers", filter='segment = "more"')["rows"]
        assert [row["code"] for row in rows] == ["D"], "B means the survivor"


def test_what_moves_after_the_merge_is_counted(shop: Book) -> None:
    before = {row[0]: row[2:] for row in shown(shop)[0]}
    do(shop, "customer.merge", into="B", customers=["A"])
    do(shop, "segment.unpin", segment="big", customer="B")  # it came with A; B stays by the rule
    do(shop, "payment.record", customer="B", date="2026-05-01", amount="600", allocate="oldest")
    after = {row[0]: row[2:] for row in shown(shop)[0]}
    assert after["big"] == (before["big"][0], before["big"][1] + 1)


def pins(book: Book) -> set[tuple[str, str, bool, str]]:
    """(segment, code, in, reason) of the pins of all customers there are, and of nobody else."""
    with book.read() as connection:
        codes = {row.id: row.code for row in connection.execute(select(customer.c.id, customer.c.code))}
        names = {row.id: row.name for row in connection.execute(select(segment.c.id, segment.c.name))}
        rows = connection.execute(select(segment_pin)).all()
    return {(names[row.segment_id], codes[row.customer_id], row.is_in, row.reason) for row in rows}


@pytest.fixture
def pinned(shop: Book) -> Book:
    """A is pinned into “big” and out of “small”, B out of “big”: they differ about “big”."""
    do(shop, "segment.pin", segment="small", customer="A", reason="quarrel", **{"in": False})
    do(shop, "segment.pin", segment="big", customer="B", reason="broke", **{"in": False})
    do(shop, "segment.remove", segment="list", customer="B")
    return shop


def test_pins_pass_to_the_survivor_whose_own_word_stands(pinned: Book) -> None:
    before, shown_before, pins_before = book_of(pinned), shown(pinned), pins(pinned)
    record = do(pinned, "customer.merge", into="B", customers=["A"])["merge"]
    clean(pinned)
    expected = {
        ("big", "B", False, "broke"),
        ("small", "B", False, "quarrel"),
        ("list", "B", True, ""),
    }
    assert pins(pinned) == expected
    rows = lists.as_json(pinned, "segment_members", filter="customer = A")["rows"]
    assert [row["segment"] for row in rows] == ["list"], "with 600 he were in “big”, but for his own pin"
    merged = apart_from_events(book_of(pinned))
    do(pinned, "customer.unmerge", merge=record)
    clean(pinned)
    assert (book_of(pinned), shown(pinned), pins(pinned)) == (before, shown_before, pins_before)
    record = do(pinned, "customer.merge", into="B", customers=["A"])["merge"]
    assert apart_from_events(book_of(pinned)) == merged
    do(pinned, "segment.unpin", segment="small", customer="B")
    do(pinned, "segment.delete", segment="big")
    do(pinned, "customer.unmerge", merge=record)
    clean(pinned)
    assert pins(pinned) == {("list", "A", True, "")}, "what was taken away since stays away"


def test_a_pin_made_since_stays_and_one_set_aside_comes_in_when_the_other_goes(pinned: Book) -> None:
    first = do(pinned, "customer.merge", into="C", customers=["A"])["merge"]
    second = do(pinned, "customer.merge", into="C", customers=["B"])["merge"]
    assert ("big", "C", True, "friend") in pins(pinned), "the first one's word was there first"
    do(pinned, "customer.unmerge", merge=first)
    clean(pinned)
    assert {("big", "A", True, "friend"), ("big", "C", False, "broke")} <= pins(pinned)
    do(pinned, "segment.pin", segment="small", customer="C", reason="since")
    do(pinned, "customer.unmerge", merge=second)
    clean(pinned)
    assert {("big", "B", False, "broke"), ("small", "C", True, "since")} <= pins(pinned)


def test_a_stage_set_by_hand_passes_on_too(shop: Book) -> None:
    do(shop, "stage.pin", customer="A", stage="loyal", reason="old friend")
    before = book_of(shop)["stage_pin"]
    record = do(shop, "customer.merge", into="B", customers=["A"])["merge"]
    clean(shop)
    with shop.read() as connection:
        found = reading.measures_of(connection, "B")
    assert found.pinned is not None
    assert (found.pinned.stage, found.pinned.reason) == ("loyal", "old friend")
    do(shop, "customer.unmerge", merge=record)
    clean(shop)
    assert book_of(shop)["stage_pin"] == before
    do(shop, "stage.pin", customer="B", stage="new", reason="his own")
    before = book_of(shop)["stage_pin"]
    record = do(shop, "customer.merge", into="B", customers=["A"])["merge"]
    assert [row[1:3] for row in book_of(shop)["stage_pin"]] == [("new", "his own")]
    do(shop, "customer.unmerge", merge=record)
    assert book_of(shop)["stage_pin"] == before


def test_the_preview_names_pins_and_what_becomes_of_those_that_contradict(pinned: Book) -> None:
    with pinned.read() as connection:
        told = merge_preview.preview(connection, "B", ["A"])
    moves = {move.table: (move.label, move.count) for move in told.moves}
    assert moves["segment_pin"] == ("Pins in groups", 3)
    assert told.pin_clashes == (merge_preview.PinClash("big", "B", "A", stays_in=False, reason="broke"),)
    with pinned.read() as connection:
        told = merge_preview.preview(connection, "C", ["A", "B"])
    assert told.pin_clashes == (merge_preview.PinClash("big", "A", "B", stays_in=True, reason="friend"),)
