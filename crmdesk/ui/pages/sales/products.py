"""Products: the list and the form, a part of the place of sales."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QStackedLayout, QWidget

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.models.specs.products import PRODUCT
from crmdesk.text import N_, _
from crmdesk.ui import form_requests, own_form
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import changed_meanwhile
from crmdesk.ui.dialogs.export_list import export_list
from crmdesk.ui.dialogs.form_dialog import FormDialog
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.faults import sentence
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.list_page import ListPage, filter_chip
from crmdesk.ui.kit.row_source import Row
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.sales.level_prices import open_prices

if TYPE_CHECKING:
    from crmdesk.services.draft_journal import Entry
    from crmdesk.services.use_cases import Outcome

_SHOWN = ("code", "name", "specification", "unit", "category", "price", "tax_rate", "on_sale")
_NUMBERS = ("price", "tax_rate")
_ID = "id"
Values = dict[str, Any]


class ProductsPage(Speaking, QWidget):
    """The list of products."""

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self._ctx = ctx
        self.setObjectName("products.page")
        self.source = BookList(ctx, "products")
        on_sale = self.source.place("on_sale")

        def name_tone(row: Row) -> str:
            return "" if row[on_sale] else "third"

        columns = self.source.columns(
            {"code": {"is_muted": True}, "name": {"tone": name_tone}}, order=_SHOWN, shown=_SHOWN
        )
        self.list = ListPage(
            ctx,
            "products",
            N_("Products"),
            self.source,
            columns,
            kind="product",
            watch=("product", "category"),
            icon="package",
            search_hint=N_("Name, pinyin, code or specification"),
            count_words=N_("{count} products"),
            empty_title=N_("No products yet"),
            empty_text=N_(
                "What you sell often: price, unit and tax rate then fill invoice lines by themselves."
            ),
        )
        self.setFocusProxy(self.list)
        self.list.enable_export()
        self.list.export_requested.connect(
            lambda query, shown: export_list(ctx, self, self.source, query, shown, _("Products"))
        )
        self.list.opened.connect(self.edit)
        chip = filter_chip(_("On sale"), "products.filter.onSale", self._only_on_sale)
        self.say(chip.setText, N_("On sale"))
        self.say(chip.setAccessibleName, N_("On sale"))
        self.list.add_filter(chip)
        self.list.add_button(
            Command("products.prices", N_("Prices by level …"), self._prices, "tag", "Ctrl+Shift+L")
        )
        new = self.list.add_button(
            Command("products.new", N_("New product"), self.new, "plus", "Ctrl+N"), "primary"
        )
        self.list.add_empty_button(new, "primary")
        ctx.commands.add(
            Command("products.edit", N_("Edit product"), self._edit_current, "pencil", "F2"), self.list
        )
        on, off = N_("Put on sale"), N_("Take off sale")
        self.list.add_batch_button(Command("products.onSale", on, self._setter(is_on=True), "check"))
        self.list.add_batch_button(Command("products.offSale", off, self._setter(is_on=False), "ban"))
        layout = QStackedLayout(self)
        layout.addWidget(self.list)

    def take_segments(self, segments: QWidget) -> None:
        """The segments of the place stand in the list's title row."""
        self.list.take_segments(segments)

    def show_target(self, target: dict[str, Any]) -> None:
        """`new` opens the form, `id` shows a product."""
        if target.get("new"):
            self.new()
        elif target.get("id") is not None:
            self._ctx.remember("product", int(target["id"]))
            self.list.show_record(int(target["id"]))

    def _only_on_sale(self, is_on: bool) -> None:
        self.list.set_filter("on_sale", "on_sale" if is_on else None)

    def _setter(self, *, is_on: bool) -> Callable[[], None]:
        def change() -> None:
            for row in self.source.fetch(self.list.table.selected_ids()).values():
                code = row[self.source.place("code")]
                self._ctx.run_use_case("product.update", {"product": code, "on_sale": is_on}, owner=self)

        return change

    def new(self) -> ProductDialog:
        """The form of a new product."""
        dialog = ProductDialog(self._ctx, self, None, self._saved, self._read)
        dialog.show_sheet()
        return dialog

    def _edit_current(self) -> None:
        current = self.list.table.current_id()
        if current is not None:
            self.edit(current)

    def _prices(self) -> None:
        """The prices of the current product by customer level."""
        current = self.list.table.current_id()
        if current is None:
            self._ctx.notices.toast(_("Choose a product first."), "info")
            return
        code = self.list.table.table_model().rows_now([current])[current][self.source.place("code")]
        open_prices(self._ctx, self, str(code), current)

    def edit(self, product_id: int) -> None:
        """The form of a product."""
        self._read(product_id, self._open)

    def _read(self, product_id: int, done: Callable[[Values], object]) -> None:
        """The values of a product by the list's columns, or nothing when it is gone."""
        names = [field.name for field in self.source.fields]

        def work(connection: Any) -> Values:
            from crmdesk.services import custom_forms

            row = self.source.fetch([product_id]).get(product_id)
            if row is None:
                return {}
            own = own_form.shown(custom_forms.sections(connection, "product", product_id))
            return {**dict(zip(names, row, strict=True)), **own, _ID: product_id}

        self._ctx.read(work, owner=self, on_done=done, replaces="product")

    def _open(self, values: Values, entry: Entry | None = None) -> None:
        if values or entry is not None:
            dialog = ProductDialog(self._ctx, self, values or None, self._saved, self._read, entry)
            dialog.show_sheet()

    def resume(self, entry: Entry) -> None:
        """Goes on with a form that a crash left behind; a product that is gone is written anew."""
        if entry.record:
            self._read(int(entry.about.get(_ID) or 0), lambda values: self._open(values, entry))
        else:
            self._open({}, entry)

    def _saved(self, outcome: Outcome) -> None:
        self._ctx.notices.toast(_("Saved."), "good")
        for product_id in outcome.changes.ids.get("product", set()):
            self.list.show_record(product_id)


