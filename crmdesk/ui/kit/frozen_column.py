"""The first column stays while a list is scrolled sideways, and titles of groups run across all columns.

Both are painted over what the table has painted: one model, one selection, one hover, nothing to keep in step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHeaderView, QStyleOptionViewItem

from crmdesk.ui.kit.columns import DASH, number
from crmdesk.ui.kit.icons import pixmap
from crmdesk.ui.kit.row_groups import group_words
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.ui.kit.row_groups import RowGroup
    from crmdesk.ui.kit.table_shape import TableShape

SHARE_MAX = 0.5
"""A first column wider than this share of the room is not held: nothing would be left to scroll."""


class FrozenHeader(QHeaderView):
    """Titles of a list; that of the first column stays at the left edge."""

    def __init__(self, table: TableShape) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._table = table
        self._is_pressed = False

    def paintEvent(self, event: QPaintEvent) -> None:
        """The held title over the others."""
        super().paintEvent(event)
        width = self._table.frozen_width()
        if not width:
            return
        painter = QPainter(self.viewport())
        painter.fillRect(QRect(0, 0, width, self.height()), QColor(theme().colours.surface))
        self.paintSection(painter, QRect(0, 0, width, self.height()), self._table.first_shown())
        _edge(painter, width, 0, self.height())
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """What lies under the held title is not pressed."""
        self._is_pressed = event.position().x() < self._table.frozen_width()
        if not self._is_pressed:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Nor drawn wider."""
        if not self._is_pressed and event.position().x() >= self._table.frozen_width():
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on the held title sorts by it."""
        if not self._is_pressed:
            super().mouseReleaseEvent(event)
            return
        self._is_pressed = False
        if event.button() == Qt.MouseButton.LeftButton and event.position().x() < self._table.frozen_width():
            self.sectionClicked.emit(self._table.first_shown())


def paint_frozen(table: TableShape, painter: QPainter, area: QRect) -> None:
    """The cells of the first column at the left edge."""
    width = table.frozen_width()
    if not width or area.left() > width:
        return
    model = table.table_model()
    column = table.first_shown()
    height = table.verticalHeader().defaultSectionSize()
    surface = QColor(theme().colours.surface)
    option = QStyleOptionViewItem()
    delegate = table.row_delegate()
    for row in table.rows_in(area):
        if model.id_at(row) is None:
            continue
        cell = QRect(0, table.rowViewportPosition(row), width, height)
        painter.fillRect(cell, surface)
        option.rect = cell  # pyright: ignore[reportAttributeAccessIssue]
        delegate.paint(painter, option, model.index(row, column))
    rows = model.rowCount()
    bottom = table.rowViewportPosition(rows - 1) + height if rows else 0
    _edge(painter, width, area.top(), min(area.bottom() + 1, bottom))


def _edge(painter: QPainter, x: int, top: int, bottom: int) -> None:
    """What is held stands apart from what goes under it."""
    painter.setPen(QPen(QColor(theme().colours.border), 1))
    painter.drawLine(x - 1, top, x - 1, bottom - 1)


def paint_groups(table: TableShape, painter: QPainter, area: QRect) -> None:
    """The titles of groups: fold mark, words and count at the left, sums under their columns."""
    model = table.table_model()
    if model.groups is None or model.group_field is None:
        return
    for row in table.rows_in(area):
        group = model.group_at(row)
        if group is not None:
            _paint_group(table, painter, row, group)


def _paint_group(table: TableShape, painter: QPainter, row: int, group: RowGroup) -> None:
    look = theme()
    colours, sizes = look.colours, look.metrics
    model = table.table_model()
    if model.groups is None or model.group_field is None:
        return
    height = table.verticalHeader().defaultSectionSize()
    top = table.rowViewportPosition(row)
    width = min(
        table.viewport().width(), max(table.horizontalHeader().length() - table.horizontalOffset(), 0)
    )
    band = QRect(0, top, width, height)
    painter.fillRect(
        band, QColor(colours.hover if row == table.row_delegate().hovered_row else colours.raised)
    )
    is_current = table.currentIndex().row() == row
    if is_current and table.hasFocus():
        painter.fillRect(QRect(0, top, sizes.edge, height), QColor(colours.accent))
    painter.setPen(QPen(QColor(colours.hairline), 1))
    painter.drawLine(band.bottomLeft(), band.bottomRight())
    left = sizes.cell_padding
    mark = "chevron-right" if group.key in model.groups.folded else "chevron-down"
    drawing = pixmap(mark, "second", ratio=table.devicePixelRatioF())
    painter.drawPixmap(left, top + (height - sizes.icon) // 2, drawing)
    left += sizes.icon + sizes.space(1.5)
    end = _paint_sums(table, painter, band, group, left)
    title = group_words(model.group_field, group)
    painter.setFont(table.row_delegate().bold)
    count = f"{group.size:,}"
    metrics = painter.fontMetrics()
    room = max(0, end - left - metrics.horizontalAdvance(count) - 3 * sizes.space(2))
    title = metrics.elidedText(title, Qt.TextElideMode.ElideRight, room)
    words = QRect(left, top, end - left, height - 1)
    flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
    painter.setPen(QColor(colours.text))
    painter.drawText(words, flags, title)
    words.setLeft(left + metrics.horizontalAdvance(title) + sizes.space(2))
    painter.setFont(table.row_delegate().plain)
    painter.setPen(QColor(colours.third))
    painter.drawText(words, flags, count)


def _paint_sums(table: TableShape, painter: QPainter, band: QRect, group: RowGroup, left: int) -> int:
    """Each sum under its column, as far right of the title as its column stands; gives where the title ends."""
    sizes = theme().metrics
    end = band.right()
    painter.setFont(table.row_delegate().bold)
    colours = theme().colours
    flags = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
    for index, column in enumerate(table.table_model().columns()):
        total = group.sums.get(column.field.name)
        if total is None or table.isColumnHidden(index):
            continue
        words = total if isinstance(total, str) else number(total)
        right = table.columnViewportPosition(index) + table.columnWidth(index) - sizes.cell_padding
        start = right - painter.fontMetrics().horizontalAdvance(words)
        if start < left + sizes.em(10):
            continue  # scrolled under the title
        painter.setPen(QColor(colours.third if words == DASH else colours.text))
        painter.drawText(QRect(start, band.top(), right - start, band.height() - 1), flags, words)
        end = min(end, start)
    return end
