"""Customers entered twice, in the real window: found, compared, merged by the keyboard, told apart, merged back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from crmdesk.services.merge_preview import preview
from crmdesk.ui.dialogs import merge_customers
from crmdesk.ui.pages.customers import row_menu
from crmdesk.ui.pages.customers.twins.page_list import TwinsPage
from crmdesk.ui.shots import Stage
from tests.ui.driving import press, rows

Do = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def shop(do: Do) -> None:
    do("customer.create", code="C1", name="杭州西溪民宿集群有限公司", phone="0571-8800 1234", terms_days=30)
    do(
        "customer.create",
        code="C2",
        name="杭州西溪民宿集群",
        phone="0571 88001234",
        email="hi@xixi.cn",
        terms_days=15,
    )
    do("customer.create", code="C3", name="上海鼎泰建材商行", phone="021-5500 7788")
    do("customer.create", code="C4", name="上海鼎太建材商行", phone="021 55007788")
    line = {"description": "油漆", "quantity": "1", "unit_price": "300", "tax_rate": "0"}
    do("invoice.issue", customer="C1", date="2026-06-01", lines=[line])


def shown(stage: Stage) -> TwinsPage:
    stage.go("customers", part="duplicates")
    page = stage.widget("duplicates")
    stage.settle()
    return page


def pairs(page: TwinsPage) -> list[tuple[str, str]]:
    ids = page.table.table_model().ids
    return [(one.code, one.other_code) for record in ids if (one := page.rows.pair(record)) is not None]


def focused() -> str:
    widget = QApplication.focusWidget()
    return widget.objectName() if widget is not None else ""


def place(stage: Stage, **target: Any) -> Any:
    """The place of customers, which is no plain widget."""
    return stage.go("customers", **target)


def codes(stage: Stage) -> list[str]:
    return [row["code"] for row in rows(stage, "customers", sort="code")]


def test_the_search_runs_by_itself_and_shows_both_sides(stage: Stage) -> None:
    page = shown(stage)
    assert pairs(page) == [("C1", "C2"), ("C3", "C4")]
    assert page.told.text().startswith("Searched")
    assert stage.widget("duplicates.detail.role.C1").text() == "Stays"  # has an invoice
    assert stage.widget("duplicates.detail.terms_days.C2").text() == "15"
    assert "C1 stays" in stage.widget("duplicates.detail.moves").text()


def test_space_turns_and_ctrl_enter_merges_field_by_field(stage: Stage) -> None:
    page = shown(stage)
    page.table.setFocus()
    press(stage, "Space")
    assert page.view.into == "C2"
    press(stage, "Space")
    assert page.view.into == "C1"
    press(stage, "Ctrl+Return")
    sides = stage.widget("merge.sides")
    assert sides.into == "C1"
    assert stage.widget("merge.sides.result.email").text() == "hi@xixi.cn"  # the gap is filled
    assert stage.widget("merge.sides.result.terms_days").text() == "30"
    # by the arrows: down to the terms, right to the other side, Space
    stage.widget("merge.sides.terms_days.1").setFocus()
    press(stage, "Right", "Space")
    assert stage.widget("merge.sides.result.terms_days").text() == "15"
    press(stage, "Ctrl+Return")
    assert codes(stage) == ["C1", "C3", "C4"]
    assert rows(stage, "customers", sort="code")[0]["email"] == "hi@xixi.cn"
    with stage.ctx.need_book().read() as connection:
        found = preview(connection, "C1", ["C3"])
    assert next(one for one in found.fields if one.name == "terms_days").values["C1"] == 15
    assert pairs(page) == [("C3", "C4")]
    assert page.table.current_id() == 2, "the next pair is under the hand"


def test_arrows_walk_through_the_grid(stage: Stage) -> None:
    shown(stage)
    press(stage, "Ctrl+Return")
    assert focused() == "merge.sides.name.1"
    press(stage, "Right")
    assert focused() == "merge.sides.name.2"
    press(stage, "Up", "Space")
    stage.settle()
    assert stage.widget("merge.sides").into == "C2"
    assert focused() == "merge.sides.into.2", "the keyboard stays where it was"
    press(stage, "Esc")
    assert codes(stage) == ["C1", "C2", "C3", "C4"]


def test_delete_says_that_they_are_two_and_can_be_taken_back(stage: Stage) -> None:
    page = shown(stage)
    page.table.setFocus()
    press(stage, "Del")
    assert pairs(page) == [("C3", "C4")]
    stage.click("toast.action")
    assert pairs(page) == [("C1", "C2"), ("C3", "C4")]


def test_when_nothing_is_left_the_list_teaches(stage: Stage) -> None:
    page = shown(stage)
    page.table.selectAll()
    page.table.setFocus()
    press(stage, "Del")
    assert stage.widget("duplicates.empty").title.text() == "No customer stands twice"
    stage.click("duplicates.search.empty")
    assert pairs(page) == []


def test_a_new_customer_makes_the_search_old_and_f5_searches_again(stage: Stage, do: Do) -> None:
    page = shown(stage)
    stage.ctx.run_use_case(
        "customer.create", {"code": "C5", "name": "上海鼎泰建材", "phone": "02155007788"}, owner=page
    )
    stage.settle()
    assert page.told.text() == "Customers changed since the search"
    page.table.setFocus()
    press(stage, "F5")
    assert ("C3", "C5") in pairs(page)
    assert page.told.text().startswith("Searched")


def test_a_merge_is_undone_by_the_toast(stage: Stage) -> None:
    shown(stage)
    press(stage, "Ctrl+Return", "Ctrl+Return")
    assert codes(stage) == ["C1", "C3", "C4"]
    stage.click("toast.action")
    assert codes(stage) == ["C1", "C2", "C3", "C4"]


def test_a_merge_is_undone_from_the_list_of_merges(stage: Stage, do: Do) -> None:
    do("customer.merge", into="C1", customers=["C2"])
    stage.go("customers", part="merges")
    press(stage, "Ctrl+R")
    stage.click("unmerge.yes")
    assert codes(stage) == ["C1", "C2", "C3", "C4"]
    press(stage, "Ctrl+R")  # a second time there is nothing to undo
    assert codes(stage) == ["C1", "C2", "C3", "C4"]


def test_undoing_a_merge_says_what_was_posted_since(stage: Stage, do: Do) -> None:
    do("customer.merge", into="C1", customers=["C2"])
    line = {"description": "油漆", "quantity": "1", "unit_price": "1", "tax_rate": "0"}
    number = do("invoice.issue", customer="C1", date="2026-06-02", lines=[line])["number"]
    stage.go("customers", part="merges")
    press(stage, "Ctrl+R")
    stage.click("unmerge.yes")
    said = stage.widget("toast").accessibleName()
    assert f"1 document posted since stayed with C1: {number}." in said


def test_a_merge_is_undone_from_the_customers_menu(stage: Stage, do: Do) -> None:
    do("customer.merge", into="C1", customers=["C2"])
    page = place(stage, code="C1")
    stage.settle()
    menu = row_menu.menu_of(page, stage.ctx, page.detail.whole.card)
    action = next(one for one in menu.actions() if one.text().startswith("Undo the merge with C2"))
    action.trigger()
    stage.settle()
    stage.click("unmerge.yes")
    assert codes(stage) == ["C1", "C2", "C3", "C4"]


def test_what_cannot_be_taken_apart_says_what_to_do_first(stage: Stage, do: Do) -> None:
    do("customer.merge", into="C1", customers=["C2"])
    do("customer.merge", into="C3", customers=["C1"])
    stage.go("customers", part="merges")
    page = stage.widget("merges")
    page.table.selectRow(1)
    press(stage, "Ctrl+R")
    stage.click("unmerge.yes")
    assert codes(stage) == ["C3", "C4"]
    assert "was merged itself since" in stage.widget("toast").accessibleName()


def test_selected_customers_are_merged_from_the_list(stage: Stage) -> None:
    page = place(stage)
    page.table.selectAll()
    page.table.setFocus()
    press(stage, "Ctrl+Shift+J")
    sides = stage.widget("merge.sides")
    assert len(sides.fields()) > 1
    assert stage.widget("merge.sides.into.4").whole() == "C4" or sides.into == "C1"
    press(stage, "Ctrl+Return")
    assert codes(stage) == ["C1"]
    stage.click("toast.action")
    assert codes(stage) == ["C1", "C2", "C3", "C4"]


def test_one_customer_alone_is_told_how_to_go_on(stage: Stage) -> None:
    page = place(stage)
    merge_customers.merge_chosen(stage.ctx, page, page.table.table_model().ids[:1])
    stage.settle()
    assert "Select two" in stage.widget("toast").accessibleName()


def test_a_customer_typed_again_goes_into_the_one_that_is_there(stage: Stage) -> None:
    stage.go("customers")
    press(stage, "Ctrl+N")
    stage.type_into("customer.form.name", "上海鼎泰建材商行")
    stage.type_into("customer.form.email", "ding@tai.cn")
    stage.wait(400)
    stage.click("customer.twins.other")
    assert stage.widget("customer.form.email").text() == "ding@tai.cn"
    assert stage.widget("customer.form.phone").text() == "021-5500 7788", "what is there stays"
    stage.press("Ctrl+S", "customer.form.email")
    found = rows(stage, "customers", sort="code")
    assert [row["code"] for row in found] == ["C1", "C2", "C3", "C4"]
    assert found[2]["email"] == "ding@tai.cn"


def test_while_a_customer_is_changed_a_twin_can_be_merged(stage: Stage) -> None:
    page = place(stage, code="C4")
    stage.settle()
    page.edit(page.detail.whole.card)
    stage.settle()
    stage.widget("customer.form.name").clear()
    stage.type_into("customer.form.name", "上海鼎泰建材商行")
    stage.wait(400)
    stage.click("customer.twins.other")
    stage.click("leave.discard")
    assert stage.widget("merge.sides").into in ("C3", "C4")


def test_back_leads_from_the_merges_to_the_duplicates(stage: Stage) -> None:
    page = shown(stage)
    stage.go("customers", part="merges")
    press(stage, "Alt+Left")
    assert page.isVisible()


def test_own_fields_are_rows_of_the_merge_too(stage: Stage, do: Do) -> None:
    choices = [{"value": "tea", "label": "茶"}, {"value": "ink", "label": "墨"}]
    for name, kind, more in (
        ("num", "number", {"unique": True}),
        ("likes", "multi_choice", {"choices": choices}),
        ("big", "yes_no", {}),
    ):
        do("field.define", record="customer", name=name, label=name.upper(), kind=kind, **more)
    do("customer.update", customer="C1", fields={"num": "1", "likes": ["tea", "ink"], "big": True})
    do("customer.update", customer="C2", fields={"num": "2", "big": False})
    shown(stage)
    press(stage, "Ctrl+Return")
    assert stage.widget("merge.sides.label.own.num").text() == "NUM"
    assert stage.widget("merge.sides.own.big.2").whole() == "No"
    assert "墨" in stage.widget("merge.sides.result.own.likes").text()
    stage.widget("merge.sides.own.num.1").setFocus()
    press(stage, "Right", "Space")
    assert stage.widget("merge.sides.result.own.num").text() == "2"
    press(stage, "Ctrl+Return")
    found = rows(stage, "customers", sort="code")[0]
    assert (found["code"], str(found["own.num"]), found["own.big"]) == ("C1", "2", True)
