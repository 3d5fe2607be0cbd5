"""Bad inputs 25 and 51 of the list: dates.

| number | test |
| --- | --- |
| 25 | test_serial_numbers, test_the_leap_day_that_never_was |
| 51 | test_the_order_is_decided_by_the_column, test_what_is_no_date |
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.models.errors import Code
from crmdesk.services.imports.dates import DateRule, Order, decide_rule, parse_date
from crmdesk.services.imports.values import CellRefused
from crmdesk.services.imports.wire import Cell, CellError
from tests.services.imports.samples import outcome

OPEN = DateRule(None)
DAY_FIRST = DateRule(Order.DAY_FIRST)
MONTH_FIRST = DateRule(Order.MONTH_FIRST)


def code_of(cell: Cell, rule: DateRule = OPEN) -> Code:
    with pytest.raises(CellRefused) as caught:
        parse_date(cell, rule)
    return caught.value.code


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-31", "2026/3/31", "2026.3.31", "2026年3月31日", "2026年03月31号", "20260331",
        "２０２６－０３－３１",
        "2026-03-31T10:00:00Z", "2026-03-31 23:59:59.999", "2026/3/31 10:05", "2026年3月31日 10时05分",
        "31.03.2026",
        "31/03/2026", "03/31/2026", "31 March 2026", "31-Mar-26", "Mar 31, 2026", "March 31st, 2026",
        "31 mar 2026",
        "3/31/2026 12:00:00 AM", "46112",
    ],
)  # fmt: skip
def test_ways_to_write_a_date(text: str) -> None:
    assert parse_date(text, OPEN) == dt.date(2026, 3, 31)


@pytest.mark.parametrize("cell", [None, "", "  ", "-", "/"])
def test_blank_and_dash_are_nothing(cell: Cell) -> None:
    assert parse_date(cell, OPEN) is None


def test_dates_of_workbooks() -> None:
    assert parse_date(dt.date(2024, 1, 30), OPEN) == dt.date(2024, 1, 30)
    value = parse_date(dt.datetime(2024, 1, 30, 12, 30), OPEN)
    assert value == dt.date(2024, 1, 30)
    assert type(value) is dt.date
    assert parse_date(Decimal(20240130), OPEN) == dt.date(2024, 1, 30)


def test_serial_numbers() -> None:
    for cell in (Decimal(45321), Decimal("45321.75"), "45321"):
        assert parse_date(cell, OPEN) == dt.date(2024, 1, 30)
        assert parse_date(cell, DateRule(None, is_1904=True)) == dt.date(2028, 1, 31)
    assert parse_date(Decimal(61), OPEN) == dt.date(1900, 3, 1)


def test_the_leap_day_that_never_was() -> None:
    for cell in (Decimal(60), Decimal(59), dt.date(1900, 2, 28)):
        assert code_of(cell) is Code.DATE_AMBIGUOUS
    assert parse_date("1900-02-28", OPEN) == dt.date(1900, 2, 28)


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["01/02/2024", "13/02/2024"], Order.DAY_FIRST),
        (["01/02/2024", "02/14/2024"], Order.MONTH_FIRST),
        (["01.02.2024"], Order.DAY_FIRST),
        (["01/02/2024", "02/03/2024"], None),
        (["13/02/2024", "02/14/2024", "01/02/2024"], None),
        (["24/03/05"], None),
        (["03/31/24"], Order.MONTH_FIRST),
        (["2024-01-02", None, Decimal(45321)], None),
    ],
)
def test_the_order_is_decided_by_the_column(values: list[Cell], order: Order | None) -> None:
    assert decide_rule(values).order is order


def test_an_open_order_is_asked() -> None:
    rule = decide_rule(["05/05/2024", "01/02/2024"])
    assert (rule.is_ambiguous, rule.sample) == (True, "01/02/2024")
    assert code_of("01/02/2024", rule) is Code.DATE_AMBIGUOUS
    assert parse_date("05/05/2024", rule) == dt.date(2024, 5, 5)
    assert parse_date("01/02/2024", rule.answered(Order.DAY_FIRST)) == dt.date(2024, 2, 1)
    assert parse_date("01/02/2024", rule.answered(Order.MONTH_FIRST)) == dt.date(2024, 1, 2)
    assert not decide_rule(["2024-01-02"]).is_ambiguous
    # a year of two digits may stand first
    assert code_of("24/03/05") is Code.DATE_AMBIGUOUS
    assert parse_date("24/03/05", DAY_FIRST) == dt.date(2005, 3, 24)


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30", "2023-02-29", "30/02/2024", "2024-13-01", "2024-00-10", "0024-01-05",
        "9999-12-31", "1899-12-31",
        "2200-01-01", "20240230", "2024-1", "2024", "13/13/2024", "yesterday", "二〇二四年一月一日",
        "32 March 2024",
        "5 Foo 2024", "٢٠٢٤-٠١-٠١", "-5", "0", "2024-01-02-03", "2024--01-02", "99999999",
    ],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    assert code_of(text) is Code.DATE_INVALID


def test_numbers_that_are_no_serials() -> None:
    for cell in (Decimal(0), Decimal(-5), Decimal("1E+30"), Decimal(200_000), Decimal(20240230)):
        assert code_of(cell) is Code.DATE_INVALID


def test_errors_in_cells_are_passed_on() -> None:
    assert code_of(CellError(Code.CELL_ERROR, "#N/A")) is Code.CELL_ERROR


days = st.dates(dt.date(1901, 1, 1), dt.date(2199, 12, 31))


@given(days)
def test_every_date_is_read_back(day: dt.date) -> None:
    serial = (day - dt.date(1899, 12, 30)).days
    texts: list[Cell] = [
        day.isoformat(), f"{day.year}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}日",
        day.strftime("%Y%m%d"), day.strftime("%d %B %Y"), day.strftime("%b %d, %Y"), Decimal(serial), day,
    ]  # fmt: skip
    for cell in texts:
        assert parse_date(cell, OPEN) == day
    assert parse_date(day.strftime("%d/%m/%Y"), DAY_FIRST) == day
    assert parse_date(day.strftime("%m/%d/%Y"), MONTH_FIRST) == day


@given(st.lists(days, min_size=1, max_size=20), st.booleans())
def test_a_decided_column_is_read_right_or_refused(column: list[dt.date], is_day_first: bool) -> None:
    written = [day.strftime("%d/%m/%Y" if is_day_first else "%m/%d/%Y") for day in column]
    rule = decide_rule(written)
    for day, text in zip(column, written, strict=True):
        answer = outcome(CellRefused, parse_date, text, rule)
        if isinstance(answer, CellRefused):
            assert answer.code is Code.DATE_AMBIGUOUS
            assert rule.is_ambiguous
        else:
            assert answer == day


@given(st.text(max_size=12), st.sampled_from([OPEN, DAY_FIRST, MONTH_FIRST]))
def test_any_text_is_a_date_or_refused(text: str, rule: DateRule) -> None:
    answer = outcome(CellRefused, parse_date, text, rule)
    if isinstance(answer, CellRefused):
        assert answer.code in (Code.DATE_INVALID, Code.DATE_AMBIGUOUS)
    else:
        assert answer is None or dt.date(1900, 1, 1) <= answer <= dt.date(2199, 12, 31)
