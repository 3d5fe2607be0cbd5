"""Bad inputs 31-45 of the list (reliability.md, section 5): delimited text and encodings.

| number | test |
| --- | --- |
| 31 | test_a_statement_between_preamble_and_footer, and test_real_files.py |
| 32 | test_big5_is_told_from_gb18030 |
| 33 | test_wide_encodings |
| 34 | test_a_byte_order_mark_is_no_part_of_the_first_name |
| 35 | test_western_text_is_detected_with_doubt |
| 36 | test_the_first_foreign_sign_may_stand_far_down |
| 37 | test_nul_bytes_name_their_cell |
| 38 | test_carriage_returns_alone_end_lines |
| 39 | test_a_quote_never_closed_names_its_row, test_a_quote_closed_by_a_later_field |
| 40 | test_a_field_too_long |
| 41 | test_ragged_rows_are_problems_of_their_rows |
| 42 | test_blank_and_repeated_names |
| 43 | test_no_header_is_said |
| 44 | test_repeated_headers_comments_and_sums_are_counted |
| 45 | test_delimiters, test_a_sep_line |
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services.imports import delimited, encodings
from crmdesk.services.imports.layout import Reason
from crmdesk.services.imports.reader import read_table
from crmdesk.services.imports.table import Table
from crmdesk.services.imports.wire import CellError

CHINESE = (
    "客户编号,客户名称,城市\nC001,上海鼎盛贸易有限公司,上海\n"
    "C002,广州市明珠食品厂,广州\nC003,北京远大科技股份有限公司,北京\n"
)
TRADITIONAL = (
    "客戶編號,客戶名稱,電話\nA1,臺灣鴻海貿易股份有限公司,02\n"
    "A2,高雄區漁會產銷班,07\nA3,統一發票與銀行匯款,03\n"
)


def write(folder: Path, text: str | bytes, name: str = "t.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def refused(path: Path, **options: str) -> CrmdeskError:
    with pytest.raises(CrmdeskError) as caught:
        read_table(path, **options)  # type: ignore[arg-type]
    return caught.value


def cells(table: Table) -> list[list[object]]:
    return [list(row) for _number, row in table.rows()]


def test_a_statement_between_preamble_and_footer(tmp_path: Path) -> None:
    preamble = "".join(f"{line}.本明细仅供个人对账使用。\n" for line in range(20))
    body = "交易时间 ,金额 ,备注 ,\n2023-01-01 ,49.74 ,\t,\n2023-01-02 ,20.00 ,\t,\n"
    footer = "------------------\n导出时间：[2023-02-13 09:12:52]\n"
    table = read_table(write(tmp_path, preamble + body + footer, encoding="gb18030"))
    assert table.encoding is not None
    assert (table.encoding.name, table.encoding.is_doubtful) == ("gb18030", False)
    assert (table.header_row, table.header) == (21, ("交易时间", "金额", "备注"))
    assert cells(table) == [["2023-01-01", "49.74", None], ["2023-01-02", "20.00", None]]
    assert [(skipped.row, skipped.reason) for skipped in table.skipped] == [
        (24, Reason.FOOTER),
        (25, Reason.FOOTER),
    ]
    assert table.read_count == 4
    assert len(table.preamble) == 20
    assert not table.row_problems


def test_big5_is_told_from_gb18030(tmp_path: Path) -> None:
    data = TRADITIONAL.encode("cp950")
    assert data.decode("gb18030") != TRADITIONAL  # it decodes, as nonsense
    table = read_table(write(tmp_path, data))
    assert table.header == ("客戶編號", "客戶名稱", "電話")
    assert table.encoding is not None
    assert table.encoding.name == "cp950"
    assert table.encoding.is_doubtful
    assert {name for name, _sample in table.encoding.alternatives} >= {"cp950", "gb18030"}
    (note,) = table.notes
    assert note.code is Code.ENCODING_DOUBT
    assert note.value is not None
    assert "客戶" in note.value
    # what the user says is taken without a doubt
    chosen = read_table(tmp_path / "t.csv", encoding="big5")
    assert (chosen.header, chosen.notes) == (table.header, ())


def test_gb18030_is_certain_for_ordinary_text(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, CHINESE, encoding="gb18030"))
    assert table.header == ("客户编号", "客户名称", "城市")
    assert table.notes == ()


def test_japanese_is_detected_with_doubt(tmp_path: Path) -> None:
    text = "コード,会社名,電話\n1,株式会社さくら商店,03\n2,やまだ工業とその仲間たち,06\n"
    table = read_table(write(tmp_path, text, encoding="cp932"))
    assert table.header == ("コード", "会社名", "電話")
    assert [note.code for note in table.notes] == [Code.ENCODING_DOUBT]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_wide_encodings(tmp_path: Path, encoding: str) -> None:
    text = "code,première,名称\r\n" + "".join(f"C{n},Québec,上海\r\n" for n in range(30))
    table = read_table(write(tmp_path, text, encoding=encoding))
    assert table.header == ("code", "première", "名称")
    assert table.row_count == 30


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert read_table(write(tmp_path, "name,x\na,b\n", encoding="utf-8-sig")).header == ("name", "x")


def test_western_text_is_detected_with_doubt(tmp_path: Path) -> None:
    table = read_table(
        write(tmp_path, "name,city\nFrédérique Citeaux,Orléans\nLuleå snabbköp,Malmö\n", encoding="cp1252")
    )
    assert cells(table)[0] == ["Frédérique Citeaux", "Orléans"]
    assert [note.code for note in table.notes] == [Code.ENCODING_DOUBT]


def test_the_first_foreign_sign_may_stand_far_down(tmp_path: Path) -> None:
    plain = "code,name\n" + "".join(f"C{n},plain name number {n}\n" for n in range(60_000))
    assert len(plain) > encodings.CHUNK_BYTES
    table = read_table(write(tmp_path, plain + "X1,上海鼎盛贸易有限公司销售部\n", encoding="gb18030"))
    last = list(table.rows())[-1]
    assert last == (60_002, ["X1", "上海鼎盛贸易有限公司销售部"])


def test_damaged_utf8_is_not_read_as_something_else(tmp_path: Path) -> None:
    data = CHINESE.encode() + b"C004,\xe5\xb9,x\n"
    error = refused(write(tmp_path, data))
    assert error.code is Code.ENCODING_UNKNOWN
    assert "row 5" in error.message


def test_a_given_encoding_that_does_not_fit(tmp_path: Path) -> None:
    path = write(tmp_path, CHINESE, encoding="gb18030")
    assert refused(path, encoding="utf-8").code is Code.ENCODING_UNKNOWN
    assert refused(path, encoding="no-such").code is Code.ENCODING_UNKNOWN
    assert refused(path, encoding="zlib_codec").code is Code.ENCODING_UNKNOWN
    assert read_table(path, encoding="GBK").row_count == 3


@given(
    st.lists(
        st.sampled_from(sorted("的一是不了在人有我他这个上海北京公司贸易科技客户金额电话地址")),
        min_size=12,
        max_size=60,
    )
)
def test_common_text_survives_detection(signs: list[str]) -> None:
    import tempfile

    text = "编号,名称\n1," + "".join(signs) + "\n"
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), text, encoding="gb18030")
        assert path.read_bytes().decode(encodings.detect(path).name) == text


def test_nul_bytes_name_their_cell(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, b"a,b,c\n\x00,2,3\nx\x01y,2,3\n"))
    first, second = cells(table)
    assert isinstance(first[0], CellError)
    assert first[0].code is Code.CONTROL_CHARS
    assert first[1:] == ["2", "3"]
    assert isinstance(second[0], CellError)


def test_carriage_returns_alone_end_lines(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, b'a,b,c\r1,2,3\r"Once upon\ra time",5,6\r'))
    assert cells(table) == [["1", "2", "3"], ["Once upon\ra time", "5", "6"]]
    assert [number for number, _cells in table.rows()] == [2, 3]


@pytest.mark.parametrize("rows_after", [1, 3, 30_000])
def test_a_quote_never_closed_names_its_row(tmp_path: Path, rows_after: int) -> None:
    text = 'code,name\nC1,"Miller\n' + "".join(f"C{n},name {n}\n" for n in range(rows_after))
    error = refused(write(tmp_path, text))
    assert error.code is Code.QUOTE_OPEN
    assert error.problems[0].row == 2


def test_a_quote_closed_by_a_later_field(tmp_path: Path) -> None:
    error = refused(write(tmp_path, 'code,name\nC1,"Miller\nC2,Smith\nC3,"Jones, Tom"\nC4,x\n'))
    assert (error.code, error.problems[0].row) == (Code.QUOTE_OPEN, 2)


def test_quotes_within_plain_fields_are_just_signs(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, 'code,name\nC1,5" pipe\nC2,"say ""hi"""\nC3, "x, y"\n'))
    assert cells(table) == [["C1", '5" pipe'], ["C2", 'say "hi"'], ["C3", "x, y"]]


