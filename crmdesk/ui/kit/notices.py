"""Tells the user: short messages at the foot of the window, banners inside a page, dialogs for what must be read.

The one presenter of errors: each carries its finished sentence; what carries none is our bug and goes to the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from crmdesk.models.errors import BookFault, Cancelled, CrmdeskError
from crmdesk.paths import log_dir
from crmdesk.text import _
from crmdesk.ui.kit.commands import icon_button, plain_button
from crmdesk.ui.kit.icons import pixmap
from crmdesk.ui.kit.labels import Label, Paragraph, set_property
from crmdesk.ui.kit.tasks import Task, Tasks, remaining_words
from crmdesk.ui.kit.theme import theme

TOAST_MS = 5_000
SLOW_MS = 600
"""A task that takes longer shows its progress."""
_TOASTS_MAX = 3
_ICONS = {
    "good": "check-circle",
    "danger": "alert-circle",
    "warn": "alert-triangle",
    "info": "info",
    "": "info",
}
_log = logging.getLogger(__name__)


class Banner(QFrame):
    """A message inside a page or dialog; hidden until `show_message`."""

    def __init__(self, name: str = "banner", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("role", "banner")
        space = theme().metrics.space
        layout = QHBoxLayout(self)
        layout.setContentsMargins(space(3), space(2), space(3), space(2))
        layout.setSpacing(space(2))
        self._icon = Label()
        self._text = Paragraph()
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._text, 1)
        self._action = plain_button("", f"{name}.action", "link")
        self._action.hide()
        layout.addWidget(self._action)
        self._callback: Callable[[], object] | None = None
        self._action.clicked.connect(lambda _checked=False: self._callback() if self._callback else None)
        self.hide()

    def show_message(
        self, text: str, tone: str = "info", action: str = "", callback: Callable[[], object] | None = None
    ) -> None:
        """Shows a sentence; `tone` is info, good, warn or danger; `action` the words of a way out."""
        set_property(self, "tone", tone)
        self._icon.setPixmap(pixmap(_ICONS.get(tone, "info"), tone if tone != "good" else "accent"))
        self._text.setText(text)
        self._text.set_tone(tone)
        self.setAccessibleName(text)
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self._callback = callback
        self.show()

    def show_error(self, error: Exception) -> None:
        """Shows an error's sentence and hint."""
        self.show_message(sentence(error), "danger")

    def text(self) -> str:
        """What it says."""
        return self._text.text()


def _tell(window: QWidget | None, title: str, text: str, hint: str = "") -> None:
    from crmdesk.ui.kit import dialogs  # not before there is something to tell: the window opens sooner

    dialogs.tell(window, title, text, hint=hint, name="fault")


def sentence(error: Exception) -> str:
    """The sentence of an error for the user; a bug of ours gets a plain one and its trace goes to the log."""
    if isinstance(error, CrmdeskError):
        return f"{error.message} {error.hint}" if error.hint else error.message
    _log.error("unexpected error", exc_info=error)
    return _("Something went wrong inside crmdesk. Nothing of this step was saved. Details: {folder}").format(
        folder=log_dir()
    )


