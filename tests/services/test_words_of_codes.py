"""What people read says words where the book keeps a code: reports and lists as files; JSON keeps the codes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from crmdesk import text
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.documents import DOCUMENT_KINDS, EVENTS
from crmdesk.services import demo, lists, papers
from crmdesk.services.book import Book
from crmdesk.services.exports import list_files, report_files
from crmdesk.services.lists.kinds import KINDS
from crmdesk.services.posted import REVERSAL
from crmdesk.services.reports import declared
from tests.services.small_book import do

UNTIL = date(2026, 6, 30)
_CODE = re.compile(r"[a-z]+(_[a-z]+)*")
_WORDED = (Kind.TEXT, Kind.CODE, Kind.CHOICE, Kind.STATE)
_NAMES = frozenset(
    {"actor", "entered_by", "pinned_by", "updated_by", "changed_by", "done_by", "by", "undone_by"}
)
"""Columns that hold who did something."""
_KEYS = frozenset({("audit", "use_case"), ("fields", "field"), ("views", "list")})
"""Columns that name what the command line is asked with."""


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """The practice company with the kinds it does not have by itself."""
    path = tmp_path_factory.mktemp("practice") / "shop.crmdesk"
    with demo.create(path, customer_count=30, invoice_count=200, until=UNTIL) as book:
        with book.read() as connection:
            owed = lists.as_json(book, "open_items", filter="kind = invoice and currency = CNY", limit=1)
            del connection
        number = owed["rows"][0]["number"]
        do(
            book, "writeoff.record", invoice=number, amount="0.01", date="2026-06-30",
            ground="small_difference", reason="差额",
        )  # fmt: skip
        do(book, "print.log", kind="invoice", entries=[number], channel="xlsx")
        yield book


def _cells(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))


def _raw(
    fields: Sequence[Field], rows: Sequence[Sequence[str]], left_out: frozenset[Any]
) -> set[tuple[str, str]]:
    """(column, cell) of what looks like a code."""
    return {
        (field.name, cell)
        for row in rows
        for field, cell in zip(fields, row, strict=True)
        if field.kind in _WORDED and field.name not in left_out and _CODE.fullmatch(cell)
    }


def test_whatever_is_posted_has_words() -> None:
    assert set(EVENTS) == {*DOCUMENT_KINDS, *(kind + REVERSAL for kind in DOCUMENT_KINDS)}


@pytest.mark.parametrize("name", sorted(declared.all_reports()))
def test_a_report_as_a_file_has_no_codes(practice: Book, tmp_path: Path, name: str) -> None:
    with practice.read() as connection:
        company = papers.company_of(connection)
        table = declared.find(name).fill(connection, declared.Options(as_of=UNTIL, date_to=UNTIL))
        path = report_files.write(table, company, tmp_path / "report.csv", "csv", language="en")
        assert _raw(table.fields, _cells(path)[1:], frozenset()) == set()
        if any(field.name == "kind" for field in table.fields):
            pdf = report_files.write(
                table, company, tmp_path / "report.pdf", "pdf", language="en"
            ).read_bytes()
            at = next(index for index, field in enumerate(table.fields) if field.name == "kind")
            said = " ".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))
            assert not {str(row[at]) for row in table.rows} & {*said.split()}


def test_json_keeps_the_codes(practice: Book) -> None:
    with practice.read() as connection:
        options = declared.Options(as_of=UNTIL, date_to=UNTIL)
        kinds = {row["kind"] for row in declared.find("journal").fill(connection, options).document["rows"]}
        measures = declared.find("measures").fill(connection, options).document["rows"]
    assert {"allocation", "invoice", "payment"} <= kinds
    assert {"lost", "loyal"} & {row["value"] for row in measures}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_list_as_a_file_has_no_codes(practice: Book, tmp_path: Path, kind: str) -> None:
    path = list_files.write_list(practice, kind, tmp_path / "list.csv", "csv")
    with practice.read() as connection:
        spec = lists.spec_in(connection, kind)
    by_label = {text.translator("en")(field.label): field for field in spec.fields.values() if field.label}
    head, *rows = _cells(path)
    fields = [by_label.get(label, Field(label, Kind.MONEY, label)) for label in head]
    keys = frozenset(name for of, name in _KEYS if of == kind)
    assert _raw(fields, rows, _NAMES | keys) == set()


@pytest.mark.parametrize(
    ("kind", "column", "values"),
    [
        ("bank_lines", "hint", {"fee", "interest", "refund", "transfer"}),
        ("imports", "kind", {"customers", "archive", "bank", "opening-balances", "activities"}),
        ("comments", "record_kind", {"customer", "contract", "writeoff"}),
        ("categories", "applies_to", {"customer", "product"}),
        ("tags", "colour", {"good", "danger"}),
        ("prints", "kind", {"statement", "dunning", "credit-note"}),
    ],
)
def test_a_column_of_codes_declares_their_words(kind: str, column: str, values: set[str]) -> None:
    assert values <= {choice.value for choice in KINDS[kind].fields[column].choices}
