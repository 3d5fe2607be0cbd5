"""Bad inputs 46-50, 59 (decimals) and 74 (rates) of the list: numbers, amounts, rates.

| number | test |
| --- | --- |
| 46 | test_one_rule_for_a_column, test_only_ambiguous_forms_are_asked |
| 47 | test_dressed_numbers, test_what_is_no_number |
| 48 | test_what_is_no_number |
| 49 | test_decimals |
| 50 | test_amounts_have_a_limit |
| 59 | test_currency_signs_must_fit, test_decimals (JPY) |
| 74 | test_rates, test_a_fraction_is_asked_about |
"""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.models.errors import Code
from crmdesk.services.imports.numbers import (
    PLAIN,
    Mark,
    NumberRule,
    decide_rule,
    parse_decimals,
    parse_number,
    parse_rate,
)
from crmdesk.services.imports.values import CellRefused
from crmdesk.services.imports.wire import Cell, CellError
from tests.services.imports.samples import minor_of, outcome

COMMA = NumberRule(Mark.COMMA)


def code_of(function: object, *arguments: object, **options: object) -> Code:
    with pytest.raises(CellRefused) as caught:
        function(*arguments, **options)  # type: ignore[operator]
    assert caught.value.message
    return caught.value.code


@pytest.mark.parametrize(
    ("values", "decimal"),
    [
        (["1,234", "5.5"], Mark.POINT),
        (["1.234", "5,5"], Mark.COMMA),
        (["1.234,50"], Mark.COMMA),
        (["1,234.50"], Mark.POINT),
        (["1'234.50"], Mark.POINT),
        (["1 234,50"], Mark.COMMA),
        (["200.000.000"], Mark.COMMA),
        (["1,234,567"], Mark.POINT),
        (["0,123"], Mark.COMMA),
        (["1234.567"], Mark.POINT),
        (["¥1,234", "(2.50)"], Mark.POINT),
        (["1,5", "2,5", "1.5"], Mark.COMMA),
        (["１，２３４．５"], Mark.POINT),
    ],
)
def test_one_rule_for_a_column(values: list[Cell], decimal: Mark) -> None:
    assert decide_rule(values) == NumberRule(decimal)


@pytest.mark.parametrize("values", [["1,234"], ["1.234", "12"], ["7", "123,456", "x"]])
def test_only_ambiguous_forms_are_asked(values: list[Cell]) -> None:
    rule = decide_rule(values)
    assert rule.is_ambiguous
    assert rule.sample in values
    assert code_of(parse_number, rule.sample, rule) is Code.NUMBER_AMBIGUOUS
    assert parse_number("12", rule) == 12
    assert parse_number("1,234", rule.answered(Mark.POINT)) == 1234
    assert parse_number("1,234", rule.answered(Mark.COMMA)) == Decimal("1.234")


def test_numbers_of_workbooks_need_no_rule() -> None:
    rule = decide_rule([Decimal(5), None, "n/a"])
    assert not rule.is_ambiguous
    assert parse_number(Decimal("1234.5"), rule) == Decimal("1234.5")


@pytest.mark.parametrize(
    ("text", "rule", "number"),
    [
        ("1.234,50", COMMA, "1234.50"),
        ("1,234.50", PLAIN, "1234.50"),
        ("1'234.50", PLAIN, "1234.50"),
        ("1’234.50", PLAIN, "1234.50"),
        ("1\u00a0234,50", COMMA, "1234.50"),
        ("1\u202f234.50", PLAIN, "1234.50"),
        ("１，２３４．５０", PLAIN, "1234.50"),
        ("¥12.00", PLAIN, "12.00"),
        ("￥ 12.00", PLAIN, "12.00"),
        ("28.50元", PLAIN, "28.50"),
        ("人民币 5", PLAIN, "5"),
        ("-¥5", PLAIN, "-5"),
        ("¥-5", PLAIN, "-5"),
        ("−5", PLAIN, "-5"),
        ("(1,234.00)", PLAIN, "-1234.00"),
        ("（1,234.00）", PLAIN, "-1234.00"),
        ("1,234.00-", PLAIN, "-1234.00"),
        ("1234 CR", PLAIN, "-1234"),
        ("1234.5DR", PLAIN, "1234.5"),
        ("1234 贷", PLAIN, "-1234"),
        ("+5", PLAIN, "5"),
        (".5", PLAIN, "0.5"),
        ("5.", PLAIN, "5"),
        ("007", PLAIN, "7"),
        ("1,234", PLAIN, "1234"),
        ("1.234", COMMA, "1234"),
    ],
)
def test_dressed_numbers(text: str, rule: NumberRule, number: str) -> None:
    assert parse_number(text, rule) == Decimal(number)


