"""One segment beside the list: who is in it and why, what moved, what is planned with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from crmdesk.models.clauses import ANY_OF, Clause, text_of
from crmdesk.models.errors import NotFound
from crmdesk.services import groups, segment_card, segment_history, segment_why
from crmdesk.services.segment_card import Card, Member
from crmdesk.text import N_, _, counted
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.commands import Command, button, follow, plain_button
from crmdesk.ui.kit.controls import EmptyState
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.labels import Chip, Label, Paragraph
from crmdesk.ui.kit.layouts import FlowLayout, scrolled
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.customers.groups import hands
from crmdesk.ui.pages.customers.groups.why import WhyCard
from crmdesk.ui.pages.customers.groups.words import KINDS, WATCHED, member_entries, show_moved, worth_words
from crmdesk.ui.pages.customers.letters import ways

if TYPE_CHECKING:
    from sqlalchemy import Connection

_HISTORY_MAX = 100
_PLAN = (
    ("note", N_("Strategy")),
    ("offer", N_("Offer")),
    ("owner", N_("Owner")),
    ("budget", N_("Budget")),
    ("cost", N_("Cost")),
)


class SegmentView(Speaking, QWidget):
    """Shows the segment of an id. Its commands belong to the list's page, where the hands are."""

    edit_requested = Signal(object)

    def __init__(self, ctx: Context, page: QWidget) -> None:
        super().__init__()
        self._ctx = ctx
        self._id: int | None = None
        self.card: Card | None = None
        self.setObjectName("segments.detail")
        self.setProperty("role", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._stack = QStackedWidget()
        self._nobody = EmptyState("sparkles", "", "", "segments.detail.nobody")
        self._stack.addWidget(self._nobody)
        self._stack.addWidget(self._content(page))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        ctx.bus.watch(self, WATCHED, lambda _changes: self._ask())
        self.retranslate()

    # Building

    def _content(self, page: QWidget) -> QWidget:
        space = theme().metrics.space
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(space(4), space(4), space(4), space(3))
        column.setSpacing(space(2.5))
        head = QHBoxLayout()
        head.setSpacing(space(2))
        self.name = labels.heading()
        self.name.setObjectName("segments.detail.name")
        head.addWidget(self.name, 1)
        self.joined, self.left, self.kind = Chip("", "good"), Chip("", "danger"), Chip()
        for chip, name in ((self.joined, "joined"), (self.left, "left"), (self.kind, "kind")):
            chip.setObjectName(f"segments.detail.{name}")
            head.addWidget(chip)
        column.addLayout(head)
        self.rule = Paragraph("", "", "second")
        self.rule.setObjectName("segments.detail.rule")
        column.addWidget(self.rule)
        self.worth = Label("", "caption", "second")
        self.worth.setObjectName("segments.detail.worth")
        column.addWidget(self.worth)
        holder = QWidget()
        buttons = FlowLayout(holder, gap=2)
        add = self._ctx.commands.add
        self.pin_action = add(
            Command("segments.pinIn", N_("Pin in …"), self.pin_in, "user-plus", "Ctrl+Shift+A"), page
        )
        self.out_action = add(
            Command("segments.pinOut", N_("Keep out …"), self.pin_out, "ban", "Ctrl+Shift+O"), page
        )
        self.undo_action = add(
            Command("segments.unpin", N_("Let the rule decide"), self.unpin, "undo", "Ctrl+Shift+U"), page
        )
        for action in (self.pin_action, self.out_action, self.undo_action):
            buttons.addWidget(button(action))
        column.addWidget(holder)
        add(Command("segments.edit", N_("Open the group"), self.edit, "pencil", "F2"), page)
        add(Command("segments.delete", N_("Delete"), self.delete, "trash", "Ctrl+Del"), page)
        for name, words, act, icon, keys in (
            ("letters", N_("Letters to its customers"), self.letters, "mail", ways.LETTER_KEY),
            ("statements", N_("Statements of its customers"), self.statements, "scale", ways.STATEMENTS_KEY),
        ):
            add(Command(f"segments.{name}", words, act, icon, keys), page)
        self.all_action = add(
            Command("segments.showAll", N_("Show its customers in the list"), self.show_all, "list", "Alt+L"),
            page,
        )
        self.tabs = QTabWidget()
        self.tabs.setObjectName("segments.detail.tabs")
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self._members_tab(), "")
        self.tabs.addTab(self._history_tab(), "")
        self.tabs.addTab(self._plan_tab(), "")
        column.addWidget(self.tabs, 1)
        return content

    def _members_tab(self) -> QWidget:
        space = theme().metrics.space
        tab = QWidget()
        column = QVBoxLayout(tab)
        column.setContentsMargins(0, space(1), 0, 0)
        column.setSpacing(space(2))
        self.members = EntryList("segments.members")
        self.say(self.members.setAccessibleName, N_("Customers of the group"))
        self.members.current_changed.connect(lambda _entry: self._ask_why())
        self.members.chosen.connect(self._open_member)
        column.addWidget(self.members, 1)
        self.empty = Paragraph("", "", "second")
        column.addWidget(self.empty)
        self.all_button = plain_button("", "segments.showAll", "link")
        follow(self.all_action, self.all_button)
        self.all_button.clicked.connect(lambda _checked=False: self.show_all())
        column.addWidget(self.all_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.why = WhyCard("segments.why")
        column.addWidget(self.why)
        return tab

    def _history_tab(self) -> QWidget:
        tab = QWidget()
        column = QVBoxLayout(tab)
        column.setContentsMargins(0, theme().metrics.space(1), 0, 0)
        self.history = EntryList("segments.history")
        self.say(self.history.setAccessibleName, N_("Who came and went"))
        self.history.chosen.connect(
            lambda entry: self._ctx.go("customers", code=entry.data.customer) if entry is not None else None
        )
        column.addWidget(self.history)
        return tab

    def _plan_tab(self) -> QWidget:
        space = theme().metrics.space
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, space(2), 0, space(2))
        column.setSpacing(space(1))
        self.plan: dict[str, Paragraph] = {}
        for name, words in _PLAN:
            title = labels.caption()
            self.say(title.setText, words)
            column.addWidget(title)
            self.plan[name] = Paragraph("")
            self.plan[name].setObjectName(f"segments.plan.{name}")
            column.addWidget(self.plan[name])
            column.addSpacing(space(1.5))
        column.addStretch(1)
        return scrolled(content, "segments.plan")

    def retranslate(self) -> None:
        """Words that are computed."""
        super().retranslate()
        if hasattr(self, "tabs"):
            self._nobody.set_words(
                _("No group chosen"), _("Choose one to see who is in it, and why, and what moved.")
            )
            for index, words in enumerate((_("Customers"), _("Who came and went"), _("Strategy and budget"))):
                self.tabs.setTabText(index, words)
            self._ask()

    # Content

    def show_segment(self, segment_id: int | None) -> None:
        """Shows a segment; None shows that none is chosen."""
        if segment_id != self._id:
            self._id, self.card = segment_id, None
            self.why.show_why(None)
        self._stack.setCurrentIndex(0 if segment_id is None else self._stack.currentIndex())
        self._ask()

    def current_member(self) -> Member | None:
        """The customer with the cursor."""
        entry = self.members.current()
        return entry.data if entry is not None else None

    def _ask(self) -> None:
        segment_id = self._id
        if segment_id is None or self._ctx.book is None:
            return

        def work(connection: Connection) -> tuple[Card, list[segment_history.Movement]]:
            card = segment_card.load(connection, segment_id)
            moved = segment_history.movements(connection, segment_name=card.name, limit=_HISTORY_MAX)
            return card, moved

        def gone(error: Exception) -> bool:
            if isinstance(error, NotFound):
                self.show_segment(None)
                return True
            return False

        self._ctx.read(work, owner=self, on_done=self._show, on_error=gone, replaces="card")

    def _show(self, found: tuple[Card, list[segment_history.Movement]]) -> None:
        card, moved = found
        if card.id != self._id:
            return
        before = self.current_member()
        self.card = card
        self.name.setText(card.name)
        show_moved(card, self.joined, self.left)
        words, tone = KINDS[card.kind]
        self.kind.setText(_(words) if card.is_active else _("Out of use"))
        self.kind.set_tone(tone if card.is_active else "neutral")
        within = _("Within “{parent}”. ").format(parent=card.parent) if card.parent else ""
        self.rule.setText(
            within + (card.fault or card.words or _("Filled by hand: only who is put in is here."))
        )
        self.rule.set_tone("danger" if card.fault else "second")
        self.worth.setText(worth_words(card))
        self.worth.setVisible(bool(self.worth.text()))
        is_static = card.kind == "static"
        self.pin_action.setText(_("Put in …") if is_static else _("Pin in …"))
        self.undo_action.setText(_("Take out") if is_static else _("Let the rule decide"))
        self.out_action.setEnabled(not is_static)
        people = member_entries(card)
        self.members.set_entries(people)
        place = next(
            (row for row, one in enumerate(people) if before is not None and one.data.id == before.id), 0
        )
        if people:
            self.members.select(place)
        self.members.setVisible(bool(people))
        self.empty.setText(
            _("Nobody yet. Put customers in with Ctrl+Shift+A, or from the list of customers.")
            if is_static
            else _("The rule finds nobody today.")
        )
        self.empty.setVisible(not people)
        count = counted(N_("{count} customers"), card.count)
        self.all_button.setText(_("Show all {customers} in the list").format(customers=count))
        self.all_button.setAccessibleName(self.all_button.text())
        self.all_button.setVisible(card.count > 0)
        self.tabs.setTabText(0, f"{_('Customers')} {card.count:,}")
        self.history.set_entries([_movement_entry(one) for one in moved])
        for name, paragraph in self.plan.items():
            value = card.plan[name]
            shown = amount_text(value, card.currency) if isinstance(value, int) else str(value or "")
            paragraph.setText(shown or "—")
        self._stack.setCurrentIndex(1)
        self._ask_why()

    def _ask_why(self) -> None:
        member, card = self.current_member(), self.card
        if member is None or card is None or self._ctx.book is None:
            self.why.show_why(None)
            return
        name, code = card.name, member.code

        def work(connection: Connection) -> segment_why.Why:
            return segment_why.explain(connection, name, code)

        self._ctx.read(
            work, owner=self, on_done=self.why.show_why, on_error=lambda _error: True, replaces="why"
        )

    # Doing

    def _open_member(self, entry: Entry) -> None:
        self._ctx.go("customers", id=entry.data.id)

    def edit(self) -> None:
        """The full page of the group."""
        if self.card is not None:
            self.edit_requested.emit(self.card.name)

    def delete(self) -> None:
        """Asks, then deletes."""
        if self.card is not None:
            hands.delete(self._ctx, self, self.card)

    def show_all(self) -> None:
        """All its customers in the list of customers, with everything that list can do."""
        if self.card is not None:
            expression = text_of(Clause("segment", ANY_OF, (self.card.name,)))
            self._ctx.go("customers", filter=expression, words=self.card.name)

    def letters(self) -> None:
        """A letter to everybody in it."""
        if self.card is not None:
            ways.open_letters(self._ctx, self, groups.Group("segment", self.card.name), self.card.name)

    def statements(self) -> None:
        """The statements of everybody in it."""
        if self.card is not None:
            ways.open_statements(self._ctx, self, groups.Group("segment", self.card.name), self.card.name)

    def pin_in(self) -> None:
        """Keeps somebody in, whatever the rule says; into a list by hand he is put."""
        if self.card is not None:
            member = self.current_member() if self.members.hasFocus() else None
            hands.pin(self._ctx, self, self.card, member.code if member is not None else "", is_in=True)

    def pin_out(self) -> None:
        """Keeps the chosen customer out."""
        member = self.current_member()
        if self.card is not None:
            hands.pin(self._ctx, self, self.card, member.code if member is not None else "", is_in=False)

    def unpin(self) -> None:
        """The rule decides again."""
        member = self.current_member()
        if self.card is not None and member is not None:
            hands.undo_pin(self._ctx, self, self.card, member.code)


def _movement_entry(one: segment_history.Movement) -> Entry:
    words, tone = (_("Came in"), "good") if one.is_joined else (_("Left"), "danger")
    return Entry(
        one.customer_name, one.reason or _("By hand."), side=one.dated_on.isoformat(), chip=words,
        chip_tone=tone, data=one,
    )  # fmt: skip
