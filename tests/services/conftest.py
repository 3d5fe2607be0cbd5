"""What tests of services share."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from crmdesk.services.book import Book


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Book]:
    """An empty Chinese book; the clock stands at 2026-06-30."""
    monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
    with Book.create(tmp_path / "test.crmdesk", name="鼎晟建材", country="CN", currency="CNY") as made:
        yield made


@pytest.fixture(scope="module")
def shared_book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """One book for a module of property tests; each example works in a unit that is never committed."""
    with Book.create(tmp_path_factory.mktemp("shared") / "shared.crmdesk", name="Shared") as made:
        yield made


@pytest.fixture
def memory_file(tmp_path: Path) -> Iterator[Path]:
    """A path for a book that is written many times: in memory where the system has such a place."""
    memory = Path("/dev/shm")
    is_usable = memory.is_dir() and os.access(memory, os.W_OK)
    folder = Path(tempfile.mkdtemp(prefix="crmdesk-test-", dir=memory if is_usable else tmp_path))
    yield folder / "shop.crmdesk"
    shutil.rmtree(folder, ignore_errors=True)
