"""Every planted bug is found: by the random histories within a bounded number of states, or by a probe.

`crmdesk` never sees these; a suite that misses one of them proves little. How long each takes stands in
docs/coverage.md.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from crmdesk.services.book import Book
from tests.conftest import EFFORT
from tests.scenarios.agreement import Disagreement
from tests.scenarios.planted import PLANTS, Plant
from tests.scenarios.probes import PROBES, Probe
from tests.scenarios.shop_machine import TODAY, run_plainly

STATES_MAX = 20_000 if EFFORT == "long" else 4_000
_counter = itertools.count()


def _probe(probe: Probe, folder: Path) -> None:
    own = folder / str(next(_counter))
    own.mkdir()
    with Book.create(own / "probe.crmdesk", name="Probe", country="CN", language="en") as book:
        probe(book, own)


def _look_for(plant: Plant, folder: Path) -> None:
    if plant.probe:
        _probe(plant.probe, folder)
    else:
        run_plainly(folder, STATES_MAX, plant.rounding, moves=plant.moves, turn=plant.turn)


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.__name__)
def test_a_probe_finds_nothing_in_the_program_as_it_is(
    probe: Probe, memory_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", TODAY.isoformat())
    _probe(probe, memory_folder)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "plant",
    [
        pytest.param(plant, id=plant.name, marks=[pytest.mark.long] if plant.is_long else [])
        for plant in PLANTS
    ],
)
def test_a_planted_bug_is_found(plant: Plant, memory_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", TODAY.isoformat())
    plant.plant(monkeypatch)
    with pytest.raises(Disagreement) as found:
        _look_for(plant, memory_folder)
    # found by what it does, not by a plant that no longer fits the code it is put into
    assert not isinstance(found.value.__cause__, (TypeError, AttributeError, NameError)), found.value
