"""Every file of the shared collection gets an answer: a table whose counts add up, or a sentence."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services.imports import dates, numbers
from crmdesk.services.imports.reader import read_table
from crmdesk.services.imports.table import Table
from crmdesk.services.imports.values import clean_text
from crmdesk.services.imports.wire import CellError
from tests.services.imports.samples import minor_of, mutants, outcome

REFUSED = {
    "calamine/pass_protected.xlsx": Code.FILE_ENCRYPTED,
    "calamine/empty_sheet.xlsx": Code.NO_DATA,
    "calamine/has_x000D_.xlsx": Code.NO_TABLE,
    "calamine/merged_range.xlsx": Code.SHEET_AMBIGUOUS,
    "camt/camt053.v2.wrong.xml": Code.FORMAT_UNKNOWN,
    "csvkit/empty.csv": Code.NO_TABLE,
    "csvkit/no_header_row.csv": Code.NO_TABLE,
    "frictionless/empty.csv": Code.FILE_EMPTY,
    "messytables/simple.unknown": Code.FILE_EMPTY,
    "messytables/small.csv": Code.NO_TABLE,
    "messytables/simple.zip": Code.IS_ARCHIVE,
    "mt940/mt940.sta": Code.FORMAT_UNKNOWN,
    "ofx/checking.ofx": Code.FORMAT_UNKNOWN,
    "poi/poc-xmlbomb.xlsx": Code.FILE_HOSTILE,
    "poi/xlsx-corrupted.xlsx": Code.FILE_DAMAGED,
    "qif/test.qif": Code.FORMAT_UNKNOWN,
}
READ: dict[str, tuple[int, int | None]] = {
    # records, header row
    "adventureworks/Sales_Customer.csv": (19_820, 1),
    "calamine/date.xlsx": (3, None),
    "calamine/header-row.xlsx": (1, 9),
    "cn_statements/example-alipay-records.csv": (10, 25),
    "cn_statements/example-icbc-debit-v2-records.csv": (11, 7),
    "cn_statements/example-wechat-records.csv": (27, 17),
    "csvkit/mac_newlines.csv": (2, 1),
    "csvkit/bad_skip_lines.csv": (3, 4),
    "csvkit/test_latin1.csv": (2, 1),
    "frictionless/blank-rows-multiple.csv": (2, 1),
    "messytables/example.tsv": (140, 1),
    "messytables/simple.psv": (28, 1),
    "messytables/simple.ssv": (6, 1),
    "messytables/simple.xlsx": (6, 1),
    "messytables/utf-16le_encoded.csv": (327, 1),
    "northwind/customers.csv": (93, 1),
    "northwind/customers.xlsx": (93, 1),
    "northwind/order_lines.xlsx": (2_155, 1),
    "northwind/orders.xlsx": (830, 1),
    "northwind/products.csv": (77, 1),
    "people_duplicates/dataset1.csv": (1_000, 1),
    "phpspreadsheet/premiere.utf16le.csv": (2, 1),
    "phpspreadsheet/semicolon_separated.csv": (2, 1),
    "rfm/CDNOW_master.txt": (69_659, 1),
    "rfm/cdnow_customers_summary.csv": (2_357, 1),
}


@pytest.mark.slow
def test_every_file_gets_an_answer(shared_data: Path) -> None:
    files = sorted(path for path in shared_data.rglob("*") if path.is_file())
    assert len(files) > 130
    read = refused = 0
    for path in files:
        name = path.relative_to(shared_data).as_posix()
        table = outcome(CrmdeskError, read_table, path)
        if isinstance(table, CrmdeskError):
            refused += 1
            assert table.message.startswith(path.name), name
            assert table.code is REFUSED.get(name, table.code), name
            assert name not in READ, (name, table.message)
        else:
            read += 1
            assert name not in REFUSED, name
            rows = list(table.rows())
            assert len(rows) == table.row_count, name
            assert table.read_count == table.row_count + len(table.skipped), name
            assert {len(cells) for _number, cells in rows} == {len(table.header)}, name
            assert not any(isinstance(cell, float) for _number, cells in rows for cell in cells), name
            assert READ.get(name, (table.row_count, table.header_row)) == (
                table.row_count,
                table.header_row,
            ), name
    assert read > 60
    assert refused > 40


def column(table: Table, at: str | int) -> list[Any]:
    index = table.header.index(at) if isinstance(at, str) else at
    return [cells[index] for _number, cells in table.rows()]


def test_the_alipay_statement(shared_data: Path) -> None:
    table = read_table(shared_data / "cn_statements" / "example-alipay-records.csv")
    assert table.encoding is not None
    assert (table.encoding.name, table.encoding.is_doubtful) == ("gb18030", False)
    assert len(table.header) == 12
    assert not table.row_problems
    amounts = [minor_of(cell, numbers.PLAIN, "CNY") for cell in column(table, 6)]
    assert sum(amount or 0 for amount in amounts) == 22_268_751
    rule = dates.decide_rule(column(table, 0))
    assert dates.parse_date(table.preview(1)[0][1][0], rule) == dt.date(2023, 2, 12)
    assert (9, "收入：1笔 28.50元") in table.preamble


def test_the_wechat_statement(shared_data: Path) -> None:
    table = read_table(shared_data / "cn_statements" / "example-wechat-records.csv")
    rule = numbers.decide_rule(column(table, 5))
    assert rule == numbers.PLAIN
    assert minor_of(table.preview(1)[0][1][5], rule, "CNY") == 2816


def test_the_bank_statement(shared_data: Path) -> None:
    table = read_table(shared_data / "cn_statements" / "example-icbc-debit-v2-records.csv")
    assert [skipped.reason.value for skipped in table.skipped] == ["subtotal"]
    assert not table.row_problems


def test_text_and_workbook_of_northwind_agree(shared_data: Path) -> None:
    for name in ("customers", "orders", "order_lines", "products"):
        text = read_table(shared_data / "northwind" / f"{name}.csv")
        book = read_table(shared_data / "northwind" / f"{name}.xlsx")
        assert text.header == book.header
        for (row, left), (_row, right) in zip(text.rows(), book.rows(), strict=True):
            for one, other in zip(left, right, strict=True):
                if isinstance(other, Decimal):
                    assert numbers.parse_number(one, numbers.PLAIN) == other, (name, row)
                else:
                    assert clean_text(one) == clean_text(other), (name, row)


def test_sheets_and_epochs(shared_data: Path) -> None:
    folder = shared_data / "calamine"
    table = read_table(folder / "any_sheets.xlsx")
    assert table.sheet == "Visible"
    assert [sheet.name for sheet in table.sheets if sheet.is_hidden] == ["Hidden", "VeryHidden"]
    assert [sheet.name for sheet in table.sheets if not sheet.is_table] == ["Chart"]
    merged = read_table(folder / "merged_range.xlsx", sheet="Sheet1")
    assert (merged.header_row, merged.row_count) == (1, 2)
    old = read_table(folder / "date_1904.xlsx")
    assert old.is_1904
    assert [cells[0] for _number, cells in old.preview(2)] == [dt.date(2021, 1, 1), dt.date(2021, 1, 2)]
    strict = read_table(shared_data / "poi" / "SimpleStrict.xlsx", sheet="Sheet1", header_row=1)
    assert strict.row_count == 5


def test_errors_and_noise(shared_data: Path) -> None:
    errors = read_table(shared_data / "calamine" / "errors.xlsx")
    found = sorted(cell.text for cell in column(errors, 0) if isinstance(cell, CellError))
    assert found == ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"]
    noisy = read_table(shared_data / "frictionless" / "adjust-floating-point-error.xlsx")
    assert column(noisy, "actual PO4 (values)") == [
        Decimal("242.26"), Decimal("274.66"), Decimal("291.86"), Decimal(968), Decimal(1720),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["premiere.utf8bom.csv", "premiere.utf16be.csv", "premiere.utf16bebom.csv",
                                  "premiere.utf16lebom.csv", "premiere.win1252.csv"])  # fmt: skip
def test_one_text_in_many_encodings(shared_data: Path, name: str) -> None:
    table = read_table(shared_data / "phpspreadsheet" / name)
    assert table.header == ("première", "second", "troisième")
    assert [cells for _number, cells in table.rows()] == [["Quatrième", "cinquième", "sixième"]]


def test_ragged_real_files(shared_data: Path) -> None:
    table = read_table(shared_data / "csvkit" / "bad.csv")
    assert sorted(table.row_problems) == [2, 3]
    table = read_table(shared_data / "frictionless" / "defective-rows.csv")
    assert [problem.code for problem in table.row_problems.values()] == [Code.COLUMN_COUNT] * 2


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_5000_mutants_of_real_tables(shared_data: Path, tmp_path: Path) -> None:
    """RP32: an answer for each, in the bound child: a table whose counts add up, or a sentence."""
    endings = {".csv", ".tsv", ".psv", ".ssv", ".xlsx", ".xlsm", ".zip"}
    files = [
        path for path in sorted(shared_data.rglob("*")) if path.suffix in endings and path.stat().st_size
    ]
    files = [path for path in files if path.stat().st_size < 200_000]
    each = -(-5_000 // len(files))
    read = refused = 0
    for seed, path in enumerate(files):
        data = path.read_bytes()
        for mutant in mutants(data, each, seed):
            copy = tmp_path / path.name
            copy.write_bytes(mutant)
            table = outcome(CrmdeskError, read_table, copy)
            if isinstance(table, CrmdeskError):
                refused += 1
                assert table.problems
            else:
                read += 1
                assert sum(1 for _row in table.rows()) == table.row_count
    assert read + refused >= 5_000
    assert read > 1_000
    assert refused > 500
