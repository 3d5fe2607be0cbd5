"""A list under small headings, as the search and the lists of shortcuts show it: icon, words with the typed part
in bold, a quiet note, a figure, keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import (
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPen, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from crmdesk.ui.kit import tokens
from crmdesk.ui.kit.icons import pixmap
from crmdesk.ui.kit.record_list import RECORD, Index, RecordList
from crmdesk.ui.kit.theme import theme

_PAGE = 8
KEYS_APART = "  "
"""Between two keys of one line."""


class Line(NamedTuple):
    """One row; texts are finished. `parts` are (start, length) of the title that were typed."""

    title: str
    note: str = ""
    figure: str = ""
    keys: str = ""
    icon: str = ""
    parts: tuple[tuple[int, int], ...] = ()
    is_heading: bool = False
    is_muted: bool = False
    data: Any = None

    def spoken(self) -> str:
        """For screen readers."""
        return ", ".join(filter(None, (self.title, self.note, self.figure, self.keys)))

    def tip(self) -> str:
        """Nothing more to say."""
        return ""


def heading(text: str) -> Line:
    """The title of a group; it cannot be chosen."""
    return Line(text, is_heading=True)


class FinderList(RecordList):
    """`chosen(line)` comes by Enter, or by a click when it is a menu (else by a double click)."""

    def __init__(self, name: str, *, is_menu: bool = False) -> None:
        super().__init__(name)
        self.setItemDelegate(_LineDelegate(self))
        if is_menu:
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.clicked.connect(self.choose)
        else:
            self.doubleClicked.connect(self.choose)

    def set_lines(self, lines: Sequence[Line], *, keep: Any = None) -> None:
        """Shows other lines; the cursor goes to the line whose data is `keep`, else to the first."""
        self.records.set_records(lines)
        rows = [row for row, line in enumerate(lines) if not line.is_heading]
        kept = [row for row in rows if keep is not None and lines[row].data == keep]
        if rows:
            self._go((kept or rows)[0])
        if not kept:
            self.scrollToTop()

    def lines(self) -> list[Line]:
        """What is shown, headings among it."""
        return list(self.records.records)

    def move_by(self, steps: int) -> None:
        """Moves the cursor over lines, headings passed over; by one step it goes round."""
        rows = [row for row, line in enumerate(self.records.records) if not line.is_heading]
        if not rows:
            return
        here = rows.index(self.currentIndex().row()) if self.currentIndex().row() in rows else -1
        there = here + steps
        there = there % len(rows) if abs(steps) == 1 else min(max(there, 0), len(rows) - 1)
        self._go(rows[there])
        if there == 0:
            self.scrollToTop()  # the heading of the first group, too

    def choose_current(self) -> None:
        """As Enter."""
        self.choose(self.currentIndex())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows pass over headings, Enter chooses."""
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: _PAGE,
            Qt.Key.Key_PageUp: -_PAGE,
            Qt.Key.Key_Home: -len(self.records.records) - 1,
            Qt.Key.Key_End: len(self.records.records) + 1,
        }.get(Qt.Key(event.key()))
        if steps is not None:
            self.move_by(steps)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose_current()
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def _go(self, row: int) -> None:
        index = self.records.index(row, 0)
        self.setCurrentIndex(index)
        self.scrollTo(index)


