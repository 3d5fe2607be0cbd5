"""Editors of numbers: quantities, prices and money with sums typed in place, rates, a share or an amount."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit

from crmdesk.models import money
from crmdesk.models.errors import InvalidInput
from crmdesk.models.fields import Field, Kind
from crmdesk.ui.kit import typed
from crmdesk.ui.kit.columns import number, price
from crmdesk.ui.kit.theme import theme


class NumberEditor(QLineEdit):
    """A number or a sum (`1200*3-50`), right-aligned, with thousands separators once it is left.

    `prefix` is painted at the left edge (a currency), `decimals` are what a worked-out sum is rounded to.
    """

    edited = Signal()

    def __init__(self, field: Field, decimals: int | None = None, prefix: str = "") -> None:
        super().__init__()
        self._kind = field.kind
        self._decimals = decimals
        self._prefix = ""
        self.setMaxLength(typed.LENGTH_MAX)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.textEdited.connect(lambda _text: self.edited.emit())
        self.editingFinished.connect(self.settle)
        self.set_prefix(prefix)

    def set_prefix(self, prefix: str) -> None:
        """What stands at the left edge, e.g. ¥."""
        self._prefix = prefix.strip()
        room = self.fontMetrics().horizontalAdvance(self._prefix) + theme().metrics.space(1) if prefix else 0
        self.setTextMargins(room, 0, 0, 0)
        self.update()

    def set_currency(self, currency: str) -> None:
        """Sign and decimals of a currency."""
        self._decimals = money.digits(currency) if self._kind is Kind.MONEY else None
        self.set_prefix(money.symbol(currency))
        self.settle()

    def value(self) -> Decimal | None:
        """The number; a sum is rounded to the decimals of the currency, a plain number is left to the check."""
        amount = typed.read_number(self.text(), is_whole=self._kind is Kind.INTEGER)
        if amount is not None and self._decimals is not None and typed.is_sum(self.text()):
            amount = amount.quantize(Decimal(1).scaleb(-self._decimals), context=money.EXACT)
        return amount

    def set_value(self, value: Any) -> None:
        """Shows a number: Decimal, int or plain text."""
        self.setText("" if value is None or value == "" else self._shown(Decimal(value)))
        self.setCursorPosition(0)

    def settle(self) -> None:
        """Works out a sum and writes the separators; what cannot be read stays for the user to correct."""
        try:
            amount = self.value()
        except InvalidInput:
            return
        if amount is not None and (settled := self._shown(amount)) != self.text():
            self.setText(settled)

    def _shown(self, amount: Decimal) -> str:
        if self._decimals is not None and amount == amount.quantize(
            Decimal(1).scaleb(-self._decimals), context=money.EXACT
        ):
            amount = amount.quantize(Decimal(1).scaleb(-self._decimals), context=money.EXACT)
            return number(amount)
        return price(amount) if self._kind is Kind.PRICE else number(amount, is_trimmed=True)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """By keyboard the whole number is selected, so that typing replaces it."""
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.selectAll()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The prefix in a quiet colour."""
        super().paintEvent(event)
        if not self._prefix:
            return
        look = theme()
        painter = QPainter(self)
        painter.setPen(QColor(look.colours.third))
        inset = look.metrics.space(2.5) + 1
        painter.drawText(
            QRect(inset, 0, self.width() - inset, self.height()),
            int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter),
            self._prefix,
        )


class RateEditor(NumberEditor):
    """A share, typed and shown in percent: 13 means 0.13."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)

    def value(self) -> Decimal | None:
        """The share as a fraction."""
        text = self.text().replace("%", "").replace("％", "")
        percent = typed.read_number(text)
        return None if percent is None else money.EXACT.divide(percent, Decimal(100)).normalize()

    def set_value(self, value: Any) -> None:
        """Shows a fraction in percent."""
        self.setText(
            "" if value is None or value == "" else f"{number(Decimal(value) * 100, is_trimmed=True)}%"
        )

    def settle(self) -> None:
        """Writes what was worked out."""
        try:
            share = self.value()
        except InvalidInput:
            return
        if share is not None:
            self.set_value(share)


class ShareOrAmountEditor(QLineEdit):
    """A discount: `5%` is a share, `20` an amount. Its value is {"rate": …} or {"amount": …}."""

    edited = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__()
        del field
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.textEdited.connect(lambda _text: self.edited.emit())

    def value(self) -> dict[str, Decimal] | None:
        """The discount, None for none."""
        text = self.text().strip()
        is_share = text.endswith(("%", "％"))
        amount = typed.read_number(text.rstrip("%％"))
        if amount is None:
            return None
        return (
            {"rate": money.EXACT.divide(amount, Decimal(100)).normalize()} if is_share else {"amount": amount}
        )

    def set_value(self, value: Any) -> None:
        """Shows a discount."""
        self.setText(share_or_amount_text(value))


def share_or_amount_text(value: Any) -> str:
    """A discount as it is typed."""
    if not isinstance(value, Mapping):
        return ""
    if value.get("rate") is not None:
        return f"{number(Decimal(value['rate']) * 100, is_trimmed=True)}%"
    return number(Decimal(value["amount"])) if value.get("amount") is not None else ""