def test_a_field_too_long(tmp_path: Path) -> None:
    error = refused(write(tmp_path, "code,name\nC1,a\nC2," + "x" * 131_073 + "\nC3,b\n"))
    assert (error.code, error.problems[0].row) == (Code.FIELD_TOO_LONG, 3)
    error = refused(write(tmp_path, "code,name\nC1,a\nC2," + "x" * 9_000_000))
    assert error.code is Code.FIELD_TOO_LONG


def test_ragged_rows_are_problems_of_their_rows(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "a,b,c\n1,2,3\n1,27,,too long\n,short\n4,5,6,,\n"))
    assert table.row_count == 4
    assert sorted(table.row_problems) == [3, 4]
    problem = table.row_problems[3]
    assert (problem.code, problem.row, problem.file) == (Code.COLUMN_COUNT, 3, "t.csv")
    assert problem.message == "Row 3 has 4 columns, the header has 3."
    assert "2 columns" in table.row_problems[4].message


def test_values_beyond_blank_names_are_not_lost(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "a,b,c,\n1,2,3,\n4,5,6,7\n"))
    assert sorted(table.row_problems) == [3]


def test_blank_and_repeated_names(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "id,name,id,,age,,\n1,a,2,x,30,,\n"))
    assert [note.code for note in table.notes] == [Code.HEADER_DUPLICATE, Code.HEADER_BLANK]
    duplicate, blank = table.header_problem(2), table.header_problem(3)
    assert duplicate is not None
    assert duplicate.code is Code.HEADER_DUPLICATE
    assert "A, C" in duplicate.message
    assert blank is not None
    assert (blank.code, blank.column) == (Code.HEADER_BLANK, "D")
    assert table.header_problem(1) is None
    # a blank name over an empty column is nobody's concern
    assert read_table(write(tmp_path, "id,,age\n1,,30\n")).notes == ()


