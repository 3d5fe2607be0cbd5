"""Words that a use case writes into the book are those of the book's language, whatever the process speaks."""

from __future__ import annotations

import pytest

from crmdesk import text
from crmdesk.services import lists
from crmdesk.services.book import Book
from tests.services.agreement_story import Story
from tests.services.test_fapiao import LINE, digits, run


@pytest.fixture
def shop(book: Book) -> Book:
    """A Chinese book, worked on by a process that speaks English."""
    text.use_language("en")
    run(book, "customer.create", code="A", name="上海鼎晟贸易有限公司", tax_number="91350100M000100Y43")
    return book


def _only(book: Book, kind: str) -> dict[str, object]:
    (row,) = lists.as_json(book, kind)["rows"]
    return row


def test_a_red_tax_invoice_says_so_on_its_credit_note(shop: Book) -> None:
    run(shop, "invoice.issue", customer="A", date="2026-06-01", lines=[LINE], number="B1")
    run(
        shop, "fapiao.record", customer="A", invoices=[{"invoice": "B1"}], number=digits(1), date="2026-06-05"
    )
    run(shop, "fapiao.red", fapiao=digits(1), reason="allowance", number=digits(2), amount="10.00")
    note = _only(shop, "credits")
    chinese = text.translator("zh_CN")
    assert note["reason"] == chinese("Price reduced (销售折让)") != "Price reduced (销售折让)"
    assert note["note"] == chinese("Red tax invoice {number}").format(number=digits(2))


def test_a_discount_that_goes_back_with_a_release(shop: Book) -> None:
    run(
        shop,
        "invoice.issue",
        customer="A",
        date="2026-06-01",
        lines=[LINE],
        number="B1",
        discount_terms="2/10 n/30",
    )
    paid = run(shop, "payment.record", customer="A", date="2026-06-02", amount="332.22", allocate="oldest",
               take_discount=True)  # fmt: skip
    run(shop, "payment.release", payment=paid["number"], invoice="B1", date="2026-06-03")
    reasons = {row["reason"] for row in lists.as_json(shop, "discounts")["rows"]}
    assert reasons == {text.translator("zh_CN")("Released from {number}").format(number=paid["number"])}


def test_an_instalment_on_its_bill(shop: Book) -> None:
    story = Story(shop)
    number = story.contract(title="装修")
    part = {"label": "首付", "due": "2026-02-01", "amount": "100.00"}
    story.do("plan.create", contract=number, way="by_hand", parts=[part])
    story.do("plan.bill", contract=number, instalment=1)
    with shop.read() as connection:
        said = connection.exec_driver_sql("SELECT description FROM document_line").scalars().all()
    assert said == ["装修（首付）"]


def test_whoever_is_anonymised(shop: Book) -> None:
    run(shop, "customer.anonymise", customer="A", reason="本人要求")
    assert _only(shop, "customers")["name"] == text.translator("zh_CN")("Anonymised {code}").format(code="A")
