"""Who is in a category or has a tag, and what was done to it: two tabs, each with words for where it is empty and a
command below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QTabWidget, QVBoxLayout, QWidget

from crmdesk.services.category_desk import Line, Person
from crmdesk.text import _
from crmdesk.ui.context import Context
from crmdesk.ui.kit.commands import button
from crmdesk.ui.kit.entry_list import EntryList
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.layouts import FlowLayout
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.pages.customers.trees.words import history_entry, person_entry


class DetailTabs(QTabWidget):
    """The lists of one detail; `part` begins the names of its widgets and commands. The detail gives the words."""

    def __init__(self, ctx: Context, part: str, *, is_history_first: bool) -> None:
        super().__init__()
        self._ctx, self._part = ctx, part
        self.setObjectName(f"{part}.detail.tabs")
        self.setDocumentMode(True)
        self.people = EntryList(f"{part}.people")
        self.people.chosen.connect(lambda entry: ctx.go("customers", id=entry.data.id))
        self.history = EntryList(f"{part}.history")
        self.nobody = Paragraph("", "", "second")
        self.nothing_done = Paragraph("", "", "second")
        self._below: dict[EntryList, QVBoxLayout] = {}
        self._at: dict[EntryList, int] = {}
        tabs = [(self.people, self.nobody), (self.history, self.nothing_done)]
        for shown, nothing in reversed(tabs) if is_history_first else tabs:
            self._tab(shown, nothing)
        self._undo_button: QPushButton | None = None

    def _tab(self, shown: EntryList, nothing: Paragraph) -> None:
        space = theme().metrics.space
        tab = QWidget()
        column = QVBoxLayout(tab)
        column.setContentsMargins(0, space(2), 0, 0)
        column.setSpacing(space(2))
        column.addWidget(shown, 1)
        column.addWidget(nothing)
        column.addStretch(0)
        self._below[shown] = column
        self._at[shown] = self.addTab(tab, "")

    def add_ways(self, flow: FlowLayout, names: Sequence[str]) -> None:
        """Buttons of the page's commands, once these are there: some above, the others below the lists."""
        for name in names:
            action = self._ctx.commands.find(f"{self._part}.{name}")
            if action is not None:
                flow.addWidget(button(action))
        self._undo_button = self._add_link("undo", self.history)
        self._add_link("show", self.people)

    def _add_link(self, name: str, below: EntryList) -> QPushButton | None:
        action = self._ctx.commands.find(f"{self._part}.{name}")
        if action is None:
            return None
        made = button(action, "link")
        self._below[below].addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
        return made

    def show_people(self, people: Sequence[Person], count: int | None) -> None:
        """Some of the customers, who are so many; the tab is left out where there is no number."""
        self.people.set_entries([person_entry(one) for one in people])
        self.people.setVisible(bool(people))
        self.nobody.setVisible(not people)
        if count is not None:
            self.setTabText(self._at[self.people], f"{_('Customers')} {count:,}")
        self.setTabVisible(self._at[self.people], count is not None)

    def show_history(self, lines: Sequence[Line], *, may_undo: bool) -> None:
        """What was done; the cursor stays on its line."""
        kept = self.history.current()
        self.history.set_entries([history_entry(one) for one in lines])
        if kept is not None and lines:
            self.history.select(next((at for at, one in enumerate(lines) if one.id == kept.data.id), 0))
        self.history.setVisible(bool(lines))
        self.nothing_done.setVisible(not lines)
        self.setTabText(self._at[self.history], _("History"))
        if self._undo_button is not None:
            self._undo_button.setVisible(may_undo)
