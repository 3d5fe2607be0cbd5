"""What pickers offer: the right record first, whatever of it was typed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crmdesk.services import picking, use_cases
from crmdesk.services.book import Book


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    made = Book.create(tmp_path / "book.db", name="鼎晟", country="CN", currency="CNY", language="en")
    with made:
        for code, name, phone in (
            ("C1", "杭州西溪民宿集群", "0571-8812 0000"),
            ("C2", "西安古城客栈", "029-1234567"),
            ("C3", "Søns & O'Brien", ""),
        ):
            do(made, "customer.create", code=code, name=name, phone=phone)
        paint = {"specification": "18L/桶", "price": "268.00", "tax_rate": "0.13"}
        do(made, "product.create", code="P1", name="内墙乳胶漆", **paint)
        do(made, "product.create", code="P10", name="外墙漆", price="300", unit="桶", tax_included=True)
        do(made, "product.create", code="X", name="P1 的刷子", price="5")
        yield made


def do(book: Book, use_case: str, **args: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, args)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("C2", "C2"),
        ("西溪", "C1"),
        ("hzxx", "C1"),
        ("8812", "C1"),
        ("xagc", "C2"),
        ("o'b", "C3"),
        ("søns", "C3"),
    ],
)
def test_customers_by_anything(book: Book, typed: str, first: str) -> None:
    with book.read() as connection:
        assert picking.customers(connection, typed, 8)[0].code == first


def test_nothing_typed_and_nothing_found(book: Book) -> None:
    with book.read() as connection:
        assert picking.customers(connection, "  ", 8) == []
        assert picking.customers(connection, "zzzz", 8) == []
        assert picking.products(connection, " ", 8) == []


def test_customers_no_longer_used_come_last(book: Book) -> None:
    do(book, "customer.deactivate", customer="C1")
    with book.read() as connection:
        found = picking.customers(connection, "西", 8)
        assert [(pick.code, pick.is_active) for pick in found] == [("C2", True), ("C1", False)]
        assert "C1" not in [pick.code for pick in picking.recent_customers(connection, [], 8)]


def test_recent_ones_keep_their_order_and_are_filled_up(book: Book) -> None:
    with book.read() as connection:
        found = picking.recent_customers(connection, ["C1", "gone", "C3"], 5)
        assert [pick.code for pick in found] == ["C1", "C3", "C2"]
        assert [pick.code for pick in picking.recent_products(connection, ["X"], 2)] == ["X", "P1"]


def test_one_by_code(book: Book) -> None:
    with book.read() as connection:
        found = picking.customer_by_code(connection, "C2")
        assert found is not None
        assert (found.name, found.terms_days, found.currency) == ("西安古城客栈", None, "")
        assert picking.customer_by_code(connection, "c9") is None
        assert picking.product_by_code(connection, "P9") is None


@pytest.mark.parametrize(
    ("typed", "codes"),
    [("p1", ["P1", "P10", "X"]), ("漆", ["P1", "P10"]), ("nqrj", ["P1"]), ("18l 内墙", ["P1"])],
)
def test_products_the_exact_code_first(book: Book, typed: str, codes: list[str]) -> None:
    with book.read() as connection:
        assert [pick.code for pick in picking.products(connection, typed, 8)] == codes


def test_a_product_brings_what_a_line_needs(book: Book) -> None:
    with book.read() as connection:
        paint, wall = picking.product_by_code(connection, "P1"), picking.product_by_code(connection, "P10")
    assert paint is not None
    assert (paint.price, paint.tax_rate, paint.tax_kind) == (Decimal("268.00"), Decimal("0.13"), "taxed")
    assert wall is not None
    assert (wall.unit, wall.tax_rate, wall.is_tax_included) == ("桶", None, True)


def test_products_off_sale_are_not_offered_but_still_known(book: Book) -> None:
    do(book, "product.update", product="P1", on_sale=False)
    with book.read() as connection:
        assert [pick.code for pick in picking.products(connection, "漆", 8)] == ["P10"]
        assert picking.product_by_code(connection, "P1") is not None


def test_money_accounts_defaults_first(book: Book) -> None:
    do(book, "money_account.create", code="BANK2", name="招商银行", method="bank")
    with book.read() as connection:
        accounts = picking.money_accounts(connection)
    assert accounts[-1].code == "BANK2"
    assert {account.method for account in accounts} >= {"bank", "cash"}
    assert [account.is_default for account in accounts] == sorted(
        (account.is_default for account in accounts), reverse=True
    )
