"""The lines of a document being written: product picks, usual rates, computed amounts, totals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from crmdesk.models import money
from crmdesk.models.errors import CrmdeskError, InvalidInput
from crmdesk.models.fields import Field, Kind, pick
from crmdesk.models.specs.documents import LINES
from crmdesk.models.totals import Totals
from crmdesk.text import N_, _
from crmdesk.ui.book_pickers import ProductItem, ProductPicker
from crmdesk.ui.context import Context
from crmdesk.ui.kit.faults import sentence
from crmdesk.ui.kit.line_grid import LineGrid
from crmdesk.ui.kit.line_paste import UNREAD
from crmdesk.ui.writing.totals_panel import TotalsPanel

if TYPE_CHECKING:
    from crmdesk.services.invoice_entry import Setting

Values = dict[str, Any]
_NAMED_MAX = 4
_LINE_FIELDS = tuple(
    replace(field, width=width, required=False)
    for field, width in zip(
        pick(
            LINES.fields,
            "product", "description", "quantity", "unit", "unit_price", "discount", "tax_rate", "tax_included",
            "tax_kind", "kind",
        ),
        (9, 14, 7, 4, 9, 7, 6, 5, 6, 6),
        strict=True,
    )
)  # fmt: skip
_GROSS = Field("gross", Kind.MONEY, N_("Amount with tax"), sign="any", width=11)


class DocumentLines(QObject):
    """The grid and the totals under it. `currency` says what the amounts are in; `edited` comes when lines changed."""

    edited = Signal()

    def __init__(self, ctx: Context, owner: QObject, name: str, currency: Callable[[], str]) -> None:
        super().__init__(owner)
        self._currency = currency
        self._is_filling = False
        self.setting: Setting | None = None
        self.totals = Totals((), 0, 0, 0)
        self.panel = TotalsPanel(f"{name}.totals")
        self._products = ProductPicker(ctx)
        self.grid = LineGrid(
            ctx,
            _LINE_FIELDS,
            computed=(_GROSS,),
            compute=self._work_out,
            pickers={**ctx.pickers, "product": self._products},
            hidden=("tax_kind", "kind"),
            name=f"{name}.lines",
        )
        self.grid.on_pick = self._product_picked
        self._ctx = ctx
        self._unresolved: dict[str, set[int]] = {}
        self.grid.line_model().resolves_links = True
        self.grid.line_model().unresolved.connect(self._look_up)
        self.grid.edited.connect(self._lines_edited)
        self.panel.edited.connect(self.edited)

    def show_values(self, lines: Sequence[Mapping[str, Any]], discount: Any) -> None:
        """Shows stored lines and a discount, without `edited`."""
        self._is_filling = True
        self.panel.set_error("")
        self.panel.discount.set_value(_discount_shown(discount))
        self.grid.set_lines([_line_shown(line) for line in lines])
        self._is_filling = False

    def use_setting(self, setting: Setting) -> None:
        """Takes the book's rates and rounding."""
        self.setting = setting
        with self._filling():
            pass
        self.work_again()

    def use_customer(self, code: str) -> None:
        """Products picked from now on have the price of this customer's level."""
        self._products.customer = code

    def discount(self) -> Any:
        """The typed discount of the document; raises InvalidInput."""
        return self.panel.value()

    def _product_picked(self, row: int, name: str, item: Any) -> None:
        """A picked product fills its line; the cursor goes on to the quantity."""
        if name != "product" or not isinstance(item, ProductItem):
            return
        model = self.grid.line_model()
        with self._filling():
            self._fill(row, item, keeps_given=False)
        self.edited.emit()
        quantity = next(index for index, field in enumerate(model.columns()) if field.name == "quantity")
        QTimer.singleShot(0, self.grid, lambda: self.grid.setCurrentIndex(model.index(row, quantity)))

    def _fill(self, row: int, item: ProductItem, *, keeps_given: bool) -> None:
        """What a product puts into its line; `keeps_given` leaves what was pasted as it is."""
        model = self.grid.line_model()
        model.remember_words("product", item.value, item.code)
        is_exempt = item.tax_kind != "taxed"
        usual = self.setting.tax_rate if self.setting is not None else None
        for cell, value in (
            ("description", item.title),
            ("unit", item.unit or None),
            ("unit_price", item.price),
            ("tax_kind", item.tax_kind),
            ("tax_rate", None if is_exempt else item.tax_rate if item.tax_rate is not None else usual),
            ("tax_included", True if item.is_tax_included else None),
            ("quantity", model.value(row, "quantity") or Decimal(1)),
        ):
            if not keeps_given or model.value(row, cell) is None or cell in ("tax_kind", "tax_included"):
                self.grid.set_cell(row, cell, value)

    # Codes and names that were typed or pasted instead of picked

    def _look_up(self, row: int, _name: str, text: str) -> None:
        if not self._unresolved:
            QTimer.singleShot(0, self, self._ask)
        self._unresolved.setdefault(text, set()).add(row)

    def _ask(self) -> None:
        asked, self._unresolved = self._unresolved, {}
        source = self._products

        def work(_connection: Any) -> dict[str, list[ProductItem]]:
            return source.named(list(asked))

        self._ctx.read(work, owner=self, on_done=lambda found: self._take_found(asked, found))

    def _take_found(self, asked: Mapping[str, set[int]], found: Mapping[str, list[ProductItem]]) -> None:
        model = self.grid.line_model()
        with self._filling():
            for text, places in asked.items():
                items = found.get(text, [])
                for row in places:
                    if row >= model.rowCount() or model.value(row, "product") != text:
                        continue  # deleted or changed meanwhile
                    if len(items) == 1:
                        self.grid.set_cell(row, "product", items[0].value)
                        self._fill(row, items[0], keeps_given=True)
                    else:
                        model.mark(row, "product", _unknown(text, len(items)))
        self.edited.emit()
        unknown = [text for text in asked if len(found.get(text, [])) != 1]
        if unknown:
            self._ctx.notices.toast(
                _("Not found among the products and marked red: {names}.").format(
                    names=", ".join(unknown[:_NAMED_MAX]) + (" …" if len(unknown) > _NAMED_MAX else "")
                ),
                "warn",
            )

    def _lines_edited(self) -> None:
        if self._is_filling:
            return
        with self._filling():
            pass
        self.edited.emit()

    @contextmanager
    def _filling(self) -> Iterator[None]:
        """What the program puts in, usual rates last; worked out once, and no edit of the user's."""
        self._is_filling = True
        try:
            with self.grid.line_model().together():
                yield
                self._fill_rates()
        finally:
            self._is_filling = False

    def _fill_rates(self) -> None:
        """A line without a rate gets the usual one, seen and changeable; a negative price makes it a return."""
        usual = self.setting.tax_rate if self.setting is not None else None
        model = self.grid.line_model()
        for row in range(model.rowCount() - 1):
            if not model.value(row, "description") and not model.value(row, "product"):
                continue
            if model.is_unread(row, "product"):
                continue  # its product is being looked up, and brings its own rate
            kind = model.value(row, "tax_kind") or "taxed"
            if kind == "taxed" and model.value(row, "tax_rate") is None and usual is not None:
                self.grid.set_cell(row, "tax_rate", usual)
            price = model.value(row, "unit_price")
            is_negative = isinstance(price, Decimal) and price < 0
            if is_negative != (model.value(row, "kind") in ("return", "discount")):
                self.grid.set_cell(row, "kind", "return" if is_negative else None)

    def _work_out(self, lines: list[Values]) -> Sequence[Mapping[str, Any]]:
        """The computed column, and with it the totals."""
        from crmdesk.services import proposed_document

        currency = self._currency()
        usual = self.setting.tax_rate if self.setting is not None else None
        rounding = self.setting.rounding if self.setting is not None else "line"
        inputs = proposed_document.line_inputs(lines, currency, usual)
        self.panel.set_error("")
        try:
            discount = proposed_document.discount_of(self.panel.value(), currency)
            totals, places = proposed_document.total(inputs, currency, rounding, discount)
        except CrmdeskError as error:
            if error.field == "discount" or (isinstance(error, InvalidInput) and not error.field):
                self.panel.set_error(sentence(error))
            try:
                totals, places = proposed_document.total(inputs, currency, rounding, None)
            except CrmdeskError:
                return [{} for _line in lines]
        self.totals = totals
        self.panel.show_totals(totals, currency)
        found: list[Values] = [{} for _line in lines]
        for place, amounts in zip(places, totals.lines, strict=True):
            found[place] = {"gross": money.to_decimal(amounts.gross_minor, currency)}
        return found

    def work_again(self) -> None:
        """Works out the totals although no line changed (rate, currency or discount did)."""
        self.grid.line_model().work_again()


def _unknown(text: str, count: int) -> str:
    words = (
        _("{count} products are called “{name}”. Press F2 and pick one.")
        if count
        else _("There is no product “{name}”. Press F2 and pick one, or delete it and describe the line.")
    )
    return words.format(name=text[:40], count=count)


def _line_shown(line: Mapping[str, Any]) -> Values:
    """A stored line as the grid holds it."""
    shown = {name: value for name, value in line.items() if value is not None and value is not False}
    if "discount" in shown and UNREAD not in shown["discount"]:
        shown["discount"] = _discount_shown(shown["discount"])
    if shown.get("kind") == "item":
        del shown["kind"]
    return shown


def _discount_shown(value: Any) -> Values | None:
    if not isinstance(value, Mapping):
        return None
    parts = {name: Decimal(str(part)) for name, part in value.items() if part is not None}
    return parts or None
