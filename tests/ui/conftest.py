"""The real window over a real book, offscreen: `stage` drives it as a user does, through its widgets."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QMenu, QWidget

from crmdesk import text
from crmdesk.services import use_cases
from crmdesk.services.book import Book
from crmdesk.ui.context import Context
from crmdesk.ui.kit import theme
from crmdesk.ui.kit.view_state import ViewState
from crmdesk.ui.main_window import MainWindow
from crmdesk.ui.shots import Stage

TODAY = "2026-06-30"
Do = Callable[..., dict[str, Any]]


@pytest.fixture
def book_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty Chinese book on a fixed day."""
    monkeypatch.setenv("CRMDESK_TODAY", TODAY)
    path = tmp_path / "shop.db"
    Book.create(path, name="鼎晟建材商行", country="CN", currency="CNY", language="zh_CN").close()
    return path


@pytest.fixture(autouse=True)
def no_garbage_left() -> Iterator[None]:
    """What a test leaves of a window is freed here and not in some thread of a later test, where Qt would crash.

    What stood before the test is set aside, so that only the test's own objects are gone through.
    """
    gc.collect()
    gc.freeze()
    yield
    gc.collect()
    gc.unfreeze()


class StrayWindows(QObject):
    """Notes parts that are shown as a window of their own: setVisible(True) before they had a parent."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            is_meant = isinstance(watched, QMainWindow | QDialog | QMenu) or watched.windowType() in (
                Qt.WindowType.Popup,
                Qt.WindowType.ToolTip,
            )
            if not is_meant:
                self.names.append(f"{type(watched).__name__} {watched.objectName()}")
        return False


@pytest.fixture
def stage(qapp: QApplication, book_path: Path, tmp_path: Path) -> Iterator[Stage]:
    """The window with that book, in English, light and comfortable."""
    text.use_language("en")
    theme.install(qapp).configure("light", "comfortable", 1.0)
    settings = ViewState(tmp_path / "window.json")
    settings.put("window.place", "payments")
    settings.put("notices.day", False)  # a message over every page: the test of it turns it on
    ctx = Context(settings)
    window = MainWindow(ctx)
    ctx.setParent(window)
    strays = StrayWindows()
    qapp.installEventFilter(strays)
    made = Stage(ctx, window)
    window.resize(1366, 768)
    window.show()
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window), "without it no shortcut is heard"
    ctx.open_book(book_path, owner=window)
    made.settle()
    yield made
    # Complaints come last: what they leave standing would spoil the tests after this one.
    qapp.removeEventFilter(strays)
    has_ended = made.end(20)
    text.use_language("en")
    assert has_ended, "a task did not end"
    assert strays.names == [], "shown without a parent"


@pytest.fixture
def do(stage: Stage) -> Do:
    """Runs a use case on the window's book as another program would, before the window looks."""

    def run(use_case: str, /, **arguments: Any) -> dict[str, Any]:
        return use_cases.run(stage.ctx.need_book(), use_case, arguments, actor="test")

    return run
