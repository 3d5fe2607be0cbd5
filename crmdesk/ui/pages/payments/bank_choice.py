"""Whose payment a bank line is and what it settles: customer, fee, open documents with amounts, the live line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.models import money
from crmdesk.models.errors import InvalidInput
from crmdesk.models.fields import optional, pick
from crmdesk.models.specs.documents import CUSTOMER, PAYMENT
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.payment_contract import CONTRACT, ContractChoice
from crmdesk.ui.dialogs.payment_live_line import LiveLine
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.open_documents import OpenDocumentsTable

if TYPE_CHECKING:
    from crmdesk.services.banking.desk import LineFacts
    from crmdesk.services.banking.matching import Suggestion
    from crmdesk.services.payment_plan import Plan

_FIELDS = (
    *optional((CUSTOMER,)),
    *pick(PAYMENT, "fee"),
    CONTRACT,
)


@dataclass(slots=True)
class _Choice:
    """What was chosen by hand for a line, kept while others are looked at."""

    customer: str = ""
    contract: str = ""
    fee: Any = None
    learns: bool = True
    parts: dict[str, int] = field(default_factory=dict)
    """Minor units by document number."""
    has_parts: bool = False


class BankChoice(Speaking, QWidget):
    """The suggestion for a line, to be changed by hand. What was chosen stays with its line until it is booked."""

    changed = Signal()
    """Another customer, or none: the main action may be another one."""
    customer_chosen = Signal()
    """A customer was picked and his documents are shown: the keyboard may go back to the list."""
    submitted = Signal()
    failed = Signal(object)

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self._ctx = ctx
        self.facts: LineFacts | None = None
        self.suggestion: Suggestion | None = None
        self.plan: Plan | None = None
        self._choices: dict[int, _Choice] = {}
        self._is_filling = False
        self._build()

    def _build(self) -> None:
        sizes = theme().metrics
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(sizes.space(2))
        self.form = Form(
            self._ctx,
            _FIELDS,
            name="bank.form",
            pickers=self._ctx.pickers,
            columns_max=2,
            has_shortcuts=False,
            column_em=20,
        )
        self.contract = ContractChoice(self.form)
        self.form.changed.connect(self._form_changed)
        self.form.submitted.connect(self.submitted)
        self.picker.picked.connect(self._customer_picked)
        column.addWidget(self.form)
        self.table = OpenDocumentsTable("bank.openItems", N_("Allocate"))
        self.say(self.table.setAccessibleName, N_("Open documents"))
        self.table.show_less()
        self.table.setMinimumHeight(sizes.header + sizes.row * 2)
        self.table.documents().edited.connect(lambda _row: self._edited_by_hand())
        column.addWidget(self.table, 1)
        self.nothing = labels.caption("")
        self.nothing.setObjectName("bank.detail.nothing")
        column.addWidget(self.nothing)
        self.live = LiveLine("bank.live")
        self.live.hide()
        self.learns = QCheckBox()
        self.learns.setObjectName("bank.form.learn")
        self.say(self.learns.setText, N_("Remember the payer"))
        self.say(self.learns.setAccessibleName, N_("Remember the payer"))
        self.say(self.learns.setToolTip, N_("His next line is suggested for this customer"))
        self.learns.toggled.connect(lambda _is_on: self._form_changed("learn"))
        line = QHBoxLayout()
        line.addWidget(self.learns)
        line.addStretch(1)
        column.addLayout(line)
        self._below = QWidget()
        column.addWidget(self._below, 1)

    @property
    def picker(self) -> Any:
        """The customer's field."""
        return self.form.editor("customer")

    # Showing

    def customer_of(self, line_id: int, suggestion: Suggestion | None) -> str:
        """Whose documents are to be shown for a line: the customer chosen by hand, else the one suggested."""
        kept = self._choices.get(line_id)
        if kept is not None and kept.customer:
            return kept.customer
        return suggestion.customer if suggestion is not None and suggestion.kind == "payment" else ""

    def contract_of(self, line_id: int) -> str:
        """The contract chosen by hand for a line, or nothing."""
        kept = self._choices.get(line_id)
        return kept.contract if kept is not None else ""

    def show_line(self, facts: LineFacts, suggestion: Suggestion | None, plan: Plan | None) -> None:
        """Fills everything for a waiting line of money that came in."""
        self.facts, self.suggestion = facts, suggestion
        self._fill_form(facts)
        self._take_plan(plan)

    def clear(self) -> None:
        """Another kind of line is shown."""
        self.facts = self.suggestion = None
        self._take_plan(None)

    def forget(self, line_id: int) -> None:
        """The line is done."""
        self._choices.pop(line_id, None)

    def _fill_form(self, facts: LineFacts) -> None:
        """What was chosen by hand for this line, else what is suggested."""
        kept, one, currency = self._choices.get(facts.line.id), self.suggestion, facts.line.currency
        customer = one.customer if one is not None and one.kind == "payment" else ""
        fee = money.to_decimal(one.fee_minor, currency) if one is not None and one.fee_minor else None
        learns = True
        if kept is not None:
            customer, fee, learns = kept.customer or customer, kept.fee, kept.learns
        self._is_filling = True
        self.form.clear_errors()
        self.form.editor("fee").set_currency(currency)
        # while somebody types a name a change elsewhere must not take it away
        if not (self.picker.hasFocus() and self.picker.unpicked_text()) and self.picker.value() != customer:
            self.picker.set_value(customer or None)
        self.form.set_value("fee", fee)
        self.learns.setChecked(learns)
        self.learns.setVisible(bool(facts.line.payer or facts.line.payer_account))
        self.form.mark_clean()
        self._is_filling = False

    def _take_plan(self, plan: Plan | None) -> None:
        """Shows a customer's open documents with the parts that were chosen, suggested or fit."""
        self.plan = plan
        self._is_filling = True
        self.contract.show_plan(plan)
        self._is_filling = False
        documents = self.table.documents()
        documents.set_plan(plan)
        if plan is not None and self.facts is not None:
            kept, one = self._choices.get(self.facts.line.id), self.suggestion
            rows = {entry.number: row for row, entry in enumerate(plan.documents)}
            if kept is not None and kept.has_parts:
                parts = {rows[number]: part for number, part in kept.parts.items() if number in rows}
                parts = {row: min(part, plan.documents[row].open_minor) for row, part in parts.items()}
            elif (
                one is not None
                and one.kind == "payment"
                and one.customer == plan.customer
                and (kept is None or not kept.customer)
            ):
                parts = {rows[part.number]: part.amount_minor for part in one.parts if part.number in rows}
            else:
                from crmdesk.services import payment_plan

                choice, found = payment_plan.choose_less(plan, self._received(), "auto")
                if not choice.is_exact:  # a discount is kept only where it makes the amount exact
                    found = payment_plan.whole_parts(plan, self._received())
                parts = {part.index: part.settled_minor for part in found}
            documents.set_parts(parts)
        has_documents = plan is not None and bool(plan.documents)
        self.table.setVisible(has_documents)
        self._below.setVisible(not has_documents)
        if has_documents and self.table.currentIndex().row() < 0:
            self.table.setCurrentIndex(documents.index(0, 6))
        self.nothing.setVisible(not has_documents)
        self.nothing.setText(
            _("Type a name, code or pinyin: what he owes appears here.")
            if plan is None
            else _("Nothing is open on that day. The whole amount becomes credit of the customer.")
        )
        self._show_live()

    def type_customer(self, text: str) -> None:
        """Letters typed in the list search a customer."""
        if self.facts is not None and not self.isHidden():
            self.picker.begin_typing(text)

    def toggle_item(self) -> None:
        """Space in the list takes the marked document or leaves it, and marks the next."""
        row = self.table.currentIndex().row()
        if not self.isHidden() and row >= 0:
            self.table.documents().toggle(row)

    def move_item(self, step: int) -> None:
        """Marks another open document."""
        row = self.table.currentIndex().row() + step
        if not self.isHidden() and 0 <= row < self.table.documents().rowCount():
            self.table.setCurrentIndex(self.table.documents().index(row, 6))

    def use(self, code: str) -> None:
        """Takes one of the customers that are as likely."""
        self.picker.set_value(code)
        self._customer_chosen(code)

    def _customer_picked(self, item: Any) -> None:
        self._customer_chosen(str(item.value))

    def _customer_chosen(self, code: str) -> None:
        facts = self.facts
        if facts is None:
            return
        self.form.clear_errors()
        choice = self._choice()
        choice.customer, choice.contract, choice.parts, choice.has_parts = code, "", {}, False
        self._read_plan(facts, code, "")

    def _read_plan(self, facts: LineFacts, code: str, contract: str) -> None:
        wanted = facts

        def done(plan: Plan) -> None:
            if self.facts is wanted:
                self._take_plan(plan)
                self.changed.emit()
                self.customer_chosen.emit()

        self._ctx.read(
            lambda connection: plan_of(connection, wanted, code, contract),
            owner=self,
            on_done=done,
            on_error=self._plan_failed,
            replaces="plan",
        )

    def _plan_failed(self, error: Exception) -> bool:
        self.failed.emit(error)
        return True

    def _choice(self) -> _Choice:
        line = self.facts.line if self.facts is not None else None
        key = line.id if line is not None else 0
        if key not in self._choices:
            self._choices[key] = _Choice(fee=self.form.value("fee"), learns=self.learns.isChecked())
        return self._choices[key]

    def _form_changed(self, name: str) -> None:
        if self._is_filling or self.facts is None:
            return
        if name == "customer":
            if self.picker.value() is None and not self.picker.text():
                self._choices.pop(self.facts.line.id, None)
                self._take_plan(None)
                self.changed.emit()
            return
        choice = self._choice()
        if name == "contract":
            if self.plan is not None and self.contract.take():
                # chosen by hand: the customer stays, also where he was only suggested
                choice.customer, choice.contract = self.plan.customer, self.contract.number
                choice.parts, choice.has_parts = {}, False
                self._read_plan(self.facts, self.plan.customer, choice.contract)
            return
        choice.fee, choice.learns = self.form.value("fee"), self.learns.isChecked()
        self._show_live()

    def _edited_by_hand(self) -> None:
        if self.plan is not None:
            choice = self._choice()
            documents = self.table.documents()
            choice.parts = {documents.document(row).number: part for row, part in documents.parts().items()}
            choice.has_parts = True
        self._show_live()

    def _discount(self) -> int:
        """The settlement discount that the documents chosen offer, where with it they come to what was received."""
        if self.plan is None:
            return 0
        documents = self.table.documents()
        less = sum(self.plan.documents[row].discount_on(part) for row, part in documents.parts().items())
        return less if documents.total_minor() - less == self._received() else 0

    def _received(self) -> int:
        """What the customer is credited with: the line and what the bank kept of it."""
        facts = self.facts
        if facts is None:
            return 0
        fee = self.form.value("fee")
        try:
            return facts.line.amount_minor + (money.to_minor(fee, facts.line.currency) if fee else 0)
        except InvalidInput:
            return facts.line.amount_minor

    def _show_live(self) -> None:
        facts = self.facts
        self.live.setVisible(self.plan is not None)
        if facts is not None:
            self.live.show_amounts(
                facts.line.currency,
                self._received(),
                self._discount(),
                self.table.documents().total_minor(),
            )

    # What is asked for

    def arguments(self) -> dict[str, Any] | None:
        """The request of `bank.confirm`; None where something is missing, which is said under its field."""
        delegate: Any = self.table.itemDelegate()
        delegate.settle()
        plan, customer, facts = self.plan, self.picker.value(), self.facts
        if facts is None:
            return None
        if customer is None:
            self.form.set_error("customer", _("Choose the customer who paid."))
            self.form.focus_field("customer")
            return None
        if plan is None or plan.customer != customer:
            return None  # his documents are on their way
        try:
            values = self.form.values()
        except InvalidInput:
            return None
        documents = self.table.documents()
        discount = self._discount()
        over = documents.total_minor() - self._received() - discount
        if over > 0:
            text = _("The documents chosen are {amount} more than was received. Take some away.")
            self.form.set_error("customer", text.format(amount=amount_text(over, plan.currency)))
            return None
        parts = [
            {"invoice": plan.documents[row].number, "amount": money.plain(part, plan.currency)}
            for row, part in sorted(documents.parts().items())
        ]
        arguments: dict[str, Any] = {
            "line": facts.line.id,
            "customer": customer,
            "allocate": parts or "none",
            "learn": self.learns.isChecked(),
        }
        if plan.contract:
            arguments["contract"] = plan.contract
        if values["fee"]:
            arguments["fee"] = f"{values['fee']:f}"
        if discount:
            arguments["take_discount"] = True
        return arguments


def plan_of(connection: Any, facts: LineFacts, customer: str, contract: str = "") -> Plan:
    from crmdesk.services import payment_plan

    line = facts.line
    return payment_plan.of_customer(
        connection, customer, on=line.booked_on, currency=line.currency, contract=contract
    )