class Notices(QObject):
    """Speaks in one window. `set_window` says where."""

    def __init__(self, tasks: Tasks | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window: QWidget | None = None
        self._stack: _Stack | None = None
        self._tasks = tasks
        self._shown_tasks: dict[int, _TaskToast] = {}
        if tasks is not None:
            tasks.changed.connect(self._follow_tasks)
            tasks.ended.connect(self._drop_task)

    def set_window(self, window: QWidget) -> None:
        """The window whose foot shows the messages."""
        self._window = window
        self._stack = _Stack(window)

    def toast(
        self,
        text: str,
        tone: str = "good",
        action: str = "",
        callback: Callable[[], object] | None = None,
        *,
        more: Sequence[tuple[str, Callable[[], object]]] = (),
    ) -> None:
        """A short message that goes by itself; one with a way out (`action`, `more`) or of danger stays."""
        if self._stack is None or not shiboken6.isValid(self._stack):
            return
        self._stack.add(_Toast(text, tone, action, callback, more))

    def error(self, error: Exception) -> None:
        """Shows any error: what stops all work in a dialog, the rest as a message that stays until closed."""
        if isinstance(error, Cancelled):
            self.toast(error.message, "info")
        elif isinstance(error, CrmdeskError) and not isinstance(error, BookFault):
            self.toast(sentence(error), "danger")
        elif isinstance(error, BookFault):
            _tell(self._window, _("The book cannot be used"), error.message, error.hint or "")
        else:
            _tell(self._window, _("That did not work"), sentence(error))

    def _follow_tasks(self) -> None:
        if self._tasks is None:
            return
        for task in self._tasks.running():
            if task.label and id(task) not in self._shown_tasks:
                shown = _TaskToast(task)
                self._shown_tasks[id(task)] = shown
                QTimer.singleShot(SLOW_MS, shown, lambda toast=shown: self._show_task(toast))
            elif id(task) in self._shown_tasks:
                self._shown_tasks[id(task)].refresh()

    def _show_task(self, toast: _TaskToast) -> None:
        if not toast.task.is_finished and self._stack is not None and shiboken6.isValid(self._stack):
            self._stack.add(toast)

    def _drop_task(self, task: Task[object]) -> None:
        shown = self._shown_tasks.pop(id(task), None)
        if shown is not None and shiboken6.isValid(shown):
            shown.end()


class _Stack(QWidget):
    """The messages at the foot of the window, newest below."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("toasts")
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(theme().metrics.space(2))
        window.installEventFilter(self)
        self.hide()

    def add(self, toast: _Toast) -> None:
        """Shows one more; the oldest goes when there are too many."""
        fleeting = [entry for entry in self.findChildren(_Toast) if not isinstance(entry, _TaskToast)]
        for old in fleeting[: max(0, len(fleeting) - _TOASTS_MAX + 1)]:
            old.end()
        self._layout.addWidget(toast)
        toast.closed = self.place
        toast.show()
        self.show()
        self.place()

    def place(self) -> None:
        """Centres the stack over the foot of the window."""
        window = self.parentWidget()
        if window is None:
            return
        if self._layout.count() == 0:
            self.hide()
            return
        hint = self._layout.sizeHint()
        width = min(hint.width(), window.width() - theme().metrics.space(10))
        height = self._layout.heightForWidth(width) if self._layout.hasHeightForWidth() else hint.height()
        foot = theme().metrics.footer + theme().metrics.space(3)
        self.setGeometry((window.width() - width) // 2, window.height() - height - foot, width, height)
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stays at the foot when the window changes its size."""
        if event.type() is QEvent.Type.Resize and self.isVisible():
            self.place()
        return False


class _Toast(QFrame):
    closed: Callable[[], None] | None = None

    def __init__(
        self,
        text: str,
        tone: str = "",
        action: str = "",
        callback: Callable[[], object] | None = None,
        more: Sequence[tuple[str, Callable[[], object]]] = (),
    ) -> None:
        super().__init__()
        self.setObjectName("toast")
        self.setAccessibleName(text)
        self.setProperty("role", "toast")
        sizes = theme().metrics
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(sizes.space(3.5), sizes.space(2), sizes.space(2), sizes.space(2))
        self.rows.setSpacing(sizes.space(1))
        line = QHBoxLayout()
        line.setSpacing(sizes.space(2.5))
        icon = Label()
        icon.setPixmap(pixmap(_ICONS.get(tone, "info"), "accent" if tone == "good" else tone))
        self.words = Paragraph(text)
        self.words.setMaximumWidth(sizes.em(80))
        self.words.setMinimumWidth(min(self.words.fontMetrics().horizontalAdvance(text) + 4, sizes.em(80)))
        line.addWidget(icon)
        line.addWidget(self.words, 1)
        ways = [*([(action, callback)] if action and callback is not None else []), *more]
        for number, (words, go) in enumerate(ways):
            way_out = plain_button(words, f"toast.action{number or ''}", "link")
            way_out.clicked.connect(lambda _checked=False, chosen=go: (self.end(), chosen()))
            line.addWidget(way_out)
        self.close_button = icon_button("x", _("Close"), "toast.close")
        self.close_button.clicked.connect(self.end)
        line.addWidget(self.close_button)
        self.rows.addLayout(line)
        if tone not in ("danger", "warn") and not action:
            QTimer.singleShot(TOAST_MS, self, self.end)

    def text(self) -> str:
        """What it says."""
        return self.words.text()

    def end(self) -> None:
        """Goes."""
        self.hide()
        self.setParent(None)
        self.deleteLater()
        if self.closed is not None:
            self.closed()


class _TaskToast(_Toast):
    """Progress of a long task with a guess of what remains and a way to stop it."""

    def __init__(self, task: Task[object]) -> None:
        super().__init__(task.label, "info", _("Cancel"), task.cancel)
        self.task = task
        self.close_button.hide()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 0)
        self._bar.setObjectName("task.progress")
        self._bar.setAccessibleName(task.label)
        self._rest = Label("", "caption", "second")
        self.rows.addWidget(self._bar)
        self.rows.addWidget(self._rest)

    def refresh(self) -> None:
        """Shows how far it is."""
        if not shiboken6.isValid(self) or self.task.fraction <= 0:
            return
        self._bar.setRange(0, 1000)
        self._bar.setValue(round(self.task.fraction * 1000))
        self._rest.setText(
            "  ".join(filter(None, (self.task.text, remaining_words(self.task.seconds_left()))))
        )
