"""Python's search for reference cycles, at rest while records are made in bulk."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_resting: list[bool] = []
"""One entry for each who makes records in bulk, in whatever thread: adding and taking one is a single step."""


@contextmanager
def no_collection() -> Iterator[None]:
    """Rests the search: records in bulk make no cycles, and a million live objects are long to look at."""
    was_enabled = gc.isenabled()
    gc.disable()
    _resting.append(True)
    try:
        yield
    finally:
        _resting.pop()
        if was_enabled:
            gc.enable()


def is_resting() -> bool:
    """Whether somebody makes records in bulk: who searches for cycles by himself waits."""
    return bool(_resting)
