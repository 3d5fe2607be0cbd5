"""What the tests of the services share."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def memory_file(tmp_path: Path) -> Iterator[Path]:
    """A path for a book that is written many times: in memory where the system has such a place."""
    memory = Path("/dev/shm")
    is_usable = memory.is_dir() and os.access(memory, os.W_OK)
    folder = Path(tempfile.mkdtemp(prefix="crmdesk-test-", dir=memory if is_usable else tmp_path))
    yield folder / "shop.crmdesk"
    shutil.rmtree(folder, ignore_errors=True)
