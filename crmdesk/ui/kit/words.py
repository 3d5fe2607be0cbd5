"""Words that follow the language: said once when a widget is built, and again when the language changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget

from crmdesk.text import _, use_language
from crmdesk.ui.kit.theme import theme


class Speaking:
    """Mixin for widgets: `class Page(Speaking, QWidget)`. Override `retranslate` for words that are computed."""

    _sayings: list[tuple[Callable[[str], Any], str, dict[str, Any]]] | None = None

    def say(self, setter: Callable[[str], Any], source: str, **values: Any) -> None:
        """Calls `setter` with the translation now and after every switch. `source` is marked with N_()."""
        if self._sayings is None:
            self._sayings = []
        self._sayings.append((setter, source, values))
        _speak(setter, source, values)

    def retranslate(self) -> None:
        """Says everything again; overriding methods call this first."""
        kept = []
        for setter, source, values in self._sayings or ():
            owner = getattr(setter, "__self__", None)
            if isinstance(owner, QWidget) and not shiboken6.isValid(owner):
                continue
            kept.append((setter, source, values))
            _speak(setter, source, values)
        self._sayings = kept

    def changeEvent(self, event: QEvent) -> None:
        """Hears that the language changed."""
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)  # pyright: ignore[reportAttributeAccessIssue]


def _speak(setter: Callable[[str], Any], source: str, values: dict[str, Any]) -> None:
    sentence = _(source)
    setter(sentence.format(**values) if values else sentence)


def switch_language(language: str) -> None:
    """Switches the language of the whole window, live."""
    use_language(language)
    theme().follow_language()
    for window in QApplication.topLevelWidgets():
        QApplication.sendEvent(window, QEvent(QEvent.Type.LanguageChange))
