"""A pasted table of exchange rates: a line per rate, currency, day and rate in any order and with any separator."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from crmdesk.models import money

_DAY = re.compile(r"^(\d{4})[-./年]?(\d{1,2})[-./月]?(\d{1,2})日?$")
_NUMBER = re.compile(r"^\d+(?:[.,]\d+)?$")


class PastedRate(NamedTuple):
    """One rate as it was pasted."""

    currency: str
    day: date
    rate: Decimal


class Pasted(NamedTuple):
    """What was read; `faults` are (number of the line, its text) of lines that say no rate."""

    rates: tuple[PastedRate, ...]
    faults: tuple[tuple[int, str], ...]


def read(text: str, *, currency: str = "", today: date) -> Pasted:
    """Reads a pasted table. A line without a currency is of `currency`, one without a day of today."""
    rates, faults = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = _line(line, currency, today)
        if found is not None:
            rates.append(found)
        elif number > 1 or any(sign.isdigit() for sign in line):  # a first line of words is the header
            faults.append((number, line.strip()))
    return Pasted(tuple(rates), tuple(faults))


def _line(line: str, currency: str, today: date) -> PastedRate | None:
    """A line of a table: parted by tabs or semicolons, else by spaces, else by commas; so a decimal comma stays."""
    separator = next((one for one in (r"[\t;；|]", r"\s") if re.search(one, line.strip())), "[,，]")
    parts = [part.strip(" ,，") for part in re.split(separator, line)]
    day, rate, code = today, None, currency
    for part in filter(None, parts):
        if money.is_currency(part.upper()):
            code = part.upper()
        elif (found := _day(part)) is not None:
            day = found
        elif _NUMBER.match(part) and rate is None:
            rate = _decimal(part)
        else:
            return None
    return PastedRate(code, day, rate) if code and rate is not None and rate > 0 else None


def _day(text: str) -> date | None:
    found = _DAY.match(text)
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        return None


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
