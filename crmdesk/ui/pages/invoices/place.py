"""The place of invoices: its lists as segments, and the editor over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from crmdesk.text import N_, _
from crmdesk.ui import papers, printer
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.opening_many import FORM as OPENING_TABLE
from crmdesk.ui.dialogs.opening_many import correct, open_table
from crmdesk.ui.dialogs.print_options import open_print_options
from crmdesk.ui.document_words import PLACES
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.list_page import ListPage
from crmdesk.ui.pages.invoices import fapiao_lists
from crmdesk.ui.pages.invoices.detail import InvoiceView
from crmdesk.ui.pages.invoices.editor import Editor
from crmdesk.ui.pages.invoices.fapiao_lists import REQUESTS, TaxParts
from crmdesk.ui.pages.invoices.lists import (
    CREDITS,
    DRAFTS,
    INVOICES,
    OPEN_ITEMS,
    OPENINGS,
    WRITEOFFS,
    make_list,
    titles,
)
from crmdesk.ui.pages.invoices.recurring import RECURRING, make_recurring
from crmdesk.ui.pages.invoices.recurring_form import open_form
from crmdesk.ui.pages.invoices.writeoffs import make_writeoffs
from crmdesk.ui.segmented import Part, SegmentedPlace
from crmdesk.ui.writing import keeping

if TYPE_CHECKING:
    from crmdesk.services.draft_journal import Entry

_PART_OF = {
    "invoice": INVOICES,
    "credit": CREDITS,
    "opening": OPENINGS,
    "draft": DRAFTS,
    "writeoff": WRITEOFFS,
}


class InvoicesPlace(QWidget):
    """Targets: `new` (with `customer`), `number` and `kind`, `id`, `part` (with `filter` and its `words`), `fapiao` and
    `slip` (ids), `request` (a number)."""

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self.setObjectName("invoices.all")
        self._ctx = ctx
        names = titles() | {RECURRING: N_("Recurring")}
        makers: dict[str, Callable[[], ListPage]] = {
            INVOICES: self._make_invoices,
            DRAFTS: self._make_drafts,
            CREDITS: self._make_credits,
            OPEN_ITEMS: self._make_open_items,
            RECURRING: lambda: make_recurring(ctx),
            WRITEOFFS: lambda: make_writeoffs(ctx),
            OPENINGS: self._make_openings,
        }
        # All side by side would not fit a small screen in English.
        groups: dict[str, str] = dict.fromkeys((RECURRING, WRITEOFFS, OPENINGS), "seldom")
        self.tax = TaxParts(ctx, self)
        parts = [
            Part(value, names[value], make, group=groups.get(value, "")) for value, make in makers.items()
        ]
        self.lists = SegmentedPlace("invoices", [*parts, *self.tax.parts()])
        self.lists.part_asked_for.connect(lambda part: ctx.go("invoices", part=part))
        self._editors: dict[str, Editor] = {}
        self._stack = QStackedWidget()
        self._stack.addWidget(self.lists)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        self.lists.show_part(INVOICES)
        self.setFocusProxy(self.lists)

    # The shell

    def show_target(self, target: dict[str, Any]) -> None:
        """Shows what was asked for; unsaved work is asked about first."""
        self.may_leave(lambda: self._show_target(target))

    def _show_target(self, target: dict[str, Any]) -> None:
        if target.get("new"):
            customer = target.get("customer")
            self.write({"customer": customer} if customer else {})
            return
        self.show_lists()
        if target.get("fapiao") is not None:
            self._show_record(fapiao_lists.FAPIAO, int(target["fapiao"]))
        elif target.get("slip") is not None:
            self._show_record(fapiao_lists.SLIPS, int(target["slip"]))
        elif target.get("request"):
            self.tax.find_request(str(target["request"]), lambda found: self._show_record(REQUESTS, found))
        elif target.get("number"):
            self._find(str(target.get("kind", "invoice")), str(target["number"]))
        elif target.get("id") is not None:
            self._show_record(INVOICES, int(target["id"]))
        elif target.get("part"):
            page = self.lists.show_part(str(target["part"]))
            if isinstance(page, ListPage) and target.get("filter"):
                page.show_only(str(target["filter"]), str(target.get("words", "")))

    def show_start(self) -> None:
        """As the place was when it was first shown."""
        self.show_lists()
        self.lists.show_part(INVOICES)

    def may_leave(self, then: Callable[[], object]) -> None:
        """Asks when a document is being written."""
        editor = self._stack.currentWidget()
        if isinstance(editor, Editor):
            editor.may_leave(then)
        else:
            then()

    def _find(self, kind: str, number: str) -> None:
        def work(connection: Any) -> tuple[str, int] | None:
            from crmdesk.services import document_facts

            return document_facts.home_of(connection, kind, number)

        def done(found: tuple[str, int] | None) -> None:
            if found is not None:
                self._show_record(_PART_OF.get(found[0], INVOICES), found[1])

        self._ctx.read(work, owner=self, on_done=done)

    def make_parts(self) -> None:
        """Lists and editors that were not shown yet: their commands are then known."""
        self.lists.make_parts()
        for kind in ("invoice", "credit", "reissue"):
            self.editor(kind)

    def _show_record(self, part: str, record_id: int) -> None:
        if part in _PART_OF.values():
            self._ctx.remember("document", record_id)
        page = self.lists.show_part(part)
        if isinstance(page, ListPage):
            page.show_record(record_id)

    def show_lists(self) -> None:
        """Back from the editor."""
        self._stack.setCurrentWidget(self.lists)
        self.setFocusProxy(self.lists)
        self.lists.setFocus(Qt.FocusReason.OtherFocusReason)

    # Writing

    def editor(self, kind: str = "invoice") -> Editor:
        """The editor of a kind, made when it is first needed."""
        if kind not in self._editors:
            made = Editor(self._ctx, kind)
            made.left.connect(self.show_lists)
            made.issued.connect(self._issued)
            self._editors[kind] = made
            self._stack.addWidget(made)
        return self._editors[kind]

    def write(
        self,
        values: dict[str, Any],
        *,
        kind: str = "invoice",
        draft: str = "",
        is_dirty: bool = False,
        seen: str = "",
    ) -> None:
        """Opens the editor with values to begin with."""
        editor = self.editor(kind)
        self._stack.setCurrentWidget(editor)
        self.setFocusProxy(editor)
        editor.begin(values, draft=draft, is_dirty=is_dirty, seen=seen)

    def resume(self, entry: Entry) -> None:
        """Goes on with what a crash left behind: a document, a recurring invoice, a table of opening balances."""
        if entry.form == OPENING_TABLE:
            self._ctx.go("invoices", part=OPENINGS)
            open_table(self._ctx, self, entry)
            return
        if entry.form == RECURRING:
            self._resume_recurring(entry)
            return
        editor = self.editor(entry.form)
        self._stack.setCurrentWidget(editor)
        self.setFocusProxy(editor)
        keeping.show(editor, entry)

    def _resume_recurring(self, entry: Entry) -> None:
        self.lists.show_part(RECURRING)
        if not entry.record:
            open_form(self._ctx, self, entry=entry)
            return

        def work(connection: Any) -> Any:
            from crmdesk.services import recurring

            return recurring.card(connection, entry.record)

        self._ctx.read(
            work, owner=self, on_done=lambda card: open_form(self._ctx, self, card=card, entry=entry)
        )

    def repeat(self, number: str) -> None:
        """A recurring invoice like this one."""
        from crmdesk.services import invoice_entry

        self._ctx.read(
            lambda connection: invoice_entry.copy_of(connection, number),
            owner=self,
            on_done=lambda values: open_form(self._ctx, self, values),
        )

    def _repeat_draft(self, page: ListPage) -> None:
        from crmdesk.services import invoice_entry

        current = page.table.current_id()
        if current is not None:
            self._ctx.read(
                lambda connection: invoice_entry.of_draft(connection, f"D{current}"),
                owner=self,
                on_done=lambda found: open_form(self._ctx, self, found[0]),
            )

    def _write_with(self, read: Callable[[Any], dict[str, Any]], **options: Any) -> None:
        self._ctx.read(read, owner=self, on_done=lambda values: self.write(values, **options))

    def copy(self, number: str) -> None:
        """A new invoice like another one."""
        from crmdesk.services import invoice_entry

        self._write_with(lambda connection: invoice_entry.copy_of(connection, number), is_dirty=True)

    def credit(self, number: str) -> None:
        """A credit note for an invoice, with all of its lines."""
        from crmdesk.services import invoice_entry

        self._write_with(lambda connection: invoice_entry.credit_of(connection, number), kind="credit")

    def reissue(self, number: str) -> None:
        """An invoice in the place of another one that is wrong."""
        from crmdesk.services import invoice_entry

        self._write_with(lambda connection: invoice_entry.reissue_of(connection, number), kind="reissue")

    def open_draft(self, record_id: int) -> None:
        """Goes on with a draft."""
        from crmdesk.services import invoice_entry

        name = f"D{record_id}"
        self._ctx.read(
            lambda connection: invoice_entry.of_draft(connection, name),
            owner=self,
            on_done=lambda found: self.write(found[0], draft=name, seen=found[1]),
        )

    def _issued(self, kind: str, number: str, is_printing: bool) -> None:
        ctx = self._ctx
        self.show_lists()
        self._find("invoice" if kind == "reissue" else kind, number)
        paper = papers.document_paper(
            "credit-note" if kind == "credit" else "invoice", [number], actor=ctx.actor
        )
        ctx.notices.toast(
            _("{number} is issued.").format(number=number),
            "good",
            _("Print"),
            lambda: printer.print_paper(ctx, self, paper),
            more=(
                (_("Save as PDF"), lambda: papers.save_pdf(ctx, self, paper)),
                (_("Copy as picture"), lambda: papers.copy_picture(ctx, paper)),
            ),
        )
        if is_printing:
            printer.print_paper(ctx, self, paper)

    # Lists

    def _make_invoices(self) -> ListPage:
        page = make_list(self._ctx, INVOICES)
        new = page.add_button(
            Command("invoices.new", N_("New invoice"), lambda: self.write({}), "plus", "Ctrl+N"), "primary"
        )
        page.add_empty_button(new, "primary")
        page.add_batch_button(
            Command(
                "invoices.printMany",
                N_("Print"),
                lambda: self._print_many(page, INVOICES),
                "printer",
                "Ctrl+Shift+P",
            )
        )
        self.tax.add_to_invoices(page)
        view = self._add_detail(page, "invoices.detail")
        source = BookList(self._ctx, INVOICES)
        at_state = source.place("state")

        def opened(record_id: int) -> None:
            row = page.table.table_model().rows_now([record_id]).get(record_id)
            if row is not None and row[at_state] == "draft":
                self.open_draft(record_id)
            else:
                self._ctx.remember("document", record_id)
                view.tabs.setCurrentIndex(1)

        page.opened.connect(opened)
        return page

    def _make_drafts(self) -> ListPage:
        page = make_list(self._ctx, DRAFTS)
        new = page.add_button(
            Command("drafts.new", N_("New invoice"), lambda: self.write({}), "plus", "Ctrl+N"), "primary"
        )
        page.add_empty_button(new, "primary")
        page.opened.connect(self.open_draft)
        add = self._ctx.commands.add
        add(
            Command("drafts.delete", N_("Throw the draft away"), lambda: self._discard(page), "trash", "Del"),
            page.table,
        )
        add(
            Command(
                "drafts.repeat",
                N_("Repeat …"),
                lambda: self._repeat_draft(page),
                "refresh-cw",
                "Ctrl+Shift+M",
            ),
            page,
        )
        page.add_button(
            Command("drafts.open", N_("Go on writing"), lambda: self._open_current(page), "pencil", "F2")
        )
        return page

    def _open_current(self, page: ListPage) -> None:
        current = page.table.current_id()
        if current is not None:
            self.open_draft(current)

    def _discard(self, page: ListPage) -> None:
        current = page.table.current_id()
        if current is None:
            return
        from crmdesk.ui.kit import dialogs

        dialogs.confirm(
            self,
            _("Throw the draft away?"),
            _("Draft D{number} has no number yet and nothing is owed on it.").format(number=current),
            _("Throw away"),
            lambda: self._ctx.run_use_case("draft.delete", {"draft": f"D{current}"}, owner=self),
            name="discard",
        )

    def _make_credits(self) -> ListPage:
        page = make_list(self._ctx, CREDITS)
        page.add_batch_button(
            Command(
                "credits.printMany",
                N_("Print"),
                lambda: self._print_many(page, CREDITS),
                "printer",
                "Ctrl+Shift+P",
            )
        )
        view = self._add_detail(page, "credits.detail", is_credit=True)
        page.opened.connect(lambda _record: view.tabs.setCurrentIndex(1))
        return page

    def _make_openings(self) -> ListPage:
        page = make_list(self._ctx, OPENINGS)
        many = page.add_button(
            Command("openings.many", N_("Enter many"), lambda: open_table(self._ctx, self), "plus", "Ctrl+N"),
            "primary",
        )
        page.add_empty_button(many, "primary")
        view = self._add_detail(page, "openings.detail")
        view.add_more(
            N_("Correct …"),
            "correct",
            lambda facts: correct(self._ctx, self, facts),
            icon="pencil",
            when=lambda facts: not facts.is_reversed,
        )
        return page

    def _make_open_items(self) -> ListPage:
        """Everything that is not settled, whatever it is; Enter shows the document at its own place."""
        page = make_list(self._ctx, OPEN_ITEMS)
        source = BookList(self._ctx, OPEN_ITEMS)
        at_kind, at_number = source.place("kind"), source.place("number")

        def opened(record_id: int) -> None:
            row = page.table.table_model().rows_now([record_id]).get(record_id)
            if row is not None:
                kind = str(row[at_kind])
                self._ctx.go(PLACES[kind], number=str(row[at_number]), kind=kind)

        page.opened.connect(opened)
        return page

    def _add_detail(self, page: ListPage, name: str, *, is_credit: bool = False) -> InvoiceView:
        view = InvoiceView(self._ctx, page, name, is_credit=is_credit)
        view.copy_requested.connect(self.copy)
        view.credit_requested.connect(self.credit)
        view.repeat_requested.connect(self.repeat)
        view.reissue_requested.connect(self.reissue)
        page.current_changed.connect(view.show_document)
        page.set_detail(view, 49)
        return view

    def _print_many(self, page: ListPage, kind: str) -> None:
        wanted = page.table.selected_ids()
        source = BookList(self._ctx, kind)
        at_number, at_state = source.place("number"), source.place("state")

        def work(connection: Any) -> list[str]:
            del connection
            rows = source.fetch(wanted)
            return [str(rows[entry][at_number]) for entry in wanted if rows[entry][at_state] != "draft"]

        def done(numbers: list[str]) -> None:
            unique = list(dict.fromkeys(numbers))
            if unique:
                printed = "credit-note" if kind == CREDITS else "invoice"
                open_print_options(self._ctx, self, printed, unique)

        self._ctx.read(work, owner=self, on_done=done)
