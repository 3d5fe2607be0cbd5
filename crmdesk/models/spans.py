"""Periods by name (this month, last quarter, last 90 days …) as first and last day, and days said from today.

A period's name is what is kept (`last_90d`); its words are what the filter language writes (`last 90d`).
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

Span = tuple[date | None, date | None]

_LAST_DAYS = {"last_7": 7, "last_30": 30, "last_90": 90}
_UNITS = {
    "d": "d", "day": "d", "days": "d", "w": "w", "week": "w", "weeks": "w",
    "m": "m", "month": "m", "months": "m", "y": "y", "year": "y", "years": "y",
}  # fmt: skip
_COUNTED = re.compile(r"(last|next)_([1-9][0-9]{0,3})([dwmy])", re.ASCII)
_WORDED = re.compile(r"(last|next) ([1-9][0-9]{0,3}) ?([a-z]+)", re.ASCII)
_RELATIVE = re.compile(r"today(?:([+-])([0-9]{1,4})([dwmy]?))?", re.ASCII)
_YEAR = re.compile(r"[12][0-9]{3}", re.ASCII)
_MONTH = re.compile(r"([12][0-9]{3})-(0[1-9]|1[0-2])", re.ASCII)
_THIS = ("week", "month", "quarter", "year")
_PLAIN = frozenset(
    {"today", "yesterday", "last_week", "next_month", "last_month", "last_quarter", "last_year"}
)
RANGE = ".."
"""Between the first and the last day of a period that is said by its ends; either may be left out."""


def shifted(day: date, count: int, unit: str) -> date:
    """A day so many days (d), weeks (w), months (m) or years (y) later; the last of a month where it has no such day.

    What lies outside the calendar is its first or last day.
    """
    try:
        if unit in ("d", "w"):
            return day + timedelta(days=count * (7 if unit == "w" else 1))
        months = day.year * 12 + day.month - 1 + count * (12 if unit == "y" else 1)
        year, month = divmod(months, 12)
        return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    except (ValueError, OverflowError, calendar.IllegalMonthError):
        return date.max if count > 0 else date.min


def day_said(text: str, today: date) -> date | None:
    """The day of `2026-03-31`, `today`, `today-30` or `today+2w`; None for anything else."""
    match = _RELATIVE.fullmatch(text.lower())
    if match:
        count = int(match[2] or 0)
        return shifted(today, -count if match[1] == "-" else count, match[3] or "d")
    if len(text) == 10 and text.isascii():
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    return None


def period_said(words: str) -> str:
    """The name of the period that these words say (`last 12 months` is last_12m), or "" if they say none."""
    text = " ".join(words.lower().split())
    match = _WORDED.fullmatch(text)
    if match and match[3] in _UNITS:
        return f"{match[1]}_{match[2]}{_UNITS[match[3]]}"
    if text.startswith("this ") and text[5:] in _THIS:
        return text[5:]
    name = text.replace(" ", "_")
    return name if is_period(name) else ""


def words_of(name: str) -> str:
    """A period as the filter language writes it; `period_said` gives the name again."""
    if name in _THIS:
        return f"this {name}"
    if name in _LAST_DAYS:
        return f"last {_LAST_DAYS[name]}d"
    return name if RANGE in name else name.replace("_", " ")


def is_period(name: str) -> bool:
    """Whether a name is that of a period."""
    if name in _PLAIN or name in _THIS or name in _LAST_DAYS:
        return True
    if RANGE in name:
        first, _dots, last = name.partition(RANGE)
        is_said = all(not end or day_said(end, date(2000, 1, 1)) is not None for end in (first, last))
        return is_said and bool(first or last)
    return any(pattern.fullmatch(name) for pattern in (_COUNTED, _YEAR, _MONTH))


def moves_with_today(text: str) -> bool:
    """Whether a day or period depends on today: only years, months and days written in full do not."""
    parts = text.split(RANGE) if RANGE in text else [text]
    return any(part and not part[:4].isdigit() for part in parts)


def range_of(period: str, today: date) -> Span:
    """First and last day of a period by name, both included; (None, None) for a name that is no period."""
    month = today.replace(day=1)
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    if period == "today":
        return today, today
    if period == "yesterday":
        return today - timedelta(days=1), today - timedelta(days=1)
    if period == "week":
        first = today - timedelta(days=today.weekday())
        return first, first + timedelta(days=6)
    if period == "last_week":
        first = today - timedelta(days=today.weekday() + 7)
        return first, first + timedelta(days=6)
    if period == "month":
        return month, _month_end(today)
    if period == "next_month":
        first = shifted(month, 1, "m")
        return first, _month_end(first)
    if period == "last_month":
        last = month - timedelta(days=1)
        return last.replace(day=1), last
    if period == "quarter":
        return quarter, _quarter_end(quarter)
    if period == "last_quarter":
        last = quarter - timedelta(days=1)
        return last.replace(month=last.month - 2, day=1), last
    if period == "year":
        return date(today.year, 1, 1), date(today.year, 12, 31)
    if period == "last_year":
        return date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)
    if period in _LAST_DAYS:
        return today - timedelta(days=_LAST_DAYS[period] - 1), today
    return _said(period, today)


def _said(period: str, today: date) -> Span:
    """A period with a number in it: last_90d, next_2w, 2026, 2026-03, 2026-01-01..today."""
    match = _COUNTED.fullmatch(period)
    if match:
        count, unit = int(match[2]), match[3]
        if match[1] == "last":
            return shifted(shifted(today, -count, unit), 1, "d"), today
        return today, shifted(shifted(today, count, unit), -1, "d")
    if _YEAR.fullmatch(period):
        return date(int(period), 1, 1), date(int(period), 12, 31)
    match = _MONTH.fullmatch(period)
    if match:
        first = date(int(match[1]), int(match[2]), 1)
        return first, _month_end(first)
    if RANGE in period:
        start, _dots, end = period.partition(RANGE)
        return day_said(start, today), day_said(end, today)
    return None, None


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _quarter_end(first: date) -> date:
    return _month_end(first.replace(month=first.month + 2))
