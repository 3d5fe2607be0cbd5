"""The list of pairs with its answers, and the list of merges with the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.models import clock
from crmdesk.models.errors import Cancelled
from crmdesk.services.changes import Changes
from crmdesk.text import N_, _, counted
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.export_list import export_list
from crmdesk.ui.dialogs.merge_customers import ask_undo, open_merge
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.columns import Column
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.first_chosen import choose_first
from crmdesk.ui.kit.list_page import ListPage
from crmdesk.ui.kit.row_source import Row
from crmdesk.ui.kit.tasks import Progress, Task
from crmdesk.ui.pages.customers.twins import DUPLICATES, MERGES
from crmdesk.ui.pages.customers.twins.rows import FIELDS, TwinRows
from crmdesk.ui.pages.customers.twins.view import TITLE, TwinView

if TYPE_CHECKING:
    from crmdesk.services.duplicate_desk import Found
    from crmdesk.services.use_cases import Outcome

_MUTED = ("reasons", "code", "other_code")


class TwinsPage(ListPage):
    """Pairs of one search. Space lets the other one stay, Ctrl+Enter merges, Delete says that they are two."""

    def __init__(self, ctx: Context) -> None:
        self.rows = TwinRows(ctx)
        super().__init__(
            ctx,
            DUPLICATES,
            TITLE,
            self.rows,
            [
                Column(
                    field,
                    is_muted=field.name in _MUTED,
                    is_hidden=field.name in ("code", "other_code"),
                    tone=_score_tone if field.name == "score" else None,
                    as_chip=field.name == "score",
                )
                for field in FIELDS
            ],
            watch=("customer",),
            icon="users",
            search_hint=N_("Name or code"),
            count_words=N_("{count} pairs"),
            empty_title=N_("No customer stands twice"),
            empty_text=N_(
                "Names are compared without width, case and legal form, by their sound, and by phone, tax number,"
                " e-mail and address. Search again after an import."
            ),
        )
        self._ctx = ctx
        self._task: Task[list[Found]] | None = None
        self._is_stale = True
        self._searched_at = ""
        self._row = 0
        self.view = TwinView(ctx)
        self.view.merge_requested.connect(self._open_merge)
        self.told = labels.caption("")
        self.told.setObjectName(f"{DUPLICATES}.told")
        self.add_filter(self.told)
        add = ctx.commands.add
        self.search_action = self.add_button(
            Command("duplicates.search", N_("Search again"), self.look, "refresh-cw", "F5")
        )
        self.add_empty_button(self.search_action)
        self.merge_action = add(
            Command("duplicates.merge", N_("Merge…"), self.merge, "users", "Ctrl+Return"), self
        )
        self.apart_action = add(
            Command("duplicates.dismiss", N_("Not the same"), self.dismiss, "x", "Del"), self.table
        )
        add(
            Command("duplicates.turn", N_("The other one stays"), self.view.turn, "undo", "Space"), self.table
        )
        self.view.take_actions(self.merge_action, self.apart_action)
        self.set_detail(self.view, 62)
        self.current_changed.connect(self._show_current)
        self.opened.connect(lambda _record: self.merge())
        self.loaded.connect(self._settle)
        ctx.tasks.changed.connect(self._show_progress)
        ctx.bus.watch(self, ("customer", "contact"), self._note_change)
        ctx.book_changed.connect(self._forget)

    # Searching

    def look(self) -> None:
        """Searches the whole book, as a task that can be cancelled."""
        if self._task is not None or self._ctx.book is None:
            return
        book = self._ctx.need_book()

        def work(progress: Progress) -> list[Found]:
            from crmdesk.services import duplicate_desk

            with book.read() as connection:
                return duplicate_desk.look(
                    connection,
                    progress=progress.step,
                    is_cancelled=lambda: progress.is_cancelled,
                )

        self._is_stale = False
        self._task = self._ctx.run_heavy(
            work,
            owner=self,
            on_done=self._found,
            on_error=self._failed,
            label=_("Looking for customers entered twice"),
        )
        self._say()

    def _found(self, found: list[Found]) -> None:
        self._task = None
        self._searched_at = clock.local_words(clock.stamp(clock.now_utc()))
        self.rows.use(found)
        self._say()
        self.reload()

    def _failed(self, error: Exception) -> bool:
        self._task = None
        self._is_stale = True
        self._say()
        return isinstance(error, Cancelled)

    def _forget(self) -> None:
        self.rows.use(())
        self._is_stale, self._searched_at = True, ""
        if self.isVisible():
            self.look()

    def _note_change(self, changes: Changes) -> None:
        """Customers were added or changed: what was found may not be all."""
        del changes
        self._is_stale = True
        self._say()

    def _show_progress(self) -> None:
        if self._task is not None:
            self._say()

    def _say(self) -> None:
        if self._task is not None:
            words = _("Comparing… {percent} %").format(percent=round(self._task.fraction * 100))
        elif not self._searched_at:
            words = ""
        elif self._is_stale:
            words = _("Customers changed since the search")
        else:
            words = _("Searched {when}").format(when=self._searched_at)
        self.told.setText(words)
        self.search_action.setEnabled(self._task is None)

    def showEvent(self, event: Any) -> None:
        """The first time it is seen, it searches by itself."""
        super().showEvent(event)
        if not self._searched_at and self._task is None:
            self.look()

    def retranslate(self) -> None:
        """What is computed, in the new language."""
        super().retranslate()
        if hasattr(self, "told"):
            self._say()

    # Deciding

    def _show_current(self, record_id: int | None) -> None:
        self._row = max(self.table.currentIndex().row(), 0)
        self.view.show_pair(self.rows.pair(record_id))

    def _settle(self, count: int) -> None:
        """After a decision the next pair is there, under the hand."""
        if not count:
            self.view.show_pair(None)
        elif self.table.current_id() is None:
            ids = self.table.table_model().ids
            self.table.select(ids[min(self._row, count - 1)])
        if count and self.search.hasFocus() and not self.search.text():
            # While it was empty the list had no place for the keyboard.
            self.table.setFocus()
        for action in (self.merge_action, self.apart_action):
            action.setEnabled(bool(count))

    def merge(self) -> None:
        """The dialog for the pair; who is shown to stay stays at first."""
        pair = self.rows.pair(self.table.current_id())
        if pair is not None:
            self._open_merge([pair.code, pair.other_code], self.view.into)

    def _open_merge(self, codes: list[str], into: str = "") -> None:
        open_merge(self._ctx, self, codes=codes, into=into, on_done=lambda _result: self.table.setFocus())

    def dismiss(self) -> None:
        """The selected pairs are not the same; they are not proposed again."""
        chosen = [pair for one in self.table.selected_ids() if (pair := self.rows.pair(one)) is not None]
        if chosen:
            self._dismiss(chosen, undo=False)

    def _dismiss(self, chosen: list[Found], *, undo: bool) -> None:
        book = self._ctx.need_book()

        def work(progress: Progress) -> Outcome:
            from crmdesk.services import several

            requests = [
                {"customer": one.code, "other": one.other_code, **({"undo": True} if undo else {})}
                for one in chosen
            ]
            return several.run(book, "duplicate.dismiss", requests, actor=self._ctx.actor, step=progress.step)

        def done(_outcome: Outcome) -> None:
            # Nobody was added: what was found is still all there is.
            self._is_stale = False
            self._say()
            if undo:
                return
            words = (
                _("{code} and {other} are two customers.").format(
                    code=chosen[0].code, other=chosen[0].other_code
                )
                if len(chosen) == 1
                else counted(N_("{count} pairs are not the same."), len(chosen))
            )
            self._ctx.notices.toast(words, "good", _("Undo"), lambda: self._dismiss(chosen, undo=True))

        self._ctx.write(work, owner=self, on_done=done)


def _score_tone(row: Row) -> str:
    return "good" if row[0] >= 90 else "info" if row[0] >= 75 else "warn"


def make_merges(ctx: Context, owner: QWidget) -> ListPage:
    """Customers that were merged; each merge can be undone here."""
    source = BookList(ctx, MERGES)
    at = {name: source.place(name) for name in ("merge", "code", "name", "undone_at")}

    def tone(row: Row) -> str:
        return "third" if row[at["undone_at"]] else ""

    page = ListPage(
        ctx,
        MERGES,
        N_("Merged customers"),
        source,
        source.columns(
            {"merge": {"is_hidden": True}, "name": {"tone": tone}, "merged_at": {"is_muted": True}},
            order=("code", "name", "into", "merged_at", "actor", "undone_at"),
        ),
        kind="customer_merge",
        watch=("customer",),
        icon="history",
        search_hint=N_("Name or code"),
        count_words=N_("{count} merges"),
        empty_title=N_("No customers were merged yet"),
        empty_text=N_("What is merged under Duplicates stands here, and each merge can be undone."),
    )

    def current(then: Callable[[Row], object]) -> None:
        record = page.table.current_id()
        row = source.fetch([record]).get(record) if record is not None else None
        if row is not None:
            then(row)

    def undo_it(row: Row) -> None:
        if row[at["undone_at"]]:
            ctx.notices.toast(_("This merge was undone already."), "info")
        else:
            ask_undo(ctx, owner, int(row[at["merge"]]), str(row[at["code"]]), str(row[at["name"]]))

    undo_action = page.add_button(
        Command("merges.undo", N_("Undo the merge"), lambda: current(undo_it), "undo", "Ctrl+R")
    )
    page.opened.connect(lambda _record: current(undo_it))
    page.loaded.connect(lambda count: undo_action.setEnabled(bool(count)))
    choose_first(page)
    page.enable_export()
    page.export_requested.connect(
        lambda query, shown: export_list(ctx, owner, source, query, shown, _("Merged customers"))
    )
    return page
