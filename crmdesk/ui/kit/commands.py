"""Commands: what can be done, with words, icon and shortcut in one place. Buttons, menus and the palette show them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import shiboken6
from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QPushButton, QToolButton, QWidget

from crmdesk.text import _
from crmdesk.ui.kit.icons import set_icon
from crmdesk.ui.kit.labels import keys
from crmdesk.ui.kit.theme import theme


class Command(NamedTuple):
    """One thing to do. `id` as in `customers.new`; `text` is a catalogue source (N_); `shortcut` as in `Ctrl+N`.

    `is_window_wide` makes the shortcut work anywhere in the window, not only inside the owner; `other_shortcut` is
    a second key that stays when the user chooses another first one.
    """

    id: str
    text: str
    callback: Callable[[], object]
    icon: str = ""
    shortcut: str = ""
    tip: str = ""
    is_window_wide: bool = False
    other_shortcut: str = ""


PLACE_PROPERTY = "place"
"""The shell names its pages by this property, so that it can be told where a command belongs."""

_OF_FIELDS = frozenset(
    {"Ctrl+A", "Ctrl+C", "Ctrl+V", "Ctrl+X", "Ctrl+Z", "Ctrl+Y", "Ctrl+Shift+Z", "Ctrl+S", "Ctrl+Return",
     "Ctrl+Enter", "Ctrl+Backspace", "Ctrl+Del", "Ctrl+Left", "Ctrl+Right", "Ctrl+Home", "Ctrl+End", "F4",
     "Alt+F4", "Ctrl+Tab"}
)  # fmt: skip
"""Keys that fields, forms and the system use by themselves."""


def native_keys(shortcut: str) -> str:
    """A shortcut as the system writes it (⌘S on macOS)."""
    return QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)


def tip_of(text: str, shortcut: str) -> str:
    """A tooltip with the shortcut behind the words."""
    return f"{text}  {native_keys(shortcut)}" if shortcut else text


class Commands(QObject):
    """Every command of the window by id, as long as its owner lives. `shortcuts` are the user's own, "" for none."""

    shortcuts_changed = Signal()
    """What is said of commands changed: the user gave one another key, or all speak another language."""
    added = Signal()
    all_wanted = Signal()
    """Somebody lists the commands: pages that were not shown yet are to be made."""

    def __init__(self, parent: QObject | None = None, shortcuts: dict[str, str] | None = None) -> None:
        super().__init__(parent)
        self._own = dict(shortcuts or {})
        self._actions: dict[str, tuple[Command, QAction]] = {}

    def add(self, command: Command, owner: QWidget) -> QAction:
        """Registers a command on a widget and returns its action; the user's own shortcut wins."""
        action = QAction(owner)
        action.setObjectName(command.id)
        self._actions[command.id] = (command, action)
        self._put_keys(command, action)
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
        if self._own:
            self._yield_to_own(command.id)
        self.added.emit()
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
        self.shortcuts_changed.emit()

    # The user's own shortcuts

    def own_shortcuts(self) -> dict[str, str]:
        """What the user chose, by id; "" is no key at all."""
        return dict(self._own)

    def set_shortcut(self, command_id: str, shortcut: str | None) -> None:
        """Gives a command another key, "" for none, None for its usual one; at once, wherever it is shown."""
        if shortcut is None:
            self._own.pop(command_id, None)
        else:
            self._own[command_id] = shortcut
        self._refresh_keys()

    def reset_shortcuts(self) -> None:
        """Every command has its usual key again."""
        self._own.clear()
        self._refresh_keys()

    def clash(self, command_id: str, shortcut: str) -> Command | None:
        """The command that has this key already where `command_id` would hear it, too."""
        found = self._actions.get(command_id)
        wanted = QKeySequence(shortcut)
        for command, action in self:
            if (
                found is not None
                and command.id != command_id
                and wanted in action.shortcuts()
                and _meet(found, (command, action))
            ):
                return command
        return None

    def _refresh_keys(self) -> None:
        for command, action in self:
            self._put_keys(command, action)
            _put_words(command, action)
        for command_id in self._own:
            self._yield_to_own(command_id)
        self.shortcuts_changed.emit()

    def _put_keys(self, command: Command, action: QAction) -> None:
        own = self._own.get(command.id)
        wanted = () if own == "" else (own or command.shortcut, command.other_shortcut)
        keys = [QKeySequence(key) for key in dict.fromkeys(wanted) if key]
        if keys != action.shortcuts():
            action.setShortcuts(keys)

    def _yield_to_own(self, command_id: str) -> None:
        """Usual keys give way to one the user chose: of two commands with one key Qt would do neither."""
        me = self._actions.get(command_id)
        if me is None or not shiboken6.isValid(me[1]):
            return
        for command, action in self:
            shared = [key for key in action.shortcuts() if key in me[1].shortcuts()]
            if command.id == command_id or not shared or not _meet(me, (command, action)):
                continue
            loser = (command, action) if command_id in self._own and command.id not in self._own else me
            loser[1].setShortcuts([key for key in loser[1].shortcuts() if key not in shared])
            _put_words(*loser)


