"""What a style sheet cannot draw: check marks, radio dots and arrows that are seen in both schemes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QProxyStyle, QStyle, QStyleOption, QStyleOptionHeader, QWidget

if TYPE_CHECKING:
    from crmdesk.ui.kit.theme import Theme

_Element = QStyle.PrimitiveElement
_State = QStyle.StateFlag
_CHECKS = (_Element.PE_IndicatorCheckBox, _Element.PE_IndicatorItemViewItemCheck)
_SIZES = {
    QStyle.PixelMetric.PM_IndicatorWidth: "check",
    QStyle.PixelMetric.PM_IndicatorHeight: "check",
    QStyle.PixelMetric.PM_ExclusiveIndicatorWidth: "check",
    QStyle.PixelMetric.PM_ExclusiveIndicatorHeight: "check",
    QStyle.PixelMetric.PM_SmallIconSize: "icon",
    QStyle.PixelMetric.PM_LineEditIconSize: "icon",
}
_ARROWS = {
    _Element.PE_IndicatorArrowDown: ((-1.0, -0.5), (0.0, 0.5), (1.0, -0.5)),
    _Element.PE_IndicatorArrowUp: ((-1.0, 0.5), (0.0, -0.5), (1.0, 0.5)),
    _Element.PE_IndicatorArrowRight: ((-0.5, -1.0), (0.5, 0.0), (-0.5, 1.0)),
    _Element.PE_IndicatorArrowLeft: ((0.5, -1.0), (-0.5, 0.0), (0.5, 1.0)),
}


class DeskStyle(QProxyStyle):
    """Fusion with own indicators."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("Fusion")
        self._theme = theme

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        """Draws indicators itself and leaves the rest to Fusion."""
        if element in _CHECKS:
            self._draw_check(option, painter)
        elif element is _Element.PE_IndicatorRadioButton:
            self._draw_radio(option, painter)
        elif element is _Element.PE_IndicatorMenuCheckMark:
            self._draw_tick(painter, QRectF(option.rect), self._theme.colours.accent)  # pyright: ignore[reportAttributeAccessIssue]
        elif element in _ARROWS:
            self._draw_arrow(element, option, painter)
        elif element is _Element.PE_IndicatorHeaderArrow:
            is_up = option.sortIndicator is QStyleOptionHeader.SortIndicator.SortUp  # pyright: ignore[reportAttributeAccessIssue]
            self._draw_arrow(
                _Element.PE_IndicatorArrowDown if is_up else _Element.PE_IndicatorArrowUp, option, painter
            )
        elif element is _Element.PE_FrameFocusRect:
            return  # the ring (focus_ring.py) shows the focus
        else:
            super().drawPrimitive(element, option, painter, widget)

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        """Check boxes and icons follow the text size."""
        # Asked thousands of times while a page is built.
        size = _SIZES.get(metric)
        if size is not None:
            return getattr(self._theme.metrics, size)
        return super().pixelMetric(metric, option, widget)

    def _draw_check(self, option: QStyleOption, painter: QPainter) -> None:
        colours = self._theme.colours
        rect = QRectF(option.rect).adjusted(1, 1, -1, -1)  # pyright: ignore[reportAttributeAccessIssue]
        state = option.state  # pyright: ignore[reportAttributeAccessIssue]
        is_set = bool(state & (_State.State_On | _State.State_NoChange))
        is_enabled = bool(state & _State.State_Enabled)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = (colours.accent if is_enabled else colours.third) if is_set else colours.surface
        edge = fill if is_set else colours.third
        if bool(state & _State.State_MouseOver) and is_enabled and not is_set:
            edge = colours.accent
        painter.setPen(QPen(QColor(edge), 1.2))
        painter.setBrush(QColor(fill))
        radius = rect.height() / 4
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.restore()
        if state & _State.State_On:
            self._draw_tick(painter, rect, colours.on_accent)
        elif state & _State.State_NoChange:
            painter.save()
            painter.setPen(QPen(QColor(colours.on_accent), 1.8))
            middle = rect.center()
            painter.drawLine(
                QPointF(rect.left() + rect.width() / 4, middle.y()),
                QPointF(rect.right() - rect.width() / 4, middle.y()),
            )
            painter.restore()

    def _draw_tick(self, painter: QPainter, rect: QRectF, colour: str) -> None:
        edge = min(rect.width(), rect.height())
        middle = rect.center()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(colour), max(1.6, edge / 8))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.drawPolyline(
            QPolygonF(
                [
                    QPointF(middle.x() - edge * 0.24, middle.y() + edge * 0.02),
                    QPointF(middle.x() - edge * 0.06, middle.y() + edge * 0.2),
                    QPointF(middle.x() + edge * 0.26, middle.y() - edge * 0.18),
                ]
            )
        )
        painter.restore()

    def _draw_radio(self, option: QStyleOption, painter: QPainter) -> None:
        colours = self._theme.colours
        rect = QRectF(option.rect).adjusted(1.5, 1.5, -1.5, -1.5)  # pyright: ignore[reportAttributeAccessIssue]
        is_set = bool(option.state & _State.State_On)  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.accent if is_set else colours.third), 1.2))
        painter.setBrush(QColor(colours.accent if is_set else colours.surface))
        painter.drawEllipse(rect)
        if is_set:
            inset = rect.width() * 0.3
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.on_accent))
            painter.drawEllipse(rect.adjusted(inset, inset, -inset, -inset))
        painter.restore()

    def _draw_arrow(self, element: QStyle.PrimitiveElement, option: QStyleOption, painter: QPainter) -> None:
        rect = QRectF(option.rect)  # pyright: ignore[reportAttributeAccessIssue]
        is_enabled = bool(option.state & _State.State_Enabled)  # pyright: ignore[reportAttributeAccessIssue]
        colours = self._theme.colours
        reach = self._theme.metrics.icon / 4
        middle = rect.center()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(colours.second if is_enabled else colours.border), max(1.3, reach / 2.8))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.drawPolyline(
            QPolygonF([QPointF(middle.x() + x * reach, middle.y() + y * reach) for x, y in _ARROWS[element]])
        )
        painter.restore()
