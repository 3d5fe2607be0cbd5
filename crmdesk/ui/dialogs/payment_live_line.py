"""The line under a payment: received (+ discount) = allocated + credit, always true while one types."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.models import money
from crmdesk.text import _
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.columns import number
from crmdesk.ui.kit.labels import Label
from crmdesk.ui.kit.theme import theme


class LiveLine(QWidget):
    """Four amounts with the signs between them; the discount is only there when there is one."""

    def __init__(self, name: str = "payment.live") -> None:
        super().__init__()
        self.setObjectName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().metrics.space(4))
        self._figures: dict[str, Label] = {}
        self._parts: dict[str, list[QWidget]] = {}
        self._captions: dict[str, Label] = {}
        for part, words, sign in (
            ("received", _("Received"), ""),
            ("discount", _("Discount"), "+"),
            ("allocated", _("Allocated"), "="),
            ("credit", _("To credit"), "+"),
        ):
            self._parts[part] = []
            if sign:
                mark = labels.caption(sign)
                row.addWidget(mark)
                self._parts[part].append(mark)
            pair = QWidget()
            rows = QVBoxLayout(pair)
            rows.setContentsMargins(0, 0, 0, 0)
            rows.setSpacing(0)
            caption = labels.caption(words)
            self._captions[part] = caption
            rows.addWidget(caption)
            figure = labels.strong("")
            figure.setObjectName(f"{name}.{part}")
            figure.setAccessibleName(words)
            rows.addWidget(figure)
            self._figures[part] = figure
            self._parts[part].append(pair)
            row.addWidget(pair)
        self.show_amounts("CNY", 0, 0, 0)

    def name_discount(self, words: str) -> None:
        """What settles besides the money may be no discount but the rounding of cash."""
        self._captions["discount"].setText(words)
        self._figures["discount"].setAccessibleName(words)

    def show_amounts(self, currency: str, received: int, discount: int, allocated: int) -> None:
        """Minor units; more allocated than received is shown as a negative credit, in the colour of danger."""
        credit = received + discount - allocated
        amounts = {"received": received, "discount": discount, "allocated": allocated, "credit": credit}
        for part, minor in amounts.items():
            self._figures[part].setText(number(money.to_decimal(minor, currency)))
        for widget in self._parts["discount"]:
            widget.setVisible(bool(discount))
        self._figures["credit"].set_tone("danger" if credit < 0 else "info" if credit else "")
