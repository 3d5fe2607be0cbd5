"""The portrait of a customer, each figure by its formula (A4, B9)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from crmdesk.services import check, customer_card, portrait
from crmdesk.services.book import Book
from tests.services.small_book import do


def sell(book: Book, on: str, product: str, price: str, **more: Any) -> str:
    line = {
        "product": product,
        "description": product,
        "quantity": "1",
        "unit_price": price,
        "tax_rate": "0.13",
    }
    return do(book, "invoice.issue", customer="A", date=on, lines=[line], **more)["number"]


def load(book: Book, today: date | None = None) -> portrait.Portrait:
    with book.read() as connection:
        return portrait.load(connection, customer_card.id_of(connection, "A") or 0, today)


def test_nobody_yet(book: Book) -> None:
    do(book, "customer.create", code="A", name="A")
    found = load(book)
    assert (found.is_buyer, found.invoice_count, found.average_minor, found.interval_days) == (
        False,
        0,
        None,
        None,
    )
    assert (found.days_to_pay, found.days_late, found.channel, found.since) == (
        None,
        None,
        "",
        date(2026, 6, 30),
    )
    assert {name for name in portrait.FORMULAS if portrait.formula(name)} == set(portrait.FORMULAS)


def test_a_year_with_a_customer(book: Book) -> None:
    do(book, "customer.create", code="A", name="A", channel="email", tags=["VIP", "装修"])
    do(book, "product.create", code="P1", name="漆", price="1", tax_rate="0.13", category="漆料/外墙")
    do(book, "product.create", code="P2", name="刷", price="1", tax_rate="0.13")
    first = sell(book, "2025-03-01", "P1", "600", due="2025-03-31")
    second = sell(book, "2025-09-01", "P2", "100", due="2025-09-30")
    sell(book, "2026-03-01", "P1", "300")
    void = sell(book, "2026-03-02", "P2", "999")
    do(book, "invoice.void", invoice=void, date="2026-03-03", reason="错")
    sell(book, "2026-04-01", "P2", "50", currency="USD")
    back = {"product": "P2", "description": "刷", "quantity": "1", "unit_price": "20", "tax_rate": "0.13"}
    do(book, "credit.issue", customer="A", invoice=second, date="2026-05-01", reason="退", lines=[back])
    do(book, "payment.record", customer="A", date="2025-03-21", amount="678.00",
       allocate=[{"invoice": first, "amount": "678.00"}])  # fmt: skip
    do(book, "payment.record", customer="A", date="2025-10-31", amount="113.00",
       allocate=[{"invoice": second, "amount": "50.00"}])  # fmt: skip
    for kind, on, products in (
        ("enquiry", "2026-05-01", ["P2"]), ("enquiry", "2026-06-01", ["P2", "P1"]), ("wechat", "2026-06-02", []),
        ("complaint", "2025-01-01", []), ("note", "2026-06-03", []),
    ):  # fmt: skip
        do(book, "activity.log", customer="A", kind=kind, date=on, products=products)
    found = load(book)
    assert (found.currency, found.other_currencies, found.invoice_count) == ("CNY", ("USD",), 3)
    assert (found.net_minor, found.year_net_minor, found.average_minor) == (98_000, 38_000, 32_667)
    assert (found.since, found.last_on, found.interval_days) == (
        date(2025, 3, 1), date(2026, 3, 1), Decimal("182.5"),
    )  # fmt: skip
    assert found.due_again_on == date(2026, 8, 30)
    assert [(one.code, one.net_minor, one.line_count, one.share) for one in found.products] == [
        ("P1", 90_000, 2, Decimal("0.9184")), ("P2", 8_000, 1, Decimal("0.0816")),
    ]  # fmt: skip
    assert (found.categories[0].name, found.categories[0].net_minor) == ("漆料/外墙", 90_000)
    # 678 after 20 days, 50 after 60: (678*20 + 50*60) / 728
    assert found.days_to_pay == Decimal("22.7")
    assert found.late_share == (Decimal(50) / 728).quantize(Decimal("0.0001"))
    assert found.days_late == Decimal("2.1"), "50 of 728, 31 days"
    assert [(one.code, one.times, one.is_bought) for one in found.interests] == [
        ("P2", 2, True),
        ("P1", 1, True),
    ]
    assert found.tags == ("VIP", "装修")
    assert (found.channel, found.channel_from, found.contact_count) == ("email", "customer", 3)
    assert (found.last_contact, found.feedback[0].kind, found.feedback[0].times) == (
        date(2026, 6, 2),
        "enquiry",
        2,
    )
    do(book, "contact.add", customer="A", name="李", channel="wechat")
    assert load(book).channel == "wechat"
    early = load(book, date(2025, 3, 2))
    assert (early.net_minor, early.days_to_pay, early.interval_days) == (60_000, None, None)
    assert check.run(book)["clean"]


def test_the_channel_that_is_used_most(book: Book) -> None:
    do(book, "customer.create", code="A", name="A")
    for kind in ("call", "wechat", "wechat", "visit"):
        do(book, "activity.log", customer="A", kind=kind)
    assert (load(book).channel, load(book).channel_from) == ("wechat", "activities")
