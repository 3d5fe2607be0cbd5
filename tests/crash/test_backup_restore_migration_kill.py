"""kill -9 at every step of a backup, a restore and an upgrade, and at random moments (RP9, RP12, bad input 99).

What may be left is judged in `tests/crash/killed.py`: the old book or the new one, whole and clean, a backup that
proves itself or none, and no rubbish once the program has been started again.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import EFFORT
from tests.services import small_book

PROJECT = Path(__file__).resolve().parents[2]
RANDOM_KILLS = {"quick": 3, "normal": 15, "long": 300}[EFFORT]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are made by fork here"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where the system has such a place: a kill does not ask the disk."""
    memory = Path("/dev/shm")
    if not (memory.is_dir() and os.access(memory, os.W_OK)):
        yield tmp_path
        return
    made = Path(tempfile.mkdtemp(prefix="crmdesk-kill-", dir=memory))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def _run(scenario: str, folder: Path, kills: int = RANDOM_KILLS) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.killed", scenario, str(folder), "7", str(kills)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env=os.environ | {"CRMDESK_TODAY": small_book.TODAY},
        cwd=PROJECT,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("scenario", ["backup", "restore", "restore-new", "upgrade"])
def test_a_kill_leaves_the_old_or_the_new(scenario: str, folder: Path) -> None:
    told = _run(scenario, folder)
    assert told["faults"] == []
    assert told["complete"]
    assert told["positions"] > 10, "too few steps were found: the counting is broken"
    assert told["left"]["old"] > 0
    assert told["left"]["new"] > 0


def test_a_careless_restore_is_found_out(folder: Path) -> None:
    """The control: the same procedure must find a restore that removes the book first."""
    assert _run("careless", folder, kills=0)["faults"]
