"""Key figures, what is due, what waits, money received, ageing, debtors, the newest documents."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.models import clock
from crmdesk.services.today_shape import Figure, Target, Today
from crmdesk.text import N_, _, counted
from crmdesk.ui import day_words
from crmdesk.ui.book_list import amount_text, amounts_text
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.cards import CardGrid, FigureCard
from crmdesk.ui.kit.commands import Command, button, icon_button_of, plain_button
from crmdesk.ui.kit.controls import EmptyState
from crmdesk.ui.kit.icons import set_icon
from crmdesk.ui.kit.labels import set_property
from crmdesk.ui.kit.layouts import scrolled
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.today import parts

_QUICK = ("new.invoices", "new.customers", "window.import")
"""Commands of the window that begin a day's work; Receive stands in the top bar already."""
_QUICK_EM = 130
"""From so many digits of width on they stand beside the date."""


class TodayPage(Speaking, QWidget):
    """The start page of a book."""

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self._ctx = ctx
        self._day = ctx.day()
        self.setObjectName("today")
        self.setProperty("role", "page")
        self.say(self.setAccessibleName, N_("Today"))
        self._figure_targets: dict[str, tuple[Target, str]] = {}
        space = theme().metrics.space
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._head())
        self.banner = Banner("today.banner")
        outer.addWidget(self.banner)
        self.stack = QStackedWidget()
        outer.addWidget(self.stack, 1)
        self.begin = EmptyState("home", "", "", "today.begin")
        self._add_beginnings()
        body = QWidget()
        column = QVBoxLayout(body)
        self._column = column
        column.setSpacing(space(3))
        column.addWidget(self._figures())
        column.addWidget(self._cards())
        column.addStretch(1)
        blank = QWidget()
        self.area = scrolled(body, "today.area")
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.verticalScrollBar().rangeChanged.connect(lambda *_range: self._set_margins())
        self._set_margins()
        for page in (blank, self.area, self.begin):
            self.stack.addWidget(page)
        self._day.changed.connect(self.show_facts)
        self._day.failed.connect(self.banner.show_error)
        self.setFocusProxy(self.cards["received"])
        self.show_facts()

    # Building

    def _head(self) -> QWidget:
        space = theme().metrics.space
        head = QWidget()
        head.setMinimumHeight(theme().metrics.title_bar)
        row = QHBoxLayout(head)
        row.setContentsMargins(space(4.5), 0, space(4.5), 0)
        row.setSpacing(space(2))
        self.title = labels.title()
        self.title.setObjectName("today.title")
        row.addWidget(self.title)
        row.addStretch(1)
        self.backup = plain_button("", "today.backup", "chip")
        self.backup.clicked.connect(lambda _checked=False: day_words.go_to(self._ctx, day_words.BACKUP))
        row.addWidget(self.backup)
        refresh = Command("today.refresh", N_("Refresh"), self._day.refresh, "refresh-cw", "F5")
        self.refresh_button = icon_button_of(self._ctx.commands.add(refresh, self))
        row.addWidget(self.refresh_button)
        self.quick: list[QPushButton] = []
        for name in _QUICK:
            action = self._ctx.commands.find(name)
            if action is not None:
                made = button(action)
                made.setObjectName(f"today.quick.{name}")
                self.quick.append(made)
                row.addWidget(made)
        return head

    def _set_margins(self) -> None:
        """The cards end where the title row ends, with a scroll bar beside them or without."""
        space = theme().metrics.space
        bar = self.area.verticalScrollBar()
        taken = bar.sizeHint().width() if bar.maximum() > 0 else 0
        top = theme().metrics.ring  # room for the ring around what has the focus
        self._column.setContentsMargins(space(4.5), top, max(space(4.5) - taken, 0), space(4))

    def _figures(self) -> QWidget:
        self.cards = {
            name: FigureCard(f"today.figure.{name}") for name in ("received", "owed", "overdue", "week")
        }
        for name, card in self.cards.items():
            card.clicked.connect(lambda _checked=False, which=name: self._go(*self._figure_targets[which]))
        self.figures = CardGrid(list(self.cards.values()), most=4, least_em=28)
        return self.figures

    def _cards(self) -> QWidget:
        self.due = parts.EntriesCard(
            "today.due",
            N_("Due and overdue"),
            N_("Nothing is overdue or due within a week."),
            self._go,
            show_all=self._show_all_due,
        )
        self.todo = parts.EntriesCard("today.todo", N_("To do"), N_("Nothing waits for you."), self._go)
        self.contacts = parts.EntriesCard(
            "today.contacts",
            N_("Contact today"),
            N_("Nobody waits for a call. Plan the next contact when you log one (Ctrl+L)."),
            self._go,
            show_all=self._show_all_contacts,
        )
        self.tasks = parts.EntriesCard(
            "today.tasks",
            N_("Tasks due"),
            N_("No task is due."),
            self._go,
            show_all=self._show_all_tasks,
        )
        self.received = parts.ReceivedCard(self._go)
        nothing = N_("Nobody owes anything.")
        self.ageing = parts.BarsCard("today.ageing", N_("Ageing"), nothing, self._go, 14)
        self.debtors = parts.BarsCard("today.debtors", N_("Largest debtors"), nothing, self._go, 32)
        self.newest = parts.EntriesCard(
            "today.newest", N_("Newest documents"), N_("No documents yet."), self._go
        )
        self.whole = CardGrid(
            [
                self.due,
                self.todo,
                self.contacts,
                self.tasks,
                self.received,
                self.ageing,
                self.newest,
                self.debtors,
            ],
            most=2,
            least_em=62,
            stretches=(8, 7),
        )
        return self.whole

    def _add_beginnings(self) -> None:
        for name, kind in (("window.import", "primary"), ("new.customers", ""), ("new.invoices", "")):
            action = self._ctx.commands.find(name)
            if action is not None:
                made = button(action, kind)
                made.setObjectName(f"today.begin.{name}")
                self.begin.add_button(made)
        self.practice = plain_button("", "today.begin.practice", "ghost", "sparkles")
        self.say(self.practice.setText, N_("Practice company"))
        self.say(self.practice.setAccessibleName, N_("Practice company"))
        self.practice.clicked.connect(lambda _checked=False: self._ctx.go("welcome", practice=True))
        self.begin.add_button(self.practice)

    # Showing

    def retranslate(self) -> None:
        """Every sentence in the new language."""
        super().retranslate()
        if hasattr(self, "whole"):
            self.show_facts()

    def show_facts(self) -> None:
        """Shows what was read last."""
        self.title.setText(day_words.day_words(clock.today()))
        self._show_backup()
        facts = self._day.facts
        if facts is None:
            return
        self.banner.hide()
        had_focus = self.isAncestorOf(focused) if (focused := self.window().focusWidget()) else False
        is_new = not facts.has_documents
        self._show_quick()
        if is_new:
            self._show_beginning(facts)
        else:
            self._show_figures(facts)
            self._show_cards(facts)
        page = self.begin if is_new else self.area
        if self.stack.currentWidget() is not page:
            self.stack.setCurrentWidget(page)
            first = self.begin.findChild(QPushButton) if is_new else self.cards["received"]
            if first is not None:
                self.setFocusProxy(first)
                if had_focus or self.hasFocus():
                    first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_quick(self) -> None:
        """Where there is room: what they do stands in the New menu as well, and the date comes first."""
        facts = self._day.facts
        is_wide = self.width() >= theme().metrics.em(_QUICK_EM)
        for made in self.quick:
            made.setVisible(is_wide and facts is not None and facts.has_documents)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Quick actions come and go with the width."""
        super().resizeEvent(event)
        self._show_quick()

    def _show_beginning(self, facts: Today) -> None:
        if facts.has_customers:
            self.begin.set_words(
                _("Write the first invoice"),
                _(
                    "Your customers are here. Write an invoice with Ctrl+Shift+N, "
                    "or import what they owed when you began with this book."
                ),
            )
        else:
            self.begin.set_words(
                _("Begin with your customers"),
                _(
                    "Import the list you have in Excel, or write down the first customer; then write an invoice. "
                    "The practice company shows a full day with invented data."
                ),
            )

    def _show_backup(self) -> None:
        words, tone = day_words.backup_words(self._day.backup)
        facts, backup = self._day.facts, self._day.backup
        is_worth = facts is not None and facts.has_documents
        self.backup.setVisible(backup is not None and (backup.verified_at is not None or is_worth))
        self.backup.setText(words)
        self.backup.setAccessibleName(words)
        set_icon(self.backup, "check" if tone == "good" else "database", tone or "second")
        set_property(self.backup, "tone", tone)

    def _put(
        self, name: str, head: str, figure: Figure, foot: list[str], tone: str = "", note: str = ""
    ) -> None:
        """One key figure: the main currency large, others before the words below."""
        currency = self._day.facts.currency if self._day.facts is not None else ""
        main = figure.minors.get(currency, 0)
        others = {code: minor for code, minor in figure.minors.items() if code != currency and minor}
        if others:
            foot = [f"+ {amounts_text(others)}", *foot]
        self.cards[name].show_figure(
            head, amount_text(main, currency), " · ".join(filter(None, foot)), tone, note
        )
        self._figure_targets[name] = (figure.target, head)

    def _show_figures(self, facts: Today) -> None:
        before, month = facts.received[-2:]
        last = amounts_text(before.minors)
        self._put(
            "received",
            _("Received this month"),
            Figure(0, month.minors, month.target),
            [_("last month {amount}").format(amount=last)],
        )
        self._put(
            "owed",
            _("Receivable"),
            facts.owed,
            [counted(N_("{count} customers"), facts.owing_customers)],
            # among the things to do it has a line of its own; here it would push the figures apart
            note=_("not deducted: {credits}").format(credits=day_words.credit_words(facts))
            if facts.credit.count
            else "",
        )
        foot = [counted(N_("{count} customers"), facts.late_customers)]
        if facts.oldest_days and facts.overdue.count:
            foot.append(_("oldest {days} days").format(days=f"{facts.oldest_days:,}"))
        self._put("overdue", _("Overdue"), facts.overdue, foot, "danger" if facts.overdue.count else "")
        self._put(
            "week",
            _("Due within 7 days"),
            facts.due_week,
            [counted(N_("{count} documents"), facts.due_week.count)],
        )

        self.figures.fit()

    def _show_cards(self, facts: Today) -> None:
        self.due.show_entries(parts.due_entries(facts.due_documents))
        count = facts.overdue.count + facts.due_week.count
        self.due.say_all(
            _("All {count}").format(count=f"{count:,}"),
            _("All that is due and overdue: {count}").format(count=f"{count:,}"),
            is_needed=count > len(facts.due_documents),
        )
        self.todo.show_entries(day_words.todo(facts, self._day.backup))
        for card, figure, entries in (
            (self.contacts, facts.contacts, parts.contact_entries(facts.contact_queue)),
            (self.tasks, facts.tasks, parts.task_entries(facts.task_queue)),
        ):
            card.show_entries(entries)
            words = _("All {count}").format(count=f"{figure.count:,}")
            card.say_all(words, words, is_needed=figure.count > len(entries))
        self.received.show_months(facts.received, facts.currency)
        self.ageing.show_shares(parts.bucket_shares(facts.buckets, facts.currency))
        self.debtors.show_shares(parts.debtor_shares(facts.debtors, facts.currency))
        self.newest.show_entries(parts.newest_entries(facts.newest))

    # Going on

    def _go(self, target: Target, words: str) -> None:
        day_words.go_to(self._ctx, target, words)

    def _show_all_contacts(self) -> None:
        if self._day.facts is not None:
            self._go(self._day.facts.contacts.target, _("Contact today"))

    def _show_all_tasks(self) -> None:
        if self._day.facts is not None:
            self._go(self._day.facts.tasks.target, _("Tasks due"))

    def _show_all_due(self) -> None:
        from crmdesk.services import today_open

        self._go(today_open.all_due_target(), _("Due and overdue"))
