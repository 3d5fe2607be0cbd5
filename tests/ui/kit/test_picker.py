"""Picking a record while typing."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from crmdesk.models.fields import Field, Kind
from crmdesk.ui.context import Context
from crmdesk.ui.kit.pickers import LinkPicker, PickItem

FIELD = Field("customer", Kind.LINK, "Customer", link="customer")
ITEMS = [PickItem(f"C{n}", name, f"C{n}") for n, name in enumerate(["Apple", "Banana", "Cherry", "Apricot"])]


class Source:
    def __init__(self) -> None:
        self.gate: threading.Event | None = None
        self.recents: list[list[str]] = []

    def search(self, text: str, limit: int) -> Sequence[PickItem]:
        if self.gate is not None:
            self.gate.wait(5)
        return [item for item in ITEMS if text.lower() in item.title.lower()][:limit]

    def recent(self, values: Sequence[str], limit: int) -> Sequence[PickItem]:
        self.recents.append(list(values))
        return ([item for value in values for item in ITEMS if item.value == value] + ITEMS)[:limit]

    def find(self, value: str) -> PickItem | None:
        return next((item for item in ITEMS if item.value == value), None)


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def picker(host: Context, qtbot: QtBot, source: Source) -> Iterator[LinkPicker]:
    window = QWidget()
    window.resize(500, 400)
    qtbot.addWidget(window)
    made = LinkPicker(host, source, FIELD)
    made.setParent(window)
    window.show()
    window.activateWindow()
    made.setFocus()
    yield made
    window.close()


def test_typing_searches_and_enter_takes(picker: LinkPicker, qtbot: QtBot, host: Context) -> None:
    QTest.keyClicks(picker, "ap")
    qtbot.waitUntil(picker.is_open)
    assert picker.value() is None, "text alone is no record"
    QTest.keyClick(picker, Qt.Key.Key_Down)
    QTest.keyClick(picker, Qt.Key.Key_Return)
    assert picker.value() == "C3"
    assert picker.text() == "Apricot"
    assert not picker.is_open()
    assert host.settings.picked("customer") == ["C3"]


def test_enter_faster_than_the_answer_takes_the_first_match(
    picker: LinkPicker, qtbot: QtBot, source: Source
) -> None:
    source.gate = threading.Event()
    QTest.keyClicks(picker, "ban")
    QTest.keyClick(picker, Qt.Key.Key_Return)
    assert picker.takes_enter()
    source.gate.set()
    qtbot.waitUntil(lambda: picker.value() == "C1")


def test_down_offers_those_picked_last(
    picker: LinkPicker, qtbot: QtBot, source: Source, host: Context
) -> None:
    host.settings.remember_picked("customer", "C2")
    QTest.keyClick(picker, Qt.Key.Key_Down)
    qtbot.waitUntil(picker.is_open)
    assert source.recents == [["C2"]]
    QTest.keyClick(picker, Qt.Key.Key_Return)
    assert picker.value() == "C2"


def test_escape_brings_back_what_was_there(picker: LinkPicker, qtbot: QtBot) -> None:
    picker.set_item(ITEMS[1])
    picker.selectAll()
    QTest.keyClicks(picker, "che")
    qtbot.waitUntil(picker.is_open)
    QTest.keyClick(picker, Qt.Key.Key_Escape)
    assert picker.value() == "C1"
    assert picker.text() == "Banana"


def test_a_value_from_a_record_gets_its_words(picker: LinkPicker, qtbot: QtBot) -> None:
    picker.set_value("C2")
    assert picker.value() == "C2", "at once, also while the words are on their way"
    qtbot.waitUntil(lambda: picker.text() == "Cherry")
    assert picker.value() == "C2"


def test_an_emptied_field_is_nothing(picker: LinkPicker, qtbot: QtBot) -> None:
    picker.set_item(ITEMS[1])
    picker.clear()
    assert picker.value() is None


def test_nothing_found_cannot_be_taken(picker: LinkPicker, qtbot: QtBot) -> None:
    QTest.keyClicks(picker, "zzz")
    qtbot.waitUntil(picker.is_open)
    QTest.keyClick(picker, Qt.Key.Key_Return)
    assert picker.value() is None


def test_create_in_place(picker: LinkPicker, qtbot: QtBot) -> None:
    picker.can_create = True
    QTest.keyClicks(picker, "Zebra")
    qtbot.waitUntil(picker.is_open)
    with qtbot.waitSignal(picker.create_requested) as asked:
        QTest.keyClick(picker, Qt.Key.Key_Return)
    assert asked.args == ["Zebra"]


def test_the_list_stays_inside_the_window(picker: LinkPicker, qtbot: QtBot) -> None:
    window = picker.window()
    picker.setGeometry(300, 370, 180, 28)
    QTest.keyClicks(picker, "a")
    qtbot.waitUntil(picker.is_open)
    popup = picker._popup
    assert popup is not None
    assert window.rect().contains(popup.geometry())
