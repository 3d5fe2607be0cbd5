"""Statement and ageing through their widgets."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from crmdesk.services import statements
from crmdesk.services.reports import ageing
from crmdesk.ui import papers
from crmdesk.ui.pages.statements import batch
from crmdesk.ui.pages.statements.statement import StatementView
from crmdesk.ui.shots import Stage


@pytest.fixture
def view(stage: Stage, do: object) -> StatementView:
    line = {"description": "Paint", "quantity": "3", "unit_price": "100.00", "tax_rate": "0.13"}
    for code, name in (("C1", "甲公司"), ("C2", "乙公司"), ("C3", "丙公司")):
        do("customer.create", code=code, name=name)  # type: ignore[operator]
    for code in ("C1", "C2"):
        do("invoice.issue", customer=code, date="2026-03-05", due="2026-04-04", lines=[line])  # type: ignore[operator]
    do("payment.record", customer="C2", date="2026-05-01", amount="400.00", allocate="oldest")  # type: ignore[operator]
    page = stage.go("statements")
    stage.wait(400)
    return page.statement  # type: ignore[attr-defined]


def lines_of(stage: Stage, view: StatementView) -> list[str]:
    """The text of the page that is shown."""
    from pypdfium2 import PdfDocument

    with stage.ctx.need_book().read() as connection:
        rendered = view.paper().render(connection)
    return PdfDocument(rendered.pdf)[0].get_textpage().get_text_range().splitlines()


def test_the_first_customer_with_a_balance_is_shown_as_it_prints(stage: Stage, view: StatementView) -> None:
    assert view.code == "C1"
    assert view.preview.page_count() == 1
    with stage.ctx.need_book().read() as connection:
        closing = statements.of_customer(connection, "C1")[0].closing_minor
    assert closing == 33900
    assert any("339.00" in line for line in lines_of(stage, view))


def test_next_and_previous_customer_go_round(stage: Stage, view: StatementView) -> None:
    stage.click("statement.next")
    assert view.code == "C2"
    stage.click("statement.next")
    assert view.code == "C1", "C3 has no balance"
    stage.click("statement.previous")
    assert view.code == "C2"


def test_style_language_and_switches_reach_the_paper(stage: Stage, view: StatementView) -> None:
    stage.click("statement.language.en")
    assert any("Statement of account" in line for line in lines_of(stage, view))
    assert any("Confirmation slip" in line for line in lines_of(stage, view))
    stage.widget("statement.has_slip").click()
    assert not any("Confirmation slip" in line for line in lines_of(stage, view))
    stage.click("statement.style.open-item")
    assert view.options().style == "open-item"


def test_a_period_sets_the_dates(view: StatementView, stage: Stage) -> None:
    stage.widget("statement.period").set_value("month")
    view.form.changed.emit("period")
    options = view.options()
    assert str(options.date_from) == "2026-06-01"
    assert str(options.date_to) == "2026-06-30"
    assert any("339.00" in line for line in lines_of(stage, view)), "brought forward"


def test_workbook_and_pdf_are_written_and_noted(
    stage: Stage, view: StatementView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(papers, "ask_file", lambda _ctx, _parent, _title, name, on: on(tmp_path / name))
    stage.click("statement.xlsx")
    stage.click("statement.pdf")
    stage.settle()
    assert {path.suffix for path in tmp_path.glob("*C1*")} == {".xlsx", ".pdf"}
    with stage.ctx.need_book().read() as connection:
        found = connection.execute(sql("SELECT channel FROM print_log ORDER BY id")).scalars().all()
    assert sorted(found) == ["pdf", "xlsx"]
    assert "PDF" in stage.widget("statement.log").text() or "XLSX" in stage.widget("statement.log").text()


def test_many_customers_in_one_pdf(
    stage: Stage, view: StatementView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch.papers, "ask_file", lambda _ctx, _parent, _title, name, on: on(tmp_path / name))
    assert view.code == "C1"
    stage.click("statement.batch")
    stage.click("statementBatch.write")
    stage.settle()
    (made,) = tmp_path.glob("*.pdf")
    from pypdfium2 import PdfDocument

    assert len(PdfDocument(made)) == 2, "two customers have a balance"
    with stage.ctx.need_book().read() as connection:
        assert connection.execute(sql("SELECT count(*) FROM print_log")).scalar_one() == 2


def test_ageing_shows_the_report_and_opens_the_statement(stage: Stage, view: StatementView) -> None:
    assert view.isVisible()
    page = stage.go("statements", view="ageing")
    table = stage.widget("ageing.table")
    with stage.ctx.need_book().read() as connection:
        found = ageing.rows(connection)
    assert table.model().rowCount() == len(found) == 2
    totals = page.ageing.rows.totals()["CNY"]  # type: ignore[attr-defined]
    assert totals[-1] == Decimal(sum(row.total_minor for row in found)) / 100
    assert "278.00" in stage.widget("ageing.total").text()
    table.opened.emit(1)
    stage.wait(400)
    assert view.isVisible()
    assert view.code == "C2"
