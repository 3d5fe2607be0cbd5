"""The typeface: what it has, and what becomes of characters it lacks."""

from __future__ import annotations

import pytest

from crmdesk.services.documents.fonts import STAND_IN, face, printable


def cleaned(text: str) -> tuple[str, set[str]]:
    missing: set[str] = set()
    return printable(text, missing), missing


@pytest.mark.parametrize(
    "text", ["INV-2026-0001", "人民币壹拾万元整", "¥£€ éü № ½ — “引号”《书名》〈〉", "繁體中文", "ひらがな"]
)
def test_usual_text_stays(text: str) -> None:
    assert cleaned(text) == (text, set())


def test_both_weights_have_the_same_characters() -> None:
    assert face().known == face(bold=True).known
    assert STAND_IN in face().known


def test_every_character_of_gb2312_is_there() -> None:
    high = range(0xB0, 0xF8)
    chars = {
        char
        for first in high
        for second in range(0xA1, 0xFF)
        for char in bytes([first, second]).decode("gb2312", errors="ignore")
    }
    assert len(chars) > 6700
    assert chars <= face().known


@pytest.mark.parametrize(
    ("text", "shown", "missing"),
    [
        ("𠮷野家", "〓野家", {"𠮷"}),
        ("a\tb\nc\r\nd", "a b c  d", set()),
        ("右\u202e左", "右左", set()),
        ("a\u200bb\u200d\ufe0f", "ab", set()),
        ("e\u0301", "é", set()),
        ("a\u00a0b\u2003c", "a b c", set()),
        ("\x00\x07x", "x", set()),
        ("😀😀", "〓〓", {"😀"}),
        ("\ud800x", "x", set()),
    ],
)
def test_unusual_characters(text: str, shown: str, missing: set[str]) -> None:
    found, lacking = cleaned(text)
    assert found.replace("\u00a0", " ").replace("\u2003", " ") == shown
    assert lacking == missing