def test_no_header_is_said(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "1,null,0,0\n2,0,0,null\n3,null,,\n"))
    assert (table.header_row, table.header, table.row_count) == (None, ("A", "B", "C", "D"), 3)
    assert [note.code for note in table.notes] == [Code.NO_TABLE]
    assert read_table(tmp_path / "t.csv", header_row=1).header == ("1", "null", "0", "0")


def test_known_names_find_the_header(tmp_path: Path) -> None:
    path = write(tmp_path, "北京,上海,广州\n甲,乙,丙\n客户编号,客户名称,电话\nC1,甲公司,138\n")
    assert read_table(path, known=frozenset({"客户编号", "客户名称"})).header_row == 3


def test_repeated_headers_comments_and_sums_are_counted(tmp_path: Path) -> None:
    text = (
        "code,name,amount\n# exported by x\nC1,a,5\ncode,name,amount\n# a, b\nC2,#b,6\n#C3,c,7\n"
        "小计,,11\nC4,d,8\n合计,,19\n"
    )
    table = read_table(write(tmp_path, text))
    assert [(skipped.row, skipped.reason) for skipped in table.skipped] == [
        (2, Reason.COMMENT),
        (4, Reason.REPEATED_HEADER),
        (5, Reason.COMMENT),
        (8, Reason.SUBTOTAL),
        (10, Reason.SUBTOTAL),
    ]
    assert [number for number, _cells in table.rows()] == [3, 6, 7, 9]
    assert table.read_count == 9
    assert not table.row_problems


