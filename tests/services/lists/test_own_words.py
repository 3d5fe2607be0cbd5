"""The words of customers' lists (`segment`, `category` …) are columns in the lists that have them."""

from __future__ import annotations

from crmdesk.services import lists
from crmdesk.services.book import Book
from tests.services.small_book import do


def test_a_filter_by_segment_finds_the_rows_of_that_segment(book: Book) -> None:
    for code in "AB":
        do(book, "customer.create", code=code, name=f"Customer {code}")
    do(book, "segment.create", name="Every", rule="code is not empty")
    do(book, "segment.create", name="Only A", rule="code = A")
    for kind in ("segment_members", "segment_events"):
        rows = lists.as_json(book, kind, filter='segment = "Only A"')["rows"]
        assert [(row["segment"], row["customer"]) for row in rows] == [("Only A", "A")], kind
        rows = lists.as_json(book, kind, filter="segment ~ only or segment in (Nothing)")["rows"]
        assert [row["customer"] for row in rows] == ["A"], kind


def test_a_filter_of_segments_by_the_tag_they_give(book: Book) -> None:
    do(book, "customer.create", code="A", name="Alpha", tags=["VIP"])
    do(book, "segment.create", name="Every", rule="code is not empty")
    do(book, "segment.create", name="Giving", rule="code = A", tag="Good")
    rows = lists.as_json(book, "segments", filter="tag = Good")["rows"]
    assert [row["name"] for row in rows] == ["Giving"]
