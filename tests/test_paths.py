"""Where the program looks for its own things and keeps the user's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from crmdesk import paths

PLACES = [paths.settings_dir, paths.log_dir, paths.drafts_dir]


def test_resources_of_the_source_tree_are_found() -> None:
    assert (paths.resources_dir() / "fonts" / "NotoSansSC-Regular.ttf").is_file()
    assert paths.resource("icons", "plus.svg").is_file()


def test_named_resources_come_before_all_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "resources").mkdir()
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert paths.resources_dir() == tmp_path / "resources"
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("CRMDESK_RESOURCES", str(other))
    assert paths.resources_dir() == other


def test_named_resources_that_are_not_there_are_not_replaced_by_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRMDESK_RESOURCES", str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match="nowhere"):
        paths.resources_dir()


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_every_place_is_inside_the_moved_home_and_private(place, own_home: Path) -> None:
    folder = place()
    assert folder.is_dir()
    assert folder.parent == own_home
    assert place() == folder
    if sys.platform != "win32":
        assert folder.stat().st_mode & 0o077 == 0


def test_a_home_that_does_not_exist_yet_is_made_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "a" / "b"
    monkeypatch.setenv("CRMDESK_HOME", str(home))
    assert paths.home_dir() == home
    assert not home.exists(), "asking where it is must not make it"
    paths.log_dir()
    if sys.platform != "win32":
        assert home.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, "/u/.local/share/crmdesk"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/crmdesk"),
        ("linux", {"XDG_DATA_HOME": "relative"}, "/u/.local/share/crmdesk"),
        ("darwin", {"XDG_DATA_HOME": "/data"}, "/u/Library/Application Support/crmdesk"),
        ("win32", {"LOCALAPPDATA": "/u/Local"}, "/u/Local/crmdesk"),
        ("win32", {}, "/u/AppData/Local/crmdesk"),
    ],
)
def test_the_standard_places_of_each_system(
    platform: str, variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CRMDESK_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("/u"))
    assert paths.home_dir() == Path(expected)