def test_blank_rows_are_not_counted_but_keep_their_place(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "\n\ncode,name\n,\nC1,a\n   \n\nC2,b\n,,\n"))
    assert (table.header_row, [number for number, _cells in table.rows()]) == (3, [5, 8])
    assert table.read_count == 2


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_delimiters(tmp_path: Path, sign: str) -> None:
    rows = [["code", "name", "amount"], ["C1", "Miller & Co", "1.5"], ["C2", "Smith", "2.5"]]
    table = read_table(write(tmp_path, "\n".join(sign.join(row) for row in rows)))
    assert (table.delimiter, cells(table)) == (sign, rows[1:])


def test_decimal_commas_do_not_separate(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "name;price;weight\na;1,50;2,5\nb;2,75;3,5\nc;1.000,00;4\n"))
    assert (table.delimiter, cells(table)[0]) == (";", ["a", "1,50", "2,5"])


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=; "])
def test_a_sep_line(tmp_path: Path, line: str) -> None:
    table = read_table(write(tmp_path, f"{line}\r\nname;a,b\r\nx;1,2\r\n"))
    assert (table.delimiter, table.header_row, cells(table)) == (";", 2, [["x", "1,2"]])


def test_the_guard_of_formulas_is_undone(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "name,note\n'=1+1,'-2\n''=x,'quoted'\n\"'\tx\",O'Neil\n"))
    assert cells(table) == [["=1+1", "-2"], ["'=x", "'quoted'"], ["x", "O'Neil"]]


@given(st.text(st.characters(blacklist_categories=("Cs",)), max_size=20))
def test_guarding_and_undoing_is_the_identity(text: str) -> None:
    guarded = f"'{text}" if delimited._GUARDED.match(f"'{text}") else text
    assert delimited.undo_guard(guarded) == text


def test_binary_content_is_no_text(tmp_path: Path) -> None:
    path = write(tmp_path, bytes(range(1, 32)) * 200, "t.csv")
    assert refused(path).code is Code.FORMAT_UNKNOWN
    path = write(tmp_path, b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "t.csv")
    assert "PDF" in refused(path).message


def test_bank_files_are_named(tmp_path: Path) -> None:
    assert "MT940" in refused(write(tmp_path, ":20:STARTUMS\n:25:1234/5678\n:28C:0\n")).message
    assert "QIF" in refused(write(tmp_path, "!Type:Bank\nD1/2/2024\nT5\n^\n")).message
    assert "XML" in refused(write(tmp_path, '<?xml version="1.0"?><Document/>')).message


field = st.text(
    st.characters(
        blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cf", "Co", "Cn"), blacklist_characters="'#/"
    ),
    min_size=1,
    max_size=8,
)


@given(
    st.integers(2, 5).flatmap(
        lambda width: st.lists(st.lists(field, min_size=width, max_size=width), max_size=8)
    ),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
def test_whatever_is_written_is_read_back(rows: list[list[str]], end: str, encoding: str) -> None:
    import csv
    import io
    import tempfile

    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=end).writerows(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(out.getvalue().encode(encoding))
        from crmdesk.services.imports.limits import Limits

        read = [fields for _row, fields in delimited.records(path, encoding, ",", Limits())]
    assert read == rows


def test_the_acid_test_of_csv(shared_data: Path) -> None:
    files = sorted((shared_data / "csv_spectrum").glob("*.csv"))
    assert len(files) == 11
    for path in files:
        expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        if b"\r\n" not in path.read_bytes():  # the copy lost the line ends that its answer still has
            expected = [
                {name: text.replace("\r\n", "\n") for name, text in record.items()} for record in expected
            ]
        table = read_table(path)
        records = [
            dict(zip(table.header, ["" if value is None else value for value in row], strict=True))
            for _number, row in table.rows()
        ]
        assert records == expected, path.name
