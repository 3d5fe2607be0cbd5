"""What people type into amounts and days."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.models import clock
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.ui.kit import typed

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1200*3-50", "3550"),
        ("1,234.50", "1234.50"),
        ("１，２００", "1200"),
        ("¥ 1,200.00", "1200.00"),
        ("100元", "100"),
        ("(10+2)*3", "36"),
        ("10-2-3", "5"),
        ("2+3*4", "14"),
        ("-50", "-50"),
        ("3*-2", "-6"),
        ("12×3", "36"),
        ("100÷8", "12.5"),
        ("1.2万", "12000.0"),
        ("3亿", "300000000"),
        ("1000*13%", "130.00"),
        ("（１２＋３）×２－１", "29"),
        ("(1,200+300)*1.13", "1695.00"),
        ("￥1，200.50", "1200.50"),
        (".5", "0.5"),
        ("5.", "5"),
    ],
)
def test_numbers_and_sums(text: str, amount: str) -> None:
    assert typed.read_number(text) == Decimal(amount)


def test_nothing_is_no_number() -> None:
    assert typed.read_number("  ") is None


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "1,2",
        "1,23,456",
        "1..2",
        "1 2a",
        "1/0",
        "(1",
        "1)",
        "--",
        "1e5",
        "NaN",
        "1**2",
        "9" * 300,
        "(" * 30 + "1" + ")" * 30,
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        typed.read_number(text, "amount")
    assert caught.value.code is Code.NUMBER_UNREADABLE
    assert caught.value.field == "amount"


@given(st.text(max_size=60))
def test_any_text_gives_a_number_or_a_sentence(text: str) -> None:
    with suppress(InvalidInput):  # any other error fails the test
        found = typed.read_number(text)
        assert found is None or found.is_finite()


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2), st.integers(1, 999))
def test_sums_are_exact(amount: Decimal, factor: int) -> None:
    assert typed.read_number(f"{amount}*{factor}") == amount * factor
    assert typed.read_number(f"{amount:,}") == amount


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("t", "2026-11-21"),
        ("今天", "2026-11-21"),
        ("y", "2026-11-20"),
        ("明天", "2026-11-22"),
        ("m", "2026-11-01"),
        ("月底", "2026-11-30"),
        ("tomorrow", "2026-11-22"),
        ("后天", "2026-11-23"),
        ("前天", "2026-11-19"),
        ("eom", "2026-11-30"),
        ("下月底", "2026-12-31"),
        ("年底", "2026-12-31"),
        ("+3", "2026-11-24"),
        ("-21", "2026-10-31"),
        ("5", "2026-11-05"),
        ("3-15", "2026-03-15"),
        ("3/5", "2026-03-05"),
        ("0315", "2026-03-15"),
        ("25-3-15", "2025-03-15"),
        ("250315", "2025-03-15"),
        ("20250315", "2025-03-15"),
        ("2025.3.5", "2025-03-05"),
        ("2025年3月5日", "2025-03-05"),
        ("3月5号", "2026-03-05"),
        ("２０２５－０３－０５", "2025-03-05"),
    ],
)
def test_days(text: str, day: str) -> None:
    assert typed.read_day(text, TODAY) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "text", ["2026-02-31", "31-31", "13-1", "abc", "0", "1899-01-01", "12345", "+99999", "2026-"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        typed.read_day(text, TODAY, "date")
    assert caught.value.code is Code.DATE_INVALID


@given(st.text(max_size=20))
def test_any_text_gives_a_day_or_a_sentence(text: str) -> None:
    with suppress(InvalidInput):
        found = typed.read_day(text, TODAY)
        assert found is None or clock.is_in_years(found)


def test_a_month_on_keeps_to_the_month() -> None:
    assert typed.shifted_month(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert typed.shifted_month(date(2026, 1, 31), -11) == date(2025, 2, 28)
    assert typed.shifted_month(date(2026, 12, 5), 1) == date(2027, 1, 5)


def test_a_term_in_days_asks_for_a_whole_number() -> None:
    with pytest.raises(InvalidInput, match="is not a whole number"):
        typed.read_number("soon", is_whole=True)
