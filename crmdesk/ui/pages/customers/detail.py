"""One customer beside the list, and the same parts wider as a page of its own."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.models.errors import NotFound
from crmdesk.services import (
    customer_agreements,
    customer_card,
    customer_history,
    customer_people,
    duplicate_desk,
    invoiced,
)
from crmdesk.services.changes import Changes
from crmdesk.text import N_, _
from crmdesk.ui import own_fields, places
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.commands import follow, icon_button, plain_button
from crmdesk.ui.kit.controls import EmptyState
from crmdesk.ui.kit.layouts import FlowLayout
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.customers.card import Head, Receivable
from crmdesk.ui.pages.customers.tabs import TIMELINE, CustomerTabs
from crmdesk.ui.pages.customers.timeline import TimelinePanel

if TYPE_CHECKING:
    from crmdesk.services.book import Connection

WATCHED = (
    own_fields.FIELD,
    "fapiao",
    "fapiao_request",
    "customer",
    "contact",
    "address",
    "billing_profile",
    "category",
    "dimension",
    "tag",
)


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything of one customer, of one moment."""

    card: customer_card.Card
    page: customer_history.Page
    """Of the timeline."""
    papers: list[customer_history.Paper]
    agreements: tuple[customer_agreements.AgreementLine, ...]
    standings: list[invoiced.Standing]
    """What is on tax invoices, a row for each currency."""
    merged: list[duplicate_desk.Merged]
    """What was merged into the customer and can be undone."""
    people: customer_people.People | None
    """Only for the page: beside the list there is no room for them."""


def read(
    connection: Connection,
    customer_id: int,
    wanted: tuple[int, frozenset[str] | None],
    *,
    is_wide: bool = False,
) -> Whole:
    """Reads all that the detail shows."""
    return Whole(
        customer_card.load(connection, customer_id),
        TimelinePanel.read(connection, customer_id, wanted),
        customer_history.papers(connection, customer_id),
        customer_agreements.of_customer(connection, customer_id),
        invoiced.of_customer(connection, customer_id),
        duplicate_desk.merges_of(connection, customer_id),
        customer_people.load(connection, customer_id) if is_wide else None,
    )


