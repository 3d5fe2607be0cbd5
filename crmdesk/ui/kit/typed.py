"""What people type, read into numbers and days: `1,200*3-50`, `1.2万`, `t`, `15`, `3-15`. No Qt here."""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal, DivisionByZero, InvalidOperation

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.text import _

LENGTH_MAX = 200
_TOKEN = re.compile(r"(?P<number>\d[\d,]*(?:\.\d*)?|\.\d+)(?P<unit>[万亿%]?)|(?P<sign>[-+*/()])", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(,\d{3})*(\.\d*)?|\d*(\.\d*)?", re.ASCII)
_SIGNS = str.maketrans({"×": "*", "x": "*", "X": "*", "÷": "/", "−": "-", "–": "-", "。": "."})
_MONEY_SIGNS = re.compile(r"[¥￥$€£\s元]")
_UNITS = {"": Decimal(1), "万": Decimal(10_000), "亿": Decimal(100_000_000), "%": Decimal("0.01")}
_DEPTH_MAX = 20


def read_number(text: str, place: str = "", *, is_whole: bool = False) -> Decimal | None:
    """The value of a typed number or sum; None for nothing.

    Takes thousands separators, + - * / and brackets, full-width signs, currency signs, 万, 亿 and %.
    Raises InvalidInput `number_unreadable`; a comma that is no thousands separator is refused, not guessed.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_SIGNS)
    plain = _MONEY_SIGNS.sub("", plain)
    if not plain:
        return None
    try:
        if len(plain) > LENGTH_MAX:
            raise ValueError
        result = _Sum(plain).value()
    except (ValueError, InvalidOperation, DivisionByZero):
        words = (
            _("“{value}” is not a whole number. Write digits, such as 30.")
            if is_whole  # nobody works out a number of days
            else _("“{value}” is not a number. Write 1234.50 or a sum such as 1200*3-50.")
        )
        raise InvalidInput(
            Code.NUMBER_UNREADABLE,
            words.format(value=text.strip()[:40]),
            field=place or None,
        ) from None
    return result


def is_sum(text: str) -> bool:
    """Whether something has to be worked out, so that the result may be rounded."""
    plain = unicodedata.normalize("NFKC", text).translate(_SIGNS).strip()
    return any(sign in plain[1:] for sign in "+-*/()")


class _Sum:
    """A small recursive reader; no eval anywhere near what a user types."""

    def __init__(self, text: str) -> None:
        self._tokens: list[Decimal | str] = []
        place = 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise ValueError
            place = found.end()
            if found["sign"]:
                self._tokens.append(found["sign"])
                continue
            digits = found["number"]
            if "," in digits and not _GROUPED.fullmatch(digits):
                raise ValueError
            amount = Decimal(digits.replace(",", ""))
            self._tokens.append(money.EXACT.multiply(amount, _UNITS[found["unit"]]))
        self._place = 0
        self._depth = 0

    def value(self) -> Decimal:
        result = self._terms()
        if self._place != len(self._tokens):
            raise ValueError
        return result

    def _peek(self) -> Decimal | str | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _terms(self) -> Decimal:
        result = self._factors()
        while self._peek() in ("+", "-"):
            sign = self._tokens[self._place]
            self._place += 1
            right = self._factors()
            result = money.EXACT.add(result, right) if sign == "+" else money.EXACT.subtract(result, right)
        return result

    def _factors(self) -> Decimal:
        result = self._atom()
        while self._peek() in ("*", "/"):
            sign = self._tokens[self._place]
            self._place += 1
            right = self._atom()
            result = money.EXACT.multiply(result, right) if sign == "*" else money.EXACT.divide(result, right)
        return result

    def _atom(self) -> Decimal:
        token = self._peek()
        self._place += 1
        if isinstance(token, Decimal):
            return token
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise ValueError
        try:
            if token == "-":
                return money.EXACT.minus(self._atom())
            if token == "+":
                return self._atom()
            if token == "(":
                inner = self._terms()
                if self._peek() != ")":
                    raise ValueError
                self._place += 1
                return inner
        finally:
            self._depth -= 1
        raise ValueError


_TODAY = frozenset({"t", "today", "今天", "今", "今日"})
_WORDS = {
    "tomorrow": 1, "tom": 1, "明天": 1, "明": 1, "明日": 1, "后天": 2,
    "y": -1, "yesterday": -1, "昨天": -1, "昨": -1, "昨日": -1, "前天": -2,
}  # fmt: skip
_MONTH_END = frozenset({"e", "eom", "月底", "月末", "本月底", "month end", "end of month"})
_NEXT_MONTH_END = frozenset({"下月底", "下月末"})
_MONTH_START = frozenset({"m", "月初", "本月初"})
_YEAR_END = frozenset({"年底", "年末", "year end"})
_SHIFT = re.compile(r"([+-])(\d{1,4})", re.ASCII)
_PARTS = re.compile(r"(?:(\d{4}|\d{2})[-/.])?(\d{1,2})[-/.](\d{1,2})", re.ASCII)
_RUN = re.compile(r"\d{1,8}", re.ASCII)


def read_day(text: str, today: date, place: str = "") -> date | None:
    """The day that was typed; None for nothing. Partial days are completed from `today`.

    t, y, tomorrow, 后天, m and e (month's first and last day), 下月底, 年底, +3, -7,
    15, 3-15, 0315, 26-3-15, 20260315, 2026年3月15日.
    Raises InvalidInput `date_invalid`.
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if not plain:
        return None
    try:
        day = _day(plain, today)
    except (ValueError, OverflowError):
        raise InvalidInput(
            Code.DATE_INVALID,
            _("“{value}” is not a date. Write 2026-03-31, 3-31 or t for today.").format(
                value=text.strip()[:40]
            ),
            field=place or None,
        ) from None
    if not clock.is_in_years(day):
        raise InvalidInput(Code.DATE_INVALID, clock.outside_years(day.isoformat()), field=place or None)
    return day


def _day(plain: str, today: date) -> date:
    if plain in _TODAY:
        return today
    if plain in _WORDS:
        return today + timedelta(days=_WORDS[plain])
    if plain in _MONTH_START:
        return today.replace(day=1)
    if plain in _MONTH_END:
        return today.replace(day=calendar.monthrange(today.year, today.month)[1])
    if plain in _NEXT_MONTH_END:
        next_month = shifted_month(today.replace(day=1), 1)
        return next_month.replace(day=calendar.monthrange(next_month.year, next_month.month)[1])
    if plain in _YEAR_END:
        return today.replace(month=12, day=31)
    if shift := _SHIFT.fullmatch(plain):
        days = int(shift[2])
        return today + timedelta(days=days if shift[1] == "+" else -days)
    plain = plain.replace("年", "-").replace("月", "-").rstrip("日号").rstrip("-").replace(" ", "")
    if parts := _PARTS.fullmatch(plain):
        return date(_year(parts[1], today), int(parts[2]), int(parts[3]))
    if not _RUN.fullmatch(plain):
        raise ValueError
    if len(plain) <= 2:
        return date(today.year, today.month, int(plain))
    if len(plain) in (3, 4):
        return date(today.year, int(plain[:-2]), int(plain[-2:]))
    if len(plain) in (6, 8):
        return date(_year(plain[:-4], today), int(plain[-4:-2]), int(plain[-2:]))
    raise ValueError


def _year(text: str | None, today: date) -> int:
    if not text:
        return today.year
    return int(text) if len(text) == 4 else today.year // 100 * 100 + int(text)


def shifted_month(day: date, months: int) -> date:
    """The same day some months on; the month's last where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
