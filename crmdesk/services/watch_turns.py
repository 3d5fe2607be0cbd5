"""Whose turn it is to look at the watched folders of a book: a window and a command line never take the same file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from crmdesk import paths
from crmdesk.services import file_locks, holders
from crmdesk.services.book import Book


@contextmanager
def turn(book: Book) -> Iterator[bool]:
    """Whether it is this process' turn to look at the folders of a book; the lock ends with the process."""
    try:
        folder = paths.home_dir() / "open"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / f"{holders.key_of(book.path)}.watch", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:  # a folder of notes that cannot be written is no reason to stop
        yield True
        return
    try:
        yield file_locks.hold(descriptor)
    finally:
        os.close(descriptor)
