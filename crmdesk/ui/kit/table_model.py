"""The one model of all lists: sorted ids of the whole filtered set, rows fetched in blocks when they are painted."""

from __future__ import annotations

import time
from array import array
from collections import OrderedDict
from collections.abc import Collection, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from crmdesk.models.fields import Field, Kind
from crmdesk.text import _
from crmdesk.ui.kit.columns import Column, shown
from crmdesk.ui.kit.row_groups import RowGroup, RowGroups, group_words
from crmdesk.ui.kit.row_source import Row, RowSource
from crmdesk.ui.kit.tasks import Progress, Tasks

BLOCK_ROW_COUNT = 64
KEPT_ROW_COUNT = 16_384
BLOCKS_AT_ONCE = 4
AT_ONCE_S = 0.004
"""A source that answers a block faster is asked in the window's thread: no flicker, no frame lost."""

_Index = QModelIndex | QPersistentModelIndex
_ALIGN_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_ALIGN_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_DISPLAY = Qt.ItemDataRole.DisplayRole
_SERVED = frozenset(
    {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.TextAlignmentRole, Qt.ItemDataRole.AccessibleTextRole}
)


class TableModel(QAbstractTableModel):
    """Rows by id over a `RowSource`. The view paints from `cell` and `row_at`; roles nobody needs return at once."""

    fetched = Signal()
    fetch_failed = Signal(object)

    def __init__(
        self,
        source: RowSource,
        columns: Sequence[Column],
        tasks: Tasks | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._source = source
        self._tasks = tasks
        self._columns: list[Column] = []
        self._positions: list[int] = []
        self.ids: array[int] = array("q")
        """The rows as they are seen: ids, and below zero the title rows of groups."""
        self.groups: RowGroups | None = None
        self.group_field: Field | None = None
        self._rows: OrderedDict[int, Row] = OrderedDict()
        self._gone: set[int] = set()
        self._stale: dict[int, Row] = {}
        self._asked: set[int] = set()
        self._wanted: dict[int, None] = {}
        self._is_fetching = False
        self.is_draggable = False
        self._generation = 0
        self._seconds_a_block = 0.0 if tasks is None else 1.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._fetch_wanted)
        self.set_columns(columns)

    # Shape

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Replaces the columns; each one's field is in the source."""
        places = {entry.name: index for index, entry in enumerate(self._source.fields)}
        self.beginResetModel()
        # Rows fetched for other columns are of another shape: they are asked for again.
        self._generation += 1
        for kept in (self._rows, self._stale, self._asked, self._wanted, self._gone):
            kept.clear()
        self._columns = list(columns)
        self._positions = [places[column.field.name] for column in columns]
        self.endResetModel()

    def columns(self) -> list[Column]:
        """The columns in the order of the model."""
        return self._columns

    @property
    def source(self) -> RowSource:
        """Where the rows come from."""
        return self._source

    def set_ids(
        self,
        ids: array[int],
        rows: dict[int, Row] | None = None,
        groups: RowGroups | None = None,
        group_field: Field | None = None,
    ) -> None:
        """A new filtered set; `rows` are those already fetched with it (the first screenful).

        With `groups` the ids are what is seen of them.
        """
        self.beginResetModel()
        self._generation += 1
        self.ids = ids
        self.groups, self.group_field = groups, group_field
        self._rows.clear()
        self._gone.clear()
        self._asked.clear()
        self._wanted.clear()
        self._stale.clear()
        if rows:
            self._rows.update(rows)
        self.endResetModel()

    def fold(self, keys: Collection[Any]) -> None:
        """Folds these groups and opens all others; the rows stay as they were fetched."""
        if self.groups is None:
            return
        self.beginResetModel()
        self._generation += 1  # what is on its way was asked for by the rows of before
        self._asked.clear()
        self._wanted.clear()
        self.groups.fold(keys)
        self.ids = self.groups.visible
        self.endResetModel()

    @property
    def record_count(self) -> int:
        """How many records the filtered set has, those of folded groups too."""
        return len(self.ids) if self.groups is None else self.groups.record_count

    def group_at(self, row: int) -> RowGroup | None:
        """The group whose title stands in a row."""
        if self.groups is None or not 0 <= row < len(self.ids):
            return None
        return self.groups.at(self.ids[row])

    def forget_rows(self, ids: Collection[int] | None = None) -> None:
        """These rows (all for None) changed: they are fetched again when they are painted."""
        self._generation += 1
        self._asked.clear()
        self._gone.clear()
        for record_id in list(self._rows) if ids is None else ids:
            row = self._rows.pop(record_id, None)
            if row is not None:
                self._stale[record_id] = row  # shown until the new one is there: nothing flickers
        if self.ids:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.ids) - 1, len(self._columns) - 1))

    def row_of_id(self, record_id: int) -> int:
        """Where a record stands, -1 when it is not in the set."""
        try:
            return self.ids.index(record_id)
        except ValueError:
            return -1

    def id_at(self, row: int) -> int | None:
        """The record of a row; None for the title of a group."""
        return self.ids[row] if 0 <= row < len(self.ids) and self.ids[row] >= 0 else None

    # Rows

    def row_at(self, row: int) -> Row | None:
        """The values of a row in the source's order; None while they are on their way (then they are asked for)."""
        record_id = self.ids[row]
        if record_id < 0 and self.groups is not None:
            return None
        found = self._rows.get(record_id)
        if found is None and record_id not in self._gone:
            self._want(row)
            found = self._rows.get(record_id) or self._stale.get(record_id)
        return found

    def cell(self, row: int, column: int) -> str | None:
        """A cell as it is read; None while it is on its way."""
        values = self.row_at(row)
        if values is None:
            return None
        shape = self._columns[column]
        if shape.text is not None:
            return shape.text(values)
        return shown(shape.field, values[self._positions[column]], shows_zero=shape.shows_zero)

    def value(self, row: int, column: int) -> Any:
        """The plain value of a cell; None while it is on its way."""
        values = self.row_at(row)
        return None if values is None else values[self._positions[column]]

    def rows_now(self, ids: Sequence[int]) -> dict[int, Row]:
        """These rows at once, in the calling thread (for copying a few)."""
        missing = [record_id for record_id in ids if record_id not in self._rows]
        fetched = dict(self._source.fetch(missing)) if missing else {}
        return {
            record_id: row
            for record_id in ids
            if (row := self._rows.get(record_id) or fetched.get(record_id)) is not None
        }

    def text_of(self, values: Row, column: int) -> str:
        """A cell of a row that was fetched elsewhere, as text for other programs: plain digits, no separators."""
        shape = self._columns[column]
        value = values[self._positions[column]]
        if shape.text is not None:
            return shape.text(values)
        if value is None:
            return ""
        is_plain = shape.is_numeric or shape.field.kind in (Kind.TEXT, Kind.LONG_TEXT)
        return str(value) if is_plain else shown(shape.field, value)

    def _want(self, row: int) -> None:
        block = row // BLOCK_ROW_COUNT
        if block in self._asked:
            return
        if self._seconds_a_block <= AT_ONCE_S:
            self._fetch_at_once(block)
        else:
            self._wanted[block] = None
            self._asked.add(block)
            if not self._is_fetching:
                self._timer.start()

    def _ids_of(self, block: int) -> list[int]:
        start = block * BLOCK_ROW_COUNT
        part = self.ids[start : start + BLOCK_ROW_COUNT]
        return [entry for entry in part if entry >= 0 and entry not in self._rows]

    def _fetch_at_once(self, block: int) -> None:
        ids = self._ids_of(block)
        began = time.perf_counter()
        try:
            rows = self._source.fetch(ids)
        except Exception as error:  # noqa: BLE001  a paint must not raise; the page shows the error
            self._asked.add(block)
            self.fetch_failed.emit(error)
            return
        if self._tasks is not None:
            self._seconds_a_block = time.perf_counter() - began
        self._take(ids, dict(rows))

    def _fetch_wanted(self) -> None:
        if not self._wanted or self._tasks is None:
            return
        # While the user drags the scroll bar only what was painted last matters; the rest is asked for again.
        newest = list(self._wanted)[-BLOCKS_AT_ONCE:]
        self._asked.difference_update(set(self._wanted).difference(newest))
        self._wanted.clear()
        blocks = sorted(newest)
        ids = [record_id for block in blocks for record_id in self._ids_of(block)]
        generation = self._generation
        source = self._source
        self._is_fetching = True

        def work(progress: Progress) -> tuple[dict[int, Row], float]:
            del progress
            began = time.perf_counter()
            rows = dict(source.fetch(ids))
            return rows, time.perf_counter() - began

        def done(answer: tuple[dict[int, Row], float]) -> None:
            self._is_fetching = False
            rows, seconds = answer
            if generation == self._generation:
                self._seconds_a_block = seconds / len(blocks)
                self._take(ids, rows)
                last = min(len(self.ids), (blocks[-1] + 1) * BLOCK_ROW_COUNT) - 1
                self.dataChanged.emit(
                    self.index(blocks[0] * BLOCK_ROW_COUNT, 0),
                    self.index(last, len(self._columns) - 1),
                    [_DISPLAY],
                )
                self.fetched.emit()
            if self._wanted:
                self._timer.start()

        def failed(error: Exception) -> None:
            self._is_fetching = False
            self.fetch_failed.emit(error)

        self._tasks.run("read", work, owner=self, done=done, failed=failed)

    def _take(self, ids: Sequence[int], rows: dict[int, Row]) -> None:
        self._rows.update(rows)
        for record_id in ids:
            self._stale.pop(record_id, None)
        if len(rows) < len(ids):
            self._gone.update(record_id for record_id in ids if record_id not in rows)
        if len(self._rows) > KEPT_ROW_COUNT:
            while len(self._rows) > KEPT_ROW_COUNT // 2:
                self._rows.popitem(last=False)
            self._asked.clear()

    # What Qt asks

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  an empty index is immutable
        """The whole filtered set."""
        return 0 if parent.isValid() else len(self.ids)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """All columns, hidden ones too."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text and alignment only."""
        if role not in _SERVED or not index.isValid():
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGN_RIGHT if self._columns[index.column()].is_numeric else _ALIGN_LEFT
        group = self.group_at(index.row())
        if group is not None and self.group_field is not None:
            return f"{group_words(self.group_field, group)} ({group.size:,})"
        return self.cell(index.row(), index.column()) or ""

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Rows are selected as a whole; some lists let them be dragged."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsDragEnabled if self.is_draggable and index.isValid() else flags

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The fields' labels."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        column = self._columns[section]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return _(column.field.label)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGN_RIGHT if column.is_numeric else _ALIGN_LEFT
        return None
