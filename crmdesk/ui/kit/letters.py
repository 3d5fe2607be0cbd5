"""Letters typed one after another in a list: those that come close together are one text."""

from __future__ import annotations

import time

from PySide6.QtWidgets import QApplication

_PAUSE_S = 1.0
"""Letters typed after a longer pause begin anew."""


class Letters:
    """What is being typed, until a pause."""

    def __init__(self) -> None:
        self._text = ""
        self._typed_at = 0.0

    def add(self, letters: str) -> str:
        """The text with these letters."""
        self._text = self._text + letters if self.is_going_on() else letters
        self._typed_at = time.monotonic()
        return self._text

    def is_going_on(self) -> bool:
        """Whether a letter now belongs to those before it."""
        pause = max(QApplication.keyboardInputInterval() / 1000, _PAUSE_S)
        return bool(self._text) and time.monotonic() - self._typed_at < pause

    def forget(self) -> None:
        """The next letter begins anew."""
        self._text = ""
