"""What the scenarios share: a folder on a memory disk, and the command line as a user starts it."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crmdesk import text

PROJECT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def memory_folder() -> Iterator[Path]:
    """A folder for thousands of short-lived books: in memory where the system has such a place."""
    memory = Path("/dev/shm")
    is_usable = memory.is_dir() and os.access(memory, os.W_OK)
    folder = Path(tempfile.mkdtemp(prefix="crmdesk-test-", dir=memory if is_usable else None))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Ran:
    """What a finished command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def crmdesk(own_home: Path) -> Callable[..., Ran]:
    """The command line in a process of its own: `crmdesk("report", "ageing", book, stdin=None)`."""

    def run(*arguments: str | Path, stdin: str | None = None, today: str = "2026-12-31") -> Ran:
        environment = os.environ | {"CRMDESK_HOME": str(own_home), "CRMDESK_TODAY": today}
        done = subprocess.run(
            [sys.executable, "-m", "crmdesk", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            env=environment,
            check=False,
            timeout=300,
            cwd=PROJECT,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """As `crmdesk`, within this process: where a new one, half a second of starting, would show nothing more."""
    from crmdesk.cli.main import main

    def run(*arguments: str | Path, stdin: str | None = None, today: str = "2026-12-31") -> Ran:
        language = text.current_language()
        out, err = io.StringIO(), io.StringIO()
        with monkeypatch.context() as only_here, redirect_stdout(out), redirect_stderr(err):
            only_here.setenv("CRMDESK_TODAY", today)
            only_here.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO((stdin or "").encode())))
            code = main([str(argument) for argument in arguments])
        text.use_language(language)
        return Ran(code, out.getvalue(), err.getvalue())

    return run


@contextmanager
def a_shop(folder: Path, monkeypatch: pytest.MonkeyPatch, country: str = "CN") -> Iterator[Any]:
    """A teller of a new book that must be clean at the end; the clock stands at 2026-12-31."""
    from crmdesk.services import check
    from crmdesk.services.book import Book
    from tests.scenarios import invariants
    from tests.scenarios.telling import Teller

    monkeypatch.setenv("CRMDESK_TODAY", "2026-12-31")
    path = folder / "story.crmdesk"
    with Book.create(path, name="鼎晟 Shop", country=country, currency="CNY", language="en") as book:
        yield Teller(book)
        told = check.run(book)
        with book.read() as connection:
            invariants.all_of_them(invariants.Rows(connection))
    assert told["violations"] == []


@pytest.fixture
def teller(memory_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A shop whose book must be clean at the end."""
    with a_shop(memory_folder, monkeypatch) as found:
        yield found


@pytest.fixture(scope="module")
def shared_book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One book for a module of property tests; each example works in a unit that is never committed."""
    from crmdesk.services.book import Book

    with Book.create(tmp_path_factory.mktemp("shared") / "shared.crmdesk", name="Shared") as made:
        yield made
