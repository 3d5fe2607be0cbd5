"""What a dialog is made of: a body that scrolls and a foot that gives way before it would be cut."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from crmdesk.ui.kit.commands import KeyButton
from crmdesk.ui.kit.layouts import Scrolled
from crmdesk.ui.kit.theme import theme

_LEAST_ROWS = 3
_LEAST_EM = 20


class BodyArea(Scrolled):
    """The body of a dialog: as large as its content where there is room, else it scrolls.

    `needs_more(pixels)` says that the content has outgrown what is shown of it.
    """

    needs_more = Signal(int)

    def __init__(self, dialog: QDialog, content: QWidget) -> None:
        super().__init__()
        self._dialog = dialog
        self._content = content
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        content.setProperty("role", "plain")
        self.setWidget(content)

    def sizeHint(self) -> QSize:
        """All of the content."""
        hint = self._content.sizeHint()
        return QSize(hint.width(), self._height_for(hint.height()))

    def minimumSizeHint(self) -> QSize:
        """A little of the content, the rest is scrolled to."""
        sizes = theme().metrics
        least = self._content.minimumSizeHint()
        return least.boundedTo(QSize(sizes.em(_LEAST_EM), sizes.row * _LEAST_ROWS))

    def needed_height(self) -> int:
        """How high it must be for nothing to be scrolled to."""
        return self._height_for(self._content.minimumSizeHint().height())

    def _height_for(self, height: int) -> int:
        """A height of the content, or the one that its lines of text take in the dialog's width."""
        content = self._content
        if not content.hasHeightForWidth():
            return height
        width = self._dialog.width() if self._dialog.minimumWidth() else content.sizeHint().width()
        return max(height, content.heightForWidth(width - 2))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The layout of the content was asked anew."""
        is_done = super().eventFilter(watched, event)
        if watched is self._content and event.type() is QEvent.Type.LayoutRequest:
            lack = self.needed_height() - self.viewport().height()
            if lack > 0:
                self.needs_more.emit(lack)
        return is_done


class DialogFoot(QWidget):
    """The buttons of a dialog, and what is told beside them.

    Where they do not fit side by side, first the keys on the buttons are left out, then what is told goes above them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "dialogFoot")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        space = theme().metrics.space
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        self._above = QHBoxLayout()
        rows.addLayout(self._above)
        self.row = QHBoxLayout()
        self.row.setContentsMargins(space(5), space(3.5), space(5), space(3.5))
        self.row.setSpacing(space(2.5))
        self.row.addStretch(1)
        rows.addLayout(self.row)

    def minimumSizeHint(self) -> QSize:
        """With everything given way."""
        buttons = self._least(self.row) - sum(button.spare for button in self._keys() if not button.is_short)
        lead = self._lead()
        told = self._least(self._above)
        if lead is not None:
            told = lead.minimumSizeHint().width()
            buttons -= told + self.row.spacing()
        return QSize(max(buttons, told), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Gives way, or takes back."""
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Words or buttons changed."""
        is_done = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:
            self._fit()
        return is_done

    def _fit(self) -> None:
        buttons = self._least(self.row)
        spare = sum(button.spare for button in self._keys())
        full = buttons + sum(button.spare for button in self._keys() if button.is_short)
        lead = self._lead()
        if lead is not None:
            full += lead.sizeHint().width() - lead.minimumSizeHint().width()  # a figure is never cut
        elif self._above.count():
            full += (
                self._above.sizeHint().width() - self._above.contentsMargins().left() * 2 + self.row.spacing()
            )
        room = self.width()
        for button in self._keys():
            button.set_short(full > room)
        self._put_above(full - spare > room)

    def _put_above(self, is_above: bool) -> None:
        lead = self._lead()
        if is_above and lead is not None:
            self.row.removeWidget(lead)
            margins = self.row.contentsMargins()
            self._above.setContentsMargins(margins.left(), margins.top(), margins.right(), 0)
            self._above.addWidget(lead)
        elif not is_above and self._above.count():
            item = self._above.takeAt(0)
            widget = item.widget() if item is not None else None
            self._above.setContentsMargins(0, 0, 0, 0)
            if widget is not None:
                self.row.insertWidget(0, widget)

    def _lead(self) -> QWidget | None:
        """What stands before the buttons, if it stands beside them."""
        item = self.row.itemAt(0)
        return item.widget() if item is not None else None

    def _keys(self) -> list[KeyButton]:
        return [button for button in self.findChildren(KeyButton) if not button.isHidden()]

    @staticmethod
    def _least(row: QLayout) -> int:
        return row.minimumSize().width()
