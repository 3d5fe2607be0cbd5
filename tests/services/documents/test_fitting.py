"""Breaking, cutting and shrinking by measured widths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.services.documents import fitting
from crmdesk.services.documents.palette import Style

STYLE = Style(10, (0, 0, 0))
BOLD = Style(10, (0, 0, 0), bold=True)

texts = st.text(st.sampled_from("杭州西湖区，。（）《》abc Wi-9.,$¥ "), max_size=80)


@given(texts, st.floats(20, 300))
def test_wrapped_lines_fit_and_lose_nothing(text: str, available: float) -> None:
    lines = fitting.wrapped(text, STYLE, available)
    assert all(fitting.width(line, STYLE) <= available + 0.01 for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(texts, st.floats(20, 300), st.integers(1, 4))
def test_no_more_lines_than_allowed(text: str, available: float, lines_max: int) -> None:
    lines = fitting.wrapped(text, STYLE, available, lines_max)
    assert len(lines) <= lines_max
    assert all(fitting.width(line, STYLE) <= available + 0.01 for line in lines)
    if len(fitting.wrapped(text, STYLE, available)) > lines_max:
        assert lines[-1].endswith("…")


@given(texts, st.floats(15, 300))
def test_cut_fits(text: str, available: float) -> None:
    shown = fitting.cut(text, BOLD, available)
    assert fitting.width(shown, BOLD) <= available
    assert shown == text or shown.endswith("…")


@given(texts.filter(bool), st.floats(5, 300))
def test_shrunk_fits_without_a_limit(text: str, available: float) -> None:
    style = fitting.shrunk(text, STYLE, available)
    assert fitting.width(text, style) <= available + 0.01
    assert style.size <= STYLE.size


def test_chinese_punctuation_does_not_begin_a_line() -> None:
    text = "货款，请在到期日前付清。（如有疑问）请提出：谢谢！"
    for available in range(25, 200, 3):
        lines = fitting.wrapped(text, STYLE, available)
        assert not any(line[0] in "，。）：！" for line in lines[1:])
        assert not any(line[-1] in "（《" for line in lines[:-1])


def test_words_stay_whole_where_they_can() -> None:
    lines = fitting.wrapped("International trading company limited", STYLE, 90)
    assert lines == ["International", "trading company", "limited"]
    assert fitting.wrapped("9" * 40, STYLE, 100) == ["9" * 18, "9" * 18, "9" * 4]


def test_line_ends_of_the_user_are_kept() -> None:
    assert fitting.wrapped("一\n二\r\n三", STYLE, 100) == ["一", "二", "三"]
    assert fitting.wrapped("", STYLE, 100) == []


def test_packed_leaves_no_dangling_dot() -> None:
    parts = ["地址", "", "0571-88120000", "office@example.com"]
    assert fitting.packed(parts, STYLE, 500) == ["地址 · 0571-88120000 · office@example.com"]
    assert fitting.packed(parts, STYLE, 110) == ["地址 · 0571-88120000", "office@example.com"]
    assert fitting.packed(["", ""], STYLE, 110) == []


@pytest.mark.parametrize("style", [STYLE, BOLD])
def test_figures_are_tabular(style: Style) -> None:
    assert {round(fitting.width(digit, style), 6) for digit in "0123456789"} == {
        round(fitting.width("0", style), 6)
    }
