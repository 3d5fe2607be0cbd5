"""What a payment may not say: a discount beyond what it settles, an allocation that is none, a bill that fell due."""

from __future__ import annotations

from typing import Any

import pytest

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import check
from crmdesk.services.book import Book
from tests.services.small_book import do, invoice


@pytest.fixture
def shop(book: Book) -> Book:
    do(book, "customer.create", code="C1", name="A")
    return book


def pay(book: Book, **values: Any) -> dict[str, Any]:
    return do(
        book, "payment.record", **{"customer": "C1", "date": "2026-03-10", "amount": "1000.00"} | values
    )


def refused(book: Book, **values: Any) -> CrmdeskError:
    with pytest.raises(CrmdeskError) as caught:
        pay(book, **values)
    return caught.value


@pytest.mark.parametrize(
    ("allocate", "discount", "most"),
    [
        ("none", "200.00", "0.00"),
        (None, "0.01", "0.00"),
        ("oldest", "2000.00", "1130.00"),
        ("auto", "1130.01", "1130.00"),
        ([{"invoice": "INV-2026-0001", "amount": "50.00"}], "50.01", "50.00"),
    ],
)
def test_a_discount_settles_something(shop: Book, allocate: Any, discount: str, most: str) -> None:
    invoice(shop, "C1", price="1130")
    error = refused(shop, allocate=allocate, discount=discount)
    assert (error.code, error.field) == (Code.OUT_OF_RANGE, "discount")
    assert most in str(error), "the most it may be"
    assert (
        do(shop, "payment.record", customer="C1", amount="1", date="2026-03-10")["number"] == "RC-2026-0001"
    )


def test_a_discount_up_to_what_is_settled(shop: Book) -> None:
    number = invoice(shop, "C1", price="1130")
    told = pay(shop, amount="1100.00", discount="30.00", allocate="oldest")
    assert (told["allocated"], told["credit"]) == ("1130.00", "0.00")
    other = invoice(shop, "C1", price="50")
    told = pay(shop, amount="10.00", discount="50.00", allocate=[{"invoice": other, "amount": "50.00"}])
    assert (told["allocated"], told["credit"]) == ("50.00", "10.00"), number
    assert check.run(shop)["violations"] == []


@pytest.mark.parametrize("allocate", [0, {}, False, "newest", [3]])
def test_an_allocation_that_is_none(shop: Book, allocate: Any) -> None:
    error = refused(shop, allocate=allocate)
    assert error.code is Code.INVALID_CHOICE
    assert error.field == "allocate"


def test_a_bill_that_fell_due_before_it_came(shop: Book) -> None:
    paper = {"number": "B1", "due_on": "2026-03-09"}
    error = refused(shop, method="bill", bill=paper)
    assert (error.code, error.field) == (Code.DATE_ORDER, "bill.due_on")
    assert pay(shop, method="bill", bill=paper | {"due_on": "2026-03-10"})["number"]
