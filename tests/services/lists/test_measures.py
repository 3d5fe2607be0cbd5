"""Measures of the ledger: every figure by hand, and through filters as plain Python would find it."""

from __future__ import annotations

from typing import Any

import pytest

from crmdesk.models.errors import InvalidInput
from crmdesk.services import lists
from crmdesk.services.book import Book
from crmdesk.services.lists.measures import MEASURES
from tests.services.small_book import do

LINE = {"product": "P-01", "description": "白漆", "quantity": "1", "tax_rate": "0"}


@pytest.fixture
def shop(book: Book) -> Book:
    """A: three invoices (one void), a credit note, a payment with a discount, one reversed. B: another currency."""
    do(book, "product.create", code="P-01", name="白漆", price="10", category="涂料/白")
    do(book, "customer.create", code="A", name="甲", kind="person", born_on="2000-02-29")
    do(book, "customer.create", code="B", name="乙", currency="USD")
    do(book, "customer.create", code="C", name="丙")
    for on, price in (("2025-03-01", "1000"), ("2026-03-01", "1001")):
        do(book, "invoice.issue", customer="A", date=on, lines=[{**LINE, "unit_price": price}])
    void = do(book, "invoice.issue", customer="A", date="2026-06-01", lines=[{**LINE, "unit_price": "9"}])
    do(book, "invoice.void", invoice=void["number"], date="2026-06-02", reason="x")
    do(
        book,
        "credit.issue",
        customer="A",
        date="2026-03-05",
        reason="r",
        lines=[{**LINE, "unit_price": "100"}],
    )
    do(
        book,
        "payment.record",
        customer="A",
        date="2025-03-11",
        amount="990",
        discount="10",
        allocate="oldest",
    )
    bounced = do(book, "payment.record", customer="A", date="2026-03-11", amount="500", allocate="oldest")
    do(book, "payment.reverse", payment=bounced["number"], date="2026-03-12", reason="x")
    do(
        book,
        "invoice.issue",
        customer="B",
        date="2026-06-01",
        currency="CNY",
        lines=[{**LINE, "unit_price": "7"}],
    )
    return book


def test_every_figure(shop: Book) -> None:
    rows = {row["code"]: row for row in lists.as_json(shop, "customers")["rows"]}
    wanted: dict[str, dict[str, Any]] = {
        "A": {
            "spent": "1901.00", "invoice_count": 2, "average": "950.50", "first_bought": "2025-03-01",
            "last_bought": "2026-03-01", "recency_days": 121, "customer_days": 486, "received": "990.00",
            "overdue_days": 121, "days_to_pay": 10, "birthday": "2027-03-01",
        },
        "B": {"spent": "0.00", "invoice_count": 1, "average": None, "last_bought": "2026-06-01", "days_to_pay": None},
        "C": {
            "spent": "0.00", "invoice_count": 0, "average": None, "first_bought": None, "recency_days": None,
            "overdue_days": 0,
        },
    }  # fmt: skip
    for code, figures in wanted.items():
        assert {name: rows[code][name] for name in figures} == figures


@pytest.mark.parametrize(
    ("expression", "codes"),
    [
        ("spent(last 12 months) = 901", "A"),
        ("spent(2025) = 1000 and spent(2026) = 901", "A"),
        ("invoices(this month) = 1", "B"),
        ("received(2026) = 0", "ABC"),
        ("average(2026-03) = 901", "A"),
        ('bought("P-01")', "AB"),
        ('bought("P-01", 2025)', "A"),
        ('not bought("P-01")', "C"),
        ("bought_category(涂料)", "AB"),
        ("bought_category(涂料/白, this month)", "B"),
        ("recency_days > 100", "A"),
        ("recency_days is empty", "C"),
        ("last_bought < today - 3 months", "A"),
        ("last_bought in last 90d", "B"),
        ("birthday in next 12 months", "A"),
        ("born_on in 2000", "A"),
        ("overdue_days in 100..200", "A"),
        ("days_to_pay <= 10", "A"),
        ("tag is empty and category is empty", "ABC"),
    ],
)
def test_filters(shop: Book, expression: str, codes: str) -> None:
    query = lists.Query("customers", filter=expression)
    with shop.read() as connection:
        found = [row["code"] for row in lists.rows(connection, query, lists.ids(connection, query))]
        assert lists.count(connection, query) == len(codes)
        assert set(lists.sums(connection, query)) <= {"CNY", "USD"}
    assert found == list(codes)


def test_sorting_by_a_measure(shop: Book) -> None:
    rows = lists.as_json(shop, "customers", sort="-last_bought")["rows"]
    assert [row["code"] for row in rows] == ["B", "A", "C"]
    assert [row["code"] for row in lists.as_json(shop, "customers", sort="-spent", limit=1)["rows"]] == ["A"]


@pytest.mark.parametrize(
    "expression",
    [
        "tag has Nobody",
        "category in 行业/无",
        "segment has 无",
        "bought(P9)",
        "bought_category(无)",
        "bought",
        "spent(soon) > 1",
        "spent(2026, 2025) > 1",
        "spent(2026",
        "tag > 3",
        "last_bought in 5",
        "invoice_count in ..",
        "invoices > 3",
    ],
)
def test_what_is_wrong_is_said(shop: Book, expression: str) -> None:
    with pytest.raises(InvalidInput):
        lists.as_json(shop, "customers", filter=expression)


def test_every_measure_explains_itself() -> None:
    for name, one in MEASURES.items():
        assert one.formula.endswith("."), name
        assert one.field.label, name