class _LineDelegate(QStyledItemDelegate):
    """Everything on one row, elided where room is short; the note gives way before the title."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        sizes = theme().metrics
        line: Line = index.data(RECORD)
        return QSize(sizes.em(20), sizes.tree_row if line.is_heading else sizes.row)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look = theme()
        sizes = look.metrics
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        line: Line = index.data(RECORD)
        inner = rect.adjusted(sizes.space(2.5), 0, -sizes.space(2.5), 0)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if line.is_heading:
            painter.setFont(sizes.font_of(tokens.TINY, is_bold=True))
            painter.setPen(QColor(look.colours.third))
            lower = inner.adjusted(0, sizes.space(1), 0, 0)
            painter.drawText(
                lower, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), line.title
            )
        else:
            self._paint_line(painter, rect, inner, line, option)
        painter.restore()

    def _paint_line(
        self, painter: QPainter, rect: QRect, inner: QRect, line: Line, option: QStyleOptionViewItem
    ) -> None:
        look = theme()
        colours, sizes = look.colours, look.metrics
        state = option.state  # pyright: ignore[reportAttributeAccessIssue]
        is_current = bool(state & QStyle.StateFlag.State_Selected)
        if is_current or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent_soft if is_current else colours.hover))
            painter.drawRoundedRect(rect, sizes.radius_field - 2, sizes.radius_field - 2)
        if line.icon:
            top = inner.top() + (inner.height() - sizes.icon) // 2
            ratio = painter.device().devicePixelRatio()
            drawing = pixmap(line.icon, "accent" if is_current else "second", ratio=ratio)
            painter.drawPixmap(inner.left(), top, drawing)
            inner = inner.adjusted(sizes.icon + sizes.space(2.5), 0, 0, 0)
        for keys in reversed(line.keys.split(KEYS_APART) if line.keys else []):
            inner = inner.adjusted(0, 0, -_paint_keys(painter, inner, keys) - sizes.space(1.5), 0)
        if line.figure:
            font = sizes.font_of(tokens.TEXT, has_figures=True)
            width = QFontMetrics(font).horizontalAdvance(line.figure)
            painter.setFont(font)
            painter.setPen(QColor(colours.second if line.is_muted else colours.text))
            painter.drawText(
                inner, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), line.figure
            )
            inner = inner.adjusted(0, 0, -width - sizes.space(3), 0)
        ink = colours.third if line.is_muted else colours.on_soft if is_current else colours.text
        width = _paint_title(painter, inner, line, ink)
        rest = inner.adjusted(width + sizes.space(2.5), 0, 0, 0)
        if line.note and rest.width() > sizes.em(4):
            small = sizes.font_of(tokens.SMALL)
            painter.setFont(small)
            painter.setPen(QColor(colours.second))
            shown = QFontMetrics(small).elidedText(line.note, Qt.TextElideMode.ElideRight, rest.width())
            painter.drawText(rest, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)


def _paint_title(painter: QPainter, room: QRect, line: Line, ink: str) -> int:
    """The title with its typed parts in bold; gives its width."""
    font = QFont(theme().metrics.font)
    metrics = QFontMetrics(font)
    shown = metrics.elidedText(line.title, Qt.TextElideMode.ElideRight, room.width())
    layout = QTextLayout(shown, font)
    formats = []
    for start, length in line.parts:
        part = QTextLayout.FormatRange()
        part.start = start  # pyright: ignore[reportAttributeAccessIssue]
        part.length = min(length, len(shown) - start)  # pyright: ignore[reportAttributeAccessIssue]
        strong = QTextCharFormat()
        strong.setFontWeight(QFont.Weight.Bold)
        strong.setForeground(QColor(theme().colours.accent))
        part.format = strong  # pyright: ignore[reportAttributeAccessIssue]
        if part.length > 0:  # pyright: ignore[reportAttributeAccessIssue]
            formats.append(part)
    layout.setFormats(formats)
    layout.beginLayout()
    text = layout.createLine()
    text.setLineWidth(max(room.width(), 1))
    layout.endLayout()
    painter.setPen(QColor(ink))
    top = room.top() + (room.height() - text.height()) / 2
    layout.draw(painter, QPointF(room.left(), top))
    return round(text.naturalTextWidth())


def _paint_keys(painter: QPainter, room: QRect, words: str) -> int:
    """A key as it is printed on the keyboard, at the right; gives its width."""
    look = theme()
    colours, sizes = look.colours, look.metrics
    font = sizes.font_of(tokens.TINY)
    metrics = QFontMetrics(font)
    width = metrics.horizontalAdvance(words) + 2 * sizes.space(1.5)
    height = metrics.height() + sizes.space(0.75)
    body = QRectF(room.right() - width, room.center().y() - height / 2 + 0.5, width, height)
    painter.setFont(font)
    painter.setPen(QPen(QColor(colours.border), 1))
    painter.setBrush(QColor(colours.raised))
    painter.drawRoundedRect(body, sizes.radius_field / 2, sizes.radius_field / 2)
    painter.setPen(QColor(colours.second))
    painter.drawText(body, Qt.AlignmentFlag.AlignCenter, words)
    return width
