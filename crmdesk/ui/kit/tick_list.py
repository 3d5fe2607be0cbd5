"""A list of two-line entries of which each can be ticked or left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent

from crmdesk.text import _
from crmdesk.ui.kit.entry_list import Entry, EntryList

_ON, _OFF = "square-check", "square"


@dataclass(frozen=True, slots=True)
class TickEntry(Entry):
    """An entry with its tick; `icon` is the box."""

    is_ticked: bool = True

    def spoken(self) -> str:
        """For screen readers: whether it is ticked comes first."""
        words = ", ".join(
            filter(None, (self.title, self.chip, self.figure, self.detail, self.side))
        )  # slots leave no zero-argument super() in a dataclass
        return f"{_('ticked') if self.is_ticked else _('left out')}, {words}"


class TickList(EntryList):
    """Space, Enter or a click ticks an entry or leaves it out. All are ticked at first."""

    ticks_changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__(name, opens_on_click=True)
        self.chosen.connect(self.toggle)

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Shows entries, which must be `TickEntry`."""
        super().set_entries([_drawn(entry) for entry in entries if isinstance(entry, TickEntry)])

    def ticked(self) -> list[Any]:
        """The `data` of the entries that are ticked."""
        return [entry.data for entry in self.records.records if entry.is_ticked]

    def toggle(self, entry: TickEntry) -> None:
        """Ticks an entry, or leaves it out."""
        entries = self.entries()
        row = entries.index(entry)
        entries[row] = replace(entry, is_ticked=not entry.is_ticked)
        scroll = self.verticalScrollBar().value()
        self.set_entries(entries)
        self.select(row)
        self.verticalScrollBar().setValue(scroll)
        self.ticks_changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space ticks, too."""
        if event.key() == Qt.Key.Key_Space and self.current() is not None:
            self.toggle(self.current())
        else:
            super().keyPressEvent(event)


def _drawn(entry: TickEntry) -> TickEntry:
    return replace(entry, icon=_ON if entry.is_ticked else _OFF, is_muted=not entry.is_ticked)
