"""Pictures of the window: made without a display, and a text that is not translated is found."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from crmdesk import paths, text
from crmdesk.services import demo
from crmdesk.ui import screenshots
from crmdesk.ui.form_journal import KEEP_AFTER_MS
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.shots import Stage, over


@pytest.fixture
def practice(tmp_path: Path) -> Path:
    path = tmp_path / "practice.db"
    demo.create(path, customer_count=12, invoice_count=40).close()
    return path


def test_one_picture_of_the_window(qapp: QApplication, practice: Path, tmp_path: Path) -> None:
    png = tmp_path / "window.png"
    screenshots.picture_of(practice, png)
    image = QImage(str(png))
    assert (image.width(), image.height()) == (1366, 768)
    colours = {image.pixel(x, y) for x in range(0, 1366, 16) for y in range(0, 768, 16)}
    assert len(colours) > 20, "the window is empty"


def test_a_shot_takes_its_row_whatever_keys_the_shot_before_pressed(
    qapp: QApplication, practice: Path
) -> None:
    """Qt holds the Ctrl of the last Ctrl+S until the next key, and with Ctrl a row that is taken is given back."""
    shots = {shot.name: shot for shot in screenshots.all_shots()}
    with screenshots.quiet_platform():
        studio = screenshots.Studio(screenshots.Look("en", "light"), practice)
        try:
            shots["customers-portrait"].prepare(studio.stage)
            studio.stage.press("Ctrl+S")
            shots["customers-portrait"].prepare(studio.stage)
        finally:
            studio.close()


@pytest.mark.slow
def test_a_run_shows_both_languages_and_schemes_and_leaves_the_book_alone(
    qapp: QApplication, practice: Path, tmp_path: Path
) -> None:
    before = practice.read_bytes()
    complaints = screenshots.run(tmp_path / "out", practice, ["customers-nothing"])
    assert complaints == []
    looks = sorted(
        f"{language}-{scheme}{percent}.png"
        for language in ("en", "zh_CN")
        for scheme in ("dark", "light")
        for percent in ("", "-200")
    )
    assert sorted(png.name for png in (tmp_path / "out").glob("*.png")) == [
        f"customers-nothing-{look}" for look in looks
    ]
    assert sorted(png.name for png in (tmp_path / "out" / "sheets").iterdir()) == looks
    small, large = (
        QImage(str(tmp_path / "out" / f"customers-nothing-en-dark{end}.png")) for end in ("", "-200")
    )
    assert (large.width(), large.height()) == (small.width() * 2, small.height() * 2)
    assert practice.read_bytes() == before


def test_a_run_leaves_nothing_behind(
    qapp: QApplication, practice: Path, tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    looks = [screenshots.Look("en", "light")]
    screenshots.run(tmp_path / "out", practice, ["import-trial"], looks)
    assert [png.name for png in (tmp_path / "out").glob("*.png")] == ["import-trial-en-light.png"]
    assert list(temporary.iterdir()) == []
    assert [file for file in own_home.rglob("*") if file.is_file()] == [], "the user's own drafts and backups"
    assert paths.home_dir() == own_home


def test_a_dialog_is_in_the_picture(stage: Stage) -> None:
    stage.go("customers")
    before = screenshots.picture(stage.window).toImage()
    stage.click("customers.new")
    after = screenshots.picture(stage.window).toImage()
    button = stage.widget("customer.save")
    corner = stage.window.mapFromGlobal(button.mapToGlobal(QPoint(6, button.height() // 2)))
    accent = QColor(theme().colours.accent)
    assert QColor(after.pixel(corner)) == accent
    assert QColor(before.pixel(corner)) != accent


def test_what_lies_over_the_window_is_told_from_below_to_above(stage: Stage) -> None:
    """Qt's own list is in the order of addresses: of ten made in turn some would come the wrong way round."""
    tops: list[QWidget] = [stage.window]
    for number in range(10):
        dialog = Dialog(tops[-1], f"Sheet {number}", name=f"planted.{number}")
        dialog.show_sheet()
        tops.append(dialog)
    stage.settle()
    assert over(stage.window) == tops[1:]
    stage.close_dialogs()
    assert over(stage.window) == []


def test_a_list_below_a_button_is_in_the_picture(stage: Stage) -> None:
    stage.window.show_tasks()
    assert [top.objectName() for top in over(stage.window)] == ["tasks"]
    stage.close_dialogs()
    assert over(stage.window) == []


def test_what_a_shot_types_is_not_kept_among_the_user_s_own(qapp: QApplication, practice: Path) -> None:
    studio = screenshots.Studio(screenshots.Look("en", "light"), practice)
    try:
        studio.stage.go("customers")
        studio.stage.click("customers.new")
        studio.stage.type_into("customer.form.name", "Nobody")
        studio.stage.wait(KEEP_AFTER_MS + 200)
        assert list(paths.drafts_dir().iterdir()) != [], "it is kept, in a folder of the picture's own"
    finally:
        studio.close()
    assert list(paths.drafts_dir().iterdir()) == []


def test_every_shot_has_a_name_of_its_own() -> None:
    names = [shot.name for shot in screenshots.all_shots()]
    assert len(names) == len(set(names))
    assert "customers" in names


def test_english_in_the_chinese_window_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.go("customers")
    known = text.translator("zh_CN")

    def translator(_language: str) -> Callable[[str], str]:
        return lambda words: "已逾期" if words == "Overdue" else known(words)

    monkeypatch.setattr(text, "translator", translator)
    planted = QLabel("Nobody translated this", stage.window)
    planted.setObjectName("planted")
    planted.show()
    catalogued = QLabel("Overdue", stage.window)
    catalogued.setObjectName("catalogued")
    catalogued.show()
    innocent = QLabel("Excel · C00001 · INV-2026-0001", stage.window)
    innocent.setObjectName("innocent")
    innocent.show()
    found = screenshots.untranslated(stage.window)
    assert "planted: Nobody translated this" in found
    assert "catalogued: Overdue" in found
    assert not any(line.startswith("innocent") for line in found)


def test_texts_of_fields_banners_and_heads_are_read(stage: Stage) -> None:
    stage.go("customers")
    banner = Banner("planted")
    banner.setParent(stage.window)
    banner.show_message("A planted sentence")
    words = {shown for _name, shown in screenshots.visible_texts(stage.window)}
    assert {
        "A planted sentence",
        "No customers yet",
        "All customers",
        "Name, pinyin, initials, code or phone",
    } <= words
