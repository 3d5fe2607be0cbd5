"""The soft ring around the field or button that has the focus: one widget that follows the focus of the window."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QWidget,
)

from crmdesk.ui.kit.theme import Theme, theme

_RINGED = (QLineEdit, QComboBox, QPlainTextEdit, QAbstractButton)
_MOVES = frozenset({QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide})


class FocusRing(QObject):
    """Watches the application's focus; lives as long as the application."""

    def __init__(self, look: Theme) -> None:
        super().__init__(look)
        self._ring: _Ring | None = None
        self._target: QWidget | None = None
        self._watched: list[QWidget] = []
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._follow)

    def _follow(self, old: QWidget | None, new: QWidget | None) -> None:
        del old
        for watched in self._watched:
            if shiboken6.isValid(watched):
                watched.removeEventFilter(self)
        self._watched.clear()
        self._target = new if new is not None and _deserves_ring(new) else None
        if self._target is None:
            if self._ring is not None and shiboken6.isValid(self._ring):
                self._ring.hide()
            return
        ground = _ground(self._target)
        here: QWidget | None = self._target
        while here is not None and here is not ground:
            here.installEventFilter(self)
            self._watched.append(here)
            here = here.parentWidget()
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follows the focused widget when it, or what it lies in, moves."""
        if event.type() in _MOVES:
            self._place()
        return False

    def _place(self) -> None:
        target = self._target
        if target is None or not shiboken6.isValid(target):
            return
        ground = _ground(target)
        if self._ring is None or not shiboken6.isValid(self._ring):
            self._ring = _Ring(ground)
        elif self._ring.parentWidget() is not ground:
            self._ring.setParent(ground)
        reach = theme().metrics.ring
        corner = target.mapTo(ground, QPoint(0, 0))
        self._ring.setGeometry(QRect(corner, target.size()).adjusted(-reach, -reach, reach, reach))
        self._ring.setVisible(target.isVisible())
        self._ring.raise_()


def install(look: Theme) -> None:
    """The application's one ring."""
    if look.findChild(FocusRing) is None:
        FocusRing(look)


def _ground(widget: QWidget) -> QWidget:
    """What the ring is drawn on: the content of a scroll area, so that it scrolls along, or the window."""
    here = widget
    while (parent := here.parentWidget()) is not None and not here.isWindow():
        holder = parent.parentWidget()
        if here is not widget and isinstance(holder, QAbstractScrollArea) and holder.viewport() is parent:
            return here
        here = parent
    return here


def _deserves_ring(widget: QWidget) -> bool:
    if not isinstance(widget, _RINGED) or widget.property("role") in ("cell", "palette"):
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
