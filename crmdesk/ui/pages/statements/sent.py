"""What left the house for a customer and what came back: the log of his statements and their confirmation slips."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.models import clock
from crmdesk.models.specs.papers import CHANNELS
from crmdesk.text import N_, _, counted
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.document_words import slip_words
from crmdesk.ui.kit.commands import Command, button
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.labels import Chip, caption
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.statements.slip import open_slip

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.confirmations import Confirmation
    from crmdesk.services.print_log import Sent

_ICONS = {
    "print": "printer",
    "pdf": "file-text",
    "xlsx": "file-spreadsheet",
    "picture": "copy",
    "file": "paperclip",
}
_ROWS = 4


class _Log(NamedTuple):
    sent: list[Sent]
    slips: list[Confirmation]


class SentPanel(Speaking, QWidget):
    """The state in a chip, the log below, and the way to record a slip. `as_of` is the statement's date on the page."""

    def __init__(self, ctx: Context, page: QWidget, as_of: Callable[[], date]) -> None:
        super().__init__()
        self._ctx = ctx
        self._as_of = as_of
        self._code = ""
        self._found = _Log([], [])
        self.setObjectName("statement.sent")
        space = theme().metrics.space
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space(1.5))
        head = QHBoxLayout()
        title = caption()
        self.say(title.setText, N_("Sent and confirmed"))
        head.addWidget(title, 1)
        column.addLayout(head)
        self.state = Chip()
        self.state.setObjectName("statement.confirmation")
        column.addWidget(self.state)
        self.confirm_action = ctx.commands.add(
            Command(
                "statement.confirm",
                N_("Record the slip …"),
                self.record,
                shortcut="Ctrl+Shift+R",
            ),
            page,
        )
        record = button(self.confirm_action, "link")
        head.addWidget(record)
        self.log = EntryList("statement.log")
        self.say(self.log.setAccessibleName, N_("Sent and confirmed"))
        self.log.setMinimumHeight(theme().metrics.row * _ROWS)
        column.addWidget(self.log, 1)
        ctx.bus.watch(self, ("print_log", "confirmation"), lambda _changes: self.refresh())
        self._show(self._found)

    def choose(self, code: str) -> None:
        """Another customer."""
        if code != self._code:
            self._code = code
            self.refresh()

    def refresh(self) -> None:
        """Reads the log of the customer again."""
        code = self._code
        self.confirm_action.setEnabled(bool(code))
        if not code or self._ctx.book is None:
            self._show(_Log([], []))
            return

        def work(connection: Connection) -> _Log:
            from crmdesk.services import confirmations, print_log

            return _Log(print_log.of_customer(connection, code), confirmations.latest(connection, code))

        self._ctx.read(work, owner=self, on_done=self._show, replaces="log")

    def retranslate(self) -> None:
        """The log in the new language."""
        super().retranslate()
        if hasattr(self, "log"):
            self._show(self._found)

    def _show(self, found: _Log) -> None:
        self._found = found
        entries = [(one.printed_at, _sent_entry(one)) for one in found.sent]
        entries += [(one.recorded_at, _slip_entry(one)) for one in found.slips]
        entries.sort(key=lambda pair: pair[0], reverse=True)
        self.log.set_entries([entry for _moment, entry in entries])
        self.log.setVisible(bool(entries))
        newest = found.slips[0] if found.slips else None
        if newest is not None:
            self.state.setText(slip_words(newest))
            self.state.set_tone("good" if newest.is_agreed else "danger")
        else:
            self.state.setText(_("Not confirmed yet") if found.sent else _("Not sent yet"))
            self.state.set_tone("warn" if found.sent else "neutral")

    def record(self) -> None:
        """Asks what the slip says."""
        if self._code:
            open_slip(self._ctx, self, self._code, self._as_of())


def _sent_entry(one: Sent) -> Entry:
    words = next((_(choice.label) for choice in CHANNELS if choice.value == one.channel), one.channel)
    pages = counted(N_("{count} pages"), one.page_count) if one.page_count > 1 else ""
    pages = _("1 page") if one.page_count == 1 else pages
    return Entry(
        words,
        " · ".join(filter(None, (clock.local_words(one.printed_at), one.actor))),
        side=pages,
        icon=_ICONS.get(one.channel, "file-text"),
        data=one,
    )


def _slip_entry(one: Confirmation) -> Entry:
    difference = "" if one.is_agreed else amount_text(one.difference_minor, one.currency)
    detail: list[Any] = [_("as at {date}").format(date=one.as_of.isoformat()), one.note, one.actor]
    return Entry(
        _("Slip returned {date}").format(date=one.confirmed_on.isoformat()),
        " · ".join(filter(None, detail)),
        figure=difference,
        tone="danger" if difference else "",
        icon="check-circle" if one.is_agreed else "alert-circle",
        data=one,
    )