class ProductDialog(FormDialog):
    """A new product, or an existing one."""

    def __init__(
        self,
        ctx: Context,
        parent: QWidget,
        values: Values | None,
        on_saved: Callable[[Outcome], object],
        read: Callable[[int, Callable[[Values], object]], None],
        entry: Entry | None = None,
    ) -> None:
        title = _("New product") if values is None else str(values["code"])
        super().__init__(parent, title, name="product", width=100)
        self._ctx, self._on_saved = ctx, on_saved
        self._read = read
        self._code = str(values["code"]) if values is not None else ""
        self._id = int(values[_ID]) if values is not None else 0
        self._version = int(values["version"]) if values is not None else 0
        fields = own_form.with_words(ctx, "product", [replace(field, section="") for field in PRODUCT])
        fields += own_form.declared(ctx, "product")
        shown = _shown(values or {})
        if values is None:
            shown |= {"tax_kind": "taxed", "on_sale": True, "tax_included": False}
        self.fields = Form(ctx, fields, shown, name="product.form", pickers=ctx.pickers, has_shortcuts=False)
        self.fields.mark_clean()
        self.set_form(self.fields)
        if self._code:
            self.add_action(
                _("Prices by level …"),
                "product.prices",
                lambda: open_prices(ctx, self, self._code, self._id),
                icon="tag",
            )
        self.add_cancel("product.cancel")
        self.add_action(_("Save"), "form.save", self.submit, kind="primary", shortcut="Ctrl+S")
        self.fields.submitted.connect(self.submit)
        if entry is not None and self._code:
            self._version = int(entry.about.get("version") or self._version)
        self.keep_safe(
            ctx,
            "product",
            record=self._code,
            title=lambda: str(self.fields.value("name") or ""),
            about=lambda: {"version": self._version, _ID: self._id},
            entry=entry,
        )
        self.fields.focus_field("name")

    def submit(self) -> None:
        """Saves; errors stand under their fields."""
        try:
            arguments = (
                form_requests.update(self.fields) if self._code else form_requests.creation(self.fields)
            )
        except CrmdeskError:
            return
        if self._code and not arguments:
            self.accept()
            return
        name = "product.update" if self._code else "product.create"
        if self._code:
            arguments = {"product": self._code, "version": self._version, **arguments}
        self.send(self._ctx, name, arguments, record=self._code, on_done=self._done, on_error=self._failed)

    def _failed(self, error: Exception) -> bool:
        if isinstance(error, CrmdeskError) and error.code is Code.CHANGED_BY:
            self._read(self._id, lambda values: self._ask_whose(error, values))
            return True
        return self.fields.take_error(error)

    def _ask_whose(self, error: Exception, values: Values) -> None:
        """Another window saved this product: what differs, and whose values stay."""
        theirs = _shown(values)

        def use_newer() -> None:
            self._version = int(values["version"])

        changed_meanwhile.ask_about_form(
            self, sentence(error), self.fields, theirs, use_newer=use_newer, save=self.submit
        )

    def _done(self, outcome: Outcome) -> None:
        self.fields.mark_clean()
        self.accept()
        self._on_saved(outcome)


def _shown(values: Values) -> Values:
    """The form's values of a row of the list."""
    shown = {field.name: values.get(field.name) for field in PRODUCT}
    shown |= {name: value for name, value in values.items() if name.startswith(own_form.PREFIX)}
    for name in _NUMBERS:
        if shown[name] not in (None, ""):
            shown[name] = Decimal(str(shown[name]))
    return shown
