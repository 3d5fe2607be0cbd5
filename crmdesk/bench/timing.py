"""Timing: medians of pairs, so that a machine whose speed drifts does not decide."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crmdesk.services.book import Book


@dataclass(slots=True)
class Figure:
    """One measurement: our seconds (or another unit), the floor beside it, the goal."""

    name: str
    ours: float
    floor: float | None = None
    unit: str = "s"
    goal: str = ""
    note: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """Ours over the floor."""
        return self.ours / self.floor if self.floor else None

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name,
            "ours": round(self.ours, 6),
            "floor": round(self.floor, 6) if self.floor is not None else None,
            "ratio": round(self.ratio, 3) if self.ratio is not None else None,
            "unit": self.unit,
            "goal": self.goal,
            "note": self.note,
            **self.details,
        }

    def line(self) -> str:
        """One line for a person."""
        text = f"{self.name:<46} {self.ours:>12.4f} {self.unit}"
        if self.floor is not None:
            text += f"  floor {self.floor:.4f}  ratio {self.ratio:.2f}"
        if self.goal:
            text += f"  (goal {self.goal})"
        return text + (f"  {self.note}" if self.note else "")


def once(work: Callable[[], Any]) -> float:
    """Seconds of one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired(ours: Callable[[], Any], floor: Callable[[], Any], runs: int = 5) -> tuple[float, float]:
    """Median seconds of both, run in turn A B A B after one warm-up of each."""
    ours()
    floor()
    mine: list[float] = []
    theirs: list[float] = []
    for _run in range(runs):
        mine.append(once(ours))
        theirs.append(once(floor))
    return statistics.median(mine), statistics.median(theirs)


def median_of(work: Callable[[], Any], runs: int = 7) -> float:
    """Median seconds after one warm-up."""
    work()
    return statistics.median(once(work) for _run in range(runs))


@contextmanager
def calls_of(module: Any, name: str) -> Iterator[list[float]]:
    """Seconds of each call of a function of a module while this lasts."""
    own, spent = getattr(module, name), []

    def timed(*arguments: Any, **named: Any) -> Any:
        start = time.perf_counter()
        try:
            return own(*arguments, **named)
        finally:
            spent.append(time.perf_counter() - start)

    setattr(module, name, timed)
    try:
        yield spent
    finally:
        setattr(module, name, own)


def reading(book: Book, work: Callable[..., Any], *arguments: Any, **named: Any) -> Callable[[], None]:
    """Some work on a connection of its own, to be timed."""

    def read() -> None:
        with book.read() as connection:
            work(connection, *arguments, **named)

    return read


def in_process(code: str, *arguments: str, home: Path) -> tuple[float, str]:
    """Seconds of a process of Python without a screen, and what it printed."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "CRMDESK_HOME": str(home)}
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])
    return time.perf_counter() - start, done.stdout
