"""Every shot on the smallest screen that is promised, 1366×768, at 100 and at 200 %: nothing is larger than the screen.

At 100 % every page is seen whole. At 200 %, where so small a screen has the room of 683×384, a page may scroll; a
dialog keeps its head and its buttons in sight and scrolls between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QPushButton, QScrollArea, QWidget

from crmdesk.services import demo
from crmdesk.text import _
from crmdesk.ui import screenshots
from crmdesk.ui.kit.commands import KeyButton
from crmdesk.ui.kit.dialog_parts import DialogFoot
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.labels import Label
from crmdesk.ui.kit.list_footer import ListFooter
from crmdesk.ui.pages.customers.page import CustomersPage
from crmdesk.ui.pages.customers.place_parts import LIST, OTHERS
from crmdesk.ui.screenshots import Look, Studio
from crmdesk.ui.shots import Stage, over

SCREEN = QSize(*screenshots.WINDOW)


def too_large(window: QWidget) -> Iterator[str]:
    """What the screen would cut off."""
    for top in (window, *over(window)):
        for size, what in ((top.minimumSizeHint(), "wants"), (top.size(), "is")):
            if size.width() > SCREEN.width() or size.height() > SCREEN.height():
                yield f"{top.objectName()} {what} {size.width()}×{size.height()}"
        if isinstance(top, Dialog):
            for foot in (one for one in top.findChildren(DialogFoot) if one.window() is top):
                for button in foot.findChildren(QPushButton):
                    place = button.geometry().translated(foot.mapTo(top, foot.rect().topLeft()))
                    if not button.isVisible():
                        continue
                    if not top.rect().contains(place) or button.width() < button.minimumSizeHint().width():
                        yield f"{top.objectName()}: {button.objectName()} is cut"


def cut_in_footers(window: QWidget) -> list[str]:
    """Counts and sums under the lists that end in …"""
    labels = (label for footer in window.findChildren(ListFooter) for label in footer.findChildren(Label))
    return [label.text() for label in labels if label.isVisible() and label.shown() != label.text()]


def silent_cancels(window: QWidget) -> list[QPushButton]:
    """Buttons of dialogs that say Cancel and not Esc."""
    dialogs = (top for top in over(window) if isinstance(top, Dialog))
    buttons = (button for dialog in dialogs for button in dialog.findChildren(QPushButton))
    return [one for one in buttons if one.text() == _("Cancel") and not isinstance(one, KeyButton)]


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("practice") / "practice.db"
    demo.create(path, customer_count=60, invoice_count=600).close()
    return path


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("language", "percent"), [("zh_CN", 100), ("en", 100), ("en", 200)])
def test_nothing_is_larger_than_a_small_screen(
    qapp: QApplication, practice: Path, tmp_path: Path, language: str, percent: int
) -> None:
    found: list[str] = []
    with screenshots.quiet_platform():
        for needs_book in (True, False):
            copy = screenshots.copy_of(practice, tmp_path) if needs_book else None
            studio = Studio(Look(language, "light", percent), copy)
            window = studio.stage.window
            try:
                window.resize(SCREEN)
                for shot in screenshots.all_shots():
                    if shot.needs_book is not needs_book:
                        continue
                    shot.prepare(studio.stage)
                    studio.stage.settle()
                    found += [f"{shot.name}: {fault}" for fault in too_large(window)]
                    if percent == 100:
                        page, room = window.stack.minimumSizeHint(), window.pages_area.viewport().size()
                        if page.width() > room.width() or page.height() > room.height():
                            found.append(f"{shot.name}: the page scrolls")
                        found += [f"{shot.name}: {words} is cut" for words in cut_in_footers(window)]
                    found += [f"{shot.name}: Cancel is silent about Esc" for _one in silent_cancels(window)]
                    studio.stage.close_dialogs()
            finally:
                studio.close()
    assert not found, "\n".join(found)


def test_no_part_of_the_customers_is_wider_than_the_room(stage: Stage) -> None:
    """In every run, since the pictures of all shots are not of every run: parts stand in one stack, and the widest
    widens all, the editor of groups too. English words are the longest."""
    window = stage.window
    window.resize(SCREEN)
    too_wide: list[str] = []
    for name in (LIST, *OTHERS):
        stage.go("customers", part=name)
        stage.settle()
        page = stage.window.page("customers")
        assert isinstance(page, CustomersPage)
        shown = page.parts.part(name)
        assert shown is not None
        wants, room = shown.minimumSizeHint().width(), window.pages_area.viewport().width()
        if wants > room:
            too_wide.append(f"{name} wants {wants} of {room}")
    assert not too_wide
    assert window.pages_area.horizontalScrollBar().maximum() == 0


def test_a_dialog_that_is_too_wide_is_found(stage: Stage) -> None:
    """The planted fault: a button nobody could make room for."""
    stage.window.resize(SCREEN)
    dialog = Dialog(stage.window, "Too wide", name="planted", width=60)
    dialog.add_action("x" * 400, "planted.yes", dialog.accept)
    dialog.show_sheet()
    stage.settle()
    faults = list(too_large(stage.window))
    assert any(fault.startswith("planted wants") for fault in faults)
    assert "planted: planted.yes is cut" in faults


def test_a_high_dialog_scrolls_between_its_head_and_its_buttons(stage: Stage) -> None:
    stage.window.resize(SCREEN)
    dialog = Dialog(stage.window, "High", name="high", width=60)
    filling = QWidget()
    filling.setMinimumHeight(3_000)
    dialog.body.addWidget(filling)
    last = QPushButton("last")
    dialog.body.addWidget(last)
    dialog.add_cancel("high.cancel")
    dialog.show_sheet()
    stage.settle()
    assert list(too_large(stage.window)) == []
    stage.widget("high.cancel").setFocus()
    dialog.findChildren(QScrollArea)[0].verticalScrollBar().setValue(0)
    stage.settle()
    assert last.visibleRegion().isEmpty()
    last.setFocus()
    stage.settle()
    assert not last.visibleRegion().isEmpty(), "what has the keyboard is in sight"


def test_a_dialog_grows_with_what_comes_into_it(stage: Stage) -> None:
    dialog = Dialog(stage.window, "Growing", name="growing", width=60)
    dialog.body.addWidget(QPushButton("first"))
    dialog.add_cancel("growing.cancel")
    dialog.show_sheet()
    stage.settle()
    before = dialog.height()
    more = QWidget()
    more.setMinimumHeight(120)
    dialog.body.addWidget(more)
    stage.settle()
    assert dialog.height() >= before + 120


def test_the_top_bar_gives_way(stage: Stage) -> None:
    window = stage.window
    search, place = stage.widget("top.search"), window.top_bar.book_place
    window.resize(SCREEN)
    stage.settle()
    assert search.text()
    assert place.isVisible()
    window.resize(760, 600)
    stage.settle()
    assert window.width() <= 800
    assert not search.text()
    assert search.accessibleName()
    assert not place.isVisible()
    window.resize(SCREEN)
    stage.settle()
    assert search.text()
    assert place.isVisible()
