"""A small chart of bars, painted; the arrow keys go from bar to bar, Enter opens what is behind one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from crmdesk.ui.kit import tokens
from crmdesk.ui.kit.theme import theme


class Bar(NamedTuple):
    """One bar: its height as a number, the label below, the figure above it, and the whole in words."""

    value: int
    label: str
    figure: str
    words: str


class BarChart(QWidget):
    """Bars from a common floor; negative ones are shown as nothing and told in words. `chosen(index)`."""

    chosen = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._bars: list[Bar] = []
        self._title = ""
        self._current = -1

    def show_bars(self, bars: Sequence[Bar], title: str) -> None:
        """Replaces the bars; the last one is marked. `title` is what a screen reader says first."""
        self._bars = list(bars)
        self._title = title
        self._current = len(self._bars) - 1
        self._say()
        self.update()

    def bars(self) -> list[Bar]:
        """What is shown."""
        return list(self._bars)

    def current(self) -> int:
        """The bar that is marked, -1 for none."""
        return self._current

    def _say(self) -> None:
        now = self._bars[self._current].words if 0 <= self._current < len(self._bars) else ""
        self.setAccessibleName(": ".join(filter(None, (self._title, now))))
        self.setAccessibleDescription("; ".join(bar.words for bar in self._bars))
        self.setToolTip(now)

    def _move(self, to: int) -> None:
        if self._bars and to != self._current and 0 <= to < len(self._bars):
            self._current = to
            self._say()
            self.update()

    def sizeHint(self) -> QSize:
        """Wide and low."""
        sizes = theme().metrics
        return QSize(sizes.em(50), sizes.line * 8)

    def minimumSizeHint(self) -> QSize:
        """Still to be read."""
        sizes = theme().metrics
        return QSize(sizes.em(24), sizes.line * 6)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left, Right, Home, End; Enter or Space opens."""
        steps = {
            Qt.Key.Key_Left: self._current - 1,
            Qt.Key.Key_Right: self._current + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(self._bars) - 1,
        }
        key = Qt.Key(event.key())
        if key in steps:
            self._move(steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._current >= 0:
            self.chosen.emit(self._current)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The bar under the pointer is marked."""
        at = self._at(event.position().x())
        self.setCursor(Qt.CursorShape.PointingHandCursor if at >= 0 else Qt.CursorShape.ArrowCursor)
        self._move(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click opens."""
        at = self._at(event.position().x())
        if at >= 0 and event.button() is Qt.MouseButton.LeftButton:
            self._move(at)
            self.chosen.emit(at)

    def leaveEvent(self, event: QEvent) -> None:
        """Back to the last bar, unless the keyboard is here."""
        super().leaveEvent(event)
        if not self.hasFocus():
            self._move(len(self._bars) - 1)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Back to the last bar."""
        super().focusOutEvent(event)
        self._move(len(self._bars) - 1)
        self.update()

    def _at(self, x: float) -> int:
        if not self._bars or not 0 <= x < self.width():
            return -1
        return min(int(x / (self.width() / len(self._bars))), len(self._bars) - 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars, labels below, the figure of the marked one over all."""
        del event
        if not self._bars:
            return
        look = theme()
        sizes, colours = look.metrics, look.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        small = sizes.font_of(tokens.SMALL, has_figures=True)
        painter.setFont(small)
        line = painter.fontMetrics().height()
        top, floor = line + sizes.space(1.5), self.height() - line - sizes.space(1.5)
        step = self.width() / len(self._bars)
        width = min(step * 0.52, sizes.space(9))
        highest = max((bar.value for bar in self._bars), default=0)
        painter.setPen(QColor(colours.hairline))
        painter.drawLine(0, floor, self.width(), floor)
        for index, bar in enumerate(self._bars):
            middle = step * (index + 0.5)
            is_current = index == self._current
            height = (floor - top) * max(bar.value, 0) / highest if highest > 0 else 0
            if height > 0:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(colours.accent if is_current else colours.handle))
                painter.drawRoundedRect(
                    QRectF(middle - width / 2, floor - max(height, 2), width, max(height, 2)),
                    sizes.space(0.75),
                    sizes.space(0.75),
                )
            painter.setPen(QColor(colours.text if is_current else colours.second))
            below = QRectF(middle - step / 2, floor + sizes.space(1), step, line)
            painter.drawText(below, int(Qt.AlignmentFlag.AlignCenter), bar.label)
            if is_current:
                room = painter.fontMetrics().horizontalAdvance(bar.figure) + 2
                left = min(max(middle - room / 2, 0), self.width() - room)
                above = QRectF(left, 0, room, line)  # over the highest, so that it covers no neighbour
                painter.drawText(above, int(Qt.AlignmentFlag.AlignCenter), bar.figure)
