"""Money: integer minor units with an ISO currency; `Decimal` at the edges; a float nowhere.

Rules from domain.md, "Money": round half away from zero, once; splits by largest remainder, ties by order;
amounts stay below 10^15 minor units, so that every sum fits into a signed 64-bit integer.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.text import _

MINOR_LIMIT = 10**15
QUANTITY_DECIMALS_MAX = 6
PRICE_DECIMALS_MAX = 8
RATE_DECIMALS_MAX = 10
"""Of an exchange rate."""
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)

_PLAIN = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)


@functools.cache
def digits(currency: str) -> int:
    """Decimal digits of an ISO 4217 currency: JPY 0, CNY 2, KWD 3 (Babel's CLDR data)."""
    from babel.core import get_global

    fractions = get_global("currency_fractions")
    entry = fractions.get(currency, fractions["DEFAULT"])
    return int(entry[0])


# fmt: off
_NO_MONEY = frozenset({
    "XXX", "XTS",  # no currency, for tests
    "XAG", "XAU", "XPD", "XPT",  # precious metals
    "XBA", "XBB", "XBC", "XBD", "XDR", "XEU", "XFO", "XFU", "XRE", "XSU", "XUA",  # units of account
    "BOV", "CHE", "CHW", "CLF", "COU", "ECV", "MXV", "USN", "USS", "UYI", "UYW",  # funds codes, indexed units
})
# fmt: on
"""ISO 4217 codes in which nobody is billed: no currency at all, for tests, precious metals, units of account, funds."""


@functools.cache
def is_currency(code: str) -> bool:
    """Whether the code is a currency that CLDR knows and that one can pay with."""
    from babel.core import get_global

    return len(code) == 3 and code in get_global("all_currencies") and code not in _NO_MONEY


def require_currency(code: str, field: str = "currency") -> str:
    """The code itself, or `currency_unknown`."""
    if code in _NO_MONEY:
        raise InvalidInput(
            Code.CURRENCY_UNKNOWN,
            _(
                "{value} is an ISO code, but of no money that one can pay with. Use one such as CNY, USD or EUR."
            ).format(value=code),
            field=field,
        )
    if not is_currency(code):
        raise InvalidInput(
            Code.CURRENCY_UNKNOWN,
            _("“{value}” is not a currency. Use an ISO code such as CNY, USD or EUR.").format(value=code),
            field=field,
        )
    return code


_HALF_WIDTH = {0xFF10 + digit: 0x30 + digit for digit in range(10)} | {0xFF0E: 0x2E, 0xFF0D: 0x2D}


def half_width(text: str) -> str:
    """Full-width digits, points and minus signs (１２３．５０) as plain ones: what a Chinese keyboard types."""
    return text if text.isascii() else text.translate(_HALF_WIDTH)


def parse_plain(text: str, field: str) -> Decimal:
    """A plain decimal string such as -1234.50, or `number_unreadable`: no NaN, exponent, thousands; of other digits
    only full-width ones."""
    text = half_width(text)
    if not _PLAIN.fullmatch(text):
        raise InvalidInput(
            Code.NUMBER_UNREADABLE,
            _(
                "{field}: “{value}” is not a number. Write digits with a decimal point, such as 1234.50."
            ).format(field=field, value=text[:40]),
            field=field,
        )
    return Decimal(text)


def to_minor(amount: Decimal, currency: str, field: str = "amount") -> int:
    """Exact minor units of an amount; trailing zeros are fine, more decimals `too_many_decimals`."""
    scaled = EXACT.scaleb(amount, digits(currency))
    minor = int(scaled)
    if minor != scaled:
        raise InvalidInput(
            Code.TOO_MANY_DECIMALS,
            _("{field}: {value} has more decimals than {currency} has ({count}).").format(
                field=field, value=amount, currency=currency, count=digits(currency)
            ),
            field=field,
        )
    return check_limit(minor, field)


def check_limit(minor: int, field: str = "amount") -> int:
    """The amount itself, or `amount_too_large` from 10^15 minor units on (iB5)."""
    if abs(minor) >= MINOR_LIMIT:
        raise InvalidInput(
            Code.AMOUNT_TOO_LARGE,
            _("{field}: the amount is too large; the limit is below 10^15 of the smallest unit.").format(
                field=field
            ),
            field=field,
        )
    return minor


def to_decimal(minor: int, currency: str) -> Decimal:
    """Minor units as an exact Decimal with the currency's digits."""
    return Decimal(minor).scaleb(-digits(currency), EXACT)


def plain(minor: int, currency: str) -> str:
    """Minor units as the decimal string of the command line, with exactly the currency's digits: -1234.50."""
    count = digits(currency)
    if count == 0:
        return str(minor)
    sign = "-" if minor < 0 else ""
    text = str(abs(minor)).rjust(count + 1, "0")
    return f"{sign}{text[:-count]}.{text[-count:]}"


def grouped(minor: int, currency: str) -> str:
    """As `plain`, with thousands separators: -1,234.50 (the same in zh_CN and en)."""
    return grouped_text(plain(minor, currency))


def grouped_text(text: str) -> str:
    """A decimal string (of `plain`, or one that was kept) with thousands separators: -1234.50 is -1,234.50."""
    whole, point, rest = text.removeprefix("-").partition(".")
    return ("-" if text.startswith("-") else "") + f"{int(whole):,}" + point + rest


def symbol(currency: str) -> str:
    """A short sign for the currency where one is usual: ¥ for CNY, $ for USD; else the code itself."""
    return {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}.get(currency, currency + " ")


def round_half_up(value: Decimal) -> int:
    """To a whole number, halves away from zero."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP, context=EXACT))


def divide_round(numerator: int, denominator: int) -> int:
    """numerator / denominator rounded half away from zero, exactly (denominator > 0)."""
    quotient, rest = divmod(abs(numerator) * 2 + denominator, denominator * 2)
    del rest
    return quotient if numerator >= 0 else -quotient


def spread(total: int, amounts: Sequence[int]) -> list[int]:
    """Splits a total by amounts of either sign whose sum is positive, with the largest remainder, ties by order.

    Without any sum there is nothing to go by, and the first part takes all.
    """
    whole = sum(amounts)
    if whole <= 0:
        return [total if index == 0 else 0 for index in range(len(amounts))]
    parts, remainders = [], []
    for index, amount in enumerate(amounts):
        part, remainder = divmod(total * amount, whole)
        parts.append(part)
        remainders.append((-remainder, index))
    for _remainder, index in sorted(remainders)[: total - sum(parts)]:
        parts[index] += 1
    return parts


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Splits a total by weights with the largest remainder, ties by order; the parts add up to the total (iR5).

    Weights are non-negative; if all are zero, the total is split evenly.
    """
    if not weights:
        return []
    sum_weights = sum(weights)
    if sum_weights == 0:
        weights = [1] * len(weights)
        sum_weights = len(weights)
    sign = -1 if total < 0 else 1
    magnitude = abs(total)
    parts: list[int] = []
    remainders: list[tuple[int, int]] = []
    for index, weight in enumerate(weights):
        part, remainder = divmod(magnitude * weight, sum_weights)
        parts.append(part)
        remainders.append((-remainder, index))
    missing = magnitude - sum(parts)
    for _remainder, index in sorted(remainders)[:missing]:
        parts[index] += 1
    return [sign * part for part in parts]
