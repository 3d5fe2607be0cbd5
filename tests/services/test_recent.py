"""The list of recent books: newest first, no doubles, never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmdesk.services import recent


def test_newest_first_without_doubles(tmp_path: Path) -> None:
    one, two = tmp_path / "一.crmdesk", tmp_path / "two.crmdesk"
    one.touch()
    two.touch()
    assert recent.books() == []
    assert recent.last() is None
    recent.add(one, "One")
    recent.add(two, "Two")
    recent.add(one, "One again")
    assert [(entry.path, entry.name) for entry in recent.books()] == [
        (str(one), "One again"),
        (str(two), "Two"),
    ]
    assert recent.last() == one


def test_a_missing_book_is_listed_but_not_opened(tmp_path: Path) -> None:
    gone = tmp_path / "gone.crmdesk"
    recent.add(gone, "Gone")
    (entry,) = recent.books()
    assert not entry.is_there
    assert recent.last() is None
    recent.forget(gone)
    assert recent.books() == []


def test_the_list_is_bounded(tmp_path: Path) -> None:
    for number in range(recent.COUNT_MAX + 5):
        recent.add(tmp_path / f"{number}.crmdesk", str(number))
    assert len(recent.books()) == recent.COUNT_MAX
    assert recent.books()[0].name == str(recent.COUNT_MAX + 4)


@pytest.mark.parametrize("text", ["", "{", "[1, null, {}]", '{"path": 1}', '[{"path": 1, "name": "x"}]'])
def test_a_broken_list_counts_as_empty(own_home: Path, tmp_path: Path, text: str) -> None:
    recent.add(tmp_path / "x", "X")
    file = own_home / "settings" / "recent.json"
    file.write_text(text)
    assert recent.books() == []
    recent.add(tmp_path / "y", "Y")
    assert [entry.name for entry in recent.books()] == ["Y"]


def test_bytes_that_are_no_text(own_home: Path, tmp_path: Path) -> None:
    recent.add(tmp_path / "x", "X")
    (own_home / "settings" / "recent.json").write_bytes(b"\xff\xfe\x00")
    assert recent.books() == []


def test_a_home_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("CRMDESK_HOME", str(tmp_path / "file"))
    recent.add(tmp_path / "x", "X")
    assert recent.books() == []
