"""docs/coverage.md names tests that exist."""

from __future__ import annotations

import re

from tests.architecture.source import PROJECT

_NAMED = re.compile(r"`((?:\w+/)*test_\w+\.py)(?:::(test_\w+))?`")

_SENTENCE = re.compile(r"^\| S(\d) (\1\.\d\d) \| [^|]+ \| [^|]*`[^|]*\|$", re.MULTILINE)
SENTENCES = {
    "0": [1, 3, *range(17, 36)],
    "1": [6, 7, *range(13, 20), *range(28, 32), *range(39, 49), *range(50, 59), 60],
    "3": [*range(1, 16), 18, 19, 20],
    "4": [1, 2, *range(4, 28)],
}
"""Sentences of sources.md about the archive, classification and grouping (the others are of later parts)."""


def missing(words: str) -> list[str]:
    """Named tests that are not there."""
    gone = []
    for file, name in _NAMED.findall(words):
        path = PROJECT / "tests" / file
        if not path.is_file() or (name and f"def {name}(" not in path.read_text(encoding="utf-8")):
            gone.append(f"{file}::{name}")
    return gone


def test_every_named_test_exists() -> None:
    words = (PROJECT / "docs" / "coverage.md").read_text(encoding="utf-8")
    assert len(_NAMED.findall(words)) > 80
    assert missing(words) == []


def test_a_wrong_name_is_found() -> None:
    assert missing("`crash/test_kill.py::test_of_nothing` `test_nowhere.py`") == [
        "crash/test_kill.py::test_of_nothing",
        "test_nowhere.py::",
    ]


def test_every_sentence_about_archive_and_groups_has_a_line() -> None:
    words = (PROJECT / "docs" / "coverage.md").read_text(encoding="utf-8")
    wanted = [f"{source}.{number:02}" for source, numbers in SENTENCES.items() for number in numbers]
    assert [number for _source, number in _SENTENCE.findall(words)] == wanted
