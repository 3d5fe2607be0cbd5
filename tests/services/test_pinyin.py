"""Initials from the built table, against the package the table was made from and against names people know."""

from __future__ import annotations

import pytest
from pypinyin import Style, lazy_pinyin

from crmdesk.services import pinyin


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("贸易有限公司", "myyxgs"),
        ("ABC贸易", "ABCmy"),
        ("Ñandú 100%", "Ñandú 100%"),
        ("", ""),
    ],
)
def test_initials(text: str, expected: str) -> None:
    assert pinyin.initials(text) == expected


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("重庆", "cq"),
        ("重庆", "zq"),
        ("银行", "yh"),
        ("单雄信", "sxx"),
        ("曾国藩", "zgf"),
        ("仇英", "qy"),
        ("区志远", "ozy"),
        ("解缙", "xj"),
        ("查良镛", "zly"),
        ("朴树", "ps"),
        ("尉迟恭", "ycg"),
        ("万俟", "mq"),
        ("长孙无忌", "zswj"),
        ("厦门", "xm"),
        ("上海鼎晟", "shds"),
        ("番禺", "py"),
    ],
)
def test_polyphones_and_surnames_are_found_by_each_of_their_initials(text: str, way: str) -> None:
    assert way in pinyin.all_initials(text, 64)


def test_the_number_of_ways_is_limited_and_begins_with_the_usual_one() -> None:
    text = "重" * 10
    ways = pinyin.all_initials(text)
    assert len(ways) == 8
    assert ways[0] == pinyin.initials(text)


def test_common_characters_agree_with_the_package() -> None:
    text = "".join(chr(point) for point in range(0x4E00, 0x9FA6))
    expected = [letter[:1] for letter in lazy_pinyin(list(text), style=Style.NORMAL)]
    own = pinyin.initials(text)
    different = [sign for sign, left, right in zip(text, own, expected, strict=True) if left != right]
    assert different == []


def test_homophones_have_equal_syllables() -> None:
    assert pinyin.syllables("丁山") == pinyin.syllables("钉山")
    assert pinyin.syllables("绿女") == "lvnv"
    assert pinyin.readings("行")[:1] == ("xing",)
    assert "hang" in pinyin.readings("行")
    assert pinyin.readings("A") == ()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("dingsheng", ("ding", "sheng")),
        ("dingsh", ("ding", "sh")),
        ("xian", ("xi", "an")),
        ("xian", ("xian",)),
        ("lv", ("lv",)),
    ],
)
def test_typed_letters_are_read_as_syllables(typed: str, expected: tuple[str, ...]) -> None:
    assert expected in pinyin.split(typed)


@pytest.mark.parametrize("typed", ["", "a", "shds", "x1", "鼎", "qq", "acme"])
def test_other_letters_are_no_pinyin(typed: str) -> None:
    assert pinyin.split(typed) == []


def test_a_text_is_read_with_every_reading_of_its_characters() -> None:
    assert pinyin.is_read_as("大重庆", ("chong", "qing"))
    assert pinyin.is_read_as("大重庆", ("zhong", "q"))
    assert not pinyin.is_read_as("大重庆", ("chong", "qin", "g"))
    assert not pinyin.is_read_as("重大庆", ("chong", "qing"))
    assert not pinyin.is_read_as("重", ("chong", "qing"))
