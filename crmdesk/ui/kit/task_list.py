"""The list of tasks: what runs, with progress and a way to stop each, and what has ended in this session."""

from __future__ import annotations

from collections.abc import Sequence

import shiboken6
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from crmdesk.text import N_, _
from crmdesk.ui.kit.commands import plain_button
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.labels import Label, Paragraph, caption, heading, rule
from crmdesk.ui.kit.tasks import CANCELLED, DONE, FAILED, Finished, Task, Tasks, remaining_words
from crmdesk.ui.kit.theme import theme

_REFRESH_MS = 500
_STATES = {
    DONE: (N_("Done"), "good", "check-circle"),
    CANCELLED: (N_("Cancelled"), "neutral", "ban"),
    FAILED: (N_("Failed"), "danger", "alert-circle"),
}
_WIDTH_EM = 64


class TaskList(QFrame):
    """A popup; Esc, a click beside it or the `keys` that opened it close it. It follows the tasks while it is open."""

    def __init__(self, tasks: Tasks, window: QWidget, keys: Sequence[QKeySequence] = ()) -> None:
        super().__init__(window, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("tasks")
        self.setAccessibleName(_("Tasks"))
        self.setProperty("role", "popup")
        self._tasks = tasks
        self._rows: dict[Task[object], _TaskRow] = {}
        space = theme().metrics.space
        column = QVBoxLayout(self)
        column.setContentsMargins(space(4), space(3), space(4), space(3))
        column.setSpacing(space(2))
        column.addWidget(heading(_("Running")))
        self._running = QVBoxLayout()
        self._running.setSpacing(space(3))
        column.addLayout(self._running)
        self.idle = Paragraph(_("Nothing is running."), "", "second")
        self.idle.setObjectName("tasks.idle")
        column.addWidget(self.idle)
        column.addSpacing(space(1))
        column.addWidget(rule())
        column.addWidget(caption(_("Ended in this session")))
        self.finished = EntryList("tasks.finished")
        self.finished.setAccessibleName(_("Ended in this session"))
        self.finished.setSelectionMode(EntryList.SelectionMode.NoSelection)
        column.addWidget(self.finished)
        self.none = Paragraph(
            _("Long work such as imports, exports and backups is listed here with its result."), "", "second"
        )
        column.addWidget(self.none)
        close = QShortcut(self)
        close.setKeys(keys)
        close.activated.connect(self.close)
        tasks.changed.connect(self._follow)
        # What remains grows smaller also while the work reports nothing.
        self._clock = QTimer(self)
        self._clock.setInterval(_REFRESH_MS)
        self._clock.timeout.connect(self._follow)
        self._follow()

    def open_below(self, button: QWidget) -> None:
        """Shows itself under the right edge of a button, inside the window."""
        self.setFixedWidth(theme().metrics.em(_WIDTH_EM))
        self._fit()
        corner = button.mapToGlobal(QPoint(button.width(), button.height() + theme().metrics.space(1)))
        window = button.window()
        left = window.mapToGlobal(QPoint(0, 0)).x()
        self.move(max(corner.x() - self.width(), left), corner.y())
        self.show()
        self._clock.start()

    def _fit(self) -> None:
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(self.width(), layout.totalHeightForWidth(self.width()))

    def _follow(self) -> None:
        if not shiboken6.isValid(self):
            return
        running: list[Task[object]] = [task for task in self._tasks.running() if task.label]
        was = (tuple(self._rows), len(self.finished.entries()))
        for task in [task for task in self._rows if task not in running]:
            row = self._rows.pop(task)
            row.hide()
            row.deleteLater()
        for task in running:
            if task not in self._rows:
                self._rows[task] = _TaskRow(task, len(self._rows))
                self._running.addWidget(self._rows[task])
            self._rows[task].refresh()
        self.idle.setVisible(not running)
        entries = [_entry(ended) for ended in self._tasks.finished]
        if entries != self.finished.entries():
            self.finished.set_entries(entries)
        self.finished.setVisible(bool(entries))
        # On a small screen it scrolls; the running ones above stay in sight.
        room = self.screen().availableGeometry().height() * 2 // 5
        self.finished.setFixedHeight(min(self.finished.sizeHint().height(), room))
        self.none.setVisible(not entries)
        if self.isVisible() and was != (tuple(self._rows), len(entries)):
            self._fit()


class _TaskRow(QWidget):
    """One that runs: its words, how far it is, what remains, and Cancel."""

    def __init__(self, task: Task[object], number: int) -> None:
        super().__init__()
        self._task = task
        space = theme().metrics.space
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(space(3))
        column = QVBoxLayout()
        column.setSpacing(space(1))
        column.addWidget(Label(task.label, "strong"))
        self.bar = QProgressBar()
        self.bar.setObjectName(f"tasks.progress.{number}")
        self.bar.setAccessibleName(task.label)
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 0)
        column.addWidget(self.bar)
        self._rest = caption()
        self._rest.setObjectName(f"tasks.rest.{number}")
        column.addWidget(self._rest)
        line.addLayout(column, 1)
        self._cancel: QPushButton = plain_button(_("Cancel"), f"tasks.cancel.{number}")
        self._cancel.setAccessibleName(_("Cancel: {task}").format(task=task.label))
        self._cancel.clicked.connect(self._stop)
        line.addWidget(self._cancel, 0, Qt.AlignmentFlag.AlignVCenter)

    def _stop(self) -> None:
        self._task.cancel()
        self.refresh()

    def refresh(self) -> None:
        """Shows how far it is."""
        task = self._task
        if task.fraction > 0:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(task.fraction * 1000))
        self._cancel.setEnabled(not task.is_cancelled)
        if task.is_cancelled:
            self._rest.setText(_("Stopping …"))
            return
        share = f"{task.fraction:.0%}" if task.fraction > 0 else _("Waiting or just begun")
        self._rest.setText(" · ".join(filter(None, (share, task.text, remaining_words(task.seconds_left())))))


def _entry(ended: Finished) -> Entry:
    words, tone, icon = _STATES[ended.state]
    took = _("took {seconds} s").format(seconds=f"{ended.seconds:.1f}")
    return Entry(
        ended.label,
        ended.words or (took if ended.seconds >= 1 else _("took less than a second")),
        side=ended.ended_at.astimezone().strftime("%H:%M"),
        icon=icon,
        chip=_(words),
        chip_tone=tone,
    )
