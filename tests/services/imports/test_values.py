"""Bad inputs 23, 26, 53, 54 of the list: texts, codes, yes and no.

| number | test |
| --- | --- |
| 23 | test_errors_are_refused_with_their_text |
| 26 | test_text_is_cleaned |
| 53 | test_codes_keep_what_they_are, test_shortened_numbers_are_not_usable |
| 54 | test_codes_keep_what_they_are |
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.models.errors import Code
from crmdesk.services.imports.values import CellRefused, clean_code, clean_line, clean_text, parse_yes_no
from crmdesk.services.imports.wire import Cell, CellError, decode_cell, number_of


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("\u00a0 a\u00a0b\t", "a b"),
        ("ABC_x000D_\nDEF", "ABC\nDEF"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("e\u0301", "é"),
        ("\ufeffname", "name"),
        ("  two  spaces ", "two spaces"),
        ("　全角　空格　", "全角 空格"),
        ("_x0041_", "_x0041_"),
        ("a\u202eb", "a\u202eb"),
        ("=1+1", "=1+1"),
        ("𠮷野家", "𠮷野家"),
        ("", None),
        (" \u3000\ufeff", None),
        (None, None),
        (Decimal("17850"), "17850"),
        (Decimal("1.50"), "1.50"),
        (dt.date(2024, 1, 2), "2024-01-02"),
    ],
)
def test_text_is_cleaned(cell: Cell, text: str | None) -> None:
    assert clean_text(cell) == text


def test_a_line_has_no_line_ends() -> None:
    assert clean_line("上海\n鼎盛") == "上海 鼎盛"


def test_codes_keep_what_they_are() -> None:
    assert clean_code("000013") == "000013"
    assert clean_code("91310000132213455X") == "91310000132213455X"
    assert clean_code("62170012345678901234") == "62170012345678901234"
    assert clean_code(number_of(17850.0)) == "17850"
    assert clean_code(number_of(13912345678.0)) == "13912345678"
    assert clean_code(number_of(123456789012345.0)) == "123456789012345"
    assert clean_code("1E5") == "1E5"
    assert clean_code(None) is None


@pytest.mark.parametrize(
    "cell", [number_of(1.23456789012346e19), number_of(6217001234567890.0), "1.23E+19", "6.2E+15"]
)
def test_shortened_numbers_are_not_usable(cell: Cell) -> None:
    with pytest.raises(CellRefused) as caught:
        clean_code(cell)
    assert caught.value.code is Code.ID_ROUNDED


def test_errors_are_refused_with_their_text() -> None:
    with pytest.raises(CellRefused) as caught:
        clean_text(CellError(Code.CELL_ERROR, "#DIV/0!"))
    assert caught.value.code is Code.CELL_ERROR
    assert "#DIV/0!" in caught.value.message
    for code in (Code.FORMULA_NO_VALUE, Code.CONTROL_CHARS):
        with pytest.raises(CellRefused) as caught:
            clean_text(CellError(code))
        assert caught.value.code is code
        assert caught.value.hint


@pytest.mark.parametrize(
    ("cell", "value"),
    [("是", True), ("否", False), ("Yes", True), ("no", False), ("TRUE", True), ("False", False), ("１",
    True),
     (Decimal(0), False), ("√", True), ("×", False), ("Y", True), (None, None), (" ", None), ("-", False)],
)  # fmt: skip
def test_yes_and_no(cell: Cell, value: bool | None) -> None:
    assert parse_yes_no(cell) is value


def test_neither_yes_nor_no() -> None:
    with pytest.raises(CellRefused) as caught:
        parse_yes_no("maybe")
    assert caught.value.code is Code.INVALID_CHOICE


@given(st.text())
def test_cleaning_is_done_once(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    assert once is None or (once == once.strip() and unicodedata.is_normalized("NFC", once))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_become_exact_numbers(value: float) -> None:
    number = number_of(value)
    assert abs(number - Decimal(value)) <= max(Decimal("1e-9"), abs(Decimal(value)) * Decimal("1e-15"))
    assert not isinstance(decode_cell(value), float)


@given(
    st.decimals(-(10**9), 10**9, allow_nan=False, places=2),
    st.decimals(-(10**4), 10**4, allow_nan=False, places=2),
)
def test_noise_of_arithmetic_is_removed(left: Decimal, right: Decimal) -> None:
    if abs(left) < 10**6:
        assert number_of(float(left) + float(right)) == left + right