def _meet(one: tuple[Command, QAction], other: tuple[Command, QAction]) -> bool:
    """Whether one press of a key could mean both commands."""
    if one[0].is_window_wide or other[0].is_window_wide:
        return True
    first, second = one[1].parent(), other[1].parent()
    if not isinstance(first, QWidget) or not isinstance(second, QWidget):
        return False
    return first is second or first.isAncestorOf(second) or second.isAncestorOf(first)


def may_be_shortcut(shortcut: str) -> bool:
    """Whether a key can be given to a command: not one that types, moves in a field or belongs to forms."""
    keys = QKeySequence(shortcut)
    if keys.count() != 1 or keys.toString() in _OF_FIELDS:
        return False
    pressed = keys[0]  # pyright: ignore[reportIndexIssue]  PySide's stubs leave it out
    if Qt.Key.Key_F1 <= pressed.key() <= Qt.Key.Key_F35:
        return True
    held = pressed.keyboardModifiers() & (
        Qt.KeyboardModifier.ControlModifier
        | Qt.KeyboardModifier.AltModifier
        | Qt.KeyboardModifier.MetaModifier
    )
    return held != Qt.KeyboardModifier.NoModifier


def place_of(action: QAction) -> str:
    """The place whose page a command belongs to; "" for the whole window."""
    above = action.parent()
    while above is not None:
        place = above.property(PLACE_PROPERTY)
        if place:
            return str(place)
        above = above.parent()
    return ""


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

    def say() -> None:
        made.setText(action.text())
        made.setAccessibleName(action.text())
        made.setEnabled(action.isEnabled())
        if isinstance(made, KeyButton):
            made.set_shortcut(action.shortcut().toString())

    follow(action, made, say)
    made.clicked.connect(lambda _checked=False: action.trigger())
    return made


class KeyButton(QPushButton):
    """A button that shows its key as it is printed on the keyboard, behind the words."""

    def __init__(self, text: str, shortcut: str) -> None:
        super().__init__(text)
        self.setProperty("hasKeys", "true")
        self._is_short = False
        self._keys = keys("")
        self._keys.setParent(self)
        self._keys.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.set_shortcut(shortcut)

    def set_shortcut(self, shortcut: str) -> None:
        """Shows another key, or none."""
        words = native_keys(shortcut).replace("Return", "Enter")
        if words != self._keys.text():
            self._keys.setText(words)
            self.updateGeometry()
            self._place_keys()
        self._keys.setVisible(bool(words) and not self._is_short)

    def set_short(self, is_short: bool) -> None:
        """Leaves the key out where there is no room for it; the tooltip still says it."""
        if is_short != self._is_short:
            self._is_short = is_short
            self._keys.setVisible(bool(self._keys.text()) and not is_short)
            self.updateGeometry()

    @property
    def is_short(self) -> bool:
        """Whether the key is left out."""
        return self._is_short

    @property
    def spare(self) -> int:
        """How much narrower it is, or would be, without its key."""
        if not self._keys.text():
            return 0
        return self._keys.sizeHint().width() + theme().metrics.space(2)

    def sizeHint(self) -> QSize:
        """Room for words and key."""
        hint = super().sizeHint()
        return hint if self._is_short else QSize(hint.width() + self.spare, hint.height())

    def minimumSizeHint(self) -> QSize:
        """Neither may be cut."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The key stands at the right."""
        super().resizeEvent(event)
        self._place_keys()

    def _place_keys(self) -> None:
        hint = self._keys.sizeHint()
        left = self.width() - hint.width() - theme().metrics.space(2.5)
        self._keys.setGeometry(left, (self.height() - hint.height()) // 2, hint.width(), hint.height())


def follow(action: QAction, made: QAbstractButton, say: Callable[[], object] | None = None) -> None:
    """The tooltip of a button is that of an action, with its key, now and whenever another language or key is chosen.

    `say` says what else the button takes from the action. Without it the button only does the same for what it
    stands beside, or names itself otherwise.
    """

    def take() -> None:
        if shiboken6.isValid(made):
            made.setToolTip(action.toolTip())
            if say is not None:
                say()

    action.changed.connect(take)
    take()


def icon_button_of(action: QAction, kind: str = "ghost") -> QToolButton:
    """A square button of an action, its icon only: it follows words, tooltip and whether the action is enabled."""
    made = icon_button(str(action.property("iconName")), action.text(), action.objectName(), kind)

    def say() -> None:
        made.setAccessibleName(action.text())
        made.setEnabled(action.isEnabled())

    follow(action, made, say)
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
