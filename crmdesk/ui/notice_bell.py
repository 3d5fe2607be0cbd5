"""The list below the bell of the top bar: what the program has to tell."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from crmdesk.text import _
from crmdesk.ui import day_words
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.theme import theme


class NoticeList(QFrame):
    """What the program has to tell, below the bell; Enter or a click goes there, Delete puts away, Esc closes."""

    def __init__(self, ctx: Context, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._ctx = ctx
        self._notices: dict[int, day_words.Notice] = {}
        self.setObjectName("notices")
        self.setProperty("role", "popup")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        space = theme().metrics.space
        column = QVBoxLayout(self)
        column.setContentsMargins(space(3), space(2.5), space(3), space(2.5))
        column.setSpacing(space(1.5))
        self._title = labels.strong()
        column.addWidget(self._title)
        self.list = EntryList("notices.list", opens_on_click=True)
        self.list.chosen.connect(self._open)
        self.list.delete_requested.connect(self._put_away)
        column.addWidget(self.list)
        self._empty = labels.Paragraph("", "", "second")
        column.addWidget(self._empty)

    def fill(self) -> list[day_words.Notice]:
        """Reads what there is to tell now; returns it."""
        day = self._ctx.day()
        found = day_words.notices(self._ctx, day.facts, day.backup)
        self._title.setText(_("Notices"))
        self._empty.setText(_("Nothing to tell."))
        self.setAccessibleName(_("Notices"))
        self.list.setAccessibleName(_("Notices"))
        self._notices = {id(notice.entry): notice for notice in found}
        self.list.set_entries([notice.entry for notice in found])
        self.list.setVisible(bool(found))
        self._empty.setVisible(not found)
        return found

    def show_below(self, bell: QWidget) -> None:
        """Opens under the bell, its right edge with the bell's."""
        found = self.fill()
        sizes = theme().metrics
        self.resize(QSize(sizes.em(64), 1))
        self.list.setFixedHeight(self.list.sizeHint().height())
        self.adjustSize()
        self.setFixedWidth(sizes.em(64))
        corner = bell.mapToGlobal(QPoint(bell.width(), bell.height() + sizes.space(1)))
        self.move(corner.x() - self.width(), corner.y())
        self.show()
        if found:
            self.list.select(0)
            self.list.setFocus(Qt.FocusReason.PopupFocusReason)

    def _open(self, entry: Entry) -> None:
        notice = self._notices.get(id(entry))
        self.hide()
        if notice is not None:
            day_words.mark_read(self._ctx, notice)
            day_words.go_to(self._ctx, entry.data, entry.title)
            self._ctx.day().changed.emit()

    def _put_away(self, entry: Entry) -> None:
        notice = self._notices.get(id(entry))
        if notice is not None and notice.goes_when_read:
            day_words.mark_read(self._ctx, notice)
            self.fill()
            self._ctx.day().changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)
