"""Keys that Qt's list of keys does not have: signs of a layout, letters of another script, keys without a code."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from crmdesk.ui.kit.bar_chart import BarChart
from crmdesk.ui.kit.date_editor import DateEditor
from crmdesk.ui.kit.finder_list import FinderList
from crmdesk.ui.kit.key_capture import KeyCapture

MAKERS: tuple[Callable[[], QWidget], ...] = (
    lambda: BarChart("bars"),
    lambda: FinderList("lines"),
    lambda: KeyCapture("key"),
    DateEditor,
)


def press(widget: QWidget, key: int, text: str) -> None:
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, text)
        QApplication.sendEvent(widget, event)


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize(("key", "text"), [(0x20AC, "€"), (0x041F, "П"), (0, "")])
def test_a_key_out_of_the_list_is_no_error(
    maker: Callable[[], QWidget], key: int, text: str, qtbot: QtBot
) -> None:
    widget = maker()
    qtbot.addWidget(widget)
    with qtbot.captureExceptions() as raised:
        press(widget, key, text)
    assert not raised


@pytest.mark.usefixtures("host")
def test_a_key_without_a_code_is_not_captured(qtbot: QtBot) -> None:
    field = KeyCapture("key")
    qtbot.addWidget(field)
    captured: list[str] = []
    field.captured.connect(captured.append)
    press(field, 0, "")
    assert captured == []
    press(field, 0x20AC, "€")
    assert captured == ["€"]
