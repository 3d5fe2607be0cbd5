"""The palette through its own widgets: typing finds, Enter opens, Ctrl+Enter offers more, recent things come first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from crmdesk import text
from crmdesk.ui.kit.finder_list import FinderList, Line
from crmdesk.ui.kit.view_state import OPENED_MAX, ViewState
from crmdesk.ui.kit.words import switch_language
from crmdesk.ui.shots import Stage, over

Do = Callable[..., dict[str, Any]]


@pytest.fixture
def stage_with_book(stage: Stage, do: Do) -> Stage:
    do("customer.create", code="C1", name="杭州西溪民宿集群", phone="0571-88120000")
    do("customer.create", code="C2", name="西安古城客栈")
    do("product.create", code="P1", name="内墙乳胶漆", price="268.00", tax_rate="0.13")
    line = {"description": "x", "quantity": "1", "unit_price": "113.00", "tax_rate": "0.13"}
    do("invoice.issue", customer="C1", date="2026-06-01", lines=[line])
    do("payment.record", customer="C2", date="2026-06-02", amount="50.00", method="cash")
    stage.go("customers")
    return stage


def open_palette(stage: Stage) -> FinderList:
    stage.press("Ctrl+K")
    found = stage.widget("palette.list", FinderList)
    assert isinstance(found, FinderList)
    return found


def shown(stage: Stage, typed: str) -> list[str]:
    stage.widget("palette.input").clear()
    stage.type_into("palette.input", typed)
    return [line.title for line in stage.widget("palette.list").lines()]


def is_open(stage: Stage) -> bool:
    return any(top.objectName() == "palette" for top in over(stage.window))


def current(stage: Stage) -> Line:
    line = stage.widget("palette.list").current()
    assert isinstance(line, Line)
    return line


def test_ctrl_k_opens_and_closes_it_and_esc_too(stage_with_book: Stage) -> None:
    stage = stage_with_book
    open_palette(stage)
    assert stage.widget("palette.input").hasFocus()
    stage.press("Ctrl+K")
    assert not is_open(stage)
    stage.click("top.search")
    assert is_open(stage)
    stage.press("Esc", "palette.input")
    assert not is_open(stage)


def test_a_click_beside_it_closes_it(stage_with_book: Stage) -> None:
    stage = stage_with_book
    open_palette(stage)
    QTest.mouseClick(stage.widget("dim", QWidget), Qt.MouseButton.LeftButton, pos=QPoint(5, 600))
    stage.settle()
    assert not is_open(stage)


def test_a_customer_by_initials_is_opened_as_a_page(stage_with_book: Stage) -> None:
    stage = stage_with_book
    open_palette(stage)
    assert shown(stage, "hzxx")[:2] == ["Customers", "杭州西溪民宿集群"]
    assert [current(stage).title[at : at + length] for at, length in current(stage).parts] == ["杭州西溪"]
    stage.press("Return", "palette.input")
    assert not is_open(stage)
    assert stage.window.current_place() == "customers"
    assert stage.widget("customers.full").whole.card.code == "C1"


def test_a_document_by_its_running_number(stage_with_book: Stage) -> None:
    stage = stage_with_book
    open_palette(stage)
    assert {"INV-2026-0001", "RC-2026-0001"} <= set(shown(stage, "1"))
    shown(stage, "inv-2026-0001")
    line = current(stage)
    assert line.title == "INV-2026-0001"
    assert "杭州西溪民宿集群" in line.note
    assert line.figure.startswith("¥")
    stage.press("Return", "palette.input")
    assert stage.window.current_place() == "invoices"
    assert stage.widget("invoices.detail").facts.number == "INV-2026-0001"


def test_more_can_be_done_with_a_customer(stage_with_book: Stage) -> None:
    stage = stage_with_book
    open_palette(stage)
    shown(stage, "西溪")
    stage.press("Ctrl+Return", "palette.input")
    titles = [line.title for line in stage.widget("palette.list").lines()]
    assert titles == ["杭州西溪民宿集群", "Open the customer", "Statement", "Receive", "New invoice"]
    stage.press("Esc", "palette.input")
    assert stage.widget("palette.input").text() == "西溪"
    assert current(stage).title == "杭州西溪民宿集群"
    stage.click("palette.more")
    stage.type_into("palette.input", "rec")
    assert current(stage).title == "Receive"
    stage.press("Return", "palette.input")
    assert stage.widget("payment.customer").value() == "C1"


def test_a_deed_before_a_customer_s_name(stage_with_book: Stage) -> None:
    stage = stage_with_book
    open_palette(stage)
    assert shown(stage, "对账 西溪")[:2] == ["Statement", "Statement · 杭州西溪民宿集群"]
    stage.press("Return", "palette.input")
    assert stage.window.current_place() == "statements"
    assert stage.widget("statement.customer").value() == "C1"


@pytest.mark.parametrize("typed", ["invoice new", "kd", "kaidan", "开单"])
def test_commands_in_both_languages_and_by_pinyin(stage_with_book: Stage, typed: str) -> None:
    stage = stage_with_book
    open_palette(stage)
    assert "New invoice" in shown(stage, typed)


def test_a_command_shows_its_key_and_runs(stage_with_book: Stage) -> None:
    stage = stage_with_book
    open_palette(stage)
    shown(stage, "collapse")
    assert current(stage).keys == "Ctrl+B"
    wide = stage.window.rail.width()
    stage.press("Return", "palette.input")
    assert stage.window.rail.width() < wide


def test_what_is_disabled_or_out_of_sight_is_not_offered(stage_with_book: Stage) -> None:
    stage = stage_with_book
    stage.go("statements")
    stage.go("customers")
    action = stage.ctx.commands.find("window.import")
    assert action is not None
    action.setEnabled(False)
    open_palette(stage)
    assert "Import …" not in shown(stage, "import")
    assert "Many customers …" not in shown(stage, "many"), "it works on the page of statements"
    stage.close_dialogs()
    action.setEnabled(True)
    open_palette(stage)
    assert "Import …" in shown(stage, "import")


def test_places_and_settings_are_found(stage_with_book: Stage) -> None:
    stage = stage_with_book
    open_palette(stage)
    shown(stage, "ageing")
    stage.press("Return", "palette.input")
    assert stage.window.current_place() == "statements"
    assert stage.window.page("statements").views.value() == "ageing"  # type: ignore[union-attr]
    open_palette(stage)
    shown(stage, "backup")
    stage.press("Return", "palette.input")
    assert stage.window.current_place() == "settings"
    assert stage.widget("settings.section.backup", QPushButton).isChecked()
    open_palette(stage)
    assert "Density" in shown(stage, "density")
    stage.press("Return", "palette.input")
    assert stage.widget("settings.mark").target.objectName() == "settings.look.density"
    open_palette(stage)
    shown(stage, "invoice")
    notes = {line.title: line.note for line in reversed(stage.widget("palette.list").lines())}
    assert notes["Invoices"] == "", "the place comes before the prefix of its numbers"


def test_enter_before_the_answer_takes_the_first(stage_with_book: Stage) -> None:
    stage = stage_with_book
    open_palette(stage)
    field = stage.widget("palette.input")
    QTest.keyClicks(field, "xagc")
    QTest.keyClick(field, Qt.Key.Key_Return)
    stage.settle()
    assert stage.widget("customers.full").whole.card.code == "C2"


def test_arrows_pass_over_headings_and_go_round(stage_with_book: Stage) -> None:
    stage = stage_with_book
    found = open_palette(stage)
    titles = [line.title for line in found.lines() if not line.is_heading]
    assert current(stage).title == titles[0]
    stage.press("Up", "palette.input")
    assert current(stage).title == titles[-1]
    stage.press("Down", "palette.input")
    assert current(stage).title == titles[0]
    assert stage.widget("palette.input").accessibleDescription().startswith(titles[0])


def test_nothing_found_is_said(stage_with_book: Stage) -> None:
    stage = stage_with_book
    open_palette(stage)
    assert shown(stage, "没有这样的东西") == ["Nothing found"]
    stage.press("Return", "palette.input")
    stage.press("Ctrl+Return", "palette.input")
    assert is_open(stage)


def test_what_was_opened_comes_first_and_what_is_gone_is_forgotten(stage_with_book: Stage, do: Do) -> None:
    stage = stage_with_book
    do("customer.create", code="C9", name="要删除的")
    for typed in ("RC-2026-0001", "C9", "C1"):
        open_palette(stage)
        shown(stage, typed)
        stage.press("Return", "palette.input")
    found = open_palette(stage)
    assert [line.title for line in found.lines()][:4] == [
        "Opened last", "杭州西溪民宿集群", "要删除的", "RC-2026-0001",
    ]  # fmt: skip
    stage.close_dialogs()
    do("customer.delete", customer="C9")
    open_palette(stage)
    assert [line.title for line in stage.widget("palette.list").lines()][:3] == [
        "Opened last", "杭州西溪民宿集群", "RC-2026-0001",
    ]  # fmt: skip
    assert len(stage.ctx.settings.opened(str(stage.ctx.need_book().path))) == 2


def test_without_a_book_there_are_commands(stage: Stage) -> None:
    stage.ctx.close_book()
    stage.settle()
    found = open_palette(stage)
    assert "Books …" in [line.title for line in found.lines()]
    assert "Books …" in shown(stage, "book")
    assert shown(stage, "customer") == ["Nothing found"]


def test_it_speaks_chinese(stage_with_book: Stage) -> None:
    stage = stage_with_book
    switch_language("zh_CN")
    stage.settle()
    try:
        open_palette(stage)
        assert text._("New customer") in shown(stage, "new customer")
        tip = stage.widget("top.search").toolTip()
        assert tip.startswith(text._("Search and commands"))
    finally:
        stage.close_dialogs()
        switch_language("en")


def test_what_was_opened_is_kept_per_book_newest_first_and_bound(tmp_path: Path) -> None:
    kept = ViewState(tmp_path / "window.json")
    kept.remember_book("a.db")
    kept.remember_book("b.db")
    for number in range(OPENED_MAX + 5):
        kept.remember_opened("a.db", "customer", number)
    kept.remember_opened("a.db", "customer", 10)
    kept.remember_opened("b.db", "document", 7)
    kept.save()
    again = ViewState(tmp_path / "window.json")
    assert again.opened("a.db")[:3] == [("customer", 10), ("customer", 16), ("customer", 15)]
    assert len(again.opened("a.db")) == OPENED_MAX
    assert again.opened("b.db") == [("document", 7)]
    again.forget_opened("a.db", again.opened("a.db")[1:])
    assert again.opened("a.db") == [("customer", 10)]
    again.forget_book("a.db")
    again.remember_opened("b.db", "document", 8)
    assert again.opened("a.db") == [], "a book that nobody opens any more takes its list along"


@pytest.mark.parametrize(
    "found", [3, ["x"], {"a.db": 3}, {"a.db": [1, None, "x", "customer:", "customer:1"]}]
)
def test_a_spoilt_list_of_what_was_opened_does_no_harm(tmp_path: Path, found: object) -> None:
    kept = ViewState(tmp_path / "window.json")
    kept.put("opened", found)
    assert kept.opened("a.db") in ([], [("customer", 1)])
    kept.remember_opened("a.db", "customer", 2)
    assert kept.opened("a.db")[0] == ("customer", 2)
