"""Every planted bug is found by the state machine within a bounded number of states."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import EFFORT
from tests.scenarios.agreement import Disagreement
from tests.scenarios.planted import PLANTS, Plant
from tests.scenarios.shop_machine import TODAY, run_shop

STATES_MAX = 20_000 if EFFORT == "long" else 10_000


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_a_planted_bug_is_found(plant: Plant, memory_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", TODAY.isoformat())
    plant.plant(monkeypatch)
    with pytest.raises(Disagreement) as found:
        run_shop(memory_folder, STATES_MAX, plant.rounding, has_shrinking=False)
    # found by what it does, not by a plant that no longer fits the code it is put into
    assert not isinstance(found.value.__cause__, (TypeError, AttributeError, NameError)), found.value
