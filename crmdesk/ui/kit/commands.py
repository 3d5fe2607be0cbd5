"""Commands: what can be done, with words, icon and shortcut in one place. Buttons, menus and the palette show them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import shiboken6
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from crmdesk.text import _
from crmdesk.ui.kit.icons import set_icon


@dataclass(frozen=True, slots=True)
class Command:
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


def button(action: QAction, kind: str = "", *, icon: str = "", has_text: bool = True) -> QPushButton:
    """A button of an action: it follows words, tooltip, shortcut and whether the action is enabled.

    `kind` is primary, danger, ghost, link, chip or empty.
    """
    made = QPushButton()
    made.setObjectName(action.objectName())
    if kind:
        made.setProperty("kind", kind)
    if icon:
        set_icon(made, icon, "on_accent" if kind == "primary" else "danger" if kind == "danger" else "second")
    made.setAutoDefault(False)

    def follow() -> None:
        if not shiboken6.isValid(made):
            return
        if has_text:
            made.setText(action.text())
        made.setAccessibleName(action.text())
        made.setToolTip(action.toolTip())
        made.setEnabled(action.isEnabled())
        if not icon:
            made.setIcon(action.icon())

    action.changed.connect(follow)
    follow()
    made.clicked.connect(lambda _checked=False: action.trigger())
    return made


def plain_button(text: str, name: str, kind: str = "", icon: str = "") -> QPushButton:
    """A button without a command behind it; `text` is finished, `name` its object name."""
    made = QPushButton(text)
    made.setObjectName(name)
    made.setAccessibleName(text)
    made.setAutoDefault(False)
    if kind:
        made.setProperty("kind", kind)
    if icon:
        set_icon(made, icon, "on_accent" if kind == "primary" else "danger" if kind == "danger" else "second")
    return made


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
