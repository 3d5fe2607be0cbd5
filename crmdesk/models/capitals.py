"""Amounts in words: 人民币大写 and English, exact for every amount, from integer minor units.

The Chinese form follows 正确填写票据和结算凭证的基本规定: where the rule leaves a 零 free (before 角, and
after 万 when the next place is not empty) none is written; 整 stands after 元 and 角, never after 分.
The English form is that of a cheque: whole units in words, the rest as a fraction of the unit.
"""

from __future__ import annotations

import functools

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.money import digits
from crmdesk.text import _

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("仟", "佰", "拾", "")
# 元 and the places below it: a tenth, a hundredth, … CLDR knows currencies with up to four decimals.
_PARTS = "角分厘毫"
_UNITS_LIMIT = 10**16

# fmt: off
_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
# fmt: on
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = (
    (10**15, "quadrillion"),
    (10**12, "trillion"),
    (10**9, "billion"),
    (10**6, "million"),
    (10**3, "thousand"),
)


def capitals(minor: int, currency: str = "CNY", *, named: bool = False) -> str:
    """The amount in Chinese capitals (中文大写), e.g. 壹仟肆佰零玖元伍角整.

    `minor` is in minor units of `currency`; negative amounts begin with 负. `named` puts 人民币 in
    front, as forms ask for; other currencies are always named, since 元 alone means 人民币. Raises
    InvalidInput from 10^16 whole units on.
    """
    units, rest = _parts(minor, currency)
    places = digits(currency)
    decimals = str(rest).rjust(places, "0") if places else ""
    text = _chinese(units) + "元" if units else ""
    pending_zero = False
    for place, char in enumerate(decimals):
        if char == "0":
            # 元 followed by an empty 角 is read; an empty place behind an empty amount is not.
            pending_zero = bool(text)
            continue
        text += ("零" if pending_zero else "") + _DIGITS[int(char)] + _PARTS[place]
        pending_zero = False
    if not text:
        text = "零元"
    if not text.endswith(_final_part(places)):
        text += "整"
    if currency != "CNY" or named:
        text = _chinese_name(currency) + ("负" if minor < 0 else "") + text
    elif minor < 0:
        text = "负" + text
    return text


def words(minor: int, currency: str = "CNY") -> str:
    """The amount in English words as on a cheque, e.g. One thousand two hundred and 56/100 US dollars.

    A currency without minor units ends in “only”: One thousand Japanese yen only. Negative amounts begin with
    “Minus”. Raises InvalidInput from 10^16 whole units on.
    """
    units, rest = _parts(minor, currency)
    text = _english(units)
    if minor < 0:
        text = "minus " + text
    text = text[0].upper() + text[1:]
    places = digits(currency)
    if places == 0:
        return f"{text} {_english_name(currency, units)} only"
    # “… and 00/100” is written out too: nothing can be added behind it.
    return f"{text} and {rest:0{places}d}/{10**places} {_english_name(currency, 0)}"


def _parts(minor: int, currency: str) -> tuple[int, int]:
    """Whole units and the rest in minor units, both of the magnitude."""
    units, rest = divmod(abs(minor), 10 ** digits(currency))
    if units >= _UNITS_LIMIT:
        raise InvalidInput(
            Code.AMOUNT_TOO_LARGE, _("The amount is too large to be written in words."), field="amount"
        )
    return units, rest


def _final_part(places: int) -> tuple[str, ...]:
    """The units after which 整 is not written: 分 and smaller, but never 角 (our choice, domain.md)."""
    return tuple(_PARTS[1:places]) if places > 1 else ("\0",)


def _chinese(number: int) -> str:
    """A positive whole number in capitals, by groups of four digits: 亿 over 万 over ones."""
    for scale, unit, tenth in ((10**8, "亿", 10**7), (10**4, "万", 10**3)):
        if number >= scale:
            high, low = divmod(number, scale)
            text = _chinese(high) + unit
            if low == 0:
                return text
            return text + ("零" if low < tenth else "") + _chinese(low)
    text = ""
    pending_zero = False
    for char, place in zip(f"{number:04d}", _PLACES, strict=True):
        if char == "0":
            pending_zero = bool(text)
            continue
        text += ("零" if pending_zero else "") + _DIGITS[int(char)] + place
        pending_zero = False
    return text


def _english(number: int) -> str:
    """A whole number in lower-case English words (short scale), without “and”."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")
    if number < 1000:
        hundreds, low = divmod(number, 100)
        return f"{_ONES[hundreds]} hundred" + (f" {_english(low)}" if low else "")
    scale, name = next(pair for pair in _SCALES if number >= pair[0])
    high, low = divmod(number, scale)
    return f"{_english(high)} {name}" + (f" {_english(low)}" if low else "")


@functools.cache
def _chinese_name(currency: str) -> str:
    from babel.numbers import get_currency_name

    return get_currency_name(currency, locale="zh_CN")


@functools.cache
def _english_name(currency: str, count: int) -> str:
    """The name behind a number; only one of it is singular."""
    from babel.numbers import get_currency_name

    return get_currency_name(currency, count=1 if count == 1 else 2, locale="en")
