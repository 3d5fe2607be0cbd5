"""Groups of lists: the same rows, in order, with sums that add up; the first row that begins as was typed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import lists
from crmdesk.services.book import Book
from crmdesk.services.lists import querying
from tests.services.small_book import do


@pytest.fixture
def shop(book: Book) -> Book:
    """Three customers of two levels, invoices in three months, one of them a draft."""
    for code, name, level in (
        ("A", "上海鼎晟", "A"),
        ("B", "北京远航", "B"),
        ("C", "广州花城", "A"),
        ("D", "Zeta", ""),
    ):
        do(book, "customer.create", code=code, name=name, **({"level": level} if level else {}))
    lines = [{"description": "油漆", "quantity": "1", "unit_price": "100", "tax_rate": "0"}]
    for code, day in (("A", "2026-04-30"), ("A", "2026-05-01"), ("B", "2026-05-31"), ("C", "2026-06-01")):
        do(book, "invoice.issue", customer=code, date=day, lines=lines)
    do(book, "invoice.draft", customer="A", date="2026-05-15", lines=lines)
    do(book, "payment.record", customer="A", date="2026-06-02", amount="100", allocate="oldest")
    return book


def groups(
    book: Book, kind: str, field: str, **query: Any
) -> list[tuple[Any, int, dict[str, dict[str, int]]]]:
    with book.read() as connection:
        found = querying.grouped(connection, lists.Query(kind, group=field, **query))
    return [(group.key, group.count, group.sums) for group in found.groups]


def test_months_begin_with_the_newest_and_hold_drafts(shop: Book) -> None:
    found = groups(shop, "invoices", "date")
    assert [(key, count) for key, count, _sums in found] == [(202606, 1), (202605, 3), (202604, 1)]
    assert found[1][2]["CNY"]["total"] == 20_000, "a draft is counted and owes nothing"
    turned = groups(shop, "invoices", "date", sort="date")
    assert [key for key, _count, _sums in turned] == [202604, 202605, 202606]


@pytest.mark.parametrize(
    ("field", "sort", "expected"),
    [
        ("overdue", "number", [1, 0]),
        ("overdue", "overdue", [0, 1]),
        ("overdue", "-overdue", [1, 0]),
        ("date", "number", [202606, 202605, 202604]),
        ("date", "date", [202604, 202605, 202606]),
        ("date", "-date", [202606, 202605, 202604]),
        ("state", "number", ["draft", "issued", "paid"]),
        ("state", "state", ["draft", "issued", "paid"]),
        ("state", "-state", ["paid", "issued", "draft"]),
    ],
)
def test_groups_go_the_way_of_the_arrow(shop: Book, field: str, sort: str, expected: list[Any]) -> None:
    found = groups(shop, "invoices", field, sort=sort, today=date(2026, 6, 15))
    assert [key for key, _count, _sums in found] == expected


@pytest.mark.parametrize("kind", ["open_items", "prints"])
def test_groups_by_customer_have_names(shop: Book, kind: str) -> None:
    do(shop, "print.log", kind="statement", entries=["A", "B"])
    with shop.read() as connection:
        found = querying.grouped(connection, lists.Query(kind, group="customer"))
    assert {(group.key, group.title) for group in found.groups} >= {("A", "上海鼎晟"), ("B", "北京远航")}


def test_customers_by_level_with_their_balances(shop: Book) -> None:
    assert groups(shop, "customers", "level") == [
        ("A", 2, {"CNY": {"balance": 20_000, "overdue": 20_000}}),
        ("B", 1, {"CNY": {"balance": 10_000, "overdue": 10_000}}),
        (None, 1, {}),
    ]


def test_states_stand_as_declared_and_customers_by_name(shop: Book) -> None:
    assert [key for key, _count, _sums in groups(shop, "invoices", "state")] == ["draft", "issued", "paid"]
    with shop.read() as connection:
        found = querying.grouped(connection, lists.Query("invoices", group="customer"))
    assert [(group.key, group.title) for group in found.groups] == [
        ("B", "北京远航"),
        ("C", "广州花城"),
        ("A", "上海鼎晟"),
    ]


@pytest.mark.parametrize("kind", list(lists.KINDS))
def test_groups_are_the_same_rows_and_add_up(shop: Book, kind: str) -> None:
    with shop.read() as connection:
        for field in querying.group_fields(kind):
            query = lists.Query(kind, group=field.name)
            found = querying.grouped(connection, query)
            plain = lists.Query(kind)
            assert sorted(found.ids) == sorted(lists.ids(connection, plain))
            assert lists.ids(connection, query) == found.ids
            assert sum(group.count for group in found.groups) == len(found.ids)
            added: dict[tuple[str, str], int] = {}
            for group in found.groups:
                for currency, amounts in group.sums.items():
                    for name, amount in amounts.items():
                        added[currency, name] = added.get((currency, name), 0) + amount
            assert {key: amount for key, amount in added.items() if amount} == {
                (currency, name): amount
                for currency, amounts in lists.sums(connection, plain).items()
                for name, amount in amounts.items()
                if amount
            }


def test_a_filter_and_the_sorting_hold_inside_groups(shop: Book) -> None:
    with shop.read() as connection:
        query = lists.Query("invoices", group="customer", sort="-date", filter="not state = draft")
        found = querying.grouped(connection, query)
        rows = lists.rows(connection, query, found.ids)
    assert [(row["customer"], row["date"].isoformat()) for row in rows] == [
        ("B", "2026-05-31"),
        ("C", "2026-06-01"),
        ("A", "2026-05-01"),
        ("A", "2026-04-30"),
    ]


def test_amounts_cannot_be_grouped_by(shop: Book) -> None:
    with pytest.raises(CrmdeskError) as refused:
        groups(shop, "invoices", "total")
    assert refused.value.code is Code.INVALID_CHOICE


@pytest.mark.parametrize(
    ("sort", "text", "code"),
    [
        ("name", "sh", "A"),
        ("name", "SHd", "A"),
        ("name", "上海", "A"),
        ("name", "z", "D"),
        ("-name", "g", "C"),
        ("code", "b", "B"),
        ("name", "鼎", None),
        ("name", "%", None),
        ("balance", "1", None),
        ("name", " ", None),
    ],
)
def test_the_first_row_that_begins_so(shop: Book, sort: str, text: str, code: str | None) -> None:
    with shop.read() as connection:
        query = lists.Query("customers", sort=sort)
        found = querying.beginning_with(connection, query, text)
        rows = lists.rows(connection, query, [found]) if found is not None else []
    assert [row["code"] for row in rows] == ([code] if code else [])
