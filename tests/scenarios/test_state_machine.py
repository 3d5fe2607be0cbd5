"""Every ledger operation in random order against the second model: 300,000 states in a long run, a sample in others.

A state costs about 12 ms: the step itself, and after it everything that both have to agree on.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import EFFORT
from tests.scenarios.shop_machine import TODAY, Tally, run_plainly, run_shop

STATES = 300_000 if EFFORT == "long" else 1_200
# Making small costs three times a plain state, so a run that plays the others as well begins with few.
FIRST = 400 if EFFORT == "quick" else 120
RUNS = [("line", 1), ("document", 2), ("line", 3), ("document", 4)]


@pytest.mark.timeout(300)
def test_a_first_look(memory_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few histories, so that a quick run sees the grossest faults too; what is found is made small."""
    monkeypatch.setenv("CRMDESK_TODAY", TODAY.isoformat())
    assert run_shop(memory_folder, FIRST, "line", seed=7).states >= FIRST


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(("rounding", "seed"), RUNS)
def test_the_program_and_the_model_agree_at_every_step(
    rounding: str, seed: int, memory_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", TODAY.isoformat())
    tally = _run(memory_folder, rounding, seed)
    assert tally.states >= STATES // 4
    # A machine that is refused all the time, or never, proves little.
    assert tally.accepted > tally.states // 3
    assert tally.refused > tally.states // 10


def _run(folder: Path, rounding: str, seed: int) -> Tally:
    """A long run has other histories every time, and makes small what it finds."""
    if EFFORT == "long":
        return run_shop(folder, STATES // 4, rounding, seed=None)
    return run_plainly(folder, STATES // 4, rounding, seed=seed)
