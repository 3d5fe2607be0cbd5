"""What can be asked for, before it is: bills, profiles, refusals; bills of a list; the buyer of a file."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import fapiao_plan, use_cases
from crmdesk.services.book import Book
from crmdesk.services.lists import Query, querying

LINE = {"description": "涂料", "quantity": "3", "unit_price": "100.00", "tax_rate": "0.13"}


def run(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments, actor="test")


@pytest.fixture
def shop(book: Book) -> Book:
    run(book, "customer.create", code="A", name="上海鼎晟贸易有限公司", tax_number="91350100M000100Y43")
    run(book, "customer.create", code="P", name="张三", kind="person")
    run(book, "invoice.issue", customer="A", date="2026-06-01", lines=[LINE], number="B1")
    run(book, "invoice.issue", customer="A", date="2026-06-02", lines=[LINE], number="B2")
    run(book, "invoice.issue", customer="A", date="2026-06-02", currency="USD", lines=[LINE], number="U1")
    run(book, "invoice.issue", customer="P", date="2026-06-02", lines=[LINE], number="P1")
    return book


def plan(book: Book, code: str, **options: Any) -> fapiao_plan.RequestPlan:
    with book.read() as connection:
        return fapiao_plan.of_customer(connection, code, **options)


def test_what_is_free_of_each_bill(shop: Book) -> None:
    run(shop, "fapiao.request", customer="A", invoices=[{"invoice": "B1", "amount": "100"}])
    found = plan(shop, "A")
    assert [(one.number, one.open_minor) for one in found.documents] == [("B1", 23_900), ("B2", 33_900)]
    assert (found.currency, found.other_currencies, found.asked_minor) == ("CNY", ("USD",), 10_000)
    assert plan(shop, "A", wanted=["U1"]).currency == "USD"
    run(shop, "fapiao.record", customer="A", invoices=[{"invoice": "B2"}], number="1".zfill(20))
    assert [one.number for one in plan(shop, "A").documents] == ["B1"]


def test_refusals_are_those_of_the_request(shop: Book) -> None:
    person, company = plan(shop, "P"), plan(shop, "A")
    assert fapiao_plan.refusal(company, "special", 0) is None
    found = fapiao_plan.refusal(person, "special", 0)
    assert found is not None
    with pytest.raises(CrmdeskError) as caught:
        run(shop, "fapiao.request", customer="P", invoices=[{"invoice": "P1"}], kind="special")
    assert (caught.value.code, caught.value.message) == (Code.PERSON_NOT_ALLOWED, found.message)
    made = run(shop, "billing_profile.add", customer="A", title="分公司")
    profiles = plan(shop, "A").profiles
    assert [one.title for one in profiles] == ["分公司"]
    found = fapiao_plan.refusal(plan(shop, "A"), "special", profiles[0].id)
    assert made
    assert found is not None
    assert found.code is Code.TAX_NUMBER_MISSING


def test_bills_of_a_list_have_one_buyer(shop: Book) -> None:
    with shop.read() as connection:
        ids = list(querying.ids(connection, Query("invoices", sort="number")))
        assert fapiao_plan.of_bills(connection, ids[:2]) == ("A", ["B1", "B2"])
        with pytest.raises(CrmdeskError) as caught:
            fapiao_plan.of_bills(connection, ids)
        assert caught.value.code is Code.OTHER_CUSTOMER


def test_the_buyer_of_a_file(shop: Book) -> None:
    with shop.read() as connection:
        assert fapiao_plan.buyer(connection, "91350100M000100Y43", "") == "A"
        assert fapiao_plan.buyer(connection, "", "张三") == "P"
        assert fapiao_plan.buyer(connection, "nobody", "nobody") == ""


def test_how_far_a_bill_is_on_tax_invoices(shop: Book) -> None:
    run(shop, "fapiao.record", customer="A", invoices=[{"invoice": "B1"}], number="1".zfill(20))
    run(
        shop, "fapiao.record", customer="A", invoices=[{"invoice": "B2", "amount": "9"}], number="2".zfill(20)
    )
    run(shop, "invoice.void", invoice="U1", date="2026-06-05", reason="x")

    def states(wanted: str = "") -> list[tuple[str, str]]:
        with shop.read() as connection:
            query = Query("invoices", sort="number", filter=wanted)
            rows = querying.rows(connection, query, querying.ids(connection, query))
        return [(row["number"], row["fapiao"]) for row in rows]

    assert states() == [("B1", "full"), ("B2", "part"), ("P1", "none"), ("U1", ""), ("U1", "")]
    assert states("fapiao = none or fapiao = part") == [("B2", "part"), ("P1", "none")]
    credit = {"customer": "A", "invoice": "B2", "date": "2026-06-20", "reason": "x", "lines": [LINE]}
    run(shop, "credit.issue", **credit)
    assert dict(states())["B2"] == ""


def test_a_foreign_invoice_without_a_rate_gets_a_receipt_only(shop: Book) -> None:
    """A fapiao is written in CNY: where nobody said what it is worth there, USD in it would be a wrong figure."""
    found = plan(shop, "A", wanted=["U1"])
    words = fapiao_plan.rate_refusal(found, "ordinary", [0], date(2026, 6, 30))
    assert words is not None
    assert "USD" in words.message
    assert fapiao_plan.rate_refusal(found, "receipt", [0], date(2026, 6, 30)) is None
    for use_case, more in (("fapiao.request", {}), ("fapiao.record", {"number": "1".zfill(20)})):
        for kind in ("ordinary", "special"):
            with pytest.raises(CrmdeskError) as caught:
                run(shop, use_case, customer="A", invoices=[{"invoice": "U1"}], kind=kind, **more)
            assert (caught.value.code, caught.value.message) == (Code.RATE_MISSING, words.message)
            assert caught.value.field == "rate"
    with shop.read() as connection:
        assert querying.count(connection, Query("fapiao_requests")) == 0
        assert querying.count(connection, Query("fapiao")) == 0
    run(shop, "fapiao.request", customer="A", invoices=[{"invoice": "U1"}], kind="receipt")
    run(shop, "fapiao.issue", request="FR-2026-0001", number="1".zfill(8), code="1".zfill(10))
