"""Bad inputs 1-30 of the list (reliability.md, section 5): containers and workbooks.

| number | test |
| --- | --- |
| 1 | test_an_empty_file_is_refused |
| 2 | test_one_byte_is_no_table |
| 3 | test_an_xlsx_that_is_no_zip_says_what_it_begins_with |
| 4 | test_gbk_text_named_xls_is_read_with_a_note |
| 5 | test_a_real_old_workbook_is_read |
| 6 | test_a_password_is_named (workbook), test_an_old_workbook_with_a_password_is_named |
| 7 | test_a_cut_zip_is_damaged, test_a_bad_checksum_names_the_part, test_mutants_never_crash_the_reader |
| 8 | test_an_archive_is_not_a_table |
| 9, 10 | test_entities_are_never_expanded |
| 11 | test_a_bomb_is_refused_by_its_directory |
| 12 | test_a_shared_string_bomb_is_bounded |
| 13 | test_a_far_cell_is_refused_at_once, test_a_far_empty_cell_does_no_harm |
| 14 | test_a_wrong_dimension_is_not_believed |
| 15 | test_strict_workbooks_are_read |
| 16 | test_duplicate_parts_are_refused |
| 17 | test_backslashes_in_part_names_are_read |
| 18 | test_fifty_thousand_merged_ranges |
| 19 | test_macros_are_ignored_and_said |
| 20 | test_an_empty_sheet_names_the_others |
| 21 | test_several_sheets_are_asked, test_hidden_sheets_are_named |
| 22 | test_a_formula_without_result_is_a_cell_error |
| 23 | test_error_values_are_cell_errors (xlsx, xls, ods) |
| 24 | test_dates_of_1904 |
| 25 | test_dates_of_workbooks, and test_dates.py |
| 26 | test_texts_are_trimmed, and test_values.py |
| 27 | test_float_noise_is_rounded_within_bounds |
| 28 | test_title_rows_above_the_header |
| 29 | test_html_is_not_a_workbook |
| 30 | test_an_owner_file_is_named, test_no_access |

31-61 are in test_delimited.py, test_numbers.py, test_dates.py, test_values.py and test_reading_limits.py.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crmdesk.models.errors import Code, CrmdeskError, NeedsConfirmation
from crmdesk.services.imports import child
from crmdesk.services.imports.fault_messages import exception_for
from crmdesk.services.imports.faults import ReadFault
from crmdesk.services.imports.reader import read_table
from crmdesk.services.imports.table import Table
from crmdesk.services.imports.wire import CellError
from tests.services.imports.samples import (
    HEAD,
    MAIN,
    biff_stream,
    cell,
    grid,
    make_ods,
    make_xls,
    make_xlsx,
    mutants,
    ods_row,
    ole_container,
    sheet_xml,
)

PEOPLE: list[list[object]] = [["编号", "名称", "额度"], ["C1", "甲公司", 12.5], ["C2", "乙公司", 7]]


def refusal(path: Path, **options: object) -> CrmdeskError:
    with pytest.raises(CrmdeskError) as caught:
        read_table(path, **options)  # type: ignore[arg-type]
    error = caught.value
    # the form of every answer: a code, the file, a sentence, what to do
    assert error.problems
    assert error.problems[0].file == path.name
    assert path.name in error.message
    assert error.hint
    return error


def codes(table: Table) -> list[Code]:
    return [note.code for note in table.notes]


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    assert refusal(tmp_path / "empty.csv").code is Code.FILE_EMPTY


def test_one_byte_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "small.csv").write_bytes(b"a")
    assert refusal(tmp_path / "small.csv").code is Code.NO_TABLE


def test_a_header_without_records_is_no_data(tmp_path: Path) -> None:
    (tmp_path / "header.csv").write_text("code,name,phone\n", encoding="utf-8")
    assert refusal(tmp_path / "header.csv").code is Code.NO_DATA


def test_an_xlsx_that_is_no_zip_says_what_it_begins_with(tmp_path: Path) -> None:
    path = tmp_path / "text.xlsx"
    path.write_text("code,name\n1,a\n", encoding="utf-8")
    error = refusal(path)
    assert error.code is Code.NOT_XLSX
    assert "code,name" in error.message


def test_gbk_text_named_xls_is_read_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "客户.xls"
    path.write_bytes("客户编号\t客户名称\t联系电话\nC1\t上海鼎盛贸易有限公司\t138\n".encode("gbk"))
    table = read_table(path)
    assert table.header == ("客户编号", "客户名称", "联系电话")
    assert table.preview() == [(2, ["C1", "上海鼎盛贸易有限公司", "138"])]
    assert codes(table) == [Code.EXT_MISMATCH]
    assert "GB18030" in table.notes[0].message


def test_a_real_old_workbook_is_read(tmp_path: Path) -> None:
    table = read_table(make_xls(tmp_path / "old.xls", PEOPLE))
    assert (table.format, table.header) == ("xls", ("编号", "名称", "额度"))
    assert table.preview() == [(2, ["C1", "甲公司", Decimal("12.5")]), (3, ["C2", "乙公司", Decimal(7)])]


def test_a_workbook_older_than_the_container_is_named(tmp_path: Path) -> None:
    path = tmp_path / "excel4.xls"
    path.write_bytes(b"\x09\x04\x06\x00\x00\x00\x10\x00" + bytes(100))
    assert refusal(path).code is Code.XLS_OLD


def test_a_password_is_named(tmp_path: Path) -> None:
    path = tmp_path / "secret.xlsx"
    path.write_bytes(ole_container({"EncryptionInfo": bytes(200), "EncryptedPackage": bytes(5000)}))
    assert refusal(path).code is Code.FILE_ENCRYPTED


def test_an_old_workbook_with_a_password_is_named(tmp_path: Path) -> None:
    path = make_xls(tmp_path / "old.xls", PEOPLE, is_encrypted=True)
    assert refusal(path).code is Code.FILE_ENCRYPTED


def test_another_office_document_is_named(tmp_path: Path) -> None:
    path = tmp_path / "letter.xls"
    path.write_bytes(ole_container({"WordDocument": bytes(5000)}))
    error = refusal(path)
    assert error.code is Code.FORMAT_UNKNOWN
    assert "Word" in error.message


def test_a_cut_zip_is_damaged(tmp_path: Path) -> None:
    path = make_xlsx(tmp_path / "cut.xlsx", {"S": sheet_xml(grid(PEOPLE))})
    path.write_bytes(path.read_bytes()[:-60])
    assert refusal(path).code is Code.FILE_DAMAGED


def test_a_bad_checksum_names_the_part(tmp_path: Path) -> None:
    path = tmp_path / "bad.xlsx"
    make_xlsx(path, {"S": sheet_xml(grid(PEOPLE))})
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
        start = info.header_offset + 30 + len(info.filename)
    data = bytearray(path.read_bytes())
    data[start + info.compress_size // 2] ^= 0x40
    path.write_bytes(data)
    error = refusal(path)
    assert error.code is Code.FILE_DAMAGED
    assert "xl/worksheets/sheet1.xml" in error.message


def test_an_archive_is_not_a_table(tmp_path: Path) -> None:
    path = tmp_path / "simple.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "code,name\n1,a\n")
    assert refusal(path).code is Code.IS_ARCHIVE
    (tmp_path / "a.csv.gz").write_bytes(b"\x1f\x8b\x08\x00" + bytes(20))
    assert refusal(tmp_path / "a.csv.gz").code is Code.IS_ARCHIVE


@pytest.mark.parametrize(
    "entity",
    [
        '<!ENTITY a "lol">',
        '<!ENTITY a SYSTEM "file:///etc/hostname">',
        '<!ENTITY % a SYSTEM "http://127.0.0.1/">',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_never_expanded(tmp_path: Path, entity: str, encoding: str) -> None:
    xml = sheet_xml(grid(PEOPLE)).split("\n", 1)[1]
    # a long comment before the declaration must not hide it
    part = f'<?xml version="1.0" encoding="{encoding}"?><!--{"x" * 200_000}--><!DOCTYPE w [{entity}]>{xml}'
    path = make_xlsx(
        tmp_path / "bomb.xlsx", {"S": ""}, extra={"xl/worksheets/sheet1.xml": part.encode(encoding)}
    )
    assert refusal(path).code is Code.FILE_HOSTILE


def test_a_bomb_is_refused_by_its_directory(tmp_path: Path) -> None:
    path = make_xlsx(tmp_path / "bomb.xlsx", {"S": sheet_xml(grid(PEOPLE))})
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/long.xml", "w") as part,
    ):
        for _ in range(250):
            part.write(b" " * 1_000_000)
    error = refusal(path)
    assert error.code is Code.FILE_TOO_LARGE
    assert "limit is 200 MB" in error.message


def test_a_dense_part_is_refused(tmp_path: Path) -> None:
    path = make_xlsx(
        tmp_path / "bomb.xlsx", {"S": sheet_xml(grid(PEOPLE))}, extra={"xl/x.xml": b" " * 5_000_000}
    )
    assert refusal(path).code is Code.FILE_HOSTILE


def test_too_many_parts_are_refused(tmp_path: Path) -> None:
    extra = {f"xl/media/image{number}.png": b"x" for number in range(2_100)}
    path = make_xlsx(tmp_path / "many.xlsx", {"S": sheet_xml(grid(PEOPLE))}, extra=extra)
    assert refusal(path).code is Code.FILE_TOO_COMPLEX


def test_a_shared_string_bomb_is_bounded(tmp_path: Path) -> None:
    # one long text, used by every cell: small on disk, large in memory
    strings = f'{HEAD}<sst xmlns="{MAIN}"><si><t>{os.urandom(16_000).hex()}</t></si></sst>'
    rows = "".join(
        f'<row r="{row}">'
        + "".join(f'<c r="{column}{row}" t="s"><v>0</v></c>' for column in "ABCDEFGH")
        + "</row>"
        for row in range(1, 4_000)
    )
    path = make_xlsx(tmp_path / "bomb.xlsx", {"S": sheet_xml(rows)}, extra={"xl/sharedStrings.xml": strings})
    assert refusal(path).code in (Code.FILE_TOO_LARGE, Code.FILE_HOSTILE)


def test_a_far_cell_is_refused_at_once(tmp_path: Path) -> None:
    far = grid(PEOPLE) + f'<row r="1048576">{cell("XFD1048576", "x")}</row>'
    error = refusal(make_xlsx(tmp_path / "far.xlsx", {"S": sheet_xml(far)}))
    assert error.code is Code.SHEET_TOO_WIDE
    assert "XFD1048576" in error.message


def test_a_far_empty_cell_does_no_harm(tmp_path: Path) -> None:
    far = grid(PEOPLE) + '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    assert read_table(make_xlsx(tmp_path / "far.xlsx", {"S": sheet_xml(far)})).row_count == 2


def test_a_far_row_in_few_columns_is_read(tmp_path: Path) -> None:
    far = grid(PEOPLE) + f'<row r="500000">{cell("A500000", "C3")}</row>'
    table = read_table(make_xlsx(tmp_path / "far.xlsx", {"S": sheet_xml(far)}))
    assert [number for number, _cells in table.rows()] == [2, 3, 500_000]


def test_a_wrong_dimension_is_not_believed(tmp_path: Path) -> None:
    path = make_xlsx(tmp_path / "d.xlsx", {"S": sheet_xml(grid(PEOPLE), before='<dimension ref="A1:A1"/>')})
    assert read_table(path).row_count == 2
    path = make_xlsx(
        tmp_path / "e.xlsx", {"S": sheet_xml(grid(PEOPLE), before='<dimension ref="A1:XFD1048576"/>')}
    )
    assert read_table(path).row_count == 2


def test_strict_workbooks_are_read(tmp_path: Path) -> None:
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    relations = "http://purl.oclc.org/ooxml/officeDocument/relationships"
    sheet = sheet_xml(grid(PEOPLE), namespace=strict)
    workbook = (
        f'{HEAD}<workbook xmlns="{strict}" xmlns:r="{relations}" conformance="strict">'
        '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    path = make_xlsx(tmp_path / "strict.xlsx", {"S": sheet}, extra={"xl/workbook.xml": workbook})
    assert read_table(path).row_count == 2


def test_duplicate_parts_are_refused(tmp_path: Path) -> None:
    path = make_xlsx(tmp_path / "twice.xlsx", {"S": sheet_xml(grid(PEOPLE))})
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", sheet_xml(grid([["other"]])))
    assert refusal(path).code is Code.FILE_HOSTILE


def test_backslashes_in_part_names_are_read(tmp_path: Path) -> None:
    path = make_xlsx(tmp_path / "back.xlsx", {"S": sheet_xml(grid(PEOPLE))}, backslash=True)
    assert read_table(path).row_count == 2


def test_fifty_thousand_merged_ranges(tmp_path: Path) -> None:
    merged = "".join(f'<mergeCell ref="A{2 * n + 10}:B{2 * n + 11}"/>' for n in range(50_000))
    sheet = sheet_xml(grid(PEOPLE), after=f'<mergeCells count="50000">{merged}</mergeCells>')
    assert read_table(make_xlsx(tmp_path / "merged.xlsx", {"S": sheet})).row_count == 2


def test_macros_are_ignored_and_said(tmp_path: Path) -> None:
    path = make_xlsx(
        tmp_path / "macro.xlsm", {"S": sheet_xml(grid(PEOPLE))}, extra={"xl/vbaProject.bin": b"not run"}
    )
    table = read_table(path)
    assert (table.row_count, codes(table)) == (2, [Code.MACROS_IGNORED])


def test_an_empty_sheet_names_the_others(tmp_path: Path) -> None:
    path = make_xlsx(tmp_path / "w.xlsx", {"空": sheet_xml(""), "客户": sheet_xml(grid(PEOPLE))})
    error = refusal(path, sheet="空")
    assert error.code is Code.NO_DATA
    assert "空" in error.message
    assert "客户" in str(error.hint)


def test_several_sheets_are_asked(tmp_path: Path) -> None:
    path = make_xlsx(
        tmp_path / "w.xlsx",
        {"一月": sheet_xml(grid(PEOPLE)), "二月": sheet_xml(grid(PEOPLE)), "藏": sheet_xml(grid(PEOPLE))},
        states={"藏": "veryHidden"},
    )
    error = refusal(path)
    assert isinstance(error, NeedsConfirmation)
    assert error.code is Code.SHEET_AMBIGUOUS
    assert all(name in error.message for name in ("一月", "二月", "藏"))
    assert read_table(path, sheet="二月").sheet == "二月"
    assert read_table(path, sheet="藏").row_count == 2
    assert refusal(path, sheet="三月").code is Code.SHEET_UNKNOWN


def test_the_only_full_sheet_is_taken(tmp_path: Path) -> None:
    path = make_xlsx(tmp_path / "w.xlsx", {"空": sheet_xml(""), "客户": sheet_xml(grid(PEOPLE))})
    assert read_table(path).sheet == "客户"


def test_hidden_sheets_are_named(tmp_path: Path) -> None:
    path = make_xlsx(
        tmp_path / "w.xlsx",
        {"客户": sheet_xml(grid(PEOPLE)), "藏": sheet_xml(grid(PEOPLE))},
        states={"藏": "hidden"},
    )
    table = read_table(path)
    assert table.sheet == "客户"
    assert [(sheet.name, sheet.is_hidden) for sheet in table.sheets] == [("客户", False), ("藏", True)]
    assert codes(table) == [Code.SHEET_HIDDEN]
    assert "藏" in table.notes[0].message


def test_a_formula_without_result_is_a_cell_error(tmp_path: Path) -> None:
    rows = grid(PEOPLE[:1]) + (
        '<row r="2"><c r="A2" t="inlineStr"><is><t>C1</t></is></c><c r="B2"><f>A2&amp;"x"</f></c>'
        '<c r="C2"><f>1+1</f><v></v></c></row>'
        '<row r="3"><c r="A3" t="str"><f>""</f><v></v></c><c r="B3" t="str"><f>A1</f><v>甲</v></c>'
        '<c r="C3"><f>1+1</f><v>2</v></c></row>'
    )
    table = read_table(make_xlsx(tmp_path / "f.xlsx", {"S": sheet_xml(rows)}))
    missing = CellError(Code.FORMULA_NO_VALUE)
    assert table.preview() == [(2, ["C1", missing, missing]), (3, [None, "甲", Decimal(2)])]
    assert codes(table) == []


def test_error_values_are_cell_errors(tmp_path: Path) -> None:
    rows = (
        grid([["编号", "额度"], ["C1", None], ["C2", 5]])
        .replace('<row r="2">', '<row r="2" spans="1:2">')
        .replace('</c></row><row r="3">', '</c><c r="B2" t="e"><v>#DIV/0!</v></c></row><row r="3">')
    )
    expected = [(2, ["C1", CellError(Code.CELL_ERROR, "#DIV/0!")]), (3, ["C2", Decimal(5)])]
    table = read_table(make_xlsx(tmp_path / "e.xlsx", {"S": sheet_xml(rows)}))
    assert table.preview() == expected
    assert (
        read_table(
            make_xls(tmp_path / "e.xls", [["编号", "额度"], ["C1", ValueError(7)], ["C2", 5]])
        ).preview()
        == expected
    )
    ods = make_ods(
        tmp_path / "e.ods",
        ods_row("编号", "额度")
        + '<table:table-row><table:table-cell office:value-type="string"><text:p>C1</text:p>'
        "</table:table-cell>"
        '<table:table-cell office:value-type="string" office:string-value="" calcext:value-type="error">'
        "<text:p>#DIV/0!</text:p></table:table-cell></table:table-row>"
        + '<table:table-row><table:table-cell office:value-type="string"><text:p>C2</text:p>'
        "</table:table-cell>"
        '<table:table-cell office:value-type="float" office:value="5"><text:p>5</text:p></table:table-cell>'
        "</table:table-row>",
    )
    assert read_table(ods).preview() == expected


def test_a_row_of_nothing_but_errors_is_not_lost(tmp_path: Path) -> None:
    rows = grid(PEOPLE) + '<row r="9"><c r="A9" t="e"><v>#REF!</v></c></row>'
    table = read_table(make_xlsx(tmp_path / "e.xlsx", {"S": sheet_xml(rows)}))
    assert [number for number, _cells in table.rows()] == [2, 3, 9]
    assert codes(table) == []


def test_rows_the_reader_lost_are_noticed(tmp_path: Path) -> None:
    # the same row number twice: the workbook reader keeps only the later one
    rows = grid(PEOPLE) + f'<row r="3">{cell("A3", "C9")}</row>'
    assert Code.ROWS_DIFFER in codes(read_table(make_xlsx(tmp_path / "e.xlsx", {"S": sheet_xml(rows)})))


STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts count="3">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="000000"/>'
    '<numFmt numFmtId="166" formatCode="0.0%;[Red]-0.0%"/></numFmts>'
    '<cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/>'
    '<xf numFmtId="9"/></cellXfs></styleSheet>'
)


def test_dates_of_1904(tmp_path: Path) -> None:
    rows = grid([["编号", "日期"]]) + f'<row r="2">{cell("A2", "C1")}{cell("B2", 45321, s="1")}</row>'
    plain = make_xlsx(tmp_path / "p.xlsx", {"S": sheet_xml(rows)}, extra={"xl/styles.xml": STYLES})
    assert read_table(plain).preview()[0][1][1] == dt.date(2024, 1, 30)
    mac = make_xlsx(
        tmp_path / "m.xlsx",
        {"S": sheet_xml(rows)},
        extra={"xl/styles.xml": STYLES},
        workbook_properties='<workbookPr date1904="1"/>',
    )
    table = read_table(mac)
    assert table.is_1904
    assert table.preview()[0][1][1] == dt.date(2028, 1, 31)


def test_dates_of_workbooks(tmp_path: Path) -> None:
    rows = grid([["iso", "moment", "serial", "half"]]) + (
        f'<row r="2">{cell("A2", "2024-03-05", t="d")}{cell("B2", "2024-03-05T10:11:12", t="d")}'
        f"{cell('C2', 45321, s='1')}{cell('D2', 45321.5, s='1')}</row>"
    )
    path = make_xlsx(tmp_path / "d.xlsx", {"S": sheet_xml(rows)}, extra={"xl/styles.xml": STYLES})
    assert read_table(path).preview() == [
        (
            2,
            [
                dt.date(2024, 3, 5),
                dt.datetime(2024, 3, 5, 10, 11, 12),
                dt.date(2024, 1, 30),
                dt.datetime(2024, 1, 30, 12, 0),
            ],
        )
    ]


def test_formats_that_change_the_meaning_are_kept(tmp_path: Path) -> None:
    rows = grid([["编号", "税率", "折扣", "数"]]) + (
        f'<row r="2">{cell("A2", 13, s="2")}{cell("B2", 0.13, s="4")}{cell("C2", 0.065, s="3")}'
        f"{cell('D2', 0.13)}</row>"
    )
    path = make_xlsx(tmp_path / "d.xlsx", {"S": sheet_xml(rows)}, extra={"xl/styles.xml": STYLES})
    assert read_table(path).preview() == [(2, ["000013", "13%", "6.5%", Decimal("0.13")])]


def test_texts_are_trimmed(tmp_path: Path) -> None:
    rows = [["编号", "名称", "电话"], ["C1 ", "\u00a0甲公司\t", "　138"]]
    table = read_table(make_xlsx(tmp_path / "t.xlsx", {"S": sheet_xml(grid(rows))}))
    assert table.preview() == [(2, ["C1", "甲公司", "138"])]


def test_control_signs_in_a_workbook_are_cell_errors(tmp_path: Path) -> None:
    rows = [["编号", "名称", "电话"], ["C1", "a_x0001_b", "138"]]
    (row,) = read_table(make_xlsx(tmp_path / "t.xlsx", {"S": sheet_xml(grid(rows))})).preview()
    assert isinstance(row[1][1], CellError)
    assert row[1][1].code is Code.CONTROL_CHARS


def test_float_noise_is_rounded_within_bounds(tmp_path: Path) -> None:
    numbers = [0.1 + 0.2, 274.65999999999997, 1 / 3, 17850.0, 1.23456789012346e19, 1e-10]
    rows = [["a", "b", "c", "d", "e", "f"], [repr(number) for number in numbers]]
    xml = (
        grid(rows[:1])
        + '<row r="2">'
        + "".join(cell(f"{chr(65 + index)}2", number) for index, number in enumerate(numbers))
        + "</row>"
    )
    (row,) = read_table(make_xlsx(tmp_path / "n.xlsx", {"S": sheet_xml(xml)})).preview()
    assert row[1] == [
        Decimal("0.3"),
        Decimal("274.66"),
        Decimal("0.3333333333333333"),
        Decimal(17850),
        Decimal("12345678901234600000"),
        Decimal("1E-10"),
    ]
    assert str(row[1][3]) == "17850"


def test_title_rows_above_the_header(tmp_path: Path) -> None:
    rows: list[list[object]] = [["客户清单"], [], ["制表：张三", None, "2024年"], *PEOPLE]
    sheet = sheet_xml(grid(rows), after='<mergeCells count="1"><mergeCell ref="A1:C1"/></mergeCells>')
    table = read_table(make_xlsx(tmp_path / "t.xlsx", {"S": sheet}))
    assert table.header_row == 4
    assert table.preamble == ((1, "客户清单"), (3, "制表：张三 2024年"))
    assert [number for number, _cells in table.rows()] == [5, 6]


@pytest.mark.parametrize("name", ["t.xls", "t.csv", "t.xlsx"])
def test_html_is_not_a_workbook(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("\ufeff\n <HTML><body><table><tr><td>a</td></tr></table>", encoding="utf-8")
    assert refusal(path).code is Code.EXT_MISMATCH


def test_an_owner_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "~$客户.xlsx"
    path.write_bytes(b"wang")
    assert refusal(path).code is Code.OWNER_FILE


@pytest.mark.skipif(sys.platform == "win32", reason="permissions work differently there")
def test_no_access(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may read everything")
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    path.chmod(0)
    assert refusal(path).code is Code.NO_ACCESS


def test_what_is_no_file(tmp_path: Path) -> None:
    assert refusal(tmp_path).code is Code.NOT_A_FILE
    assert refusal(tmp_path / "none.csv").code is Code.FILE_MISSING
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")
        assert refusal(tmp_path / "pipe.csv").code is Code.NOT_A_FILE


def test_wrong_endings_of_workbooks_are_noted(tmp_path: Path) -> None:
    path = make_xlsx(tmp_path / "w.csv", {"S": sheet_xml(grid(PEOPLE))})
    table = read_table(path)
    assert (table.format, table.row_count, codes(table)) == ("xlsx", 2, [Code.EXT_MISMATCH])


def test_an_ods_is_read(tmp_path: Path) -> None:
    table = read_table(make_ods(tmp_path / "w.ods", ods_row("编号", "名称") + ods_row("C1", "甲")))
    assert (table.format, table.preview()) == ("ods", [(2, ["C1", "甲"])])


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods", "csv"])
def test_mutants_never_crash_the_reader(tmp_path: Path, kind: str) -> None:
    # in this process, where an exception would show; the bounds of the child are tested elsewhere
    path = tmp_path / f"m.{kind}"
    if kind == "xlsx":
        make_xlsx(path, {"S": sheet_xml(grid(PEOPLE))}, extra={"xl/styles.xml": STYLES})
    elif kind == "xls":
        path.write_bytes(ole_container({"Workbook": biff_stream(PEOPLE)}))
    elif kind == "ods":
        make_ods(path, ods_row("编号", "名称") + ods_row("C1", "甲"))
    else:
        path.write_bytes('编号,名称\nC1,"甲"\nC2,乙\n'.encode("gb18030"))
    answers = 0
    for mutant in mutants(path.read_bytes(), 150, seed=len(kind)):
        path.write_bytes(mutant)
        sent: list[Any] = []
        request = {"path": str(path), "sheet": None, "encoding": None, "limits": {}, "is_bound": False}
        child.serve(request, lambda message, _count=0, sent=sent: sent.append(message))
        assert sent[-1][0] in ("end", "fault")
        if sent[-1][0] == "fault":
            fault = ReadFault(Code(sent[-1][1]), sent[-1][2], **sent[-1][3])
            assert path.name in exception_for(fault, path.name).message
        answers += 1
    assert answers == 150
