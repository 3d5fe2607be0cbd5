"""Customers out of the window and back: the archive workbook, visiting cards, watched folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from sqlalchemy import text as sql

from crmdesk.services import watching
from crmdesk.ui import day_words
from crmdesk.ui.folders_watched import FoldersWatched
from crmdesk.ui.pages.customers.page import CustomersPage
from crmdesk.ui.shots import Stage

Do = Callable[..., dict[str, Any]]


@pytest.fixture
def page(stage: Stage, do: Do) -> CustomersPage:
    """Three customers, two of them with a contact."""
    do(
        "customer.create",
        code="C1",
        name="上海鼎晟贸易",
        contacts=[{"name": "李娜", "mobile": "13800138000"}],
    )
    do("customer.create", code="C2", name="杭州西溪民宿", contacts=[{"name": "王强"}])
    do("customer.create", code="C3", name="张伟")
    made = stage.go("customers")
    assert isinstance(made, CustomersPage)
    return made


def save_as(stage: Stage, path: Path) -> None:
    """Answers the question where to save."""
    dialog = stage.widget("save.file", QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.close()
    stage.settle()


def cells(path: Path, sheet: str) -> list[Any]:
    return [row[0].value for row in openpyxl.load_workbook(path)[sheet].iter_rows(min_row=2)]


def test_the_archive_of_all_of_the_filtered_and_of_the_selected(
    stage: Stage, page: CustomersPage, tmp_path: Path
) -> None:
    page.table.setFocus()
    stage.press("Ctrl+E")
    stage.click("exportCustomers.form.archive")
    stage.click("exportCustomers.whom.all")
    stage.press("Ctrl+S")
    save_as(stage, tmp_path / "all.xlsx")
    assert cells(tmp_path / "all.xlsx", "Customers") == ["C1", "C2", "C3"]

    page.list.search.setText("西溪")
    stage.wait(400)
    stage.click("customers.export")
    assert stage.widget("exportCustomers.form").value() == "archive", "what was done last comes first"
    assert "1" in stage.widget("exportCustomers.whom.shown").text()
    stage.press("Ctrl+S")
    save_as(stage, tmp_path / "one.xlsx")
    assert cells(tmp_path / "one.xlsx", "Customers") == ["C2"]

    page.list.search.clear()
    stage.wait(400)
    page.table.select_first()
    page.table.setFocus()
    stage.press("Shift+Down")
    assert page.table.selected_count() == 2
    stage.press("Ctrl+E")
    assert stage.widget("exportCustomers.whom").value() == "selected"
    stage.press("Ctrl+S")
    save_as(stage, tmp_path / "two.xlsx")
    assert len(cells(tmp_path / "two.xlsx", "Customers")) == 2


def test_cards_of_those_who_have_contacts_and_what_to_do_where_none_has(
    stage: Stage, page: CustomersPage, tmp_path: Path
) -> None:
    stage.press("Ctrl+E")
    stage.click("exportCustomers.form.cards")
    stage.press("Ctrl+S")
    save_as(stage, tmp_path / "all.vcf")
    text = (tmp_path / "all.vcf").read_text(encoding="utf-8")
    assert text.count("BEGIN:VCARD") == 2
    assert "李娜" in text

    page.list.search.setText("张伟")
    stage.wait(400)
    page.table.setFocus()
    stage.press("Ctrl+E")
    stage.press("Ctrl+S")
    assert "None of them has a contact" in stage.widget("exportCustomers.banner").text()


def test_the_list_as_shown_asks_where_to(
    stage: Stage, page: CustomersPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "list.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_of: (str(path), ""))
    stage.click("customers.export")
    assert stage.widget("exportCustomers.form").value() == "list"
    assert not stage.widget("exportCustomers.whom").isEnabled()
    stage.press("Ctrl+S")
    assert len(path.read_text("utf-8-sig").splitlines()) == 4


def test_one_contact_is_copied_or_saved(stage: Stage, page: CustomersPage, tmp_path: Path) -> None:
    with stage.ctx.need_book().read() as connection:
        record_id = connection.execute(sql("SELECT id FROM customer WHERE code = 'C1'")).scalar_one()
    page.show_customer(record_id, is_full=True)
    stage.settle()
    page.full.tabs.choose("profile")
    contacts = stage.widget("customers.full.contact.list")
    contacts.setFocus()
    contacts.select(0)
    stage.press("Ctrl+Shift+C", "customers.full.contact.list")
    data = QGuiApplication.clipboard().mimeData()
    assert data.text().splitlines() == ["上海鼎晟贸易", "李娜", "13800138000"]
    (url,) = data.urls()
    assert "FN:李娜" in Path(url.toLocalFile()).read_text(encoding="utf-8")

    page.full.tabs.contacts._show_menu(contacts.visualRect(contacts.currentIndex()).center())
    menu = stage.widget("customers.full.contact.menu")
    next(action for action in menu.actions() if action.text() == "Save as a card …").trigger()
    save_as(stage, tmp_path / "card.vcf")
    assert "TEL;TYPE=CELL:13800138000" in (tmp_path / "card.vcf").read_text(encoding="utf-8")


# Watched folders


def watcher(stage: Stage) -> FoldersWatched:
    found = stage.window.findChild(FoldersWatched)
    assert found is not None
    return found


def look(stage: Stage) -> None:
    """Two looks with the settling time in between, and the import that follows."""
    watcher(stage).look()
    stage.settle()
    stage.wait(int(watching.SETTLE_S * 1000) + 100)
    watcher(stage).look()
    stage.settle()


def customer_codes(stage: Stage) -> list[str]:
    with stage.ctx.need_book().read() as connection:
        return list(connection.execute(sql("SELECT code FROM customer ORDER BY code")).scalars())


def watch(stage: Stage, folder: Path) -> None:
    """Watches a folder through the form, hands on the keyboard."""
    stage.go("settings", section="watching")
    stage.click("settings.watching.new")
    stage.type_into("watchedFolder.form.folder", str(folder))
    stage.press("Ctrl+S")
    stage.wait(500)


def test_a_folder_that_is_watched_brings_its_files(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said in the window, imported by the window, told in a message and in the log."""
    monkeypatch.setattr(watching, "SETTLE_S", 0.2)
    folder = tmp_path / "inbox"
    folder.mkdir()
    stage.go("settings", section="watching")
    assert stage.widget("settings.watching.none").isVisible(), "an empty section teaches the next step"
    assert not watcher(stage).is_watching
    watch(stage, folder)
    assert watcher(stage).is_watching
    (entry,) = stage.widget("settings.watching.table").entries()
    assert (entry.title, entry.chip) == (str(folder), "On")

    (folder / "a.csv").write_text("code,name\nC1,甲\nC2,乙\n", encoding="utf-8")
    look(stage)
    assert customer_codes(stage) == ["C1", "C2"]
    assert [path.name for path in (folder / "done").iterdir()] == ["a.csv"]
    assert "2 new" in stage.widget("toast").text()
    (line,) = stage.widget("settings.watching.log").entries()
    assert (line.title, line.chip, line.detail) == ("a.csv", "Imported", "2 new")

    stage.click("settings.watching.toggle")
    stage.wait(500)
    assert not watcher(stage).is_watching
    assert stage.widget("settings.watching.table").entries()[0].chip == "Off"


