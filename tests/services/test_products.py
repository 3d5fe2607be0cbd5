"""Products, tax rates with validity, and money accounts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import lists, money_accounts, products, tax_rates, use_cases
from crmdesk.services.book import Book


def do(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments)


def warned(book: Book, use_case: str, /, **arguments: Any) -> list[str]:
    return [one["code"] for one in use_cases.run_outcome(book, use_case, arguments).warnings]


def refused(book: Book, use_case: str, /, **arguments: Any) -> tuple[Code, str | None]:
    with pytest.raises(CrmdeskError) as caught:
        do(book, use_case, **arguments)
    return caught.value.code, caught.value.field


def product_of(book: Book, code: str) -> dict[str, Any]:
    return next(row for row in lists.as_json(book, "products")["rows"] if row["code"] == code)


def test_a_product_keeps_what_was_typed(book: Book) -> None:
    code = do(
        book,
        "product.create",
        name="内墙乳胶漆",
        specification="18L/桶",
        unit="桶",
        price="268.12345678",
        tax_rate="0.13",
        tax_included=True,
        category="涂料/内墙",
    )["code"]
    assert code == "P00001"
    row = product_of(book, code)
    assert (row["price"], row["tax_rate"], row["tax_included"], row["on_sale"]) == (
        "268.12345678",
        "0.13",
        True,
        True,
    )
    assert (row["unit"], row["category"], row["tax_kind"]) == ("桶", "涂料/内墙", "taxed")
    with book.write() as unit:
        found = products.find(unit, code)
        assert (found.price, found.tax_rate, found.unit) == (Decimal("268.12345678"), Decimal("0.13"), "桶")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"name": "x"}, (Code.REQUIRED, "price")),
        ({"name": "x", "price": "1.123456789"}, (Code.TOO_MANY_DECIMALS, "price")),
        ({"name": "x", "price": "-1"}, (Code.OUT_OF_RANGE, "price")),
        ({"name": "x", "price": 1.5}, (Code.INVALID_TYPE, "price")),
        ({"name": "x", "price": "NaN"}, (Code.NUMBER_UNREADABLE, "price")),
        ({"name": "x", "price": "1", "tax_rate": "13"}, (Code.OUT_OF_RANGE, "tax_rate")),
        (
            {"name": "x", "price": "1", "tax_kind": "exempt", "tax_rate": "0.13"},
            (Code.OUT_OF_RANGE, "tax_rate"),
        ),
        ({"name": "x", "price": "1", "category": "a//b"}, (Code.REQUIRED, "category")),
        ({"name": "x", "price": "1", "code": "TAKEN"}, (Code.DUPLICATE, "code")),
    ],
)
def test_bad_products_are_refused(book: Book, arguments: dict[str, Any], expected: tuple[Code, str]) -> None:
    do(book, "product.create", code="TAKEN", name="x", price="0")
    assert refused(book, "product.create", **arguments) == expected
    assert lists.as_json(book, "products")["total"] == 1


def test_a_product_is_changed_and_taken_off_sale(book: Book) -> None:
    do(book, "product.create", code="P", name="漆", price="1", tax_rate="0.13", unit="桶")
    assert do(book, "product.update", product="P", price="2.50", on_sale=False)["version"] == 2
    assert (
        do(book, "product.update", product="P", tax_kind="exempt", clear=["unit"], version=2)["version"] == 3
    )
    row = product_of(book, "P")
    assert (row["price"], row["on_sale"], row["tax_rate"], row["tax_kind"], row["unit"]) == (
        "2.50", False, None, "exempt", "",
    )  # fmt: skip
    assert refused(book, "product.update", product="P", price="3", version=2) == (Code.CHANGED_BY, "version")
    assert refused(book, "product.update", product="P", clear=["price"])[0] is Code.INVALID_CHOICE
    assert refused(book, "product.update", product="Q", price="3")[0] is Code.NOT_FOUND


def test_a_used_product_is_not_deleted(book: Book) -> None:
    do(book, "customer.create", code="A", name="A")
    do(book, "product.create", code="P", name="漆", price="10", tax_rate="0.13")
    do(book, "invoice.issue", customer="A", date="2026-05-01", lines=[{"product": "P", "quantity": "1"}])
    assert refused(book, "product.delete", product="P")[0] is Code.IN_USE
    do(book, "product.create", code="Q", name="刷", price="1")
    do(book, "product.delete", product="Q")
    assert [row["code"] for row in lists.as_json(book, "products")["rows"]] == ["P"]


# Tax rates


def rate_id(book: Book, name: str) -> int:
    with book.read() as connection:
        return next(rate.id for rate in tax_rates.all_rates(connection) if rate.name == name)


def test_a_rate_that_is_not_in_the_table_on_that_day_warns(book: Book) -> None:
    do(book, "customer.create", code="A", name="A")
    line = {"description": "x", "quantity": "1", "unit_price": "10"}
    at = {"customer": "A", "date": "2026-05-01"}
    assert warned(book, "invoice.issue", **at, lines=[line | {"tax_rate": "0.13"}]) == []
    assert warned(book, "invoice.issue", **at, lines=[line | {"tax_rate": "0.12"}]) == ["rate_not_in_table"]
    at["date"] = "2018-01-01"  # 13 % came in April 2019
    assert warned(book, "invoice.issue", **at, lines=[line | {"tax_rate": "0.13"}]) == ["rate_not_in_table"]
    do(book, "tax_rate.create", name="17%", rate="0.17", valid_to="2018-04-30")
    assert warned(book, "invoice.issue", **at, lines=[line | {"tax_rate": "0.17"}]) == []


def test_one_rate_is_the_default_and_the_taxpayer_chooses_it(book: Book) -> None:
    def default() -> Decimal | None:
        with book.write() as unit:
            return tax_rates.default_on(unit, date(2026, 6, 30))

    assert default() == Decimal("0.13")
    do(book, "company.update", taxpayer="small")
    assert default() == Decimal("0.01")
    do(book, "company.update", taxpayer="general")
    do(book, "tax_rate.update", tax_rate=rate_id(book, "9%"), is_default=True)
    assert default() == Decimal("0.09")
    with book.read() as connection:
        assert [rate.name for rate in tax_rates.all_rates(connection) if rate.is_default] == ["9%"]
    assert refused(book, "tax_rate.delete", tax_rate=rate_id(book, "9%"))[0] is Code.IN_USE
    assert (
        refused(book, "tax_rate.update", tax_rate=rate_id(book, "9%"), is_default=False)[0]
        is Code.INVALID_CHOICE
    )
    gone = rate_id(book, "6%")
    do(book, "tax_rate.delete", tax_rate=gone)
    assert refused(book, "tax_rate.delete", tax_rate=gone)[0] is Code.NOT_FOUND


def test_validity_has_an_order_and_exempt_rates_are_zero(book: Book) -> None:
    dates = {"valid_from": "2026-02-01", "valid_to": "2026-01-31"}
    assert refused(book, "tax_rate.create", name="x", rate="0.1", **dates) == (Code.DATE_ORDER, "valid_to")
    assert refused(book, "tax_rate.create", name="x", rate="0.1", kind="exempt") == (
        Code.OUT_OF_RANGE,
        "rate",
    )
    one = do(book, "tax_rate.create", name="x", rate="0.1", valid_to="2026-01-31")["tax_rate"]
    assert refused(book, "tax_rate.update", tax_rate=one, valid_from="2026-02-01")[0] is Code.DATE_ORDER
    do(book, "tax_rate.update", tax_rate=one, clear=["valid_to"], valid_from="2026-02-01")


# Money accounts


def account_of(book: Book, method: str, code: str | None = None) -> str:
    with book.write() as unit:
        return money_accounts.resolve(unit, method, code).code


def test_a_method_has_its_account_and_others_go_to_the_bank(book: Book) -> None:
    assert [account_of(book, method) for method in ("cash", "wechat", "card", "other")] == [
        "CASH", "WECHAT", "BANK", "BANK",
    ]  # fmt: skip
    assert account_of(book, "cash", " ALIPAY ") == "ALIPAY"
    with book.write() as unit:
        assert [
            money_accounts.of_payment(unit, method, code)[0]
            for method, code in ((None, "CASH"), (None, None), ("cheque", "CASH"), ("cash", "CASH"))
        ] == ["cash", "bank", "cheque", "cash"]
        with pytest.raises(CrmdeskError, match=r"“(Cash|现金)”"):
            money_accounts.of_payment(unit, "cash", "BANK")
    with pytest.raises(CrmdeskError) as caught:
        account_of(book, "cash", "NONE")
    assert (caught.value.code, caught.value.field) == (Code.NOT_FOUND, "account")


def test_without_an_active_bank_account_the_method_is_that_of_the_account_used(book: Book) -> None:
    do(book, "money_account.deactivate", account="BANK")
    with book.write() as unit:
        method, found = money_accounts.of_payment(unit, None, None)
    assert (method, found.code) == ("cash", "CASH")


def test_defaults_move_and_deactivated_accounts_take_nothing(book: Book) -> None:
    do(book, "money_account.create", code="CMB", name="招商银行", method="bank")
    assert account_of(book, "bank") == "BANK"
    do(book, "money_account.update", account="CMB", is_default=True, bank_account="6225")
    assert account_of(book, "bank") == "CMB"
    do(book, "money_account.deactivate", account="CMB")
    assert account_of(book, "bank") == "BANK"
    with pytest.raises(CrmdeskError) as caught:
        account_of(book, "bank", "CMB")
    assert caught.value.code is Code.INACTIVE
    do(book, "money_account.activate", account="CMB")
    assert account_of(book, "bank", "CMB") == "CMB"
    assert refused(book, "money_account.create", code="CMB", name="x", method="bank")[0] is Code.DUPLICATE
    for code in ("CASH", "BANK", "WECHAT", "ALIPAY"):
        do(book, "money_account.deactivate", account=code)
    assert refused(book, "money_account.deactivate", account="CMB")[0] is Code.IN_USE


def test_method_and_account_of_a_payment_agree(book: Book) -> None:
    do(book, "customer.create", code="C1", name="x")
    do(book, "payment.record", customer="C1", amount="5.00", account="CASH")
    rows = lists.as_json(book, "payments")["rows"]
    assert [(row["method"], row["account"]) for row in rows] == [("cash", "CASH")]
    for use_case, arguments in (
        ("payment.record", {"customer": "C1"}),
        ("refund.record", {"payment": "RC-2026-0001", "reason": "x"}),
    ):
        with pytest.raises(CrmdeskError) as caught:
            do(book, use_case, **arguments, amount="1.00", method="bank", account="CASH")
        assert (caught.value.code, caught.value.field) == (Code.INVALID_CHOICE, "account")
        assert "BANK" in caught.value.message
