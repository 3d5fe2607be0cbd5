"""The filters a page puts beside its search (chips that switch, choices), as plain data for saved views."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PySide6.QtWidgets import QAbstractButton, QComboBox, QLayout, QWidget


def states(row: QLayout) -> dict[str, Any]:
    """What stands in a row of filters, by object name; those that filter nothing are left out."""
    found = {widget.objectName(): _state(widget) for widget in _widgets(row)}
    return {name: state for name, state in found.items() if state not in (None, False)}


def restore(row: QLayout, kept: dict[str, Any]) -> None:
    """Takes back what `states` gave; every other filter is taken away. The filters speak as if a user had chosen."""
    for widget in _widgets(row):
        state = kept.get(widget.objectName())
        if _state(widget) != state and (_state(widget) or state):
            _restore(widget, state)


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
