"""Random histories of a shop as a Hypothesis state machine: a state is one step of a rule.

Each run has a book of its own, a copy of an empty one (on a memory disk where there is one; the connection
recipe is the program's, unchanged).
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from crmdesk.services.book import Book
from tests.model.second_model import SecondModel
from tests.scenarios.duel import Duel
from tests.scenarios.moves import NAMES, Draw, Moves

BASE = date(2026, 1, 1)
TODAY = date(2026, 12, 31)
STEPS = 50
# What fills a ledger comes more often than what only takes away.
WEIGHTS = {
    "payment_record": 4,
    "invoice_issue": 5,
    "payment_allocate": 3,
    "payment_release": 2,
    "credit_apply": 2,
}
# Two numbers below 2**24 per step: these are drawn evenly, and steps of few choices can be shrunk away.
DRAWS = st.builds(Draw.of, st.integers(0, Draw.MANY - 1), st.integers(0, 999))


class Tally:
    """What all runs of one test did together."""

    def __init__(self) -> None:
        self.runs = self.states = self.accepted = self.refused = 0


class ShopMachine(RuleBasedStateMachine):
    """Rules are added below, one per ledger operation and weight."""

    def __init__(self, template: Path, folder: Path, rounding: str, tally: Tally) -> None:
        super().__init__()
        tally.runs += 1
        self.tally = tally
        self.turn = 0
        self.path = folder / f"run{tally.runs}.crmdesk"
        shutil.copyfile(template, self.path)
        model = SecondModel(TODAY, rounding=rounding)
        self.duel = Duel(Book.open(self.path), model)
        self.moves = Moves(model, BASE)
        self.has_failed = False

    def step(self, name: str, draw: Draw) -> None:
        move = self.moves.make(name, draw)
        self.tally.states += 1
        if move:
            self._play(*move)

    def _play(self, do: str, args: dict[str, Any]) -> None:
        try:
            self.duel.play(do, args)
        except BaseException as error:
            self.has_failed = True
            error.add_note(self.duel.history())
            raise

    @initialize(terms=st.integers(0, 60), turn=st.integers(0, 11))
    def open_the_shop(self, terms: int, turn: int) -> None:
        """Two customers. The `turn` decides which of the dear comparisons the end of this run makes."""
        self.turn = turn
        self.tally.states += 1
        for number in range(2):
            self._play(
                "customer.create",
                {"code": f"C{number:03d}", "name": f"Customer C{number}", "terms_days": terms * number}
                | ({"currency": "USD"} if turn % 4 == 1 or (number and turn % 2) else {}),
            )
        if turn % 4 == 1:
            self._play("rate.set", {"currency": "USD", "date": "2025-01-01", "rate": "7.0123"})

    def teardown(self) -> None:
        try:
            if not self.has_failed:
                self.duel.compare_reports(self.turn)
                self.duel.compare_invariants(has_own_check=self.turn % 4 == 0)
        except BaseException as error:
            error.add_note(self.duel.history())
            raise
        finally:
            self.tally.accepted += self.duel.accepted
            self.tally.refused += self.duel.refused
            self.duel.book.close()
            for suffix in ("", "-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)


def _rule_for(name: str, called: str) -> Callable[..., None]:
    def step(self: ShopMachine, draw: Draw) -> None:
        self.step(name, draw)

    step.__name__ = called
    return rule(draw=DRAWS)(step)


for _name in NAMES:
    for _number in range(WEIGHTS.get(_name, 1)):
        _called = f"{_name}_{_number}" if _number else _name
        setattr(ShopMachine, _called, _rule_for(_name, _called))


def run_shop(
    folder: Path, states: int, rounding: str, *, seed: int | None = 0, has_shrinking: bool = True
) -> Tally:
    """Runs the machine for at least so many states; raises the first disagreement, made as small as may be.

    The same `seed` gives the same histories, None others every time.
    """
    template = folder / "empty.crmdesk"
    Book.create(template, name="Shop", country="CN", currency="CNY", language="en", rounding=rounding).close()
    tally = Tally()

    def make() -> ShopMachine:
        return ShopMachine(template, folder, rounding, tally)

    run_state_machine_as_test(
        make if seed is None else seeded(seed)(make),  # pyright: ignore[reportArgumentType]
        settings=settings(
            # The first examples are short ones.
            max_examples=-(-states * 11 // 10 // STEPS) + 10,
            stateful_step_count=STEPS,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink) if has_shrinking else (Phase.generate,),
            report_multiple_bugs=False,
        ),
    )
    return tally


def run_plainly(
    folder: Path,
    states: int,
    rounding: str,
    *,
    seed: int = 0,
    moves: tuple[str, ...] = (),
    turn: int | None = None,
) -> Tally:
    """As `run_shop` without Hypothesis: half the time for each state, nothing is made small.

    `moves`: the only ones to play; all of them by their weights if empty. `turn`: opens every shop alike.
    """
    template = folder / "empty.crmdesk"
    Book.create(template, name="Shop", country="CN", currency="CNY", language="en", rounding=rounding).close()
    names = moves or tuple(name for name in NAMES for _ in range(WEIGHTS.get(name, 1)))
    chance = random.Random(seed)
    tally = Tally()
    while tally.states < states:
        machine = ShopMachine(template, folder, rounding, tally)
        try:
            machine.open_the_shop(chance.randrange(61), chance.randrange(12) if turn is None else turn)
            for _ in range(STEPS):
                draw = Draw.of(chance.randrange(Draw.MANY), chance.randrange(1000))
                machine.step(chance.choice(names), draw)
        finally:
            machine.teardown()
    return tally
