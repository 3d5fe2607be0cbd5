"""Taking back what belongs to a document, from the list beside it: whatever it is, one key and one dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.models import clock, money
from crmdesk.models.fields import Field, Kind, optional, required
from crmdesk.models.specs.documents import AMOUNT, BILL_EVENTS, DATE, REASON
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import payment_actions, set_aside_actions
from crmdesk.ui.dialogs.action_form import ActionDialog, open_action, rate_fields

if TYPE_CHECKING:
    from crmdesk.services.document_facts import Facts, Link

_TO = Field("to", Kind.CHOICE, N_("To invoice"), required=True)
_WAYS = {
    "refund": ("refund.reverse", "refund", N_("The customer's credit is there again from that date on.")),
    "writeoff": ("writeoff.reverse", "writeoff", N_("What was written off is open again from that date on.")),
    "recovery": (
        "writeoff.recovery_reverse",
        "recovery",
        N_("The money is gone again from that date on; it may still be recovered."),
    ),
    "transfer": (
        "transfer.reverse",
        "transfer",
        N_("What it settled is open again, and the money is the payer's credit again."),
    ),
    "transfer_out": (
        "transfer.reverse",
        "transfer",
        N_("What it settled is open again, and the money is the payer's credit again."),
    ),
    **{
        kind: ("deposit.undo", "entry", N_("The deposit is held again from that date on."))
        for kind in ("deposit_return", "deposit_kept", "deposit_applied")
    },
}
"""Kind -> use case, its field, what it means."""
_SETTLING = ("invoice", "opening", "payment", "credit")


def reverse(ctx: Context, parent: QWidget, kind: str, number: str, dated_on: Any) -> ActionDialog:
    """Reverses a refund, write-off, recovery, transfer or a use of a deposit, dated and with its reason."""
    use_case, key, text = _WAYS[kind]
    return open_action(
        ctx,
        parent,
        _("Reverse {number}").format(number=number),
        use_case,
        (DATE, required(REASON)),
        {"date": max(clock.today(), dated_on)},
        {key: number},
        name="reverse",
        text=_(text),
        yes=_("Reverse"),
        kind="danger",
        on_done=lambda _outcome: ctx.notices.toast(_("{number} is reversed.").format(number=number)),
    )


def take_back(ctx: Context, parent: QWidget, facts: Facts, link: Link) -> ActionDialog | None:
    """Opens what takes a linked document back: an allocation is released, everything else reversed.

    A transfer beside what it settled is an allocation; it is reversed at its own place.
    """
    if facts.is_reversed or link in facts.chain:
        return None
    if link.kind == "discount":
        # It goes back whole with what its payment settles of its invoice, however little of that is released.
        settled = next((one for one in facts.links if one.number == link.of and one.kind != link.kind), None)
        return payment_actions.release_between(ctx, parent, facts, settled) if settled is not None else None
    if link.kind in _SETTLING or (link.kind == "transfer" and facts.kind in ("invoice", "opening")):
        if facts.kind in ("writeoff", "deposit_applied"):
            return reverse(ctx, parent, facts.kind, facts.number, link.dated_on)
        return payment_actions.release_between(ctx, parent, facts, link)
    if link.kind in BILL_EVENTS:
        return set_aside_actions.undo_bill(ctx, parent, facts)
    if link.kind in _WAYS:
        return reverse(ctx, parent, link.kind, link.number, link.dated_on)
    return None


def can_move(link: Link | None) -> bool:
    """Whether what this entry says may be allocated to another invoice in one step."""
    return link is not None and link.kind in ("invoice", "opening")


def reallocate(ctx: Context, parent: QWidget, facts: Facts, link: Link) -> ActionDialog:
    """Lets a payment settle another invoice instead, released and allocated again in one step."""
    dialog = open_action(
        ctx,
        parent,
        _("Move from {invoice} to another invoice").format(invoice=link.number),
        "payment.reallocate",
        (_TO, *optional((AMOUNT, DATE))),
        {"amount": money.to_decimal(link.amount_minor, facts.currency), "date": clock.today()},
        {"payment": facts.number, "from": link.number},
        name="reallocate",
        text=_("{number} settles {amount} of {invoice}. What is moved is open there again.").format(
            number=facts.number, amount=amount_text(link.amount_minor, facts.currency), invoice=link.number
        ),
        yes=_("Move"),
        currency=facts.currency,
        on_done=lambda outcome: ctx.notices.toast(
            _("{amount} settles {number} now.").format(
                amount=outcome.result["amount"], number=outcome.result["to"]["invoice"]
            ),
            "good",
        ),
    )
    set_aside_actions.load_open_invoices(ctx, dialog, "to", facts, without=link.number)
    return dialog


def recover(ctx: Context, parent: QWidget, facts: Facts) -> ActionDialog:
    """Money came in for something written off before."""
    dialog = open_action(
        ctx,
        parent,
        _("Recovery of {number}").format(number=facts.number),
        "writeoff.recover",
        (required(AMOUNT), set_aside_actions.ACCOUNT, DATE, *rate_fields(facts, is_new_money=True)),
        {
            "amount": money.to_decimal(facts.open_minor, facts.currency),
            "date": max(clock.today(), facts.dated_on),
        },
        {"writeoff": facts.number},
        name="recover",
        text=_("{amount} was given up and not recovered. What comes in now is other income.").format(
            amount=amount_text(facts.open_minor, facts.currency)
        ),
        yes=_("Recover"),
        currency=facts.currency,
        to_arguments=payment_actions.with_method,
        on_done=lambda outcome: ctx.notices.toast(
            _("{number} is recorded; {left} is left to recover.").format(**outcome.result), "good"
        ),
    )
    payment_actions.load_accounts(ctx, dialog.form, "bank", without=("bill",))
    return dialog
