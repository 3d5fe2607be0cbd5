"""Measures in the settings: what is written is tried on the customers, saved, brought back; and the way there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton

from crmdesk.models.measure_rules import Settings
from crmdesk.services.measures import kept, trying
from crmdesk.ui.pages.customers.page import CustomersPage
from crmdesk.ui.pages.settings import measure_fields
from crmdesk.ui.pages.settings.measures import WAIT_MS, MeasuresSection
from crmdesk.ui.shots import Stage
from tests.ui.driving import rows

Do = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def shop(do: Do) -> None:
    for code, count in (("C1", 6), ("C2", 2), ("C3", 0)):
        do("customer.create", code=code, name=f"客户{code}", phone="13800000000")
        for month in range(1, count + 1):
            line = {"description": "油漆", "quantity": "1", "unit_price": f"{1000 * count}", "tax_rate": "0"}
            do("invoice.issue", customer=code, date=f"2026-0{month}-10", lines=[line])
    do("measure.evaluate")


def section(stage: Stage) -> MeasuresSection:
    stage.go("settings", section="measures")
    return stage.widget("settings.measures")


def own(stage: Stage) -> Settings:
    with stage.ctx.need_book().read() as connection:
        return kept.read_settings(connection)


def bars(shown: MeasuresSection, measure: str) -> dict[str, str]:
    return {
        one.words()[0]: one.words()[1].replace("\u2007", " ").split()[0]
        for one in shown.bars[measure].rows
        if one.isVisibleTo(shown)
    }


def write(stage: Stage, name: str, text: str) -> None:
    editor = stage.widget(f"settings.measures.{name}")
    editor.setFocus()
    editor.selectAll()
    stage.type(text)
    stage.wait(WAIT_MS + 60)


def test_bars_follow_what_is_written_and_nothing_is_saved_yet(stage: Stage) -> None:
    shown = section(stage)
    assert bars(shown, "life_stage") == {
        "Potential customer": "1", "New customer": "0", "Regular customer": "2", "Loyal customer": "0",
        "Lost customer": "0",
    }  # fmt: skip
    write(stage, "stages.window_days", "364")
    write(stage, "stages.loyal_days", "100")
    write(stage, "stages.loyal_count", "5")
    assert bars(shown, "life_stage")["Loyal customer"] == "1"
    assert shown.told.text() == "3 customers · 1 would come to another stage"
    assert own(stage).loyal_count == 10
    stage.press("Ctrl+S")
    assert own(stage).loyal_count == 5
    assert {row["code"]: row["life_stage"] for row in rows(stage, "customers", sort="code")}["C1"] == "loyal"
    assert [(row["customer"], row["after"]) for row in rows(stage, "stage_moves", sort="date")] == [
        ("C1", "loyal")
    ]


def test_what_is_saved_is_reckoned_once_and_its_facts_are_let_go_out_of_sight(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = section(stage)
    tried: list[int] = []
    spread = trying.spread
    monkeypatch.setattr(
        trying, "spread", lambda taken, chosen: tried.append(chosen.loyal_days) or spread(taken, chosen)
    )
    write(stage, "stages.loyal_days", "100")
    write(stage, "stages.loyal_days", "101")
    assert tried == [100, 101]
    stage.go("today")
    assert shown._shown is not None
    assert shown._shown.samples is None
    section(stage)
    assert tried == [100, 101, Settings().loyal_days, 101]


def test_facts_are_gathered_once_in_each_window_and_anew_when_the_book_changed(
    stage: Stage, do: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    section(stage)
    gathered: list[int] = []
    sample = trying.sample
    monkeypatch.setattr(
        trying,
        "sample",
        lambda connection, chosen: gathered.append(chosen.window_days) or sample(connection, chosen),
    )
    write(stage, "stages.window_days", "180")
    write(stage, "stages.loyal_days", "100")
    write(stage, "rfm.frequency_limits", "1, 2, 3, 4")
    write(stage, "stages.window_days", "90")
    write(stage, "stages.window_days", "180")
    assert gathered == [180, 90]
    line = {"description": "油漆", "quantity": "1", "unit_price": "10", "tax_rate": "0"}
    request = {"customer": "C3", "date": "2026-06-29", "lines": [line]}
    stage.ctx.run_use_case("invoice.issue", request)
    stage.settle()
    stage.wait(WAIT_MS + 60)
    assert sorted(gathered[2:]) == [180, 365]  # the book's own for what moves, the written one for the bars


def test_a_save_is_brought_back(stage: Stage) -> None:
    section(stage)
    write(stage, "tiers.tier_limits", "2,000; 5,000; 30,000")
    stage.press("Ctrl+S")
    assert own(stage).tier_limits == (200_000, 500_000, 3_000_000)
    stage.window.findChildren(QPushButton, "toast.action")[-1].click()
    stage.settle()
    assert own(stage) == Settings()
    assert stage.widget("settings.measures.tiers.tier_limits").text() == "10,000; 100,000"


def test_limits_that_cannot_be_are_told_under_their_field(stage: Stage) -> None:
    shown = section(stage)
    write(stage, "rfm.recency_limits", "30; 90; 180; 365")
    assert "smaller than the one before" in shown.forms["rfm"].error("recency_limits")
    stage.press("Ctrl+S")
    assert own(stage) == Settings()
    write(stage, "rfm.recency_limits", "365, 180, 90, 30")
    assert shown.forms["rfm"].error("recency_limits") == ""
    write(stage, "churn.churn_high", "1")
    assert shown.forms["churn"].error("churn_high")


def test_the_usual_values_come_back_into_the_forms(stage: Stage, do: Do) -> None:
    do("measure.configure", lost_days=200, lead_points={"quotes": 40})
    shown = section(stage)
    assert shown.forms["lead"].value("points_quotes") == 40
    stage.click("settings.measures.usual")
    assert shown.forms["stages"].value("lost_days") == 365
    assert own(stage).lost_days == 200
    stage.click("settings.measures.save")
    assert own(stage) == Settings()


def test_a_bar_opens_its_customers_once_it_is_saved(stage: Stage) -> None:
    shown = section(stage)
    write(stage, "stages.new_days", "30")
    shown.bars["life_stage"].rows[0].click()
    stage.settle()
    assert shown.isVisible()
    stage.click("settings.measures.usual")
    stage.click("settings.measures.save")
    shown.bars["life_stage"].rows[0].click()
    stage.settle()
    page = stage.window.page("customers")
    assert isinstance(page, CustomersPage)
    assert page.list.isVisible()
    assert page.table.table_model().rowCount() == 1


def test_what_somebody_writes_survives_a_change_of_the_book(stage: Stage, do: Do) -> None:
    shown = section(stage)
    write(stage, "stages.new_days", "30")
    stage.ctx.run_use_case("customer.create", {"code": "C9", "name": "新来的"})
    stage.wait(WAIT_MS + 60)
    assert shown.forms["stages"].value("new_days") == 30
    assert bars(shown, "life_stage")["Potential customer"] == "2"


def test_an_empty_book_says_what_comes(stage: Stage, do: Do) -> None:
    for code in ("C3",):
        do("customer.delete", customer=code)
    assert section(stage).told.text() == "2 customers"


def test_a_figure_of_a_customer_leads_to_its_limits(stage: Stage) -> None:
    stage.go("customers", code="C1", full=True)
    page = stage.window.page("customers")
    assert isinstance(page, CustomersPage)
    page.full.tabs.choose("portrait")
    stage.settle()
    stage.click("customers.full.measure.churn_risk")
    stage.click("reckoned.settings")
    assert stage.widget("settings.measures.churn.churn_medium").isVisible()


def test_moves_open_their_customer_and_the_thresholds(stage: Stage, do: Do) -> None:
    do("measure.configure", loyal_days=100, loyal_count=5)
    stage.go("customers", part="stage_moves")
    stage.click("stageMoves.settings")
    assert stage.widget("settings.measures.stages.lost_days").isVisible()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("365; 180；90、30", ["365", "180", "90", "30"]),
        ("365, 180, 90, 30", ["365", "180", "90", "30"]),
        ("365,180,90,30", ["365", "180", "90", "30"]),
        ("10,000; 100,000.50", ["10000", "100000.50"]),
        ("１０，０００", ["10000"]),
        ("", []),
    ],
)
def test_lists_of_numbers_are_read_as_people_write_them(text: str, numbers: list[str]) -> None:
    assert measure_fields.listed(text) == numbers
