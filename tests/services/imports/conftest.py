"""A book to import into, and tables to import."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crmdesk.models.tables import METADATA
from crmdesk.services import check, use_cases
from crmdesk.services.book import Book
from crmdesk.services.imports import run
from crmdesk.services.imports.mapping import Mapping
from crmdesk.services.imports.results import ImportOptions, ImportResult
from tests.scenarios.agreement import report_of

TODAY = "2026-06-30"


@pytest.fixture(autouse=True)
def fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test of an import happens on the same day."""
    monkeypatch.setenv("CRMDESK_TODAY", TODAY)


@pytest.fixture
def new_book(tmp_path: Path) -> Iterator[Callable[..., Book]]:
    """Makes books that are closed at the end."""
    made: list[Book] = []

    def make(name: str = "book.db", **options: Any) -> Book:
        made.append(Book.create(tmp_path / name, name="测试公司", **options))
        return made[-1]

    yield make
    for book in made:
        book.close()


@pytest.fixture
def book(new_book: Callable[..., Book]) -> Book:
    """An empty Chinese book."""
    return new_book()


@pytest.fixture
def table_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows as a csv file; the first row is the header."""

    def write(*rows: str | list[str], name: str = "table.csv") -> Path:
        path = tmp_path / name
        cells = [row.split("|") if isinstance(row, str) else row for row in rows]
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(cells)
        return path

    return write


@pytest.fixture
def take(table_file: Callable[..., Path]) -> Callable[..., ImportResult]:
    """Imports rows written with | between the cells."""

    def start(
        book: Book, kind: str, *rows: str | list[str], mapping: Any = None, **options: Any
    ) -> ImportResult:
        from crmdesk.services.imports.mapping import from_plain

        given: Mapping | None = None if mapping is None else from_plain(mapping)
        return run.run(book, kind, table_file(*rows), ImportOptions(mapping=given, **options))

    return start


def do(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    """One use case."""
    return use_cases.run(book, use_case, arguments)


def balances_of(book: Book) -> dict[str, str]:
    """Balance by customer, every date included."""
    return {
        row["customer"]: row["balance"]
        for row in report_of(book, "balances", as_of=date(2099, 12, 31))["rows"]
    }


def dump(book: Book) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the book but the record of what was done to it: audit trail, imports, counters."""
    left_out = {
        "audit_entry",
        "audit_detail",
        "use_key",
        "import_batch",
        "import_record",
        "counter",
        "series",
    }
    result = {}
    with book.read() as connection:
        for table in METADATA.sorted_tables:
            if table.name not in left_out and "sqlite_virtual" not in table.info:
                result[table.name] = sorted(map(tuple, connection.execute(table.select()).all()), key=repr)
    return result


def require_clean(book: Book) -> None:
    """`check` finds nothing."""
    found = check.run(book)
    assert found["clean"], found["violations"]


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    """created, updated, skipped, failed; read is their sum."""
    data = result.as_json()
    parts = (data["created"], data["updated"], data["skipped"], data["failed"])
    assert data["read"] == sum(parts)
    return parts


def codes_of(result: ImportResult) -> list[tuple[int | None, str]]:
    """(row, code) of every error."""
    return [(problem.row, str(problem.code)) for problem in result.errors]
