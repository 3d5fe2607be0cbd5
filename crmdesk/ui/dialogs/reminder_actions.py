"""What is done about money that is late: exclude from reminders, record a promise, note a call, bill interest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtWidgets import QWidget

from crmdesk.models import clock, money
from crmdesk.models.fields import Choice, Field, Kind, required
from crmdesk.models.specs.documents import AMOUNT, DATE, DUE, NOTE, TAX_KIND_CHOICES
from crmdesk.models.specs.reminders import HOLD, PROMISE
from crmdesk.text import N_, _, counted
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.action_form import ActionDialog, Arguments, open_action
from crmdesk.ui.kit import dialogs

if TYPE_CHECKING:
    from sqlalchemy import Connection

_PROMISE_DAYS = 7
_BY_NAME = {field.name: field for field in (*HOLD, *PROMISE)}
_CUSTOMER = Field("customer", Kind.LINK, N_("Customer"), link="customer", required=True)


class Party(NamedTuple):
    """Of whom it is: customer, currency, what is open of it, the numbers that can be chosen."""

    code: str
    name: str
    currency: str = ""
    open_minor: int = 0
    numbers: Sequence[str] = ()


def _demand(party: Party) -> Field:
    """Which invoice, of those at hand."""
    return replace(
        _BY_NAME["invoice"],
        kind=Kind.CHOICE,
        choices=tuple(Choice(number, number) for number in party.numbers),
    )


def hold(ctx: Context, parent: QWidget, party: Party) -> ActionDialog:
    """Excludes a customer or one of his invoices from reminders."""
    fields = (_BY_NAME["until"], *((_demand(party),) if party.numbers else ()), _BY_NAME["reason"])
    return open_action(
        ctx,
        parent,
        _("No reminders to {name}").format(name=party.name),
        "dunning.hold",
        fields,
        {},
        {"customer": party.code},
        name="hold",
        text=_("Nothing is sent until that day; without a day, until you end it. The reason is kept."),
        yes=_("Exclude"),
        on_done=lambda _outcome: ctx.notices.toast(
            _("{name} is not reminded for now.").format(name=party.name), "good"
        ),
    )


def promise(ctx: Context, parent: QWidget, party: Party | None = None) -> ActionDialog:
    """Records what a customer said he would pay; without a party the customer is asked for."""
    fields: list[Field] = [] if party else [_CUSTOMER]
    fields += [required(AMOUNT), _BY_NAME["promised_on"]]
    if party is not None and party.numbers:
        fields.append(_demand(party))
    fields += [_BY_NAME["by"], _BY_NAME["note"]]
    values: dict[str, Any] = {"promised_on": clock.today() + timedelta(days=_PROMISE_DAYS)}
    fixed: dict[str, Any] = {}
    if party is not None:
        fixed["customer"] = party.code
        if party.currency:
            fixed["currency"] = party.currency
        if party.open_minor > 0:
            values["amount"] = money.to_decimal(party.open_minor, party.currency)

    def done(outcome: Any) -> None:
        result = outcome.result
        ctx.notices.toast(
            _("{customer} promised {amount} for {date}.").format(
                customer=party.name if party else result["customer"],
                amount=amount_text(
                    money.to_minor(Decimal(result["amount"]), result["currency"]), result["currency"]
                ),
                date=result["promised_on"],
            ),
            "good",
        )

    return open_action(
        ctx,
        parent,
        _("Promise of {name}").format(name=party.name) if party else _("Promise to pay"),
        "promise.record",
        fields,
        values,
        fixed,
        party.currency if party else "",
        name="promise",
        text=_("Until that day no reminder is sent. Whether it was kept is read from the payments."),
        yes=_("Record"),
        on_done=done,
    )


def withdraw_promise(ctx: Context, parent: QWidget, record_id: int, name: str) -> None:
    """Takes a promise back that was recorded by mistake."""
    dialogs.confirm(
        parent,
        _("Withdraw the promise?"),
        _("The promise of {name} holds no reminder any more, and counts as neither kept nor broken.").format(
            name=name
        ),
        _("Withdraw"),
        lambda: ctx.run_use_case("promise.withdraw", {"promise": record_id}, owner=parent),
        name="withdrawPromise",
    )


def withdraw_reminder(ctx: Context, parent: QWidget, record_id: int) -> ActionDialog:
    """Takes a reminder back that was not sent after all."""
    return open_action(
        ctx,
        parent,
        _("Withdraw the reminder"),
        "reminder.withdraw",
        (Field("reason", Kind.TEXT, N_("Reason")),),
        {},
        {"reminder": record_id},
        name="withdrawReminder",
        text=_("It stays in the log as withdrawn; its items are due for a reminder again."),
        yes=_("Withdraw"),
        kind="danger",
    )


def end_hold(ctx: Context, parent: QWidget, code: str, name: str, invoice: str = "") -> None:
    """Ends an exclusion; reminders go on from today."""
    arguments = {"customer": code} | ({"invoice": invoice} if invoice else {})
    ctx.run_use_case(
        "dunning.unhold",
        arguments,
        owner=parent,
        on_done=lambda _outcome: ctx.notices.toast(
            _("{name} is reminded again.").format(name=invoice or name), "good"
        ),
    )


_TAX = Field(
    "tax_kind",
    Kind.CHOICE,
    N_("Tax on the interest"),
    required=True,
    choices=TAX_KIND_CHOICES,
    help=N_("Interest on a taxed sale is usually taxed as the sale was. Ask your accountant."),
)
_RATE = Field("tax_rate", Kind.RATE, N_("Tax rate"), help=N_("Of what is taxed; leave it empty otherwise."))
_UNTIL = Field("as_of", Kind.DATE, N_("Interest up to"), required=True)


def bill_interest(ctx: Context, parent: QWidget, party: Party) -> None:
    """Shows what late interest has come to, asks how it is taxed, and bills it."""

    def work(connection: Connection) -> tuple[int, int]:
        from crmdesk.services import interest

        items = interest.interest(connection, party.code, currency=party.currency)
        return len(items), sum(item.interest_minor for item in items)

    def done(found: tuple[int, int]) -> None:
        count, minor = found
        if not count:
            dialogs.tell(
                parent,
                _("No late interest to bill"),
                _("Nothing of {name} bears interest that is not billed yet.").format(name=party.name),
                hint=_(
                    "The rate a year and the days of grace are in the settings, under “Credit and reminders”."
                ),
                name="noInterest",
            )
            return
        _ask_interest(ctx, parent, party, count, minor)

    ctx.read(work, owner=parent, on_done=done)


def _ask_interest(ctx: Context, parent: QWidget, party: Party, count: int, minor: int) -> ActionDialog:
    def arguments(values: Arguments) -> Arguments:
        # A rate says all there is to say of what is taxed.
        if values.get("tax_kind") == "taxed" and "tax_rate" in values:
            del values["tax_kind"]
        return values

    return open_action(
        ctx,
        parent,
        _("Bill interest to {name}").format(name=party.name),
        "interest.bill",
        (_UNTIL, DATE, DUE, _TAX, _RATE, NOTE),
        {"as_of": clock.today(), "date": clock.today(), "tax_kind": "taxed"},
        {"customer": party.code, "currency": party.currency},
        name="interest",
        text=counted(
            N_(
                "{amount} on {count} items so far. It becomes an invoice with one line per item; "
                "no day is billed twice."
            ),
            count,
            amount=amount_text(minor, party.currency),
        ),
        yes=_("Bill the interest"),
        to_arguments=arguments,
        on_done=lambda outcome: ctx.notices.toast(
            _("{number} is issued.").format(number=outcome.result["number"]),
            "good",
            _("Show"),
            lambda: ctx.go("invoices", number=outcome.result["number"], kind="invoice"),
        ),
    )
