"""Several processes work with one book: nothing lost, numbers without gaps, nobody is told "busy" (RP7, RP16)."""

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

from crmdesk.services import check
from crmdesk.services.book import Book
from tests.conftest import EFFORT
from tests.services import small_book

PROJECT = Path(__file__).resolve().parents[2]
CLERKS = 4
INVOICES = {"quick": 20, "normal": 200, "long": 1000}[EFFORT]
RACES = {"quick": 3, "normal": 10, "long": 200}[EFFORT]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A book in memory where the system has such a place: many commits, no question of the disk."""
    monkeypatch.setenv("CRMDESK_TODAY", small_book.TODAY)
    memory = Path("/dev/shm")
    is_usable = memory.is_dir() and os.access(memory, os.W_OK)
    folder = Path(tempfile.mkdtemp(prefix="crmdesk-race-", dir=memory if is_usable else tmp_path))
    yield small_book.make(folder / "shop.crmdesk")
    shutil.rmtree(folder, ignore_errors=True)


def _lines(clerk: int) -> str:
    lines = []
    for number in range(INVOICES):
        args: dict[str, Any] = {
            "do": "invoice.issue", "key": f"{clerk}-{number}", "customer": f"K{clerk % 3}", "date": "2026-06-01",
            "lines": [{"description": "x", "quantity": "1", "unit_price": str(number + 1), "tax_rate": "0"}],
        }  # fmt: skip
        lines.append(json.dumps(args))
    return "\n".join(lines) + "\n"


def test_four_processes_issue_invoices(path: Path) -> None:
    clerks = [
        subprocess.Popen(
            [sys.executable, "-m", "crmdesk", "apply", str(path), "-"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", cwd=PROJECT,
        )
        for _number in range(CLERKS)
    ]  # fmt: skip
    for number, clerk in enumerate(clerks):
        assert clerk.stdin
        clerk.stdin.write(_lines(number))
        clerk.stdin.flush()
        clerk.stdin.close()
        clerk.stdin = None
    answers = []
    for clerk in clerks:
        out, err = clerk.communicate(timeout=600)
        assert err == ""
        assert clerk.returncode == 0
        answers += [json.loads(line) for line in out.splitlines()]
    assert len(answers) == CLERKS * INVOICES
    numbers = [answer["result"]["number"] for answer in answers]
    first = 6  # the small book has five
    assert sorted(numbers) == [f"INV-2026-{number:04d}" for number in range(first, first + CLERKS * INVOICES)]
    with Book.open(path) as book:
        told = check.run(book)
        assert told["violations"] == []
        assert told["checked"]["documents_by_kind"]["invoice"] == 5 + CLERKS * INVOICES
        with book.read() as connection:
            kept = (
                connection.exec_driver_sql("SELECT number FROM document WHERE kind='invoice'").scalars().all()
            )
    assert set(numbers) < set(kept)


def _race(path: Path, kills: int) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.racing", str(path), str(RACES), str(CLERKS), str(kills)],
        capture_output=True, encoding="utf-8", check=False, cwd=PROJECT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["complaints"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are made by fork here")
@pytest.mark.parametrize("kills", [0, 1], ids=["all close", "one is killed"])
def test_nobody_is_refused_when_all_start_at_once(path: Path, kills: int) -> None:
    with Book.open(path) as book:
        before = check.run(book)["checked"]["audit_entry"]
    assert _race(path, kills) == []
    with Book.open(path) as book:
        told = check.run(book)
        assert told["violations"] == []
        assert told["checked"]["audit_entry"] == before + RACES * CLERKS
