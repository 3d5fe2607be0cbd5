"""Quick payment (F6): customer, amount, method, save and print with the hands on the keyboard.

While the amount is typed the open documents it settles are proposed by the function that will book it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from crmdesk.models import clock, money
from crmdesk.models.errors import InvalidInput
from crmdesk.text import _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.payment_actions import load_accounts
from crmdesk.ui.dialogs.payment_bill import BillPart
from crmdesk.ui.dialogs.payment_contract import ContractChoice, request_of
from crmdesk.ui.dialogs.payment_currency import ForeignMoney
from crmdesk.ui.dialogs.payment_discount import OfferedDiscount
from crmdesk.ui.dialogs.payment_live_line import LiveLine
from crmdesk.ui.dialogs.payment_open_head import OpenItemsHead
from crmdesk.ui.dialogs.payment_others import FIELDS, OtherCustomer, nothing_words
from crmdesk.ui.dialogs.payment_rounding import Rounding
from crmdesk.ui.dialogs.payment_safety import PaymentSafety
from crmdesk.ui.dialogs.payment_told import day_words, tell
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.open_documents import OpenDocumentsTable
from crmdesk.ui.own_form import OwnForm

if TYPE_CHECKING:
    from crmdesk.services.draft_journal import Entry
    from crmdesk.services.payment_plan import Plan
    from crmdesk.services.use_cases import Outcome
    from crmdesk.ui.kit.pickers import LinkPicker

_KEPT_ACCOUNT = "payment.account"
AUTO, OLDEST, BY_HAND = "auto", "oldest", "hand"


def open_dialog(
    ctx: Context,
    parent: QWidget,
    *,
    customer: str = "",
    amount: str = "",
    contract: str = "",
    entry: Entry | None = None,
) -> QuickPayment:
    """Opens quick payment over the window; with a customer's code the cursor is in the amount at once.

    `entry` is a payment that a crash left behind.
    """
    dialog = QuickPayment(ctx, parent)
    dialog.show_sheet()
    if entry is not None:
        dialog.safety.resume(entry)
    else:
        dialog.begin(customer, amount, contract)
    return dialog


class QuickPayment(Dialog):
    """Nothing is written before it is saved."""

    def __init__(self, ctx: Context, parent: QWidget) -> None:
        today = clock.today()
        super().__init__(
            parent,
            _("Receive a payment"),
            name="payment",
            subtitle=day_words(today),
            width=122,
        )
        self._ctx = ctx
        self._window = parent.window()
        self.key = uuid.uuid4().hex
        """Makes sure that the payment is booked once, however often it is saved."""
        self._parts_to_come: dict[str, int] = {}
        self._plan: Plan | None = None
        self._mode = AUTO
        self.has_own_amount = False
        """Whether the amount was typed, and does not follow what is chosen."""
        self._is_saving = False
        self._currency = ""
        self.banner = Banner("payment.banner")
        self.body.addWidget(self.banner)
        self.form = Form(ctx, FIELDS, name="payment", pickers=ctx.pickers, columns_max=3, has_shortcuts=False)
        self.form.setObjectName("payment.form")
        self.form.editor("amount").setProperty("role", "figure")
        self.contract = ContractChoice(self.form)
        self.other = OtherCustomer(self.form)
        self.body.addWidget(self.form)
        self.bill, self.foreign = BillPart(ctx), ForeignMoney(ctx, self)
        self.own = OwnForm(ctx, "payment", "payment.own", columns_max=3)
        for part in (self.bill, self.foreign, self.own):
            self.body.addWidget(part)
        self._build_open_items()
        self.rounding, self.offered = Rounding(ctx, self), OfferedDiscount(self)
        self.safety = PaymentSafety(ctx, self)
        self._build_foot()
        self._connect()
        load_accounts(ctx, self.form, ctx.settings.text(_KEPT_ACCOUNT), lambda: self._changed("account"))
        self.form.set_values({"date": today})
        self._show_plan()

    # Building

    def _build_open_items(self) -> None:
        self.open_head = OpenItemsHead()
        self.body.addWidget(self.open_head)
        self.way, self.oldest = self.open_head.way, self.open_head.oldest
        self.credit_before = self.open_head.credit_before
        self.table = OpenDocumentsTable("payment.openItems")
        self.table.setAccessibleName(_("Open documents"))
        sizes = theme().metrics
        self.table.setMinimumHeight(sizes.header + sizes.row * 3 + sizes.space(1))
        self.table.setMaximumHeight(sizes.header + sizes.row * 7 + sizes.space(1))
        self.body.addWidget(self.table, 1)
        self.nothing = labels.caption("")
        self.nothing.setObjectName("payment.nothing")
        self.body.addWidget(self.nothing)

    def _build_foot(self) -> None:
        self.live = LiveLine()
        self.foot.insertWidget(0, self.live)
        self.add_cancel("payment.cancel")
        self.save_button = self.add_action(_("Save"), "payment.save", self.save, shortcut="Ctrl+S")
        self.print_button = self.add_action(
            _("Save and print"),
            "payment.saveAndPrint",
            lambda: self.save(is_printing=True),
            kind="primary",
            shortcut="Ctrl+Return",
            icon="printer",
        )
        # Enter goes from field to field here; only Ctrl+Enter saves and prints.
        self.print_button.setDefault(False)

    def _connect(self) -> None:
        picker: LinkPicker = self.form.editor("customer")
        picker.can_create = True
        picker.picked.connect(self._customer_picked)
        picker.create_requested.connect(self._create_customer)
        self.form.editor("other").picked.connect(lambda _item: self.form.focus_field("amount"))
        self.form.changed.connect(self._changed)
        self.form.submitted.connect(lambda: self.bill.enter(lambda: self.own.enter(self.save)))
        self.bill.submitted.connect(lambda: self.own.enter(self.save))
        self.own.submitted.connect(self.save)
        self.bill.changed.connect(lambda _name: self.safety.touch())
        self.own.changed.connect(self.show_live)
        self.form.cancelled.connect(self.close_now)
        self.table.documents().edited.connect(self._edited_by_hand)
        self.table.cut.connect(self._tell_cut)
        self.oldest.toggled.connect(lambda is_on: self._use_mode(OLDEST if is_on else AUTO))
        self.way.clicked.connect(lambda _checked=False: self._use_mode(AUTO))
        self.open_head.cash.clicked.connect(lambda _checked=False: self.rounding.toggle())
        self.open_head.other.clicked.connect(lambda _checked=False: self._toggle_other())
        self.open_head.discount.clicked.connect(lambda _checked=False: self.offered.toggle())
        self.open_head.other_currency.clicked.connect(lambda _checked=False: self._switch_currency())
        for keys, callback in (
            ("F7", self.oldest.toggle),
            ("F8", self.rounding.toggle),
            ("F9", self.foreign.toggle),
            ("F10", self._toggle_other),
            ("F11", self.offered.toggle),
            ("Ctrl+Enter", self.print_button.click),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(callback)

    def given_minor(self) -> int:
        """What settles besides the money: a discount, or what rounding the cash gave away (or, negative, took)."""
        return self.minor("discount") + self.rounding.cash_minor + self.offered.minor()

    def begin(self, customer: str = "", amount: str = "", contract: str = "") -> None:
        """Fills what is known already and puts the cursor where typing goes on."""
        if amount:
            self.form.set_value("amount", Decimal(amount))
            self.has_own_amount = True
        if not customer:
            self.form.focus_first()
            return
        self.form.editor("customer").set_value(customer)
        self.form.focus_field("amount")
        self.contract.number = contract
        self.load_plan(customer)

    # Customer and accounts

    def _customer_picked(self, item: Any) -> None:
        self._currency = ""
        self.contract.forget()
        self.foreign.clear()
        self.load_plan(item.value)
        self.form.focus_next("customer")

    def _create_customer(self, name: str) -> None:
        def done(outcome: Outcome) -> None:
            code = str(outcome.result["code"])
            self.form.editor("customer").set_value(code)
            self.load_plan(code)
            self.form.focus_next("customer")

        self._ctx.run_use_case(
            "customer.create", {"name": name}, owner=self, on_done=done, on_error=self._take_error
        )

    def load_plan(self, customer: str) -> None:
        """Asks for the customer's open documents on the date of the payment."""
        on: date | None = self.form.value("date")
        currency, contract = self._currency or None, self.contract.number
        is_rated, other = self.foreign.is_rated(), self.other.code

        def work(connection: Any) -> Plan:
            from crmdesk.services import payment_plan

            plan = payment_plan.of_customer(
                connection, customer, on=on, currency=currency, contract=contract, is_rated=is_rated
            )
            return self.other.plan(connection, plan, other, is_rated=is_rated)

        def done(plan: Plan) -> None:
            self._plan = plan
            self.offered.forget()
            self.form.editor("amount").set_currency(plan.currency)
            self.form.editor("discount").set_currency(plan.currency)
            self.table.documents().set_plan(plan)
            self._mode = OLDEST if self.oldest.isChecked() else AUTO
            self._show_plan()
            self._take_parts()
            self.propose()

        self._ctx.read(work, owner=self, on_done=done, on_error=self._take_error, replaces="plan")

    def resume(
        self, values: Mapping[str, Any], parts: Mapping[str, int], *, mode: str, key: str, currency: str
    ) -> None:
        """Shows what was typed; `parts` (minor units by document number) count where they were chosen by hand."""
        self.key, self._currency = key, currency
        self.contract.number = str(values.get("contract") or "")
        self.form.restore(values)
        self.other.restore()
        self.has_own_amount = self.form.value("amount") is not None and mode != BY_HAND
        self.oldest.setChecked(mode == OLDEST)
        self._parts_to_come = dict(parts) if mode == BY_HAND else {}
        customer = values.get("customer")
        if isinstance(customer, str) and customer:
            self.load_plan(customer)
            self.form.focus_field("amount")
        else:
            self.form.focus_first()

    def _take_parts(self) -> None:
        if self._parts_to_come and self._plan is not None:
            wanted, self._parts_to_come = self._parts_to_come, {}
            self._mode = BY_HAND
            self.open_head.say_way(_("Chosen by hand"))
            self.table.documents().set_parts(
                {
                    row: min(wanted[entry.number], entry.open_minor)
                    for row, entry in enumerate(self._plan.documents)
                    if entry.number in wanted
                }
            )

    @property
    def mode(self) -> str:
        """How the documents are chosen: auto, oldest or hand."""
        return self._mode

    @property
    def currency(self) -> str:
        """The currency that was chosen instead of the customer's; empty for his own."""
        return self._currency

    @property
    def plan(self) -> Plan | None:
        """The customer's open documents."""
        return self._plan

    def _switch_currency(self) -> None:
        if self._plan is not None and self._plan.other_currencies:
            self._currency = self._plan.other_currencies[0]
            self.foreign.clear()
            self.load_plan(self._plan.customer)

    def _toggle_other(self) -> None:
        if self.other.toggle() and self._plan is not None:
            self.load_plan(self._plan.customer)
        self._fit()

    # Proposing

    def minor(self, name: str) -> int:
        """A typed amount in minor units, 0 for nothing or for what cannot be read yet."""
        amount = self.form.value(name)
        if amount is None or self._plan is None:
            return 0
        try:
            return money.to_minor(amount, self._plan.currency)
        except InvalidInput:
            return 0

    def _changed(self, name: str) -> None:
        if name == "customer":
            if self.form.value("customer") is None and self._plan is not None:
                self._plan = None
                self.table.documents().set_plan(None)
                self._show_plan()
        elif name == "date" and self._plan is not None:
            if self.form.value("date") is not None:
                self.load_plan(self._plan.customer)
        elif self._plan is not None and (name == "other" or (name == "contract" and self.contract.take())):
            self.load_plan(self._plan.customer)
        elif name == "account":
            if self.bill.use_account(self.form.value("account")):
                self._fit()
            self.rounding.take_back_cash()
        elif name in ("amount", "discount"):
            if name == "amount":
                self.has_own_amount = self.form.value("amount") is not None
                self.rounding.take_back()
            self.propose()
        self.show_live()

    def propose(self) -> None:
        """Chooses documents for what is typed, unless they were chosen by hand."""
        if self._plan is not None:
            self.offered.propose(self._plan, self._mode)
            self.show_live()

    def _use_mode(self, mode: str) -> None:
        self._mode = mode
        self.oldest.setChecked(mode == OLDEST)
        self.propose()

    def _edited_by_hand(self, row: int) -> None:
        del row
        self._mode = BY_HAND
        self.open_head.say_way(_("Chosen by hand"))
        if not self.has_own_amount and self._plan is not None:
            # Nobody typed an amount: it is what was chosen.
            chosen = self.table.documents().total_minor() - self.given_minor()
            value = money.to_decimal(max(chosen, 0), self._plan.currency) if chosen > 0 else None
            self.form.editor("amount").set_value(value)
        self.offered.follow()
        self.show_live()

    def _tell_cut(self, row: int) -> None:
        entry = self.table.documents().document(row)
        self.tell(
            _("Only {amount} of {number} is open; more was not taken.").format(
                amount=amount_text(entry.open_minor, self.table.documents().currency), number=entry.number
            ),
            "warn",
        )

    def tell(self, text: str, tone: str) -> None:
        """Says something above the fields."""
        self.banner.show_message(text, tone)
        self._fit()

    # Showing

    def _show_plan(self) -> None:
        plan = self._plan
        documents = plan.documents if plan is not None else ()
        self.open_head.show_plan(plan)
        self.contract.show_plan(plan)
        self.foreign.show_plan(plan)
        self.table.setVisible(bool(documents))
        self.nothing.setText(nothing_words(plan))
        self.nothing.setVisible(not documents)
        if documents and self.table.currentIndex().row() < 0:
            self.table.setCurrentIndex(self.table.documents().index(0, 6))
        self._fit()
        self.show_live()

    def _fit(self) -> None:
        """The dialog is as high as its documents, up to seven of them."""
        sizes = theme().metrics
        rows = min(max(self.table.documents().rowCount(), 1), 7)
        self.table.setFixedHeight(self.at_most(sizes.header + rows * sizes.row + sizes.space(1)))
        if self.isVisible():
            room = self._window.height() - sizes.space(8)
            self.resize(self.width(), min(self.sizeHint().height(), room))

    def show_live(self) -> None:
        """Received, allocated and what is over. Every change of the payment ends here: it is kept as well."""
        currency = self._plan.currency if self._plan is not None else "CNY"
        allocated = self.table.documents().total_minor()
        self.live.show_amounts(currency, self.minor("amount"), self.given_minor(), allocated)
        self.rounding.offer()
        self.offered.show()
        self.foreign.show_worth()
        self.safety.touch()

    # Saving

    def save(self, *, is_printing: bool = False) -> None:
        """Checks, books, and says what was booked; errors stand under their fields and the dialog stays."""
        if self._is_saving:
            return
        delegate: Any = self.table.itemDelegate()
        delegate.settle()
        for name in ("amount", "discount", "date"):
            self.form.editor(name).settle()
        self.banner.hide()
        try:
            values = self.form.values()
            bill = self.bill.arguments()
            self.own.check()
        except InvalidInput:
            return
        plan = self._plan
        if plan is None:
            self.form.set_error("customer", _("Choose the customer who paid."))
            self.form.focus_field("customer")
            return
        allocated = self.table.documents().total_minor()
        over = allocated - self.minor("amount") - self.given_minor()
        if over > 0:
            self.tell(
                _("The documents chosen are {amount} more than was received. Take some away.").format(
                    amount=amount_text(over, plan.currency)
                ),
                "danger",
            )
            self.table.setFocus()
            return
        foreign = self.foreign.arguments()
        if foreign is None:
            return
        request = request_of(plan, values, self.table.documents().parts())
        self._ctx.settings.put(_KEPT_ACCOUNT, str(values["account"]))
        self._set_saving(True)
        self._ctx.run_use_case(
            "payment.record",
            request
            | bill
            | foreign
            | self.other.arguments(plan, self.table.documents().parts())
            | self.rounding.arguments(plan.currency)
            | self.offered.arguments()
            | self.own.arguments(),
            owner=self,
            on_done=lambda outcome: self._saved(outcome, plan, is_printing=is_printing),
            on_error=self._not_saved,
            key=self.key,
        )

    def _set_saving(self, is_saving: bool) -> None:
        self._is_saving = is_saving
        for made in (self.save_button, self.print_button):
            made.setEnabled(not is_saving)

    def _saved(self, outcome: Outcome, plan: Plan, *, is_printing: bool) -> None:
        received = amount_text(self.minor("amount"), plan.currency)
        self.close_now()
        tell(self._ctx, self._window, outcome, plan, received, is_printing=is_printing)

    def _not_saved(self, error: Exception) -> bool:
        # The key stays: what was refused stored none, and what was booked after all is not booked again.
        self._set_saving(False)
        handled = self._take_error(error)
        if self._plan is not None:
            # Somebody else may have paid meanwhile: show what is open now, keep what was chosen by hand.
            self.load_plan(self._plan.customer)
        return handled

    def _take_error(self, error: Exception) -> bool:
        if not any(part.take_error(error) for part in (self.bill, self.own, self.form, self.foreign)):
            self.banner.show_error(error)
            self._fit()
        return True

    # Leaving

    def reject(self) -> None:
        """Esc and Cancel ask when an amount was typed."""
        if self._is_saving:
            return
        is_empty = self.form.value("amount") is None and self.form.value("customer") is None
        (self.close_now if is_empty else self.form.cancel)()

    def close_now(self) -> None:
        """Closes without asking."""
        super().reject()
