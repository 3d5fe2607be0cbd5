"""A book to take bank statements into, and ways to write and look at them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from crmdesk.models.tables.banking import bank_file, bank_line
from crmdesk.services import check, use_cases
from crmdesk.services.banking import states
from crmdesk.services.book import Book
from crmdesk.services.imports import run
from crmdesk.services.imports.results import ImportOptions, ImportResult

HEADER = "交易日期,对方户名,对方账号,摘要,收入,支出,流水号"


class Desk:
    """A book and the folder that statements are written to."""

    def __init__(self, book: Book, folder: Path) -> None:
        self.book = book
        self.folder = folder
        self._count = 0

    def do(self, use_case: str, **arguments: Any) -> dict[str, Any]:
        """Runs one use case."""
        return use_cases.run(self.book, use_case, arguments)

    def invoice(self, customer: str, on: str, amount: str, **more: Any) -> str:
        """Issues an invoice without tax and gives its number."""
        line = {"description": "油漆", "quantity": "1", "unit_price": amount, "tax_rate": "0"}
        return self.do("invoice.issue", customer=customer, date=on, lines=[line], **more)["number"]

    def write(self, text: str | bytes, name: str = "") -> Path:
        """Writes a statement."""
        self._count += 1
        path = self.folder / (name or f"statement-{self._count}.txt")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def take(self, content: str | bytes | Path, **options: Any) -> ImportResult:
        """Imports a statement."""
        path = content if isinstance(content, Path) else self.write(content)
        return run.run(self.book, "bank", path, ImportOptions(**options))

    def take_rows(self, *rows: str, **options: Any) -> ImportResult:
        """Imports rows of a bank's sheet: date, name, account, text, in, out, reference."""
        return self.take("\n".join((HEADER, *rows)) + "\n", **options)

    def lines(self) -> list[Any]:
        """Every line by day and id, with its state."""
        query = select(bank_line, states.STATE.label("state")).order_by(bank_line.c.booked_on, bank_line.c.id)
        with self.book.read() as connection:
            return list(connection.execute(query).all())

    def line(self, reference: str) -> int:
        """The id of the line with that reference."""
        return next(row.id for row in self.lines() if row.reference == reference)

    def state(self, line: int) -> str:
        """The state of a line."""
        return next(row.state for row in self.lines() if row.id == line)

    def files(self) -> list[Any]:
        """Every file."""
        with self.book.read() as connection:
            return list(connection.execute(select(bank_file).order_by(bank_file.c.id)).all())

    def require_clean(self) -> None:
        """Fails for anything that `crmdesk check` finds."""
        assert check.run(self.book)["violations"] == []


@pytest.fixture
def desk(book: Book, tmp_path: Path) -> Desk:
    """An empty book with one customer."""
    made = Desk(book, tmp_path)
    made.do("customer.create", code="C1", name="上海鼎晟贸易有限公司")
    return made


@pytest.fixture
def new_desk(tmp_path: Path) -> Callable[..., Desk]:
    """Makes desks over books of their own."""

    def make(name: str) -> Desk:
        return Desk(Book.create(tmp_path / name, name="x"), tmp_path)

    return make
