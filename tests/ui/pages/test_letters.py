"""Group letters in the real window: texts by keyboard, whom they reach, what is refused, the ways there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget

from crmdesk.services import print_log
from crmdesk.ui.dialogs.group_letters import LettersDialog
from crmdesk.ui.kit.tick_list import TickEntry
from crmdesk.ui.pages.customers.page import CustomersPage
from crmdesk.ui.shots import Stage
from tests.ui.driving import press, rows

Do = Callable[..., dict[str, Any]]
ADDRESS = {"province": "浙江省", "city": "杭州市", "district": "西湖区", "street": "文三路 1 号"}


@pytest.fixture(autouse=True)
def shop(do: Do) -> None:
    do("customer.create", code="C1", name="杭州西溪民宿集群", addresses=[ADDRESS], tags=["VIP"])
    do(
        "customer.create",
        code="C2",
        name="Harbour Hotels Ltd",
        addresses=[ADDRESS],
        email="desk@harbour.example",
    )
    do("customer.create", code="C3", name="绍兴黄酒行")


@pytest.fixture
def text(do: Do) -> str:
    do("letter_text.save", name="春季优惠", subject_zh="致{name}", body_zh="尊敬的{contact}：{offer}", offer="九折",
       body_en="Dear {contact}: {offer}")  # fmt: skip
    return "春季优惠"


def part(stage: Stage) -> Any:
    page = stage.go("customers", part="letters")
    assert isinstance(page, CustomersPage)
    return page.parts.part("letters")


def dialog(stage: Stage) -> LettersDialog:
    stage.wait(300)
    return stage.widget("groupLetters")


def take(stage: Stage, name: str, path: Path) -> None:
    """What the dialog of the system answers."""
    found = next(one for one in stage.window.findChildren(QFileDialog, name) if one.isVisible())
    found.fileSelected.emit(str(path))
    found.close()
    stage.settle()


def test_a_text_is_written_by_keyboard_and_a_wrong_placeholder_is_told(stage: Stage) -> None:
    assert part(stage).empty.isVisible()
    stage.press("Ctrl+N")
    form = stage.widget("letterText").fields
    stage.type("Spring")
    form.focus_field("body_en")
    stage.type("Dear {nmae},")
    assert "Did you mean {name}?" in form.error("body_en")
    stage.press("Ctrl+S")
    assert rows(stage, "letter_texts", sort="name") == []
    form.set_value("body_en", "Dear ")
    form.focus_field("body_en")
    form.editor("body_en").moveCursor(form.editor("body_en").textCursor().MoveOperation.End)
    stage.widget("letterText").insert("name")
    stage.press("Ctrl+S")
    assert [(one["name"], one["body_en"]) for one in rows(stage, "letter_texts", sort="name")] == [
        ("Spring", "Dear {name}")
    ]
    assert stage.widget("letters.detail.name").text() == "Spring"


def test_a_letter_without_words_is_refused_under_its_field(stage: Stage) -> None:
    part(stage)
    stage.press("Ctrl+N")
    stage.type("Empty")
    stage.press("Ctrl+S")
    assert "needs a text" in stage.widget("letterText").fields.error("body_en")


def test_who_gets_it_and_who_is_left_out(stage: Stage, text: str) -> None:
    part(stage)
    press(stage, "Ctrl+Return")
    shown = dialog(stage)
    ticked = {one.code for one in shown.chosen()}
    assert [(one.title, one.chip, one.data.code in ticked) for one in shown.list.entries()] == [
        ("杭州西溪民宿集群", "", True),
        ("Harbour Hotels Ltd", "", True),
        ("绍兴黄酒行", "No address", False),
    ]
    assert shown.told.text() == "2 customers · left out: 1"
    assert shown.whose.text().startswith("杭州西溪民宿集群")
    assert shown.preview.page_count() == 1
    stage.press("Alt+Down")
    stage.wait(300)
    assert shown.whose.text().startswith("Harbour Hotels Ltd")
    stage.click("groupLetters.way.mail")
    assert [one.chip for one in shown.list.entries()] == ["", "No e-mail address", "No e-mail address"]
    assert not stage.window.findChildren(QWidget, "groupLetters.print") or not shown.print_button.isVisible()
    picker = shown.form.editor("group")
    picker.setFocus()
    stage.type("VI")
    stage.settle()
    assert shown.list.entries() == [], "a name that is no group yet is nobody"
    stage.press("Return")
    stage.settle()
    assert picker.value() == "tag:VIP"
    assert [one.data.code for one in shown.list.entries()] == ["C1"]


def test_drafts_go_into_a_folder_and_are_noted(stage: Stage, text: str, tmp_path: Path) -> None:
    part(stage)
    press(stage, "Ctrl+Return")
    dialog(stage)
    stage.click("groupLetters.way.mail")
    stage.press("Ctrl+Return")
    take(stage, "save.folder", tmp_path)
    assert [one.suffix for one in tmp_path.glob("*.eml")] == [".eml"]
    assert [(one["kind"], one["number"], one["channel"]) for one in rows(stage, "prints")] == [
        ("letter", "C2", "mail")
    ]


def test_somebody_without_an_address_is_named_before_anything_is_written(stage: Stage, text: str) -> None:
    part(stage)
    press(stage, "Ctrl+Return")
    shown = dialog(stage)
    stage.click("groupLetters.way.mail")
    first = next(one for one in shown.list.entries() if one.data.code == "C1")
    assert isinstance(first, TickEntry)
    shown.list.toggle(first)
    stage.click("groupLetters.mail")
    assert shown.isVisible()
    assert shown.list.current().data.code == "C1"


def test_selected_customers_get_one_pdf(stage: Stage, text: str, tmp_path: Path) -> None:
    page = stage.go("customers")
    assert isinstance(page, CustomersPage)
    page.table.selectAll()
    stage.settle()
    stage.press("Ctrl+Shift+W", "customers.table")
    assert dialog(stage).subtitle.text() == "3 customers"
    stage.press("Ctrl+S")
    take(stage, "save.file", tmp_path / "all.pdf")
    assert (tmp_path / "all.pdf").read_bytes().startswith(b"%PDF")
    with stage.ctx.need_book().read() as connection:
        assert not print_log.of_customer(connection, "C1")  # statements only
    assert {row["number"] for row in rows(stage, "prints")} == {"C1", "C2"}


def test_without_a_text_the_first_one_is_written_before(stage: Stage) -> None:
    page = stage.go("customers")
    assert isinstance(page, CustomersPage)
    page.table.select_first()
    stage.settle()
    stage.press("Ctrl+Shift+W", "customers.table")
    form = stage.widget("letterText").fields
    form.set_values({"name": "First", "body_zh": "您好，{name}"})
    stage.press("Ctrl+S")
    assert dialog(stage).form.value("text") == "First"


def test_a_language_that_the_text_lacks_is_told_under_it(stage: Stage, do: Do) -> None:
    do("letter_text.save", name="仅中文", body_zh="您好")
    part(stage)
    press(stage, "Ctrl+Return")
    shown = dialog(stage)
    shown.form.set_value("language", "en")
    stage.wait(400)
    assert "no text in this language" in shown.form.error("language")


def test_statements_of_a_segment_in_one_pdf(stage: Stage, do: Do, tmp_path: Path) -> None:
    do("segment.create", name="VIP", rule="tag = VIP")
    stage.go("customers", part="segments", segment="VIP")
    stage.press("Ctrl+Shift+S", "segments.table")
    shown = stage.widget("groupStatements")
    assert shown.subtitle.text() == "VIP"
    shown.form.set_value("date_from", "2026-07-01")
    shown.form.set_value("date_to", "2026-06-01")
    stage.press("Ctrl+S")
    assert "behind the last day" in shown.form.error("date_from")
    shown.form.set_value("date_from", None)
    stage.press("Ctrl+S")
    take(stage, "save.file", tmp_path / "s.pdf")
    assert (tmp_path / "s.pdf").exists()
    assert [(row["kind"], row["number"]) for row in rows(stage, "prints")] == [("statement", "C1")]


def test_a_category_has_both_ways_in_its_menu(stage: Stage, text: str, do: Do) -> None:
    do("category.create", dimension="地区", path="华东")
    do("category.assign", dimension="地区", path="华东", customers=["C2"])
    page = stage.go("customers")
    assert isinstance(page, CustomersPage)
    page.side._use(next(one.id for one in page.side._reading.dimensions if one.name == "地区"))
    stage.settle()
    node = next(iter(page.side._nodes))
    menu = page.side._menu_for(node)
    actions = {one.text(): one for one in menu.actions()}
    assert "Statements of its customers …" in actions
    actions["Letters to its customers …"].trigger()
    stage.settle()
    shown = dialog(stage)
    assert shown.subtitle.text() == "华东"
    assert [one.data.code for one in shown.list.entries()] == ["C2"]


def test_the_list_keeps_its_place_when_a_text_changes(stage: Stage, text: str, do: Do) -> None:
    do("letter_text.save", name="夏季", body_zh="您好")
    shown = part(stage)
    shown.table.select(rows(stage, "letter_texts", sort="name") and shown.table.current_id())
    before = shown.table.current_id()
    stage.ctx.run_use_case("letter_text.save", {"name": "夏季", "body_zh": "改"})
    stage.settle()
    assert shown.table.current_id() == before
    stage.press("Ctrl+Del", "letters.table")
    stage.click("deleteLetter.yes")
    assert len(rows(stage, "letter_texts", sort="name")) == 1


def test_a_text_is_renamed_by_keyboard_and_back_from_the_message(stage: Stage, text: str, do: Do) -> None:
    do("letter_text.save", name="夏季", body_zh="您好")
    shown = part(stage)
    shown.table.select(
        next(one["id"] for one in rows(stage, "letter_texts", sort="name") if one["name"] == text)
    )
    stage.settle()
    stage.press("Shift+F2", "letters.table")
    form = stage.widget("letterRename.form")
    assert form.value("name") == text
    form.set_value("name", "夏季")
    stage.click("letterRename.save")
    assert "Choose another name" in form.error("name")
    form.set_value("name", "春季大促")
    stage.click("letterRename.save")
    assert stage.widget("letters.detail.name").text() == "春季大促"
    assert {one["name"] for one in rows(stage, "letter_texts", sort="name")} == {"夏季", "春季大促"}
    stage.click("toast.action")
    assert stage.widget("letters.detail.name").text() == text
