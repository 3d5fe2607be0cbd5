"""Settings tried out before they are saved: how the book's customers would spread, nothing is written."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection

from crmdesk.models import clock
from crmdesk.models.measure_rules import (
    LEAD_STEP,
    Ahead,
    Facts,
    Fit,
    Model,
    Settings,
    fitted,
    learn,
    reckon,
)
from crmdesk.services.measures import evaluation
from crmdesk.services.measures import facts as gathering

MEASURES = (
    "life_stage", "rfm_r", "rfm_f", "rfm_m", "value_class", "tier", "churn_risk", "lead_score",
)  # fmt: skip
WINDOWS_MAX = 4
"""So many windows are kept at once: the facts of 100,000 customers take some 50 MB each."""


@dataclass(slots=True)
class Sample:
    """All customers with their facts as of a day; many settings can be tried on it. One task at a time uses it."""

    on: date
    people: dict[int, Facts]
    pins: dict[int, str]
    lock: threading.Lock = field(default_factory=threading.Lock)
    fits: dict[tuple[str, int], Fit] = field(default_factory=dict)
    """What was fitted, by the settings that decide it: limits that are tried one after the other do not."""
    ahead_of: Any = None
    """The settings by which the facts know what is expected ahead."""


class Samples:
    """The facts in each window that is tried, gathered once; who hears that the book changed makes a new one."""

    def __init__(self) -> None:
        self._kept: dict[int, Sample] = {}
        self._lock = threading.Lock()

    def of(self, connection: Connection, chosen: Settings) -> Sample:
        """The facts as of today in the window of these settings."""
        with self._lock:
            found = self._kept.pop(chosen.window_days, None)
            if found is None or found.on != clock.today():
                found = sample(connection, chosen)
            self._kept[chosen.window_days] = found  # the last one is the newest
            while len(self._kept) > WINDOWS_MAX:
                del self._kept[next(iter(self._kept))]
            return found


@dataclass(frozen=True, slots=True)
class Spread:
    """How many customers have each value of each measure, everybody's stage, and what was learnt of them all."""

    counts: Mapping[str, Mapping[Any, int]]
    stages: Mapping[int, str]
    model: Model

    def moved_since(self, before: Spread) -> int:
        """How many customers are in another stage than there."""
        return sum(1 for owner, stage in self.stages.items() if before.stages.get(owner, stage) != stage)


def sample(connection: Connection, chosen: Settings) -> Sample:
    """The facts as of today, in the window of these settings."""
    on = clock.today()
    people = gathering.gather(connection, on, chosen)
    return Sample(on, people, evaluation.pinned_stages(connection))


def spread(taken: Sample, chosen: Settings) -> Spread:
    """What these settings make of the sample, which must be of the same window."""
    counts: dict[str, Counter[Any]] = {name: Counter() for name in MEASURES}
    stages: dict[int, str] = {}
    with taken.lock:
        everybody = list(taken.people.values())
        key = (chosen.model, chosen.fit_least)
        fit = taken.fits.get(key)
        if fit is None:
            fit = taken.fits[key] = fitted(everybody, taken.on, chosen)
        of = (fit, chosen.ahead_days, None if fit[0] is not None else chosen.lost_days)
        if taken.ahead_of != of:
            taken.ahead_of = of
            for facts in everybody:
                facts.alive = facts.expected_minor = None
        model = learn(everybody, taken.on, chosen, fit)
        ahead = Ahead(model, chosen)
        for owner, facts in taken.people.items():
            values = reckon(facts, taken.on, chosen, model, ahead)
            stages[owner] = taken.pins.get(owner, values.own_stage)
            counts["life_stage"][stages[owner]] += 1
            for name in MEASURES[1:-1]:
                value = getattr(values, name)
                if value not in (None, ""):
                    counts[name][value] += 1
            if values.lead_score is not None:
                counts["lead_score"][values.lead_score - values.lead_score % LEAD_STEP] += 1
    return Spread(counts, stages, model)
