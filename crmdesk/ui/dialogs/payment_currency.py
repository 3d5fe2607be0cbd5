"""Quick payment in foreign money: the rate of the day, money that came in another currency, and what is gained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from crmdesk.models import money
from crmdesk.models.errors import CrmdeskError, InvalidInput
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.documents import AMOUNT, RATE
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.worth_words import gain_words

if TYPE_CHECKING:
    from crmdesk.services.payment_plan import Plan
    from crmdesk.ui.dialogs.quick_payment import QuickPayment

_CURRENCY = Field("currency", Kind.CURRENCY, N_("Received in"))
_AMOUNT = replace(AMOUNT, name="amount", label=N_("Amount received"), required=False, help="")
_RATE = replace(RATE, required=False, help="")
_FIELDS = {"rate": "rate", "received.amount": "amount", "received.currency": "currency", "received": "amount"}


class ForeignMoney(QWidget):
    """A row of the payment that is seen when it is foreign, or after F9. Nothing typed means the table's rate."""

    def __init__(self, ctx: Context, payment: QuickPayment) -> None:
        super().__init__()
        self.setObjectName("payment.foreign")
        self._payment = payment
        self._is_asked_for = False
        self._was_rated: bool | None = None
        self._shown = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.form = Form(
            ctx, (_CURRENCY, _RATE, _AMOUNT), name="payment.foreign", columns_max=3, has_shortcuts=False
        )
        self.form.setObjectName("payment.foreign.form")
        self.form.changed.connect(self._changed)
        self.form.submitted.connect(payment.save)
        column.addWidget(self.form)
        self.words = Paragraph("", "caption", "second")
        self.words.setObjectName("payment.foreign.worth")
        column.addWidget(self.words)
        self.hide()

    # Showing

    def toggle(self) -> None:
        """F9: money of another currency than the documents', or not."""
        self._is_asked_for = not self._is_asked_for
        if not self._is_asked_for:
            self.form.set_values({"currency": None, "amount": None})
        self.show_plan(self._payment.plan)
        if self.isVisible():
            self.form.focus_field("currency")
        self._follow()

    def clear(self) -> None:
        """Another customer: nothing is typed yet."""
        self._is_asked_for, self._was_rated = False, None
        self.form.set_values({"currency": None, "amount": None, "rate": None})

    def show_plan(self, plan: Plan | None) -> None:
        """What can be said of this money in the currency of the plan."""
        self.setVisible(plan is not None and (plan.is_foreign or self._is_asked_for))
        if plan is None:
            return
        if self.form.value("currency") is None:
            self.form.editor("currency").set_value(plan.currency)
        is_other = self.is_other()
        if self._currency() != self._shown:
            # While an amount is being typed its field is left alone.
            self._shown = self._currency()
            self.form.editor("amount").set_currency(self._shown)
        self.form.show_field("amount", is_other)
        self.form.show_field("rate", plan.is_foreign and not is_other)
        self.form.editor("rate").setPlaceholderText(plan.rate or "")
        self.show_worth()

    def _currency(self) -> str:
        return str(self.form.value("currency") or "")

    def is_other(self) -> bool:
        """Whether the money came in another currency than the documents'."""
        plan, typed = self._payment.plan, self._currency()
        return plan is not None and bool(typed) and typed != plan.currency

    def is_rated(self) -> bool | None:
        """Whether what is typed gives the money a value; None: as the table has it."""
        plan = self._payment.plan
        if plan is None:
            return self._was_rated
        if self.is_other():
            return True if self._currency() in (plan.own, *plan.rates) else None
        return True if self.form.value("rate") else None

    def _changed(self, _name: str) -> None:
        self.show_plan(self._payment.plan)
        self._follow()

    def _follow(self) -> None:
        """Money with a rate settles other documents than money without: the plan is asked again when that turns."""
        plan, now = self._payment.plan, self.is_rated()
        if plan is not None and plan.is_foreign and plan.rate is None and now != self._was_rated:
            self._was_rated = now
            self._payment.load_plan(plan.customer)
        self._payment.show_live()

    # What it is worth

    def _worth(self, plan: Plan) -> int | None:
        """All that the payment can settle, in the book's currency; None where nobody gave a rate."""
        from crmdesk.services import carrying

        amount = self._payment.minor("amount")
        total = amount + self._payment.minor("discount")
        if self.is_other():
            paid, currency = self._paid(), self._currency()
            rate = "1" if currency == plan.own else plan.rates.get(currency)
            if paid is None or rate is None or not amount:
                return None
            worth = carrying.worth(paid, currency, rate, plan.own)
            return None if worth is None else money.divide_round(worth * total, amount)
        typed = self.form.value("rate")
        rate = f"{typed:f}" if isinstance(typed, Decimal) and typed > 0 else plan.rate
        return None if rate is None else carrying.worth(total, plan.currency, rate, plan.own)

    def _paid(self) -> int | None:
        value = self.form.value("amount")
        try:
            return None if value is None else money.to_minor(value, self._currency())
        except InvalidInput:
            return None

    def show_worth(self) -> None:
        """The amount in the book's currency, the gain or loss, and what cannot be settled by this money."""
        plan = self._payment.plan
        if plan is None or self.isHidden():
            return
        words, tone = "", "second"
        if plan.is_foreign:
            worth = self._worth(plan)
            total = self._payment.minor("amount") + self._payment.minor("discount")
            if worth is not None and total:
                words = _("Worth {amount}").format(amount=amount_text(worth, plan.own))
                parts = self._payment.table.documents().parts()
                gain = plan.gain_minor(parts, total, worth) if sum(parts.values()) <= total else 0
                words = " · ".join(filter(None, (words, gain_words(gain, plan.own))))
            elif plan.rate is None and not self.is_other():
                words, tone = _("There is no rate of this day: type it, or the value stays open."), "warn"
        if plan.left_out:
            left = _(
                "Left out are {count} open documents: their rate and that of this money do not go together."
            )
            words = " ".join(filter(None, (words, left.format(count=plan.left_out))))
            tone = "warn"
        self.words.setText(words)
        self.words.set_tone(tone)

    # Saving

    def arguments(self) -> dict[str, Any] | None:
        """What `payment.record` is told of it; None when something is missing, which is then said."""
        plan = self._payment.plan
        if plan is None or self.isHidden():
            return {}
        self.form.clear_errors()
        for name in ("amount", "rate"):
            self.form.editor(name).settle()
        if self.is_other():
            amount = self.form.value("amount")
            if amount is None:
                self.form.set_error("amount", _("Type how much came in."))
                self.form.focus_field("amount")
                return None
            return {"received": {"currency": self._currency(), "amount": f"{amount:f}"}}
        rate = self.form.value("rate")
        return {"rate": f"{rate:f}"} if rate is not None and plan.is_foreign else {}

    def take_error(self, error: Exception) -> bool:
        """Shows a refusal under its field when it is one of these."""
        name = _FIELDS.get(error.field or "") if isinstance(error, CrmdeskError) else None
        if name is None or self.isHidden():
            return False
        self.form.set_error(name, str(error))
        self.form.focus_field(name)
        return True

    def restore(self, values: Mapping[str, Any]) -> None:
        """Shows what a crash left behind."""
        self._is_asked_for = bool(values.get("amount"))
        self.form.restore(values)
