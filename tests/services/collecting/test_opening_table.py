"""The page of opening balances: a table at once, corrections, totals, the control total."""

from __future__ import annotations

from typing import Any

import pytest

from crmdesk.models.errors import CrmdeskError
from crmdesk.services import lists, opening_table, statements
from crmdesk.services.book import Book
from tests.services.collecting.conftest import Do
from tests.services.small_book import rows

TABLE: list[dict[str, Any]] = [
    {"customer": "A", "amount": "1200.00", "due": "2026-02-01", "number": "OLD-1"},
    {"customer": "A", "amount": "-200.00"},
    {"customer": "B", "amount": "30.00", "date": "2026-01-05"},
]


@pytest.fixture
def shop(do: Do) -> Do:
    do("customer.create", code="A", name="A")
    do("customer.create", code="B", name="B", currency="EUR")
    return do


def came_to(book: Book) -> dict[str, tuple[int, int, int]]:
    with book.read() as connection:
        return {
            one.currency: (one.row_count, one.owed_minor, one.credit_minor)
            for one in opening_table.totals(connection)
        }


def test_a_table_is_recorded(book: Book, shop: Do) -> None:
    control = {"CNY": "1000.00", "EUR": "30.00"}
    made = shop("opening.record_many", rows=TABLE, date="2026-01-01", control=control)
    assert made["numbers"] == ["OLD-1", "OB-2026-0001", "OB-2026-0002"]
    assert made["totals"] == control
    assert came_to(book) == {"CNY": (2, 1200_00, 200_00), "EUR": (1, 30_00, 0)}


BAD = [
    {"customer": "X", "amount": "1"},
    {"customer": "A", "amount": "0"},
    {"customer": "A", "amount": "1.005"},
    {"customer": "A", "amount": "1", "number": "OLD-1"},
    {"customer": "A", "amount": "1", "sum": "1"},
    {"customer": "A", "amount": "1", "date": "2025-12-31"},
]
CODES = [
    "customer_missing",
    "out_of_range",
    "too_many_decimals",
    "duplicate_in_file",
    "unknown_field",
    "period_locked",
]


def test_bad_rows_are_named_and_all_or_the_good_ones_recorded(book: Book, shop: Do) -> None:
    shop("period.lock", until="2025-12-31")
    before = rows(book.path)
    table = [*TABLE, *BAD]
    with pytest.raises(CrmdeskError) as caught:
        shop("opening.record_many", rows=table, date="2026-01-01")
    assert [(one.row, str(one.code)) for one in caught.value.problems] == list(
        zip(range(4, 10), CODES, strict=True)
    )
    for arguments, code, field in (
        ({"rows": []}, "required", "rows"),
        ({"rows": "A 1"}, "invalid_type", "rows"),
        ({"rows": TABLE, "control": {"CNY": "1000.00"}}, "total_differs", "control"),
        (
            {"rows": table, "keep_good": True, "control": {"CNY": "1.00", "EUR": "30"}},
            "total_differs",
            "control",
        ),
    ):
        with pytest.raises(CrmdeskError) as caught:
            shop("opening.record_many", **arguments)
        assert (caught.value.code, caught.value.field) == (code, field)
    assert rows(book.path) == before
    made = shop("opening.record_many", rows=table, date="2026-01-01", keep_good=True)
    assert (made["recorded"], made["refused"]) == (3, 6)
    assert [one["row"] for one in made["errors"]] == [4, 5, 6, 7, 8, 9]


def test_a_correction_leaves_one_opening_in_every_report(book: Book, shop: Do) -> None:
    shop("opening.record_many", rows=TABLE, date="2026-01-01")
    fixed = shop("opening.correct", opening="OLD-1", amount="1100.00", reason="typo")
    assert fixed == {"number": "OLD-1", "open": "1100.00"}
    assert came_to(book)["CNY"] == (2, 1100_00, 200_00)
    (statement,) = statements.as_json(book, "A", translate=str)
    assert [(line["number"], line["debit"]) for line in statement["lines"] if line["number"] == "OLD-1"] == [
        ("OLD-1", "1100.00")
    ]
    shop(
        "opening.correct",
        opening="OLD-1",
        customer="B",
        currency="CNY",
        due="2026-03-01",
        reason="another customer",
    )
    live = lists.as_json(book, "openings", filter="number = 'OLD-1' and not state = void")["rows"]
    assert [(row["customer"], row["due"], row["amount"]) for row in live] == [("B", "2026-03-01", "1100.00")]
    shop("payment.record", customer="B", currency="CNY", amount="1", allocate="oldest")
    before = rows(book.path)
    with pytest.raises(CrmdeskError) as caught:
        shop("opening.correct", opening="OLD-1", amount="5", reason="x")
    assert caught.value.code == "is_allocated"
    assert rows(book.path) == before
