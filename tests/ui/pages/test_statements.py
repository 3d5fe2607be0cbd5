"""Statement and ageing through their widgets."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from sqlalchemy import text as sql

from crmdesk.services import statements
from crmdesk.services.reports import ageing, ageing_items
from crmdesk.ui import papers
from crmdesk.ui.dialogs import group_statements
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
    entries = stage.widget("statement.log").entries()
    assert sorted(entry.title for entry in entries) == ["Excel", "PDF"]
    assert [entry.side for entry in entries if entry.title == "PDF"] == ["1 page"]
    assert stage.widget("statement.confirmation").text() == "Not confirmed yet"


def test_many_customers_in_one_pdf(
    stage: Stage, view: StatementView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        group_statements.papers, "ask_file", lambda _ctx, _parent, _title, name, on: on(tmp_path / name)
    )
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
    assert "278.00" in stage.widget("ageing.total.CNY").text()
    table.setFocus()
    table.select(1)
    stage.press("Return", "ageing.table")
    stage.wait(400)
    assert view.isVisible()
    assert view.code == "C2"


def test_an_amount_opens_the_items_behind_it_and_alt_left_goes_back(
    stage: Stage, view: StatementView
) -> None:
    assert view.isVisible()
    stage.click("statements.view.ageing")
    table = stage.widget("ageing.table")
    table.setFocus()
    table.select(0)
    names = [column.field.name for column in table.table_model().columns()]
    late = names.index("bucket_2")
    assert table.table_model().cell(0, late) == "339.00", "due on 4 April, 87 days late"
    for _step in range(late):
        stage.press("Right", "ageing.table")
    stage.press("Return", "ageing.table")
    items = stage.widget("ageingItems.table").table_model()
    assert [items.cell(0, column) for column in (0, 8)] == ["INV-2026-0001", "339.00"]
    assert stage.widget("ageingItems.sum.open").text() == "¥339.00"
    assert "61–90 days" in stage.widget("ageingItems.title").text()
    stage.press("Alt+Left", "window")
    assert stage.widget("ageing.table").isVisible()
    stage.press("Alt+Left", "window")
    assert stage.widget("statement").isVisible()


def test_the_sum_of_all_opens_everything_behind_it(stage: Stage, view: StatementView) -> None:
    assert view.isVisible()
    stage.go("statements", view="ageing")
    stage.click("ageing.overdue.CNY")
    assert stage.widget("ageingItems.sum.open").text() == "¥339.00"
    stage.go("statements", view="ageing")
    stage.click("ageing.total.CNY")
    assert stage.widget("ageingItems.sum.open").text() == "¥278.00"
    assert stage.widget("ageingItems.table").model().rowCount() == 2


def test_an_opening_balance_behind_an_amount_is_opened_as_a_document(stage: Stage, do: object) -> None:
    do("customer.create", code="C1", name="甲公司")  # type: ignore[operator]
    do("opening.record", customer="C1", date="2026-03-01", due="2026-03-31", amount="100.00")  # type: ignore[operator]
    stage.go("statements", view="ageing")
    stage.click("ageing.total.CNY")
    items = stage.widget("ageingItems.table").table_model()
    assert items.cell(0, 1) == "Opening balance", "as it is called in the list of open items"
    stage.press("Down", "ageingItems.table")
    stage.press("Return", "ageingItems.table")
    assert stage.window.current_place() == "invoices"
    assert stage.widget("openings.detail.number").text() == items.cell(0, 0)


def test_the_items_behind_an_amount_are_read_once_until_the_book_changes(
    stage: Stage, view: StatementView, do: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids and sum are asked for in two threads; a search needs no reading at all."""
    assert view.isVisible()
    read: list[str] = []
    real = ageing_items.items

    def items(connection: object, **wanted: object) -> object:
        read.append(str(wanted["column"]))
        time.sleep(0.05)
        return real(connection, **wanted)  # type: ignore[arg-type]

    monkeypatch.setattr(ageing_items, "items", items)
    stage.go("statements", view="ageing")
    stage.click("ageing.total.CNY")
    assert read == ["total"]
    stage.type_into("ageingItems.search", "no such thing")
    stage.wait(60)
    assert stage.widget("ageingItems.sum.open").text() == "¥0.00"
    assert read == ["total"]
    stage.widget("ageingItems.search").clear()
    stage.wait(60)
    line = {"description": "x", "quantity": "1", "unit_price": "7", "tax_rate": "0"}
    stage.ctx.run_use_case("invoice.issue", {"customer": "C1", "lines": [line]})
    stage.settle()
    assert read == ["total", "total"]
    assert stage.widget("ageingItems.sum.open").text() == "¥285.00"


