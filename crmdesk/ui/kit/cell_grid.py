"""A table of figures whose cells are coloured by how large they are, or hold a bar and how they differ from another.

For some thousand cells that are all at hand: a cross table, groups side by side. Arrows move, Enter opens, Ctrl+C
copies all of it for Excel; `picture` is the whole of it as an image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from crmdesk.ui.kit import tokens
from crmdesk.ui.kit.theme import theme

_Index = QModelIndex | QPersistentModelIndex
_HEAT_MOST = 0.44
"""How much of the accent the warmest cell takes: text on it keeps 4.5:1 in both schemes."""
_ROW_EM, _COLUMN_EM, _COLUMN_LEAST_EM = 34, 30, 9
PICTURE_CELLS_MAX = 3_000


@dataclass(frozen=True, slots=True)
class GridCell:
    """`heat` and `bar` are 0 to 100; `note` stands smaller below, in its tone."""

    text: str
    note: str = ""
    tone: str = ""
    heat: int = 0
    bar: int = 0
    tip: str = ""
    is_muted: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """What is shown: titles of rows and columns, cells by row; the last row or column may be totals."""

    rows: Sequence[str] = ()
    columns: Sequence[str] = ()
    cells: Sequence[Sequence[GridCell]] = ()
    has_total_row: bool = False
    has_total_column: bool = False
    row_tips: Sequence[str] = field(default=())
    has_notes: bool = False

    def is_total(self, row: int, column: int) -> bool:
        """Whether a cell is a sum of others."""
        return (self.has_total_row and row == len(self.rows) - 1) or (
            self.has_total_column and column == len(self.columns) - 1
        )


class _Model(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.grid = Grid()

    def use(self, grid: Grid) -> None:
        self.beginResetModel()
        self.grid = grid
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 Qt's own signature
        return 0 if parent.isValid() else len(self.grid.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.grid.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        cell = self.grid.cells[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.text
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            spoken = " ".join(filter(None, (cell.text, cell.note)))
            head = f"{self.grid.rows[index.row()]} × {self.grid.columns[index.column()]}: {spoken}"
            return "\n".join(filter(None, (head, cell.tip)))
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        across = orientation is Qt.Orientation.Horizontal
        titles = self.grid.columns if across else self.grid.rows
        if section >= len(titles):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return titles[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            tips = () if across else self.grid.row_tips
            return tips[section] if section < len(tips) and tips[section] else titles[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if across else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.FontRole and self.grid.is_total(
            -1 if across else section, section if across else -1
        ):
            return theme().metrics.font_of(tokens.SMALL, is_bold=True)
        return None


def _mixed(base: str, other: str, share: float) -> QColor:
    one, two = QColor(base), QColor(other)
    return QColor(
        *(
            round(a + (b - a) * share)
            for a, b in zip(
                (one.red(), one.green(), one.blue()), (two.red(), two.green(), two.blue()), strict=True
            )
        )
    )


class _Fonts:
    """Put together once per look."""

    def __init__(self) -> None:
        sizes = theme().metrics
        self.plain = sizes.font_of(tokens.TEXT, has_figures=True)
        self.strong = sizes.font_of(tokens.TEXT, is_bold=True, has_figures=True)
        self.small = sizes.font_of(tokens.TINY, has_figures=True)


def _paint_cell(painter: QPainter, rect: QRect, cell: GridCell, fonts: _Fonts, *, is_total: bool) -> None:
    """One cell: its fill, the figure at the right, the note below it."""
    look = theme()
    colours, space = look.colours, look.metrics.space
    if is_total:
        painter.fillRect(rect, QColor(colours.raised))
    elif cell.heat > 0:
        # the smallest that is there is still told from nothing
        share = _HEAT_MOST * (0.10 + 0.90 * min(cell.heat, 100) / 100)
        painter.fillRect(rect, _mixed(colours.surface, colours.accent, share))
    if cell.bar > 0:
        width = max(round((rect.width() - 2 * space(1.5)) * min(cell.bar, 100) / 100), 2)
        height = space(1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_mixed(colours.surface, colours.ink(cell.tone or "accent"), 0.6))
        painter.drawRoundedRect(
            QRectF(rect.left() + space(1.5), rect.bottom() - height - 2, width, height), 1.5, 1.5
        )
    inner = rect.adjusted(space(1.5), 0, -look.metrics.cell_padding, 0)
    right = Qt.AlignmentFlag.AlignRight | Qt.TextFlag.TextSingleLine
    font = fonts.strong if is_total else fonts.plain
    painter.setFont(font)
    painter.setPen(QColor(colours.third if cell.is_muted else colours.text))
    text = QFontMetrics(font).elidedText(cell.text, Qt.TextElideMode.ElideRight, inner.width())
    if not cell.note:
        lift = space(0.75) if cell.bar > 0 else 0
        painter.drawText(inner.adjusted(0, 0, 0, -lift), int(right | Qt.AlignmentFlag.AlignVCenter), text)
        return
    small = QFontMetrics(fonts.small)
    above, below = QFontMetrics(font).height(), small.height()
    top = inner.top() + max((inner.height() - above - below - space(1)) // 2, 0)
    painter.drawText(QRect(inner.left(), top, inner.width(), above), int(right), text)
    painter.setFont(fonts.small)
    painter.setPen(QColor(colours.ink(cell.tone or "second")))
    note = small.elidedText(cell.note, Qt.TextElideMode.ElideRight, inner.width())
    painter.drawText(QRect(inner.left(), top + above, inner.width(), below), int(right), note)


class _Delegate(QStyledItemDelegate):
    def __init__(self, view: CellGrid) -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        grid = self._view.grid()
        at: Any = option
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cell = grid.cells[index.row()][index.column()]
        is_total = grid.is_total(index.row(), index.column())
        _paint_cell(painter, at.rect, cell, self._view.fonts, is_total=is_total)
        if index.row() == self._view.currentIndex().row() and (
            index.column() == self._view.currentIndex().column()
        ):
            colours = theme().colours
            has_keys = self._view.hasFocus()
            painter.setPen(QPen(QColor(colours.accent if has_keys else colours.third), 2 if has_keys else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(at.rect).adjusted(1.5, 1.5, -2, -2), 3, 3)
        painter.restore()


class CellGrid(QTableView):
    """`chosen(row, column)` by Enter or double click, `moved(row, column)` when the cursor moves."""

    chosen = Signal(int, int)
    moved = Signal(int, int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.fonts = _Fonts()
        self._sizes = (0, 0)
        self._model = _Model()
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setTextElideMode(Qt.TextElideMode.ElideRight)
            header.setHighlightSections(False)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setSectionsClickable(False)
        self.doubleClicked.connect(lambda index: self.chosen.emit(index.row(), index.column()))
        theme().changed.connect(self._follow_look)

    def grid(self) -> Grid:
        """What is shown."""
        return self._model.grid

    def show_grid(self, grid: Grid) -> None:
        """Other figures; the cursor stays on the cell of the same titles, and the scroll where it was."""
        before, current = self._model.grid, self.currentIndex()
        kept = (
            (before.rows[current.row()], before.columns[current.column()]) if current.isValid() else ("", "")
        )
        across, down = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        self._model.use(grid)
        self._measure()
        if not grid.rows or not grid.columns:
            return
        row = list(grid.rows).index(kept[0]) if kept[0] in grid.rows else 0
        column = list(grid.columns).index(kept[1]) if kept[1] in grid.columns else 0
        self.setCurrentIndex(self._model.index(row, column))
        self.horizontalScrollBar().setValue(across)
        self.verticalScrollBar().setValue(down)

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        """Tells where the cursor is now."""
        super().currentChanged(current, previous)
        self.viewport().update()
        if current.isValid():
            self.moved.emit(current.row(), current.column())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the cell; Ctrl+C copies the table; Home and End go to the ends of the row."""
        index = self.currentIndex()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_text()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self.chosen.emit(index.row(), index.column())
        else:
            super().keyPressEvent(event)

    def copy_text(self) -> None:
        """The whole table as text with tabs."""
        grid = self.grid()
        lines = ["\t".join(("", *grid.columns))]
        lines += [
            "\t".join((title, *(cell.text.replace(",", "") for cell in row)))
            for title, row in zip(grid.rows, grid.cells, strict=True)
        ]
        QGuiApplication.clipboard().setText("\n".join(lines))

    # Look

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The mark of the cursor becomes strong."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """And quiet again."""
        super().focusOutEvent(event)
        self.viewport().update()

    def _follow_look(self) -> None:
        self.fonts = _Fonts()
        self._measure()

    def changeEvent(self, event: QEvent) -> None:
        """Another font, other widths."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange and hasattr(self, "_model"):
            self._measure()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Few columns take the whole width."""
        super().resizeEvent(event)
        self._lay_out()

    def _measure(self) -> None:
        """How wide row titles and columns must be: once for a content and a look, since it asks for each cell."""
        sizes, grid = theme().metrics, self.grid()
        head = QFontMetrics(sizes.font_of(tokens.SMALL, is_bold=True))
        strong, small = QFontMetrics(self.fonts.strong), QFontMetrics(self.fonts.small)
        padding = 2 * sizes.cell_padding + sizes.space(2)
        title = max((head.horizontalAdvance(one) for one in grid.rows), default=0) + padding
        cell = max((head.horizontalAdvance(one) for one in grid.columns), default=0)
        for row in grid.cells[:200]:
            for one in row:
                # digits are of one width: the longest text is the widest
                cell = max(cell, strong.horizontalAdvance(one.text), small.horizontalAdvance(one.note))
        widest = min(max(cell + padding, sizes.em(_COLUMN_LEAST_EM)), sizes.em(_COLUMN_EM))
        self._sizes = (min(title, sizes.em(_ROW_EM)), widest)
        self._lay_out()

    def _lay_out(self) -> None:
        sizes, grid = theme().metrics, self.grid()
        title, cell = self._sizes
        self.verticalHeader().setFixedWidth(title)
        self.verticalHeader().setDefaultSectionSize(sizes.row + (sizes.space(3) if grid.has_notes else 0))
        self.horizontalHeader().setFixedHeight(sizes.header)
        count = len(grid.columns)
        room = self.viewport().width() // count if count else 0
        self.horizontalHeader().setDefaultSectionSize(max(cell, min(room, sizes.em(_COLUMN_EM))))

    def picture(self, title: str, detail: str = "") -> QImage:
        """The whole table as an image with its words above, whatever part of it is in sight."""
        look, grid = theme(), self.grid()
        sizes, colours = look.metrics, look.colours
        ratio = 2.0
        side, width = self._sizes
        row, head, edge = self.verticalHeader().defaultSectionSize(), sizes.header, sizes.space(4)
        rows = min(len(grid.rows), max(PICTURE_CELLS_MAX // max(len(grid.columns), 1), 1))
        top = edge + QFontMetrics(sizes.font_of(tokens.HEADING)).height() * (2 if detail else 1) + edge // 2
        size = QSize(2 * edge + side + width * len(grid.columns), top + head + row * rows + edge)
        image = QImage(size * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(QColor(colours.surface))
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

        def write(rect: QRect, text: str, font: QFont, ink: str, side_flag: Qt.AlignmentFlag) -> None:
            painter.setFont(font)
            painter.setPen(QColor(ink))
            shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
            painter.drawText(rect, int(side_flag | Qt.AlignmentFlag.AlignVCenter), shown)

        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        whole = size.width() - 2 * edge
        line = QFontMetrics(sizes.font_of(tokens.HEADING)).height()
        small, bold = sizes.font_of(tokens.SMALL), sizes.font_of(tokens.HEADING, is_bold=True)
        write(QRect(edge, edge, whole, line), title, bold, colours.text, left)
        if detail:
            write(QRect(edge, edge + line, whole, line), detail, small, colours.second, left)
        for at, words in enumerate(grid.columns):
            place = QRect(edge + side + at * width, top, width - sizes.cell_padding, head)
            write(place, words, small, colours.second, right)
        for at in range(rows):
            height = top + head + at * row
            place = QRect(edge, height, side - sizes.space(1), row)
            write(place, grid.rows[at], small, colours.second, left)
            for column, cell in enumerate(grid.cells[at]):
                spot = QRect(edge + side + column * width, height, width - 1, row - 1)
                _paint_cell(painter, spot, cell, self.fonts, is_total=grid.is_total(at, column))
        painter.end()
        return image
