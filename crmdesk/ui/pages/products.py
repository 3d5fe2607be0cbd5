"""Products: the list and the form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QStackedLayout, QWidget

from crmdesk.models.errors import CrmdeskError
from crmdesk.models.specs.products import PRODUCT
from crmdesk.text import N_, _
from crmdesk.ui import form_requests
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.export_list import export_list
from crmdesk.ui.dialogs.form_dialog import FormDialog
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.list_page import ListPage, filter_chip
from crmdesk.ui.kit.row_source import Row
from crmdesk.ui.kit.words import Speaking

if TYPE_CHECKING:
    from crmdesk.services.use_cases import Outcome

_SHOWN = ("code", "name", "specification", "unit", "category", "price", "tax_rate", "on_sale")
_NUMBERS = ("price", "tax_rate")


def create(ctx: Context) -> QWidget:
    """The page for the shell."""
    return ProductsPage(ctx)


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
        dialog = ProductDialog(self._ctx, self, None, self._saved)
        dialog.show_sheet()
        return dialog

    def _edit_current(self) -> None:
        current = self.list.table.current_id()
        if current is not None:
            self.edit(current)

    def edit(self, product_id: int) -> None:
        """The form of a product."""
        names = [field.name for field in self.source.fields]

        def work(_connection: Any) -> dict[str, Any]:
            row = self.source.fetch([product_id]).get(product_id)
            return {} if row is None else dict(zip(names, row, strict=True))

        self._ctx.read(work, owner=self, on_done=self._open, replaces="product")

    def _open(self, values: dict[str, Any]) -> None:
        if values:
            ProductDialog(self._ctx, self, values, self._saved).show_sheet()

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
        values: dict[str, Any] | None,
        on_saved: Callable[[Outcome], object],
    ) -> None:
        title = _("New product") if values is None else str(values["code"])
        super().__init__(parent, title, name="product", width=100)
        self._ctx, self._on_saved = ctx, on_saved
        self._code = str(values["code"]) if values is not None else ""
        fields = [replace(field, section="") for field in PRODUCT]
        shown = {field.name: (values or {}).get(field.name) for field in fields}
        for name in _NUMBERS:
            if shown[name] not in (None, ""):
                shown[name] = Decimal(str(shown[name]))
        if values is None:
            shown |= {"tax_kind": "taxed", "on_sale": True, "tax_included": False}
        self.fields = Form(ctx, fields, shown, name="product.form", has_shortcuts=False)
        self.fields.mark_clean()
        self.set_form(self.fields)
        self.add_action(_("Cancel"), "product.cancel", self.reject, shortcut="Esc")
        self.add_action(_("Save"), "form.save", self.submit, kind="primary", shortcut="Ctrl+S")
        self.fields.submitted.connect(self.submit)
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
            arguments = {"product": self._code, **arguments}
        self._ctx.run_use_case(
            name, arguments, owner=self, on_done=self._done, on_error=self.fields.take_error
        )

    def _done(self, outcome: Outcome) -> None:
        self.fields.mark_clean()
        self.accept()
        self._on_saved(outcome)
