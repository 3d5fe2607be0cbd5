"""What is done with a payment after it was recorded: release, refund, reverse. Each one is one use case."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.models import clock, money
from crmdesk.models.fields import Field, Kind, optional, required
from crmdesk.models.specs.documents import AMOUNT, DATE, METHODS, REASON
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.action_form import ActionDialog, Arguments, open_action, rate_fields

if TYPE_CHECKING:
    from crmdesk.services.document_facts import Facts

_ACCOUNT = Field("account", Kind.CHOICE, N_("Method / account"), required=True)


def later_words(facts: Facts) -> str:
    """Why the date that is proposed lies after today; "" where it is today. As the end of a dialog's text."""
    proposed = facts.back_on(clock.today())
    if proposed <= clock.today():
        return ""
    return "\n" + _("Proposed is {date}: what happened to {number} last is dated that day.").format(
        date=proposed.isoformat(), number=facts.number
    )


def release(ctx: Context, parent: QWidget, facts: Facts, link: Any) -> ActionDialog:
    """Takes back what a payment or credit note settled, all of it unless less is typed."""
    return release_between(ctx, parent, facts, link)


def release_between(ctx: Context, parent: QWidget, facts: Facts, link: Any) -> ActionDialog:
    """As `release`, from either side: `facts` may be the payment and `link` the invoice, or the other way round."""
    is_debit = facts.kind == "invoice" or (facts.kind == "opening" and facts.effect_minor > 0)
    credit_kind, credit, debit = (
        (link.kind, link.number, facts.number) if is_debit else (facts.kind, facts.number, link.number)
    )
    allocated = money.to_decimal(link.amount_minor, facts.currency)
    less = sum(
        one.amount_minor
        for one in (*facts.links, *facts.followers)
        if one.kind == "discount" and one.of == link.number
    )
    key = "credit" if credit_kind == "credit" else "payment"
    return open_action(
        ctx,
        parent,
        _("Release {invoice} from {number}").format(invoice=debit, number=credit),
        f"{key}.release",
        optional((AMOUNT, DATE)),
        {"amount": allocated, "date": max(clock.today(), link.dated_on)},
        {key: credit, "invoice": debit},
        name="release",
        text=_("{amount} is allocated. What is released is open on {invoice} again.").format(
            amount=amount_text(link.amount_minor, facts.currency), invoice=debit
        )
        + (
            "\n"
            + _("The discount of {amount} goes back with it.").format(
                amount=amount_text(less, facts.currency)
            )
            if less
            else ""
        ),
        yes=_("Release"),
        currency=facts.currency,
    )


def reverse(ctx: Context, parent: QWidget, facts: Facts) -> ActionDialog:
    """Reverses a payment: bounced, or entered by mistake."""
    return open_action(
        ctx,
        parent,
        _("Reverse {number}").format(number=facts.number),
        "payment.reverse",
        (DATE, required(REASON)),
        {"date": facts.back_on(clock.today())},
        {"payment": facts.number},
        name="reverse",
        text=_(
            "The payment stays in the book with a reversal of that date. What it settled is open again from then on."
        )
        + later_words(facts),
        yes=_("Reverse"),
        kind="danger",
        on_done=lambda _outcome: ctx.notices.toast(_("{number} is reversed.").format(number=facts.number)),
    )


def reverse_refund(ctx: Context, parent: QWidget, facts: Facts) -> ActionDialog:
    """Takes a refund back."""
    return open_action(
        ctx,
        parent,
        _("Reverse {number}").format(number=facts.number),
        "refund.reverse",
        (DATE, required(REASON)),
        {"date": facts.back_on(clock.today())},
        {"refund": facts.number},
        name="reverse",
        text=_("The customer's credit is there again from that date on.") + later_words(facts),
        yes=_("Reverse"),
        kind="danger",
    )


def refund(ctx: Context, parent: QWidget, facts: Facts) -> ActionDialog:
    """Pays back what of a payment or credit note is not used up."""
    key = "credit" if facts.kind == "credit" else "payment"
    method = facts.cash.method if facts.cash is not None else "bank"
    dialog = open_action(
        ctx,
        parent,
        _("Refund from {number}").format(number=facts.number),
        "refund.record",
        (required(AMOUNT), _ACCOUNT, replace(DATE, required=True), *rate_fields(facts), required(REASON)),
        {
            "amount": money.to_decimal(facts.open_minor, facts.currency),
            "date": max(clock.today(), facts.dated_on),
        },
        {key: facts.number},
        name="refund",
        text=_("{amount} of it is not used up.").format(amount=amount_text(facts.open_minor, facts.currency)),
        yes=_("Refund"),
        currency=facts.currency,
        to_arguments=with_method,
        on_done=lambda outcome: ctx.notices.toast(
            _("{number}: {amount} to his credit is left.").format(
                number=outcome.result["number"], amount=outcome.result["credit"]
            )
        ),
    )
    load_accounts(ctx, dialog.form, method)
    return dialog


def with_method(values: Arguments) -> Arguments:
    """A request out of a form whose `account` holds method|account."""
    method, _bar, account = str(values.pop("account")).partition("|")
    values["method"] = method
    if account:
        values["account"] = account
    return values


def load_accounts(
    ctx: Context, form: Any, chosen: str = "", on_done: Any = None, *, without: Collection[str] = ()
) -> None:
    """Fills a form's `account` with the accounts in use and the methods without one; `chosen` is a method or value,
    `without` names methods that make no sense there."""
    from crmdesk.models.fields import Choice

    def work(connection: Any) -> Any:
        from crmdesk.services import picking

        return picking.money_accounts(connection)

    def done(accounts: Any) -> None:
        names = {choice.value: _(choice.label) for choice in METHODS if choice.value not in without}
        accounts = [account for account in accounts if account.method not in without]
        own = {account.method for account in accounts}
        choices = [
            Choice(f"{account.method}|{account.code}", _both(names.get(account.method, ""), account.name))
            for account in accounts
        ]
        # A method without an account of its own (a cheque) goes to the bank's.
        choices += [Choice(f"{value}|", words) for value, words in names.items() if value not in own]
        form.use_choices("account", choices)
        values = [choice.value for choice in choices]
        usual = next((value for value in values if value.partition("|")[0] == chosen), values[0])
        form.editor("account").set_value(chosen if chosen in values else usual)
        form.mark_clean()
        if on_done is not None:
            on_done()

    ctx.read(work, owner=form, on_done=done)


def _both(method: str, account: str) -> str:
    """“WeChat Pay · shop's code”; once where the account is called like its method."""
    return account if account == method else " · ".join(filter(None, (method, account)))
