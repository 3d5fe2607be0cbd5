"""The one clock of the program."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime

from crmdesk.text import _

YEAR_MIN, YEAR_MAX = 1900, 2199
"""The years that a book holds: 0024 and 9999 are slips, and day numbers of sheets count from 1900."""


def is_in_years(day: date) -> bool:
    """Whether a book can hold this day."""
    return YEAR_MIN <= day.year <= YEAR_MAX


def outside_years(text: str) -> str:
    """The sentence for a day that is none, or none that a book can hold; `text` is how it was written."""
    return _("“{value}” is not a date between {first} and {last}.").format(
        value=text, first=YEAR_MIN, last=YEAR_MAX
    )


def today() -> date:
    """Today's date where the user is; `CRMDESK_TODAY` (ISO) fixes it, so that a script repeats exactly."""
    fixed = os.environ.get("CRMDESK_TODAY")
    return date.fromisoformat(fixed) if fixed else date.today()  # noqa: DTZ011 (the day where the user is)


def now_utc() -> datetime:
    """The present moment in UTC; with `CRMDESK_TODAY` its date is that day and its time the real one."""
    moment = datetime.now(UTC)
    fixed = os.environ.get("CRMDESK_TODAY")
    if fixed:
        day = date.fromisoformat(fixed)
        moment = moment.replace(year=day.year, month=day.month, day=day.day)
    return moment


def stamp(moment: datetime) -> str:
    """A UTC moment as sortable text with milliseconds, e.g. 2026-03-31T09:12:00.123Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def local_day(moment: str) -> date:
    """The day, where the user is, of a moment that `stamp` wrote."""
    return datetime.fromisoformat(moment).astimezone().date()


def day_begins(day: date) -> str:
    """The moment in UTC, as `stamp` writes it, at which a day begins where the user is."""
    return stamp(datetime(day.year, day.month, day.day).astimezone(UTC))


def local_words(moment: str) -> str:
    """A moment of UTC as the clock on the wall shows it, e.g. 2026-03-31 17:12; a text that is none stays as it is."""
    try:
        return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return moment
