"""Tells the user: short messages at the foot of the window, dialogs for what must be read.

The one presenter of errors. Its parts come with the first message: the window opens sooner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, QTimer

from crmdesk.text import _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from crmdesk.ui.kit.tasks import Task, Tasks
    from crmdesk.ui.kit.toasts import TaskToast, ToastStack

SLOW_MS = 600
"""A task that takes longer shows its progress."""


def _tell(window: QWidget | None, title: str, text: str, hint: str = "") -> None:
    from crmdesk.ui.kit import dialogs

    dialogs.tell(window, title, text, hint=hint, name="fault")


class Notices(QObject):
    """Speaks in one window. `set_window` says where."""

    def __init__(self, tasks: Tasks | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window: QWidget | None = None
        self._stack: ToastStack | None = None
        self._tasks = tasks
        self._shown_tasks: dict[int, TaskToast | None] = {}
        if tasks is not None:
            tasks.changed.connect(self._follow_tasks)
            tasks.ended.connect(self._drop_task)

    def set_window(self, window: QWidget) -> None:
        """The window whose foot shows the messages."""
        self._window = window

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
        stack = self._place()
        if stack is not None:
            from crmdesk.ui.kit.toasts import Toast

            stack.add(Toast(text, tone, action, callback, more))

    def _place(self) -> ToastStack | None:
        """Where messages stand; made with the first of them."""
        if self._window is None or not shiboken6.isValid(self._window):
            return None
        if self._stack is None:
            from crmdesk.ui.kit.toasts import ToastStack

            self._stack = ToastStack(self._window)
        return self._stack if shiboken6.isValid(self._stack) else None

    def error(self, error: Exception) -> None:
        """Shows any error: what stops all work in a dialog, the rest as a message that stays until closed."""
        from crmdesk.models.errors import BookFault, Cancelled, CrmdeskError
        from crmdesk.ui.kit.faults import sentence

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
                self._shown_tasks[id(task)] = None
                QTimer.singleShot(SLOW_MS, self, lambda slow=task: self._show_task(slow))
            elif (shown := self._shown_tasks.get(id(task))) is not None:
                shown.refresh()

    def _show_task(self, task: Task[object]) -> None:
        stack = None if task.is_finished else self._place()
        if stack is not None:
            from crmdesk.ui.kit.toasts import TaskToast

            shown = TaskToast(task)
            self._shown_tasks[id(task)] = shown
            shown.refresh()
            stack.add(shown)

    def _drop_task(self, task: Task[object]) -> None:
        shown = self._shown_tasks.pop(id(task), None)
        if shown is not None and shiboken6.isValid(shown):
            shown.end()
