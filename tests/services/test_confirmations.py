"""Confirmation slips: recorded with our balance of their date, refused when they contradict themselves, listed."""

from __future__ import annotations

from datetime import date

import pytest

from crmdesk.models.errors import CrmdeskError
from crmdesk.services import confirmations
from crmdesk.services.book import Book
from crmdesk.services.confirmations import Standing
from crmdesk.services.reports import declared
from tests.services.small_book import do


@pytest.fixture
def shop(book: Book) -> Book:
    line = {"description": "Paint", "quantity": "1", "unit_price": "100.00", "tax_rate": "0"}
    for code in ("A", "B", "C"):
        do(book, "customer.create", code=code, name=f"Customer {code}")
        do(book, "invoice.issue", customer=code, date="2026-04-01", lines=[line])
    do(book, "payment.record", customer="A", date="2026-06-10", amount="30.00", allocate="oldest")
    return book


def standing(book: Book, as_of: date) -> dict[str, Standing]:
    with book.read() as connection:
        return {one.customer: one for one in confirmations.standings(connection, as_of)}


def test_a_slip_keeps_our_balance_of_its_date(shop: Book) -> None:
    early = do(shop, "statement.confirm", customer="A", as_of="2026-05-31", date="2026-06-03")
    late = do(shop, "statement.confirm", customer="A", as_of="2026-06-30")
    assert (early["balance"], late["balance"]) == ("100.00", "70.00")
    with shop.read() as connection:
        newest, oldest = confirmations.latest(connection, "A")
    assert (newest.as_of, newest.confirmed_on) == (date(2026, 6, 30), date(2026, 6, 30)), "today by default"
    assert oldest.balance_minor == 100_00


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"result": "differs"}, "required"),
        ({"result": "agreed", "difference": "1.00"}, "total_differs"),
        ({"date": "2026-05-01"}, "date_order"),
        ({"customer": "nobody"}, "customer_missing"),
        ({"result": "perhaps"}, "invalid_choice"),
    ],
)
def test_a_slip_that_contradicts_itself_is_refused(shop: Book, arguments: dict[str, str], code: str) -> None:
    with pytest.raises(CrmdeskError) as caught:
        do(shop, "statement.confirm", **{"customer": "A", "as_of": "2026-05-31", **arguments})
    assert caught.value.code == code
    assert standing(shop, date(2026, 5, 31))["A"].slip is None


def test_the_newest_slip_counts_and_a_later_date_answers_an_earlier_one(shop: Book) -> None:
    do(shop, "print.log", kind="statement", entries=["B"], channel="pdf", pages=2)
    do(shop, "statement.confirm", customer="A", as_of="2026-06-30", result="differs", difference="-5.00")
    found = standing(shop, date(2026, 5, 31))
    assert {code: one.state for code, one in found.items()} == {"A": "differs", "B": "waiting", "C": "unsent"}
    do(shop, "statement.confirm", customer="A", as_of="2026-06-30")
    assert standing(shop, date(2026, 5, 31))["A"].state == "agreed"
    assert standing(shop, date(2026, 3, 31)) == {}, "nobody owed anything"


def test_the_slip_of_exactly_the_date_counts_before_a_later_one(shop: Book) -> None:
    do(shop, "statement.confirm", customer="A", as_of="2026-05-31", date="2026-06-03")
    do(shop, "statement.confirm", customer="A", as_of="2026-06-30", result="differs", difference="-5.00")
    assert standing(shop, date(2026, 5, 31))["A"].state == "agreed"
    assert standing(shop, date(2026, 6, 30))["A"].state == "differs"
    assert standing(shop, date(2026, 5, 15))["A"].state == "agreed", "the nearest one answers"


def test_a_slip_of_an_earlier_date_answers_nothing_later(shop: Book) -> None:
    do(shop, "statement.confirm", customer="A", as_of="2026-04-30", date="2026-05-05")
    assert standing(shop, date(2026, 5, 31))["A"].state == "unsent"


def test_the_report_lists_what_is_asked_for(shop: Book) -> None:
    do(shop, "statement.confirm", customer="A", as_of="2026-05-31")
    options = declared.Options(as_of=date(2026, 5, 31), by="agreed")
    with shop.read() as connection:
        table = declared.find("confirmations").fill(connection, options)
        with pytest.raises(CrmdeskError):
            declared.find("confirmations").fill(connection, declared.Options(by="maybe"))
    assert [row["customer"] for row in table.document["rows"]] == ["A"]


def test_a_customer_with_a_slip_is_in_use(shop: Book) -> None:
    do(shop, "customer.create", code="D", name="Customer D")
    do(shop, "statement.confirm", customer="D", as_of="2026-05-31")
    with pytest.raises(CrmdeskError) as caught:
        do(shop, "customer.delete", customer="D")
    assert caught.value.code == "in_use"
