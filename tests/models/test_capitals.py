"""Amounts in words are proved by reading them back with readers that share nothing with the writers."""

from __future__ import annotations

import cn2an
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crmdesk.models.capitals import capitals, words
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.money import digits, plain

# ---------------------------------------------------------------- readers

_FIGURES = {char: value for value, char in enumerate("零壹贰叁肆伍陆柒捌玖")}
_PLACES = {"拾": 10, "佰": 100, "仟": 1000}
_PARTS = {"角": 1, "分": 2, "厘": 3, "毫": 4}


def read_capitals(text: str, currency: str = "CNY") -> int:
    """Minor units of an amount in capitals without its currency's name; character by character."""
    sign = -1 if text.startswith("负") else 1
    text = text.removeprefix("负").removesuffix("整")
    whole, yuan, rest = text.partition("元")
    if not yuan:
        whole, rest = "零", text
    places = digits(currency)
    minor = 0
    figure: int | None = None
    for char in rest:
        if char in _PARTS:
            assert figure is not None
            minor += figure * 10 ** (places - _PARTS[char])
            figure = None
        else:
            assert figure in (None, 0)
            figure = _FIGURES[char]
    assert figure is None
    return sign * (read_whole(whole) * 10**places + minor)


def read_whole(text: str) -> int:
    """A whole number in capitals: each unit multiplies everything smaller that stands before it."""
    total = section = 0
    figure = 0
    for char in text:
        if char in _FIGURES:
            figure = _FIGURES[char]
        elif char in _PLACES:
            section += figure * _PLACES[char]
            figure = 0
        elif char == "万":
            # 万 closes its section; before 亿 it multiplies again
            section = (section + figure) * 10**4
            total += section
            section = figure = 0
        else:
            assert char == "亿"
            total = (total + section + figure) * 10**8
            section = figure = 0
    return total + section + figure


# fmt: off
_TEENS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]
# fmt: on
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORDS = {word: value for value, word in enumerate(_TEENS)}
_WORDS |= {word: value * 10 for value, word in enumerate(_TENS, start=2)}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "quadrillion": 10**15}


def read_words(text: str) -> tuple[int, int, str]:
    """Whole units (signed), the fraction in minor units, and the currency's name."""
    figures, _and, tail = text.partition(" and ")
    fraction = 0
    if tail:
        fraction = int(tail.partition("/")[0])
        name = tail.partition(" ")[2]
    else:
        assert figures.endswith(" only")
        figures, name = figures.removesuffix(" only"), ""
    total = section = 0
    tokens = figures.lower().replace("-", " ").split()
    sign = -1 if tokens[0] == "minus" else 1
    for token in tokens[1 if sign < 0 else 0 :]:
        if token in _WORDS:
            section += _WORDS[token]
        elif token == "hundred":
            section *= 100
        elif token in _SCALES:
            total += section * _SCALES[token]
            section = 0
        else:
            name = f"{name} {token}".strip()
    return sign * (total + section), fraction, name


# ---------------------------------------------------------------- vectors of the rule


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("10.00", "壹拾元整"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("100000001.00", "壹亿零壹元整"),
        ("10000000000000.00", "壹拾万亿元整"),
        ("0.00", "零元整"),
        ("0.05", "伍分"),
        ("-12.00", "负壹拾贰元整"),
        ("0.50", "伍角整"),
        ("10.05", "壹拾元零伍分"),
        ("100500.00", "壹拾万零伍佰元整"),
        ("100010.00", "壹拾万零壹拾元整"),
        ("20000000.00", "贰仟万元整"),
        ("100001000.00", "壹亿零壹仟元整"),
        ("110000000.00", "壹亿壹仟万元整"),
        ("1050000000.00", "壹拾亿伍仟万元整"),
        ("1000100000000.00", "壹万零壹亿元整"),
        ("9999999999999.99", "玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_vectors(amount: str, written: str) -> None:
    minor = int(amount.replace(".", ""))
    assert capitals(minor) == written
    assert capitals(minor, named=True) == "人民币" + written
    assert read_capitals(written) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (12345, "USD", "美元壹佰贰拾叁元肆角伍分"),
        (12345, "JPY", "日元壹万贰仟叁佰肆拾伍元整"),
        (12345, "KWD", "科威特第纳尔壹拾贰元叁角肆分伍厘"),
        (12340, "KWD", "科威特第纳尔壹拾贰元叁角肆分"),
        (12005, "KWD", "科威特第纳尔壹拾贰元零伍厘"),
        (-500, "EUR", "欧元负伍元整"),
    ],
)
def test_other_currencies_are_named(minor: int, currency: str, written: str) -> None:
    assert capitals(minor, currency) == written
    assert capitals(minor, currency, named=True) == written


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (123456, "CNY", "One thousand two hundred thirty-four and 56/100 Chinese yuan"),
        (0, "USD", "Zero and 00/100 US dollars"),
        (100, "USD", "One and 00/100 US dollars"),
        (-1205, "EUR", "Minus twelve and 05/100 euros"),
        (1, "JPY", "One Japanese yen only"),
        (21000007, "KWD", "Twenty-one thousand and 007/1000 Kuwaiti dinars"),
        (10**15, "CNY", "Ten trillion and 00/100 Chinese yuan"),
        (11_000_013_01, "GBP", "Eleven million thirteen and 01/100 British pounds"),
    ],
)
def test_english_vectors(minor: int, currency: str, written: str) -> None:
    assert words(minor, currency) == written


