"""The filters a page puts beside its search (chips that switch, choices), as plain data for saved views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLayout, QPushButton, QWidget


class AskedChip(QPushButton):
    """Says that a list shows what was asked for elsewhere, and is there only then; a click shows all again.

    `chosen(expression or None)` comes when that changed.
    """

    chosen = Signal(object)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("kind", "chip")
        self.setCheckable(True)
        self.setAutoDefault(False)
        self._asked: list[str] | None = None
        self.clicked.connect(lambda _checked=False: self.restore_filter(None))
        self.hide()

    def filter_state(self) -> list[str] | None:
        """The expression and its words; None while nothing was asked for."""
        return self._asked

    def restore_filter(self, state: Any) -> None:
        """Takes back what `filter_state` gave; anything else is nothing."""
        is_known = (
            isinstance(state, list) and len(state) == 2 and all(isinstance(part, str) for part in state)
        )
        self._asked = state if is_known else None
        expression, words = self._asked or (None, "")
        self.setText(words.replace("&", "&&"))
        self.setAccessibleName(words)
        self.setChecked(self._asked is not None)
        self.setVisible(self._asked is not None)
        self.chosen.emit(expression)


def states(row: QLayout) -> dict[str, Any]:
    """What stands in a row of filters, by object name; those that filter nothing are left out."""
    found = {widget.objectName(): _state(widget) for widget in _widgets(row)}
    return {name: state for name, state in found.items() if state not in (None, False)}


def restore(row: QLayout, kept: Mapping[str, Any]) -> None:
    """Takes back what `states` gave; every other filter is taken away. The filters speak as if a user had chosen."""
    for widget in _widgets(row):
        state = kept.get(widget.objectName())
        if _state(widget) != state and (_state(widget) or state):
            _restore(widget, state)


def renew(row: QLayout) -> None:
    """Another day has begun: filters that count from today (`renew_filter`) speak again."""
    for widget in _widgets(row):
        own = getattr(widget, "renew_filter", None)
        if own is not None:
            own()


def _widgets(row: QLayout) -> Iterator[QWidget]:
    for place in range(row.count()):
        item = row.itemAt(place)
        widget = item.widget() if item is not None else None
        if widget is not None:
            yield widget


def _state(widget: QWidget) -> Any:
    own = getattr(widget, "filter_state", None)
    if own is not None:
        return own()
    if isinstance(widget, QAbstractButton) and widget.isCheckable():
        return widget.isChecked()
    if isinstance(widget, QComboBox) and widget.currentIndex() > 0:  # the first one filters nothing
        return widget.currentData()
    return None


def _restore(widget: QWidget, state: Any) -> None:
    own = getattr(widget, "restore_filter", None)
    if own is not None:
        own(state)
    elif isinstance(widget, QAbstractButton) and widget.isCheckable():
        widget.setChecked(bool(state))
    elif isinstance(widget, QComboBox):
        place = max(widget.findData(state), 0) if state is not None else 0
        widget.setCurrentIndex(place)
        widget.activated.emit(place)
