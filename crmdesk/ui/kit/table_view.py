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
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView

from crmdesk.text import _
from crmdesk.ui.kit import row_transfer
from crmdesk.ui.kit.column_widths import ColumnWidths
from crmdesk.ui.kit.columns import Column
from crmdesk.ui.kit.delegates import RowDelegate
from crmdesk.ui.kit.host import Host
from crmdesk.ui.kit.row_source import Query, Row, RowSource
from crmdesk.ui.kit.table_model import BLOCK_ROW_COUNT, TableModel
from crmdesk.ui.kit.tasks import Progress
from crmdesk.ui.kit.theme import theme

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


class TableView(QTableView):
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
        super().__init__()
        self.setObjectName(name)
        self._host = host
        self._table_model = TableModel(source, columns, host.tasks, self)
        self._is_restoring = False
        self._query = Query()
        self._widths = ColumnWidths(self._title_width)
        self._last_current: int | None = None
        self._is_fitting = False
        self.has_cell_cursor = False
        """Whether the cell of the cursor is marked: for tables whose cells open different things."""
        self.setModel(self._table_model)
        self._delegate = RowDelegate(self._table_model, self)
        self.setItemDelegate(self._delegate)
        self._set_manners()
        self._set_header()
        self._table_model.fetch_failed.connect(self.load_failed)
        self.selectionModel().currentRowChanged.connect(lambda *_changed: self._tell_current())
        self.selectionModel().currentChanged.connect(self._mark_cell)
        self.selectionModel().selectionChanged.connect(lambda *_changed: self._selection_moved())
        self._table_model.modelReset.connect(self._note_selected)
        self.doubleClicked.connect(lambda index: self._open(index.row()))
        theme().changed.connect(self._take_sizes)
        self._take_sizes()
        kept = host.settings.get(f"table.{name}")
        if isinstance(kept, dict):
            self.restore_layout(kept)

    def _set_manners(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def _set_header(self) -> None:
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.setSectionsMovable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicatorClearable(False)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._show_chooser)
        header.sectionClicked.connect(self._sort_by)
        header.sectionResized.connect(self._note_width)
        header.sectionMoved.connect(lambda *_moved: self._layout_touched())
        header.setObjectName(f"{self.objectName()}.header")
        for index, column in enumerate(self._table_model.columns()):
            self.setColumnHidden(index, column.is_hidden)

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

    def table_model(self) -> TableModel:
        """The model, typed."""
        return self._table_model

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

        def work(progress: Progress) -> _Answer:
            ids = source.ids(query)
            progress.check()
            wanted = {entry for entry in (*place.selected, place.current, place.top) if entry is not None}
            places = {entry: row for row, entry in enumerate(ids) if entry in wanted} if wanted else {}
            start = max(0, places.get(place.top, 0) - BLOCK_ROW_COUNT // 2) if place.top is not None else 0
            return _Answer(ids, dict(source.fetch(ids[start : start + BLOCK_ROW_COUNT])), places)

        def done(answer: _Answer) -> None:
            self.loading_changed.emit(False)
            self._show(answer, place)

        def failed(error: Exception) -> None:
            self.loading_changed.emit(False)
            self.load_failed.emit(error)

        self.loading_changed.emit(True)
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
            model.set_ids(answer.ids, answer.rows)
            self._restore(place, answer.places)
        finally:
            self._is_restoring = False
        self.loaded.emit(len(answer.ids))
        self._tell_current()
        self.selection_changed.emit()

    def _place(self, *, keeps_scroll: bool) -> _Place:
        count = self.selected_count()
        total = len(self._table_model.ids)
        ids = self.selected_ids() if count <= RESTORED_MAX else ()
        top_row = self.rowAt(1)
        top = self._table_model.id_at(top_row) if keeps_scroll and top_row >= 0 else None
        offset = self.rowViewportPosition(top_row) if top is not None else 0
        return _Place(self.current_id(), tuple(ids), bool(count) and count == total, top, offset)

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
        return [entry for top, bottom in sorted(self._spans()) for entry in ids[top : bottom + 1]]

    def _spans(self) -> list[tuple[int, int]]:
        """First and last row of every selected stretch; plain numbers, because ranges die with their selection."""
        selection = self.selectionModel().selection()
        parts = (selection.at(place) for place in range(selection.count()))
        return [(part.top(), part.bottom()) for part in parts]

    def selected_count(self) -> int:
        """How many records are selected, without listing them."""
        return sum(bottom - top + 1 for top, bottom in self._spans())

    def select(self, record_id: int | None) -> bool:
        """Puts the cursor on a record and brings it into view; False when it is not in the set."""
        row = self._table_model.row_of_id(record_id) if record_id is not None else -1
        if row < 0:
            self.clearSelection()
            return False
        self._select_row(row)
        self.scrollTo(self._table_model.index(row, self._first_shown()))
        return True

    def _select_row(self, row: int) -> None:
        """This row alone, whatever keys are held down (QTableView.selectRow would toggle with Ctrl)."""
        index = self._table_model.index(row, self._first_shown())
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def select_first(self) -> None:
        """Puts the cursor on the first row if there is one."""
        if self._table_model.ids:
            self._select_row(0)

    def _first_shown(self) -> int:
        header = self.horizontalHeader()
        shown = (header.logicalIndex(place) for place in range(header.count()))
        return next((index for index in shown if not self.isColumnHidden(index)), 0)

    def _mark_cell(self, index: QModelIndex, before: QModelIndex) -> None:
        if self.has_cell_cursor:
            self._delegate.cursor = (index.row(), index.column())
            self.update(before)
            self.update(index)

    def _tell_current(self) -> None:
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

    def column_menu(self) -> QMenu:
        """A menu to choose the columns."""
        menu = QMenu(self)
        menu.setObjectName(f"{self.objectName()}.columns")
        for index, column in enumerate(self._table_model.columns()):
            action = menu.addAction(_(column.field.label))
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(index))
            action.toggled.connect(lambda is_on, place=index: self._set_shown(place, is_on))
        return menu

    def shown_columns(self) -> list[Column]:
        """The columns that are shown, in the order they stand (for export)."""
        header = self.horizontalHeader()
        order = [header.logicalIndex(place) for place in range(header.count())]
        return [self._table_model.columns()[index] for index in order if not self.isColumnHidden(index)]

    def _show_chooser(self, point: QPoint) -> None:
        self.column_menu().popup(self.horizontalHeader().mapToGlobal(point))

    def _set_shown(self, index: int, is_on: bool) -> None:
        if not is_on and len(self.shown_columns()) <= 1:
            return  # a list without columns could not be brought back
        self.setColumnHidden(index, not is_on)
        self._fit_columns()
        self._layout_touched()

    def layout_state(self) -> dict[str, Any]:
        """Order, chosen widths (in digits, so that they follow the text size) and hidden columns, as plain data."""
        header = self.horizontalHeader()
        names = [column.field.name for column in self._table_model.columns()]
        return {
            "order": [names[header.logicalIndex(place)] for place in range(header.count())],
            "hidden": [name for index, name in enumerate(names) if self.isColumnHidden(index)],
            "widths": self._widths.state(),
        }

    def restore_layout(self, state: dict[str, Any]) -> None:
        """Takes back a kept layout; columns it does not know stay where they are."""
        header = self.horizontalHeader()
        names = [column.field.name for column in self._table_model.columns()]
        hidden = state.get("hidden")
        known = state.get("order") or []
        for index, name in enumerate(names):
            if isinstance(hidden, list) and name in known:
                self.setColumnHidden(index, name in hidden)
        for place, name in enumerate(entry for entry in known if entry in names):
            header.moveSection(header.visualIndex(names.index(name)), place)
        self._widths.restore(state.get("widths"))
        self._fit_columns()

    def _layout_touched(self) -> None:
        self._delegate.edge_column = self._first_shown()
        self._host.settings.put(f"table.{self.objectName()}", self.layout_state())

    def _note_width(self, section: int, before: int, after: int) -> None:
        if self._is_fitting or before == 0 or after == 0:
            return
        self._widths.choose(self._table_model.columns()[section], after)
        self._fit_columns(keeps=section)
        self._layout_touched()

    def _take_sizes(self) -> None:
        sizes = theme().metrics
        self.verticalHeader().setDefaultSectionSize(sizes.row)
        self.verticalHeader().setMinimumSectionSize(sizes.row)
        self.horizontalHeader().setFixedHeight(sizes.header)
        self.horizontalHeader().setMinimumSectionSize(sizes.em(4))
        self._fit_columns()

    def _title_width(self, column: Column) -> int:
        """The title with the arrow of the sorting."""
        title = self.horizontalHeader().fontMetrics().horizontalAdvance(_(column.field.label))
        return title + theme().metrics.space(3) + 2 * theme().metrics.cell_padding

    def _fit_columns(self, keeps: int = -1) -> None:
        columns = self._table_model.columns()
        shown = [index for index in range(len(columns)) if not self.isColumnHidden(index)]
        self._is_fitting = True
        try:
            for index, width in self._widths.fitted(columns, shown, self.viewport().width(), keeps).items():
                self.setColumnWidth(index, width)
        finally:
            self._is_fitting = False
        self._delegate.edge_column = self._first_shown()

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Columns follow the width."""
        super().resizeEvent(event)
        self._fit_columns()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, Ctrl+C copies, letters go to the search."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._open(self.currentIndex().row())
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters typed in the list are for the search box: Qt's own search would walk through every row."""
        if search.strip():
            self.typed.emit(search)

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
