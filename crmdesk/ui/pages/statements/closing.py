"""Month end (月结): a period's checklist, closing it, its sheet, earlier closings, what the accountant gets."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.models.fields import Field, Kind, required
from crmdesk.models.specs.documents import REASON
from crmdesk.text import N_, _
from crmdesk.ui import papers, printer
from crmdesk.ui.book_list import amounts_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.account_codes import open_codes
from crmdesk.ui.dialogs.action_form import ActionDialog, open_action
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.commands import Command, button
from crmdesk.ui.kit.editors import editor_for
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.layouts import FlowLayout, scrolled
from crmdesk.ui.kit.preview import PagePreview
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.statements import closing_files

if TYPE_CHECKING:
    from crmdesk.services.closing import Desk, Event, Item
    from crmdesk.services.use_cases import Outcome

WATCHED = (
    "invoice", "payment", "credit", "refund", "writeoff", "opening", "customer", "draft", "recurring",
    "bank_line", "bank_file", "bank_match", "closing", "period", "setting",
)  # fmt: skip
_UNTIL = Field("until", Kind.DATE, N_("Close everything up to"))
_ICONS = {
    "drafts": "pencil",
    "recurring": "refresh-cw",
    "number_gaps": "list",
    "bank": "wallet",
    "bank_balance": "scale",
    "check": "alert-circle",
    "unallocated": "coins",
    "backup": "database",
}


class ClosingView(Speaking, QWidget):
    """Left what is to be looked at and what was closed, right the closing sheet as paper.

    Enter on a line of the checklist opens its rows, the space bar (or its button) accepts it. Nothing is written
    before the period is closed.
    """

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self._ctx = ctx
        self._desk: Desk | None = None
        self._accepted: set[str] = set()
        self._shown: date | None = None
        """The closed period whose sheet is shown instead of the one at hand."""
        self.setObjectName("closing")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._left())
        row.addWidget(self._right(), 1)
        ctx.bus.watch(self, WATCHED, lambda _changes: self.refresh())
        ctx.book_changed.connect(self._new_book)
        self.setFocusProxy(self.items)
        self.retranslate()

    # Building

    def _left(self) -> QWidget:
        sizes = theme().metrics
        panel = QWidget()
        panel.setProperty("role", "surface")
        column = QVBoxLayout(panel)
        column.setContentsMargins(sizes.space(4.5), sizes.space(3), sizes.space(4.5), sizes.space(3))
        column.setSpacing(sizes.space(2))
        line = QHBoxLayout()
        line.setSpacing(sizes.space(2))
        label = labels.caption()
        self.say(label.setText, _UNTIL.label)
        line.addWidget(label)
        self.until: Any = editor_for(_UNTIL, self._ctx)
        self.until.setObjectName("closing.until")
        self.say(self.until.setAccessibleName, _UNTIL.label)
        self.until.setMaximumWidth(sizes.em(20))
        self.until.edited.connect(self._date_typed)
        line.addWidget(self.until)
        line.addStretch(1)
        self.period_words = labels.caption("", "second")
        self.period_words.setObjectName("closing.period")
        column.addLayout(line)
        column.addWidget(self.period_words)
        self.banner = Banner("closing.banner")
        self.banner.hide()
        column.addWidget(self.banner)
        self._checklist_title = self._add_title(column, N_("Checklist"))
        self.items = EntryList("closing.checklist")
        self.say(self.items.setAccessibleName, N_("Checklist"))
        self.items.chosen.connect(lambda entry: self.show_rows(entry.data))
        self.items.current_changed.connect(lambda _entry: self._show_enabled())
        column.addWidget(self.items)
        add = self._ctx.commands.add
        self._actions = holder = QWidget()
        actions = FlowLayout(holder, gap=2)
        self.rows_action = add(
            Command("closing.rows", N_("Show rows"), self._show_current, "list", "Ctrl+Shift+O"), self
        )
        self.accept_action = add(
            Command(
                "closing.accept",
                N_("Accept"),
                self.toggle_accepted,
                "check",
                "Ctrl+Shift+A",
                N_("Accept what is open with a reason, or take that back"),
            ),
            self,
        )
        self.close_action = add(
            Command("closing.close", N_("Close the period …"), self.close_period, "lock", "Ctrl+Shift+L"),
            self,
        )
        actions.addWidget(button(self.rows_action, icon="list"))
        actions.addWidget(button(self.accept_action, icon="check"))
        actions.addWidget(button(self.close_action, "primary", icon="lock"))
        column.addWidget(holder)
        column.addWidget(labels.rule())
        self._add_title(column, N_("Closed periods"))
        self.nothing = labels.Paragraph("", "", "second")
        self.nothing.setObjectName("closing.nothing")
        column.addWidget(self.nothing)
        self.closed = EntryList("closing.list")
        self.say(self.closed.setAccessibleName, N_("Closed periods"))
        self.closed.current_changed.connect(self._choose_closed)
        self.closed.setMinimumHeight(sizes.row * 3)
        column.addWidget(self.closed, 1)
        self.reopen_action = add(
            Command("closing.reopen", N_("Open again …"), self.reopen, "rotate-ccw", "Ctrl+Shift+U"), self
        )
        line = QHBoxLayout()
        line.addWidget(button(self.reopen_action, icon="rotate-ccw"))
        line.addStretch(1)
        column.addLayout(line)
        area = scrolled(panel, "closing.scroll")
        area.setFixedWidth(sizes.em(64))
        panel.setProperty("role", "surface")
        return area

    def _add_title(self, column: QVBoxLayout, words: str) -> labels.Label:
        made = labels.strong()
        self.say(made.setText, words)
        column.addWidget(made)
        return made

    def _right(self) -> QWidget:
        sizes = theme().metrics
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bar = QWidget()
        row = FlowLayout(bar, gap=2)
        beside = QVBoxLayout()
        beside.setContentsMargins(sizes.space(4), sizes.space(2), sizes.space(4), sizes.space(2))
        beside.addWidget(bar)
        add = self._ctx.commands.add
        for command in (
            Command("closing.print", N_("Print"), self.print_now, "printer", "Ctrl+P"),
            Command("closing.pdf", N_("PDF"), self.save_pdf, "file-text", "Ctrl+S"),
            Command("closing.vouchers", N_("Vouchers …"), self.vouchers, "file-spreadsheet", "Ctrl+E"),
            Command("closing.package", N_("Accountant's package …"), self.package, "package", "Ctrl+Shift+E"),
            Command("closing.codes", N_("Account codes …"), self.codes, "book", "Ctrl+Shift+K"),
        ):
            row.addWidget(button(add(command, self), icon=command.icon))
        column.addLayout(beside)
        self.preview = PagePreview("closing.preview")
        self.say(self.preview.setAccessibleName, N_("Closing sheet"))
        column.addWidget(self.preview, 1)
        return right

    def retranslate(self) -> None:
        """Everything that is worked out, in the new language."""
        super().retranslate()
        if hasattr(self, "preview"):
            self._show_all()

    # Reading

    def _new_book(self) -> None:
        self._desk, self._shown = None, None
        self._accepted.clear()
        self.until.set_value(None)
        self.refresh()

    def refresh(self) -> None:
        """Reads the checklist and the list of closings again."""
        if self._ctx.book is None or not self.isVisible():
            return
        path = self._ctx.book.path
        wanted = self.until.value()
        day = wanted if isinstance(wanted, date) else None

        def work(connection: Any) -> Desk:
            from crmdesk.services import closing

            return closing.desk(connection, day, path=path)

        self._ctx.read(
            work,
            owner=self,
            on_done=self._take,
            replaces="desk",
            lane="heavy",
            label=_("Checking the period"),
        )

    def _take(self, desk: Desk) -> None:
        self._desk = desk
        if self.until.value() is None:
            self.until.set_value(desk.until)
        self._show_all()
        if self.items.currentIndex().row() < 0 and desk.items:
            first = next((at for at, item in enumerate(desk.items) if item.is_blocking), 0)
            self.items.select(first)
        self._show_sheet()

    def _date_typed(self) -> None:
        self._shown = None
        self._accepted.clear()
        self.closed.clearSelection()
        self.refresh()

    # Showing

    def _show_all(self) -> None:
        desk = self._desk
        self.items.set_entries([] if desk is None else [self._item_entry(item) for item in desk.items])
        if desk is not None:
            for part in (self.items, self._checklist_title, self._actions):
                part.setVisible(not desk.is_locked)
            self.items.setFixedHeight(self.items.height_of_all())
        self.closed.set_entries([] if desk is None else [_event_entry(one) for one in desk.events])
        self.nothing.setText(
            _("No period was closed yet. Go through the checklist, then close it: reports stay as they are.")
        )
        self.nothing.setVisible(desk is not None and not desk.events)
        self.period_words.setText("" if desk is None else _period_words(desk))
        self.banner.hide()
        if desk is not None and desk.is_locked:
            self.banner.show_message(
                _("The book is locked until {date}. Choose a later day to close the next period.").format(
                    date="" if desk.locked is None else desk.locked.isoformat()
                ),
                "info",
            )
        self._show_enabled()

    def _item_entry(self, item: Item) -> Entry:
        from crmdesk.services.closing import LABELS

        if not item.is_open:
            chip, tone, detail = _("In order"), "good", _("Nothing to do.")
        elif item.is_blocking and item.code in self._accepted:
            chip, tone, detail = _("Accepted"), "info", _("Kept on the closing sheet with your reason.")
        elif item.is_blocking:
            chip, tone, detail = _("Blocks"), "danger", _("Settle it, or accept it with a reason.")
        else:
            chip, tone, detail = _("Worth a look"), "warn", _("Worth a look; it does not stop the closing.")
        return Entry(
            _(LABELS[item.code]),
            detail,
            figure=str(item.count) if item.count else "—",
            side=amounts_text(item.minors, empty=""),
            icon=_ICONS.get(item.code, "list"),
            chip=chip,
            chip_tone=tone,
            is_muted=not item.is_open,
            data=item,
        )

    def _show_enabled(self) -> None:
        desk = self._desk
        entry = self.items.current()
        item: Item | None = entry.data if entry is not None else None
        self.rows_action.setEnabled(item is not None and item.is_open)
        self.accept_action.setEnabled(item is not None and item.is_blocking)
        self.close_action.setEnabled(desk is not None and not desk.is_locked)
        self.reopen_action.setEnabled(desk is not None and any(one.is_last for one in desk.events))

    def _choose_closed(self, entry: Entry | None) -> None:
        event: Event | None = entry.data if entry is not None else None
        if event is not None and event.is_standing and event.kind == "close" and self.closed.hasFocus():
            self._shown = event.until
            self._show_sheet()

    def _sheet_days(self) -> tuple[date | None, date] | None:
        """The period of the sheet that is shown."""
        if self._desk is None:
            return None
        return (None, self._shown) if self._shown is not None else (self._desk.start, self._desk.until)

    def paper(self) -> papers.Paper | None:
        """The closing sheet that is shown."""
        days = self._sheet_days()
        return closing_files.sheet_paper(*days) if days is not None else None

    def _show_sheet(self) -> None:
        paper = self.paper()
        if paper is not None:
            papers.show(self._ctx, self.preview, paper)

    # Doing

    def _show_current(self) -> None:
        entry = self.items.current()
        if entry is not None:
            self.show_rows(entry.data)

    def show_rows(self, item: Item) -> None:
        """Goes to the rows that a line of the checklist counts."""
        if item.is_open and self._desk is not None:
            closing_files.go_to_rows(self._ctx, item, self._desk.until)

    def toggle_accepted(self) -> None:
        """Accepts the blocking line of the checklist under the cursor, or no longer."""
        entry = self.items.current()
        if entry is not None and entry.data.is_blocking:
            self._accepted ^= {entry.data.code}
            self._show_all()

    def close_period(self) -> ActionDialog | None:
        """Asks for the reason of what is accepted, then closes."""
        desk = self._desk
        if desk is None or desk.is_locked:
            return None
        waiting = [item for item in desk.items if item.is_blocking and item.code not in self._accepted]
        if waiting:
            self._refuse(waiting[0])
            return None
        from crmdesk.services.closing import LABELS
        from crmdesk.services.periods import ahead_words

        accepted = [item.code for item in desk.items if item.is_blocking]
        warning = ahead_words(desk.until)
        text = (f"{warning}\n" if warning else "") + _(
            "Nothing dated on or before {date} can be entered, reversed or allocated any more, until the period "
            "is opened again. Checklist and figures are kept with it."
        ).format(date=desk.until.isoformat())
        if accepted:
            names = ", ".join(_(LABELS[code]) for code in accepted)
            text += "\n" + _("Accepted although open: {items}.").format(items=names)
        return open_action(
            self._ctx,
            self,
            _("Close everything up to {date}").format(date=desk.until.isoformat()),
            "period.close",
            (required(REASON) if accepted else REASON,),
            fixed={"until": desk.until.isoformat(), "accepted": accepted},
            name="closePeriod",
            text=text,
            yes=_("Close the period"),
            on_done=self._closed,
        )

    def _refuse(self, item: Item) -> None:
        """What blocks is said where it stands, with the way out."""
        from crmdesk.services.closing import LABELS

        if self._desk is not None:
            self.items.select(self._desk.items.index(item))
        self.banner.show_message(
            _("“{item}” is open ({count}). Look at the rows, or accept it: then it can be closed.").format(
                item=_(LABELS[item.code]), count=item.count
            ),
            "danger",
        )
        self.items.setFocus(Qt.FocusReason.OtherFocusReason)

    def _closed(self, outcome: Outcome) -> None:
        until = date.fromisoformat(str(outcome.result["until"]))
        self._accepted.clear()
        self._shown = until
        self.until.set_value(None)
        self._ctx.notices.toast(
            _("Closed until {date}.").format(date=until.isoformat()),
            "good",
            _("Accountant's package …"),
            self.package,
        )
        self.refresh()

    def reopen(self) -> ActionDialog | None:
        """Takes the newest closing back, with a reason."""
        last = next((one for one in self._desk.events if one.is_last), None) if self._desk else None
        if last is None:
            return None
        return open_action(
            self._ctx,
            self,
            _("Open {date} again").format(date=last.until.isoformat()),
            "period.reopen",
            (required(REASON),),
            fixed={"until": last.until.isoformat()},
            name="reopenPeriod",
            text=_(
                "The lock goes back to where it was before this. What was closed or locked stays on record with your "
                "reason; reports of that period may change again."
            ),
            yes=_("Open again"),
            kind="danger",
            on_done=lambda _outcome: self._reopened(last.until),
        )

    def _reopened(self, until: date) -> None:
        self._shown = None
        self.until.set_value(until)
        self.refresh()

    def print_now(self) -> None:
        """Prints the sheet that is shown."""
        paper = self.paper()
        if paper is not None:
            printer.print_paper(self._ctx, self, paper)

    def save_pdf(self) -> None:
        """Asks where the sheet goes."""
        paper = self.paper()
        if paper is not None:
            papers.save_pdf(self._ctx, self, paper)

    def vouchers(self) -> None:
        """Asks for what the accountant's program takes, and writes it."""
        days = self._sheet_days()
        if days is not None:
            closing_files.export_vouchers(self._ctx, self, *days)

    def package(self) -> None:
        """Asks where the package of the period goes, and writes it."""
        days = self._sheet_days()
        if days is not None:
            closing_files.export_package(self._ctx, self, *days)

    def codes(self) -> None:
        """The accounts of this book in the accountant's codes."""
        open_codes(self._ctx, self)


def _period_words(desk: Desk) -> str:
    if desk.is_locked:
        return _("Up to {date}").format(date=desk.until.isoformat())
    if desk.start is None:
        return _("Everything up to {date}; nothing was closed before.").format(date=desk.until.isoformat())
    return _("{start} to {end}").format(start=desk.start.isoformat(), end=desk.until.isoformat())


def _event_entry(one: Event) -> Entry:
    from crmdesk.models import clock

    is_close = one.kind != "reopen"
    words = _("Closed until {date}") if is_close else _("{date} opened again")
    if one.kind == "lock":
        words = _("Locked until {date}, without a checklist")
    by = " · ".join(filter(None, (clock.local_words(one.recorded_at), one.actor, one.reason)))
    chip = "" if not is_close else _("In force") if one.is_standing else _("Taken back")
    return Entry(
        words.format(date=one.until.isoformat()),
        by,
        icon="lock" if is_close else "rotate-ccw",
        chip=chip,
        chip_tone="good" if one.is_standing else "neutral",
        is_muted=not one.is_standing,
        data=one,
    )
