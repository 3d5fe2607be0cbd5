"""Keeps None, True and False alive under Python 3.11.

PySide6 6.12 returns them without counting the reference, which is right from Python 3.12 on, where they are
immortal. Under 3.11 every call of a Qt method takes one reference of None away; after some ten thousand calls the
interpreter ends with “deallocating None”. A count that cannot be used up in centuries makes them immortal there too.
"""

from __future__ import annotations

import ctypes
import sys

_SPARE = 1 << 40 if sys.maxsize > 1 << 32 else 1 << 29


def keep() -> None:
    """Gives the singletons references to spare; once, and only where they are counted."""
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython":
        return
    for single in (None, True, False, NotImplemented, Ellipsis):
        if sys.getrefcount(single) < _SPARE // 2:
            # An object begins with its count of references.
            ctypes.c_ssize_t.from_address(id(single)).value += _SPARE
