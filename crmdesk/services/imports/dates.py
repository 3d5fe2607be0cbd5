"""Dates out of cells.

Whether 01/02/2024 is the first of February or the second of January is decided once for a column; where no
value proves it, it is asked (`date_ambiguous`), never guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from crmdesk.models import clock
from crmdesk.models.errors import Code
from crmdesk.services.imports.faults import shorten
from crmdesk.services.imports.values import CellRefused, plain_text, refuse_error
from crmdesk.services.imports.wire import Cell
from crmdesk.text import _


class Order(StrEnum):
    """Which part of 01/02/2024 comes first."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


@dataclass(frozen=True, slots=True)
class DateRule:
    """How the dates of a column are written; `order` None while no value proves it."""

    order: Order | None
    sample: str = ""
    """A value that could be read both ways."""
    is_1904: bool = False
    takes_serials: bool = True
    """Whether 45321 is a day number of Excel: in a workbook. In a text file five digits may be anything."""

    @property
    def is_ambiguous(self) -> bool:
        """Whether the user has to be asked."""
        return self.order is None and bool(self.sample)

    def answered(self, order: Order) -> DateRule:
        """The rule after the user's answer."""
        return replace(self, order=order, sample="")


_CLOCK = r"\d{1,2}[:：时]\d{1,2}(?:[:：分]\d{1,2}(?:[.,]\d+)?秒?|分)?"
_TIME = rf"(?:[T ]\s*{_CLOCK}\s*(?:[AaPp][Mm])?(?:Z|[+-]\d{{2}}:?\d{{2}})?)?"
_YEAR_FIRST = re.compile(
    rf"(\d{{4}})\s*([-/.年])\s*(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})\s*[日号]?{_TIME}", re.ASCII
)
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){_TIME}", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)
_DAY_NAME = re.compile(rf"(\d{{1,2}})[-\s.]*([A-Za-z]{{3,9}})\.?[-\s,]*(\d{{4}}|\d{{2}}){_TIME}", re.ASCII)
_NAME_DAY = re.compile(rf"([A-Za-z]{{3,9}})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}}){_TIME}", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x00A0: 0x20}
_NOTHING = frozenset({"-", "--", "—", "——", "/"})
_LEAP_BUG_END = dt.date(1900, 3, 1)
_SERIAL_MAX = 109_939  # the last day of 2199


def decide_rule(cells: Iterable[Cell], *, is_1904: bool = False) -> DateRule:
    """The one rule of a column: a value with a part above 12 proves the order; otherwise it is ambiguous.

    Proofs of both orders are a mixed column: each proof is read by itself, all others stay ambiguous.
    """
    day_first = month_first = 0
    sample = ""
    for cell in cells:
        if not isinstance(cell, str):
            continue
        match = _YEAR_LAST.fullmatch(cell.translate(_FULL_WIDTH).strip())
        if match is None:
            continue
        first, second = int(match[1]), int(match[3])
        is_short = len(match[4]) == 2
        if not is_short and (match[2] == "." or first > 12):
            day_first += 1  # with points, the day stands first everywhere
        elif second > 12:
            month_first += 1
        elif (is_short or first != second) and not sample:  # 24/03/05 may begin with its year
            sample = cell
    if day_first and not month_first:
        return DateRule(Order.DAY_FIRST, is_1904=is_1904)
    if month_first and not day_first:
        return DateRule(Order.MONTH_FIRST, is_1904=is_1904)
    return DateRule(None, sample, is_1904)


