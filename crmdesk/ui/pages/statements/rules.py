"""The rules for reminders: a list, and beside it what each does in one sentence and whom it finds today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from crmdesk.text import N_, _, counted
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import reminder_rule
from crmdesk.ui.dialogs.reminder_rule import Shown, WordsDialog
from crmdesk.ui.kit import dialogs, labels
from crmdesk.ui.kit.commands import Command, button, plain_button
from crmdesk.ui.kit.controls import EmptyState
from crmdesk.ui.kit.first_chosen import choose_first
from crmdesk.ui.kit.labels import Chip, Paragraph
from crmdesk.ui.kit.layouts import FlowLayout
from crmdesk.ui.kit.list_page import ListPage
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.statements.letter import LEVEL_TONES, WATCHED

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ORDER = ("name", "level", "days", "channel", "group", "least", "active")


class RuleView(Speaking, QWidget):
    """What the rule of an id does, and the ways to change it."""

    def __init__(self, ctx: Context, page: QWidget) -> None:
        super().__init__()
        self._ctx = ctx
        self._row: int | None = None
        self.shown: Shown | None = None
        self.setObjectName("rules.detail")
        self.setProperty("role", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        space = theme().metrics.space
        self._stack = QStackedWidget()
        self._nobody = EmptyState("list", "", "", "rules.detail.nobody")
        self._stack.addWidget(self._nobody)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(space(4), space(4), space(4), space(4))
        column.setSpacing(space(3))
        self.name = labels.heading()
        self.name.setObjectName("rules.detail.name")
        column.addWidget(self.name)
        self.level = Chip()
        self.level.setObjectName("rules.detail.level")
        column.addWidget(self.level, 0, Qt.AlignmentFlag.AlignLeft)
        self.sentence = Paragraph("")
        self.sentence.setObjectName("rules.sentence")
        column.addWidget(self.sentence)
        self.found = plain_button("", "rules.found", "link")
        self.found.clicked.connect(lambda _checked=False: self.show_found())
        column.addWidget(self.found, 0, Qt.AlignmentFlag.AlignLeft)
        holder = QWidget()
        buttons = FlowLayout(holder, gap=2)
        add = ctx.commands.add
        for command in (
            Command("rules.edit", N_("Edit …"), self.edit, "pencil", "F2"),
            Command("rules.toggle", N_("Use or put out of use"), self.toggle, "ban", "Ctrl+H"),
            Command("rules.delete", N_("Delete"), self.delete, "trash", "Ctrl+Del"),
        ):
            buttons.addWidget(button(add(command, page), "", icon=command.icon))
        column.addWidget(holder)
        title = labels.strong()
        self.say(title.setText, N_("Its own words"))
        column.addWidget(title)
        self.words = Paragraph("", "", "second")
        self.words.setObjectName("rules.words")
        column.addWidget(self.words)
        column.addStretch(1)
        self._stack.addWidget(content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        ctx.bus.watch(self, WATCHED, lambda _changes: self._ask())
        self.retranslate()

    def retranslate(self) -> None:
        """Words that are computed."""
        super().retranslate()
        if hasattr(self, "words"):
            self._nobody.set_words(_("No rule chosen"), _("Choose one to read what it does."))
            self._show()

    def show_row(self, row_id: int | None) -> None:
        """Shows a rule; None shows that none is chosen."""
        self._row = row_id
        self.shown = None
        self._stack.setCurrentIndex(0 if row_id is None else self._stack.currentIndex())
        self._ask()

    def _ask(self) -> None:
        row_id = self._row
        if row_id is None or self._ctx.book is None:
            return

        def work(connection: Connection) -> Shown | None:
            return reminder_rule.read_rules(connection).get(row_id)

        def done(shown: Shown | None) -> None:
            self.shown = shown
            self._show()

        self._ctx.read(work, owner=self, on_done=done, replaces="rule")

    def _show(self) -> None:
        shown = self.shown
        if shown is None:
            return
        rule = shown.rule
        self.name.setText(rule.name)
        self.level.setText(_("Level {level}").format(level=rule.level) if rule.is_active else _("Out of use"))
        self.level.set_tone(LEVEL_TONES.get(rule.level, "neutral") if rule.is_active else "neutral")
        self.sentence.setText(reminder_rule.sentence_of_rule(shown))
        self.found.setText(
            counted(N_("Finds {count} customers today"), shown.found)
            if shown.found
            else _("Finds nobody today")
        )
        self.found.setAccessibleName(self.found.text())
        self.found.setEnabled(bool(shown.found))
        own = "\n\n".join(filter(None, (rule.text_zh, rule.text_en)))
        self.words.setText(own or _("None: the words of its level are used."))
        self._stack.setCurrentIndex(1)

    # Doing

    def show_found(self) -> None:
        """Those whom it reminds today."""
        if self.shown is not None:
            name = self.shown.rule.name.replace('"', '""')
            self._ctx.go(
                "statements",
                view="reminders",
                part="reminders_due",
                filter=f'rule = "{name}"',
                words=self.shown.rule.name,
            )

    def edit(self) -> None:
        """Opens the rule."""
        if self.shown is not None:
            reminder_rule.open_rule(self._ctx, self, self.shown)

    def toggle(self) -> None:
        """In use, or out of it; what it sent stays counted."""
        if self.shown is not None:
            rule = self.shown.rule
            self._ctx.run_use_case(
                "reminder_rule.update", {"rule": rule.name, "active": not rule.is_active}, owner=self
            )

    def delete(self) -> None:
        """Asks, then deletes a rule by which nothing was sent."""
        if self.shown is None:
            return
        name = self.shown.rule.name
        dialogs.confirm(
            self,
            _("Delete the rule “{name}”?").format(name=name),
            _("A rule by which something was sent is put out of use instead."),
            _("Delete"),
            lambda: self._ctx.run_use_case("reminder_rule.delete", {"rule": name}, owner=self),
            name="deleteRule",
        )


def make_rules(ctx: Context, owner: QWidget) -> ListPage:
    """The list with its commands and the view beside it."""
    source = BookList(ctx, "reminder_rules")
    page = ListPage(
        ctx,
        "rules",
        N_("Rules"),
        source,
        source.columns(
            {"name": {"is_strong": True, "width": 18}, "least": {"width": 10}}, order=_ORDER, shown=_ORDER
        ),
        watch=WATCHED,
        icon="list",
        search_hint=N_("Name"),
        count_words=N_("{count} rules"),
        empty_title=N_("No rules yet"),
        empty_text=N_(
            "Begin with two: a friendly letter a week after the due date, and a firm one after a month."
        ),
    )
    view = RuleView(ctx, page)
    page.current_changed.connect(view.show_row)
    page.set_detail(view, 48)
    choose_first(page)
    page.opened.connect(lambda _record: view.edit())
    page.add_button(
        Command(
            "rules.letters",
            N_("Words of the letters …"),
            lambda: WordsDialog(ctx, owner).show_sheet(),
            "message-square",
            "Ctrl+T",
        )
    )
    new = page.add_button(
        Command(
            "rules.new", N_("New rule"), lambda: reminder_rule.open_rule(ctx, owner, None), "plus", "Ctrl+N"
        ),
        "primary",
    )
    page.add_empty_button(new, "primary")
    usual = ctx.commands.add(
        Command(
            "rules.usual", N_("Make the usual three"), lambda: _make_usual(ctx, page), "sparkles", "Ctrl+U"
        ),
        page,
    )
    page.add_empty_button(usual)
    page.loaded.connect(lambda count: usual.setEnabled(count == 0))
    return page


_USUAL = (
    (N_("First reminder"), [7], 1, "letter"),
    (N_("Second reminder"), [30], 2, "letter"),
    (N_("Final demand"), [60], 3, "letter"),
)


def _make_usual(ctx: Context, page: QWidget) -> None:
    """Three letters, a week, a month and two months after the due date: something to begin with."""
    for name, days, level, channel in _USUAL:
        ctx.run_use_case(
            "reminder_rule.create",
            {"name": _(name), "days": days, "level": level, "channel": channel},
            owner=page,
        )
