"""Lists as files: what was stored comes back, nothing runs, amounts are numbers, the totals are there."""

from __future__ import annotations

import csv
import json
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import python_calamine
from openpyxl.utils.escape import unescape

from crmdesk.models.errors import CrmdeskError
from crmdesk.services import lists, use_cases
from crmdesk.services.book import Book
from crmdesk.services.exports import list_files
from crmdesk.services.imports.delimited import undo_guard
from crmdesk.text import use_language

PAYLOADS = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "＝1+1",
    "＠x",
    "'=1+1",
    "''",
    "http://example.com",
    "mailto:a@b.cn",
    "00123",
    "1E5",
    "2026-01-01",
    "TRUE",
    "#N/A",
    '=HYPERLINK("http://x","y")',
    "=1+1\ttab",
]


@pytest.fixture(autouse=True)
def english() -> None:
    use_language("en")


def do(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments)


def fill(book: Book, names: list[str]) -> dict[str, str]:
    """Customers with these names and notes, as far as they are taken; code -> what is stored."""
    stored = {}
    for number, name in enumerate(names):
        try:
            code = do(book, "customer.create", code=f"N{number:04d}", name=name, note=name)["code"]
        except CrmdeskError:
            continue
        stored[code] = unicodedata.normalize("NFC", name).strip()
    return stored


def csv_rows(path: Path) -> list[dict[str, str]]:
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_dangerous_and_naughty_texts_survive_csv_and_workbook(
    book: Book, tmp_path: Path, shared_data: Path
) -> None:
    strings = json.loads((shared_data / "naughty_strings" / "blns.json").read_text(encoding="utf-8"))
    stored = fill(book, [*PAYLOADS, *strings])
    assert len(stored) > 400
    target = list_files.write_list(book, "customers", tmp_path / "list.csv", "csv")
    found = {row["Code"]: row for row in csv_rows(target)}
    assert {code: undo_guard(row["Name"]) for code, row in found.items()} == stored
    assert {code: undo_guard(row["Note"]) for code, row in found.items()} == stored
    for row in found.values():
        assert not row["Name"].startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))

    target = list_files.write_list(book, "customers", tmp_path / "list.xlsx", "xlsx")
    sheet = openpyxl.load_workbook(target).worksheets[0]
    header = next(row for row in sheet.iter_rows() if row[0].value == "Code")
    at = {cell.value: cell.column for cell in header}
    texts = {}
    for row in sheet.iter_rows(min_row=header[0].row + 1):
        assert all(cell.data_type != "f" and cell.hyperlink is None for cell in row)
        if str(row[0].value) in stored:
            texts[str(row[0].value)] = unescape(row[at["Name"] - 1].value)
    assert {code: text for code, text in texts.items() if text != stored[code]} == {}
    second = python_calamine.CalamineWorkbook.from_path(str(target)).get_sheet_by_index(0).to_python()
    assert sum(str(row[0]) in stored for row in second) == len(stored)


def test_amounts_dates_and_totals_have_their_types(book: Book, tmp_path: Path) -> None:
    do(book, "customer.create", code="A", name="鼎晟")
    do(book, "customer.create", code="J", name="日本", currency="JPY")
    line = {"description": "x", "quantity": "1", "tax_rate": "0"}
    do(book, "invoice.issue", customer="A", date="2026-05-01", lines=[line | {"unit_price": "1234.5"}])
    do(book, "invoice.issue", customer="A", date="2026-05-02", lines=[line | {"unit_price": "0.1"}])
    do(book, "invoice.issue", customer="J", date="2026-05-03", lines=[line | {"unit_price": "1000"}])
    target = list_files.write_list(book, "invoices", tmp_path / "list.xlsx", "xlsx", sort="date")
    sheet = openpyxl.load_workbook(target).worksheets[0]
    rows = list(sheet.iter_rows())
    head = next(index for index, row in enumerate(rows) if row[0].value == "Number")
    names = [cell.value for cell in rows[head]]
    total, day, currency = names.index("Total"), names.index("Date"), names.index("Currency")
    body = rows[head + 1 : head + 4]
    assert [row[total].value for row in body] == [1234.5, 0.1, 1000]
    assert [row[total].number_format for row in body] == ["#,##0.00", "#,##0.00", "#,##0"]
    assert [row[day].value.date() for row in body] == [date(2026, 5, day) for day in (1, 2, 3)]
    sums = rows[head + 4 :]
    assert [(row[0].value, row[total].value, row[currency].value) for row in sums] == [
        ("Total", 1234.6, "CNY"),
        ("Total", 1000, "JPY"),
    ]
    found = csv_rows(list_files.write_list(book, "invoices", tmp_path / "list.csv", "csv", sort="-date"))
    assert [(row["Total"], row["Date"]) for row in found] == [
        ("1000", "2026-05-03"),
        ("0.10", "2026-05-02"),
        ("1234.50", "2026-05-01"),
    ]


def test_a_file_holds_what_is_shown_in_its_order(book: Book, tmp_path: Path) -> None:
    for code, level in (("A", "1"), ("B", "2"), ("C", "1")):
        do(book, "customer.create", code=code, name=f"公司{code}", level=level)
    query = lists.Query("customers", filter="level = 1", sort="-code")
    target = list_files.write_query(
        book, query, tmp_path / "x.csv", "csv", names=("name", "level", "balance")
    )
    assert [list(row.items()) for row in csv_rows(target)] == [
        [("Name", "公司C"), ("Level", "1"), ("Balance", "0.00"), ("Currency", "CNY")],
        [("Name", "公司A"), ("Level", "1"), ("Balance", "0.00"), ("Currency", "CNY")],
    ]


def test_every_list_can_be_written_in_both_languages(book: Book, tmp_path: Path) -> None:
    do(book, "customer.create", code="A", name="鼎晟", contacts=[{"name": "李娜"}], tags=["x"])
    do(book, "product.create", code="P", name="漆", price="1.25", category="a/b")
    for language in ("en", "zh_CN"):
        use_language(language)
        for kind in lists.KINDS:
            for form in ("csv", "xlsx"):
                target = list_files.write_list(book, kind, tmp_path / f"{kind}.{form}", form)
                assert target.stat().st_size > 0
            sheet = openpyxl.load_workbook(tmp_path / f"{kind}.xlsx").worksheets[0]
            assert sheet.max_row >= 3


def test_a_file_that_cannot_be_written_leaves_nothing(book: Book, tmp_path: Path) -> None:
    with pytest.raises(CrmdeskError):
        list_files.write_list(book, "customers", tmp_path / "missing" / "x.xlsx", "xlsx")
    with pytest.raises(CrmdeskError):
        list_files.write_list(book, "customers", tmp_path / "x.csv", "csv", filter="nonsense")
    assert {entry.name for entry in tmp_path.iterdir()} <= {
        "test.crmdesk",
        "test.crmdesk-wal",
        "test.crmdesk-shm",
    }