class CustomerView(Speaking, QWidget):
    """Shows the customer of an id. `place` prefixes the object names; `is_wide` puts the tabs beside the head."""

    edit_requested = Signal(object)
    back_requested = Signal()
    menu_requested = Signal(object, object)

    def __init__(self, ctx: Context, place: str, *, is_wide: bool = False) -> None:
        super().__init__()
        self._ctx = ctx
        self._id: int | None = None
        self._is_wide = is_wide
        self.whole: Whole | None = None
        self.setObjectName(place)
        self.setProperty("role", "page" if is_wide else "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.head = Head(place)
        self.receivable = Receivable(ctx, place)
        self.tabs = CustomerTabs(ctx, place, self, has_contacts=not is_wide)
        self._buttons = self._make_buttons(place, is_wide)
        self._stack = QStackedWidget()
        self._nobody = EmptyState("user", "", "", f"{place}.nobody")
        self._stack.addWidget(self._nobody)
        self._stack.addWidget(self._wide(place) if is_wide else self._narrow())
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        ctx.bus.watch(self, WATCHED, self._take_changes)
        self.retranslate()

    # Building

    def _make_buttons(self, place: str, is_wide: bool) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder) if is_wide else FlowLayout(holder, gap=2)
        if isinstance(row, QHBoxLayout):
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(theme().metrics.space(2.5))
        self.receive_button = self._button(f"{place}.receive", N_("Receive"), "", "banknote")
        receive = self._ctx.commands.find("payment.receive")
        if receive is not None:
            follow(receive, self.receive_button)
        self.receive_button.clicked.connect(self.receive)
        self.invoice_button = self._button(f"{place}.invoice", N_("New invoice"), "", "plus")
        self.invoice_button.clicked.connect(lambda: self._go("invoices", new=True))
        self.statement_button = self._button(f"{place}.statement", N_("Statement"), "", "scale")
        self.statement_button.clicked.connect(lambda: self._go("statements"))
        self.edit_button = self._button(f"{place}.edit", N_("Edit"), "", "pencil")
        self.edit_button.clicked.connect(lambda: self.whole and self.edit_requested.emit(self.whole.card))
        self.more_button = icon_button(
            "more-horizontal", _("More"), f"{place}.more", "" if is_wide else "ghost"
        )
        self.say(self.more_button.setAccessibleName, N_("More"))
        self.say(self.more_button.setToolTip, N_("More"))
        self.more_button.clicked.connect(
            lambda: self.whole and self.menu_requested.emit(self.whole.card, self.more_button)
        )
        for made in (self.receive_button, self.invoice_button, self.statement_button):
            row.addWidget(made)
        if is_wide:
            row.addWidget(self.edit_button)
            row.addWidget(self.more_button)
        else:
            self.edit_button.setParent(holder)
            self.edit_button.hide()
            self.head.add_corner(self.more_button)
        return holder

    def _button(self, name: str, words: str, kind: str, icon: str) -> QPushButton:
        made = plain_button("", name, kind, icon)
        self.say(made.setText, words)
        self.say(made.setAccessibleName, words)
        return made

    def _narrow(self) -> QWidget:
        space = theme().metrics.space
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(space(4), space(4), space(4), 0)
        layout.setSpacing(space(3))
        layout.addWidget(self.head)
        layout.addWidget(self.receivable)
        layout.addWidget(self._buttons)
        layout.addWidget(self.tabs, 1)
        return content

    def _wide(self, place: str) -> QWidget:
        space = theme().metrics.space
        content = QWidget()
        outer = QVBoxLayout(content)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        bar = QWidget()
        bar.setProperty("role", "titleBar")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        bar.setMinimumHeight(theme().metrics.title_bar)
        row = QHBoxLayout(bar)
        row.setContentsMargins(space(4.5), 0, space(4.5), 0)
        row.setSpacing(space(2.5))
        back = plain_button("", f"{place}.back", "ghost", "arrow-left")
        self.say(back.setText, N_("Customers"))
        self.say(back.setAccessibleName, N_("Back to the list"))
        back.clicked.connect(self.back_requested)
        row.addWidget(back)
        row.addStretch(1)
        row.addWidget(self._buttons)
        outer.addWidget(bar)
        columns = QHBoxLayout()
        columns.setContentsMargins(space(4.5), space(4), space(4.5), space(4))
        columns.setSpacing(space(4))
        left = QVBoxLayout()
        left.setSpacing(space(3))
        head = labels.Card()
        head.body.addWidget(self.head)
        left.addWidget(head)
        left.addWidget(self.receivable)
        contacts = labels.Card()
        contacts.body.addWidget(self.tabs.contacts)
        left.addWidget(contacts, 1)
        columns.addLayout(left, 2)
        right = labels.Card()
        right.body.addWidget(self.tabs)
        columns.addWidget(right, 5)
        outer.addLayout(columns, 1)
        return content

    def retranslate(self) -> None:
        """Words of the empty state."""
        super().retranslate()
        self._nobody.set_words(
            _("No customer chosen"), _("Choose one in the list to see balance, history and contacts.")
        )
        if self.whole is not None and self._id is not None:
            self._ask()

    # Content

    def show_customer(self, customer_id: int | None) -> None:
        """Shows a customer; None shows that none is chosen."""
        if customer_id != self._id:
            self.tabs.documents.scrollToTop()
        self._id = customer_id
        if customer_id is None:
            self.whole = None
            self._stack.setCurrentIndex(0)
            return
        self._ask()

    def current_id(self) -> int | None:
        """The customer that is shown or on its way."""
        return self._id

    def _ask(self) -> None:
        customer_id = self._id
        if customer_id is None:
            return

        def gone(error: Exception) -> bool:
            if not isinstance(error, NotFound):
                return False
            self.show_customer(None)
            return True

        wanted = self.tabs.happened.request(customer_id)
        self._ctx.read(
            lambda connection: read(connection, customer_id, wanted, is_wide=self._is_wide),
            owner=self,
            on_done=self._show,
            on_error=gone,
            replaces="card",
        )

    def _show(self, whole: Whole) -> None:
        if whole.card.id != self._id:
            return
        self.whole = whole
        self.head.show_card(whole.card)
        self.receivable.show_card(whole.card, whole.standings)
        self.tabs.show_all(whole.card, whole.page, whole.papers, whole.agreements, whole.people)
        can_trade = whole.card.is_active
        self.invoice_button.setEnabled(can_trade)
        self._stack.setCurrentIndex(1)

    def _take_changes(self, changes: Changes) -> None:
        del changes
        self._ask()

    # Ways on

    def receive(self) -> None:
        """Opens quick payment for the customer."""
        if self.whole is not None:
            module = importlib.import_module(places.RECEIVE_MODULE)
            module.open_dialog(self._ctx, self, customer=self.whole.card.code)

    def log(self) -> None:
        """The cursor into the line that logs what happened."""
        if self.whole is not None:
            self.tabs.choose(TIMELINE)
            self.tabs.happened.log.begin()

    def log_more(self) -> None:
        """The form of an activity with every field."""
        if self.whole is not None:
            self.tabs.choose(TIMELINE)
            self.tabs.happened.log.ask_more()

    def _go(self, place: str, **target: object) -> None:
        if self.whole is not None:
            self._ctx.go(place, customer=self.whole.card.code, **target)
