"""One timeline of everything that happened with a customer, read page by page (A5)."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from crmdesk import text
from crmdesk.services import customer_card, customer_counts, customer_history, use_cases
from crmdesk.services.book import Book
from crmdesk.services.customer_history import Event
from tests.services.small_book import do, invoice


def whole(book: Book, code: str, limit: int = 10_000) -> list[Event]:
    with book.read() as connection:
        return customer_history.timeline(connection, customer_card.id_of(connection, code) or 0, limit)


def busy(book: Book) -> None:
    do(book, "customer.create", code="A", name="A", owner="王芳")
    do(book, "customer.create", code="B", name="B")
    number = invoice(book, "A", "2026-03-01")
    do(book, "payment.record", customer="A", date="2026-04-02", amount="60.00", allocate="oldest")
    for day in range(1, 20):
        do(
            book,
            "activity.log",
            customer="A",
            kind="call",
            date=f"2026-05-{day % 5 + 1:02d}",
            text=f"第 {day} 次",
        )
    do(book, "comment.add", customer="A", text="欠款要追", handover=True)
    do(book, "comment.add", kind="invoice", number=number, text="在发票上")
    one = do(book, "task.create", customer="A", title="寄样品")["task"]
    do(book, "task.done", task=one, date="2026-05-03", outcome="已寄")
    do(
        book,
        "attachment.add",
        kind="customer",
        customer="A",
        name="a.txt",
        content=base64.b64encode(b"x").decode(),
    )
    do(book, "print.log", kind="statement", entries=["A"], channel="pdf", detail="a.pdf")
    do(book, "promise.record", customer="A", amount="40", promised_on="2026-07-15")
    do(book, "relation.add", customer="A", kind="parent", other="B")
    do(book, "collaborator.add", customer="A", name="李强")
    do(book, "customer.update", customer="A", phone="021-1234567")
    do(book, "tag.add", tag="VIP", customers=["A", "B"])


def test_everything_stands_there_in_order(book: Book) -> None:
    text.use_language("en")
    busy(book)
    found = whole(book, "A")
    assert [event.place for event in found] == sorted((event.place for event in found), reverse=True)
    titles = {event.title for event in found}
    assert {
        "Call", "Hand-over note of teller", "Comment of teller", "Task done: 寄样品", "File added: a.txt",
        "Statement printed or saved", "Promised to pay by 2026-07-15", "Invoice INV-2026-0001",
        "Payment RC-2026-0001", "Collaborator added: 李强", "Tag added: VIP", "Customer created", "Details changed",
        "Relation added: B is the “Parent company” of A",
    } <= titles  # fmt: skip
    assert "Relation added: B is the “Parent company” of A" in {event.title for event in whole(book, "B")}
    assert len([event for event in found if event.kind == "activity"]) == 19


@pytest.mark.parametrize("size", [1, 3, 7, 50])
def test_pages_are_the_whole_without_gap_or_double(book: Book, size: int) -> None:
    busy(book)
    expected = whole(book, "A")
    with book.read() as connection:
        record_id = customer_card.id_of(connection, "A") or 0
        found: list[Event] = []
        before = None
        while True:
            part = customer_history.page(connection, record_id, before, limit=size)
            found += part.events
            before = part.next
            if before is None:
                break
        assert found == expected
        only = customer_history.page(connection, record_id, limit=100, groups=frozenset({"activities"}))
        assert {event.kind for event in only.events} == {"activity"}


def test_the_numbers_of_the_tabs(book: Book) -> None:
    busy(book)
    do(book, "contact.add", customer="A", name="李娜")
    do(book, "task.create", customer="A", title="offen")
    with book.read() as connection:
        found = customer_counts.load(connection, customer_card.id_of(connection, "A") or 0)
        gone = customer_counts.load(connection, 999_999)
    assert found._asdict() == {
        "contacts": 1, "addresses": 0, "billing_profiles": 0, "activities": 19, "tasks": 1, "comments": 2,
        "relations": 1, "collaborators": 1, "files": 1, "agreements": 0, "invoices": 1, "payments": 1,
    }  # fmt: skip
    assert set(gone) == {0}


def test_an_imported_customer_begins_with_its_creation(book: Book, tmp_path: Path) -> None:
    text.use_language("en")
    with book.write() as unit:
        unit.is_bulk = True
        use_cases.perform(unit, "customer.create", {"code": "A", "name": "A"})
        unit.finish("bulk", {})
    assert [event.title for event in whole(book, "A")] == ["Customer created"]
    do(book, "customer.update", customer="A", phone="1234567")
    assert [event.title for event in whole(book, "A")] == ["Details changed", "Customer created"]
    do(book, "customer.create", code="B", name="B")
    assert [event.title for event in whole(book, "B")] == ["Customer created"], "told once"
