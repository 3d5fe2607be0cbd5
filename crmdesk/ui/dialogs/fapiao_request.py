"""Asking for a tax invoice, or recording one that was issued elsewhere: bills with an amount each, profile, kind."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.models import clock, money
from crmdesk.models.errors import CrmdeskError
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs import fapiao as specs
from crmdesk.models.specs.documents import CUSTOMER, DATE, NOTE
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.action_form import ActionDialog, Arguments, present
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.open_documents import DUE, OPEN, STATE, OpenDocumentsTable

if TYPE_CHECKING:
    from crmdesk.services.fapiao_plan import RequestPlan
    from crmdesk.services.payment_plan import OpenDocument
    from crmdesk.services.use_cases import Outcome

_PROFILE = Field("profile", Kind.CHOICE, N_("Billing profile"), required=True)
_CURRENCY = Field("currency", Kind.CHOICE, N_("Currency"), required=True)
_ROWS_SEEN = 5
"""So many rows of bills are seen at once."""


def open_request(
    ctx: Context,
    parent: QWidget,
    *,
    customer: str = "",
    invoices: Sequence[str] = (),
    is_record: bool = False,
    values: Mapping[str, Any] | None = None,
    on_done: Callable[[Outcome], object] | None = None,
) -> RequestDialog:
    """Opens the dialog. `invoices` are ticked; without any all that are not invoiced. `values` fill the form."""
    dialog = RequestDialog(
        ctx, parent, customer, invoices, is_record=is_record, values=values, on_done=on_done
    )
    present(dialog, dialog.fields)
    if customer:
        dialog.load()
    return dialog


class RequestDialog(ActionDialog):
    """Space ticks a bill, digits type a part of it; the foot says what it comes to."""

    def __init__(
        self,
        ctx: Context,
        parent: QWidget,
        customer: str,
        invoices: Sequence[str],
        *,
        is_record: bool = False,
        values: Mapping[str, Any] | None = None,
        on_done: Callable[[Outcome], object] | None = None,
    ) -> None:
        self._customer = customer
        self._wanted = list(invoices)
        self._is_record = is_record
        self.plan: RequestPlan | None = None
        own = (specs.NUMBER, specs.CODE, replace(specs.TOTAL, help="")) if is_record else ()
        self.fields = (
            *(() if customer else (replace(CUSTOMER, required=True),)),
            _PROFILE,
            _CURRENCY,
            replace(specs.KIND, required=True),
            replace(specs.MEDIUM, required=True),
            *own,
            replace(DATE, required=True),
            specs.RATE_OF_EXCHANGE,
            replace(NOTE, kind=Kind.TEXT),
        )
        title = _("Record a tax invoice") if is_record else _("Request a tax invoice")
        super().__init__(
            ctx,
            parent,
            title,
            "fapiao.record" if is_record else "fapiao.request",
            self.fields,
            {"date": clock.today(), "kind": specs.ORDINARY, "medium": specs.DIGITAL, **(values or {})},
            {},
            name="fapiaoRecord" if is_record else "fapiaoRequest",
            yes=_("Record") if is_record else _("Request"),
            to_arguments=self._arguments,
            on_done=on_done or self._say,
            width=108,
            columns_max=3,
        )
        self.form.show_field("currency", False)
        self.form.show_field("rate", False)
        self._show_code()
        sizes = theme().metrics
        self.bills_title = labels.strong(_("Invoices that are not invoiced yet"))
        self.body.addWidget(self.bills_title)
        self.table = OpenDocumentsTable(
            f"{self.objectName()}.invoices",
            N_("This tax invoice"),
            {DUE: N_("Date"), OPEN: N_("Not invoiced"), STATE: N_("Tax invoice")},
            _room_words,
        )
        self.table.setAccessibleName(self.bills_title.text())
        self.table.setFixedHeight(sizes.header + (_ROWS_SEEN - is_record) * sizes.row)
        self.body.addWidget(self.table)
        self.total = labels.strong("")
        self.total.setObjectName(f"{self.objectName()}.total")
        self.foot.insertWidget(0, self.total)
        self.table.documents().edited.connect(self._edited)
        self.table.cut.connect(self._tell_cut)
        self.form.changed.connect(self._changed)
        self._show_total()

    def load(self) -> None:
        """Asks what can be asked for of the customer."""
        customer = self._customer or str(self.form.value("customer") or "")
        wanted, currency = list(self._wanted), ""
        if self.plan is not None and self.plan.customer == customer:
            currency = str(self.form.value("currency") or "")
        if not customer:
            return

        def work(connection: Any) -> RequestPlan:
            from crmdesk.services import fapiao_plan

            return fapiao_plan.of_customer(connection, customer, currency=currency, wanted=wanted)

        self._ctx.read(work, owner=self, on_done=self._show, replaces="plan")

    def _show(self, plan: RequestPlan) -> None:
        self.plan = plan
        self.subtitle.setText(f"{plan.name} · {plan.customer}")
        self.subtitle.setVisible(bool(self._customer))
        profiles = [
            Choice(str(one.id), " · ".join(filter(None, (one.title, one.tax_number))))
            for one in plan.profiles
        ]
        self.form.use_choices("profile", profiles)
        self.form.use_choices(
            "currency", [Choice(one, one) for one in (plan.currency, *plan.other_currencies)]
        )
        self.form.editor("currency").set_value(plan.currency)
        self.form.show_field("currency", bool(plan.other_currencies))
        model = self.table.documents()
        model.set_plan(plan)
        ticked = [
            row for row, one in enumerate(plan.documents) if not self._wanted or one.number in self._wanted
        ]
        model.set_parts({row: plan.documents[row].open_minor for row in ticked})
        if plan.documents:
            self.banner.hide()
            self.table.setCurrentIndex(model.index(ticked[0] if ticked else 0, 6))
        else:
            self._tell_nothing(plan)
        self._show_total()
        self._check()
        self.form.mark_clean()
        self.refit()

    def _tell_nothing(self, plan: RequestPlan) -> None:
        words = _("Every invoice of {name} is on a tax invoice already.").format(name=plan.name)
        if plan.asked_minor:
            words = _("{amount} of {name} is asked for already; the rest is on tax invoices.").format(
                amount=amount_text(plan.asked_minor, plan.currency), name=plan.name
            )
        self.banner.show_message(words, "info", _("Show the requests"), self._go_to_requests)

    def _go_to_requests(self) -> None:
        self.form.mark_clean()
        self.reject()
        self._ctx.go("invoices", part="requests")

    # While one types

    def _changed(self, name: str) -> None:
        if name == "customer":
            self._wanted = []
            self.plan = None
            self.load()
        elif name == "currency":
            self._wanted = []
            self.load()
        elif name in ("kind", "profile", "date", "rate"):
            self._show_total()
            self._check()
        elif name == "medium":
            self._show_code()

    def _edited(self, _row: int) -> None:
        self._show_total()
        if self._is_converted():  # another bill may have another rate, or none
            self._check()

    def _show_code(self) -> None:
        """A fully digital one has no code."""
        if self._is_record:
            self.form.show_field("code", self.form.value("medium") != specs.DIGITAL)
            self.refit()

    def _check(self) -> None:
        """What the request would refuse is said while it can still be chosen otherwise."""
        plan = self.plan
        if plan is None:
            return
        from crmdesk.services import fapiao_plan

        for name in ("kind", "profile", "rate"):
            self.form.set_error(name, "")
        self._show_rate(plan)
        kind = str(self.form.value("kind"))
        refused = fapiao_plan.refusal(plan, kind, int(self.form.value("profile") or 0))
        if refused is None and self._given_rate() is None:
            rows = sorted(self.table.documents().parts())
            refused = fapiao_plan.rate_refusal(plan, kind, rows, self._day())
        if refused is not None:
            self.form.set_error(str(refused.field), refused.message)
        if refused is not None and refused.field == "profile":
            self.banner.show_message(
                _("Add the tax number to the billing profile, or choose an ordinary one."),
                "info",
                _("Open the customer"),
                self._go_to_customer,
            )
        elif plan.documents:
            self.banner.hide()
        self.refit()

    def _is_converted(self) -> bool:
        """Whether the tax invoice is written in another currency than the bills; a receipt never is."""
        return self.plan is not None and self._home(self.plan) != self.plan.currency

    def _home(self, plan: RequestPlan) -> str:
        return plan.home_currency(str(self.form.value("kind")))

    def _show_rate(self, plan: RequestPlan) -> None:
        """The rate, with the one that the ticked bills have where nothing is typed."""
        self.form.show_field("rate", self._is_converted())
        chosen = (plan.documents[row].document_id for row in sorted(self.table.documents().parts()))
        found = dict.fromkeys(plan.rate_of(one, self._day()) or "" for one in chosen)
        self.form.editor("rate").setPlaceholderText(" / ".join(filter(None, found)))
        if self._is_record:
            self.form.editor("total").set_currency(self._home(plan))

    def _day(self) -> date:
        day = self.form.value("date")
        return day if isinstance(day, date) else clock.today()

    def _given_rate(self) -> str | None:
        with contextlib.suppress(CrmdeskError):  # OK says what is wrong with it
            rate = self.form.value("rate")
            return f"{rate:f}" if isinstance(rate, Decimal) and rate > 0 else None
        return None

    def _home_words(self) -> str:
        """“ ≈ ¥7,100.00”: every line is rounded on its own, the answer has it to the cent."""
        plan = self.plan
        if plan is None or not self._is_converted():
            return ""
        from crmdesk.services import carrying

        given, home = self._given_rate(), 0
        for row, minor in self.table.documents().parts().items():
            rate = given or plan.rate_of(plan.documents[row].document_id, self._day())
            worth = None if rate is None else carrying.worth(minor, plan.currency, rate, plan.own_currency)
            if worth is None:
                return ""
            home += worth
        return f" ≈ {amount_text(home, plan.own_currency)}"

    def _go_to_customer(self) -> None:
        if self.plan is not None:
            code = self.plan.customer
            self.form.mark_clean()
            self.reject()
            self._ctx.go("customers", code=code, full=True)

    def _tell_cut(self, row: int) -> None:
        one = self.table.documents().document(row)
        self.banner.show_message(
            _("Only {amount} of {number} can still be invoiced.").format(
                amount=amount_text(one.open_minor, self.table.documents().currency), number=one.number
            ),
            "warn",
        )
        self.refit()

    def _show_total(self) -> None:
        model = self.table.documents()
        count = len(model.parts())
        amount = amount_text(model.total_minor(), model.currency) + self._home_words()
        if not self.plan:
            self.total.setText(_("Choose a customer"))
        elif count:
            words = _("1 invoice, {amount}") if count == 1 else _("{count} invoices, {amount}")
            self.total.setText(words.format(count=count, amount=amount))
        else:
            self.total.setText(_("Tick at least one invoice"))
        self.total.set_tone("" if count else "third")
        self.yes_button.setEnabled(bool(count))

    # Sending

    def submit(self) -> None:
        """Takes what is being typed in the table, then sends."""
        delegate: Any = self.table.itemDelegate()
        delegate.settle()
        super().submit()

    def _arguments(self, given: Arguments) -> Arguments:
        plan = self.plan
        if plan is None:
            return given
        arguments = {name: value for name, value in given.items() if name not in ("currency", "profile")}
        profile = str(given.get("profile", "0"))
        if profile != "0":
            arguments["profile"] = profile
        if not self._is_converted():
            arguments.pop("rate", None)
        if arguments.get("medium") == specs.DIGITAL:
            arguments.pop("code", None)
        arguments["customer"] = plan.customer
        arguments["invoices"] = [
            {"invoice": plan.documents[row].number, "amount": money.plain(part, plan.currency)}
            for row, part in sorted(self.table.documents().parts().items())
        ]
        return arguments

    def _failed(self, error: Exception) -> bool:
        done = super()._failed(error)
        self._show_total()
        return done

    def _say(self, outcome: Outcome) -> None:
        ctx, result = self._ctx, outcome.result
        currency = str(result.get("currency", self._currency()))
        amount = amount_text(money.to_minor(Decimal(result["total"]), currency), currency)
        if self._is_record:
            record_id = int(result["fapiao"])
            ctx.notices.toast(
                _("Tax invoice {number} over {amount} is recorded.").format(
                    number=result["number"], amount=amount
                ),
                "good",
                _("Show"),
                lambda: ctx.go("invoices", fapiao=record_id),
            )
        else:
            number = str(result["number"])
            ctx.notices.toast(
                _("{number} asks for a tax invoice over {amount}.").format(number=number, amount=amount),
                "good",
                _("Show"),
                lambda: ctx.go("invoices", request=number),
            )

    def _currency(self) -> str:
        return self.plan.currency if self.plan is not None else "CNY"


def _room_words(one: OpenDocument) -> tuple[str, str]:
    return (_("Part invoiced"), "warn") if one.is_part_paid else (_("Not invoiced"), "neutral")
