"""What the scenarios share: a folder on a memory disk, and the command line as a user starts it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def memory_folder() -> Iterator[Path]:
    """A folder for thousands of short-lived books: in memory where the system has such a place."""
    memory = Path("/dev/shm")
    is_usable = memory.is_dir() and os.access(memory, os.W_OK)
    folder = Path(tempfile.mkdtemp(prefix="crmdesk-test-", dir=memory if is_usable else None))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
