"""Locks on files that end with the process that holds them, whatever way it ends: even at a kill -9."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def hold(descriptor: int) -> bool:
    """An exclusive lock on an open file, kept until it is closed; False if somebody has it."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, 1 << 30, os.SEEK_SET)  # beyond the text, which others must be able to read
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_same(descriptor: int, path: Path) -> bool:
    """Whether the open file still has this name: a lock on one that was removed meanwhile is worth nothing."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except OSError:
        return False
