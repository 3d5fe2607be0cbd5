"""Own fields at a merge: chosen, filled, shown before, and each back with whom it was when it is undone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from crmdesk.models.errors import Code
from crmdesk.services import merge_preview
from crmdesk.services.book import Book
from tests.services.test_merging import clean, do, dump, listed, refused

VALUES: dict[str, tuple[str, dict[str, Any], Any, Any]] = {
    "num": ("number", {"unique": True}, "1", "2"),
    "budget": ("money", {}, "100.00", "250.50"),
    "since": ("date", {}, "2020-01-02", "2021-03-04"),
    "colour": ("choice", {"choices": [{"value": "red"}, {"value": "blue"}]}, "red", "blue"),
    "likes": (
        "multi_choice",
        {"choices": [{"value": "tea"}, {"value": "ink"}, {"value": "oil"}]},
        ["tea", "oil"],
        ["ink"],
    ),
    "big": ("yes_no", {}, True, False),
    "friend": ("link", {"target": "customer"}, "X", "Y"),
    "motto": ("text", {"searchable": True}, "steady", "quick"),
}
"""Name -> kind, more of its definition, what C1 and C2 have."""


@pytest.fixture
def two(book: Book) -> Iterator[Book]:
    for name, (kind, more, _one, _other) in VALUES.items():
        do(book, "field.define", record="customer", name=name, label=name.upper(), kind=kind, **more)
    for code in ("X", "Y"):
        do(book, "customer.create", code=code, name=f"Firm {code}")
    for place, code in enumerate(("C1", "C2")):
        values = {name: given[2 + place] for name, given in VALUES.items()}
        do(book, "customer.create", code=code, name="Firm Hill", fields=values)
    yield book
    clean(book)


def own(book: Book, code: str) -> dict[str, Any]:
    (row,) = [row for row in listed(book, "customers") if row["code"] == code]
    return {name: row.get(f"own.{name}") for name in VALUES}


def test_the_survivors_values_stay_and_all_comes_back(two: Book) -> None:
    before, had = dump(two), own(two, "C1")
    record = do(two, "customer.merge", into="C1", customers=["C2"])["merge"]
    clean(two)
    assert own(two, "C1") == had
    do(two, "customer.unmerge", merge=record)
    clean(two)
    assert dump(two) == before
    do(two, "customer.merge", into="C1", customers=["C2"])
    do(two, "customer.create", code="C3", name="Other", fields={"num": "2"})


@pytest.mark.parametrize("name", VALUES)
def test_each_kind_can_be_chosen(two: Book, name: str) -> None:
    before, wanted = dump(two), own(two, "C2")[name]
    record = do(two, "customer.merge", into="C1", customers=["C2"], fields={f"own.{name}": "C2"})["merge"]
    clean(two)
    assert own(two, "C1")[name] == wanted
    do(two, "customer.unmerge", merge=record)
    assert dump(two) == before


def test_gaps_are_filled_and_values_typed_or_emptied(two: Book) -> None:
    do(two, "customer.update", customer="C1", fields=dict.fromkeys(VALUES))
    before, theirs = dump(two), own(two, "C2")
    record = do(two, "customer.merge", into="C1", customers=["C2"])["merge"]
    assert own(two, "C1") == theirs
    do(two, "customer.unmerge", merge=record)
    assert dump(two) == before
    typed = {"own.num": "7", "own.likes": ["tea"], "own.budget": "9.00"}
    record = do(
        two, "customer.merge", into="C2", customers=["C1"], fields=typed, clear=["own.motto", "own.friend"]
    )["merge"]
    clean(two)
    found = own(two, "C2")
    assert (found["num"], found["likes"], found["budget"]) == ("7", ["tea"], "9.00")
    assert (found["motto"] or "", found["friend"] or "") == ("", "")
    do(two, "customer.unmerge", merge=record)
    assert dump(two) == before


def test_the_preview_shows_own_fields(two: Book) -> None:
    do(two, "customer.update", customer="C1", fields={"likes": None})
    with two.read() as connection:
        told = merge_preview.preview(connection, "C1", ["C2"])
    fields = {choice.name: choice for choice in told.fields}
    assert fields["own.num"].values == {"C1": "1", "C2": "2"}
    assert (fields["own.num"].proposed, fields["own.num"].differs) == ("C1", True)
    assert (fields["own.likes"].proposed, fields["own.likes"].values["C2"]) == ("C2", ["ink"])


def test_refusals(two: Book) -> None:
    for fields in ({"own.none": "C2"}, {"num": "C2"}):
        refused(two, Code.UNKNOWN_FIELD, "customer.merge", into="C1", customers=["C2"], fields=fields)
    record = do(two, "customer.merge", into="C1", customers=["C2"])["merge"]
    do(two, "customer.create", code="C3", name="Other", fields={"num": "2"})
    said = refused(two, Code.DUPLICATE, "customer.unmerge", merge=record)
    assert "C3" in str(said)
    do(two, "customer.update", customer="C3", fields={"num": "3"})
    do(two, "customer.unmerge", merge=record)


def test_links_to_who_is_merged_lead_to_the_survivor(two: Book) -> None:
    do(two, "field.define", record="invoice", name="via", label="VIA", kind="link", target="customer")
    line = {"description": "油漆", "quantity": "1", "unit_price": "3", "tax_rate": "0"}
    do(two, "invoice.issue", customer="C1", date="2026-01-05", lines=[line], fields={"via": "X"})
    before = dump(two)
    record = do(two, "customer.merge", into="Y", customers=["X"])["merge"]
    clean(two)
    assert own(two, "C1")["friend"] == "Y"
    assert [row["own.via"] for row in listed(two, "invoices")] == ["Y"]
    do(two, "customer.unmerge", merge=record)
    assert dump(two) == before


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_links_of_who_was_merged_himself_lead_home_again(book: Book, order: tuple[int, int]) -> None:
    """What a merged customer names follows the merges of those it names, and their undoing, while he is away."""
    do(book, "field.define", record="customer", name="lk", label="LK", kind="link", target="customer")
    for code in "ABCD":
        do(book, "customer.create", code=code, name=code)
    do(book, "customer.update", customer="B", fields={"lk": "A"})
    do(book, "customer.update", customer="C", fields={"lk": "B"})
    before = dump(book)
    for first, second in ((("A", "C"), ("B", "C")), (("B", "D"), ("A", "C"))):
        merges = [
            do(book, "customer.merge", into=into, customers=[one])["merge"] for one, into in (first, second)
        ]
        clean(book)
        for place in order:
            do(book, "customer.unmerge", merge=merges[place])
            clean(book)
        assert dump(book) == before
