"""Every widget of every page, state and dialog: named, spoken, readable, whole, in the order of the eye."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from crmdesk.services import demo
from crmdesk.ui import screenshots
from crmdesk.ui.kit.labels import Chip
from crmdesk.ui.screenshots import Look, Studio
from crmdesk.ui.shots import Stage
from tests.ui import walk

LOOKS = (
    Look("zh_CN", "light"),
    Look("en", "dark"),
    Look("zh_CN", "dark", 200),
    Look("en", "light", 200),
)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_page_state_and_dialog(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look: Look
) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
    book = tmp_path / "practice.crmdesk"
    demo.create(book, customer_count=60, invoice_count=300).close()
    found: dict[str, str] = {}
    for needs_book in (True, False):
        studio = Studio(look, book if needs_book else None)
        try:
            for shot in screenshots.all_shots():
                if shot.needs_book is needs_book:
                    shot.prepare(studio.stage)
                    studio.stage.settle()
                    for line in walk.complaints(studio.stage.window, is_chinese=look.language == "zh_CN"):
                        found.setdefault(line, shot.name)
                    studio.stage.close_dialogs()
        finally:
            studio.close()
    complaints = [f"{shot}: {line}" for line, shot in found.items()]
    assert complaints == [], "\n".join(complaints)


# Planted faults: each is found, and nothing else is.


def _row(stage: Stage, *widgets: QWidget) -> QWidget:
    holder = QWidget(stage.window)
    holder.setObjectName("planted.holder")
    row = QHBoxLayout(holder)
    for widget in widgets:
        row.addWidget(widget)
    holder.resize(400, 80)
    holder.move(300, 300)
    holder.show()
    return holder


def _named(widget: QWidget, name: str = "planted") -> QWidget:
    widget.setObjectName(name)
    widget.setAccessibleName(name)
    return widget


def _nameless(stage: Stage) -> None:
    button = QPushButton("Words")
    _row(stage, button)


def _unspoken(stage: Stage) -> None:
    field = QLineEdit()
    field.setObjectName("planted")
    _row(stage, field)


def _keyboard_trap(stage: Stage) -> None:
    drawn = QWidget()
    drawn.setObjectName("planted")
    drawn.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    _row(stage, drawn)


def _clipped(stage: Stage) -> None:
    label = _named(QLabel("This is much too long for its room"))
    label.setFixedWidth(40)
    _row(stage, label)


def _low(stage: Stage) -> None:
    label = QLabel("Two lines in the height of one, because somebody fixed the height of it")
    label.setWordWrap(True)
    label.setFixedSize(200, 20)
    _row(stage, _named(label))


def _outside(stage: Stage) -> None:
    _row(stage, _named(QPushButton("Out"))).move(stage.window.width() - 40, 300)


def _pale(stage: Stage) -> None:
    label = _named(QLabel("Pale words"))
    label.setStyleSheet("color: #C8C8C4; background: #FFFFFF")
    _row(stage, label)


def _backwards(stage: Stage) -> None:
    first, second = _named(QLineEdit(), "planted.one"), _named(QLineEdit(), "planted.two")
    _row(stage, first, second)
    QWidget.setTabOrder(second, first)


def _upwards(stage: Stage) -> None:
    first, second = _named(QLineEdit(), "planted.one"), _named(QLineEdit(), "planted.two")
    holder = QWidget(stage.window)
    column = QVBoxLayout(holder)
    column.addWidget(first)
    column.addWidget(second)
    QWidget.setTabOrder(second, first)
    holder.resize(300, 120)
    holder.move(300, 300)
    holder.show()


def _mute_chip(stage: Stage) -> None:
    chip = Chip("", "danger")
    chip.setProperty("role", "chip")
    chip.setFixedSize(30, 20)
    _row(stage, _named(chip))


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (_nameless, "no object name: planted.holder > QPushButton"),
        (_unspoken, "no accessible name: planted"),
        (_keyboard_trap, "no role and no name, but takes keys: planted"),
        (_clipped, "clipped: planted: This is much too long for its room"),
        (_low, "clipped: planted: Two lines"),
        (_outside, "outside the window: planted"),
        (_pale, "contrast 1.7: planted: Pale words"),
        (_backwards, "focus goes back: planted.two -> planted.one"),
        (_upwards, "focus goes back: planted.two -> planted.one"),
        (_mute_chip, "colour without words: planted"),
    ],
)
def test_a_planted_fault_is_found(stage: Stage, plant: Callable[[Stage], None], words: str) -> None:
    stage.go("customers")
    assert walk.complaints(stage.window, is_chinese=False) == []
    plant(stage)
    stage.settle()
    found = walk.complaints(stage.window, is_chinese=False)
    assert any(line.startswith(words) for line in found), found
    assert len(found) <= 2


def test_contrast_is_that_of_the_painted_pixels() -> None:
    picture = QImage(20, 20, QImage.Format.Format_RGB32)
    picture.fill(0xFFFFFF)
    assert walk.painted_contrast(picture, QRect(0, 0, 20, 20)) == 1
    picture.setPixel(5, 5, 0x000000)
    assert walk.painted_contrast(picture, QRect(0, 0, 20, 20)) == pytest.approx(21)
