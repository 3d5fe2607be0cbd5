"""The prices of a product by customer level, in a small grid: type, paste from Excel, save."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from PySide6.QtWidgets import QWidget

from crmdesk.models.errors import InvalidInput
from crmdesk.models.specs.customers import LEVEL
from crmdesk.models.specs.products import PRICE
from crmdesk.text import _
from crmdesk.ui.context import Context
from crmdesk.ui.kit import dialogs
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.line_grid import LineGrid, plain_lines


class LevelPrices(Dialog):
    """Ctrl+S keeps the whole list at once."""

    def __init__(self, ctx: Context, parent: QWidget, product: str, prices: dict[str, Decimal]) -> None:
        title = _("Prices of {product} by level").format(product=product)
        super().__init__(parent, title, name="levelPrices", width=62)
        self._ctx, self._product = ctx, product
        self._is_busy = False
        text = _("What customers of a level pay instead of the product's own price.")
        self.body.addWidget(Paragraph(text, "", "second"))
        self.banner = Banner("levelPrices.banner")
        self.body.addWidget(self.banner)
        fields = [replace(LEVEL, width=14, required=False), replace(PRICE, width=14, required=False)]
        self.grid = LineGrid(ctx, fields, name="levelPrices.lines")
        self.grid.setAccessibleName(_("Prices by level"))
        self.grid.set_lines([{"level": level, "price": price} for level, price in prices.items()])
        self.body.addWidget(self.grid)
        self._clean = plain_lines(self.grid.lines())
        self.add_cancel("levelPrices.cancel")
        self.add_action(_("Save"), "levelPrices.save", self.submit, kind="primary", shortcut="Ctrl+S")
        self.grid.setFocus()

    def submit(self) -> None:
        """Saves; what is wrong is marked in its cell."""
        if self._is_busy:
            return
        self.banner.hide()
        try:
            lines = plain_lines(self.grid.value())
        except InvalidInput as error:
            self.banner.show_error(error)
            return
        self._is_busy = True
        self._ctx.run_use_case(
            "product.prices",
            {"product": self._product, "prices": lines},
            owner=self,
            on_done=lambda _outcome: self._done(),
            on_error=self._failed,
        )

    def _done(self) -> None:
        self._clean = plain_lines(self.grid.lines())
        self.accept()
        self._ctx.notices.toast(_("Saved."), "good")

    def _failed(self, error: Exception) -> bool:
        self._is_busy = False
        self.banner.show_error(error)
        return True

    def reject(self) -> None:
        """Asks before what was typed is lost."""
        if plain_lines(self.grid.lines()) == self._clean:
            super().reject()
            return
        dialogs.ask(
            self,
            _("Leave without saving?"),
            _("The prices typed here are lost."),
            [
                (_("Discard"), "discard", "danger", super().reject),
                (_("Keep editing"), "stay", "primary", lambda: None),
            ],
            name="leave",
        )


def open_prices(ctx: Context, parent: QWidget, code: str, product_id: int) -> None:
    """Reads the prices of a product and shows them."""

    def work(connection: Any) -> dict[str, Decimal]:
        from crmdesk.services import price_levels

        return price_levels.prices_of(connection, product_id)

    ctx.read(
        work,
        owner=parent,
        on_done=lambda prices: LevelPrices(ctx, parent, code, prices).show_sheet(),
        replaces="prices",
    )
