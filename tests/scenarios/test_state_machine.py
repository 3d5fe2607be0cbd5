"""Every ledger operation in random order against the second model: 20,000 states, 300,000 in a long run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import EFFORT
from tests.scenarios.shop_machine import TODAY, run_shop

STATES = 300_000 if EFFORT == "long" else 20_000


@pytest.mark.timeout(300)
def test_a_first_look(memory_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few histories, so that a quick run sees the grossest faults too."""
    monkeypatch.setenv("CRMDESK_TODAY", TODAY.isoformat())
    assert run_shop(memory_folder, 400, "line", seed=7).states >= 400


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(("rounding", "seed"), [("line", 1), ("document", 2), ("line", 3), ("document", 4)])
def test_the_program_and_the_model_agree_at_every_step(
    rounding: str, seed: int, memory_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", TODAY.isoformat())
    tally = run_shop(memory_folder, STATES // 4, rounding, seed=None if EFFORT == "long" else seed)
    assert tally.states >= STATES // 4
    # A machine that is refused all the time, or never, proves little.
    assert tally.accepted > tally.states // 3
    assert tally.refused > tally.states // 10
