"""The soft ring around the field or button that has the focus: one widget that follows the focus of the window."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QWidget,
)

from crmdesk.ui.kit.theme import theme

_RINGED = (QLineEdit, QComboBox, QPlainTextEdit, QAbstractButton)
_MOVES = frozenset({QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide})


class FocusRing(QObject):
    """Watches the application's focus; lives as long as the application."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._ring: _Ring | None = None
        self._target: QWidget | None = None
        application.focusChanged.connect(self._follow)

    def _follow(self, old: QWidget | None, new: QWidget | None) -> None:
        del old
        if self._target is not None and shiboken6.isValid(self._target):
            self._target.removeEventFilter(self)
        self._target = new if new is not None and _deserves_ring(new) else None
        if self._target is None:
            if self._ring is not None and shiboken6.isValid(self._ring):
                self._ring.hide()
            return
        self._target.installEventFilter(self)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follows the focused widget when it moves."""
        if event.type() in _MOVES and watched is self._target:
            self._place()
        return False

    def _place(self) -> None:
        target = self._target
        parent = target.parentWidget() if target is not None else None
        if target is None or parent is None:
            return
        if self._ring is None or not shiboken6.isValid(self._ring):
            self._ring = _Ring(parent)
        elif self._ring.parentWidget() is not parent:
            self._ring.setParent(parent)
        reach = theme().metrics.ring
        self._ring.setGeometry(target.geometry().adjusted(-reach, -reach, reach, reach))
        self._ring.setVisible(target.isVisible())
        self._ring.raise_()


def _deserves_ring(widget: QWidget) -> bool:
    if not isinstance(widget, _RINGED) or widget.property("role") == "cell":
        return False
    return widget.property("kind") not in ("segment", "link") or isinstance(widget, QCheckBox | QRadioButton)


class _Ring(QWidget):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setObjectName("focusRing")

    def paintEvent(self, event: QPaintEvent) -> None:
        """A band outside the widget's border."""
        del event
        look = theme()
        width = look.metrics.ring
        colour = QColor(look.colours.accent)
        colour.setAlphaF(0.30 if look.colours.is_dark else 0.20)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, width))
        half = width / 2
        radius = look.metrics.radius_field + half
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(half, half, -half, -half), radius, radius)
