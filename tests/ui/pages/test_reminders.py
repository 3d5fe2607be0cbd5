"""Reminders through their widgets: the list, the letter, sending, holding back, promises, rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QDesktopServices

from crmdesk.services import lists
from crmdesk.services.lists import querying
from crmdesk.ui import papers
from crmdesk.ui.pages.statements.letter import LetterView
from crmdesk.ui.shots import Stage


@pytest.fixture
def shop(do: Any) -> Any:
    """A owes two invoices, B one; a rule reminds a week after the due date."""
    line = {"description": "Paint", "quantity": "1", "unit_price": "100.00", "tax_rate": "0"}
    do("customer.create", code="A", name="甲公司", email="a@example.com")
    do("customer.create", code="B", name="乙公司")
    for code, on, due in (
        ("A", "2026-04-01", "2026-05-01"),
        ("A", "2026-04-10", "2026-05-10"),
        ("B", "2026-05-01", "2026-06-01"),
    ):
        do("invoice.issue", customer=code, date=on, due=due, lines=[line])
    do("reminder_rule.create", name="first", days=[7], level=1, channel="letter")
    return do


def rows(stage: Stage, kind: str) -> list[dict[str, Any]]:
    with stage.ctx.need_book().read() as connection:
        ids = querying.ids(connection, lists.Query(kind))
        return querying.rows(connection, lists.Query(kind), list(ids))


def due_page(stage: Stage) -> LetterView:
    stage.go("statements", view="reminders")
    stage.wait(200)
    return stage.widget("reminders.detail")


def test_who_is_due_stands_there_with_his_letter(stage: Stage, shop: Any) -> None:
    view = due_page(stage)
    assert stage.widget("reminders.count").text() == "2"
    assert stage.widget("reminders.detail.name").text() == "甲公司"
    assert stage.widget("reminders.detail.total").text() == "¥200.00"
    assert view.preview.page_count() == 1
    assert [entry.title for entry in view.items.entries()] == ["INV-2026-0001", "INV-2026-0002"]


def test_an_item_is_left_out_by_space_and_the_letter_follows(stage: Stage, shop: Any) -> None:
    view = due_page(stage)
    view.items.setFocus()
    view.items.select(0)
    stage.press("Space")
    assert stage.widget("reminders.detail.total").text() == "¥100.00"
    assert view.items.entries()[0].spoken().startswith("left out")
    stage.press("Down")
    stage.press("Space")
    assert view.due is None
    assert not stage.ctx.commands.find("reminders.print").isEnabled()  # type: ignore[union-attr]


def test_a_saved_letter_is_noted_with_its_items_and_leaves_the_list(
    stage: Stage, shop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(papers, "ask_file", lambda _ctx, _parent, _title, name, on: on(tmp_path / name))
    view = due_page(stage)
    view.items.choose(view.items.records.index(0, 0))
    stage.press("Ctrl+S", "reminders.table")
    stage.wait(300)
    (made,) = tmp_path.glob("*.pdf")
    assert made.read_bytes().startswith(b"%PDF")
    (sent,) = rows(stage, "reminders")
    assert (sent["customer"], sent["count"], sent["total"]) == ("A", 1, 10000)
    # The other item of the same customer is due still.
    assert [row["items"] for row in rows(stage, "reminders_due")] == ["INV-2026-0001", "INV-2026-0003"]
    assert stage.widget("reminders.count").text() == "2"


def test_a_draft_is_opened_in_the_mail_program_and_noted(
    stage: Stage, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: bool(opened.append(url.toLocalFile()) or True)
    )
    due_page(stage)
    stage.press("Ctrl+Shift+E", "reminders.table")
    stage.wait(200)
    assert Path(opened[0]).suffix == ".eml"
    (sent,) = rows(stage, "reminders")
    assert (sent["channel"], sent["customer"]) == ("mail", "A")


def test_all_at_once_into_a_folder(
    stage: Stage, shop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(papers, "ask_folder", lambda _ctx, _parent, _title, on: on(tmp_path))
    due_page(stage)
    stage.press("Ctrl+M", "reminders.table")
    stage.widget("reminderMany.form").set_value("mails")
    stage.click("reminderMany.write")
    stage.settle()
    assert len(list(tmp_path.glob("*.eml"))) == 1
    assert stage.widget("reminderRefused").isVisible(), "B has no address"
    assert [row["customer"] for row in rows(stage, "reminders")] == ["A"]
    assert [row["customer"] for row in rows(stage, "reminders_due")] == ["B"], "without an address he stays"


def test_one_pdf_for_all(stage: Stage, shop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "ask_file", lambda _ctx, _parent, _title, name, on: on(tmp_path / name))
    due_page(stage)
    stage.press("Ctrl+M", "reminders.table")
    stage.widget("reminderMany.form").set_value("one")
    stage.press("Ctrl+S", "reminderMany.form")
    stage.settle()
    (made,) = tmp_path.glob("*.pdf")
    from pypdfium2 import PdfDocument

    assert len(PdfDocument(made)) == 2
    assert len(rows(stage, "reminders")) == 2
    assert stage.widget("reminders.empty").isVisible()


def test_a_promise_holds_back_and_is_withdrawn(stage: Stage, shop: Any) -> None:
    due_page(stage)
    stage.press("Ctrl+R", "reminders.table")
    assert stage.widget("promise.form.amount").value() == 200
    stage.press("Ctrl+S", "promise.form.amount")
    assert [row["customer"] for row in rows(stage, "reminders_due")] == ["B"]
    assert stage.widget("reminders.count").text() == "1", "the list has heard of it"
    page = stage.go("statements", view="reminders", part="reminders_held")
    stage.press("Return", "held.table")
    stage.settle()
    assert stage.widget("promises.table").isVisible()
    assert page.isVisible()
    stage.press("Ctrl+Del", "promises.table")
    stage.click("withdrawPromise.yes")
    assert [row["state"] for row in rows(stage, "promises")] == ["withdrawn"]
    assert len(rows(stage, "reminders_due")) == 2


def test_an_exclusion_wants_a_reason_and_ends_by_one_key(stage: Stage, shop: Any) -> None:
    due_page(stage)
    stage.press("Ctrl+H", "reminders.table")
    stage.click("hold.save")
    assert stage.widget("hold.form").error("reason")
    stage.type_into("hold.form.reason", "dispute")
    stage.widget("hold.form.invoice").set_value("INV-2026-0002")
    stage.press("Ctrl+S", "hold.form.reason")
    assert [(row["items"], row["reason"]) for row in rows(stage, "reminders_held")] == [
        ("INV-2026-0002", "dispute")
    ]
    stage.go("statements", view="reminders", part="reminders_held")
    stage.press("Return", "held.table")
    assert rows(stage, "reminders_held") == []
    assert stage.widget("held.empty").isVisible()


def test_a_rule_is_written_read_as_a_sentence_and_finds_its_customers(stage: Stage, shop: Any) -> None:
    stage.go("statements", view="reminders", part="reminder_rules")
    assert "letter of level 1" in stage.widget("rules.sentence").text()
    assert stage.widget("rules.found").text() == "Finds 2 customers today"
    stage.press("Ctrl+N", "rules.table")
    stage.type_into("reminderRule.form.name", "second")
    stage.type_into("reminderRule.form.days", "-3, 14，30")
    stage.wait(50)
    words = stage.widget("reminderRule.sentence").text()
    assert words.startswith(
        "3 days before the due date, 14 and 30 days after the due date, customers get a letter"
    )
    stage.widget("reminderRule.form.text_en").set_value("Pay {nothing}")
    stage.press("Ctrl+S", "reminderRule.form.days")
    assert "{nothing}" in stage.widget("reminderRule.form").error("text_en")
    stage.widget("reminderRule.form.text_en").set_value("Pay {total}")
    stage.press("Ctrl+S", "reminderRule.form.days")
    assert [row["name"] for row in rows(stage, "reminder_rules")] == ["first", "second"]
    stage.press("Ctrl+H", "rules.table")
    assert stage.widget("rules.detail.level").text() == "Out of use"
    stage.press("F2", "rules.table")
    assert stage.widget("reminderRule.form.days").value() == "7"
    stage.press("Esc", "reminderRule.form.days")
    stage.press("Ctrl+Del", "rules.table")
    stage.click("deleteRule.yes")
    assert [row["name"] for row in rows(stage, "reminder_rules")] == ["second"]


def test_a_book_without_rules_offers_the_usual_three(stage: Stage, do: Any) -> None:
    due_page_empty = stage.go("statements", view="reminders")
    assert due_page_empty.isVisible()
    stage.click("reminders.toRules.empty")
    stage.click("rules.usual.empty")
    assert [row["level"] for row in rows(stage, "reminder_rules")] == [1, 2, 3]
    assert stage.widget("rules.table").isVisible()


def test_own_words_of_a_level(stage: Stage, shop: Any) -> None:
    stage.go("statements", view="reminders", part="reminder_rules")
    stage.press("Ctrl+T", "rules.table")
    stage.widget("reminderWords.form.subject").set_value("请付 {quick}")
    stage.press("Ctrl+S", "reminderWords.form.subject")
    assert stage.widget("reminderWords.form").error("subject")
    stage.widget("reminderWords.form.subject").set_value("请付 {total}")
    stage.press("Ctrl+S", "reminderWords.form.subject")
    with stage.ctx.need_book().read() as connection:
        from crmdesk.services import settings

        assert settings.load(connection).dunning_texts["1.zh_CN"]["subject"] == "请付 {total}"


def test_parts_are_steps_and_the_figures_of_the_day_lead_there(stage: Stage, shop: Any) -> None:
    with stage.ctx.need_book().read() as connection:
        from crmdesk.services import today

        figure = today.load(connection).reminders
    stage.ctx.go(figure.target.place, **figure.target.wanted)
    stage.settle()
    assert stage.widget("reminders.table").isVisible()
    stage.click("reminders.segments.promises")
    assert stage.widget("promises.empty").isVisible()
    stage.press("Alt+Left")
    assert stage.widget("reminders.table").isVisible()


def test_interest_is_billed_with_the_tax_asked(stage: Stage, shop: Any) -> None:
    due_page(stage)
    stage.press("Ctrl+Shift+I", "reminders.table")
    assert stage.widget("noInterest").isVisible()
    stage.press("Esc")
    shop("company.update", interest_rate="0.10")
    stage.press("Ctrl+Shift+I", "reminders.table")
    stage.press("Ctrl+S", "interest.form.as_of")
    assert stage.widget("interest.form").error("tax_rate"), "the tax is asked every time"
    stage.widget("interest.form.tax_kind").set_value("out_of_scope")
    stage.press("Ctrl+S", "interest.form.as_of")
    assert any(row["customer"] == "A" and row["number"] == "INV-2026-0004" for row in rows(stage, "invoices"))
