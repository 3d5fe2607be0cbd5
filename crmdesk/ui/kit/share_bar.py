"""A bar of shares: how much of a whole is of which kind, each part told in words by its tooltip and its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from crmdesk.ui.kit.theme import theme


@dataclass(frozen=True, slots=True)
class Share:
    """One part: a weight (never negative), a tone of `Colours.ink`, and its words."""

    weight: int
    tone: str
    words: str = ""


class ShareBar(QWidget):
    """Shows the parts side by side; an empty whole is a quiet bar."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._shares: list[Share] = []

    def set_shares(self, shares: Sequence[Share]) -> None:
        """Replaces the parts; those without weight are left out."""
        self._shares = [share for share in shares if share.weight > 0]
        self.setAccessibleName(", ".join(share.words for share in self._shares))
        self.update()

    def sizeHint(self) -> QSize:
        """As high as a thin line of text."""
        return QSize(theme().metrics.em(20), theme().metrics.space(2))

    def _parts(self) -> list[tuple[QRectF, Share]]:
        total = sum(share.weight for share in self._shares)
        gap = theme().metrics.space(0.5)
        room = self.width() - gap * (len(self._shares) - 1)
        smallest = theme().metrics.space(1)
        left = 0.0
        parts = []
        for share in self._shares:
            width = max(room * share.weight / total, smallest)
            parts.append((QRectF(left, 0, width, self.height()), share))
            left += width + gap
        # Small parts were widened so that they are seen: the largest gives that back.
        excess = left - gap - self.width()
        if excess > 0 and parts:
            largest = max(range(len(parts)), key=lambda index: parts[index][0].width())
            for index, (rect, _share) in enumerate(parts):
                if index == largest:
                    rect.setWidth(rect.width() - excess)
                elif index > largest:
                    rect.translate(-excess, 0)
        return parts

    def paintEvent(self, event: QPaintEvent) -> None:
        """Round parts in their colours."""
        del event
        colours = theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = self.height() / 2.6
        if not self._shares:
            painter.setBrush(QColor(colours.hairline))
            painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
            return
        for rect, share in self._parts():
            painter.setBrush(QColor(colours.ink(share.tone)))
            painter.drawRoundedRect(rect, radius, radius)

    def event(self, event: QEvent) -> bool:
        """The words of the part under the pointer."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            for rect, share in self._parts():
                if rect.contains(event.pos()):
                    QToolTip.showText(event.globalPos(), share.words, self)
                    return True
        return super().event(event)