@pytest.mark.parametrize(
    "text",
    [
        "NaN", "nan", "Infinity", "-inf", "1e500", "1E5", "1.5e+3", "1_000", "٣", "３٣", "½", "²", "①",
        "一百",
        "131.77(已退款89.84)", "xx,yyyy.zz", "12.34.56", "1,23,456.00", "1,2345.00", "1,234,56", "--5",
        "+-5", "(5",
        "5)", "(5)-", "(-5)", "-5-", "¥¥5", "¥5元", "5 5", "0x10", "5%", "n/a", ".", ",", "1..5",
        "1,,5", "1'23.5",
        "ABC 5", "5\n6",
    ],
)  # fmt: skip
def test_what_is_no_number(text: str) -> None:
    assert code_of(parse_number, text, PLAIN) is Code.NUMBER_UNREADABLE


def test_a_value_against_the_rule_of_its_column() -> None:
    assert code_of(parse_number, "1.234,50", PLAIN) is Code.NUMBER_UNREADABLE
    assert code_of(parse_number, "1,234.50", COMMA) is Code.NUMBER_UNREADABLE


@pytest.mark.parametrize("cell", [None, "", " ", "-", "—", "/"])
def test_blank_and_dash_are_nothing(cell: Cell) -> None:
    assert parse_number(cell, PLAIN) is None
    assert minor_of(cell, PLAIN, "CNY") is None
    assert parse_rate(cell, PLAIN) is None


def test_errors_in_cells_are_passed_on() -> None:
    assert code_of(minor_of, CellError(Code.CELL_ERROR, "#N/A"), PLAIN, "CNY") is Code.CELL_ERROR
    assert code_of(minor_of, CellError(Code.FORMULA_NO_VALUE), PLAIN, "CNY") is Code.FORMULA_NO_VALUE


def test_currency_signs_must_fit() -> None:
    assert minor_of("$5", PLAIN, "USD") == 500
    assert minor_of("USD 5", PLAIN, "USD") == 500
    assert minor_of("¥5", PLAIN, "JPY") == 5
    for text in ("$5", "USD 5", "€5", "5 EUR"):
        assert code_of(minor_of, text, PLAIN, "CNY") is Code.CURRENCY_MIXED


def test_decimals() -> None:
    assert minor_of("1.500", PLAIN, "CNY") == 150
    assert minor_of(Decimal("1.500"), PLAIN, "CNY") == 150
    assert minor_of("5.00", PLAIN, "JPY") == 5
    assert minor_of(Decimal("274.6599999999999680"), PLAIN, "CNY") == 27466
    assert minor_of("0.30000000000000004", PLAIN, "CNY") == 30
    assert code_of(minor_of, "1.005", PLAIN, "CNY") is Code.TOO_MANY_DECIMALS
    assert code_of(minor_of, "1.00001", PLAIN, "CNY") is Code.TOO_MANY_DECIMALS
    assert code_of(minor_of, Decimal("0.3333333333333333"), PLAIN, "CNY") is Code.TOO_MANY_DECIMALS
    assert code_of(minor_of, "5.5", PLAIN, "JPY") is Code.TOO_MANY_DECIMALS
    assert parse_decimals("0.000001", PLAIN, 6) == Decimal("0.000001")
    assert code_of(parse_decimals, "0.0000001", PLAIN, 6) is Code.TOO_MANY_DECIMALS


