"""Files that leave the program by way of the clipboard."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
import time
from pathlib import Path

import pytest

from crmdesk import paths
from crmdesk.services import outgoing


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))


def test_what_is_passed_on_lies_in_the_users_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in the system's temporary folder, where anybody could have made the folder before."""
    monkeypatch.setattr(tempfile, "gettempdir", lambda: pytest.fail("a guessable place"))
    monkeypatch.setattr("getpass.getuser", lambda: pytest.fail("a name that a service account has not"))
    path = outgoing.passing_file("statement.pdf", b"%PDF")
    assert path.read_bytes() == b"%PDF"
    assert path.parent.parent == paths.home_dir()
    if sys.platform != "win32":
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_those_of_earlier_days_go_and_another_window_may_be_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    old, gone, new = (outgoing.passing_file(name, b"x") for name in ("old.pdf", "gone.pdf", "new.pdf"))
    for path in (old, gone):
        os.utime(path, (time.time() - 90_000,) * 2)
    look = Path.stat

    def look_late(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path == gone:
            path.unlink(missing_ok=True)
        return look(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", look_late)
    newest = outgoing.passing_file("newest.pdf", b"x")
    assert sorted(newest.parent.iterdir()) == sorted([new, newest])
