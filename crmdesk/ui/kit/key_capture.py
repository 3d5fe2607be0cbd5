"""A field that takes the next key that is pressed instead of typing it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit

_HELD_ONLY = frozenset(
    {
        Qt.Key.Key_Control,
        Qt.Key.Key_Shift,
        Qt.Key.Key_Alt,
        Qt.Key.Key_Meta,
        Qt.Key.Key_AltGr,
        Qt.Key.Key_CapsLock,
        Qt.Key.Key_unknown,
    }
)


class KeyCapture(QLineEdit):
    """Emits `captured("Ctrl+J")`; Esc gives up (`given_up`), Tab goes on to the next field as anywhere."""

    captured = Signal(str)
    given_up = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on=False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

    def event(self, event: QEvent) -> bool:
        """No shortcut of the window is heard while a key is awaited."""
        if event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The key with what is held."""
        key = event.key()
        event.accept()
        if not key or key in _HELD_ONLY:  # 0 is a key that Qt has no code for
            return
        if key == Qt.Key.Key_Escape and not event.modifiers():
            self.given_up.emit()
            return
        self.captured.emit(
            QKeySequence(event.keyCombination()).toString(QKeySequence.SequenceFormat.PortableText)
        )

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Going elsewhere gives up."""
        super().focusOutEvent(event)
        self.given_up.emit()
