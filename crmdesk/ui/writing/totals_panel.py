"""The foot of a document being written: its own discount, net, tax and total, worked out while one types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from crmdesk.models import money
from crmdesk.models.specs.documents import DISCOUNT
from crmdesk.models.totals import Totals
from crmdesk.text import N_, _
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.columns import number
from crmdesk.ui.kit.editors import mark_invalid
from crmdesk.ui.kit.labels import Label, Paragraph
from crmdesk.ui.kit.number_editors import ShareOrAmountEditor
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking

_ROWS = (("net", N_("Net")), ("tax", N_("Tax")))


class TotalsPanel(Speaking, QWidget):
    """`edited` comes when the discount was typed; `left_down` on Enter in it."""

    edited = Signal()
    entered = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        sizes = theme().metrics
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(sizes.space(4))
        grid.setVerticalSpacing(sizes.space(1.5))
        grid.setColumnStretch(0, 1)
        self.discount = ShareOrAmountEditor(DISCOUNT)
        self.discount.setObjectName(f"{name}.discount")
        self.discount.setMaximumWidth(sizes.em(20))
        self.discount.edited.connect(self.edited)
        self.discount.returnPressed.connect(self.entered)
        title = labels.caption()
        self.say(title.setText, N_("Discount on everything"))
        self.say(self.discount.setAccessibleName, N_("Discount on everything"))
        self.say(self.discount.setPlaceholderText, N_("5% or 20"))
        grid.addWidget(title, 0, 0)
        grid.addWidget(self.discount, 0, 1)
        self._taken = labels.caption("", "second")
        self._taken.setObjectName(f"{name}.taken")
        grid.addWidget(self._taken, 1, 1, Qt.AlignmentFlag.AlignRight)
        self._values: dict[str, Label] = {}
        for row, (part, words) in enumerate(_ROWS, 2):
            caption = labels.caption()
            self.say(caption.setText, words)
            value = Label()
            value.setObjectName(f"{name}.{part}")
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(caption, row, 0)
            grid.addWidget(value, row, 1)
            self._values[part] = value
        whole = labels.strong()
        self.say(whole.setText, N_("Total"))
        self.total = labels.figure()
        self.total.setObjectName(f"{name}.total")
        self.total.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(whole, 4, 0)
        grid.addWidget(self.total, 4, 1)
        self.error = Paragraph("", "caption", "danger")
        self.error.setObjectName(f"{name}.error")
        self.error.hide()
        grid.addWidget(self.error, 5, 0, 1, 2)
        self.worth = labels.caption("", "second")
        self.worth.setObjectName(f"{name}.worth")
        grid.addWidget(self.worth, 6, 0, 1, 2, Qt.AlignmentFlag.AlignRight)
        self.worth.hide()

    def show_worth(self, words: str, tone: str = "second") -> None:
        """What a foreign document is worth in the book's currency; nothing hides it."""
        self.worth.setText(words)
        self.worth.set_tone(tone)
        self.worth.setVisible(bool(words))

    def set_error(self, message: str) -> None:
        """Shows or takes back what is wrong with the discount."""
        self.error.setText(message)
        self.error.setVisible(bool(message))
        mark_invalid(self.discount, bool(message))

    def show_totals(self, totals: Totals, currency: str) -> None:
        """Shows what was worked out."""
        amounts: Mapping[str, int] = {"net": totals.net_minor, "tax": totals.tax_minor}
        for part, minor in amounts.items():
            self._values[part].setText(number(money.to_decimal(minor, currency)))
        self.total.setText(
            f"{money.symbol(currency)}{number(money.to_decimal(totals.total_minor, currency))}"
        )
        taken = totals.discount_minor
        self._taken.setText(
            _("{amount} in all").format(amount=f"−{number(money.to_decimal(taken, currency))}")
            if taken
            else ""
        )

    def value(self) -> Any:
        """The typed discount; raises InvalidInput."""
        return self.discount.value()
