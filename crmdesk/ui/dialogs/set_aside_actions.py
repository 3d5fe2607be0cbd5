"""What is done with bills of exchange, deposits and money paid for somebody else. Each one is one use case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.models import clock, money
from crmdesk.models.fields import Choice, Field, Kind, optional, required
from crmdesk.models.specs.documents import AMOUNT, CUSTOMER, DATE, NOTE, RATE, REASON
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.action_form import ActionDialog, Arguments, open_action, rate_fields
from crmdesk.ui.dialogs.payment_actions import later_words, load_accounts, with_method

if TYPE_CHECKING:
    from crmdesk.services.document_facts import Facts
    from crmdesk.services.use_cases import Outcome

ACCOUNT = Field("account", Kind.CHOICE, N_("Method / account"), required=True)
_TO_ACCOUNT = Field("account", Kind.CHOICE, N_("Into account"), required=True)
_ON = replace(DATE, required=True)
_FEE = Field("fee", Kind.MONEY, N_("Discount kept by the bank"), sign="non_negative")
_TO = Field("to", Kind.TEXT, N_("Endorsed to"), required=True, help=N_("The supplier who takes the bill."))
_INVOICE = Field("invoice", Kind.CHOICE, N_("Invoice"), required=True)
_CONTRACT = Field("contract", Kind.TEXT, N_("Contract"))
_NO_CASH = ("bill", "cash", "cheque", "other")
"""Where the money of a bill never arrives."""


# Bills of exchange


def collect_bill(ctx: Context, parent: QWidget, facts: Facts) -> ActionDialog:
    """The bill was paid when it fell due."""
    due = facts.bill.due_on if facts.bill is not None else clock.today()
    dialog = _bill_action(
        ctx,
        parent,
        facts,
        _("Collect bill {number}"),
        "bill.collect",
        (_TO_ACCOUNT, _ON, *rate_fields(facts)),
        _("The money arrives in full. The invoices that this payment settled stay settled."),
        _("Collect"),
        {"date": max(min(due, clock.today()), facts.dated_on)},
        to_arguments=_account_only,
        told=lambda outcome: _("{amount} of bill {bill} is collected.").format(**outcome.result),
    )
    load_accounts(ctx, dialog.form, "bank", without=_NO_CASH)
    return dialog


def discount_bill(ctx: Context, parent: QWidget, facts: Facts) -> ActionDialog:
    """The bill is sold to the bank before it falls due."""
    dialog = _bill_action(
        ctx,
        parent,
        facts,
        _("Discount bill {number}"),
        "bill.discount",
        (_TO_ACCOUNT, _FEE, _ON, *rate_fields(facts)),
        _("The bank pays {amount} less what it keeps; what it keeps is a finance cost.").format(
            amount=amount_text(facts.total_minor, facts.currency)
        ),
        _("Discount at the bank"),
        {"date": max(clock.today(), facts.dated_on)},
        to_arguments=_account_only,
        told=lambda outcome: _("{received} of bill {bill} was received.").format(**outcome.result),
    )
    load_accounts(ctx, dialog.form, "bank", without=_NO_CASH)
    return dialog


def endorse_bill(ctx: Context, parent: QWidget, facts: Facts) -> ActionDialog:
    """The bill is passed on to a supplier."""
    return _bill_action(
        ctx,
        parent,
        facts,
        _("Endorse bill {number}"),
        "bill.endorse",
        (_TO, _ON),
        _("The bill settles what is owed to a supplier. If it is dishonoured, he may come back to you."),
        _("Endorse"),
        {"date": max(clock.today(), facts.dated_on)},
        told=lambda outcome: _("Bill {bill} is endorsed to {to}.").format(**outcome.result),
    )


def dishonour_bill(ctx: Context, parent: QWidget, facts: Facts) -> ActionDialog:
    """The bill was not paid. Money goes back only for one that the bank had bought: then at the rate of that day."""
    is_sold = facts.bill is not None and facts.bill.state == "discounted"
    return _bill_action(
        ctx,
        parent,
        facts,
        _("Bill {number} was dishonoured"),
        "bill.dishonour",
        (_ON, *(rate_fields(facts) if is_sold else ()), required(REASON)),
        _("Its payment {payment} is reversed on that date: the invoices are open again, the customer owes them.")
        .format(payment=facts.number),
        _("Dishonoured"),
        {"date": max(clock.today(), facts.dated_on)},
        kind="danger",
        told=lambda outcome: _("Bill {bill} is dishonoured; what it settled is open again.").format(
            **outcome.result
        ),
    )  # fmt: skip


def undo_bill(ctx: Context, parent: QWidget, facts: Facts) -> ActionDialog:
    """It was not collected, discounted or endorsed after all."""
    return _bill_action(
        ctx,
        parent,
        facts,
        _("Take back: bill {number}"),
        "bill.undo",
        (_ON, required(REASON)),
        _(
            "The bill is at hand again from that date on. What was recorded stays in the book with its reversal."
        ),
        _("Take back"),
        {"date": max(clock.today(), facts.dated_on)},
        kind="danger",
        told=lambda outcome: _("Bill {bill} is at hand again.").format(**outcome.result),
    )


def _bill_action(
    ctx: Context,
    parent: QWidget,
    facts: Facts,
    title: str,
    use_case: str,
    fields: tuple[Field, ...],
    text: str,
    yes: str,
    values: dict[str, date],
    *,
    told: Callable[[Outcome], str],
    **options: Any,
) -> ActionDialog:
    number = facts.bill.number if facts.bill is not None else facts.number
    return open_action(
        ctx,
        parent,
        title.format(number=number),
        use_case,
        fields,
        values,
        # By its payment: of two bills with one number (a dishonoured one, received again) it is this one.
        {"bill": facts.number},
        name=use_case,
        text=text,
        yes=yes,
        currency=facts.currency,
        on_done=lambda outcome: ctx.notices.toast(told(outcome), "good"),
        **options,
    )


def _account_only(values: Arguments) -> Arguments:
    """A request out of a form whose `account` holds method|account, for a use case that takes the account alone."""
    account = str(values.pop("account")).partition("|")[2]
    return values | ({"account": account} if account else {})


# Deposits


def receive_deposit(ctx: Context, parent: QWidget, *, customer: str = "") -> ActionDialog:
    """Money that has to be given back."""
    dialog = open_action(
        ctx,
        parent,
        _("Receive a deposit"),
        "deposit.receive",
        (CUSTOMER, AMOUNT, ACCOUNT, _ON, replace(RATE, required=False), _CONTRACT, NOTE),
        {"customer": customer or None, "date": clock.today()},
        name="deposit.receive",
        text=_(
            "A deposit (押金) is given back later. Money on account of a sale is a payment: record it with F6."
        ),
        yes=_("Receive"),
        to_arguments=with_method,
        on_done=lambda outcome: ctx.notices.toast(
            _("{number}: {held} is held.").format(**outcome.result), "good"
        ),
    )
    load_accounts(ctx, dialog.form, "bank", without=("bill",))
    dialog.form.show_field("rate", False)
    dialog.form.editor("customer").picked.connect(lambda item: _use_currency_of(ctx, dialog, item.value))
    if customer:
        _use_currency_of(ctx, dialog, customer)
    return dialog


def _use_currency_of(ctx: Context, dialog: ActionDialog, code: str) -> None:
    """The amount is in the customer's currency; a foreign one asks for its rate."""

    def work(connection: Any) -> tuple[str, str]:
        from crmdesk.services import invoice_entry

        standing = invoice_entry.customer_of(connection, code)
        return standing.currency, invoice_entry.setting_of(connection).currency

    def done(found: tuple[str, str]) -> None:
        currency, own = found
        is_foreign = currency != own
        dialog.form.editor("amount").set_currency(currency)
        if not is_foreign:
            dialog.form.set_value("rate", None)
        dialog.form.show_field("rate", is_foreign)
        dialog.refit()

    ctx.read(work, owner=dialog, on_done=done, replaces="currency")


