"""Chooses one of many by typing a part of it: what another one goes into or below, with what that would touch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.models.text_keys import folded
from crmdesk.text import _
from crmdesk.ui.context import Context
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.controls import SearchBox
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.labels import Card, Paragraph, strong
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.merge_reach import Reach
    from crmdesk.services.use_cases import Outcome

_ROWS, _ROWS_BESIDE_REACH = 8, 5
_BESIDE_REACH = 128


class TargetDialog(Dialog):
    """A search over entries and a button; Enter in the list or Ctrl+S takes the one with the cursor.

    `request` gives use case and arguments for an entry's data. `reach` reads what it would touch, which is shown below
    the list; `made` offers an entry for what was typed where none has that name.
    """

    def __init__(
        self,
        ctx: Context,
        parent: QWidget,
        title: str,
        entries: Sequence[Entry],
        request: Callable[[Any], tuple[str, dict[str, Any]]],
        *,
        name: str,
        hint: str,
        yes: str,
        text: str = "",
        reach: Callable[[Connection, Any], Reach] | None = None,
        made: Callable[[str], Entry | None] | None = None,
        on_done: Callable[[Outcome, Any], object] | None = None,
    ) -> None:
        super().__init__(parent, title, name=name, width=72)
        self._ctx, self._entries = ctx, list(entries)
        self._request, self._reach, self._made, self._on_done = request, reach, made, on_done
        if text:
            self.body.addWidget(Paragraph(text, "", "second"))
        self.banner = Banner(f"{name}.banner")
        self.body.addWidget(self.banner)
        self.banner.hide()
        self.search = SearchBox(f"{name}.search")
        self.search.setPlaceholderText(hint)
        self.search.setAccessibleName(hint)
        self.found = EntryList(f"{name}.list")
        self.found.setAccessibleName(title)
        rows = _ROWS if reach is None else _ROWS_BESIDE_REACH
        height = theme().metrics.row * rows
        self.found.setMinimumHeight(self.at_most(height, _BESIDE_REACH if reach is not None else 62))
        self.nothing = Paragraph("", "", "second")
        for part, stretch in ((self.search, 0), (self.found, 1), (self.nothing, 0)):
            self.body.addWidget(part, stretch)
        self._card = Card("raised")
        self._add_reach(name)
        self.add_cancel(f"{name}.cancel")
        self.yes_button = self.add_action(yes, f"{name}.save", self.submit, kind="primary", shortcut="Ctrl+S")
        self.search.searched.connect(self._show)
        self.search.left_down.connect(self.found.setFocus)
        self.found.chosen.connect(lambda _entry: self.submit())
        self.found.current_changed.connect(lambda _entry: self._ask())
        self._show("")

    def _add_reach(self, name: str) -> None:
        """What would happen, in sentences, and who it touches."""
        self.headline = strong()
        self.headline.setObjectName(f"{name}.headline")
        self.sentences = Paragraph("", "", "second")
        self.sentences.setObjectName(f"{name}.reach")
        self.people = EntryList(f"{name}.people")
        self.people.setAccessibleName(_("Who is affected"))
        self.people.setProperty("role", "side")
        self.people.setMinimumHeight(self.at_most(theme().metrics.row * 4, _BESIDE_REACH))
        for part in (self.headline, self.sentences, self.people):
            self._card.body.addWidget(part)
        self.body.addWidget(self._card)
        self._card.setVisible(self._reach is not None)

    def begin(self) -> TargetDialog:
        """Shows it with the cursor in the search."""
        self.show_sheet()
        self.search.setFocus()
        return self

    def _show(self, text: str) -> None:
        typed, words = text.strip(), folded(text).split()
        shown = [
            one for one in self._entries if all(word in folded(f"{one.title} {one.detail}") for word in words)
        ]
        # what differs in case or width only is no new one
        if (
            self._made is not None
            and typed
            and folded(typed) not in {folded(one.title) for one in self._entries}
        ):
            new = self._made(typed)
            shown += [new] if new is not None else []
        self.found.set_entries(shown)
        if shown:
            self.found.select(0)
        self.nothing.setText(_("Nothing matches") if self._entries else _("There is no other one yet."))
        self.nothing.setVisible(not shown)
        self.found.setVisible(bool(shown))
        self.yes_button.setEnabled(bool(shown))
        self._ask()

    def _ask(self) -> None:
        entry, reach = self.found.current(), self._reach
        if reach is None:
            return
        if entry is None:
            self._card.hide()
            return
        data = entry.data
        self._ctx.read(
            lambda connection: reach(connection, data), owner=self, on_done=self._show_reach, replaces="reach"
        )

    def _show_reach(self, found: Reach) -> None:
        self._card.show()
        self.headline.setText(reach_words(found))
        lines = reach_lines(found)
        self.sentences.setText("\n".join(lines))
        self.sentences.setVisible(bool(lines))
        self.people.set_entries(
            [
                Entry(
                    person.name,
                    person.code,
                    chip=_("comes new") if is_new else _("is in both"),
                    chip_tone="good" if is_new else "neutral",
                )
                for person, is_new in found.people
            ]
        )
        self.people.setVisible(bool(found.people))

    def submit(self) -> None:
        """Does it; the dialog closes when it was done, a refusal stands above the list."""
        entry = self.found.current()
        if entry is None or not self.yes_button.isEnabled():
            return
        use_case, arguments = self._request(entry.data)
        self.yes_button.setEnabled(False)

        def done(outcome: Outcome) -> None:
            self.accept()
            if self._on_done is not None:
                self._on_done(outcome, entry.data)

        def failed(error: Exception) -> bool:
            self.yes_button.setEnabled(True)
            self.banner.show_error(error)
            return True

        self._ctx.run_use_case(use_case, arguments, owner=self, on_done=done, on_error=failed)


def reach_words(found: Reach) -> str:
    """How many come new and how many are in both already."""
    parts = [_("New there: {count}").format(count=f"{found.joined:,}")]
    if found.already:
        parts.append(_("in both already, kept once: {count}").format(count=f"{found.already:,}"))
    return " · ".join(parts)


def reach_lines(found: Reach) -> list[str]:
    """What follows the merge besides customers."""
    lines = []
    if found.merged:
        lines.append(_("Merged with the one of the same name: {names}").format(names=_few(found.merged)))
    if found.moved:
        lines.append(_("Moved over with all that is below: {names}").format(names=_few(found.moved)))
    if found.rules:
        lines.append(_("Rules that mean the other one then: {names}").format(names=_few(found.rules)))
    if found.reminder_rules:
        words = _("Reminder rules that mean the other one then: {names}")
        lines.append(words.format(names=_few(found.reminder_rules)))
    return lines


def _few(names: Sequence[str], most: int = 6) -> str:
    """The first of some names, and how many more there are."""
    shown = ", ".join(names[:most])
    return (
        shown
        if len(names) <= most
        else _("{names} and {count} more").format(names=shown, count=len(names) - most)
    )
