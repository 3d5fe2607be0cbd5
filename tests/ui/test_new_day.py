"""A day that turns while the window is open: measures and groups follow in a task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crmdesk.models import clock
from crmdesk.ui.new_day import NewDay
from crmdesk.ui.shots import Stage
from tests.ui.driving import rows

Do = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def shop(do: Do) -> None:
    line = {"description": "油漆", "quantity": "1", "unit_price": "100", "tax_rate": "0"}
    do("customer.create", code="C1", name="甲")
    do("invoice.issue", customer="C1", date="2026-06-01", lines=[line])
    do("segment.create", name="流失", rule="life_stage = lost")
    do("measure.evaluate")


def turn(stage: Stage, monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    """The clock of the window looks again on another day."""
    (watcher,) = stage.window.findChildren(NewDay)
    stage.settle()
    watcher._look_at_clock()  # today is known now
    stage.settle()
    monkeypatch.setenv("CRMDESK_TODAY", day)
    assert clock.today().isoformat() == day
    watcher._look_at_clock()
    stage.settle()


def stage_of(stage: Stage) -> str:
    return rows(stage, "customers", sort="code")[0]["life_stage"]


def test_a_day_that_turns_moves_stages_and_then_groups(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.go("customers")
    stage.wait(500)  # the look after the book was opened
    assert stage_of(stage) == "new"
    turn(stage, monkeypatch, "2027-07-30")
    assert stage_of(stage) == "lost"
    assert [row["members"] for row in rows(stage, "segments", sort="name")] == [1]
    told = [one.label for one in stage.ctx.tasks.finished]
    assert "Measures and groups as at today" in told
    assert [row["use_case"] for row in rows(stage, "audit", sort="-entry")][:1] == ["measure.evaluate"]


def test_what_an_import_brought_is_reckoned_without_a_new_day(stage: Stage) -> None:
    stage.go("customers")
    stage.wait(500)
    book = stage.ctx.need_book()

    def work(_progress: object) -> Any:
        from crmdesk.services import use_cases

        line = {"description": "油漆", "quantity": "1", "unit_price": "100", "tax_rate": "0"}
        with book.write("x") as unit:
            unit.is_bulk = True
            bill = {"customer": "C1", "date": "2026-06-02", "lines": [line]}
            use_cases.perform(unit, "invoice.issue", bill)
            unit.changes.everything.add("customer")  # as an import of some thousands
            unit.finish("test", {})
        return use_cases.Outcome({}, unit.changes)

    stage.ctx.write(work)
    stage.settle()
    stage.wait(500)
    stage.settle()
    assert rows(stage, "customers", sort="code")[0]["purchases"] == 2
