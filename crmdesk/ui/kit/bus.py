"""Tells the window's parts what changed in the book: visible ones at once, hidden ones when they are shown again."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QWidget

from crmdesk.services.changes import Changes


class Bus(QObject):
    """One per window. `published` carries every `Changes`."""

    published = Signal(object)

    def publish(self, changes: Changes) -> None:
        """Announces what a use case changed."""
        if changes.ids or changes.everything:
            self.published.emit(changes)

    def watch(self, widget: QWidget, kinds: Collection[str], refresh: Callable[[Changes], object]) -> None:
        """Calls `refresh(changes)` when records of these kinds changed: now, or when `widget` is shown again."""
        _Watch(self, widget, tuple(kinds), refresh)


class _Watch(QObject):
    """Lives and dies with its widget."""

    def __init__(
        self, bus: Bus, widget: QWidget, kinds: tuple[str, ...], refresh: Callable[[Changes], object]
    ) -> None:
        super().__init__(widget)
        self._widget = widget
        self._kinds = kinds
        self._refresh = refresh
        self._missed: Changes | None = None
        widget.installEventFilter(self)
        bus.published.connect(self._hear)

    def _hear(self, changes: Changes) -> None:
        if not changes.touches(*self._kinds):
            return
        if self._widget.isVisible():
            self._refresh(changes)
        else:
            if self._missed is None:
                self._missed = Changes()
            self._missed.merge(changes)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Catches up when the widget is shown."""
        if event.type() is QEvent.Type.Show and self._missed is not None and watched is self._widget:
            missed, self._missed = self._missed, None
            self._refresh(missed)
        return False