def test_an_item_opens_its_document(stage: Stage, view: StatementView) -> None:
    assert view.isVisible()
    stage.go("statements", view="ageing")
    stage.click("ageing.overdue.CNY")
    stage.widget("ageingItems.table").select_first()
    stage.press("Down", "ageingItems.table")
    stage.press("Return", "ageingItems.table")
    assert stage.window.current_place() == "invoices"


def test_the_keys_go_to_the_next_customer(stage: Stage, view: StatementView) -> None:
    view.setFocus()
    stage.press("Alt+Down")
    assert view.code == "C2"
    stage.press("Alt+Up")
    assert view.code == "C1"


def test_a_slip_is_recorded_and_shown(stage: Stage, view: StatementView) -> None:
    view.setFocus()
    assert stage.widget("statement.confirmation").text() == "Not sent yet"
    stage.press("Ctrl+Shift+R")
    assert not stage.widget("slip").findChildren(object, "slip.form.difference")[0].isVisible()
    stage.press("Ctrl+S", "slip")
    assert stage.widget("statement.confirmation").text() == "Statement as at 2026-06-30 confirmed"
    stage.click("statement.confirm")
    stage.widget("slip.form.result").set_value("differs")
    stage.widget("slip").form.changed.emit("result")
    stage.click("slip.save")
    assert "Difference" in stage.widget("slip.form.difference.error").text()
    stage.type_into("slip.form.difference", "-39")
    stage.type_into("slip.form.note", "payment of May missing")
    stage.click("slip.save")
    assert stage.widget("statement.confirmation").text() == "Statement as at 2026-06-30 differs by −¥39.00"
    entries = stage.widget("statement.log").entries()
    assert [entry.figure for entry in entries] == ["−¥39.00", ""], "the earlier answer stays for the record"
    assert "payment of May missing" in entries[0].detail


def test_who_has_not_confirmed_is_listed(stage: Stage, view: StatementView, do: object) -> None:
    assert view.isVisible()
    do("statement.confirm", customer="C2", as_of="2026-06-30")  # type: ignore[operator]
    stage.click("statements.view.confirmations")
    stage.widget("confirmations.asOf").set_value(date(2026, 6, 30))
    stage.widget("confirmations.asOf").edited.emit()
    stage.settle()
    model = stage.widget("confirmations.table").table_model()
    assert [(model.cell(row, 0), model.cell(row, 2)) for row in range(2)] == [
        ("C1", "Not sent"),
        ("C2", "Agrees"),
    ]
    combo = stage.widget("confirmations.shown")
    combo.setCurrentIndex(combo.findData("unsent"))
    stage.settle()
    assert model.rowCount() == 1
    stage.widget("confirmations.table").select_first()
    stage.settle()
    stage.click("confirmations.record")
    stage.click("slip.save")
    assert model.rowCount() == 0


def test_the_statement_is_copied_as_a_file_and_as_a_picture(stage: Stage, view: StatementView) -> None:
    view.setFocus()
    stage.press("Ctrl+Shift+F")
    (url,) = QGuiApplication.clipboard().mimeData().urls()
    path = Path(url.toLocalFile())
    assert path.read_bytes().startswith(b"%PDF")
    assert "C1" in path.name
    path.unlink()
    stage.press("Ctrl+Shift+C")
    picture = QGuiApplication.clipboard().image()
    assert picture.height() > picture.width() > 1000
    channels = [entry.title for entry in stage.widget("statement.log").entries()]
    assert channels == ["Picture", "File"]


def test_statements_of_a_category_and_of_those_who_have_not_answered(
    stage: Stage, view: StatementView, do: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(
        group_statements.papers, "ask_file", lambda _ctx, _parent, _title, name, on: on(tmp_path / name)
    )
    do("category.create", dimension="地区", path="华东/杭州")  # type: ignore[operator]
    do("category.assign", customers=["C2"], dimension="地区", path="华东/杭州")  # type: ignore[operator]
    do("statement.confirm", customer="C2", as_of="2026-06-30")  # type: ignore[operator]

    def sent() -> list[str]:
        with stage.ctx.need_book().read() as connection:
            query = "SELECT number FROM print_log WHERE number IS NOT NULL ORDER BY id"
            return list(connection.execute(sql(query)).scalars())

    assert view.isVisible()
    stage.click("statement.batch")
    assert not stage.widget("statementBatch").form.editor("group").isVisible()
    stage.widget("statementBatch.who").set_value("unconfirmed")
    stage.click("statementBatch.write")
    asked.append(sent())
    stage.click("statement.batch")
    stage.widget("statementBatch.who").set_value("group")
    stage.widget("statementBatch").form.changed.emit("who")
    stage.widget("statementBatch.group").setFocus()
    stage.type("华东")
    stage.press("Return")
    assert stage.widget("statementBatch.group").value() == "category:地区/华东"
    stage.click("statementBatch.write")
    asked.append(sent())
    assert asked == [["C1"], ["C1", "C2"]]
