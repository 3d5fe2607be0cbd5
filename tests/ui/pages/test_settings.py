"""Settings through their widgets, the book asked afterwards."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from sqlalchemy import text as sql

from crmdesk import text
from crmdesk.services import backups_kept, settings, tax_rates
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.toasts import Toast
from crmdesk.ui.pages.settings import backups, search
from crmdesk.ui.pages.settings.page import SECTIONS
from crmdesk.ui.pages.settings.section import Section
from crmdesk.ui.shots import Stage


def own(stage: Stage) -> settings.BookSettings:
    return stage.ctx.need_book().settings


def section(stage: Stage, name: str) -> QWidget:
    return stage.go("settings", section=name)


def test_company_details_are_saved_and_can_be_emptied(stage: Stage) -> None:
    section(stage, "company")
    stage.widget("settings.company.form.phone").set_value("0571-88120000")
    stage.widget("settings.company.form.bank").set_value("工商银行")
    stage.click("settings.company.save")
    assert (own(stage).phone, own(stage).bank) == ("0571-88120000", "工商银行")
    stage.widget("settings.company.form.bank").set_value("")
    stage.click("settings.company.save")
    assert own(stage).bank == ""
    assert own(stage).name == "鼎晟建材商行"


def test_a_series_that_has_begun_keeps_its_prefix(stage: Stage, do: object) -> None:
    do("customer.create", code="C1", name="甲")  # type: ignore[operator]
    line = {"description": "x", "quantity": "1", "unit_price": "1.00", "tax_rate": "0.13"}
    do("invoice.issue", customer="C1", date="2026-06-01", lines=[line])  # type: ignore[operator]
    section(stage, "numbering")
    stage.widget("settings.numbering.form.payment").set_value("SK")
    stage.click("settings.numbering.save")
    assert own(stage).prefixes["payment"] == "SK"
    stage.widget("settings.numbering.form.invoice").set_value("YS")
    stage.click("settings.numbering.save")
    assert own(stage).prefixes["invoice"] == "INV"


def test_a_tax_rate_is_added_changed_and_taken_away(stage: Stage) -> None:
    section(stage, "taxes")
    stage.click("settings.taxes.rates.new")
    stage.widget("taxRate.form.name").set_value("5%")
    stage.widget("taxRate.form.rate").set_value(Decimal("0.05"))
    stage.click("taxRate.save")

    def rates() -> dict[str, Decimal]:
        with stage.ctx.need_book().read() as connection:
            return {rate.name: rate.rate for rate in tax_rates.all_rates(connection)}

    assert rates()["5%"] == Decimal("0.05")
    entries = stage.widget("settings.taxes.rates.table")
    entries.select(next(index for index, entry in enumerate(entries.entries()) if entry.title == "5%"))
    stage.click("settings.taxes.rates.delete")
    assert "5%" not in rates()


def test_a_money_account_is_added_and_put_out_of_use(stage: Stage) -> None:
    section(stage, "accounts")
    stage.click("settings.accounts.new")
    stage.widget("moneyAccount.form.code").set_value("ICBC")
    stage.widget("moneyAccount.form.name").set_value("工行基本户")
    stage.widget("moneyAccount.form.method").set_value("bank")
    stage.click("moneyAccount.save")
    entries = stage.widget("settings.accounts.table")
    entries.select(next(i for i, entry in enumerate(entries.entries()) if entry.data.code == "ICBC"))
    stage.click("settings.accounts.toggle")
    with stage.ctx.need_book().read() as connection:
        found = connection.execute(
            sql("SELECT is_active FROM money_account WHERE code = 'ICBC'")
        ).scalar_one()
    assert found == 0


def test_locking_asks_first(stage: Stage) -> None:
    section(stage, "lock")
    stage.widget("settings.lock.form.until").set_value(date(2026, 5, 31))
    stage.click("settings.lock.save")
    assert own(stage).lock_date is None, "nothing before the answer"
    stage.click("confirmLock.yes")
    assert own(stage).lock_date == date(2026, 5, 31)


def test_language_scheme_and_density_change_at_once(stage: Stage) -> None:
    section(stage, "look")
    stage.click("settings.look.language.zh_CN")
    assert text.current_language() == "zh_CN"
    assert stage.widget("settings.section.company").text() == text._("Company") != "Company"
    stage.click("settings.look.scheme.dark")
    assert QApplication.palette().window().color().lightness() < 60
    assert theme().colours is not None
    stage.click("settings.look.scheme.light")
    stage.click("settings.look.language.en")
    assert stage.widget("settings.section.company").text() == "Company"


def test_a_backup_now_and_what_restoring_it_would_lose(stage: Stage, do: object) -> None:
    do("customer.create", code="C1", name="甲")  # type: ignore[operator]
    section(stage, "backup")
    stage.click("settings.backup.now")
    kept = backups_kept.list_backups(stage.ctx.need_book())
    assert len(kept) == 1
    do("customer.create", code="C2", name="乙")  # type: ignore[operator]
    stage.widget("settings.backup.kept").select(0)
    stage.click("settings.backup.restore")
    stage.click("confirmRestore.no")
    with stage.ctx.need_book().read() as connection:
        assert connection.execute(sql("SELECT count(*) FROM customer")).scalar_one() == 2
    stage.click("settings.backup.restore")
    stage.click("confirmRestore.yes")
    stage.settle()
    with stage.ctx.need_book().read() as connection:
        assert connection.execute(sql("SELECT count(*) FROM customer")).scalar_one() == 1


def test_restoring_does_not_prune_the_backup_that_was_chosen(
    stage: Stage, do: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups_kept, "_budget", lambda *_of: 0)
    section(stage, "backup")
    for code in ("C1", "C2"):
        do("customer.create", code=code, name=code)  # type: ignore[operator]
        stage.click("settings.backup.now")
    do("customer.create", code="C3", name="C3")  # type: ignore[operator]
    before = [kept.path for kept in backups_kept.list_backups(stage.ctx.need_book())]
    stage.widget("settings.backup.kept").select(1)
    stage.click("settings.backup.restore")
    stage.click("confirmRestore.yes")
    with stage.ctx.need_book().read() as connection:
        assert connection.execute(sql("SELECT count(*) FROM customer")).scalar_one() == 1
    assert [kept.path for kept in backups_kept.list_backups(stage.ctx.need_book())] == before


def test_the_words_of_a_loss_name_documents_and_amounts(stage: Stage, do: object) -> None:
    from crmdesk.services import backup_preview

    do("customer.create", code="C1", name="甲")  # type: ignore[operator]
    path = backups_kept.run_automatic(stage.ctx.need_book())
    assert path is not None
    line = {"description": "x", "quantity": "1", "unit_price": "100.00", "tax_rate": "0.13"}
    do("invoice.issue", customer="C1", date="2026-06-01", lines=[line])  # type: ignore[operator]
    words = backups.lost_words(backup_preview.preview(stage.ctx.need_book(), path))
    assert "113.00" in words
    assert "Invoice" in words


@pytest.mark.parametrize("is_broken", [False, True])
def test_the_check_tells_clean_from_broken(stage: Stage, do: object, *, is_broken: bool) -> None:
    do("customer.create", code="C1", name="甲")  # type: ignore[operator]
    if is_broken:
        with stage.ctx.need_book().write() as unit:
            unit.connection.execute(sql("UPDATE counter SET value = value"))
            unit.connection.execute(sql("DELETE FROM customer_search"))
            unit.finish("test.break", {})
    section(stage, "about")
    stage.click("settings.about.check")
    said = stage.widget("settings.about.result").text()
    assert said.startswith("Clean.") is not is_broken, said


def test_a_setting_is_found_by_words_of_both_languages_and_by_initials(stage: Stage) -> None:
    stage.go("settings")
    for typed, name in (
        ("tax number", "settings.company.form.tax_number"),
        ("开户", "settings.company.form.bank"),
        ("xj", "settings.look.density"),
        ("dark", "settings.look.scheme"),
        ("usb", "settings.backup.saveAs"),
        ("prefix refund", "settings.numbering.form.refund"),
    ):
        stage.widget("settings.search").setText(typed)
        stage.settle()
        names = [entry.data.name for entry in stage.widget("settings.found").entries()]
        assert name in names, (typed, names)
        assert len(names) == len(set(names))
    stage.widget("settings.search").setText("no such thing")
    stage.settle()
    assert stage.widget("settings.nothing").isVisible()
    stage.press("Esc", "settings.search")
    stage.settle()
    assert stage.widget("settings.section.company").isVisible()


def test_settings_are_ranked_as_everything_else_that_is_searched() -> None:
    """What is called so comes before what only holds it, and that before what is only about it."""
    sections = {key: source for key, _icon, source, _maker in SECTIONS}
    labels = [one.label for one in search.find("language", sections)]
    assert labels[0] == "Language"
    assert len(labels) > 1
    # Written out and by English initials, which only the palette knew.
    assert "settings.taxes.rates.table" in [one.name for one in search.find("shuilv", sections)]
    assert "settings.backup.now" in [one.name for one in search.find("bun", sections)]


def test_a_double_click_takes_a_setting_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    page: Any = stage.go("settings")
    taken: list[str] = []
    show = page.show_setting
    monkeypatch.setattr(page, "show_setting", lambda setting: (taken.append(setting.name), show(setting)))
    stage.widget("settings.search").setText("density")
    stage.wait(60)
    found = stage.widget("settings.found")
    spot = found.visualRect(found.records.index(0, 0)).center()
    taken.clear()
    QTest.mouseClick(found.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    QTest.mouseDClick(found.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert len(taken) == 2, "under the cursor, and taken"
    assert stage.widget("settings.search").text() == ""


def test_enter_goes_to_the_setting_and_marks_it(stage: Stage) -> None:
    stage.go("settings")
    stage.press("Ctrl+F", "window")
    stage.type_into("settings.search", "density")
    stage.settle()
    stage.press("Return", "settings.search")
    assert stage.widget("settings.mark").target.objectName() == "settings.look.density"
    assert stage.widget("settings.look.density").isVisible()
    stage.press("Return", "settings.found")
    assert stage.widget("settings.search").text() == ""
    assert stage.widget("settings.section.look").isChecked()
    stage.go("settings", setting="settings.company.form.phone")
    assert stage.widget("settings.mark").target.objectName() == "settings.company.form.phone"


def test_every_setting_of_the_index_is_there_and_every_field_is_in_it(stage: Stage) -> None:
    page = stage.go("settings")
    listed = {one.name: one for one in search.all_settings()}
    for one in listed.values():
        page.show_setting(one)  # type: ignore[attr-defined]
        assert stage.widget(one.name) is not None
    for key, *_rest in SECTIONS:
        page.show_section(key)  # type: ignore[attr-defined]
    forms = list(page.findChildren(Form))
    assert len(forms) >= 5
    missing = [
        form.editor(name).objectName()
        for form in forms
        for name in form.field_names()
        if form.editor(name).objectName() not in listed
    ]
    assert missing == []


def test_formats_follow_the_language(stage: Stage) -> None:
    section(stage, "look")
    assert stage.widget("settings.look.formats.date").text() == "2026-06-30"
    english = stage.widget("settings.look.formats.words").text()
    stage.click("settings.look.language.zh_CN")
    assert stage.widget("settings.look.formats.words").text() == "壹仟贰佰叁拾肆元伍角陆分" != english
    stage.click("settings.look.language.en")
    assert stage.widget("settings.look.formats.words").text() == english


def test_the_folder_of_backups_and_the_next_one(stage: Stage, do: object, tmp_path: Path) -> None:
    do("customer.create", code="C1", name="甲")  # type: ignore[operator]
    page = section(stage, "backup")
    assert "when the book is closed" in stage.widget("settings.backup.next").text()
    stage.click("settings.backup.now")
    assert "Nothing has changed" in stage.widget("settings.backup.next").text()
    stick = tmp_path / "stick"
    stick.mkdir()
    page.findChild(Section, "settings.backup").use_folder(str(stick))  # type: ignore[attr-defined, union-attr]
    stage.settle()
    assert stage.widget("settings.backup.folder").text() == str(stick)
    assert own(stage).backup_folder == str(stick)
    stage.click("settings.backup.now")
    assert list(stick.glob("*.crmdesk-backup"))
    stage.click("settings.backup.usualFolder")
    assert own(stage).backup_folder == ""


def test_a_backup_is_verified_and_a_damaged_one_is_told(stage: Stage, do: object) -> None:
    do("customer.create", code="C1", name="甲")  # type: ignore[operator]
    section(stage, "backup")
    stage.click("settings.backup.now")
    stage.click("settings.backup.verify")
    assert any("is whole" in toast.text() for toast in stage.window.findChildren(Toast))
    (kept,) = backups_kept.list_backups(stage.ctx.need_book())
    content = bytearray(kept.path.read_bytes())
    content[len(content) // 2] ^= 1
    kept.path.write_bytes(content)
    stage.click("settings.backup.verify")
    assert "is damaged" in stage.widget("fault").findChildren(Paragraph)[0].text()


def test_where_the_printer_prints_is_moved_paper_by_paper(stage: Stage) -> None:
    stage.go("settings", section="documents")
    form = stage.widget("settings.documents.offsets")
    form.set_value("right", "1.5")
    form.set_value("down", "-2")
    stage.click("settings.documents.offsetSave")
    from crmdesk.services import settings

    with stage.ctx.need_book().read() as connection:
        assert settings.load(connection).print_offsets == {"241x140": [15, -20]}
    form.set_value("right", "99")
    stage.click("settings.documents.offsetSave")
    assert "mm" in form.error("right")
