"""What tests of reminders, credit and interest share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from crmdesk.services import check, use_cases
from crmdesk.services.book import Book

Do = Callable[..., dict[str, Any]]


@pytest.fixture
def do(book: Book) -> Iterator[Do]:
    """Runs a use case by its name; the book is clean at the end of every test."""

    def run(use_case: str, /, **arguments: Any) -> dict[str, Any]:
        return use_cases.run(book, use_case, arguments, actor="test")

    yield run
    assert check.run(book)["violations"] == []


@pytest.fixture
def bill(do: Do) -> Callable[..., str]:
    """Issues an invoice without tax that is due on its date, and gives its number."""

    def issue(customer: str, on: str, amount: str, **more: Any) -> str:
        line = {"description": "油漆", "quantity": "1", "unit_price": amount, "tax_rate": "0"}
        return do("invoice.issue", customer=customer, date=on, lines=[line], **more)["number"]

    return issue
