"""One line that notes what happened with a customer: its kind, what was said, when to call again. Enter logs it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QLineEdit, QVBoxLayout, QWidget

from crmdesk.models.errors import CrmdeskError, InvalidInput
from crmdesk.models.specs.people import ACTIVITY_KIND, NEXT_ON, TEXT
from crmdesk.text import _
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.commands import icon_button, plain_button
from crmdesk.ui.kit.date_editor import DateEditor
from crmdesk.ui.kit.editors import ChoiceEditor, mark_invalid
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking

_EMPTY = ("call", "", "")


class QuickLog(Speaking, QWidget):
    """`logged(activity, next contact)` comes after it was kept; `more_wanted(values)` asks for the whole form.

    What was typed and not logged stays with its customer while others are looked at. Up and Down in the text choose
    the kind. Without `is_wide` the date and the button stand in a second row, shown while something is written.
    """

    logged = Signal(int, object)
    more_wanted = Signal(dict)

    def __init__(self, ctx: Context, place: str, *, is_wide: bool) -> None:
        super().__init__()
        self._ctx = ctx
        self._is_wide = is_wide
        self._customer = ""
        self._kept: dict[str, tuple[str, str, str]] = {}
        self._is_sending = False
        self.setObjectName(f"{place}.log")
        space = theme().metrics.space
        self.kind = ChoiceEditor(ACTIVITY_KIND)
        self.kind.setObjectName(f"{place}.log.kind")
        self.kind.setMinimumContentsLength(6)
        self.text = QLineEdit()
        self.text.setObjectName(f"{place}.log.text")
        self.text.setMaxLength(TEXT.length_max)
        self.text.textEdited.connect(lambda _typed: self._typed())
        self.next_on = DateEditor(NEXT_ON)
        self.next_on.setObjectName(f"{place}.log.next")
        self.next_on.setFixedWidth(theme().metrics.em(19))
        self.save = plain_button("", f"{place}.log.save")
        self.save.clicked.connect(lambda _checked=False: self.submit())
        self.more = icon_button("more-horizontal", "", f"{place}.log.more")
        self.more.clicked.connect(lambda _checked=False: self.ask_more())
        self.error = labels.Paragraph("", "caption", "danger")
        self.error.setObjectName(f"{place}.log.error")
        self.error.hide()
        outer = QVBoxLayout(self)
        ring = theme().metrics.ring
        outer.setContentsMargins(ring, ring, ring, 0)
        outer.setSpacing(space(1.5))
        first = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        first.setSpacing(space(2))
        first.addWidget(self.kind)
        first.addWidget(self.text, 1)
        outer.addLayout(first)
        self._second = QWidget()
        row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._second)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(space(2))
        row.addWidget(self.next_on, 0 if is_wide else 1)
        row.addWidget(self.save)
        row.addWidget(self.more)
        if is_wide:
            first.addWidget(self._second)
        else:
            self.next_on.setMaximumWidth(theme().metrics.em(60))
            self.next_on.setMinimumWidth(theme().metrics.em(14))
            outer.addWidget(self._second)
        outer.addWidget(self.error)
        for watched in (self.kind, self.text, self.next_on):
            watched.installEventFilter(self)
        self._show_second()
        self.retranslate()

    def retranslate(self) -> None:
        """Words of the fields, which have no labels beside them."""
        super().retranslate()
        for widget, words in (
            (self.kind, _("Kind of activity")),
            (self.text, _("What happened")),
            (self.next_on, _("Next contact")),
            (self.save, _("Log")),
            (self.more, _("Log with all details …")),
        ):
            widget.setAccessibleName(words)
        self.text.setPlaceholderText(_("Log a call, a visit, a note …"))
        self.text.setToolTip(_("Up and Down choose the kind, Enter logs it."))
        self.next_on.setPlaceholderText(_("Next contact"))
        self.next_on.setToolTip(_("When to contact him again: t is today, + a day more."))
        self.save.setText(_("Log"))
        self.save.setToolTip(_("Log it (Enter)"))
        self.more.setToolTip(_("Log with all details …"))
        if self.error.text():
            self._show_error("")

    # Content

    def show_customer(self, code: str) -> None:
        """For another customer; what was typed for this one before stands there again."""
        if code == self._customer:
            return
        self._keep()
        self._customer = code
        self._put(self._kept.get(code, (self.kind.value() or "call", "", "")))
        self._show_error("")

    def _keep(self) -> None:
        if self._customer and self.text.text().strip():
            self._kept[self._customer] = (str(self.kind.value()), self.text.text(), self.next_on.text())
        else:
            self._kept.pop(self._customer, None)

    def _put(self, typed: tuple[str, str, str]) -> None:
        self.kind.set_value(typed[0])
        self.text.setText(typed[1])
        self.next_on.setText(typed[2])
        self._show_second()

    def values(self) -> dict[str, Any]:
        """What stands there, as the use case takes it. Raises InvalidInput for a day that cannot be read."""
        day = self.next_on.value()
        found = {"kind": self.kind.value(), "text": self.text.text().strip()}
        return {**found, "next_on": day.isoformat()} if day is not None else found

    def begin(self) -> None:
        """The cursor into the text."""
        self.text.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def clear(self) -> None:
        """Ready for the next one; the kind stays, most people log several calls in a row."""
        self._put((str(self.kind.value()), "", ""))
        self._kept.pop(self._customer, None)
        self._show_error("")

    def ask_more(self) -> None:
        """Goes on in the form with every field."""
        try:
            values = self.values()
        except InvalidInput:
            values = {"kind": self.kind.value(), "text": self.text.text().strip()}
        self.more_wanted.emit(values)

    # Doing

    def submit(self) -> None:
        """Logs what stands there; a refusal is told below the line."""
        if self._is_sending or not self._customer:
            return
        try:
            values = self.values()
        except InvalidInput as error:
            self._show_error(error.message, self.next_on)
            return
        if not values["text"]:
            self._show_error(_("Say in a few words what happened."), self.text)
            return
        self._show_error("")
        self._is_sending = True
        customer = self._customer

        def done(outcome: Any) -> None:
            self._is_sending = False
            if customer == self._customer:
                self.clear()
            else:
                self._kept.pop(customer, None)
            self.logged.emit(outcome.result["activity"], outcome.result["next_contact"])

        def failed(error: Exception) -> bool:
            self._is_sending = False
            if not isinstance(error, CrmdeskError):
                return False
            self._show_error(error.message, self.next_on if error.field == "next_on" else self.text)
            return True

        self._ctx.run_use_case(
            "activity.log", {"customer": customer, **values}, owner=self, on_done=done, on_error=failed
        )

    def _show_error(self, words: str, at: QWidget | None = None) -> None:
        self.error.setText(words)
        self.error.setVisible(bool(words))
        for field in (self.text, self.next_on):
            mark_invalid(field, field is at)
        if at is not None:
            at.setFocus(Qt.FocusReason.OtherFocusReason)

    def _typed(self) -> None:
        if self.error.text():
            self._show_error("")
        self._show_second()

    def _show_second(self) -> None:
        focused = self.isAncestorOf(now) if (now := self.window().focusWidget()) is not None else False
        self._second.setVisible(self._is_wide or focused or bool(self.text.text()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter logs, Up and Down in the text choose the kind; the second row comes with the cursor."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._show_second()
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & (
                Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
            ):
                self.submit()
                return True
            if watched is self.text and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                self.kind.setCurrentIndex((self.kind.currentIndex() + step) % self.kind.count())
                return True
        return super().eventFilter(watched, event)
