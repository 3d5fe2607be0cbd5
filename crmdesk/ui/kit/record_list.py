"""What lists of drawn rows share: a model of records that are all at hand, and a quiet view that speaks of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView

from crmdesk.ui.kit.theme import theme

Index = QModelIndex | QPersistentModelIndex
RECORD = Qt.ItemDataRole.UserRole


class Record(Protocol):
    """One row; a heading cannot be chosen."""

    @property
    def is_heading(self) -> bool: ...

    def spoken(self) -> str: ...

    def tip(self) -> str: ...


class RecordModel(QAbstractListModel):
    """The records, as they are replaced."""

    def __init__(self, parent: QListView) -> None:
        super().__init__(parent)
        self.records: list[Any] = []

    def set_records(self, records: Sequence[Record]) -> None:
        """Shows others."""
        self.beginResetModel()
        self.records = list(records)
        self.endResetModel()

    def add_records(self, records: Sequence[Record]) -> None:
        """Shows more below; cursor and place stay."""
        if records:
            first = len(self.records)
            self.beginInsertRows(QModelIndex(), first, first + len(records) - 1)
            self.records += records
            self.endInsertRows()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  an empty index is immutable
        """One a record."""
        return 0 if parent.isValid() else len(self.records)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The record for the delegate, its words for whoever reads."""
        if not index.isValid():
            return None
        record: Record = self.records[index.row()]
        if role == RECORD:
            return record
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return record.spoken()
        if role == Qt.ItemDataRole.ToolTipRole:
            return record.tip()
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Headings take no cursor."""
        if not index.isValid() or self.records[index.row()].is_heading:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class RecordList(QListView):
    """`chosen(record)` and `current_changed(record or None)`; who derives says what chooses."""

    chosen = Signal(object)
    current_changed = Signal(object)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.records = RecordModel(self)
        self.setModel(self.records)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.selectionModel().currentChanged.connect(
            lambda _index, _before: self.current_changed.emit(self.current())
        )
        theme().changed.connect(self.scheduleDelayedItemsLayout)

    def current(self) -> Any:
        """The record with the cursor, or None."""
        record = self.currentIndex().data(RECORD)
        return record if record is not None and not record.is_heading else None

    def choose(self, index: Index) -> None:
        """Says that a record was chosen, headings never."""
        record = index.data(RECORD) if index.isValid() else None
        if record is not None and not record.is_heading:
            self.chosen.emit(record)