def parse_date(cell: Cell, rule: DateRule) -> dt.date | None:
    """The date in a cell; the time of day is dropped; None when blank or a lone dash.

    Takes dates of workbooks, ISO and Chinese forms, 2026/3/31, 20260331, 31/03/2026 by the rule, 31 March
    2026, Excel's serial numbers. Raises `date_ambiguous` and `date_invalid` (2024-02-30, year 0024 or 9999).
    """
    if cell is None:
        return None
    refuse_error(cell)
    if isinstance(cell, dt.date):
        return _bounded(
            cell.date() if isinstance(cell, dt.datetime) else cell, plain_text(cell), from_serial=True
        )
    text = plain_text(cell).translate(_FULL_WIDTH).strip()
    if not text or text in _NOTHING:
        return None
    if isinstance(cell, Decimal):
        if cell == cell.to_integral_value() and len(text) == 8:
            return _compact(text)
        return _from_serial(cell, rule, text)
    match = _YEAR_FIRST.fullmatch(text)
    if match:
        return _made(int(match[1]), int(match[3]), int(match[4]), text)
    if _COMPACT.fullmatch(text):
        return _compact(text)
    match = _YEAR_LAST.fullmatch(text)
    if match:
        return _year_last(match, rule, text)
    match = _DAY_NAME.fullmatch(text)
    if match:
        return _made(_full_year(match[3]), _month(match[2], text), int(match[1]), text)
    match = _NAME_DAY.fullmatch(text)
    if match:
        return _made(int(match[3]), _month(match[1], text), int(match[2]), text)
    if _SERIAL.fullmatch(text):
        if not rule.takes_serials:
            raise CellRefused(
                Code.DATE_INVALID,
                _(
                    "“{value}” is not a date; it may be a day number of Excel, saved without its format."
                ).format(value=shorten(text)),
                text,
                _("Format the column as a date and save the file again, or import the workbook itself."),
            )
        return _from_serial(Decimal(text), rule, text)
    raise _invalid(text)


def _year_last(match: re.Match[str], rule: DateRule, text: str) -> dt.date:
    first, second, year = int(match[1]), int(match[3]), _full_year(match[4])
    is_short = len(match[4]) == 2
    if not is_short and (match[2] == "." or first > 12 or first == second):
        return _made(year, second, first, text)
    if second > 12:
        return _made(year, first, second, text)
    if rule.order is None:
        raise CellRefused(
            Code.DATE_AMBIGUOUS,
            _("“{value}” can be read with the day or with the month first.").format(value=shorten(text)),
            text,
            _("Say which comes first, or write dates as 2026-03-31."),
        )
    if rule.order is Order.DAY_FIRST:
        return _made(year, second, first, text)
    return _made(year, first, second, text)


def _full_year(text: str) -> int:
    if len(text) == 4:
        return int(text)
    short = int(text)
    return 2000 + short if short < 70 else 1900 + short


def _month(name: str, text: str) -> int:
    word = name.casefold()
    if word[:3] in _MONTHS and (len(word) == 3 or word in _MONTH_NAMES or word == "sept"):
        return _MONTHS.index(word[:3]) + 1
    raise _invalid(text)


def _compact(text: str) -> dt.date:
    return _made(int(text[:4]), int(text[4:6]), int(text[6:8]), text)


def _from_serial(number: Decimal, rule: DateRule, text: str) -> dt.date:
    """A day number of Excel: 45321 is 2024-01-30, or 2028-01-31 in a workbook that counts from 1904."""
    days = int(number)
    if not 0 < days <= _SERIAL_MAX or number < 0:
        raise _invalid(text)
    if rule.is_1904:
        return _bounded(dt.date(1904, 1, 1) + dt.timedelta(days=days), text)
    if days <= 60:
        raise _leap_bug(text)
    return _bounded(dt.date(1899, 12, 30) + dt.timedelta(days=days), text)


def _made(year: int, month: int, day: int, text: str) -> dt.date:
    try:
        return _bounded(dt.date(year, month, day), text)
    except ValueError:
        raise _invalid(text) from None


def _bounded(value: dt.date, text: str, *, from_serial: bool = False) -> dt.date:
    if not clock.is_in_years(value):
        raise _invalid(text)
    if from_serial and value < _LEAP_BUG_END:
        raise _leap_bug(text)
    return value


def _leap_bug(text: str) -> CellRefused:
    return CellRefused(
        Code.DATE_AMBIGUOUS,
        _("Programs read dates of January and February 1900 differently (Excel counts a 29 February 1900)."),
        text,
        _("Write the date as text, such as 1900-02-28."),
    )


def _invalid(text: str) -> CellRefused:
    return CellRefused(
        Code.DATE_INVALID,
        clock.outside_years(shorten(text)),
        text,
        _("Write dates as 2026-03-31."),
    )
