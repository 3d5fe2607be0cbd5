"""Opening balances, many at once: typed, pasted, compared with a control total, refused rows kept; one corrected."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from crmdesk.services import lists
from crmdesk.services.lists import querying
from crmdesk.ui.shots import Stage


@pytest.fixture
def table(stage: Stage, do: Any) -> Any:
    for code, name in (("A", "甲公司"), ("B", "乙公司")):
        do("customer.create", code=code, name=name)
    stage.go("invoices", part="openings")
    stage.click("openings.many.empty")
    return stage.widget("openingMany")


def rows(stage: Stage) -> list[dict[str, Any]]:
    with stage.ctx.need_book().read() as connection:
        query = lists.Query("openings")
        return querying.rows(connection, query, list(querying.ids(connection, query)))


def paste(table: Any, stage: Stage, text: str) -> None:
    QApplication.clipboard().setText(text)
    table.grid.setFocus()
    table.grid.paste(text)
    stage.settle()


def test_pasted_rows_come_by_code_or_name_and_agree_with_the_old_books(stage: Stage, table: Any) -> None:
    paste(table, stage, "A\t1,200.00\t2026-05-01\tOLD-1\n乙公司\t-200\n")
    stage.widget("openingMany.form.control").set_value(1100)
    table.form.changed.emit("control")
    assert "differs from the control total by −¥100.00" in table.totals.text()
    stage.press("Ctrl+S", "openingMany.lines")
    assert table.form.error("control"), "the old books say something else"
    stage.widget("openingMany.form.control").set_value(1000)
    table.form.changed.emit("control")
    assert "agrees" in table.totals.text()
    stage.press("Ctrl+S", "openingMany.lines")
    assert {(row["customer"], row["amount"]) for row in rows(stage)} == {("A", 120000), ("B", -20000)}
    assert stage.widget("openings.table").isVisible()


def test_refused_rows_are_marked_and_stay(stage: Stage, table: Any) -> None:
    paste(table, stage, "A\t100\nX9\t50\n")
    stage.press("Ctrl+S", "openingMany.lines")
    assert rows(stage) == []
    assert "Row 2" in table.banner.text()
    stage.click("openingMany.good")
    assert [row["customer"] for row in rows(stage)] == ["A"]
    assert [line["customer"] for line in table.grid.lines()] == ["X9"]
    stage.press("Esc", "openingMany.lines")
    stage.click("openingDiscard.yes")
    assert stage.widget("openings.table").isVisible()


def test_one_is_corrected_under_its_number(stage: Stage, do: Any) -> None:
    do("customer.create", code="A", name="甲公司")
    do("opening.record", customer="A", amount="100.00", date="2026-01-01")
    stage.go("invoices", part="openings")
    stage.choose("openings.detail.correct")
    stage.widget("correct.form.amount").set_value(120)
    stage.click("correct.save")
    assert stage.widget("correct.form").error("reason")
    stage.type_into("correct.form.reason", "typing error")
    stage.press("Ctrl+S", "correct.form.reason")
    live = [row for row in rows(stage) if row["state"] != "void"]
    assert [(row["number"], row["amount"]) for row in live] == [("OB-2026-0001", 12000)]
