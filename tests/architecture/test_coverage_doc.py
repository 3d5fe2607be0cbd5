"""docs/coverage.md names tests that exist."""

from __future__ import annotations

import re

from tests.architecture.source import PROJECT

_NAMED = re.compile(r"`((?:\w+/)*test_\w+\.py)(?:::(test_\w+))?`")


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
