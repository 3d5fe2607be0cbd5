"""Typed words against texts: ranks, and the parts that are emphasised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.services import word_match
from crmdesk.services.word_match import APART, BEGINS, EXACT, HOLDS, HOLDS_INITIALS, WORD_BEGINS


@pytest.mark.parametrize(
    ("typed", "texts", "expected"),
    [
        ("设置", ("设置",), EXACT),
        ("new", ("新建应收单", "New invoice"), BEGINS),
        ("invoice", ("新建应收单", "New invoice"), WORD_BEGINS),
        ("应收", ("新建应收单", "New invoice"), HOLDS),
        ("xjysd", ("新建应收单",), WORD_BEGINS),
        ("xinjian", ("新建应收单",), WORD_BEGINS),
        ("ysd", ("新建应收单",), HOLDS_INITIALS),
        ("yingshou", ("新建应收单",), HOLDS_INITIALS),
        ("ni", ("New invoice",), WORD_BEGINS),
        ("invoice new", ("New invoice",), APART),
        ("cqjc", ("重庆建材",), WORD_BEGINS),
        ("zqjc", ("重庆建材",), WORD_BEGINS),
        ("ＮＥＷ", ("New invoice",), BEGINS),
        ("zzz", ("New invoice", "新建应收单"), None),
        ("new zzz", ("New invoice",), None),
        ("  ", ("New invoice",), None),
        ("x", ("新建",), None),
    ],
)
def test_ranks(typed: str, texts: tuple[str, ...], expected: int | None) -> None:
    assert word_match.rank(typed, texts) == expected


@pytest.mark.parametrize(
    ("typed", "text", "parts"),
    [
        ("西溪", "杭州西溪民宿", ["西溪"]),
        ("xxms", "杭州西溪民宿", ["西溪民宿"]),
        ("xixi", "杭州西溪民宿", ["西溪"]),
        ("xixim", "杭州西溪民宿", ["西溪民"]),
        ("cq", "重庆建材", ["重庆"]),
        ("inv new", "New invoice", ["New", "inv"]),
        ("NEW I", "New invoice", ["New i"]),
        ("0042", "INV-2026-0042", ["0042"]),
        ("zz", "New", []),
    ],
)
def test_parts_that_were_typed(typed: str, text: str, parts: list[str]) -> None:
    assert [text[at : at + length] for at, length in word_match.spans(typed, text)] == parts


_SIGNS = st.text(alphabet="abİß 重庆鼎晟建1-", max_size=8)


@given(typed=_SIGNS, text=_SIGNS)
def test_parts_lie_inside_the_text_and_apart(typed: str, text: str) -> None:
    end = 0
    for at, length in word_match.spans(typed, text):
        assert at >= end
        assert length > 0
        end = at + length
    assert end <= len(text)


@given(text=st.text(alphabet="ab 重庆鼎晟建1", min_size=1, max_size=8).filter(str.strip))
def test_a_text_is_found_by_itself(text: str) -> None:
    assert word_match.rank(text, ("", text)) == EXACT
