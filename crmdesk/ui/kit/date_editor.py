"""A day: `t` today, `+` and `-` a day, PageUp and PageDown a month, partial days, a calendar on F4."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from PySide6.QtCore import QDate, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QCalendarWidget, QLineEdit, QVBoxLayout, QWidget

from crmdesk.models import clock
from crmdesk.models.errors import InvalidInput
from crmdesk.models.fields import Field
from crmdesk.text import _, current_language
from crmdesk.ui.kit import typed
from crmdesk.ui.kit.icons import set_icon

_DAY_KEYS = {
    Qt.Key.Key_Plus: 1,
    Qt.Key.Key_Equal: 1,
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_Minus: -1,
    Qt.Key.Key_Down: -1,
}
_MONTH_KEYS = {Qt.Key.Key_PageUp: 1, Qt.Key.Key_PageDown: -1}


class DateEditor(QLineEdit):
    """Shows ISO days; reads what `typed.read_day` reads."""

    edited = Signal()

    def __init__(self, field: Field | None = None) -> None:
        super().__init__()
        del field
        self._calendar: _Calendar | None = None
        self._is_after_t = False
        self.setMaxLength(20)
        self._button = QAction(_("Calendar (F4)"), self)
        self._button.triggered.connect(self.open_calendar)
        set_icon(self._button, "calendar", "third")
        self.addAction(self._button, QLineEdit.ActionPosition.TrailingPosition)
        self.textEdited.connect(lambda _text: self.edited.emit())
        self.editingFinished.connect(self.settle)

    def value(self) -> date | None:
        """The day, None for nothing; raises InvalidInput."""
        return typed.read_day(self.text(), clock.today())

    def set_value(self, value: Any) -> None:
        """Shows a day or ISO text."""
        if value is None or value == "":
            self.setText("")
        else:
            self.setText(value.isoformat() if isinstance(value, date) else str(value))

    def settle(self) -> None:
        """Completes a partial day; what cannot be read stays for the user to correct."""
        try:
            day = self.value()
        except InvalidInput:
            return
        if day is not None and day.isoformat() != self.text():
            self.setText(day.isoformat())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Days by single keys."""
        if event.key() == Qt.Key.Key_F4:
            self.open_calendar()
        elif (
            event.text().lower() == "t"
            and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
            and not self._is_inside_word()
        ):
            self._put(clock.today())
            self._is_after_t = True
            return
        elif self._is_after_t and event.text().lower() == "o":
            # Not a single t, but the beginning of today or tomorrow.
            self.setText("t")
            super().keyPressEvent(event)
        elif (event.key() in _DAY_KEYS or event.key() in _MONTH_KEYS) and (day := self._whole_day()):
            if event.key() in _DAY_KEYS:
                self._put(day + timedelta(days=_DAY_KEYS[Qt.Key(event.key())]))
            else:
                self._put(typed.shifted_month(day, _MONTH_KEYS[Qt.Key(event.key())]))
        else:
            super().keyPressEvent(event)
        self._is_after_t = False

    def focusInEvent(self, event: QFocusEvent) -> None:
        """By keyboard the whole day is selected, so that typing replaces it."""
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.selectAll()

    def open_calendar(self) -> None:
        """Shows a month to choose from."""
        self._calendar = _Calendar(self)
        self._calendar.show_at(self.mapToGlobal(QPoint(0, self.height())), self._whole_day() or clock.today())

    def take(self, day: date) -> None:
        """Takes a day as if the user had typed it."""
        self._put(day)
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def _whole_day(self) -> date | None:
        """The day when the text is a complete one (or empty: today), so that - is not mistaken while typing."""
        text = self.text().strip()
        if not text:
            return clock.today()
        try:
            return date.fromisoformat(text) if len(text) == 10 else None
        except ValueError:
            return None

    def _is_inside_word(self) -> bool:
        """Whether something that is no day yet is being typed: the t of “yesterday” is no today."""
        return self._whole_day() is None and self.selectedText() != self.text()

    def _put(self, day: date) -> None:
        if not clock.is_in_years(day):
            return
        self.setText(day.isoformat())
        self.selectAll()
        self.edited.emit()


class _Calendar(QWidget):
    """A month in a popup; Enter or a click takes the day."""

    def __init__(self, editor: DateEditor) -> None:
        super().__init__(editor, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._editor = editor
        self.setObjectName("calendar")
        self._month = QCalendarWidget()
        self._month.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self._month.setFirstDayOfWeek(
            Qt.DayOfWeek.Monday if current_language() == "zh_CN" else self.locale().firstDayOfWeek()
        )
        self._month.activated.connect(self._take)
        self._month.clicked.connect(self._take)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.addWidget(self._month)

    def show_at(self, point: QPoint, day: date) -> None:
        """Opens under the field."""
        self._month.setSelectedDate(QDate(day.year, day.month, day.day))
        self.move(point)
        self.show()
        self._month.setFocus()

    def _take(self, day: QDate) -> None:
        self._editor.take(date(day.year(), day.month(), day.day()))
        self.close()
