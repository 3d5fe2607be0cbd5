"""Theme, tokens, labels, notices, words, settings, preview."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from crmdesk.models.errors import BookFault, Code, Conflict
from crmdesk.ui.context import Context
from crmdesk.ui.kit import theme as theme_module
from crmdesk.ui.kit import tokens
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.commands import Command, button
from crmdesk.ui.kit.focus_ring import FocusRing
from crmdesk.ui.kit.icons import icon, set_icon
from crmdesk.ui.kit.labels import Chip, Label
from crmdesk.ui.kit.layouts import FlowLayout
from crmdesk.ui.kit.preview import PageImage, PagePreview
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.tokens import DARK, LIGHT, Colours
from crmdesk.ui.kit.view_state import ViewState


def contrast(ink: str, ground: str) -> float:
    """WCAG 2.2, definition of contrast ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_is_readable_on_every_ground(colours: Colours) -> None:
    grounds = (
        colours.background,
        colours.rail,
        colours.surface,
        colours.raised,
        colours.accent_soft,
        colours.hover,
    )
    pairs = [(ink, ground) for ink in (colours.text, colours.second, colours.third) for ground in grounds]
    pairs += [
        (colours.ink(tone), ground) for tone in ("warn", "danger", "info") for ground in (colours.surface,)
    ]
    pairs += [colours.tone(tone) for tone in ("neutral", "good", "warn", "danger", "info")]
    pairs += [(colours.on_accent, colours.accent), (colours.on_accent, colours.accent_hover)]
    pairs += [(colours.danger, colours.accent_soft), (colours.accent, colours.surface)]
    low = [(ink, ground, contrast(ink, ground)) for ink, ground in pairs if contrast(ink, ground) < 4.5]
    assert low == []


def test_switching_the_scheme_changes_palette_icons_and_sheet(
    host: Context, qtbot: QtBot, qapp: QApplication
) -> None:
    made = QPushButton("x")
    qtbot.addWidget(made)
    set_icon(made, "plus")
    before = made.icon().cacheKey()
    theme().use_scheme("dark")
    assert theme().colours is DARK
    assert qapp.palette().window().color().name().upper() == DARK.background
    assert made.icon().cacheKey() != before
    assert DARK.surface in qapp.styleSheet()
    theme().use_scheme("light")
    assert qapp.palette().window().color().name().upper() == LIGHT.background


def test_sizes_follow_the_text(host: Context) -> None:
    small = theme().metrics
    assert (small.row, small.text) == (34, 13)
    theme().use_density("compact")
    assert theme().metrics.row == 28
    theme().configure("light", "comfortable", 2.0)
    assert theme().metrics.text == 26
    assert theme().metrics.row >= 60
    theme().configure("light", "comfortable", 1.0)


def test_every_icon_can_be_drawn(host: Context) -> None:
    from crmdesk.paths import resource

    for path in resource("icons").glob("*.svg"):
        picture = icon(path.stem).pixmap(QSize(16, 16)).toImage()
        marks = sum(picture.pixelColor(x, y).alpha() > 0 for x in range(16) for y in range(16))
        assert marks > 8, path.stem


