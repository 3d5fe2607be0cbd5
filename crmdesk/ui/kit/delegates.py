"""Paints the cells of lists: soft selection with an accent edge, chips, muted dashes, tones, elided text."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from crmdesk.ui.kit import tokens
from crmdesk.ui.kit.columns import DASH, Column, choice_tone
from crmdesk.ui.kit.row_source import Row
from crmdesk.ui.kit.table_model import TableModel
from crmdesk.ui.kit.theme import theme

_Index = QModelIndex | QPersistentModelIndex
# Put together once: enumerations cost more than the drawing.
_LINE = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
_RIGHT, _LEFT = int(Qt.AlignmentFlag.AlignRight | _LINE), int(Qt.AlignmentFlag.AlignLeft | _LINE)


def paint_chip(
    painter: QPainter,
    rect: QRect,
    text: str,
    tone: str,
    font: QFont,
    height: int,
    *,
    is_selected: bool = False,
) -> None:
    """A chip at the left of a cell, vertically centred, no wider than the cell."""
    ink, fill = theme().colours.tone(tone)
    if is_selected:
        fill = theme().colours.surface  # the soft fill of the row would swallow it
    metrics = QFontMetrics(font)
    padding = height // 2 - 2
    width = min(max(metrics.horizontalAdvance(text) + 2 * padding, height), rect.width())
    body = QRectF(rect.left(), rect.center().y() - height / 2 + 0.5, width, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(fill))
    painter.drawRoundedRect(body, height / 2, height / 2)
    painter.setPen(QColor(ink))
    painter.setFont(font)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, round(width - padding))
    painter.drawText(body, Qt.AlignmentFlag.AlignCenter, shown)
    painter.restore()


class RowDelegate(QStyledItemDelegate):
    """Paints a `TableModel` without asking it by roles. Colours and fonts are read again when the look changes."""

    def __init__(self, model: TableModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self.hovered_row = -1
        self.selected: list[tuple[int, int]] = []
        """First and last row of every selected stretch; the view keeps it."""
        self.edge_column = 0
        self.cursor: tuple[int, int] = (-1, -1)
        """Row and column of the cell that is marked, in tables that mark one."""
        theme().changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Reads the look."""
        look = theme()
        colours, sizes = look.colours, look.metrics
        self._soft = QColor(colours.accent_soft)
        self._hover = QColor(colours.hover)
        self._accent = QColor(colours.accent)
        self._hairline = QPen(QColor(colours.hairline), 1)
        self._inks = {
            tone: QColor(colours.ink(tone))
            for tone in ("", "second", "third", "good", "warn", "danger", "info", "accent")
        }
        self.plain = sizes.font_of(tokens.TEXT, has_figures=True)
        self.bold = sizes.font_of(tokens.TEXT, is_bold=True, has_figures=True)
        self._small = sizes.font_of(tokens.SMALL)
        self._metrics = QFontMetrics(self.plain)
        self._bold_metrics = QFontMetrics(self.bold)
        self._padding = sizes.cell_padding
        self._edge = sizes.edge
        self._chip = sizes.chip
        self._placeholder = QColor(colours.hairline)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Rows have one height; widths come from the fields."""
        del option
        column = self._model.columns()[index.column()]
        text = self._model.cell(index.row(), index.column()) or ""
        metrics = self._bold_metrics if column.is_strong else self._metrics
        return QSize(metrics.horizontalAdvance(text) + 2 * self._padding + 4, theme().metrics.row)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """One cell."""
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        row, column_index = index.row(), index.column()
        is_selected = any(top <= row <= bottom for top, bottom in self.selected)
        if is_selected:
            painter.fillRect(rect, self._soft)
        elif row == self.hovered_row:
            painter.fillRect(rect, self._hover)
        painter.setPen(self._hairline)
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if is_selected and column_index == self.edge_column:
            painter.fillRect(QRect(rect.left(), rect.top(), self._edge, rect.height()), self._accent)
        if (row, column_index) == self.cursor:
            painter.setPen(QPen(self._accent, 1))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        values = self._model.row_at(row)
        inner = rect.adjusted(self._padding, 0, -self._padding, -1)
        column = self._model.columns()[column_index]
        if values is None:
            if self._model.id_at(row) is not None:
                self._paint_placeholder(painter, inner, column)
            return
        text = self._model.cell(row, column_index) or ""
        if not text:
            return
        tone = column.tone(values) if column.tone is not None else ""
        if column.is_chip and text != DASH:
            chip_tone = tone or choice_tone(column.field, self._model.value(row, column_index))
            paint_chip(painter, inner, text, chip_tone, self._small, self._chip, is_selected=is_selected)
            return
        self._paint_text(painter, inner, column, text, tone, values)

    def _paint_text(
        self, painter: QPainter, inner: QRect, column: Column, text: str, tone: str, values: Row
    ) -> None:
        del values
        if text == DASH:
            ink = self._inks["third"]
        elif tone:
            ink = self._inks.get(tone, self._inks[""])
        elif column.is_numeric and text.startswith("\u2212"):
            ink = self._inks["danger"]
        else:
            ink = self._inks["second" if column.is_muted else ""]
        metrics = self._metrics
        if column.is_strong:
            painter.setFont(self.bold)
            metrics = self._bold_metrics
        else:
            painter.setFont(self.plain)
        if metrics.horizontalAdvance(text) > inner.width():
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
        painter.setPen(ink)
        painter.drawText(inner, _RIGHT if column.is_numeric else _LEFT, text)

    def _paint_placeholder(self, painter: QPainter, inner: QRect, column: Column) -> None:
        """A quiet bar where a value is on its way."""
        height = self._metrics.height() // 2
        width = round(inner.width() * (0.5 if column.is_numeric else 0.7))
        left = inner.right() - width if column.is_numeric else inner.left()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._placeholder)
        painter.drawRoundedRect(
            QRectF(left, inner.center().y() - height / 2, width, height), height / 2, height / 2
        )
        painter.restore()