def test_a_refused_file_is_told_in_the_bell_and_tried_again(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "SETTLE_S", 0.2)
    folder = tmp_path / "inbox"
    folder.mkdir()
    watch(stage, folder)
    (folder / "b.csv").write_text("code,name\nC1,甲\nC2,\n", encoding="utf-8")
    look(stage)
    told = day_words.notices(stage.ctx, stage.ctx.day().facts, stage.ctx.day().backup)
    assert any("“b.csv”, 1 row refused" in notice.entry.title for notice in told)
    (line,) = stage.widget("settings.watching.log").entries()
    assert line.chip == "Partly refused"
    assert "required" in stage.widget("settings.watching.reason").text()

    (folder / "failed" / "b.csv").write_text("code,name\nC1,甲\nC2,乙\n", encoding="utf-8")
    stage.press("Return", "settings.watching.log")
    assert (folder / "b.csv").is_file()
    look(stage)
    assert customer_codes(stage) == ["C1", "C2"]
    stage.click("settings.watching.which.refused")
    assert stage.widget("settings.watching.quiet").isVisible()
    told = day_words.notices(stage.ctx, stage.ctx.day().facts, stage.ctx.day().backup)
    assert not any("b.csv" in notice.entry.title for notice in told)


def test_what_is_wrong_with_a_folder_stands_under_its_field(stage: Stage, tmp_path: Path) -> None:
    stage.go("settings", section="watching")
    stage.click("settings.watching.new")
    stage.type_into("watchedFolder.form.folder", str(tmp_path / "nowhere"))
    stage.press("Ctrl+S")
    form = stage.widget("watchedFolder.form")
    assert "does not exist" in form.error("folder")
    form.set_value("columns", "file")
    form.changed.emit("columns")
    (tmp_path / "in").mkdir()
    form.set_value("folder", str(tmp_path / "in"))
    assert form.value("mode") == "create", "nothing that is there is changed unless somebody says so"
    form.set_value("mapping_file", str(tmp_path / "map.json"))
    stage.press("Ctrl+S")
    assert "cannot be read" in form.error("mapping_file")
    (tmp_path / "map.json").write_text('{"Firma": "name"}', encoding="utf-8")
    stage.press("Ctrl+S")
    (entry,) = stage.widget("settings.watching.table").entries()
    assert "columns as said" in entry.detail
    assert entry.data.mapping == {"columns": {"Firma": "name"}}

    # what is not asked again stays as it was said
    stage.press("Return", "settings.watching.table")
    stage.widget("watchedFolder.form").set_value("mode", "upsert")
    stage.press("Ctrl+S")
    (entry,) = stage.widget("settings.watching.table").entries()
    assert (entry.data.mode, entry.data.mapping) == ("upsert", {"columns": {"Firma": "name"}})

    stage.press("Delete", "settings.watching.table")
    stage.click("settings.watching.confirm.yes")
    assert stage.widget("settings.watching.none").isVisible()


def test_nothing_is_watched_without_a_book(stage: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    watch(stage, folder)
    assert watcher(stage).is_watching
    (folder / "a.csv").write_text("code,name\nC1,甲\n", encoding="utf-8")
    stage.ctx.close_book(is_backed_up=False)
    stage.settle()
    assert not watcher(stage).is_watching
    watcher(stage).look()
    stage.settle()
    assert (folder / "a.csv").is_file()
