"""What the window shows beside a document, after each thing that can happen to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crmdesk.models.errors import NotFound
from crmdesk.services import document_facts, use_cases
from crmdesk.services.book import Book
from crmdesk.services.document_facts import Facts
from crmdesk.services.lists import Query, querying


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Book]:
    monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
    made = Book.create(tmp_path / "book.db", name="鼎晟", country="CN", currency="CNY", language="en")
    with made:
        do(made, "customer.create", code="K1", name="西溪", terms_days=30)
        yield made


def do(book: Book, use_case: str, **args: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, args, actor="林悦")


def bill(book: Book, amount: str, on: str = "2026-05-01") -> str:
    line = {"description": "x", "quantity": "1", "unit_price": amount, "tax_rate": "0.13"}
    return do(book, "invoice.issue", customer="K1", date=on, lines=[line])["number"]


def facts(book: Book, kind: str, index: int = 0) -> Facts:
    with book.read() as connection:
        ids = querying.ids(connection, Query(kind, sort="number"))
        return document_facts.load(connection, ids[index])


def test_an_invoice_with_what_settles_it(book: Book) -> None:
    number = bill(book, "100")
    do(
        book,
        "payment.record",
        customer="K1",
        amount="40",
        date="2026-05-20",
        allocate="oldest",
        reference="R1",
    )
    do(
        book,
        "writeoff.record",
        invoice=number,
        amount="3",
        date="2026-06-01",
        ground="small_difference",
        reason="odd",
    )
    found = facts(book, "invoices")
    assert (found.number, found.customer, found.customer_name) == (number, "K1", "西溪")
    assert (found.net_minor, found.tax_minor, found.total_minor) == (10_000, 1_300, 11_300)
    assert (found.open_minor, found.settled_minor) == (7_000, 4_300)
    assert (found.due_on, found.days_late) == (date(2026, 5, 31), 30)
    assert [(link.kind, link.amount_minor, link.dated_on) for link in found.links] == [
        ("payment", 4_000, date(2026, 5, 20)),
        ("writeoff", 300, date(2026, 6, 1)),
    ]
    assert (found.entered_by, found.is_reversed, found.cash) == ("林悦", False, None)


def test_a_payment_with_its_invoices_and_what_was_paid_back(book: Book) -> None:
    first, second = bill(book, "100"), bill(book, "50", "2026-05-02")
    paid = do(
        book, "payment.record", customer="K1", amount="200", date="2026-05-20", method="wechat", payer="王", fee="1",
        allocate=[{"invoice": first, "amount": "113"}, {"invoice": second, "amount": "50"}],
    )["number"]  # fmt: skip
    do(book, "payment.release", payment=paid, invoice=second, amount="50", date="2026-05-25")
    refund = do(book, "refund.record", payment=paid, amount="20", date="2026-05-26", reason="too much")[
        "number"
    ]
    found = facts(book, "payments")
    assert [(link.number, link.amount_minor) for link in found.links] == [(first, 11_300)]
    assert [(link.number, link.amount_minor) for link in found.refunds] == [(refund, 2_000)]
    assert found.open_minor == 20_000 - 11_300 - 2_000
    assert found.cash is not None
    assert (found.cash.method, found.cash.account, found.cash.payer, found.cash.fee_minor) == (
        "wechat", "WECHAT", "王", 100,
    )  # fmt: skip
    do(book, "refund.reverse", refund=refund, reason="mistake")
    assert facts(book, "payments").refunds == ()


def test_a_reversal_shows_the_document_it_takes_back(book: Book) -> None:
    paid = do(book, "payment.record", customer="K1", amount="10", date="2026-05-20")["number"]
    do(book, "payment.reverse", payment=paid, date="2026-06-02", reason="bounced")
    for index in (0, 1):
        found = facts(book, "payments", index)
        assert (found.kind, found.number, found.total_minor, found.open_minor) == ("payment", paid, 1_000, 0)
        assert (found.reversed_on, found.reversal_reason) == (date(2026, 6, 2), "bounced")


def test_a_credit_note_names_its_invoice_and_prints_are_counted(book: Book) -> None:
    number = bill(book, "100")
    line = {"description": "x", "quantity": "1", "unit_price": "10", "tax_rate": "0.13"}
    note = do(book, "credit.issue", customer="K1", invoice=number, lines=[line], reason="back", apply=True)[
        "number"
    ]
    do(book, "print.log", kind="credit-note", entries=[note])
    found = facts(book, "credits")
    assert (found.origin, found.reason, found.open_minor, found.print_count) == (number, "back", 0, 1)
    assert [(link.number, link.amount_minor) for link in found.links] == [(number, 1_130)]


def test_a_document_is_found_by_its_number(book: Book) -> None:
    number = bill(book, "100")
    with book.read() as connection:
        found = document_facts.find(connection, "invoice", number)
        assert found is not None
        assert document_facts.load(connection, found).number == number
        assert document_facts.find(connection, "payment", number) is None


def test_a_document_that_is_not_there(book: Book) -> None:
    with book.read() as connection, pytest.raises(NotFound):
        document_facts.load(connection, 999_999)