def return_deposit(ctx: Context, parent: QWidget, facts: Facts) -> ActionDialog:
    """The deposit is given back."""
    dialog = _deposit_action(
        ctx,
        parent,
        facts,
        _("Give deposit {number} back"),
        "deposit.return",
        (required(AMOUNT), ACCOUNT, _ON, *rate_fields(facts), *optional((REASON,))),
        _("Give back"),
        to_arguments=with_method,
    )
    load_accounts(
        ctx, dialog.form, facts.cash.method if facts.cash is not None else "bank", without=("bill",)
    )
    return dialog


def keep_deposit(ctx: Context, parent: QWidget, facts: Facts) -> ActionDialog:
    """The deposit becomes other income: damage, breach."""
    return _deposit_action(
        ctx,
        parent,
        facts,
        _("Keep deposit {number}"),
        "deposit.keep",
        (required(AMOUNT), _ON, required(REASON)),
        _("Keep"),
        fixed={"keep_for": "income"},
        more=_("What is kept is other income."),
        kind="danger",
    )


def apply_deposit(ctx: Context, parent: QWidget, facts: Facts) -> ActionDialog:
    """The deposit settles an invoice."""
    dialog = _deposit_action(
        ctx,
        parent,
        facts,
        _("Use deposit {number} for an invoice"),
        "deposit.keep",
        (_INVOICE, required(AMOUNT), _ON, replace(REASON, required=True, default=_("Settled with the deposit"))),
        _("Settle"),
        fixed={"keep_for": "invoice"},
        kind="primary",
    )  # fmt: skip
    load_open_invoices(ctx, dialog, "invoice", facts)
    return dialog


