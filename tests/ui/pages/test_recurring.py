"""Recurring invoices and write-offs through the window, by the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from crmdesk.ui import day_words
from crmdesk.ui.shots import Stage
from tests.ui.driving import rows

Do = Callable[..., dict[str, Any]]
LINE = {"description": "仓库月租", "quantity": "1", "unit_price": "300", "tax_rate": "0"}


@pytest.fixture(autouse=True)
def shop(do: Do) -> None:
    do("customer.create", code="C1", name="杭州西溪民宿集群", terms_days=30)


def test_an_invoice_is_repeated_and_what_is_due_is_made(stage: Stage, do: Do) -> None:
    number = do("invoice.issue", customer="C1", date="2026-05-02", lines=[LINE])["number"]
    stage.go("invoices", number=number)
    stage.press("Ctrl+Shift+M", "invoices.table")
    form = stage.widget("recurringForm")
    assert form.form.value("customer") == "C1"
    form.form.set_value("from", "2026-05-31")
    form.form.set_value("name", "月租")
    form.form.set_value("mode", "issue")
    stage.press("Ctrl+S")
    (row,) = rows(stage, "recurring", sort="code")
    assert (row["title"], str(row["next"]), row["total"]) == ("月租", "2026-05-31", 30_000)
    stage.go("invoices", part="recurring")
    view = stage.widget("recurring.detail")
    assert (view.title.text(), view.state.text()) == ("月租", "Due")
    assert [entry.title for entry in view.entries.entries()][:3] == ["2026-05-31", "2026-06-30", "2026-07-31"]
    stage.press("Ctrl+G", "recurring.table")
    dialog = stage.widget("recurring.runDialog")
    assert dialog.findChild(object, "recurring.runDialog.run").text() == "Make 2 invoices"
    stage.press("Ctrl+S")
    assert [str(row["date"]) for row in rows(stage, "invoices")] == ["2026-05-02", "2026-05-31", "2026-06-30"]
    assert view.state.text() == "Running"
    made = next(entry for entry in view.entries.entries() if entry.data is not None)
    view.entries.chosen.emit(made)
    stage.settle()
    assert stage.widget("invoices.detail").number.text() == made.title


def test_it_is_edited_and_stopped(stage: Stage, do: Do) -> None:
    do("recurring.create", customer="C1", name="租金", lines=[LINE], **{"from": "2026-07-01"})
    stage.go("invoices", part="recurring")
    stage.press("F2", "recurring.table")
    form = stage.widget("recurringForm")
    assert "customer" not in form.form.field_names()
    form.lines.grid.set_cell(0, "unit_price", Decimal(350))
    form.form.set_value("due_days", 10)
    stage.press("Ctrl+S")
    assert rows(stage, "recurring", sort="code")[0]["total"] == 35_000
    stage.press("Ctrl+Shift+D", "recurring.table")
    stage.click("recurring.stopAsk.yes")
    assert not rows(stage, "recurring", sort="code")[0]["active"]
    assert stage.widget("recurring.detail").state.text() == "Stopped"


def test_a_new_one_needs_customer_and_lines(stage: Stage) -> None:
    stage.go("invoices", part="recurring")
    assert "Ctrl+N" in stage.widget("recurring.empty").text.text()
    stage.press("Ctrl+N", "recurring.search")
    form = stage.widget("recurringForm")
    stage.press("Ctrl+S")
    assert form.form.error("customer")
    form.form.editor("customer").set_value("C1")
    stage.settle()
    stage.press("Ctrl+S")
    assert "at least one line" in form.banner.text()
    form.done(0)
    stage.settle()


def test_nothing_due_is_said(stage: Stage) -> None:
    stage.go("invoices", part="recurring")
    stage.press("Ctrl+G", "recurring.search")
    with pytest.raises(LookupError):
        stage.widget("recurring.runDialog")


def test_today_and_the_bell_tell_what_is_due(stage: Stage, do: Do) -> None:
    do("recurring.create", customer="C1", name="租金", lines=[LINE], **{"from": "2026-06-01"})
    from crmdesk.services import today

    with stage.ctx.need_book().read() as connection:
        facts = today.load(connection)
    assert (facts.recurring.count, facts.recurring.minors) == (1, {"CNY": 30_000})
    assert any("Recurring" in entry.title for entry in day_words.todo(facts, None))
    assert "recurring" in [one.key for one in day_words.notices(stage.ctx, facts, None)]
    day_words.go_to(stage.ctx, facts.recurring.target, "Due")
    stage.settle()
    assert len(stage.widget("recurring.table").table_model().ids) == 1


def test_a_crash_leaves_a_recurring_invoice_to_go_on_with(stage: Stage) -> None:
    stage.go("invoices", part="recurring")
    stage.press("Ctrl+N", "recurring.search")
    form = stage.widget("recurringForm")
    form.form.set_value("name", "半途")
    kept = form._read()
    assert kept is not None
    from crmdesk.services.draft_journal import Entry

    entry = Entry("e1", "recurring", "", "半途", kept.values, {})
    form.done(0)
    stage.settle()
    stage.window.page("invoices").resume(entry)  # type: ignore[union-attr]
    stage.settle()
    assert stage.widget("recurringForm").form.value("name") == "半途"


def test_a_write_off_is_recovered_and_both_are_taken_back(stage: Stage, do: Do) -> None:
    number = do("invoice.issue", customer="C1", date="2026-05-02", lines=[LINE])["number"]
    do("writeoff.record", invoice=number, amount="300", date="2026-06-01", ground="other", reason="失联")
    stage.go("invoices", part="writeoffs")
    view = stage.widget("writeoffs.detail")
    assert stage.widget("writeoffs.detail.open").text() == "¥300.00"
    stage.press("Ctrl+L", "writeoffs.table")
    stage.widget("recover").form.set_value("amount", "120")
    stage.press("Ctrl+S")
    assert stage.widget("writeoffs.detail.open").text() == "¥180.00"
    stage.press("Ctrl+Shift+D", "writeoffs.table")
    dialog = stage.widget("reverse")
    dialog.form.set_value("reason", "记错")
    stage.press("Ctrl+S")
    assert dialog.isVisible()
    dialog.done(0)
    stage.settle()
    stage.press("Ctrl+R", "writeoffs.table")
    stage.widget("reverse").form.set_value("reason", "退回")
    stage.press("Ctrl+S")
    assert stage.widget("writeoffs.detail.open").text() == "¥300.00"
    stage.press("Ctrl+Shift+D", "writeoffs.table")
    stage.widget("reverse").form.set_value("reason", "又联系上了")
    stage.press("Ctrl+S")
    assert view.state.text() == "Reversed"
    assert rows(stage, "invoices")[0]["open"] == 30_000


def test_a_write_off_is_taken_back_at_its_invoice(stage: Stage, do: Do) -> None:
    number = do("invoice.issue", customer="C1", date="2026-05-02", lines=[LINE])["number"]
    do("writeoff.record", invoice=number, amount="300", date="2026-06-01", ground="other", reason="失联")
    stage.go("invoices", number=number)
    links = stage.widget("invoices.detail").links
    links.select(0)
    stage.press("Ctrl+R", "invoices.table")
    stage.widget("reverse").form.set_value("reason", "记错")
    stage.press("Ctrl+S")
    assert rows(stage, "invoices")[0]["open"] == 30_000


def test_the_delivery_note_is_in_the_print_dialog_of_an_invoice(stage: Stage, do: Do) -> None:
    number = do("invoice.issue", customer="C1", date="2026-05-02", lines=[LINE])["number"]
    stage.go("invoices", number=number)
    stage.press("Ctrl+Alt+P", "invoices.table")
    dialog = stage.widget("print")
    assert dialog.chosen().kind == "delivery-note"
    dialog.document.set_value("invoice")
    assert dialog.chosen().kind == "invoice"
    dialog.values_only.setChecked(True)
    stage.settle()
    assert stage.ctx.settings.get("print.valuesOnly") is True
