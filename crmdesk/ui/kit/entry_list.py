"""A list of two-line entries: timeline, documents, contacts. For hundreds of entries that are all at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from crmdesk.ui.kit import tokens
from crmdesk.ui.kit.delegates import paint_chip
from crmdesk.ui.kit.icons import pixmap
from crmdesk.ui.kit.record_list import RECORD, Index, RecordList
from crmdesk.ui.kit.theme import theme


@dataclass(frozen=True, slots=True)
class Entry:
    """First line: `title` left, `figure` right; second line: `detail` left, `side` right. Texts are finished."""

    title: str
    detail: str = ""
    figure: str = ""
    side: str = ""
    icon: str = ""
    tone: str = ""
    """Of the figure."""
    chip: str = ""
    chip_tone: str = "neutral"
    is_muted: bool = False
    icon_tone: str = "third"
    data: Any = None
    """The page's own."""

    @property
    def is_heading(self) -> bool:
        """Every entry can be chosen."""
        return False

    def spoken(self) -> str:
        """For screen readers."""
        return ", ".join(filter(None, (self.title, self.chip, self.figure, self.detail, self.side)))

    def tip(self) -> str:
        """Both lines whole: on the screen they may be shortened."""
        return "\n".join(filter(None, (self.title, self.detail)))


class EntryList(RecordList):
    """Shows entries; `chosen(entry)` comes by double click or Enter, `current_changed(entry or None)` by moving.

    `opens_on_click`: a list of ways on, where one click is enough.
    """

    delete_requested = Signal(object)

    def __init__(self, name: str, *, opens_on_click: bool = False) -> None:
        super().__init__(name)
        self.setItemDelegate(_EntryDelegate(self))
        self.setUniformItemSizes(True)
        clicked = self.clicked if opens_on_click else self.doubleClicked
        clicked.connect(self.choose)
        if opens_on_click:
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Replaces the entries; the cursor stays where it was."""
        row = self.currentIndex().row()
        self.records.set_records(entries)
        if 0 <= row < len(entries):
            self.setCurrentIndex(self.records.index(row, 0))

    def add_entries(self, entries: Sequence[Entry]) -> None:
        """More of them below those that are shown."""
        self.records.add_records(entries)

    def entries(self) -> list[Entry]:
        """What is shown."""
        return list(self.records.records)

    def select(self, row: int) -> None:
        """Puts the cursor on an entry."""
        self.setCurrentIndex(self.records.index(row, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses, Delete asks."""
        entry = self.current()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and entry is not None:
            self.chosen.emit(entry)
        elif event.key() == Qt.Key.Key_Delete and entry is not None:
            self.delete_requested.emit(entry)
        else:
            super().keyPressEvent(event)

    def height_of_all(self) -> int:
        """So high that nothing has to be scrolled."""
        return max(len(self.records.records), 1) * _height() + 2 * self.frameWidth()

    def sizeHint(self) -> QSize:
        """As high as its entries, within reason."""
        rows = min(max(len(self.records.records), 1), 6)
        return QSize(theme().metrics.em(30), rows * _height())


def _height() -> int:
    sizes = theme().metrics
    small = QFontMetrics(sizes.font_of(tokens.SMALL)).height()
    return sizes.line + small + sizes.space(2.5 if not sizes.is_compact else 1.5)


class _EntryDelegate(QStyledItemDelegate):
    def __init__(self, view: EntryList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        del option, index
        return QSize(theme().metrics.em(20), _height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look = theme()
        colours, sizes = look.colours, look.metrics
        entry: Entry = index.data(RECORD)
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        state = option.state  # pyright: ignore[reportAttributeAccessIssue]
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(colours.accent_soft))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(colours.hover))
        painter.setPen(QPen(QColor(colours.hairline), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        inner = rect.adjusted(sizes.space(1), sizes.space(1), -sizes.space(1), -sizes.space(1))
        if entry.icon:
            drawing = pixmap(entry.icon, entry.icon_tone, ratio=self._view.devicePixelRatioF())
            top = inner.top() + (sizes.line - sizes.icon) // 2
            painter.drawPixmap(inner.left(), top, drawing)
            inner.setLeft(inner.left() + sizes.icon + sizes.space(2.5))
        first = QRect(inner.left(), inner.top(), inner.width(), sizes.line)
        second = QRect(inner.left(), first.bottom() + 1, inner.width(), inner.bottom() - first.bottom())
        title_ink = colours.third if entry.is_muted else colours.text
        figure_ink = colours.ink(entry.tone)
        # Without a figure the side stands in the first line, where the eye looks for it.
        has_figure = bool(entry.figure)
        figure, side = (entry.figure, entry.side) if has_figure else ("", "")
        self._line(painter, first, entry.title, figure, title_ink, figure_ink, tokens.TEXT, entry)
        self._line(painter, second, entry.detail, side, colours.second, colours.third, tokens.SMALL)
        if not has_figure and entry.side:
            self._line(painter, first, "", entry.side, colours.third, colours.third, tokens.SMALL)

    def _line(
        self,
        painter: QPainter,
        rect: QRect,
        left: str,
        right: str,
        left_ink: str,
        right_ink: str,
        size: int,
        entry: Entry | None = None,
    ) -> None:
        sizes = theme().metrics
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(sizes.font_of(size, is_bold=entry is not None, has_figures=True))
        width = painter.fontMetrics().horizontalAdvance(right)
        painter.setPen(QColor(right_ink))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignRight | middle), right)
        side = (
            QFontMetrics(sizes.font_of(tokens.SMALL)).horizontalAdvance(entry.side)
            if entry and not right
            else 0
        )
        width = max(width, side)
        room = rect.width() - (width + sizes.space(2) if width else 0)
        painter.setFont(sizes.font_of(size))
        metrics = painter.fontMetrics()
        chip = entry.chip if entry is not None else ""
        small = QFontMetrics(sizes.font_of(tokens.SMALL))
        chip_room = small.horizontalAdvance(chip) + sizes.chip + sizes.space(2) if chip else 0
        shown = metrics.elidedText(left, Qt.TextElideMode.ElideRight, room - chip_room)
        painter.setPen(QColor(left_ink))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignLeft | middle), shown)
        if chip and entry is not None:
            start = rect.left() + metrics.horizontalAdvance(shown) + sizes.space(2)
            place = QRect(start, rect.top(), chip_room, rect.height())
            paint_chip(painter, place, chip, entry.chip_tone, sizes.font_of(tokens.SMALL), sizes.chip - 2)
