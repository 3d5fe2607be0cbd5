"""Write-offs (坏账核销): what was given up, what was recovered of it, and the way back of both."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from crmdesk.text import N_
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import taking_back
from crmdesk.ui.document_view import NOTHING, DocumentView
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.list_page import ListPage
from crmdesk.ui.pages.invoices.lists import WRITEOFFS, make_list

if TYPE_CHECKING:
    from crmdesk.services.document_facts import Facts, Link


class WriteoffView(DocumentView):
    """A write-off with its invoice and its recoveries."""

    def __init__(self, ctx: Context, page: ListPage) -> None:
        super().__init__(ctx, "writeoffs.detail", "minus", NOTHING)
        self.add_button(
            N_("Record a recovery"), "recover", self._recover, icon="coins", kind="primary", when=_may_recover
        )
        self.add_button(N_("Reverse"), "reverse", self._reverse, kind="danger", when=_is_live)
        self.release_requested.connect(self._take_back)
        for name, words, run, shortcut in (
            ("recover", N_("Record a recovery"), self._now(self._recover, _may_recover), "Ctrl+L"),
            ("reverse", N_("Reverse the write-off"), self._now(self._reverse, _is_live), "Ctrl+Shift+D"),
            ("release", N_("Take back what is chosen beside the list"), self._take_back_current, "Ctrl+R"),
        ):
            ctx.commands.add(Command(f"writeoffs.{name}", words, run, "", shortcut), page)

    def _now(self, action: Callable[[Facts], object], when: Callable[[Facts], bool]) -> Callable[[], None]:
        def run() -> None:
            if self.facts is not None and when(self.facts):
                action(self.facts)

        return run

    def recover_now(self) -> None:
        """Enter in the list."""
        self._now(self._recover, _may_recover)()

    def _recover(self, facts: Facts) -> None:
        taking_back.recover(self._ctx, self, facts)

    def _reverse(self, facts: Facts) -> None:
        taking_back.reverse(self._ctx, self, "writeoff", facts.number, facts.dated_on)

    def _take_back(self, link: Link) -> None:
        if self.facts is not None:
            taking_back.take_back(self._ctx, self, self.facts, link)

    def _take_back_current(self) -> None:
        """What is chosen; else the last recovery, which stands in the way of the write-off's own reversal."""
        entry = self.links.current() or next(reversed(self.links.entries()), None)
        if entry is not None and entry.data is not None:
            self._take_back(entry.data)


def _is_live(facts: Facts) -> bool:
    return not facts.is_reversed


def _may_recover(facts: Facts) -> bool:
    return not facts.is_reversed and facts.open_minor > 0


def make_writeoffs(ctx: Context) -> ListPage:
    """The list with its detail."""
    page = make_list(ctx, WRITEOFFS)
    view = WriteoffView(ctx, page)
    page.current_changed.connect(view.show_document)
    page.set_detail(view)
    page.opened.connect(lambda _record: view.recover_now())
    return page
