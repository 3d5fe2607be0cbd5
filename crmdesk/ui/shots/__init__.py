"""States of the window that are photographed: one module per place, each with a tuple `SHOTS`.

`crmdesk.ui.screenshots` finds the modules by itself. A shot drives the real window through a `Stage`:

    def _editing(stage: Stage) -> None:
        stage.go("customers")
        stage.click("customers.new")

    SHOTS = (Shot("customers", lambda stage: stage.go("customers")), Shot("customers-new", _editing))
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, Qt
from PySide6.QtGui import QAction, QInputMethodEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QWidget

from crmdesk.ui.context import Context
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.main_window import MainWindow

QUIET_S = 0.06
"""So long nothing must be running before a picture is taken: longer than the kit's short timers."""
QUIET_TURNS = 12
PATIENCE_S = 60.0


class Stage:
    """The window in the hands of a shot (or of a test)."""

    def __init__(self, ctx: Context, window: MainWindow, folder: Path | None = None) -> None:
        self.ctx = ctx
        self.window = window
        self._folder = folder
        self.gives_up_forms = False
        """Whether what the last shot typed is discarded on leaving, so that any shot may follow any other."""

    @property
    def folder(self) -> Path:
        """Where a shot puts the files that it shows; whoever made the stage takes it away."""
        if self._folder is None:
            raise LookupError("this stage has no folder")
        return self._folder

    def settle(self, patience_s: float = PATIENCE_S) -> None:
        """Lets the window work until nothing is running and nothing is on its way to be shown."""
        until = time.monotonic() + patience_s
        quiet_since = time.monotonic()
        turns = 0
        # Turns count as well as time: on a busy machine one turn alone may take longer than the rest.
        while turns < QUIET_TURNS or time.monotonic() - quiet_since < QUIET_S:
            was_busy = bool(self.ctx.tasks.running())
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            turns += 1
            if was_busy or self.ctx.tasks.running():
                quiet_since = time.monotonic()
                turns = 0
            if time.monotonic() > until:
                raise TimeoutError("the window does not come to rest")
            time.sleep(0.002)

    def wait(self, milliseconds: int) -> None:
        """Lets a short timer of the window run out."""
        until = time.monotonic() + milliseconds / 1000
        while time.monotonic() < until:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            time.sleep(0.005)
        self.settle()

    def go(self, place: str, **target: Any) -> QWidget:
        """Shows a place and gives its page."""
        self.window.go(place, target)
        self.settle()
        if self.gives_up_forms and any(top.objectName() == "leave" for top in over(self.window)):
            self.click("leave.discard")
        page = self.window.page(place)
        if page is None:
            raise LookupError(place)
        return page

    def widget(self, name: str, kind: type[Any] = QWidget) -> Any:
        """The visible widget with an object name, of the window or of a dialog over it."""
        for top in reversed([self.window, *over(self.window)]):
            own = [top] if top.objectName() == name and isinstance(top, kind) else []
            for found in (*own, *top.findChildren(kind, name)):
                if found.isVisible():
                    return found
        raise LookupError(name)

    def click(self, name: str) -> None:
        """Presses a button."""
        button = self.widget(name, QAbstractButton)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        self.settle()

    def choose(self, name: str) -> None:
        """Triggers an action by its object name: an entry of a menu, a command."""
        for action in self.window.findChildren(QAction, name):
            if action.isVisible() and action.isEnabled():
                action.trigger()
                self.settle()
                return
        raise LookupError(name)

    def type_into(self, name: str, text: str) -> None:
        """Types into a field."""
        self.widget(name).setFocus()
        self.type(text)

    def type(self, text: str) -> None:
        """Types into whatever has the focus, which may move meanwhile: a cell opens its editor at the first sign."""
        self.wake()
        for sign in text:
            target = QApplication.focusWidget() or self.window
            if sign.isascii():
                QTest.keyClicks(target, sign)
            else:
                # As an input method does it.
                event = QInputMethodEvent()
                event.setCommitString(sign)
                QApplication.sendEvent(target, event)
        self.settle()

    def press(self, keys: str, name: str = "") -> None:
        """Presses keys such as Ctrl+S in a widget, or in whatever has the focus."""
        self.wake()
        target = self.widget(name) if name else QApplication.focusWidget() or self.window
        QTest.keySequence(target, QKeySequence(keys))
        self.settle()

    def wake(self) -> None:
        """Gives the keyboard to the window or the dialog over it: nobody does so without a window manager."""
        if QApplication.activeWindow() is None:
            [self.window, *over(self.window)][-1].activateWindow()
            QCoreApplication.processEvents()

    def close_dialogs(self) -> None:
        """Takes every dialog and menu away."""
        for top in over(self.window):
            if isinstance(top, Dialog):
                top.done(0)
            else:
                top.close()
        self.settle()

    def end(self, seconds: float = 30.0) -> bool:
        """Ends the window and its tasks, whatever state they are in. False when a task did not end in time."""
        try:
            self.close_dialogs()
        finally:
            self.window.hide()
            has_ended = self.ctx.end(seconds)
            self.window.deleteLater()
            # Gone before look or language change: it would hear of it again.
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return has_ended


def over(window: QWidget) -> list[QWidget]:
    """Dialogs, menus and lists below a button (tasks, notices) over the window, lowest first."""
    found = [
        top
        for top in QApplication.topLevelWidgets()
        if top is not window
        and top.isVisible()
        and (isinstance(top, Dialog | QMenu) or top.windowType() is Qt.WindowType.Popup)
    ]
    # Qt gives them in no order; what was opened over another is below it in the tree of widgets.
    return sorted(found, key=_depth)


def _depth(widget: QWidget) -> int:
    parent = widget.parentWidget()
    return 0 if parent is None else 1 + _depth(parent)


@dataclass(frozen=True, slots=True)
class Shot:
    """One state. `name` is the file's name; `prepare` brings the window there; `needs_book` false shows none open."""

    name: str
    prepare: Callable[[Stage], object]
    needs_book: bool = True
