"""Everything about a customer on his page: what happened, logged by keyboard; what he is like; who works on him."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView

from crmdesk.services import customer_history
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.pages.customers.anonymise import ask_anonymise
from crmdesk.ui.pages.customers.page import CustomersPage
from crmdesk.ui.pages.customers.region_finder import RegionFinder
from crmdesk.ui.shots import Stage

Do = Callable[..., dict[str, Any]]


@pytest.fixture
def page(stage: Stage, do: Do) -> CustomersPage:
    """Two customers; the first has an invoice, an overdue one, and a contact."""
    do("customer.create", code="C1", name="上海鼎晟贸易有限公司", contacts=[{"name": "李娜"}], owner="王芳")
    do("customer.create", code="C2", name="杭州西溪民宿")
    line = {"description": "乳胶漆", "quantity": "1", "unit_price": "300", "tax_rate": "0"}
    do("invoice.issue", customer="C1", date="2026-05-01", lines=[line])
    made = stage.go("customers")
    assert isinstance(made, CustomersPage)
    return made


def show(stage: Stage, page: CustomersPage, code: str = "C1") -> None:
    """His page."""
    stage.window.go("customers", {"code": code, "full": True})
    stage.settle()
    assert page.currentWidget() is page.full


def titles(page: CustomersPage) -> list[str]:
    return [entry.title for entry in page.full.tabs.timeline.entries()]


# The timeline


def test_a_call_is_logged_by_keyboard_from_anywhere(stage: Stage, page: CustomersPage) -> None:
    show(stage, page)
    page.full.tabs.choose("profile")
    stage.press("Ctrl+L")
    log = page.full.tabs.happened.log
    assert log.text.hasFocus()
    stage.type("二期要漆")
    stage.press("Down")
    assert log.kind.value() == "visit"
    log.next_on.setFocus()
    stage.type("2099-01-02")
    stage.press("Return")
    first = page.full.tabs.timeline.entries()[0]
    assert first.data.state == "visit"
    assert "二期要漆" in first.detail
    assert "2099-01-02" in first.detail
    assert log.text.text() == log.next_on.text() == ""
    assert log.kind.value() == "visit"


def test_the_line_says_what_is_missing_and_what_is_wrong(stage: Stage, page: CustomersPage) -> None:
    show(stage, page)
    stage.press("Ctrl+L")
    log = page.full.tabs.happened.log
    stage.press("Return")
    assert log.error.text()
    assert log.text.hasFocus()
    stage.type("问价")
    assert not log.error.text(), "typing takes the refusal away"
    log.next_on.setText("2001-01-01")
    stage.press("Return")
    assert "2001-01-01" in log.error.text()
    assert log.next_on.hasFocus()
    log.next_on.setText("someday")
    stage.press("Return")
    assert log.error.text()
    assert log.text.text() == "问价"


def test_words_that_were_not_logged_stay_with_their_customer(stage: Stage, page: CustomersPage) -> None:
    show(stage, page)
    log = page.full.tabs.happened.log
    stage.type_into("customers.full.log.text", "还没写完")
    show(stage, page, "C2")
    assert log.text.text() == ""
    show(stage, page, "C1")
    assert log.text.text() == "还没写完"


def test_chips_narrow_the_timeline(stage: Stage, page: CustomersPage, do: Do) -> None:
    do("activity.log", customer="C1", kind="complaint", text="结块")
    show(stage, page)
    everything = titles(page)
    stage.click("customers.full.timeline.activities")
    assert len(titles(page)) == 1
    stage.click("customers.full.timeline.documents")
    assert 1 < len(titles(page)) < len(everything)
    for name in ("activities", "documents", "files"):
        stage.click(f"customers.full.timeline.{name}")
    assert titles(page) == []
    assert stage.widget("customers.full.timeline.empty").isVisible()
    stage.click("customers.full.timeline.files")
    assert titles(page) == everything


def test_more_comes_by_scrolling_and_the_place_survives_a_refresh(
    stage: Stage, page: CustomersPage, do: Do
) -> None:
    for number in range(150):
        do("activity.log", customer="C1", kind="note", text=f"第 {number} 条", date="2026-06-01")
    show(stage, page)
    shown = page.full.tabs.timeline
    assert len(shown.entries()) == customer_history.PAGE
    for _turn in range(4):
        shown.verticalScrollBar().setValue(shown.verticalScrollBar().maximum())
        stage.settle()
    assert len(shown.entries()) > 150
    assert len({(one.data.kind, one.data.order) for one in shown.entries()}) == len(shown.entries())
    shown.select(100)
    stage.settle()
    chosen, height = shown.current().data.order, shown.verticalScrollBar().value()
    do("activity.log", customer="C2", kind="note", text="别处")
    do("contact.add", customer="C1", name="周洋")
    stage.settle()
    assert shown.current().data.order == chosen
    assert shown.verticalScrollBar().value() == height


def test_an_activity_is_corrected_and_removed(stage: Stage, page: CustomersPage, do: Do) -> None:
    do("activity.log", customer="C1", kind="call", text="问价", person="李娜")
    show(stage, page)
    shown = page.full.tabs.timeline
    row = next(i for i, one in enumerate(shown.entries()) if one.data.kind == "activity")
    shown.select(row)
    QTest.keyClick(shown, Qt.Key.Key_Return)
    stage.settle()
    assert stage.widget("activity.form.person").text() == "李娜"
    stage.type_into("activity.form.outcome", "已报价")
    stage.press("Ctrl+S", "activity.form.outcome")
    assert "已报价" in shown.entries()[row].detail
    QTest.keyClick(shown, Qt.Key.Key_Delete)
    stage.settle()
    stage.click("customers.full.removeActivity.yes")
    assert all(one.data.kind != "activity" for one in shown.entries())


def test_the_line_goes_on_in_the_whole_form(stage: Stage, page: CustomersPage) -> None:
    show(stage, page)
    stage.press("Ctrl+L")
    stage.type("上门")
    stage.press("Ctrl+Shift+L")
    dialog = stage.widget("activity", Dialog)
    assert dialog is not None
    stage.type_into("activity.form.time", "25:00")
    stage.press("Ctrl+S", "activity.form.time")
    assert stage.widget("activity.form.time.error").text()
    stage.widget("activity.form.time").setText("14:30")
    stage.press("Ctrl+S", "activity.form.time")
    assert "14:30" in page.full.tabs.timeline.entries()[0].detail
    assert page.full.tabs.happened.log.text.text() == ""


def test_the_pane_beside_the_list_logs_too(stage: Stage, page: CustomersPage) -> None:
    stage.window.go("customers", {"code": "C2"})
    stage.settle()
    assert not stage.ctx.tasks.running()
    log = page.detail.tabs.happened.log
    assert not log.save.isVisible(), "a calm pane until somebody writes"
    stage.press("Ctrl+L")
    assert log.text.hasFocus()
    assert log.save.isVisible()
    stage.type("来电")
    stage.press("Return")
    assert "来电" in page.detail.tabs.timeline.entries()[0].detail


# The portrait


def test_each_figure_opens_how_it_was_reckoned(stage: Stage, page: CustomersPage, do: Do) -> None:
    do("product.create", code="P1", name="外墙漆", price="10")
    do("activity.log", customer="C1", kind="enquiry", text="要漆", products=["P1"])
    show(stage, page)
    panel = page.full.tabs.portrait
    assert panel is not None
    assert panel.looks is None, "read when it is looked at"
    page.full.tabs.choose("portrait")
    stage.settle()
    assert panel.looks is not None
    stage.widget("customers.full.portrait.year_net_minor").setFocus()
    stage.press("Return")
    assert stage.widget("reckoned.value").text() == "¥300.00"
    assert stage.widget("reckoned.formula").text()
    stage.press("Esc")
    stage.click("customers.full.measure.life_stage")
    assert stage.widget("reckoned.formula").text()
    stage.press("Esc")
    assert all(one.detail for one in panel.offers.entries()), "each has its reason"
    stage.ctx.run_use_case("activity.log", {"customer": "C1", "kind": "complaint", "text": "慢"})
    stage.settle()
    assert "慢" in page.full.tabs.timeline.entries()[0].detail
    assert panel.looks.portrait.feedback[0].kind in ("complaint", "enquiry")


def test_the_offer_of_his_group_stands_first_and_leads_there(
    stage: Stage, page: CustomersPage, do: Do
) -> None:
    do("segment.create", name="Fair", offer="满 1000 减 50", rule="code = C1")
    show(stage, page)
    page.full.tabs.choose("portrait")
    stage.settle()
    panel = page.full.tabs.portrait
    assert panel is not None
    first = panel.offers.entries()[0]
    assert (first.title, first.side) == ("满 1000 减 50", "Fair")
    assert "Fair" in first.detail
    panel.offers.setFocus()
    stage.press("Home", panel.offers.objectName())
    stage.press("Return", panel.offers.objectName())
    stage.settle()
    assert page.segments is not None
    assert page.segments.isVisible()
    assert page.segments.members.current().data.code == "C1"


# The team


def test_tasks_are_added_ticked_off_and_opened_again(stage: Stage, page: CustomersPage) -> None:
    show(stage, page)
    page.full.tabs.choose("team")
    stage.press("Ctrl+J")
    stage.press("Ctrl+S", "task.form.title")
    assert stage.widget("task.form.title.error").text(), "a task has a title"
    stage.type_into("task.form.title", "寄样品")
    stage.press("Ctrl+S", "task.form.title")
    team = page.full.tabs.team
    assert team is not None
    assert [one.title for one in team.tasks.entries()] == ["寄样品"]
    team.tasks.select(0)
    QTest.keyClick(team.tasks, Qt.Key.Key_Space)
    stage.settle()
    assert team.tasks.entries() == []
    assert any("寄样品" in one for one in titles(page))


def test_a_comment_mentions_somebody_of_the_team(stage: Stage, page: CustomersPage) -> None:
    show(stage, page)
    page.full.tabs.choose("team")
    team = page.full.tabs.team
    assert team is not None
    stage.press("Return", "customers.full.comment")
    assert team.error.text()
    stage.type_into("customers.full.comment", "@王")
    assert team.text.offers.completionCount() == 1
    team.text.offers.activated.emit("王芳")
    assert team.text.text() == "@王芳 "
    popup: QAbstractItemView | None = team.text.offers.popup()
    assert popup is not None
    popup.hide()
    team.text.setText("@王芳 先对账")
    stage.click("customers.full.handover")
    stage.press("Return", "customers.full.comment")
    (entry,) = team.comments.entries()
    assert entry.detail == "@王芳 先对账"
    assert entry.chip
    assert team.text.text() == ""
    assert not team.handover.isChecked()


# Relations, collaborators


def test_a_group_is_shown_as_a_tree_and_a_second_parent_is_refused(
    stage: Stage, page: CustomersPage, do: Do
) -> None:
    do("customer.create", code="C3", name="控股")
    do("relation.add", customer="C1", kind="parent", other="C2")
    show(stage, page)
    page.full.tabs.choose("people")
    tab = page.full.tabs.people
    assert tab is not None
    assert [one.data.code for one in tab.group.entries()] == ["C2", "C1"]
    stage.press("Ctrl+R")
    stage.widget("relation.form.kind").set_value("parent")
    stage.widget("relation.form.other").set_value("C3")
    stage.press("Ctrl+S", "relation.form.kind")
    assert "C2" in stage.widget("relation.form.other.error").text()
    stage.press("Esc")
    stage.settle()


def test_collaborators_and_earlier_owners(stage: Stage, page: CustomersPage, do: Do) -> None:
    show(stage, page)
    page.full.tabs.choose("people")
    stage.press("Ctrl+M")
    stage.type_into("collaborator.form.name", "王芳")
    stage.press("Ctrl+S", "collaborator.form.name")
    assert stage.widget("collaborator.form.name.error").text(), "the owner is no collaborator"
    stage.widget("collaborator.form.name").setText("李强")
    stage.press("Ctrl+S", "collaborator.form.name")
    tab = page.full.tabs.people
    assert tab is not None
    assert [one.title for one in tab.team.entries()] == ["王芳", "李强"]
    stage.ctx.run_use_case("customer.update", {"customer": "C1", "owner": "赵敏"})
    stage.settle()
    assert [one.title for one in tab.team.entries()] == ["赵敏", "王芳", "李强"]


# Places and anonymising


def test_a_place_is_typed_ahead_in_an_address(stage: Stage, page: CustomersPage) -> None:
    show(stage, page)
    page.full.tabs.choose("profile")
    stage.click("customers.full.address.add")
    stage.type_into("address.form.district", "yhq")
    finder = stage.widget("address.form").findChild(RegionFinder)
    paths = finder.texts.stringList()
    assert "浙江省/杭州市/余杭区" in paths
    finder.take("浙江省/杭州市/余杭区")
    assert stage.widget("address.form.province").text() == "浙江省"
    assert stage.widget("address.form.region").text() == "330110"
    stage.press("Ctrl+S", "address.form.city")
    assert page.full.whole is not None
    assert page.full.whole.card.parts["address"][0].values["city"] == "杭州市"


def test_the_code_of_a_chosen_place_goes_when_other_names_are_typed(
    stage: Stage, page: CustomersPage
) -> None:
    show(stage, page)
    page.full.tabs.choose("profile")
    stage.click("customers.full.address.add")
    stage.type_into("address.form.region", "330106")
    stage.type_into("address.form.district", "yhq")
    assert stage.widget("address.form.region").text() == "330106", "typed by hand"
    finder = stage.widget("address.form").findChild(RegionFinder)
    finder.take("浙江省/杭州市/余杭区")
    stage.widget("address.form.district").selectAll()
    stage.type_into("address.form.district", "西湖区")
    assert stage.widget("address.form.region").text() == ""
    stage.press("Ctrl+S", "address.form.city")
    assert page.full.whole is not None
    assert page.full.whole.card.parts["address"][0].values["region"] == "330106"


def test_anonymising_wants_the_name_typed(stage: Stage, page: CustomersPage) -> None:
    show(stage, page, "C2")
    assert page.full.whole is not None
    ask_anonymise(stage.ctx, page, page.full.whole.card)
    stage.settle()
    stage.type_into("anonymise.form.name", "西溪")
    stage.type_into("anonymise.form.reason", "客户要求")
    stage.press("Ctrl+S", "anonymise.form.reason")
    assert "杭州西溪民宿" in stage.widget("anonymise.form.name.error").text()
    stage.widget("anonymise.form.name").setText("杭州西溪民宿")
    stage.press("Ctrl+S", "anonymise.form.reason")
    assert "西溪" not in page.full.head.name.text()


# Today


def test_today_leads_to_whom_to_contact_and_to_tasks(stage: Stage, page: CustomersPage, do: Do) -> None:
    do("activity.log", customer="C2", kind="call", text="下周再打", date="2026-01-01", next_on="2026-01-05")
    do("task.create", customer="C1", title="寄样品", due="2026-01-06")
    today = stage.go("today")
    stage.ctx.day().refresh()
    stage.settle()
    (contact,) = today.contacts.list.entries()  # pyright: ignore[reportAttributeAccessIssue]
    assert contact.title == "杭州西溪民宿"
    assert contact.detail == "下周再打"
    (task,) = today.tasks.list.entries()  # pyright: ignore[reportAttributeAccessIssue]
    today.tasks.list.chosen.emit(task)  # pyright: ignore[reportAttributeAccessIssue]
    stage.settle()
    assert page.currentWidget() is page.full
    assert page.full.tabs.currentWidget() is page.full.tabs.team
    stage.go("customers", part="tasks")
    assert stage.widget("tasks.table").table_model().rowCount() == 1
