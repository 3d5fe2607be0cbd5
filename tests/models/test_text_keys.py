"""Forms of a text that compare alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.models import text_keys


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ＡＢＣ　Ltd", "abc ltd"),
        ("  a \t b\n", "a b"),
        ("Straße", "strasse"),
        ("İstanbul", "i̇stanbul"),
        ("①", "1"),
        ("", ""),
    ],
)
def test_folded_text_has_no_width_case_or_extra_space(typed: str, expected: str) -> None:
    assert text_keys.folded(typed) == expected


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    once = text_keys.folded(text)
    assert text_keys.folded(once) == once


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_ascii_takes_a_short_way_to_the_same_result(text: str) -> None:
    # a sign outside ASCII takes the long way
    assert text_keys.folded(text + " 中") == f"{text_keys.folded(text)} 中".strip()


TWINS = [
    "上海鼎晟贸易有限公司",
    "上海鼎晟贸易有限责任公司",
    "上海鼎晟贸易（有限公司）",
    "「上海鼎晟贸易」",
    "上海 鼎晟 贸易股份有限公司",
    "上海鼎晟贸易公司",
]


def test_names_that_differ_in_form_only_have_one_key() -> None:
    assert {text_keys.name_key(name) for name in TWINS} == {"上海鼎晟贸易"}


def test_latin_company_forms_are_left_out() -> None:
    names = ("ＡＢＣ Trading Co., Ltd.", "abc trading ltd", "ABC-Trading Inc", "Abc Trading Limited")
    assert {text_keys.name_key(name) for name in names} == {"abctrading"}


@pytest.mark.parametrize("name", ["有限公司", "!!!", "Inc", "公司", "Ltd", "—"])
def test_a_name_of_nothing_but_form_still_has_a_key(name: str) -> None:
    assert text_keys.name_key(name)


def test_other_words_stay_part_of_the_key() -> None:
    assert text_keys.name_key("Zinc") == "zinc"
    assert text_keys.name_key("鼎晟（上海）贸易有限公司") == "鼎晟上海贸易"
    assert text_keys.name_key("鼎晟分公司") != text_keys.name_key("鼎晟有限公司")


@given(st.text().filter(lambda text: bool(text.split())))
def test_a_name_has_a_key(name: str) -> None:
    assert text_keys.name_key(name)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("+86 138-0013-8000", "13800138000"),
        ("0086 13800138000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("(021) 6288 1000", "02162881000"),
        ("8612345", "8612345"),
        ("n/a", ""),
        ("110", ""),
    ],
)
def test_phones_are_compared_by_their_digits(typed: str, expected: str) -> None:
    assert text_keys.phone_key(typed) == expected


def test_signs_that_nobody_sees_are_named() -> None:
    assert text_keys.hidden_signs("abc\u202egpj") == ["RIGHT-TO-LEFT OVERRIDE"]
    assert text_keys.hidden_signs("a\u200bb") == ["ZERO WIDTH SPACE"]
    assert text_keys.hidden_signs("鼎晟 Café Ñandú 𠮷") == []
    assert text_keys.hidden_signs("👨\u200d👩\u200d👧") == []
