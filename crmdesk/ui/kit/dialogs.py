"""Dialogs: one frame with a title row, a body and a foot with the actions; Esc closes it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QHideEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QShortcut,
)
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from crmdesk.text import _
from crmdesk.ui.kit.commands import KeyButton, icon_button, icon_tone, tip_of
from crmdesk.ui.kit.dialog_parts import BodyArea, DialogFoot
from crmdesk.ui.kit.icons import set_icon
from crmdesk.ui.kit.labels import Label, Paragraph, rule
from crmdesk.ui.kit.theme import theme

_USUAL_HEIGHT = 700
_BESIDE = 76
"""What head, foot and a few words of a dialog take of the window's height (quarter units)."""


class Dialog(QDialog):
    """A sheet over its window. `body` takes the content, `add_action` the buttons of the foot.

    Nothing runs a loop of its own: `show_sheet()` returns at once, answers come through the actions' callbacks.
    """

    def __init__(
        self, parent: QWidget | None, title: str, *, name: str, subtitle: str = "", width: int = 0
    ) -> None:
        window = parent.window() if parent is not None else None
        super().__init__(window)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowFlags(Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        # Without a compositor (bare X11) transparent corners would be black.
        is_clear = QGuiApplication.platformName() != "xcb"
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground, is_clear)
        self._dim: _Dim | None = None
        self._closes_beside = False
        space = theme().metrics.space
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._card = QFrame()
        self._card.setProperty("role", "dialogCard" if is_clear else "surface")
        outer.addWidget(self._card)
        rows = QVBoxLayout(self._card)
        rows.setContentsMargins(1, 1, 1, 1)
        rows.setSpacing(0)
        self._head = QWidget()
        head = QHBoxLayout(self._head)
        head.setContentsMargins(space(5), space(3.5), space(3), space(3.5))
        head.setSpacing(space(3))
        self.title = Label(title, "heading")
        self.subtitle = Label(subtitle, "", "second")
        head.addWidget(self.title)
        head.addWidget(self.subtitle)
        self.subtitle.setVisible(bool(subtitle))
        head.addStretch(1)
        self.close_button = icon_button("x", tip_of(_("Close"), "Esc"), f"{name}.close")
        self.close_button.clicked.connect(self.reject)
        self.close_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        head.addWidget(self.close_button)
        rows.addWidget(self._head)
        self._head_rule = rule()
        rows.addWidget(self._head_rule)
        content = QWidget()
        self.body = QVBoxLayout(content)
        self.body.setContentsMargins(space(5), space(4), space(5), space(4))
        self.body.setSpacing(space(3))
        self._area = BodyArea(self, content)
        self._area.needs_more.connect(self._grow)
        rows.addWidget(self._area, 1)
        self._foot = DialogFoot()
        self._foot.hide()
        self.foot = self._foot.row
        rows.addWidget(self._foot)
        if width:
            # At 200 % what is wide would be wider than its window: forms take fewer columns then.
            wanted = theme().metrics.em(width)
            self.setFixedWidth(wanted if window is None else min(wanted, window.width() - space(8)))

    def add_action(
        self,
        text: str,
        name: str,
        callback: Callable[[], object],
        *,
        kind: str = "",
        shortcut: str = "",
        icon: str = "",
    ) -> QPushButton:
        """A button of the foot; `kind` primary for the one main action. The callback closes the dialog if it should."""
        made = self._add_button(text, name, callback, kind, shortcut, icon)
        if shortcut:
            keys = QShortcut(QKeySequence(shortcut), self)
            keys.activated.connect(made.click)
        return made

    def add_cancel(self, name: str, callback: Callable[[], object] | None = None) -> QPushButton:
        """The button that does what Esc does, and says so; it comes before the others."""
        # Esc is heard by QDialog itself, or by the form in it, which asks first: a shortcut of its own would clash.
        return self._add_button(_("Cancel"), name, callback or self.reject, "", "Esc", "")

    def _add_button(
        self, text: str, name: str, callback: Callable[[], object], kind: str, shortcut: str, icon: str
    ) -> QPushButton:
        made = KeyButton(text, shortcut) if shortcut else QPushButton(text)
        made.setObjectName(name)
        made.setAccessibleName(text)
        made.setAutoDefault(False)
        if kind:
            made.setProperty("kind", kind)
        if icon:
            set_icon(made, icon, icon_tone(kind))
        made.setToolTip(tip_of(text, shortcut))
        if kind == "primary":
            made.setDefault(True)
        made.clicked.connect(lambda _checked=False: callback())
        self.foot.addWidget(made)
        self._foot.show()
        return made

    def drop_head(self) -> None:
        """For a sheet whose first row is a field: no title row; a click beside the sheet closes it."""
        self._head.hide()
        self._head_rule.hide()
        self.setWindowModality(Qt.WindowModality.NonModal)
        self._closes_beside = True

    def show_sheet(self, *, is_at_top: bool = False) -> None:
        """Shows it over the middle of its window (or near its top), which is dimmed."""
        window = self.parentWidget()
        self.adjustSize()
        # adjustSize() keeps below two thirds of the screen: what cannot be smaller without scrolling may be higher.
        least = self.sizeHint().height() - self._area.sizeHint().height() + self._area.needed_height()
        height = max(self.height(), least, self.wanted_height())
        if window is None:
            self.resize(self.width(), height)
        else:
            self._dim = _Dim(window, self.reject if self._closes_beside else None)
            room = self.room()
            self.resize(min(self.width(), room.width()), min(height, room.height()))
            middle = window.mapToGlobal(window.rect().center())
            edge = window.mapToGlobal(window.rect().topLeft()).y()
            free = max(window.height() - self.height(), 0)
            top = middle.y() - self.height() // 2 - min(window.height() // 16, free // 4)
            if is_at_top:
                top = edge + theme().metrics.top_bar
            self.move(middle.x() - self.width() // 2, max(top, edge))
        self.show()
        self.activateWindow()

    def at_most(self, height: int, beside: float = _BESIDE) -> int:
        """A height for a part that scrolls by itself, less where the window is low: the rest stays in sight.

        `beside` is what that rest takes of the window's height, in quarter units.
        """
        window = self.parentWidget()
        sizes = theme().metrics
        room = (window.height() if window is not None else _USUAL_HEIGHT) - sizes.space(beside)
        return min(height, max(room, sizes.row * 3))

    def room(self) -> QSize:
        """The most that it may take of its window: its foot stays in sight, its body scrolls."""
        window = self.parentWidget()
        edge = theme().metrics.space(8)
        return (window.size() if window is not None else self.screen().availableSize()) - QSize(edge, edge)

    def _grow(self, by: int) -> None:
        """More came into the body (a message, another row): the sheet takes it as long as its window has room."""
        if not self.isVisible():
            return
        height = min(self.height() + by, self.room().height())
        if height <= self.height():
            return
        self.resize(self.width(), height)
        window = self.parentWidget()
        if window is not None:
            lowest = window.mapToGlobal(window.rect().bottomLeft()).y() - theme().metrics.space(2)
            over = self.y() + height - lowest
            if over > 0:
                self.move(self.x(), self.y() - over)

    def wanted_height(self) -> int:
        """How high it would be if the window had room for all of it; 0 when its size hint says so already."""
        return 0

    def hideEvent(self, event: QHideEvent) -> None:
        """The window behind is bright again."""
        super().hideEvent(event)
        if self._dim is not None:
            self._dim.hide()
            self._dim.deleteLater()
            self._dim = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The title row moves the dialog."""
        handle = self.windowHandle()
        if handle is not None and self._head.geometry().contains(event.position().toPoint()):
            handle.startSystemMove()
        else:
            super().mousePressEvent(event)


class _Dim(QWidget):
    """Darkens the window behind a dialog."""

    def __init__(self, window: QWidget, pressed: Callable[[], object] | None = None) -> None:
        super().__init__(window)
        self._pressed = pressed
        self.setObjectName("dim")
        self.setGeometry(window.rect())
        self.show()
        self.raise_()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Nothing behind is reached; some sheets close."""
        event.accept()
        if self._pressed is not None:
            self._pressed()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A thin shade."""
        shade = QColor(theme().colours.shadow)
        shade.setAlphaF(0.45 if theme().colours.is_dark else 0.32)
        QPainter(self).fillRect(event.rect(), shade)


def ask(
    parent: QWidget | None,
    title: str,
    text: str,
    answers: list[tuple[str, str, str, Callable[[], object]]],
    *,
    name: str = "ask",
) -> Dialog:
    """Asks a question without stopping the window. `answers` are (text, name, kind, callback), the main one last.

    The answer named `no` is Cancel: it does nothing, as Esc.

    Esc gives no answer at all: nothing happens.
    """
    dialog = Dialog(parent, title, name=name, width=62)
    dialog.body.addWidget(Paragraph(text))

    def answered(callback: Callable[[], object]) -> Callable[[], None]:
        def close_first() -> None:
            dialog.accept()
            callback()

        return close_first

    for words, answer_name, kind, callback in answers:
        if answer_name == "no":
            dialog.add_cancel(f"{name}.no", answered(callback))
            continue
        dialog.add_action(words, f"{name}.{answer_name}", answered(callback), kind=kind)
    dialog.show_sheet()
    return dialog


def confirm(
    parent: QWidget | None,
    title: str,
    text: str,
    words: str,
    act: Callable[[], object],
    *,
    name: str,
    kind: str = "danger",
) -> Dialog:
    """Asks before something is done: Cancel, or `words`, which does it (its button is `<name>.yes`)."""
    return ask(
        parent, title, text, [(_("Cancel"), "no", "", lambda: None), (words, "yes", kind, act)], name=name
    )


def tell(parent: QWidget | None, title: str, text: str, *, hint: str = "", name: str = "tell") -> Dialog:
    """Says something that must be read before going on."""
    dialog = Dialog(parent, title, name=name, width=62)
    dialog.body.addWidget(Paragraph(text))
    if hint:
        dialog.body.addWidget(Paragraph(hint, "", "second"))
    dialog.add_action(_("Close"), f"{name}.ok", dialog.accept, kind="primary")
    dialog.show_sheet()
    return dialog
