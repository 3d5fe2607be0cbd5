"""Messages at the foot of the window: short ones, and the progress of what takes long."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from crmdesk.text import _
from crmdesk.ui.kit.banner import TONE_ICONS
from crmdesk.ui.kit.commands import icon_button, plain_button
from crmdesk.ui.kit.icons import pixmap
from crmdesk.ui.kit.labels import Label, Paragraph
from crmdesk.ui.kit.tasks import Task, remaining_words
from crmdesk.ui.kit.theme import theme

TOAST_MS = 5_000
TOASTS_MAX = 3


class ToastStack(QWidget):
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

    def add(self, toast: Toast) -> None:
        """Shows one more; the oldest goes when there are too many."""
        fleeting = [entry for entry in self.findChildren(Toast) if not isinstance(entry, TaskToast)]
        # Good news takes the place of the good news before it; a pile of it would hide the page.
        # What is said again is said once.
        passed = [
            entry for entry in fleeting if (toast.is_good and entry.is_good) or entry.text() == toast.text()
        ]
        for old in dict.fromkeys((*passed, *fleeting[: max(0, len(fleeting) - TOASTS_MAX + 1)])):
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


class Toast(QFrame):
    """One message with its ways out; goes by itself unless it is grave or has one."""

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
        self.is_good = tone == "good"
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
        icon.setPixmap(pixmap(TONE_ICONS.get(tone, "info"), "accent" if tone == "good" else tone))
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

    def changeEvent(self, event: QEvent) -> None:
        """Good news in the language of before goes: its sentence cannot be said again."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.LanguageChange and self.is_good:
            QTimer.singleShot(0, self, self.end)

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


class TaskToast(Toast):
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