# ---------------------------------------------------------------- read back


def test_every_small_amount_reads_back() -> None:
    for minor in range(200_001):
        assert read_capitals(capitals(minor)) == minor, minor


def test_every_small_amount_in_english_reads_back() -> None:
    for minor in range(0, 200_001, 7):
        assert read_words(words(minor))[:2] == divmod(minor, 100), minor


def _edges() -> list[int]:
    """Amounts round each power of ten and each boundary of 万 and 亿, in minor units."""
    found = set()
    for exponent in range(16):
        for factor in (1, 2, 5, 9, 10, 11, 101, 1001, 10001):
            for step in (-100, -1, 0, 1, 10, 100, 1000, 100_000, 1_000_000):
                found.add(min(max(factor * 10**exponent + step, 0), 10**15))
    return sorted(found)


def test_edges_read_back_and_keep_the_form() -> None:
    for minor in _edges():
        text = capitals(minor)
        assert read_capitals(text) == minor
        assert_form(text)
        assert read_words(words(minor))[:2] == divmod(minor, 100)


def assert_form(text: str) -> None:
    """What a cashier checks: one 零 at a time, none at a group's end, 整 exactly where it belongs."""
    assert "零零" not in text
    for unit in "拾佰仟万亿角分":
        assert f"零{unit}" not in text
    assert text == "零元整" or "零元" not in text
    assert text.endswith("整") != text.endswith("分")
    assert not text.startswith(("拾", "零")) or text == "零元整"


@given(st.integers(0, 10**15))
@example(10**15)
@example(10**15 - 1)
def test_chinese_reads_back(minor: int) -> None:
    text = capitals(minor)
    assert read_capitals(text) == minor
    assert_form(text)
    if minor:
        assert capitals(-minor) == "负" + text
        assert read_capitals(capitals(-minor)) == -minor


@given(st.integers(-(10**15), 10**15), st.sampled_from(["CNY", "JPY", "KWD", "USD", "CLF"]))
def test_every_currency_reads_back(minor: int, currency: str) -> None:
    figures = capitals(minor, currency)
    name = figures[: next(index for index, char in enumerate(figures) if char in "负零壹贰叁肆伍陆柒捌玖")]
    assert (name == "") == (currency == "CNY")
    assert read_capitals(figures.removeprefix(name), currency) == minor
    whole, fraction, _name = read_words(words(minor, currency))
    assert abs(whole) * 10 ** digits(currency) + fraction == abs(minor)
    assert words(minor, currency).startswith("Minus ") == (minor < 0)


@given(st.integers(0, 10**13))
def test_cn2an_agrees_where_it_is_right(minor: int) -> None:
    """cn2an leaves out 整 after 角 (we write it) and the 零 of an empty 万; all else is the same."""
    units = minor // 100
    if (units // 10**4) % 10**4 == 0 and units >= 10**8 and units % 10**4 >= 1000:
        return
    ours = capitals(minor)
    if ours.endswith("角整"):
        ours = ours.removesuffix("整")
    assert ours == cn2an.an2cn(plain(minor, "CNY"), "rmb")


# ---------------------------------------------------------------- limits


def test_largest_amounts_and_beyond() -> None:
    largest = 10**18 - 1
    assert read_capitals(capitals(largest)) == largest
    assert read_words(words(largest))[:2] == divmod(largest, 100)
    for write in (capitals, words):
        with pytest.raises(InvalidInput) as refused:
            write(10**18)
        assert refused.value.code is Code.AMOUNT_TOO_LARGE
