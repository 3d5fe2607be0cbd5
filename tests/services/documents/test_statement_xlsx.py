"""The statement as a workbook, read back by two other readers."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from crmdesk.models.errors import InvalidInput
from crmdesk.models.money import to_decimal
from crmdesk.services.documents.model import StatementStyle
from crmdesk.services.documents.statement import original_and_open
from crmdesk.services.documents.statement_xlsx import statement_workbook
from tests.services.documents.samples import COMPANY, PARTY, statement

PAYLOADS = [
    "=cmd|' /C calc'!A0",
    "=1+1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1",
    "＝1+1",
    "http://example.com/x",
    "mailto:a@example.com",
    "{=1+1}",
    "00123",
    "1E5",
    "2026-01-01",
    "TRUE",
    "#N/A",
]


def cells(data: bytes) -> dict[str, dict[tuple[int, int], Any]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    found = {
        sheet.title: {
            (cell.row, cell.column): cell
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        }
        for sheet in book.worksheets
    }
    book.close()
    return found


def decimal_of(cell: Any, places: int = 2) -> Decimal:
    assert cell.data_type == "n"
    return Decimal(repr(cell.value)).quantize(Decimal(1).scaleb(-places))


@pytest.mark.parametrize("language", ["zh_CN", "en", "both"])
@pytest.mark.parametrize("style", list(StatementStyle))
def test_every_line_with_true_types(style: StatementStyle, language: str) -> None:
    document = statement(12, style)
    (sheet,) = cells(statement_workbook(document, language)).values()
    rows = {
        cell.value: row
        for (row, column), cell in sheet.items()
        if column == 3 and str(cell.value)[:4] == "DOC-"
    }
    for line in document.sections[0].lines:
        row = rows[line.number]
        assert sheet[row, 1].is_date
        assert sheet[row, 1].value == datetime(line.date.year, line.date.month, line.date.day)
        assert line.description in sheet[row, 2].value
        if style is StatementStyle.OPEN_ITEM:
            original, still_open = original_and_open(line)
            expected = {5: original, 6: original - still_open, 7: still_open}
            if line.due_on:
                assert sheet[row, 4].value.date() == line.due_on
        else:
            expected = {4: line.debit_minor, 5: line.credit_minor, 6: line.balance_minor}
            if style is StatementStyle.TRANSACTIONS:
                del expected[6]
        for column, minor in expected.items():
            if minor:
                assert decimal_of(sheet[row, column]) == to_decimal(minor, "CNY")
                assert sheet[row, column].number_format.startswith("#,##0.00")
            elif style is not StatementStyle.OPEN_ITEM:
                assert (row, column) not in sheet


def test_totals_and_ageing() -> None:
    document = statement(9)
    section = document.sections[0]
    (sheet,) = cells(statement_workbook(document, "en")).values()
    by_text = {cell.value: row for (row, _column), cell in sheet.items() if isinstance(cell.value, str)}
    row = by_text["Total and closing balance"]
    assert decimal_of(sheet[row, 4]) == to_decimal(sum(line.debit_minor for line in section.lines), "CNY")
    assert decimal_of(sheet[row, 5]) == to_decimal(sum(line.credit_minor for line in section.lines), "CNY")
    assert decimal_of(sheet[row, 6]) == to_decimal(section.closing_minor, "CNY")
    assert decimal_of(sheet[by_text["Closing balance"] + 1, 1]) == to_decimal(section.closing_minor, "CNY")
    assert section.ageing is not None
    assert decimal_of(sheet[by_text["Not due"], 3]) == to_decimal(section.ageing.not_due_minor, "CNY")
    assert decimal_of(sheet[by_text["Unallocated"], 3]) == to_decimal(section.ageing.unallocated_minor, "CNY")
    assert decimal_of(sheet[by_text["Total"], 3]) == to_decimal(section.ageing.total_minor, "CNY")


def test_one_sheet_for_each_currency_with_its_digits() -> None:
    document = statement(3, currencies=("CNY", "JPY", "KWD"))
    data = statement_workbook(document, "en")
    assert CalamineWorkbook.from_filelike(io.BytesIO(data)).sheet_names == ["CNY", "JPY", "KWD"]
    found = cells(data)
    for section, places in zip(document.sections, (2, 0, 3), strict=True):
        row = next(
            row for (row, _), cell in found[section.currency].items() if cell.value == "Opening balance"
        )
        cell = found[section.currency][row, 6]
        assert decimal_of(cell, places) == to_decimal(section.opening_minor, section.currency)
        assert cell.number_format.split(";")[0] == "#,##0" + ("." + "0" * places if places else "")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_is_never_a_formula_or_a_link(payload: str) -> None:
    document = statement(2)
    section = document.sections[0]
    made = tuple(replace(line, description=payload, number=payload) for line in section.lines)
    document = replace(
        document,
        company=replace(COMPANY, name=payload, address=payload),
        party=replace(PARTY, code="", name=payload, address=payload, tax_number=payload),
        sections=(replace(section, lines=made),),
    )
    data = statement_workbook(document, "en")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        sheet_xml = archive.read("xl/worksheets/sheet1.xml").decode()
        assert not any("sheet1.xml.rels" in name for name in names)
        assert "<f>" not in sheet_xml
        assert "<hyperlink" not in sheet_xml
    (sheet,) = cells(data).values()
    texts = [
        cell
        for (_row, column), cell in sheet.items()
        if cell.value == payload.replace("\r", "") and column == 3
    ]
    assert len(texts) == 2
    assert all(cell.data_type == "s" for cell in texts)
    if payload[0] in "=+-@＝":
        assert all(cell.quotePrefix for cell in texts)


def test_same_statement_same_bytes() -> None:
    document = statement(30, currencies=("CNY", "USD"))
    assert statement_workbook(document, "both") == statement_workbook(document, "both")


def test_largest_amount_is_exact() -> None:
    document = statement(1)
    largest = 999_999_999_999_999
    document = replace(document, sections=(replace(document.sections[0], opening_minor=largest),))
    (sheet,) = cells(statement_workbook(document, "en")).values()
    row = next(row for (row, _), cell in sheet.items() if cell.value == "Opening balance")
    assert decimal_of(sheet[row, 6]) == Decimal("9999999999999.99")


def test_long_and_odd_texts_are_kept_as_excel_can() -> None:
    document = statement(1)
    line = replace(document.sections[0].lines[0], description="长" * 40_000, number="a\x00b\x0bc")
    document = replace(document, sections=(replace(document.sections[0], lines=(line,)),))
    (sheet,) = cells(statement_workbook(document, "en")).values()
    values = [cell.value for cell in sheet.values() if isinstance(cell.value, str)]
    assert "abc" in values
    assert max(len(value) for value in values) == 32_767


def test_head_is_frozen_and_printed_on_every_page() -> None:
    book = openpyxl.load_workbook(io.BytesIO(statement_workbook(statement(5), "zh_CN")))
    sheet = book.worksheets[0]
    row = next(cell.row for line in sheet.iter_rows() for cell in line if cell.is_date)
    assert sheet.freeze_panes == f"A{row}"
    assert sheet.print_title_rows == f"${row - 1}:${row - 1}"
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.page_setup.fitToHeight == 0
    assert sheet.column_dimensions["B"].width > 30
    book.close()


def test_unknown_language_is_refused() -> None:
    with pytest.raises(InvalidInput):
        statement_workbook(statement(1), "fr")
