"""File names that every system takes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.services.documents.file_names import (
    NAME_BYTES_MAX,
    DistinctNames,
    file_name,
    safe,
    shortened,
)

DAY = date(2026, 11, 6)
RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"COM{n}" for n in range(10)), *(f"LPT{n}" for n in range(10))}


def test_pattern() -> None:
    values = {"number": "INV-2026-0342", "customer": "西溪民宿", "on": DAY}
    assert file_name(".pdf", **values) == "INV-2026-0342 西溪民宿 2026-11-06.pdf"
    assert file_name(".xlsx", **values, pattern="{date}_{customer}") == "2026-11-06_西溪民宿.xlsx"
    assert file_name(".pdf", customer="西溪民宿", on=DAY) == "西溪民宿 2026-11-06.pdf"
    assert file_name(".pdf") == "document.pdf"


def test_values_are_no_patterns() -> None:
    assert file_name(".pdf", number="{customer}", customer="{date}", on=DAY, pattern="{number} {x}") == (
        "{customer} {x}.pdf"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("..\\..\\x", "x"),
        ("C:\\x", "C--x"),
        ("a:b.txt", "a-b.txt"),
        ("con", "_con"),
        ("CON.pdf", "_CON.pdf"),
        ("nul .txt", "_nul .txt"),
        ("com1", "_com1"),
        ("lpt²", "_lpt²"),
        ("console", "console"),
        ("com10", "com10"),
        ("trailing. . ", "trailing"),
        ("a\nb\tc", "a b c"),
        ("a\u202efdp.exe", "afdp.exe"),
        ('a<b>"c"|d?e*', "a-b--c--d-e-"),
        ("~$owner", "$owner"),
        ("-rf", "rf"),
        ("Cafe\u0301", "Café"),
    ],
)
def test_safe(text: str, expected: str) -> None:
    assert safe(text) == expected


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_gives_a_name_for_every_system(number: str, customer: str) -> None:
    name = file_name(".pdf", number=number, customer=customer, on=DAY)
    assert name.endswith(".pdf")
    assert len(name.encode()) <= NAME_BYTES_MAX
    assert not set(name) & set('<>:"/\\|?*')
    assert name.isprintable() or all(char.isprintable() or char.isspace() for char in name)
    stem = name.removesuffix(".pdf")
    assert stem
    assert stem[-1] not in " ."
    assert stem.split(".")[0].strip().upper() not in RESERVED
    assert Path(name).name == name


def test_the_number_is_never_shortened() -> None:
    name = file_name(".pdf", number="INV-2026-0342", customer="发票" * 60, on=DAY)
    assert name.startswith("INV-2026-0342 发票发票")
    assert name.endswith(" 2026-11-06.pdf")
    assert NAME_BYTES_MAX - 6 < len(name.encode()) <= NAME_BYTES_MAX


@given(st.text(max_size=60), st.integers(0, 60))
def test_shortened_fits_and_is_a_beginning(text: str, bytes_max: int) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    short = shortened(text, bytes_max)
    assert len(short.encode()) <= bytes_max
    assert text.startswith(short)


def test_a_mark_stays_with_its_letter() -> None:
    assert shortened("ae\u0301", 3) == "a"
    assert shortened("ae\u0301", 4) == "ae\u0301"


def test_distinct_names() -> None:
    names = DistinctNames()
    assert [names.take(name) for name in ("a.pdf", "A.PDF", "a.pdf", "b.pdf", "a", "a")] == [
        "a.pdf",
        "A (2).PDF",
        "a (3).pdf",
        "b.pdf",
        "a",
        "a (2)",
    ]


def test_distinct_names_stay_short() -> None:
    names = DistinctNames()
    long = file_name(".pdf", customer="发票" * 60)
    taken = [names.take(long) for _ in range(12)]
    assert len(set(taken)) == 12
    assert all(len(name.encode()) <= NAME_BYTES_MAX for name in taken)
