"""Whom something is done to: a group, a category, those with a tag, or any filter of customers, with its count."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.models.errors import CrmdeskError
from crmdesk.text import N_, _, counted
from crmdesk.ui.context import Context
from crmdesk.ui.kit.controls import SearchBox
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.faults import sentence
from crmdesk.ui.kit.labels import Card, Paragraph, strong
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.group_names import Named
    from crmdesk.services.use_cases import Outcome

_SIGNS = ("=", "<", ">", "~", " in ", " is ", " has ")
_SHOWN_MAX = 200
_ICONS = {"segment": "sparkles", "category": "folder", "tag": "tag"}


class WhomDialog(Dialog):
    """One field: a part of a name finds groups, and what reads as a filter is one.

    `already` is a filter of those who have it: the count says how many come new. With `base` only those it finds are
    counted, and all of them are offered first.
    """

    def __init__(
        self,
        ctx: Context,
        parent: QWidget,
        title: str,
        request: Callable[[str], tuple[str, dict[str, Any]]],
        *,
        name: str,
        yes: str,
        text: str = "",
        already: str = "",
        base: str = "",
        on_done: Callable[[Outcome, str], object] | None = None,
    ) -> None:
        super().__init__(parent, title, name=name, width=72)
        self._ctx, self._request, self._already, self._on_done = ctx, request, already, on_done
        self._base = base
        self._known: list[Entry] = []
        self._is_right = False
        if text:
            self.body.addWidget(Paragraph(text, "", "second"))
        self.search = SearchBox(f"{name}.search")
        hint = _("Part of a group, category or tag, or a filter such as balance > 0")
        self.search.setPlaceholderText(hint)
        self.search.setAccessibleName(hint)
        self.found = EntryList(f"{name}.list")
        self.found.setAccessibleName(title)
        self.found.setMinimumHeight(self.at_most(theme().metrics.row * 7, 84))
        self.nothing = Paragraph(
            _("Nothing matches. Type less of the name, or a filter such as city = 上海."), "", "second"
        )
        card = Card("raised")
        self.count = strong()
        self.count.setObjectName(f"{name}.count")
        self.refusal = Paragraph("", "", "danger")
        self.refusal.setObjectName(f"{name}.refusal")
        card.body.addWidget(self.count)
        card.body.addWidget(self.refusal)
        for part, stretch in ((self.search, 0), (self.found, 1), (self.nothing, 0), (card, 0)):
            self.body.addWidget(part, stretch)
        self.add_cancel(f"{name}.cancel")
        self.yes_button = self.add_action(yes, f"{name}.save", self.submit, kind="primary", shortcut="Ctrl+S")
        self.search.searched.connect(self._show)
        self.search.left_down.connect(self.found.setFocus)
        self.found.chosen.connect(lambda _entry: self.submit())
        self.found.current_changed.connect(lambda _entry: self._ask())
        self._show("")
        ctx.read(_known, owner=self, on_done=self._take)

    def begin(self) -> WhomDialog:
        """Shows it with the cursor in the field."""
        self.show_sheet()
        self.search.setFocus()
        return self

    def _take(self, known: list[Named]) -> None:
        from crmdesk.services.groups import expression

        self._known = [
            Entry(
                one.group.title,
                _(one.label),
                icon=_ICONS.get(one.group.kind, "list"),
                data=expression(one.group),
            )
            for one in known
        ]
        self._show(self.search.text())

    def _show(self, text: str) -> None:
        words = text.lower().split()
        every = [Entry(_("All of them"), icon="users", data=self._base)] if self._base else []
        shown = [one for one in (*every, *self._known) if all(word in one.title.lower() for word in words)]
        typed = text.strip()
        if typed and any(sign in typed for sign in _SIGNS):
            shown.insert(0, Entry(typed, _("Filter of the customers list"), icon="filter", data=typed))
        self.found.set_entries(shown[:_SHOWN_MAX])
        if shown:
            self.found.select(0)
        self.found.setVisible(bool(shown))
        self.nothing.setVisible(not shown and bool(typed))
        self._ask()

    def _ask(self) -> None:
        entry = self.found.current()
        self._is_right = False
        self.yes_button.setEnabled(False)
        self.refusal.hide()
        if entry is None:
            self.count.setText(_("Choose whom"))
            return
        expression, already = entry.data, self._already
        if self._base:
            expression = f"({expression}) and ({self._base})"

        def work(connection: Connection) -> tuple[int, int]:
            from crmdesk.services.lists import Query, querying

            found = querying.count(connection, Query("customers", filter=expression))
            if not already:
                return found, found
            new = f"({expression}) and not ({already})"
            return found, querying.count(connection, Query("customers", filter=new))

        def shown(counts: tuple[int, int]) -> None:
            found, new = counts
            words = [counted(N_("{count} customers"), found)]
            if new != found:
                words.append(_("without it so far: {count}").format(count=f"{new:,}"))
            self.count.setText(" · ".join(words))
            self._is_right = found > 0
            self.yes_button.setEnabled(self._is_right)

        def failed(error: Exception) -> bool:
            if not isinstance(error, CrmdeskError):
                return False
            self.count.setText(_("This filter cannot be read"))
            self.refusal.setText(sentence(error))
            self.refusal.show()
            return True

        self._ctx.read(work, owner=self, on_done=shown, on_error=failed, replaces="count")

    def submit(self) -> None:
        """Does it to all of them; the dialog closes when it was done."""
        entry = self.found.current()
        if entry is None or not self._is_right or not self.yes_button.isEnabled():
            return
        expression = entry.data
        use_case, arguments = self._request(expression)
        self.yes_button.setEnabled(False)

        def done(outcome: Outcome) -> None:
            self.accept()
            if self._on_done is not None:
                self._on_done(outcome, expression)

        def failed(error: Exception) -> bool:
            self.yes_button.setEnabled(True)
            self.refusal.setText(sentence(error))
            self.refusal.show()
            return True

        self._ctx.run_use_case(use_case, arguments, owner=self, on_done=done, on_error=failed)


def _known(connection: Connection) -> list[Named]:
    from crmdesk.services import group_names

    return group_names.named(connection)
