"""What a customer's level pays: for lines without a price, in picking, and no longer when it is taken away."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crmdesk.models.errors import CrmdeskError
from crmdesk.services import check, picking, price_levels, use_cases
from crmdesk.services.book import Book
from tests.services.small_book import do

LINE = [{"product": "P1", "quantity": "2"}]


def total(book: Book, customer: str, use_case: str = "invoice.issue", **more: object) -> str:
    return do(book, use_case, customer=customer, lines=LINE, **more)["total"]


def test_lines_without_a_price_take_the_level_s(book: Book) -> None:
    do(book, "product.create", code="P1", name="漆", price="100", tax_rate="0")
    do(book, "customer.create", code="A", name="甲", level="A")
    do(book, "customer.create", code="B", name="乙", level="B")
    do(book, "customer.create", code="N", name="丙")
    do(book, "product.price_set", product="P1", level="A", price="90")
    do(book, "product.price_set", product="P1", level="A", price="88.5")
    assert [total(book, code) for code in "ABN"] == ["177.00", "200.00", "200.00"]
    assert total(book, "A", "quote.create") == "177.00"
    assert total(book, "A", "credit.issue", reason="x") == "177.00"
    priced = [LINE[0] | {"unit_price": "99"}]
    assert do(book, "invoice.issue", customer="A", lines=priced)["total"] == "198.00"
    with book.read() as connection:
        picks = [picking.product_by_code(connection, "P1", customer_code=code) for code in ("A", "B", "")]
        assert [(pick.price, pick.list_price) for pick in picks if pick] == [
            (Decimal("88.5"), Decimal(100)),
            (Decimal(100), None),
            (Decimal(100), None),
        ]
        assert picking.products(connection, "漆", 5, customer_code="A")[0].price == Decimal("88.5")
        assert price_levels.prices_of(connection, _id(connection)) == {"A": Decimal("88.5")}
    do(book, "customer.update", customer="B", level="A")
    assert total(book, "B") == "177.00"
    do(book, "product.price_remove", product="P1", level="A")
    assert total(book, "A") == "200.00"
    with pytest.raises(CrmdeskError) as caught:
        do(book, "product.price_remove", product="P1", level="A")
    assert (caught.value.code, caught.value.field) == ("not_found", "level")
    assert check.run(book)["clean"]


def _id(connection: object) -> int:
    from sqlalchemy import Connection, select

    from crmdesk.models.tables.products import product

    assert isinstance(connection, Connection)
    return connection.execute(select(product.c.id)).scalar_one()


def test_within_one_transaction_the_last_word_counts(book: Book) -> None:
    """Levels and prices set earlier in the same unit (`apply --atomic`) are what a later line sees."""
    with book.write() as unit:

        def perform(name: str, /, **args: object) -> dict[str, object]:
            return use_cases.perform(unit, name, args)

        perform("product.create", code="P1", name="漆", price="100", tax_rate="0")
        perform("customer.create", code="A", name="甲", level="A")
        assert perform("invoice.issue", customer="A", lines=LINE)["total"] == "200.00"
        perform("product.price_set", product="P1", level="A", price="90")
        assert perform("invoice.issue", customer="A", lines=LINE)["total"] == "180.00"
        perform("customer.update", customer="A", level="B")
        assert perform("invoice.issue", customer="A", lines=LINE)["total"] == "200.00"


def test_a_product_goes_with_its_prices(book: Book) -> None:
    do(book, "product.create", code="P1", name="漆", price="100")
    do(book, "product.price_set", product="P1", level="A", price="90")
    do(book, "product.delete", product="P1")
    assert check.run(book)["clean"]
