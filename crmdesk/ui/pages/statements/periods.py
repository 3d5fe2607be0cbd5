"""The usual periods of a statement."""

from __future__ import annotations

from datetime import date, timedelta

from crmdesk.models import clock
from crmdesk.models.fields import Choice
from crmdesk.text import N_

PERIODS = (
    Choice("all", N_("From the first entry")),
    Choice("month", N_("This month")),
    Choice("last_month", N_("Last month")),
    Choice("quarter", N_("This quarter")),
    Choice("year", N_("This year")),
    Choice("last_year", N_("Last year")),
    Choice("own", N_("Own dates")),
)


def range_of(period: str) -> tuple[date | None, date]:
    """First (None: the first entry) and last day of a period, as of today."""
    today = clock.today()
    month = today.replace(day=1)
    if period == "month":
        return month, _month_end(month)
    if period == "last_month":
        last = month - timedelta(days=1)
        return last.replace(day=1), last
    if period == "quarter":
        first = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
        return first, _month_end(first.replace(month=first.month + 2))
    if period == "year":
        return today.replace(month=1, day=1), today.replace(month=12, day=31)
    if period == "last_year":
        return date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)
    return None, today


def _month_end(first: date) -> date:
    following = (first.replace(day=28) + timedelta(days=7)).replace(day=1)
    return following - timedelta(days=1)
