"""One reminder beside the list: why, its items to tick, the letter as it will be printed, and how it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.models import clock
from crmdesk.text import N_, _
from crmdesk.ui import papers
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.day_words import due_words
from crmdesk.ui.dialogs import reminder_actions, reminder_sending
from crmdesk.ui.dialogs.reminder_actions import Party
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.commands import Command, button, plain_button
from crmdesk.ui.kit.controls import EmptyState, Segments
from crmdesk.ui.kit.labels import Chip, Paragraph
from crmdesk.ui.kit.layouts import FlowLayout
from crmdesk.ui.kit.preview import PagePreview
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.tick_list import TickEntry, TickList
from crmdesk.ui.kit.words import Speaking

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.reminders_due import Due

LEVEL_TONES = {1: "info", 2: "warn", 3: "danger"}
WATCHED = ("customer", "invoice", "payment", "credit", "opening", "writeoff", "refund", "reminder", "reminder_rule",
           "promise", "dunning_hold", "setting", "company")  # fmt: skip
_WAIT_MS = 120
_ROWS = 3


class _Found(NamedTuple):
    due: Due | None
    interest: Mapping[int, int]
    """Unbilled late interest by document."""
    language: str


def _read(connection: Connection, row_id: int) -> _Found:
    from crmdesk.services import interest, reminders_due, settings

    on = clock.today()
    own = settings.load(connection)
    found = reminders_due.of_item(connection, on, row_id)
    due = found.due if isinstance(found, reminders_due.Held) else found
    borne = (
        {
            item.document_id: item.interest_minor
            for item in interest.of_customer(connection, due.customer_id, on)
        }
        if due is not None
        else {}
    )
    return _Found(due, borne, own.language)


class LetterView(Speaking, QWidget):
    """Shows the reminder that an open item stands in. Its commands work in the whole part (`page`)."""

    def __init__(self, ctx: Context, page: QWidget) -> None:
        super().__init__()
        self._ctx, self._page = ctx, page
        self._row: int | None = None
        self._found: _Found | None = None
        self._is_stale = False
        self.setObjectName("reminders.detail")
        self.setProperty("role", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._later = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._later.timeout.connect(self._render)
        self._stack = QStackedWidget()
        self._nobody = EmptyState("mail", "", "", "reminders.detail.nobody")
        self._stack.addWidget(self._nobody)
        self._stack.addWidget(self._content())
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        ctx.bus.watch(self, WATCHED, lambda _changes: self._ask())
        self.retranslate()

    # Building

    def _content(self) -> QWidget:
        space = theme().metrics.space
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(space(4), space(3.5), space(4), 0)
        column.setSpacing(space(2))
        head = QHBoxLayout()
        head.setSpacing(space(2))
        self.name = labels.heading()
        self.name.setObjectName("reminders.detail.name")
        self.level = Chip()
        self.level.setObjectName("reminders.detail.level")
        self.total = labels.heading()
        self.total.setObjectName("reminders.detail.total")
        head.addWidget(self.name, 1)
        head.addWidget(self.level)
        head.addWidget(self.total)
        column.addLayout(head)
        self.reason = Paragraph("", "caption", "second")
        self.reason.setObjectName("reminders.detail.reason")
        column.addWidget(self.reason)
        holder = QWidget()
        self._buttons = FlowLayout(holder, gap=2)
        self._add_actions()
        column.addWidget(holder)
        self.items = TickList("reminders.items")
        self.say(self.items.setAccessibleName, N_("Items of the reminder"))
        self.items.ticks_changed.connect(self._ticked)
        column.addWidget(self.items)
        row = QHBoxLayout()
        self.told = labels.caption()
        self.told.setObjectName("reminders.told")
        row.addWidget(self.told, 1)
        self.language = Segments("reminders.language", list(papers.LANGUAGES), _("Language of documents"))
        self.language.changed.connect(lambda _value: self._render_soon())
        row.addWidget(self.language)
        column.addLayout(row)
        self.preview = PagePreview("reminders.preview")
        self.say(self.preview.setAccessibleName, N_("Page preview"))
        self.preview.fit_width()
        column.addWidget(self.preview, 1)
        return content

    def _add_actions(self) -> None:
        add = self._ctx.commands.add
        shown = (
            Command("reminders.print", N_("Print"), self.print_now, "printer", "Ctrl+P"),
            Command("reminders.pdf", N_("PDF"), self.save_pdf, "", "Ctrl+S"),
            Command("reminders.mail", N_("E-mail"), self.open_draft, "", "Ctrl+Shift+E"),
            Command("reminders.promise", N_("Promise …"), self.promise, "", "Ctrl+R"),
            Command("reminders.hold", N_("Exclude …"), self.hold, "", "Ctrl+H"),
        )
        rest = (
            Command("reminders.called", N_("Note a call or message"), self.called, "phone", "Ctrl+T"),
            Command(
                "reminders.interest", N_("Bill interest …"), self.bill_interest, "percent", "Ctrl+Shift+I"
            ),
            Command("reminders.statement", N_("Statement"), self.to_statement, "scale", "Ctrl+Shift+S"),
            Command("reminders.customer", N_("Customer"), self.to_customer, "user", "Ctrl+Shift+C"),
        )
        for command in shown:
            action = add(command, self._page)
            kind = "primary" if command.id == "reminders.print" else ""
            self._buttons.addWidget(button(action, kind, icon=command.icon))
        self._menu = QMenu(self)
        self._menu.setObjectName("reminders.menu")
        for command in rest:
            self._menu.addAction(add(command, self._page))
        self._more = plain_button("", "reminders.more", "", "more-horizontal")
        self.say(self._more.setToolTip, N_("More"))
        self.say(self._more.setAccessibleName, N_("More"))
        self._more.clicked.connect(
            lambda _checked=False: self._menu.popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))
        )
        self._buttons.addWidget(self._more)

    def retranslate(self) -> None:
        """Words that are computed."""
        super().retranslate()
        if hasattr(self, "_nobody"):
            self._nobody.set_words(
                _("Whom to remind?"), _("Choose a line of the list to see the letter and its items.")
            )
            self._show_facts()

    # State

    def show_row(self, row_id: int | None) -> None:
        """Shows the reminder with this open item; None shows that none is chosen."""
        self._row = row_id
        if row_id is None:
            self._found = None
            self._stack.setCurrentIndex(0)
            return
        self._ask()

    @property
    def due(self) -> Due | None:
        """The reminder with the ticked items; None without any."""
        if self._found is None or self._found.due is None:
            return None
        ticked = self.items.ticked()
        return self._found.due.only(ticked) if ticked else None

    def _ask(self) -> None:
        row_id = self._row
        if row_id is not None and self._ctx.book is not None:
            self._ctx.read(
                lambda connection: (row_id, _read(connection, row_id)),
                owner=self,
                on_done=self._take,
                replaces="due",
            )

    def _take(self, answer: tuple[int, _Found]) -> None:
        row_id, found = answer
        if row_id != self._row:
            return
        if found.due is None:
            self.show_row(None)
            return
        before = self._found.due if self._found is not None else None
        self._found = found
        if before is None:
            self.language.set_value(found.language)
        self._show_items(keeps=before is not None and before.customer == found.due.customer)
        self._show_facts()
        self._stack.setCurrentIndex(1)
        self._render_soon()

    def _show_items(self, *, keeps: bool) -> None:
        """The items; what was left out of the same customer's stays left out."""
        found = self._found
        if found is None or found.due is None:
            return
        out = {entry.data for entry in self.items.entries()} - set(self.items.ticked()) if keeps else set()
        entries = []
        for item in found.due.items:
            borne = found.interest.get(item.document_id, 0)
            side = (
                _("interest {amount}").format(amount=amount_text(borne, found.due.currency)) if borne else ""
            )
            last = (
                _("level {level} on {date}").format(level=item.last_level, date=item.last_on.isoformat())
                if item.last_on
                else ""
            )
            due_on = _("due {date}").format(date=item.due_on.isoformat())
            entries.append(
                TickEntry(
                    item.number,
                    " · ".join(filter(None, (due_words(item.days_late), due_on, last))),
                    figure=amount_text(item.open_minor, found.due.currency),
                    side=side,
                    tone="danger" if item.days_late > 0 else "",
                    data=item.document_id,
                    is_ticked=item.document_id not in out,
                )
            )
        self.items.set_entries(entries)
        rows = min(max(len(entries), 1), _ROWS)
        self.items.setFixedHeight(self.items.height_of_all() * rows // max(len(entries), 1))

    def _show_facts(self) -> None:
        found = self._found
        if found is None or found.due is None:
            return
        due = found.due
        chosen = self.due
        self.name.setText(due.name)
        self.level.setText(_("Level {level}").format(level=due.level))
        self.level.set_tone(LEVEL_TONES.get(due.level, "neutral"))
        self.total.setText(amount_text(chosen.total_minor if chosen else 0, due.currency))
        self.reason.setText(due.reason)
        told = _("{count} of {all} items").format(
            count=len(chosen.items) if chosen else 0, all=len(due.items)
        )
        ids = {item.document_id for item in chosen.items} if chosen else set()
        borne = sum(minor for entry, minor in found.interest.items() if entry in ids)
        if borne:
            told += " · " + _("interest {amount}").format(amount=amount_text(borne, due.currency))
        self.told.setText(told)
        for name in ("print", "pdf", "mail", "called"):
            action = self._ctx.commands.find(f"reminders.{name}")
            if action is not None:
                action.setEnabled(chosen is not None)

    def _ticked(self) -> None:
        self._show_facts()
        self._render_soon()

    # The letter

    def _render_soon(self) -> None:
        self._is_stale = True
        if self.isVisible():
            self._later.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Catches up with what changed out of sight."""
        super().showEvent(event)
        if self._is_stale:
            self._later.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is rendered for nobody."""
        super().hideEvent(event)
        self._later.stop()

    def _render(self) -> None:
        self._is_stale = False
        due = self.due
        if due is None:
            self.preview.set_message(_("Tick at least one item."))
        else:
            papers.show(
                self._ctx,
                self.preview,
                reminder_sending.paper_of(self._ctx, due, clock.today(), self.language.value()),
            )

    # Doing

    def _send(self, way: Any) -> None:
        due = self.due
        if due is not None:
            way(self._ctx, self, due, clock.today(), self.language.value())

    def print_now(self) -> None:
        """Prints the letter and notes it."""
        self._send(reminder_sending.print_letter)

    def save_pdf(self) -> None:
        """Saves the letter and notes it."""
        self._send(reminder_sending.save_letter)

    def open_draft(self) -> None:
        """Opens a draft in the mail program and notes it."""
        self._send(reminder_sending.open_draft)

    def called(self) -> None:
        """Notes that somebody called or wrote a message."""
        due = self.due
        if due is not None:
            reminder_sending.note(self._ctx, self, due, clock.today(), reminder_sending.CALL)

    def party(self) -> Party | None:
        """Of whom the reminder is."""
        found = self._found
        if found is None or found.due is None:
            return None
        due = self.due or found.due
        return Party(
            due.customer, due.name, due.currency, due.total_minor, [item.number for item in found.due.items]
        )

    def promise(self) -> None:
        """Records what the customer promised."""
        party = self.party()
        if party is not None:
            reminder_actions.promise(self._ctx, self, party)

    def hold(self) -> None:
        """Excludes the customer, or one item."""
        party = self.party()
        if party is not None:
            reminder_actions.hold(self._ctx, self, party)

    def bill_interest(self) -> None:
        """Bills what late interest has come to."""
        party = self.party()
        if party is not None:
            reminder_actions.bill_interest(self._ctx, self, party)

    def to_statement(self) -> None:
        """His statement."""
        party = self.party()
        if party is not None:
            self._ctx.go("statements", customer=party.code)

    def to_customer(self) -> None:
        """His page."""
        party = self.party()
        if party is not None:
            self._ctx.go("customers", code=party.code, full=True)