def reverse_deposit(ctx: Context, parent: QWidget, facts: Facts) -> ActionDialog:
    """The deposit was recorded by mistake, or bounced."""
    return open_action(
        ctx,
        parent,
        _("Reverse {number}").format(number=facts.number),
        "deposit.reverse",
        (_ON, required(REASON)),
        {"date": facts.back_on(clock.today())},
        {"deposit": facts.number},
        name="reverse",
        text=_("The deposit stays in the book with a reversal of that date.") + later_words(facts),
        yes=_("Reverse"),
        kind="danger",
        on_done=lambda _outcome: ctx.notices.toast(_("{number} is reversed.").format(number=facts.number)),
    )


def _deposit_action(
    ctx: Context,
    parent: QWidget,
    facts: Facts,
    title: str,
    use_case: str,
    fields: tuple[Field, ...],
    yes: str,
    *,
    fixed: dict[str, str] | None = None,
    more: str = "",
    **options: Any,
) -> ActionDialog:
    words = _("{amount} is held.").format(amount=amount_text(facts.open_minor, facts.currency))
    return open_action(
        ctx,
        parent,
        title.format(number=facts.number),
        use_case,
        fields,
        {
            "amount": money.to_decimal(facts.open_minor, facts.currency),
            "date": max(clock.today(), facts.dated_on),
        },
        {"deposit": facts.number, **(fixed or {})},
        name=use_case,
        text=f"{words} {more}".strip(),
        yes=yes,
        currency=facts.currency,
        on_done=lambda outcome: ctx.notices.toast(
            _("{number}: {held} is held.").format(**outcome.result), "good"
        ),
        **options,
    )


# Money of one customer for another


def transfer(ctx: Context, parent: QWidget, facts: Facts) -> ActionDialog:
    """Lets what is free of a payment or credit note settle what another customer owes."""
    key = "credit" if facts.kind == "credit" else "payment"
    return open_action(
        ctx,
        parent,
        _("Use {number} for another customer").format(number=facts.number),
        "transfer.record",
        (CUSTOMER, required(AMOUNT), _ON, *optional((NOTE,))),
        {
            "amount": money.to_decimal(facts.open_minor, facts.currency),
            "date": max(clock.today(), facts.dated_on),
        },
        {key: facts.number, "allocate": "oldest"},
        name="transfer",
        text=_(
            "{amount} of {name} is not used. What the other customer owes is settled with it, oldest first; the rest"
            " becomes his credit."
        ).format(amount=amount_text(facts.open_minor, facts.currency), name=facts.customer_name),
        yes=_("Transfer"),
        currency=facts.currency,
        on_done=lambda outcome: ctx.notices.toast(
            _("{number}: {allocated} settled, {credit} to his credit.").format(**outcome.result), "good"
        ),
    )


def load_open_invoices(
    ctx: Context, dialog: ActionDialog, name: str, facts: Facts, *, customer: str = "", without: str = ""
) -> None:
    """Fills a choice of the dialog with the customer's open documents, the oldest first."""

    def work(connection: Any) -> Any:
        from crmdesk.services import payment_plan

        return payment_plan.of_customer(connection, customer or facts.customer, currency=facts.currency)

    def done(plan: Any) -> None:
        open_now = [entry for entry in plan.documents if entry.number != without]
        choices = [
            Choice(entry.number, f"{entry.number} · {amount_text(entry.open_minor, plan.currency)}")
            for entry in open_now
        ]
        dialog.form.use_choices(name, choices)
        if not choices:
            dialog.banner.show_message(_("Nothing else of this customer is open."), "info")
            dialog.yes_button.setEnabled(False)
            dialog.refit()
            return
        dialog.form.editor(name).set_value(choices[0].value)
        given = dialog.form.value("amount")
        if given is not None:
            most = money.to_decimal(open_now[0].open_minor, plan.currency)
            dialog.form.editor("amount").set_value(min(given, most))
        dialog.form.mark_clean()

    ctx.read(work, owner=dialog, on_done=done)
