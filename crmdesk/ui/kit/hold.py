"""A part of the window that waits for an answer: nothing can be typed into it meanwhile that nobody would keep."""

from __future__ import annotations

import shiboken6
from PySide6.QtWidgets import QApplication, QWidget


class Hold:
    """Holds a part until `end`, which gives the keyboard back to where it was."""

    def __init__(self, part: QWidget) -> None:
        self._part = part
        focused = QApplication.focusWidget()
        self._focused = focused if focused is not None and part.isAncestorOf(focused) else None
        part.setEnabled(False)

    def end(self) -> None:
        """The answer is there."""
        if not shiboken6.isValid(self._part):
            return
        self._part.setEnabled(True)
        focused, self._focused = self._focused, None
        if focused is not None and shiboken6.isValid(focused) and focused.isVisible():
            focused.setFocus()
