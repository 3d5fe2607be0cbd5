"""What the window asks of duplicates: named pairs, those still to decide, who stays, what can be undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crmdesk.services import duplicate_desk, use_cases
from crmdesk.services.book import Book

Do = Callable[..., dict[str, Any]]


@pytest.fixture
def book(tmp_path: Path) -> Any:
    made = Book.create(tmp_path / "b.db", name="鼎晟", country="CN", currency="CNY", language="zh_CN")
    yield made
    made.close()


@pytest.fixture
def do(book: Book) -> Do:
    return lambda name, /, **values: use_cases.run(book, name, values)


def twins(do: Do) -> None:
    for code, name in (
        ("C1", "杭州西溪民宿有限公司"),
        ("C2", "杭州西溪民宿"),
        ("C3", "杭州西溪民宿有限责任公司"),
    ):
        do("customer.create", code=code, name=name)
    do("customer.create", code="C9", name="上海鼎泰建材")


def test_three_of_one_firm_are_named_together(book: Book, do: Do) -> None:
    twins(do)
    with book.read() as connection:
        found = duplicate_desk.look(connection)
    assert [(one.code, one.other_code) for one in found] == [("C1", "C2"), ("C1", "C3"), ("C2", "C3")]
    assert found[0].together == ("C1", "C2", "C3")
    assert found[2].together == ("C2", "C3", "C1")


def test_what_is_decided_is_left_out(book: Book, do: Do) -> None:
    twins(do)
    with book.read() as connection:
        found = duplicate_desk.look(connection)
    do("duplicate.dismiss", customer="C2", other="C3")
    with book.read() as connection:
        assert duplicate_desk.undecided(connection, found) == {1, 2}
    merge = do("customer.merge", into="C1", customers=["C2"])["merge"]
    with book.read() as connection:
        assert duplicate_desk.undecided(connection, found) == {2}
        kept = next(one.customer_id for one in found if one.code == "C1")
        assert [(one.id, one.code) for one in duplicate_desk.merges_of(connection, kept)] == [(merge, "C2")]
    do("customer.unmerge", merge=merge)
    with book.read() as connection:
        assert duplicate_desk.undecided(connection, found) == {1, 2}
        assert duplicate_desk.merges_of(connection, kept) == []


def test_who_has_documents_stays_then_who_says_more_of_himself(book: Book, do: Do) -> None:
    twins(do)
    do("customer.update", customer="C3", phone="0571-8800 1234")
    line = {"description": "油漆", "quantity": "1", "unit_price": "10", "tax_rate": "0"}
    do("invoice.issue", customer="C2", date="2026-06-01", lines=[line])
    with book.read() as connection:
        assert duplicate_desk.stays_first(connection, ["C1", "C2", "C3"]) == ["C2", "C3", "C1"]
