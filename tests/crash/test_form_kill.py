"""RP14: kill -9 while somebody types into a form; at most three seconds of typing are lost.

The typist is the real window in a process of its own. It says what stands in the field after every word; what the
journal holds after the kill must be one of the texts of the last three seconds. A window that keeps nothing must be
found out by the same procedure.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from crmdesk.services.book import Book
from crmdesk.services.draft_journal import Entry, Journal
from tests.conftest import EFFORT

KILLS = {"quick": 1, "normal": 3, "long": 50}[EFFORT]
LOST_MAX_S = 3.0
TYPIST = Path(__file__).with_name("typist.py")
PROJECT = TYPIST.parent.parent.parent
PATIENCE_S = 120.0


class Lost(AssertionError):
    """More was lost than is promised."""


def type_and_be_killed(book: Path, chance: random.Random, *options: str) -> list[tuple[float, str]]:
    """What the typist said until it was killed, some time after its first word."""
    process = subprocess.Popen(
        [sys.executable, str(TYPIST), str(book), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
    )
    said: list[tuple[float, str]] = []
    has_begun = threading.Event()

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if line.endswith("\n"):
                said.append(tuple(json.loads(line)))
                has_begun.set()

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        assert has_begun.wait(PATIENCE_S), "the window did not come to typing"
        # Longer than what may be lost, so that an empty journal is a finding.
        time.sleep(LOST_MAX_S + 0.5 + 2 * chance.random())
    finally:
        process.kill()
        process.wait()
        listener.join()
        if process.stdout is not None:
            process.stdout.close()
    return said


def demand_little_lost(left: tuple[Entry, ...], said: list[tuple[float, str]]) -> None:
    """The newest text that was kept is one of the last three seconds of typing."""
    if not left:
        raise Lost("nothing was kept")
    kept = {str((entry.values or {}).get("name")) for entry in left}
    killed_at = said[-1][0]
    # What stood there is compared without the space at the end, which no form takes.
    young = {text.strip() for at, text in said if killed_at - at <= LOST_MAX_S}
    if not kept & young:
        raise Lost(f"kept {sorted(kept)[-1:]}, typed last {said[-1][1]!r}")


def left_behind(book: Path) -> tuple[Entry, ...]:
    """Takes what is left and throws it away, so that the next round begins with nothing."""
    journal = Journal(book)
    found = journal.take_over()
    journal.forget()
    assert not found.damaged, "a kill never leaves half a file"
    return found.entries


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    Book.create(path, name="鼎晟", country="CN", currency="CNY", language="zh_CN").close()
    return path


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 of POSIX")
def test_at_most_three_seconds_of_typing_are_lost(book: Path) -> None:
    chance = random.Random(14)
    for _kill in range(KILLS):
        said = type_and_be_killed(book, chance)
        demand_little_lost(left_behind(book), said)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 of POSIX")
def test_a_window_that_keeps_nothing_is_found_out(book: Path) -> None:
    said = type_and_be_killed(book, random.Random(15), "careless")
    with pytest.raises(Lost):
        demand_little_lost(left_behind(book), said)