def test_amounts_have_a_limit() -> None:
    assert minor_of("9999999999999.99", PLAIN, "CNY") == 10**15 - 1
    assert minor_of("-9,999,999,999,999.99", PLAIN, "CNY") == 1 - 10**15
    for cell in (Decimal("1E+50"), "1" * 60):  # the bound of an amount itself: test_kinds_documents
        assert code_of(minor_of, cell, PLAIN, "CNY") is Code.AMOUNT_TOO_LARGE


@pytest.mark.parametrize(
    ("cell", "fraction"),
    [("13%", "0.13"), ("13", "0.13"), (Decimal(13), "0.13"), ("１３％", "0.13"), ("6.5 %", "0.065"),
    ("0.5%", "0.005"),
     ("1", "0.01"), ("0", "0"), (Decimal(0), "0"), ("100%", "1")],
)  # fmt: skip
def test_rates(cell: Cell, fraction: str) -> None:
    assert parse_rate(cell, PLAIN) == Decimal(fraction)


def test_a_fraction_is_asked_about() -> None:
    for cell in ("0.13", Decimal("0.13")):
        with pytest.raises(CellRefused) as caught:
            parse_rate(cell, PLAIN, {Decimal("0.13")})
        assert caught.value.code is Code.RATE_AMBIGUOUS
        assert "Did you mean 13 %?" in caught.value.message
    assert parse_rate("0.5", PLAIN, {Decimal("0.005")}) == Decimal("0.005")
    for cell in ("101%", "-1", Decimal(150)):
        assert code_of(parse_rate, cell, PLAIN) is Code.OUT_OF_RANGE
    for cell in ("免税", "%", "13%%"):
        assert code_of(parse_rate, cell, PLAIN) is Code.NUMBER_UNREADABLE


amounts = st.integers(-(10**15) + 1, 10**15 - 1)


@given(
    amounts, st.sampled_from([(".", ","), (",", "."), (".", "'"), (",", " "), (".", "")]), st.integers(0, 3)
)
def test_every_amount_is_read_back(minor: int, marks: tuple[str, str], dress: int) -> None:
    decimal, group = marks
    whole, cents = divmod(abs(minor), 100)
    text = f"{whole:,}".replace(",", group) + f"{decimal}{cents:02d}"
    sign = minor < 0
    text = {
        0: f"-{text}" if sign else text,
        1: f"({text})" if sign else text,
        2: f"{text}-" if sign else f"+{text}",
        3: f"¥-{text}" if sign else f"¥{text}",
    }[dress]
    rule = NumberRule(Mark(decimal))
    assert minor_of(text, rule, "CNY") == minor
    wide = text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    assert minor_of(wide, rule, "CNY") == minor
    assert decide_rule([text]) == rule


@given(st.text(max_size=12), st.sampled_from([PLAIN, COMMA, NumberRule(None)]))
def test_any_text_is_a_number_or_refused(text: str, rule: NumberRule) -> None:
    answer = outcome(CellRefused, parse_number, text, rule)
    if isinstance(answer, CellRefused):
        assert answer.code in (Code.NUMBER_UNREADABLE, Code.NUMBER_AMBIGUOUS)
    elif answer is not None:
        assert answer.is_finite()
        # every digit that was written is in the number, none is invented
        digits = re.sub("[^0-9０-９]", "", text)
        written = digits.translate({code: code - 0xFEE0 for code in range(0xFF10, 0xFF1A)}).lstrip("0")
        assert written == f"{abs(answer):f}".replace(".", "").lstrip("0")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_cells_of_workbooks_are_exact(number: Decimal) -> None:
    assert minor_of(number, NumberRule(None), "CNY") == int(number * 100)
