"""Periods by name (this month, last quarter …) as first and last day."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

Span = tuple[date | None, date | None]

_LAST_DAYS = {"last_7": 7, "last_30": 30, "last_90": 90}


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
    if period == "month":
        return month, _month_end(today)
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
    return None, None


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _quarter_end(first: date) -> date:
    return _month_end(first.replace(month=first.month + 2))
