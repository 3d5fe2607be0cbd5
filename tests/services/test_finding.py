"""One line of typing finds commands, customers, documents and products."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crmdesk.services import finding
from crmdesk.services.book import Book
from crmdesk.services.finding import Choice
from tests.services.small_book import do

CHOICES = (Choice("new", ("新建应收单", "New invoice")), Choice("go", ("应收", "Invoices")))
VERBS = (
    Choice("statement", ("对账单", "Statement", "对账")),
    Choice("receive", ("收款", "Receive")),
    Choice("invoice", ("新建应收单", "New invoice")),
)


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Book]:
    monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
    with Book.create(tmp_path / "book.db", name="鼎晟", country="CN", currency="CNY") as made:
        do(made, "customer.create", code="C1", name="杭州西溪民宿集群", phone="0571-8812 0000")
        do(made, "customer.create", code="C2", name="西安古城客栈")
        do(made, "product.create", code="P1", name="内墙乳胶漆", price="268.00", tax_rate="0.13")
        line = {"description": "x", "quantity": "1", "unit_price": "113.00", "tax_rate": "0.13"}
        for _number in range(12):
            do(made, "invoice.issue", customer="C1", date="2026-06-01", lines=[line])
        do(made, "payment.record", customer="C2", date="2026-06-02", amount="50.00", method="cash")
        do(made, "invoice.void", invoice="INV-2026-0003", reason="x")
        yield made


def ask(book: Book, typed: str) -> finding.Answer:
    with book.read() as connection:
        return finding.find(connection, typed, CHOICES, VERBS)


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("INV-2026-0012", ["INV-2026-0012"]),
        ("inv-2026-001", ["INV-2026-0012", "INV-2026-0011", "INV-2026-0010"]),
        ("12", ["INV-2026-0012"]),
        ("0001", ["RC-2026-0001", "INV-2026-0001"]),
        ("RC", ["RC-2026-0001"]),
        ("9999", []),
        ("i", []),
        ("%", []),
    ],
)
def test_documents_by_number(book: Book, typed: str, numbers: list[str]) -> None:
    assert [hit.number for hit in ask(book, typed).documents] == numbers


def test_an_imported_number_ahead_of_the_series_is_found_by_its_end(book: Book) -> None:
    """The series is at 12; the number came with its document, and the series will step over it."""
    line = {"description": "x", "quantity": "1", "unit_price": "113.00", "tax_rate": "0.13"}
    do(book, "invoice.issue", customer="C2", date="2026-06-01", number="INV-2026-0345", lines=[line])
    assert [hit.number for hit in ask(book, "345").documents] == ["INV-2026-0345"]
    assert ask(book, "344").documents == []


def test_a_document_comes_with_customer_amount_and_state(book: Book) -> None:
    (hit,) = ask(book, "INV-2026-0003").documents
    assert (hit.customer, hit.customer_name, hit.kind) == ("C1", "杭州西溪民宿集群", "invoice")
    assert hit.is_reversed
    assert not ask(book, "INV-2026-0004").documents[0].is_reversed
    assert hit.total_minor > 0


def test_there_are_never_more_than_the_limit(book: Book) -> None:
    assert len(ask(book, "INV").documents) == finding.DOCUMENTS_MAX
    assert ask(book, "INV").documents[0].number == "INV-2026-0012", "the newest first"


@pytest.mark.parametrize("typed", ["西溪", "xxms", "C1", "8812", "xixi"])
def test_customers_by_anything(book: Book, typed: str) -> None:
    assert ask(book, typed).customers[0].code == "C1"


def test_products_and_choices(book: Book) -> None:
    assert [hit.code for hit in ask(book, "nqrj").products] == ["P1"]
    assert [choice.key for choice, _rank in ask(book, "ys").choices] == ["go", "new"]


@pytest.mark.parametrize(
    ("typed", "verb"),
    [
        ("对账 西溪", "statement"),
        ("对账西溪", "statement"),
        ("西溪对账单", "statement"),
        ("西溪 收款", "receive"),
        ("sk xxms", "receive"),
        ("statement xixi", "statement"),
        ("new invoice C1", "invoice"),
    ],
)
def test_a_deed_and_a_customer(book: Book, typed: str, verb: str) -> None:
    answer = ask(book, typed)
    assert answer.verb == verb
    assert answer.objects[0].code == "C1"


def test_a_deed_without_a_customer_is_none(book: Book) -> None:
    for typed in ("对账", "对账 没有这个人", "statement"):
        answer = ask(book, typed)
        assert (answer.verb, answer.objects) == ("", [])


def test_without_a_book_only_choices() -> None:
    answer = finding.find(None, "new", CHOICES)
    assert [choice.key for choice, _rank in answer.choices] == ["new"]
    assert answer.customers == answer.documents == answer.products == []


def test_records_that_are_gone_are_not_known(book: Book) -> None:
    customer, document = ask(book, "C1").customers[0], ask(book, "RC").documents[0]
    product = ask(book, "P1").products[0]
    wanted = [("customer", customer.id), ("document", document.id), ("product", product.id)]
    with book.read() as connection:
        found = finding.known(connection, [*wanted, ("customer", 10**9), ("document", customer.id), ("x", 1)])
    assert list(found) == [("customer", customer.id), ("product", product.id), ("document", document.id)]


def test_every_query_of_documents_walks_an_index(book: Book) -> None:
    with book.read() as connection:
        statements: list[tuple[str, Any]] = []
        from sqlalchemy import event

        def note(_c: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
            statements.append((statement, values))

        event.listen(connection, "before_cursor_execute", note)
        finding.find_documents(connection, "INV-2026")
        event.remove(connection, "before_cursor_execute", note)
        plans = [
            str(row[3])
            for statement, values in statements
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert plans
    assert not [plan for plan in plans if plan.startswith("SCAN document") or "TEMP B-TREE" in plan]
