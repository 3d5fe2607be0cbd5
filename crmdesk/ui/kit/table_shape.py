"""The shape of a list: columns, their order, widths and titles, the column that stays, rows of groups as painted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QItemSelectionModel, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from crmdesk.text import _
from crmdesk.ui.kit.column_widths import ColumnWidths
from crmdesk.ui.kit.columns import Column
from crmdesk.ui.kit.delegates import RowDelegate
from crmdesk.ui.kit.frozen_column import SHARE_MAX, FrozenHeader, paint_frozen, paint_groups
from crmdesk.ui.kit.host import Host
from crmdesk.ui.kit.row_source import RowSource
from crmdesk.ui.kit.table_model import TableModel
from crmdesk.ui.kit.theme import theme


class TableShape(QTableView):
    """A table without its rows. `name` is its object name and the key of its kept layout."""

    menu_requested = Signal(int, QPoint)
    """The column whose title was asked for its menu, and where (global)."""
    layout_changed = Signal()

    def __init__(self, host: Host, source: RowSource, columns: Sequence[Column], name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._host = host
        self._table_model = TableModel(source, columns, host.tasks, self)
        self._widths = ColumnWidths(self._title_width)
        self._is_fitting = False
        self._is_laying_out = False
        self.setModel(self._table_model)
        self._delegate = RowDelegate(self._table_model, self)
        self.setItemDelegate(self._delegate)
        self._set_manners()
        self._set_header()
        self._standard = self.layout_state()
        theme().changed.connect(self._take_sizes)
        self._take_sizes()
        kept = host.settings.get(f"table.{name}")
        if isinstance(kept, dict):
            self.restore_layout(kept)

    def table_model(self) -> TableModel:
        """The model, typed."""
        return self._table_model

    def row_delegate(self) -> RowDelegate:
        """What paints the cells, typed."""
        return self._delegate

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
        header = FrozenHeader(self)
        self.setHorizontalHeader(header)
        # One of its own: with the rows' selection the header asks every row of a column whether it is selected.
        header.setSelectionModel(QItemSelectionModel(self._table_model, header))
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.setSectionsMovable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicatorClearable(False)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._ask_for_menu)
        header.sectionResized.connect(self._note_width)
        header.sectionMoved.connect(lambda *_moved: self._layout_touched())
        header.setObjectName(f"{self.objectName()}.header")
        for index, column in enumerate(self._table_model.columns()):
            self.setColumnHidden(index, column.is_hidden)

    # The column that stays

    def frozen_width(self) -> int:
        """How wide the first column is held at the left edge; 0 while nothing is scrolled under it."""
        if self.horizontalOffset() <= 0:
            return 0
        width = self.columnWidth(self.first_shown())
        return width if width <= self.viewport().width() * SHARE_MAX else 0

    def rows_in(self, area: QRect) -> range:
        """The rows that are seen in a part of the viewport."""
        top, bottom = self.rowAt(area.top()), self.rowAt(area.bottom())
        if top < 0:
            return range(0)
        return range(top, (bottom if bottom >= 0 else self._table_model.rowCount() - 1) + 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Cells, then what stands over them."""
        super().paintEvent(event)
        if self._table_model.groups is None and not self.frozen_width():
            return
        painter = QPainter(self.viewport())
        paint_frozen(self, painter, event.rect())
        paint_groups(self, painter, event.rect())
        painter.end()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Sideways the pixels of what stays must not move along."""
        super().scrollContentsBy(dx, dy)
        if dx:
            self.viewport().update()
            self.horizontalHeader().viewport().update()

    # Columns

    def standard_layout(self) -> dict[str, Any]:
        """The layout before anybody changed it."""
        return self._standard

    def use_columns(self, columns: Sequence[Column]) -> None:
        """Other columns: those that stay keep place and width, new ones stand where they are declared."""
        state, header = self.layout_state(), self.horizontalHeader()
        self._is_laying_out = True
        try:
            self._table_model.set_columns(columns)
            for place, column in enumerate(columns):
                header.moveSection(header.visualIndex(place), place)
                self.setColumnHidden(place, column.is_hidden)
        finally:
            self._is_laying_out = False
        self._standard = self.layout_state() | {"widths": self._standard["widths"]}
        self.restore_layout(state)

    def arrange(self, names: Sequence[str], shown: Sequence[str]) -> None:
        """The columns in this order, these of them shown; at least one is."""
        if shown:
            state = self.layout_state()
            state["order"] = list(names)
            state["hidden"] = [name for name in names if name not in shown]
            self.use_layout(state)

    def move_column(self, index: int, by: int) -> None:
        """Moves a shown column past its shown neighbour."""
        header = self.horizontalHeader()
        place = header.visualIndex(index) + by
        while 0 <= place < header.count() and self.isColumnHidden(header.logicalIndex(place)):
            place += by
        if 0 <= place < header.count():
            header.moveSection(header.visualIndex(index), place)

    def hide_column(self, index: int) -> None:
        """Takes a column away, unless it is the last one."""
        self._set_shown(index, False)

    def _ask_for_menu(self, point: QPoint) -> None:
        header = self.horizontalHeader()
        is_held = point.x() < self.frozen_width()
        index = self.first_shown() if is_held else header.logicalIndexAt(point)
        if index >= 0:
            self.menu_requested.emit(index, header.mapToGlobal(point))

    def first_shown(self) -> int:
        """The column at the left edge."""
        header = self.horizontalHeader()
        shown = (header.logicalIndex(place) for place in range(header.count()))
        return next((index for index in shown if not self.isColumnHidden(index)), 0)

    def columns_in_order(self) -> list[Column]:
        """All columns in the order they stand, hidden ones too."""
        header = self.horizontalHeader()
        return [self._table_model.columns()[header.logicalIndex(place)] for place in range(header.count())]

    def shown_columns(self) -> list[Column]:
        """The columns that are shown, in the order they stand (for export)."""
        header = self.horizontalHeader()
        order = [header.logicalIndex(place) for place in range(header.count())]
        return [self._table_model.columns()[index] for index in order if not self.isColumnHidden(index)]

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
        self._is_laying_out = True  # half of a layout is none, and must not be kept
        try:
            self._widths.restore(state.get("widths"))
            for index, name in enumerate(names):
                if isinstance(hidden, list) and name in known:
                    self.setColumnHidden(index, name in hidden)
            for place, name in enumerate(entry for entry in known if entry in names):
                header.moveSection(header.visualIndex(names.index(name)), place)
        finally:
            self._is_laying_out = False
        self._fit_columns()
        self._delegate.edge_column = self.first_shown()

    def use_layout(self, state: dict[str, Any]) -> None:
        """Takes a layout of a saved view and keeps it as the user's own."""
        self.restore_layout(state)
        self._layout_touched()

    def _layout_touched(self) -> None:
        if self._is_laying_out:
            return
        self._delegate.edge_column = self.first_shown()
        self._host.settings.put(f"table.{self.objectName()}", self.layout_state())
        self.layout_changed.emit()

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
        self._delegate.edge_column = self.first_shown()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Columns follow the width."""
        super().resizeEvent(event)
        self._fit_columns()
