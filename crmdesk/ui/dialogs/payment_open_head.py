"""The line over a customer's open documents: how many, credit he has already, how they were chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QHBoxLayout, QWidget

from crmdesk.text import _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.commands import plain_button
from crmdesk.ui.kit.labels import Chip
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.payment_plan import Plan


class OpenItemsHead(QWidget):
    """`way` says how the documents were chosen and chooses anew; `oldest` is the other order, on and off."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().metrics.space(2))
        row.addWidget(labels.strong(_("Open documents")))
        self.count = Chip("", "neutral")
        self.count.setObjectName("payment.openItems.count")
        row.addWidget(self.count)
        self.credit_before = labels.caption("", "info")
        self.credit_before.setObjectName("payment.creditBefore")
        row.addWidget(self.credit_before)
        row.addStretch(1)
        # The row is full in English: the key alone, the sentence as its tip and for screen readers.
        self.other = plain_button("F10", "payment.otherCustomer", "chip", "users")
        words = _("The money settles invoices of another customer too.")
        self.other.setToolTip(f"{words}  F10")
        self.other.setAccessibleName(words)
        row.addWidget(self.other)
        self.other_currency = plain_button("", "payment.otherCurrency", "chip")
        row.addWidget(self.other_currency)
        self.cash = plain_button(_("Round the cash (F8)"), "payment.roundCash", "chip", "coins")
        self.cash.setToolTip(
            _("Small coins are gone: the amount is rounded, the difference settles as if paid.")
        )
        self.cash.hide()
        row.addWidget(self.cash)
        self.discount = plain_button("", "payment.offeredDiscount", "chip", "percent")
        self.discount.hide()
        row.addWidget(self.discount)
        self.way = plain_button("", "payment.way", "chip", "sparkles")
        self.way.setToolTip(_("How the documents were chosen. Click to choose them anew."))
        row.addWidget(self.way)
        self.oldest = plain_button(_("Oldest first"), "payment.oldest", "chip")
        self.oldest.setToolTip(f"{_('Oldest first')}  F7")
        self.oldest.setCheckable(True)
        row.addWidget(self.oldest)

    def say_way(self, words: str) -> None:
        """How the documents were chosen; nothing hides it."""
        self.way.setText(words)
        self.way.setAccessibleName(words)
        self.way.setVisible(bool(words))

    def offer_cash(self, is_offered: bool) -> None:
        """Shows the way to rounded cash where it makes a difference."""
        self.cash.setVisible(is_offered)

    def offer_discount(self, words: str, tip: str) -> None:
        """The settlement discount by the terms of the documents; no words hide it."""
        self.discount.setText(words)
        self.discount.setAccessibleName(words)
        self.discount.setToolTip(f"{tip}  F11" if tip else "")
        self.discount.setVisible(bool(words))

    def show_plan(self, plan: Plan | None) -> None:
        """Facts of a customer's open documents; nothing is chosen yet."""
        count = len(plan.documents) if plan is not None else 0
        self.count.setText(str(count))
        self.count.setVisible(plan is not None)
        self.oldest.setVisible(count > 1)
        self.other.setVisible(plan is not None and not plan.contract)
        self.say_way("")
        credit, others = "", ()
        if plan is not None:
            others = plan.other_currencies
            if plan.free_minor:
                free = amount_text(plan.free_minor, plan.currency)
                credit = _("{amount} to his credit already").format(amount=free)
        self.credit_before.setText(credit)
        self.other_currency.setVisible(bool(others))
        if others:
            self.other_currency.setText(_("Also open in {currency}").format(currency=", ".join(others)))


def way_words(choice: Any) -> str:
    """How the documents of a proposal were found."""
    from crmdesk.services.payment_plan import Way

    if choice.way is Way.ONE:
        return _("Exact match")
    if choice.way is Way.SET:
        return _("Unique combination of {count}").format(count=len(choice.parts))
    if choice.hit_count > 1:
        return _("Several combinations fit: oldest first")
    return _("No exact combination: oldest first")
