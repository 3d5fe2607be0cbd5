"""Recurring invoices (周期): the list, the next dates and what was made of one, and making what is due."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.models import clock
from crmdesk.models.specs.recurring import MODES
from crmdesk.text import N_, _, counted
from crmdesk.ui.book_list import BookList, amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.export_list import export_list
from crmdesk.ui.document_view import FactsGrid
from crmdesk.ui.kit import dialogs, labels
from crmdesk.ui.kit.commands import Command, button, plain_button
from crmdesk.ui.kit.controls import EmptyState
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.first_chosen import choose_first
from crmdesk.ui.kit.labels import Chip, Paragraph
from crmdesk.ui.kit.layouts import FlowLayout
from crmdesk.ui.kit.list_page import ListPage, filter_chip
from crmdesk.ui.kit.row_source import Row
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.invoices.recurring_form import open_form

if TYPE_CHECKING:
    from crmdesk.services.recurring import Card, Made, Upcoming
    from crmdesk.services.use_cases import Outcome

RECURRING = "recurring"
_ORDER = ("code", "title", "name", "next", "period", "total", "mode")
_DUE = "active and next <= today"
_PROBLEMS_SHOWN = 3


def rhythm_words(unit: str, every: int) -> str:
    """Monthly, every 3 months, weekly, every 2 weeks."""
    if every == 1:
        return _("Every month") if unit == "month" else _("Every week")
    words = _("Every {count} months") if unit == "month" else _("Every {count} weeks")
    return words.format(count=every)


def make_recurring(ctx: Context) -> ListPage:
    """The list with its detail and commands."""
    source = BookList(ctx, RECURRING)
    at_unit, at_every, at_next, at_active = (
        source.place(name) for name in ("period", "every", "next", "active")
    )

    def next_tone(row: Row) -> str:
        if not row[at_active]:
            return "third"
        return "warn" if row[at_next] is not None and row[at_next] <= clock.today() else ""

    columns = source.columns(
        {
            "next": {"tone": next_tone},
            "period": {
                "field": replace(source.fields[at_unit], label=N_("Rhythm")),
                "text": lambda row: rhythm_words(str(row[at_unit]), int(row[at_every] or 1)),
                "width": 12,
            },
            "title": {"width": 16},
            "total": {"is_strong": True},
            "mode": {"width": 11},
        },
        order=_ORDER,
        shown=_ORDER,
    )
    page = ListPage(
        ctx,
        RECURRING,
        N_("Recurring"),
        source,
        columns,
        kind=RECURRING,
        watch=(RECURRING, "customer", "invoice", "draft"),
        icon="refresh-cw",
        search_hint=N_("Title, code or customer"),
        count_words=N_("{count} recurring invoices"),
        empty_title=N_("No recurring invoices"),
        empty_text=N_(
            "What is invoiced again and again, rent or service, is written once. Begin with Ctrl+N."
        ),
    )
    page.enable_export()
    page.export_requested.connect(
        lambda query, shown: export_list(ctx, page, source, query, shown, _("Recurring"))
    )
    for name, words, expression in (("due", N_("Due"), _DUE), ("active", N_("Running"), "active")):

        def switch(is_on: bool, name: str = name, expression: str = expression) -> None:
            page.set_filter(name, expression if is_on else None)

        chip = filter_chip(_(words), f"recurring.filter.{name}", switch)
        page.say(chip.setText, words)
        page.say(chip.setAccessibleName, words)
        page.add_filter(chip)
    run = Command("recurring.run", N_("Make what is due …"), lambda: run_due(ctx, page), "sparkles", "Ctrl+G")
    # In the row of the chips: the title row is full of segments.
    page.add_filter(button(ctx.commands.add(run, page), "chip", icon="sparkles"))
    new = page.add_button(
        Command("recurring.new", N_("New …"), lambda: open_form(ctx, page), "plus", "Ctrl+N"),
        "primary",
    )
    page.add_empty_button(new, "primary")
    view = RecurringView(ctx, page)
    page.current_changed.connect(view.show_record)
    page.set_detail(view)
    page.opened.connect(lambda _record: view.edit())
    choose_first(page)
    return page


class RecurringView(Speaking, QWidget):
    """One recurring invoice: when it comes next, what it holds, what was made of it."""

    def __init__(self, ctx: Context, page: ListPage) -> None:
        super().__init__()
        self._ctx = ctx
        self._id: int | None = None
        self.card: Card | None = None
        self.setObjectName("recurring.detail")
        self.setProperty("role", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._stack = QStackedWidget()
        nobody = EmptyState("refresh-cw", "", "", "recurring.detail.nobody")
        self._stack.addWidget(nobody)
        self._stack.addWidget(self._content(page))
        outer.addWidget(self._stack)
        self.say(
            lambda words: nobody.set_words(words, _("Choose a row to see it here.")), N_("Nothing chosen")
        )
        ctx.bus.watch(self, (RECURRING, "invoice", "draft", "customer"), lambda _changes: self.reload())

    def _content(self, page: ListPage) -> QWidget:
        space = theme().metrics.space
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(space(4), space(4), space(4), 0)
        column.setSpacing(space(3))
        head = QHBoxLayout()
        head.setSpacing(space(2))
        self.title = labels.heading()
        self.title.setObjectName("recurring.detail.title")
        self.state = Chip()
        head.addWidget(self.title)
        head.addWidget(self.state)
        head.addStretch(1)
        column.addLayout(head)
        self.customer = plain_button("", "recurring.detail.customer", "link")
        self.customer.clicked.connect(lambda _checked=False: self._go_to_customer())
        line = QHBoxLayout()
        line.addWidget(self.customer)
        line.addStretch(1)
        column.addLayout(line)
        self.total = labels.figure()
        self.total.setObjectName("recurring.detail.total")
        column.addWidget(self.total)
        holder = QWidget()
        row = FlowLayout(holder, gap=2)
        add = self._ctx.commands.add
        self._edit = add(Command("recurring.edit", N_("Edit"), self.edit, "pencil", "F2"), page)
        self._make = add(
            Command("recurring.make", N_("Make it now"), self.make, "sparkles", "Ctrl+Shift+G"), page
        )
        self._stop = add(Command("recurring.stop", N_("Stop …"), self.stop, "ban", "Ctrl+Shift+D"), page)
        for action, kind in ((self._edit, ""), (self._make, ""), (self._stop, "danger")):
            row.addWidget(button(action, kind, icon="" if kind else str(action.property("iconName"))))
        column.addWidget(holder)
        self.facts = FactsGrid("recurring.detail.facts")
        column.addWidget(self.facts)
        self._made_title = labels.strong()
        self.say(self._made_title.setText, N_("Next and made"))
        column.addWidget(self._made_title)
        self.entries = EntryList("recurring.detail.made")
        self.say(self.entries.setAccessibleName, N_("Next and made"))
        self.entries.chosen.connect(self._open)
        column.addWidget(self.entries, 1)
        return content

    def show_record(self, record_id: int | None) -> None:
        """Reads and shows one; None shows nothing."""
        if record_id != self._id:
            self._id = record_id
            self.reload()

    def reload(self) -> None:
        """Reads the same one again."""
        wanted = self._id
        if wanted is None or self._ctx.book is None:
            self._show(None)
            return

        def work(connection: Any) -> Card:
            from crmdesk.services import recurring

            return recurring.card(connection, wanted)

        def failed(_error: Exception) -> bool:
            self._show(None)
            return True

        self._ctx.read(work, owner=self, on_done=self._show, on_error=failed, replaces="card")

    def _show(self, card: Card | None) -> None:
        self.card = card
        self._stack.setCurrentIndex(0 if card is None else 1)
        for action in (self._edit, self._stop):
            action.setEnabled(card is not None and card.is_active)
        self._make.setEnabled(card is not None and card.is_active and card.is_due)
        if card is not None:
            self._fill(card)

    def _fill(self, card: Card) -> None:
        self.title.setText(card.title or card.code)
        words, tone = _state(card)
        self.state.setText(words)
        self.state.set_tone(tone)
        self.customer.setText(f"{card.customer_name} · {card.customer}")
        self.customer.setAccessibleName(self.customer.text())
        self.total.setText(amount_text(card.total_minor, card.currency))
        lines = card.content.get("lines") or []
        held = "；" if any("\u4e00" <= sign <= "\u9fff" for sign in _held(lines)) else "; "
        facts = [
            (_("Code"), card.code),
            (_("Rhythm"), rhythm_words(card.unit, card.every)),
            (_("First date"), card.starts_on.isoformat()),
            (_("Until"), card.ends_on.isoformat() if card.ends_on else ""),
            (_("How often"), f"{card.done} / {card.times}" if card.times else ""),
            (_("How it is made"), next(_(mode.label) for mode in MODES if mode.value == card.mode)),
            (_("Days to pay"), str(card.due_days) if card.due_days is not None else ""),
            (_("Lines"), held.join(str(line.get("description") or "") for line in lines)),
            (_("Note"), str(card.content.get("note") or "")),
        ]
        self.facts.set_facts([(title, value) for title, value in facts if value])
        self.entries.set_entries(
            [
                *(
                    Entry(
                        on.isoformat(),
                        _("is due to be made") if on <= clock.today() else _("will be made"),
                        amount_text(card.total_minor, card.currency),
                        icon="clock",
                        tone="warn" if on <= clock.today() else "third",
                        is_muted=on > clock.today(),
                    )
                    for on in card.next_dates
                ),
                *(_made_entry(one) for one in card.made),
            ]
        )

    def retranslate(self) -> None:
        """Everything is said again."""
        super().retranslate()
        if self.card is not None:
            self._fill(self.card)

    # What is done

    def edit(self) -> None:
        """Opens the form with what it holds."""
        if self.card is not None and self.card.is_active:
            open_form(self._ctx, self, card=self.card)

    def make(self) -> None:
        """Makes what is due of this one."""
        if self.card is not None and self._make.isEnabled():
            _run(self._ctx, self, {"recurring": self.card.code})

    def stop(self) -> None:
        """Asks, then stops it for good."""
        card = self.card
        if card is None or not card.is_active:
            return
        dialogs.confirm(
            self,
            _("Stop “{title}”?").format(title=card.title or card.code),
            _("No more invoices are made of it. What was made stays. It cannot be started again."),
            _("Stop"),
            lambda: self._ctx.run_use_case("recurring.stop", {"recurring": card.code}, owner=self),
            name="recurring.stopAsk",
        )

    def _go_to_customer(self) -> None:
        if self.card is not None:
            self._ctx.go("customers", code=self.card.customer)

    def _open(self, entry: Entry) -> None:
        made: Made | None = entry.data
        if made is None or not made.is_there:
            return
        if made.number.startswith("D") and made.number[1:].isdigit():
            self._ctx.go("invoices", part="drafts")
        else:
            self._ctx.go("invoices", number=made.number, kind="invoice")


def _held(lines: Any) -> str:
    return "".join(str(line.get("description") or "") for line in lines)


def _state(card: Card) -> tuple[str, str]:
    if not card.is_active:
        return _("Stopped"), "neutral"
    if not card.next_dates:
        return _("At its end"), "neutral"
    return (_("Due"), "warn") if card.is_due else (_("Running"), "good")


def _made_entry(made: Made) -> Entry:
    if not made.number:
        return Entry(
            made.dated_on.isoformat(), _("passed over: the period was locked"), icon="lock", is_muted=True
        )
    is_draft = made.number.startswith("D") and made.number[1:].isdigit()
    words = _("Draft") if is_draft else _("Invoice")
    if not made.is_there:
        words = _("Draft issued or thrown away")
    return Entry(
        made.number,
        f"{made.dated_on.isoformat()} · {words}",
        icon="pencil" if is_draft else "file-text",
        is_muted=not made.is_there,
        data=made,
    )


# Making what is due


def run_due(ctx: Context, parent: QWidget) -> None:
    """Shows what would be made up to today, and makes it."""

    def work(connection: Any) -> list[Upcoming]:
        from crmdesk.services import recurring

        return recurring.upcoming(connection, clock.today())

    def done(found: list[Upcoming]) -> None:
        if not found:
            ctx.notices.toast(_("Nothing is due: every recurring invoice is made up to today."))
            return
        _RunDialog(ctx, parent, found).show_sheet()

    ctx.read(work, owner=parent, on_done=done)


class _RunDialog(Dialog):
    """What would be made, before it is."""

    def __init__(self, ctx: Context, parent: QWidget, found: list[Upcoming]) -> None:
        super().__init__(parent, _("Make what is due"), name="recurring.runDialog", width=84)
        self._ctx = ctx
        self._parent = parent
        self.body.addWidget(
            Paragraph(
                _("Issued at once or as a draft, as each was set up. Each date is made once, ever."),
                "",
                "second",
            )
        )
        entries = EntryList("recurring.runDialog.entries")
        entries.setAccessibleName(_("What is made"))
        modes = {mode.value: _(mode.label) for mode in MODES}
        entries.set_entries(
            [
                Entry(
                    f"{one.name} · {one.title}" if one.title else one.name,
                    " · ".join((one.dated_on.isoformat(), modes[one.mode])),
                    amount_text(one.total_minor, one.currency),
                    icon="lock" if one.is_locked else "file-text",
                    chip=_("locked, passed over") if one.is_locked else "",
                    chip_tone="warn",
                )
                for one in found
            ]
        )
        entries.setMinimumHeight(self.at_most(entries.height_of_all()))
        self.body.addWidget(entries, 1)
        self.add_cancel("recurring.runDialog.cancel")
        count = sum(not one.is_locked for one in found)
        words = _("Make one invoice") if count == 1 else counted(N_("Make {count} invoices"), count)
        self.add_action(words, "recurring.runDialog.run", self._make, kind="primary", shortcut="Ctrl+S")

    def _make(self) -> None:
        self.accept()
        _run(self._ctx, self._parent, {})


def _run(ctx: Context, owner: QWidget, arguments: dict[str, Any]) -> None:
    def done(outcome: Outcome) -> None:
        made, problems = outcome.result["made"], outcome.result["problems"]
        if made:
            drafts = sum(one["mode"] == "draft" for one in made)
            words = _("{issued} issued, {drafts} drafts made.").format(
                issued=len(made) - drafts, drafts=drafts
            )
            part = "drafts" if drafts == len(made) else "invoices"
            ctx.notices.toast(words, "good", _("Show"), lambda: ctx.go("invoices", part=part))
        for one in problems[:_PROBLEMS_SHOWN]:
            ctx.notices.toast(f"{one['recurring']}: {one['message']}", "warn")

    ctx.run_use_case("recurring.run", arguments, owner=owner, on_done=done)
