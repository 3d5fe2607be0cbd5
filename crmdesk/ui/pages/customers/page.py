"""Tree, list and detail of customers; the full page of one."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QStackedWidget, QWidget

from crmdesk.services import customer_card, search, segment_card
from crmdesk.services.customer_card import Card
from crmdesk.text import N_, _
from crmdesk.ui.book_list import CATEGORY, NO_CATEGORY, BookList
from crmdesk.ui.category_side import WORDS_ALL_CUSTOMERS, CategorySide
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.export_customers import ExportCustomers
from crmdesk.ui.dialogs.export_list import export_list
from crmdesk.ui.dialogs.merge_customers import merge_chosen
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.list_page import ListPage, filter_chip
from crmdesk.ui.kit.row_source import Query, Row
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.customers import batch, place_parts, resuming, row_menu
from crmdesk.ui.pages.customers.detail import CustomerView
from crmdesk.ui.pages.customers.editor import CustomerDialog
from crmdesk.ui.pages.customers.groups import SEGMENTS, hands
from crmdesk.ui.pages.customers.letters import LETTERS, ways
from crmdesk.ui.pages.customers.trees import tag_steps
from crmdesk.ui.segmented import SegmentedPlace

if TYPE_CHECKING:
    from crmdesk.services.draft_journal import Entry
    from crmdesk.services.use_cases import Outcome
    from crmdesk.ui.pages.customers.groups.editor import SegmentEditor
    from crmdesk.ui.pages.customers.groups.view import SegmentView

_ORDER = ("code", "name", "contact", "level", "balance", "overdue", "last_document", "categories", "phone")
_SHOWN = ("code", "name", "contact", "level", "balance", "overdue")
_LEVEL_TONES = {"A": "good", "B": "info"}
_CHIPS = (
    ("owing", N_("Owing"), "balance > 0"),
    ("overdue", N_("Overdue"), "overdue > 0"),
    ("active", N_("In use"), "active"),
)


class CustomerRows(BookList):
    """The list of customers: what was typed orders it, the best hit first, as long as no column is chosen."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx, "customers", search_max=search.CANDIDATES_MAX)

    def ids(self, query: Query) -> array[int]:
        """The whole filtered set."""
        found = super().ids(query)
        if not query.search or query.sort:
            return found
        with self._ctx.need_book().read() as connection:
            ranked = search.customers(connection, query.search).ids
        kept = set(found)
        best = [one for one in ranked if one in kept]
        kept.difference_update(best)
        return array("q", [*best, *(one for one in found if one in kept)])


