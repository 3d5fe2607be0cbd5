"""Commands: what can be done, with words, icon and shortcut in one place. Buttons, menus and the palette show them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import shiboken6
from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from crmdesk.text import _
from crmdesk.ui.kit.icons import set_icon
from crmdesk.ui.kit.labels import keys
from crmdesk.ui.kit.theme import theme


class Command(NamedTuple):
    """One thing to do. `id` as in `customers.new`; `text` is a catalogue source (N_); `shortcut` as in `Ctrl+N`.

    `is_window_wide` makes the shortcut work anywhere in the window, not only inside the owner.
    """

    id: str
    text: str
    callback: Callable[[], object]
    icon: str = ""
    shortcut: str = ""
    tip: str = ""
    is_window_wide: bool = False


def native_keys(shortcut: str) -> str:
    """A shortcut as the system writes it (⌘S on macOS)."""
    return QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)


def tip_of(text: str, shortcut: str) -> str:
    """A tooltip with the shortcut behind the words."""
    return f"{text}  {native_keys(shortcut)}" if shortcut else text


class Commands(QObject):
    """Every command of the window by id, as long as its owner lives."""

    def __init__(self, parent: QObject | None = None, shortcuts: dict[str, str] | None = None) -> None:
        super().__init__(parent)
        self._shortcuts = shortcuts or {}
        self._actions: dict[str, tuple[Command, QAction]] = {}

    def add(self, command: Command, owner: QWidget) -> QAction:
        """Registers a command on a widget and returns its action; the user's own shortcut wins."""
        action = QAction(owner)
        action.setObjectName(command.id)
        shortcut = self._shortcuts.get(command.id, command.shortcut)
        if shortcut:
            action.setShortcut(QKeySequence(shortcut))
        action.setShortcutContext(
            Qt.ShortcutContext.WindowShortcut
            if command.is_window_wide
            else Qt.ShortcutContext.WidgetWithChildrenShortcut
        )
        action.setShortcutVisibleInContextMenu(True)
        callback = command.callback
        action.triggered.connect(lambda _checked=False: callback())
        if command.icon:
            action.setProperty("iconName", command.icon)
            set_icon(action, command.icon)
        _put_words(command, action)
        owner.addAction(action)
        self._actions[command.id] = (command, action)
        return action

    def find(self, command_id: str) -> QAction | None:
        """The action of a command that is there now."""
        found = self._actions.get(command_id)
        return found[1] if found and shiboken6.isValid(found[1]) else None

    def __iter__(self) -> Iterator[tuple[Command, QAction]]:
        for command, action in list(self._actions.values()):
            if shiboken6.isValid(action):
                yield command, action
            else:
                del self._actions[command.id]

    def retranslate(self) -> None:
        """Says the words of every command again."""
        for command, action in self:
            _put_words(command, action)


def _put_words(command: Command, action: QAction) -> None:
    words = _(command.text)
    action.setText(words)
    shortcut = action.shortcut().toString()
    action.setToolTip(tip_of(_(command.tip) if command.tip else words, shortcut))


def button(action: QAction, kind: str = "", *, icon: str = "", has_keys: bool = False) -> QPushButton:
    """A button of an action: it follows words, tooltip, shortcut and whether the action is enabled.

    `kind` is primary, danger, ghost, link, chip or empty; `has_keys` shows the shortcut on the button.
    """
    made = KeyButton("", action.shortcut().toString()) if has_keys else QPushButton()
    made.setObjectName(action.objectName())
    if kind:
        made.setProperty("kind", kind)
    drawing = icon or str(action.property("iconName") or "")
    if drawing:
        set_icon(made, drawing, icon_tone(kind))
    made.setAutoDefault(False)

    def follow() -> None:
        if not shiboken6.isValid(made):
            return
        made.setText(action.text())
        made.setAccessibleName(action.text())
        made.setToolTip(action.toolTip())
        made.setEnabled(action.isEnabled())

    action.changed.connect(follow)
    follow()
    made.clicked.connect(lambda _checked=False: action.trigger())
    return made


class KeyButton(QPushButton):
    """A button that shows its key as it is printed on the keyboard, behind the words."""

    def __init__(self, text: str, shortcut: str) -> None:
        super().__init__(text)
        self.setProperty("hasKeys", "true")
        self._keys = keys(native_keys(shortcut).replace("Return", "Enter"))
        self._keys.setParent(self)
        self._keys.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        """Room for words and key."""
        hint = super().sizeHint()
        return QSize(hint.width() + self._keys.sizeHint().width() + theme().metrics.space(2), hint.height())

    def minimumSizeHint(self) -> QSize:
        """Neither may be cut."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The key stands at the right."""
        super().resizeEvent(event)
        hint = self._keys.sizeHint()
        left = self.width() - hint.width() - theme().metrics.space(2.5)
        self._keys.setGeometry(left, (self.height() - hint.height()) // 2, hint.width(), hint.height())


def plain_button(text: str, name: str, kind: str = "", icon: str = "") -> QPushButton:
    """A button without a command behind it; `text` is finished, `name` its object name."""
    made = QPushButton(text)
    made.setObjectName(name)
    made.setAccessibleName(text)
    made.setAutoDefault(False)
    if kind:
        made.setProperty("kind", kind)
    if icon:
        set_icon(made, icon, icon_tone(kind))
    return made


def icon_tone(kind: str) -> str:
    """The colour an icon has on a button of a kind."""
    return {"primary": "on_accent", "danger": "danger"}.get(kind, "second")


def icon_button(icon: str, text: str, name: str, kind: str = "ghost") -> QToolButton:
    """A square button with an icon only; `text` is its tooltip and what a screen reader says."""
    made = QToolButton()
    made.setObjectName(name)
    made.setAccessibleName(text)
    made.setToolTip(text)
    if kind:
        made.setProperty("kind", kind)
    set_icon(made, icon)
    return made
