"""The one view of all lists: loads ids off the window's thread, keeps selection and scroll by id, copies for Excel."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView

from crmdesk.models.fields import TEXTS, Field
from crmdesk.ui.kit import first_rows, row_transfer
from crmdesk.ui.kit.columns import Column
from crmdesk.ui.kit.host import Host
from crmdesk.ui.kit.letters import Letters
from crmdesk.ui.kit.row_groups import RowGroup, RowGroups
from crmdesk.ui.kit.row_source import Query, Row, RowSource, ShapedSource
from crmdesk.ui.kit.table_model import BLOCK_ROW_COUNT
from crmdesk.ui.kit.table_shape import TableShape
from crmdesk.ui.kit.tasks import Progress

RESTORED_MAX = 2_000


@dataclass(frozen=True, slots=True)
class _Place:
    """What is kept by id over a reload."""

    current: int | None
    selected: tuple[int, ...]
    is_all: bool
    top: int | None
    offset: int


@dataclass(frozen=True, slots=True)
class _Answer:
    ids: array[int]
    rows: dict[int, Row]
    places: dict[int, int]
    groups: RowGroups | None


class TableView(TableShape):
    """A list. `name` is its object name and the key of its kept layout, e.g. `customers.table`."""

    current_changed = Signal(object)
    selection_changed = Signal()
    opened = Signal(int)
    sort_requested = Signal(str, bool)
    typed = Signal(str)
    loaded = Signal(int)
    load_failed = Signal(object)
    loading_changed = Signal(bool)

    def __init__(self, host: Host, source: RowSource, columns: Sequence[Column], name: str) -> None:
        super().__init__(host, source, columns, name)
        self._is_restoring = False
        self._query = Query()
        self._last_current: int | None = None
        self.has_cell_cursor = False
        """Whether the cell of the cursor is marked: for tables whose cells open different things."""
        self._folded: dict[str, set[Any]] = {}
        self._letters = Letters()
        self.horizontalHeader().sectionClicked.connect(self._sort_by)
        self._table_model.fetch_failed.connect(self.load_failed)
        self.selectionModel().currentRowChanged.connect(lambda *_changed: self._tell_current())
        self.selectionModel().currentChanged.connect(self._mark_cell)
        self.selectionModel().selectionChanged.connect(lambda *_changed: self._selection_moved())
        self._table_model.modelReset.connect(self._note_selected)
        self.doubleClicked.connect(lambda index: self._open(index.row()))

    def set_draggable(self, is_draggable: bool = True) -> None:
        """Lets the selected rows be dragged, onto a tree for instance."""
        self._table_model.is_draggable = is_draggable
        self.setDragEnabled(is_draggable)
        self.setDragDropMode(
            QAbstractItemView.DragDropMode.DragOnly
            if is_draggable
            else QAbstractItemView.DragDropMode.NoDragDrop
        )

    def startDrag(self, supportedActions: Qt.DropAction) -> None:
        """The ids of the selected rows travel, with their number beside the pointer."""
        del supportedActions
        row_transfer.drag_rows(self, self.selected_ids())

    # Loading

    @property
    def current_query(self) -> Query:
        """What is shown (or on its way)."""
        return self._query

    def load(self, query: Query) -> None:
        """Shows the set of a query; selection and scroll stay with the records that are still in it."""
        is_new = query != self._query
        self._query = query
        self._show_sort()
        place = self._place(keeps_scroll=not is_new)
        source = self._table_model.source
        folded = set(self._folded.get(query.group, ()))

        def work(progress: Progress) -> _Answer:
            groups = None
            if query.group and isinstance(source, ShapedSource):
                groups = RowGroups(source.grouped(query), folded)
                ids = groups.visible
            else:
                ids = source.ids(query)
            progress.check()
            wanted = {entry for entry in (*place.selected, place.current, place.top) if entry is not None}
            places = {entry: row for row, entry in enumerate(ids) if entry in wanted} if wanted else {}
            start = max(0, places.get(place.top, 0) - BLOCK_ROW_COUNT // 2) if place.top is not None else 0
            first = [entry for entry in ids[start : start + BLOCK_ROW_COUNT] if groups is None or entry >= 0]
            return _Answer(ids, dict(source.fetch(first)), places, groups)

        def done(answer: _Answer) -> None:
            self.loading_changed.emit(False)
            now = self._place(keeps_scroll=not is_new)
            if (now.current, now.selected) != (place.current, place.selected):  # chosen in the meantime
                wanted = {*now.selected, now.current, now.top}
                answer.places.update((entry, row) for row, entry in enumerate(answer.ids) if entry in wanted)
            self._show(answer, now)
            latest = self._folded.get(query.group, set())
            if latest != folded:  # a title was clicked while the answer was on its way
                self._fold(latest)

        def failed(error: Exception) -> None:
            self.loading_changed.emit(False)
            self.load_failed.emit(error)

        self.loading_changed.emit(True)
        first_rows.show(self, self._table_model, self._host.tasks)
        self._host.tasks.run("read", work, owner=self, done=done, failed=failed, replaces="ids")

    def reload(self) -> None:
        """The same query again: what was added appears, what went goes."""
        self.load(self._query)

    def refresh(self, changed_ids: Collection[int] | None = None) -> None:
        """Fetches changed rows again and checks whether the set is still the same."""
        self._table_model.forget_rows(changed_ids)
        self.reload()

    def _show(self, answer: _Answer, place: _Place) -> None:
        model = self._table_model
        if answer.ids == model.ids:
            model.forget_rows(())
        self._is_restoring = True
        try:
            model.set_ids(answer.ids, answer.rows, answer.groups, self._group_field())
            self._restore(place, answer.places)
        finally:
            self._is_restoring = False
        self.loaded.emit(model.record_count)
        self._tell_current()
        self.selection_changed.emit()

    def _place(self, *, keeps_scroll: bool) -> _Place:
        count = self.selected_count()
        total = self._table_model.record_count
        ids = self.selected_ids() if count <= RESTORED_MAX else ()
        seen = self.rows_in(self.viewport().rect().adjusted(0, 1, 0, 0))
        top_row = next((row for row in seen if self._table_model.group_at(row) is None), -1)
        top = self._table_model.id_at(top_row) if keeps_scroll and top_row >= 0 else None
        offset = self.rowViewportPosition(top_row) if top is not None else 0
        return _Place(self.current_id(), tuple(ids), bool(count) and count == total, top, offset)

    def _rows_of(self, place: _Place) -> dict[int, int]:
        """Where the records of the selection that is kept, and the one with the cursor, stand now."""
        stretches = self._spans() if place.selected else []
        rows = [row for top, bottom in stretches for row in range(top, bottom + 1)]
        model = self._table_model
        kept = (*rows, self.selectionModel().currentIndex().row())
        return {entry: row for row in kept if (entry := model.id_at(row)) is not None}

    def _restore(self, place: _Place, places: dict[int, int]) -> None:
        model = self._table_model
        chosen = self.selectionModel()
        last = model.columnCount() - 1
        current_row = places.get(place.current, -1) if place.current is not None else -1
        if current_row >= 0:
            flag = QItemSelectionModel.SelectionFlag.NoUpdate
            chosen.setCurrentIndex(model.index(current_row, 0), flag)
        if place.is_all and model.ids and len(place.selected) != 1:
            self.selectAll()
        elif place.selected:
            selection = QItemSelection()
            for entry in place.selected:
                row = places.get(entry, -1)
                if row >= 0:
                    selection.select(model.index(row, 0), model.index(row, last))
            chosen.select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        top_row = places.get(place.top, -1) if place.top is not None else -1
        self.updateGeometries()  # the scroll bar has to know the new height before it is moved
        if top_row >= 0:
            self.verticalScrollBar().setValue(
                top_row * self.verticalHeader().defaultSectionSize() - place.offset
            )
        else:
            self.verticalScrollBar().setValue(0)
            if current_row >= 0:
                self.scrollTo(model.index(current_row, 0))

    # Selection

    def current_id(self) -> int | None:
        """The record with the cursor."""
        index = self.selectionModel().currentIndex()
        return self._table_model.id_at(index.row()) if index.isValid() else None

    def selected_ids(self) -> list[int]:
        """The selected records in the order of the list."""
        ids = self._table_model.ids
        has_titles = self._table_model.groups is not None
        return [
            entry
            for top, bottom in sorted(self._spans())
            for entry in ids[top : bottom + 1]
            if not has_titles or entry >= 0
        ]

    def _spans(self) -> list[tuple[int, int]]:
        """First and last row of every selected stretch; plain numbers, because ranges die with their selection."""
        selection = self.selectionModel().selection()
        parts = (selection.at(place) for place in range(selection.count()))
        return [(part.top(), part.bottom()) for part in parts]

    def selected_count(self) -> int:
        """How many records are selected, without listing them."""
        groups = self._table_model.groups
        return sum(
            bottom - top + 1 - (groups.titles_between(top, bottom) if groups is not None else 0)
            for top, bottom in self._spans()
        )

    def select(self, record_id: int | None) -> bool:
        """Puts the cursor on a record and brings it into view; False when it is not in the set."""
        row = self._table_model.row_of_id(record_id) if record_id is not None else -1
        if row < 0 and record_id is not None and self._unfold_around(record_id):
            row = self._table_model.row_of_id(record_id)
        if row < 0:
            self.clearSelection()
            return False
        self._select_row(row)
        self.scrollTo(self._table_model.index(row, self.first_shown()))
        return True

    def _select_row(self, row: int) -> None:
        """This row alone, whatever keys are held down (QTableView.selectRow would toggle with Ctrl)."""
        index = self._table_model.index(row, self.first_shown())
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def select_first(self) -> None:
        """Puts the cursor on the first row if there is one."""
        rows = range(min(len(self._table_model.ids), 2))  # below the title of the first group
        first = next((row for row in rows if self._table_model.id_at(row) is not None), -1)
        if first >= 0:
            self._select_row(first)

    def _mark_cell(self, index: QModelIndex, before: QModelIndex) -> None:
        if self.has_cell_cursor:
            self._delegate.cursor = (index.row(), index.column())
            self.update(before)
            self.update(index)

    def _tell_current(self) -> None:
        self._paint_title()
        if self._is_restoring:
            return
        current = self.current_id()
        if current != self._last_current:
            self._last_current = current
            self.current_changed.emit(current)

    def _selection_moved(self) -> None:
        self._note_selected()
        self._tell_selection()

    def _note_selected(self) -> None:
        self._delegate.selected = self._spans()

    def _tell_selection(self) -> None:
        if not self._is_restoring:
            self.selection_changed.emit()

    def _open(self, row: int) -> None:
        record_id = self._table_model.id_at(row)
        if record_id is not None:
            self.opened.emit(record_id)

    # Sorting and columns

    def _sort_by(self, section: int) -> None:
        field = self._table_model.columns()[section].field
        if not field.sortable:
            self._show_sort()
            return
        is_descending = not self._query.is_descending if self._query.sort == field.name else False
        self.sort_requested.emit(field.name, is_descending)

    def _show_sort(self) -> None:
        names = [column.field.name for column in self._table_model.columns()]
        section = names.index(self._query.sort) if self._query.sort in names else -1
        order = Qt.SortOrder.DescendingOrder if self._query.is_descending else Qt.SortOrder.AscendingOrder
        self.horizontalHeader().setSortIndicator(section, order)

    # Groups

    def _group_field(self) -> Field | None:
        source = self._table_model.source
        if not self._query.group or not isinstance(source, ShapedSource):
            return None
        return next((entry for entry in source.group_fields if entry.name == self._query.group), None)

    def toggle_group(self, row: int) -> None:
        """Folds or opens the group whose title stands in a row."""
        groups, group = self._table_model.groups, self._table_model.group_at(row)
        if groups is not None and group is not None:
            self._fold(groups.folded ^ {group.key}, group)

    def fold_all(self, is_folded: bool = True) -> None:
        """Folds or opens every group."""
        groups = self._table_model.groups
        if groups is not None:
            self._fold({group.key for group in groups.groups} if is_folded else set())

    def _unfold_around(self, record_id: int) -> bool:
        groups = self._table_model.groups
        group = groups.group_of(record_id) if groups is not None else None
        if groups is None or group is None or group.key not in groups.folded:
            return False
        self._fold(groups.folded - {group.key})
        return True

    def _fold(self, keys: set[Any], toggled: RowGroup | None = None) -> None:
        """Folds these groups; selection stays, and the cursor on the title that was toggled."""
        model = self._table_model
        groups, field = model.groups, model.group_field
        if groups is None or field is None:
            return
        place = self._place(keeps_scroll=False)
        rows = self._rows_of(place)
        titles = groups.title_rows
        scroll = self.verticalScrollBar().value()
        self._folded[field.name] = keys
        self._is_restoring = True
        try:
            model.fold(keys)
            self._restore(place, {entry: groups.row_now(row, titles) for entry, row in rows.items()})
        finally:
            self._is_restoring = False
        self.verticalScrollBar().setValue(scroll)
        if toggled is not None:
            row = groups.title_rows[list(groups.groups).index(toggled)]
            index = model.index(row, self.first_shown())
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        self._tell_current()
        self.selection_changed.emit()

    # Events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, Ctrl+C copies, letters go to the row that begins so; on a title they fold."""
        row = self.currentIndex().row()
        groups, group = self._table_model.groups, self._table_model.group_at(row)
        if (
            groups is not None
            and group is not None
            and self._folds_by(event.key(), group.key in groups.folded)
        ):
            self.toggle_group(row)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._open(row)
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() == Qt.Key.Key_Space and self._letters.is_going_on() and not event.modifiers():
            self.keyboardSearch(" ")
        else:
            super().keyPressEvent(event)

    def _folds_by(self, key: int, is_folded: bool) -> bool:
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            return True
        return key == (Qt.Key.Key_Right if is_folded else Qt.Key.Key_Left)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the title of a group folds or opens it."""
        row = self.rowAt(event.position().toPoint().y())
        if event.button() == Qt.MouseButton.LeftButton and self._table_model.group_at(row) is not None:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.toggle_group(row)
            return
        super().mousePressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters typed in a list sorted by text go to the first row that begins so; else they are for the search box.

        Qt's own search would walk through every row.
        """
        if not search.strip() and not self._letters.is_going_on():
            return
        source, query = self._table_model.source, self._query
        kind = next((field.kind for field in source.fields if field.name == query.sort), None)
        if kind not in TEXTS or not isinstance(source, ShapedSource):
            self.typed.emit(search)
            return
        text = self._letters.add(search)

        def work(progress: Progress) -> int | None:
            progress.check()
            return source.beginning_with(query, text)

        def done(found: int | None) -> None:
            if found is None or not self.select(found):
                self._letters.forget()
                self.typed.emit(text)

        self._host.tasks.run(
            "read", work, owner=self, done=done, failed=self.load_failed.emit, replaces="typed"
        )

    def scrollTo(
        self,
        index: QModelIndex | QPersistentModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Sideways only as far as it must: what is held is seen already, and nothing may hide under it."""
        bar = self.horizontalScrollBar()
        before = bar.value()
        super().scrollTo(index, hint)
        held = self.frozen_width() if before else 0
        if before and index.column() == self.first_shown():
            bar.setValue(before)
        elif held and (left := self.columnViewportPosition(index.column())) < held:
            bar.setValue(bar.value() - (held - left))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The title under the cursor shows it."""
        super().focusInEvent(event)
        self._paint_title()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """And no longer."""
        super().focusOutEvent(event)
        self._paint_title()

    def _paint_title(self) -> None:
        if self._table_model.groups is not None:
            self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The row under the pointer is lit."""
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(event.position().toPoint().y()))

    def leaveEvent(self, event: QEvent) -> None:
        """No row is lit without the pointer."""
        super().leaveEvent(event)
        self._hover(-1)

    def changeEvent(self, event: QEvent) -> None:
        """Column titles follow the language."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.LanguageChange:
            model = self._table_model
            model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, model.columnCount() - 1)
            self._fit_columns()
            self.viewport().update()

    def _hover(self, row: int) -> None:
        before = self._delegate.hovered_row
        if row == before:
            return
        self._delegate.hovered_row = row
        height = self.verticalHeader().defaultSectionSize()
        for changed in (before, row):
            if changed >= 0:
                self.viewport().update(0, self.rowViewportPosition(changed), self.viewport().width(), height)

    def copy(self) -> None:
        """Copies the selected rows as tab-separated text that pastes into Excel, with titles for several rows."""
        row_transfer.copy_rows(self._host, self._table_model, self.selected_ids(), self.shown_columns())