class CustomersPage(Speaking, QStackedWidget):
    """The list with its sides, and behind it the page of one customer."""

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self._ctx = ctx
        self.setObjectName("customers.page")
        self.source = CustomerRows(ctx)
        self.list = self._make_list()
        self.table = self.list.table
        self.side = CategorySide(ctx, "customers", all_words=WORDS_ALL_CUSTOMERS)
        self.detail = CustomerView(ctx, "customers.detail")
        self.list.set_side(self.side)
        self.list.set_detail(self.detail, 48)
        self._full: CustomerView | None = None
        self._editor: SegmentEditor | None = None
        self.segments: SegmentView | None = None
        self.parts = SegmentedPlace(
            "customers",
            place_parts.parts_of(self, ctx),
        )
        self.parts.part_asked_for.connect(lambda part: ctx.go("customers", part=part))
        self.addWidget(self.parts)
        self.parts.show_part(place_parts.LIST)
        self.setFocusProxy(self.parts)
        self._connect()
        self._add_commands()

    @property
    def full(self) -> CustomerView:
        """One customer as a page; made when it is first wanted."""
        if self._full is None:
            self._full = CustomerView(self._ctx, "customers.full", is_wide=True)
            self.addWidget(self._full)
            self._connect_view(self._full)
            self._full.back_requested.connect(self._back_to_list)
            back = Command("customers.backToList", N_("Back to the list"), self._back_to_list, "", "Esc")
            self._ctx.commands.add(back, self._full)
        return self._full

    def _make_list(self) -> ListPage:
        overdue, level, active = (self.source.place(name) for name in ("overdue", "level", "active"))

        def overdue_tone(row: Row) -> str:
            return "danger" if row[overdue] else ""

        def level_tone(row: Row) -> str:
            return _LEVEL_TONES.get(row[level] or "", "neutral")

        def name_tone(row: Row) -> str:
            return "" if row[active] else "third"

        columns = self.source.columns(
            {
                "code": {"is_muted": True, "width": 9},
                "name": {"tone": name_tone},
                "level": {"tone": level_tone, "as_chip": True},
                "balance": {"width": 12},
                "overdue": {"tone": overdue_tone, "width": 11},
                "contact": {"width": 8},
            },
            order=_ORDER,
            shown=_SHOWN,
        )
        made = ListPage(
            self._ctx,
            "customers",
            N_("Customers"),
            self.source,
            columns,
            kind="customer",
            watch=("customer", "contact", "category", "dimension", "tag"),
            icon="users",
            search_hint=N_("Name, pinyin, initials, code or phone"),
            count_words=N_("{count} customers"),
            empty_title=N_("No customers yet"),
            empty_text=N_("Write down the first one, or import the list you have in Excel."),
        )
        made.set_sum_tone("overdue", "danger")
        made.table.set_draggable()
        self._chips = {}
        for name, words, expression in _CHIPS:
            chip = filter_chip(_(words), f"customers.filter.{name}", self._switch(made, name, expression))
            self.say(chip.setText, words)
            self.say(chip.setAccessibleName, words)
            made.add_filter(chip)
            self._chips[name] = chip
        return made

    def _switch(self, page: ListPage, name: str, expression: str) -> Callable[[bool], object]:
        return lambda is_on: page.set_filter(name, expression if is_on else None)

    def _connect(self) -> None:
        self.side.filter_changed.connect(self._filter)
        self.side.records_dropped.connect(self._dropped)
        self.list.current_changed.connect(self.detail.show_customer)
        self.list.opened.connect(self.open_as_page)
        self._connect_view(self.detail)
        self.table.customContextMenuRequested.connect(self._show_row_menu)
        self.table.setContextMenuPolicy(self.table.contextMenuPolicy().CustomContextMenu)

    def _connect_view(self, view: CustomerView) -> None:
        view.edit_requested.connect(self.edit)
        view.menu_requested.connect(self._show_menu)

    def _add_commands(self) -> None:
        new = self.list.add_button(
            Command("customers.new", N_("New customer"), self.new, "plus", "Ctrl+N"), "primary"
        )
        self.list.add_empty_button(new, "primary")
        bring = self._ctx.commands.find("window.import")
        if bring is not None:
            self.list.add_empty_button(bring)
        add = self._ctx.commands.add
        # Only in the table: in the tree the same key renames a category.
        add(Command("customers.edit", N_("Edit customer"), self._edit_current, "pencil", "F2"), self.table)
        export = Command("customers.export", N_("Export customers"), self.export, "download", "Ctrl+E")
        self.list.enable_export(add(export, self.list))
        add(
            Command("customers.credit", N_("Credit and reminders"), self.credit, "scale", "Ctrl+Shift+G"),
            self,
        )
        add(
            Command(
                "customers.log", N_("Log an activity"), lambda: self.view_shown().log(), "phone", "Ctrl+L"
            ),
            self,
        )
        add(
            Command(
                "customers.logMore",
                N_("Log with all details …"),
                lambda: self.view_shown().log_more(),
                "",
                "Ctrl+Shift+L",
            ),
            self,
        )
        self.list.add_batch_button(
            Command(
                "customers.assignMany", N_("Put into a category"), self._assign_many, "folder-plus", "Ctrl+G"
            )
        )
        give = Command("customers.tagMany", N_("Give a tag"), self._tag_many, "tag", "Ctrl+Shift+K")
        add(give, self.list)
        hands.add_batch(self._ctx, self, self.list)
        ways.add_for_selection(self._ctx, self, self.list)
        ways.add_for_categories(self._ctx, self, self.side)
        self.list.add_batch_button(
            Command("customers.deactivateMany", N_("Deactivate"), self._deactivate_many, "ban")
        )

        self.list.add_batch_button(
            Command("customers.merge", N_("Merge…"), self._merge_many, "users", "Ctrl+Shift+J")
        )

    # Segments

    @property
    def editor(self) -> SegmentEditor:
        """The full page of a group; made when it is first wanted."""
        if self._editor is None:
            from crmdesk.ui.pages.customers.groups.editor import SegmentEditor

            self._editor = SegmentEditor(self._ctx)
            self._editor.left.connect(lambda: self._ctx.go("customers", part=SEGMENTS))
            self._editor.saved.connect(lambda name: self._ctx.go("customers", part=SEGMENTS, segment=name))
            self.addWidget(self._editor)
        return self._editor

    def make_parts(self) -> None:
        """Parts that were not shown yet: their commands are then known."""
        self.parts.make_parts()
        _made = self.editor

    def may_leave(self, then: Callable[[], object]) -> None:
        """Asks when a group is being written."""
        if self._editor is not None and self.currentWidget() is self._editor:
            self._editor.may_leave(then)
        else:
            then()

    def _show_part(self, target: dict[str, Any]) -> None:
        part = str(target["part"])
        if part == SEGMENTS and (target.get("new") or target.get("edit")):
            self.parts.show_part(SEGMENTS)
            self.editor.begin(str(target.get("edit") or ""))
            self.show_editor()
            return
        self._show_now(self.parts)
        page = self.parts.show_part(part if part in place_parts.OTHERS else place_parts.LIST)
        show = getattr(page, "show_target", None)
        if show is not None:
            show(target)
        if not isinstance(page, ListPage):
            page.setFocus()
            return
        if part == LETTERS and target.get("new"):
            ways.open_text(self._ctx, self)
        if target.get("tag"):
            tag_steps.show(self._ctx, page, str(target["tag"]))
        elif target.get("segment"):
            name = str(target["segment"])
            self._ctx.read(
                lambda connection: segment_card.ids_by_name(connection).get(name),
                owner=self,
                on_done=lambda found: page.show_record(found) if found is not None else None,
            )
        elif target.get("filter"):
            page.show_only(str(target["filter"]), str(target.get("words", "")))
        page.table.setFocus()

    def show_parts(self, part: str) -> QWidget:
        """Shows a part, whatever page was shown."""
        self._show_now(self.parts)
        return self.parts.show_part(part)

    def _show_now(self, widget: QWidget) -> None:
        self.setCurrentWidget(widget)
        self.setFocusProxy(widget)
        widget.setFocus()

    def _merge_many(self) -> None:
        merge_chosen(self._ctx, self, self.table.selected_ids(), self.merged)

    def merged(self, result: dict[str, Any]) -> None:
        """Shows who stays after a merge."""
        self._ctx.go("customers", code=str(result["code"]))

    # Showing

    def show_target(self, target: dict[str, Any]) -> None:
        """`new` opens the form, `id` or `code` shows a customer, with `full` as a page; `filter` filters the list.

        `part` shows the segments (with `new`, or `edit` or `segment` by name), who came and went, duplicates,
        merges, or the analysis of groups with what each of its pages takes.
        """
        self.may_leave(lambda: self._show_target(target))

    def _show_target(self, target: dict[str, Any]) -> None:
        if target.get("part") in place_parts.OTHERS:
            self._show_part(target)
        elif target.get("new"):
            self.show_list()
            self.new(str(target.get("name", "")))
        elif target.get("id") is not None:
            self.show_customer(int(target["id"]), is_full=bool(target.get("full")))
            if target.get("tab"):
                self.full.tabs.choose(str(target["tab"]))
        elif target.get("code"):
            code = str(target["code"])
            self._ctx.read(
                lambda connection: customer_card.id_of(connection, code),
                owner=self,
                on_done=lambda found: self.show_customer(found, is_full=bool(target.get("full"))),
            )
        elif target.get("filter"):
            self.show_list()
            self.side.show_all()
            self.list.show_only(str(target["filter"]), str(target.get("words", "")))

    def show_start(self) -> None:
        """As the place was when it was first shown."""
        self.show_list()

    def show_customer(self, customer_id: int | None, *, is_full: bool = False) -> None:
        """Shows a customer in the list, or as a page."""
        if customer_id is None:
            return
        if is_full:
            self.open(customer_id)
            return
        self._ctx.remember("customer", customer_id)
        self.show_list()
        self.list.show_record(customer_id)

    def open(self, customer_id: int) -> None:
        """The full page of a customer."""
        self._ctx.remember("customer", customer_id)
        self.full.show_customer(customer_id)
        self.setCurrentWidget(self.full)
        self.setFocusProxy(self.full)
        self.full.setFocus()

    def show_list(self) -> None:
        """Back to the list."""
        self._show_now(self.parts)
        self.parts.show_part(place_parts.LIST)
        self.table.setFocus()

    # The list and the page of one are steps of back and forward: show_start would lose a page opened without one.

    def open_as_page(self, customer_id: int) -> None:
        """A step of its own to the page of a customer."""
        self._ctx.go("customers", id=customer_id, full=True)

    def _back_to_list(self) -> None:
        self.show_list()
        self._ctx.go("customers")

    def view_shown(self) -> CustomerView:
        """The page of one customer, or the pane beside the list."""
        return self._full if self._full is not None and self.currentWidget() is self._full else self.detail

    def customer_code(self) -> str:
        """The customer that is looked at, for F6."""
        view = self.view_shown()
        whole = view.whole
        return whole.card.code if whole is not None and whole.card.id == view.current_id() else ""

    def _filter(self, name: str, value: Any) -> None:
        for other in (CATEGORY, NO_CATEGORY):
            if other != name:
                self.list.set_filter(other, None)
        if name:
            self.list.set_filter(name, value)

    def export(self, ids: Sequence[int] = (), form: str = "") -> ExportCustomers:
        """The sheet that asks what of whom; `ids` are those meant, else what is selected in the list."""
        query, source = self.list.query(), self.source
        dialog = ExportCustomers(
            self._ctx,
            self,
            list(ids) or self.table.selected_ids(),
            lambda: source.ids(query),
            self.table.table_model().record_count,
            lambda: self._export(query, self.table.shown_columns()),
            form,
        )
        dialog.show_sheet()
        return dialog

    def _export(self, query: Query, columns: list[Any]) -> None:
        export_list(self._ctx, self, self.source, query, columns, _("Customers"))

    # Doing

    def credit(self) -> None:
        """Limit, grade and its reasons, promises and exclusions of the customer that is looked at."""
        from crmdesk.ui.dialogs.credit_standing import open_credit

        code = self.customer_code()
        if code:
            open_credit(self._ctx, self, code)

    def new(self, name: str = "") -> CustomerDialog:
        """The form of a new customer, in the category that is chosen in the tree."""
        path = self.side.current_path()
        places = [(self.side.dimension(), path)] if path else []
        dialog = CustomerDialog(
            self._ctx,
            self,
            places=places,
            on_saved=self.created,
            on_twin=self.show_customer,
            on_fill=self._fill,
            name=name,
        )
        dialog.show_sheet()
        dialog.fields.focus_field("name")
        return dialog

    def _fill(self, customer_id: int, typed: dict[str, Any]) -> None:
        """The customer is there already: what was typed goes into his form, where he has nothing."""

        def go_on(card: Card) -> None:
            self.show_customer(card.id)
            self.edit(card).fill_gaps(typed)

        self._ctx.read(
            lambda connection: customer_card.load(connection, customer_id), owner=self, on_done=go_on
        )

    def edit(self, card: Card, entry: Entry | None = None) -> CustomerDialog:
        """The form of a customer, with what was left behind if it is that."""
        dialog = CustomerDialog(self._ctx, self, card, on_twin=self.show_customer, entry=entry)
        dialog.show_sheet()
        dialog.fields.focus_field("name")
        return dialog

    def resume(self, entry: Entry) -> None:
        """Goes on with a form that a crash left behind."""
        resuming.resume(self, self._ctx, entry)

    def created(self, outcome: Outcome) -> None:
        """Tells of a new customer and shows it."""
        made = outcome.changes.ids.get("customer", set())
        self._ctx.notices.toast(_("{code} was created.").format(code=outcome.result["code"]))
        for customer_id in made:
            self.show_customer(customer_id)

    def show_editor(self) -> None:
        """Shows the full page of a group."""
        self._show_now(self.editor)

    def _edit_current(self) -> None:
        if self.detail.whole is not None and self.detail.whole.card.id == self.detail.current_id():
            self.edit(self.detail.whole.card)

    def _dropped(self, ids: list[int], dimension: str, path: str) -> None:
        batch.assign(self._ctx, self, ids, dimension, path)

    def _assign_many(self) -> None:
        batch.pick_and_assign(self._ctx, self, self.table.selected_ids())

    def _tag_many(self) -> None:
        tag_steps.give_many(self._ctx, self, self.table.selected_ids())

    def _deactivate_many(self) -> None:
        batch.set_active(self._ctx, self, self.table.selected_ids(), is_active=False)

    def _show_row_menu(self, point: QPoint) -> None:
        whole = self.detail.whole
        if self.table.indexAt(point).isValid() and whole is not None:
            row_menu.menu_of(self, self._ctx, whole.card, is_many=self.table.selected_count() > 1).popup(
                self.table.viewport().mapToGlobal(point)
            )

    def _show_menu(self, card: Card, button: QWidget) -> None:
        row_menu.menu_of(self, self._ctx, card).popup(button.mapToGlobal(QPoint(0, button.height())))