def test_a_label_elides_and_keeps_its_words(host: Context, qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    layout = QVBoxLayout(holder)
    label = Label("上海鼎泰建筑装饰工程有限公司 <b>not bold</b>", "strong")
    layout.addWidget(label)
    holder.resize(120, 40)
    holder.show()
    assert label.shown().endswith("…")
    assert label.text().endswith("<b>not bold</b>")
    assert label.toolTip() == label.text()
    assert label.textFormat() is Qt.TextFormat.PlainText
    holder.resize(900, 40)
    assert label.shown() == label.text()
    assert label.toolTip() == ""


def test_chips_wrap(host: Context, qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    flow = FlowLayout(holder)
    for number in range(8):
        flow.addWidget(Chip(f"chip number {number}"))
    assert flow.heightForWidth(2000) < flow.heightForWidth(300) < flow.heightForWidth(120)
    holder.resize(300, 400)
    holder.show()
    assert all(flow.itemAt(place).geometry().right() <= 300 for place in range(8))  # type: ignore[union-attr]


def test_the_ring_follows_the_focus(host: Context, qtbot: QtBot, qapp: QApplication) -> None:
    ring = theme().findChild(FocusRing) or FocusRing(theme())
    holder = QWidget()
    qtbot.addWidget(holder)
    layout = QVBoxLayout(holder)
    first, second = QLineEdit(), QLineEdit()
    layout.addWidget(first)
    layout.addWidget(second)
    holder.show()
    qtbot.waitExposed(holder)
    holder.activateWindow()
    second.setFocus()
    qtbot.waitUntil(lambda: qapp.focusWidget() is second)
    drawn = holder.findChild(QWidget, "focusRing")
    assert drawn is not None
    assert drawn.geometry().contains(second.geometry())
    assert drawn.isVisible()
    second.move(second.x(), second.y() + 30)
    assert drawn.geometry().contains(second.geometry())
    assert ring is not None


def test_commands_show_their_keys_and_follow_their_state(host: Context, qtbot: QtBot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    done: list[bool] = []
    action = host.commands.add(Command("a.new", "New", lambda: done.append(True), "plus", "Ctrl+N"), owner)
    made = button(action, "primary")
    qtbot.addWidget(made)
    assert made.toolTip() == "New  Ctrl+N"
    assert made.objectName() == "a.new"
    made.click()
    assert done == [True]
    action.setEnabled(False)
    assert not made.isEnabled()
    assert host.commands.find("a.new") is action
    import shiboken6

    shiboken6.delete(owner)
    assert host.commands.find("a.new") is None


def test_the_users_own_shortcut_wins(qtbot: QtBot, tmp_path: Path) -> None:
    settings = ViewState(tmp_path / "w.json")
    settings.put("shortcuts", {"a.new": "Ctrl+J"})
    ctx = Context(settings)
    owner = QWidget()
    qtbot.addWidget(owner)
    action = ctx.commands.add(Command("a.new", "New", lambda: None, shortcut="Ctrl+N"), owner)
    assert action.shortcut().toString() == "Ctrl+J"
    assert ctx.end()


def window_of(host: Context, qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 500)
    host.notices.set_window(window)
    window.show()
    return window


def toasts(window: QWidget) -> list[str]:
    return [toast.text() for toast in window.findChildren(QWidget, "toast")]  # type: ignore[attr-defined]


def test_an_error_is_one_sentence_that_stays(host: Context, qtbot: QtBot) -> None:
    window = window_of(host, qtbot)
    host.notices.error(Conflict(Code.READ_ONLY, "Read-only here.", hint="Copy the book first."))
    assert toasts(window) == ["Read-only here. Copy the book first."]
    window.findChild(QWidget, "toast.close").click()  # type: ignore[union-attr]
    assert toasts(window) == []


def test_what_stops_all_work_is_a_dialog(host: Context, qtbot: QtBot) -> None:
    window = window_of(host, qtbot)
    host.notices.error(BookFault(Code.DISK_ERROR, "The disk failed."))
    dialog = window.findChild(QWidget, "fault")
    assert dialog is not None
    assert dialog.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.findChild(QWidget, "fault") is None)
    assert window.findChild(QWidget, "dim") is None or not window.findChild(QWidget, "dim").isVisible()  # type: ignore[union-attr]


def test_a_bug_of_ours_is_logged_and_shown_without_its_trace(
    host: Context, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    banner.show_error(KeyError("secret detail"))
    assert "secret" not in banner.text()
    assert "secret detail" in caplog.text


def test_a_task_with_a_label_shows_its_progress(
    host: Context, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    monkeypatch.setattr("crmdesk.ui.kit.notices.SLOW_MS", 1)
    window = window_of(host, qtbot)
    gate = threading.Event()

    def work(progress: object) -> None:
        progress.step(1, 2, "half")  # type: ignore[attr-defined]
        gate.wait(5)
        progress.check()  # type: ignore[attr-defined]

    errors: list[Exception] = []
    task = host.tasks.run("heavy", work, label="Exporting", failed=errors.append)
    qtbot.waitUntil(lambda: toasts(window) == ["Exporting"])
    qtbot.waitUntil(lambda: window.findChild(QWidget, "task.progress").value() == 500)  # type: ignore[union-attr]
    window.findChild(QPushButton, "toast.action").click()  # type: ignore[union-attr]
    assert task.is_cancelled
    gate.set()
    qtbot.waitUntil(lambda: bool(errors))
    assert toasts(window) == []
    assert errors[0].args[0] == "Cancelled; nothing was kept."


def test_settings_survive_and_a_broken_file_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "window.json"
    state = ViewState(path)
    for number in range(20):
        state.remember_book(f"/books/{number}.crm")
        state.remember_picked("customer", f"C{number}")
    state.remember_picked("customer", "C17")
    state.save()
    again = ViewState(path)
    assert again.recent_books()[0] == "/books/19.crm"
    assert len(again.recent_books()) == 8
    assert again.picked("customer") == ["C17", "C19", "C18", "C16", "C15"]
    again.forget_book("/books/19.crm")
    assert again.recent_books()[0] == "/books/18.crm"
    path.write_text("{broken", "utf-8")
    assert ViewState(path).recent_books() == []
    path.write_text("[1]", "utf-8")
    assert ViewState(path).get("x", 5) == 5


def test_a_place_that_cannot_be_written_is_let_go(tmp_path: Path) -> None:
    state = ViewState(tmp_path / "missing" / "window.json")
    state.put("x", 1)
    state.save()
    assert state.get("x") == 1


def page(width: int = 100, height: int = 140) -> PageImage:
    return PageImage(width, height, bytes(4 * width * height))


def test_preview_counts_zooms_and_keeps_its_place(host: Context, qtbot: QtBot) -> None:
    preview = PagePreview()
    qtbot.addWidget(preview)
    preview.resize(400, 300)
    preview.show()
    preview.set_pages([page(), page(), page()])
    assert preview.page_count() == 3
    preview.set_zoom(3.0)
    assert preview.zoom() == 3.0
    bar = preview._sheet.verticalScrollBar()
    bar.setValue(500)
    preview.set_pages([page(), page(), page()])
    assert bar.value() == 500
    assert preview.zoom() == 3.0
    preview.set_zoom(99)
    assert preview.zoom() == 4.0
    preview.fit_page()
    assert preview.zoom() < 2
    preview.set_message("Choose a customer.")
    assert preview.page_count() == 0


def test_one_theme_for_one_application(host: Context, qapp: QApplication) -> None:
    assert theme_module.install(qapp) is theme()
    assert tokens.LIGHT.is_dark is False
