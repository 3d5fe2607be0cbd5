"""The place of sales: products, requirements, quotes, contracts, orders and instalments, and the editors over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from crmdesk.text import N_
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.list_page import ListPage
from crmdesk.ui.pages.sales.editor import AgreementEditor
from crmdesk.ui.pages.sales.lists import make_list, titles
from crmdesk.ui.pages.sales.products import ProductsPage
from crmdesk.ui.pages.sales.view import AgreementView
from crmdesk.ui.pages.sales.words import INSTALMENTS, KINDS, NEW_WORDS, PART_OF, PRODUCTS
from crmdesk.ui.segmented import Part, SegmentedPlace
from crmdesk.ui.writing import keeping

if TYPE_CHECKING:
    from crmdesk.services.draft_journal import Entry


class SalesPlace(QWidget):
    """Targets: `part` (with `new`, `id`, or `filter` and its `words`), or `kind` and `number` of an agreement.

    `new` of an agreement takes `customer`, or `source` (kind) and `number` of what it is made from.
    """

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self.setObjectName("sales.all")
        self._ctx = ctx
        names = titles()
        self.lists = SegmentedPlace(
            "sales",
            [
                Part(PRODUCTS, N_("Products"), lambda: ProductsPage(ctx)),
                *(Part(part, names[part], self._maker(part)) for part in KINDS),
                Part(INSTALMENTS, names[INSTALMENTS], self._make_instalments),
            ],
        )
        self.lists.part_asked_for.connect(lambda part: ctx.go("sales", part=part))
        self.views: dict[str, AgreementView] = {}
        self._editors: dict[str, AgreementEditor] = {}
        self._stack = QStackedWidget()
        self._stack.addWidget(self.lists)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        self.lists.show_part(PRODUCTS)
        self.setFocusProxy(self.lists)

    # The shell

    def show_target(self, target: dict[str, Any]) -> None:
        """Shows what was asked for; unsaved work is asked about first."""
        self.may_leave(lambda: self._show_target(target))

    def _show_target(self, target: dict[str, Any]) -> None:
        part = str(target.get("part") or PART_OF.get(str(target.get("kind", "")), PRODUCTS))
        if target.get("new") and part in KINDS:
            self._write_new(part, target)
            return
        self.show_lists()
        page = self.lists.show_part(part)
        if isinstance(page, ProductsPage):
            page.show_target(target)
        elif target.get("number"):
            self._find(str(target["kind"]), str(target["number"]))
        elif isinstance(page, ListPage) and target.get("id") is not None:
            page.show_record(int(target["id"]))
        elif isinstance(page, ListPage) and target.get("filter"):
            page.show_only(str(target["filter"]), str(target.get("words", "")))

    def show_start(self) -> None:
        """As the place was when it was first shown."""
        self.show_lists()
        self.lists.show_part(PRODUCTS)

    def may_leave(self, then: Callable[[], object]) -> None:
        """Asks when something is being written."""
        editor = self._stack.currentWidget()
        if isinstance(editor, AgreementEditor):
            editor.may_leave(then)
        else:
            then()

    def make_parts(self) -> None:
        """Lists and editors that were not shown yet: their commands are then known."""
        self.lists.make_parts()
        for kind in PART_OF:
            self.editor(kind)

    def customer_code(self) -> str:
        """The customer of what is shown, for quick payment."""
        view = self.views.get(KINDS.get(self.lists.current_part, ""))
        return view.card.customer if view is not None and view.card is not None else ""

    def show_lists(self) -> None:
        """Back from an editor."""
        self._stack.setCurrentWidget(self.lists)
        self.setFocusProxy(self.lists)
        self.lists.setFocus(Qt.FocusReason.OtherFocusReason)

    def _find(self, kind: str, number: str) -> None:
        def work(connection: Any) -> int | None:
            from crmdesk.services import agreement_entry

            return agreement_entry.find(connection, kind, number)

        def done(found: int | None) -> None:
            page = self.lists.show_part(PART_OF[kind])
            if found is not None and isinstance(page, ListPage):
                page.show_record(found)

        self._ctx.read(work, owner=self, on_done=done)

    # Writing

    def editor(self, kind: str) -> AgreementEditor:
        """The editor of a kind, made when it is first needed."""
        if kind not in self._editors:
            made = AgreementEditor(self._ctx, kind)
            made.left.connect(self.show_lists)
            made.done.connect(self._show_done)
            self._editors[kind] = made
            self._stack.addWidget(made)
        return self._editors[kind]

    def _show_editor(self, kind: str) -> AgreementEditor:
        self.lists.show_part(PART_OF[kind])
        editor = self.editor(kind)
        self._stack.setCurrentWidget(editor)
        self.setFocusProxy(editor)
        return editor

    def _show_done(self, kind: str, number: str) -> None:
        self.show_lists()
        self._find(kind, number)

    def _write_new(self, part: str, target: dict[str, Any]) -> None:
        kind, source, number = KINDS[part], str(target.get("source", "")), str(target.get("number", ""))
        if not source:
            customer = target.get("customer")
            self._show_editor(kind).begin({"customer": customer} if customer else {})
            return

        def work(connection: Any) -> dict[str, Any]:
            from crmdesk.services import agreement_entry

            return agreement_entry.following(connection, source, number)

        self._ctx.read(work, owner=self, on_done=lambda values: self._show_editor(kind).begin(values))

    def change(self, kind: str, agreement_id: int) -> None:
        """Opens the editor over an agreement."""

        def work(connection: Any) -> tuple[dict[str, Any], str, int]:
            from crmdesk.services import agreement_entry

            return agreement_entry.to_change(connection, agreement_id)

        def done(found: tuple[dict[str, Any], str, int]) -> None:
            values, number, version = found
            self._show_editor(kind).begin(values, number=number, version=version)

        self._ctx.read(work, owner=self, on_done=done, replaces="change")

    def resume(self, entry: Entry) -> None:
        """Goes on with what a crash left behind."""
        if entry.form in PART_OF:
            keeping.show(self._show_editor(entry.form), entry)
        else:
            self.show_lists()
            page = self.lists.show_part(PRODUCTS)
            if isinstance(page, ProductsPage):
                page.resume(entry)

    # Lists

    def _maker(self, part: str) -> Callable[[], ListPage]:
        return lambda: self._make_agreements(part)

    def _make_agreements(self, part: str) -> ListPage:
        kind = KINDS[part]
        page = make_list(self._ctx, part)
        new = page.add_button(
            Command(
                f"{part}.new",
                NEW_WORDS[kind],
                lambda: self._ctx.go("sales", part=part, new=True),
                "plus",
                "Ctrl+N",
            ),
            "primary",
        )
        page.add_empty_button(new, "primary")
        view = AgreementView(self._ctx, page, part, kind)
        view.change_requested.connect(lambda agreement_id: self.change(kind, agreement_id))
        page.current_changed.connect(view.show_agreement)
        page.opened.connect(lambda _record: view.open_whole())
        page.set_detail(view, 54)
        self.views[kind] = view
        return page

    def _make_instalments(self) -> ListPage:
        """The instalments of all contracts; Enter shows the contract, where they are billed."""
        page = make_list(self._ctx, INSTALMENTS)
        at_contract = BookList(self._ctx, INSTALMENTS).place("contract")

        def opened(record_id: int) -> None:
            row = page.table.table_model().rows_now([record_id]).get(record_id)
            if row is not None:
                self._ctx.go("sales", kind="contract", number=str(row[at_contract]))

        page.opened.connect(opened)

        def open_current() -> None:
            current = page.table.current_id()
            if current is not None:
                opened(current)

        page.add_button(
            Command("instalments.open", N_("Show the contract"), open_current, "book", "F2"), "primary"
        )
        return page
