"""A book with one customer for stories of quotes, contracts and plans, and the questions put to it."""

from __future__ import annotations

from typing import Any

import pytest

from crmdesk.models.errors import CrmdeskError
from crmdesk.services import check, use_cases
from crmdesk.services.book import Book
from tests.services import small_book

PAINT = {
    "description": "油漆",
    "quantity": "1",
    "unit_price": "100.00",
    "tax_rate": "0",
    "tax_included": True,
}


class Story:
    """Does use cases, and sees that a refusal leaves every row as it was."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.do("customer.create", code="C1", name="西溪民宿")

    def do(self, name: str, /, **args: Any) -> dict[str, Any]:
        return use_cases.run(self.book, name, args, actor="teller")

    def refused(self, name: str, /, **args: Any) -> tuple[str, str | None]:
        before = small_book.rows(self.book.path)
        with pytest.raises(CrmdeskError) as caught:
            self.do(name, **args)
        assert caught.value.message.rstrip()[-1] in ".。"
        assert small_book.rows(self.book.path) == before
        return str(caught.value.code), caught.value.field

    def contract(self, *lines: dict[str, Any], **more: Any) -> str:
        """A signed contract."""
        number = self.do(
            "contract.create",
            **({"customer": "C1", "date": "2026-01-05", "lines": list(lines or (PAINT,))} | more),
        )["number"]
        self.do("contract.sign", contract=number, date="2026-01-06")
        return number

    def is_clean(self) -> bool:
        assert check.run(self.book)["violations"] == []
        return True


def line(price: str, rate: str = "0.13", *, included: bool = False, quantity: str = "1") -> dict[str, Any]:
    """One line of a contract."""
    return {
        "description": f"Service {rate}",
        "quantity": quantity,
        "unit_price": price,
        "tax_rate": rate,
        "tax_included": included,
    }
