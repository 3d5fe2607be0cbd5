"""A soft frame around the setting that was searched for; it goes by itself."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from crmdesk.ui.kit.theme import theme

_SHOWN_MS = 4_000


class Mark(QWidget):
    """Lies over its target, lets the mouse through."""

    def __init__(self, target: QWidget) -> None:
        ground = target.parentWidget() or target
        super().__init__(ground)
        self.setObjectName("settings.mark")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.target = target
        reach = theme().metrics.space(1)
        self.setGeometry(target.geometry().adjusted(-reach, -reach, reach, reach))
        self.raise_()
        self.show()
        QTimer.singleShot(_SHOWN_MS, self, self.deleteLater)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A frame with a thin fill in the colour of warnings: it is no focus."""
        del event
        look = theme()
        ink = QColor(look.colours.warn)
        fill = QColor(look.colours.warn)
        fill.setAlphaF(0.10)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(ink, 2))
        painter.setBrush(fill)
        radius = look.metrics.radius_field
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
