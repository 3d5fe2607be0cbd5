"""Limits of the reading child: memory, time, sizes. Set before anything of the file is looked at.

Linux enforces memory by RLIMIT_AS, Windows by a job object (job_object.py); macOS ignores RLIMIT_AS, so
there the parent watches the resident size (process.py).
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one reading (reliability.md, RF10 and RF11)."""

    memory_bytes: int = 512 * MIB
    seconds: int = 20
    unpacked_bytes: int = 200_000_000
    """Sum of all parts of a zipped workbook, unpacked; also the size of a text file."""
    ratio_max: int = 100
    """Unpacked to packed, judged for parts above `ratio_from_bytes`."""
    ratio_from_bytes: int = 1_000_000
    parts_max: int = 2_000
    columns_max: int = 500
    cells_max: int = 16_000_000
    """Width times height of the used range; the reader of workbooks builds it densely."""
    field_chars_max: int = 131_072

    def as_plain(self) -> dict[str, int]:
        """The limits as plain data for the pipe."""
        return asdict(self)


def restrict_self(limits: Limits) -> None:
    """Binds this process to the limits, as far as its system can: no more memory, time, files, core dumps."""
    if sys.platform == "win32":
        return
    import resource  # not on Windows

    bounds = [
        (resource.RLIMIT_CPU, limits.seconds, limits.seconds + 2),
        (resource.RLIMIT_CORE, 0, 0),
        # the child only reads: it may write to its pipe, never to a file
        (resource.RLIMIT_FSIZE, 0, 0),
    ]
    if sys.platform == "linux":
        bounds.append((resource.RLIMIT_AS, limits.memory_bytes, limits.memory_bytes))
    for kind, soft, hard in bounds:
        _soft_now, hard_now = resource.getrlimit(kind)
        if hard_now != resource.RLIM_INFINITY:
            soft, hard = min(soft, hard_now), min(hard, hard_now)
        try:
            resource.setrlimit(kind, (soft, hard))
        except (ValueError, OSError):
            continue  # a stricter system; the parent's clock and watchdog remain
