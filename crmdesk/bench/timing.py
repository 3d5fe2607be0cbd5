"""Timing: medians of pairs, so that a machine whose speed drifts does not decide."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


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
