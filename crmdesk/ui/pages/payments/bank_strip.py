"""Over the bank lines: which account, what book and bank say of it, and what is done with all of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.commands import button, icon_button_of
from crmdesk.ui.kit.controls import Combo
from crmdesk.ui.kit.labels import Chip, Label
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking

if TYPE_CHECKING:
    from crmdesk.services.banking.desk import AccountFacts
    from crmdesk.services.banking.reconciling import Position

_FIGURES = (
    ("book", N_("In the book")),
    ("bank", N_("At the bank")),
    ("difference", N_("Difference")),
)


class BankStrip(Speaking, QWidget):
    """`chosen(account, currency)` when another account is wanted; both "" for all of them."""

    chosen = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("bank.strip")
        self.setProperty("role", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._accounts: list[AccountFacts] = []
        self._position: Position | None = None
        sizes = theme().metrics
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(sizes.space(4.5), sizes.space(2), sizes.space(4.5), sizes.space(2))
        row.setSpacing(sizes.space(5))
        self.account = Combo()
        self.account.setObjectName("bank.account")
        self.say(self.account.setAccessibleName, N_("Money account"))
        self.say(self.account.setToolTip, N_("Money account"))
        self.account.setMinimumWidth(sizes.em(24))
        self.account.activated.connect(lambda _index: self.chosen.emit(*self.value()))
        row.addWidget(self.account)
        self._figures: dict[str, Label] = {}
        self._captions: dict[str, Label] = {}
        self._pairs: list[QWidget] = []
        for name, words in _FIGURES:
            pair = QWidget()
            rows = QVBoxLayout(pair)
            rows.setContentsMargins(0, 0, 0, 0)
            rows.setSpacing(0)
            caption = labels.caption()
            self.say(caption.setText, words)
            figure = labels.strong()
            figure.setObjectName(f"bank.{name}")
            self.say(figure.setAccessibleName, words)
            rows.addWidget(caption)
            rows.addWidget(figure)
            row.addWidget(pair)
            self._figures[name] = figure
            self._captions[name] = caption
            self._pairs.append(pair)
        self.explained = Chip()
        self.explained.setObjectName("bank.explained")
        row.addWidget(self.explained)
        row.addStretch(1)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(sizes.space(2.5))
        row.addLayout(self._buttons)
        self.hide()

    def add_button(self, action: QAction, *, is_small: bool = False) -> None:
        """A button at the right; a small one has its icon only."""
        self._buttons.addWidget(
            icon_button_of(action, kind="")
            if is_small
            else button(action, icon=str(action.property("iconName")))
        )

    def value(self) -> tuple[str, str]:
        """The account and currency that are shown."""
        account, _bar, currency = str(self.account.currentData() or "|").partition("|")
        return account, currency

    def choose(self, account: str, currency: str = "") -> None:
        """Shows an account without `chosen`; the first of its currencies where none is named."""
        for place in range(self.account.count()):
            own, _bar, code = str(self.account.itemData(place)).partition("|")
            if own == account and currency in ("", code):
                self.account.setCurrentIndex(place)
                return

    def show_accounts(self, accounts: Sequence[AccountFacts]) -> None:
        """The accounts to choose from; all of them together is a choice where there are several."""
        before = self.value() if self.account.count() else None
        self._accounts = list(accounts)
        self.account.clear()
        names = [one.code for one in accounts]
        for one in accounts:
            words = one.name if names.count(one.code) == 1 else f"{one.name} · {one.currency}"
            if one.waiting_count and len(accounts) > 1:
                words = _("{account} ({count} waiting)").format(account=words, count=one.waiting_count)
            self.account.addItem(words, f"{one.code}|{one.currency}")
        if len(accounts) > 1:
            self.account.addItem(_("All accounts"), "|")
        if before is not None:
            self.choose(*before)
        self.setVisible(bool(accounts))

    def show_position(self, position: Position | None) -> None:
        """Both balances; None where several accounts are shown, whose balances are not added."""
        self._position = position
        for pair in self._pairs:
            pair.setVisible(position is not None)
        self.explained.setVisible(position is not None)
        if position is None:
            return
        bank, code = position.bank_minor, position.currency
        # A balance without its day could be read as today's.
        self._captions["book"].setText(_("In the book on {date}").format(date=position.as_of.isoformat()))
        self._captions["bank"].setText(
            _("At the bank on {date}").format(date=position.bank_on.isoformat())
            if bank is not None and position.bank_on is not None
            else _("At the bank")
        )
        self._figures["book"].setText(amount_text(position.book_minor, code))
        self._figures["bank"].setText("—" if bank is None else amount_text(bank, code))
        self._figures["difference"].setText(
            "—" if bank is None else amount_text(bank - position.book_minor, code)
        )
        left = position.difference_minor
        if bank is None:
            words, tone = _("No balance in the files"), "neutral"
        elif left:
            words, tone = _("{amount} not explained").format(amount=amount_text(left, code)), "danger"
        elif position.between:
            words, tone = _("Explained"), "good"
        else:
            words, tone = _("They agree"), "good"
        self.explained.setText(words)
        self.explained.set_tone(tone)
        tip = [
            _("As at {date}").format(date=position.as_of.isoformat()),
            _("Bank lines not in the book: {amount}").format(
                amount=amount_text(position.sum_of("bank"), code)
            ),
            _("In the book, not at the bank: {amount}").format(
                amount=amount_text(position.sum_of("book"), code)
            ),
        ]
        for widget in (*self._pairs, self.explained):
            widget.setToolTip("\n".join(tip))

    def retranslate(self) -> None:
        """Everything computed is said again."""
        super().retranslate()
        self.show_accounts(self._accounts)
        self.show_position(self._position)
