"""What is done with an issued document: void it, give up what is open. Each one is one use case."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from crmdesk.models import clock, money
from crmdesk.models.fields import Field, Kind, required
from crmdesk.models.specs.documents import AMOUNT, DATE, GROUNDS, REASON
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import payment_actions
from crmdesk.ui.dialogs.action_form import ActionDialog, Arguments, open_action, rate_fields

if TYPE_CHECKING:
    from crmdesk.services.document_facts import Facts

_GROUND = Field(
    "ground", Kind.CHOICE, N_("Ground"), choices=GROUNDS, required=True, default="small_difference"
)
_PROOF = Field(
    "attachment",
    Kind.FILE,
    N_("Attachment"),
    help=N_("The file that proves it. Needed above the limit in the settings."),
    length_max=4_000,
)


def void(ctx: Context, parent: QWidget, facts: Facts) -> ActionDialog:
    """Voids an invoice, an opening balance or a credit note."""
    key, use_case = ("credit", "credit.void") if facts.kind == "credit" else ("invoice", "invoice.void")
    return open_action(
        ctx,
        parent,
        _("Void {number}").format(number=facts.number),
        use_case,
        (DATE, required(REASON)),
        {"date": facts.back_on(clock.today())},
        {key: facts.number},
        name="void",
        text=_(
            "The document keeps its number and stays in the book with a reversal of that date and your reason."
        )
        + payment_actions.later_words(facts),
        yes=_("Void"),
        kind="danger",
        on_done=lambda _outcome: ctx.notices.toast(_("{number} is void.").format(number=facts.number)),
    )


def write_off(ctx: Context, parent: QWidget, facts: Facts) -> ActionDialog:
    """Gives up (part of) what is open, with its ground."""
    return open_action(
        ctx,
        parent,
        _("Write off {number}").format(number=facts.number),
        "writeoff.record",
        (
            AMOUNT,
            replace(DATE, required=True),
            _GROUND,
            *rate_fields(facts, N_("Left out, the loss is what the invoice stands at.")),
            required(REASON),
            _PROOF,
        ),
        {
            "amount": money.to_decimal(facts.open_minor, facts.currency),
            "date": max(clock.today(), facts.dated_on),
        },
        {"invoice": facts.number},
        name="writeoff",
        text=_("{amount} is open. What is written off is a loss in the ledger; money that comes later is recorded as"
               " a recovery.").format(amount=amount_text(facts.open_minor, facts.currency)),
        yes=_("Write off"),
        to_arguments=_with_proof,
        kind="danger",
        on_done=lambda outcome: ctx.notices.toast(
            _("{number} is written; {amount} stays open.").format(
                number=outcome.result["number"], amount=outcome.result["open"]
            )
        ),
        currency=facts.currency,
    )  # fmt: skip


def _with_proof(values: Arguments) -> Arguments:
    """A request out of the form, whose attachment is a path."""
    path = values.pop("attachment", None)
    return values | ({"attachment": {"file": path}} if path else {})
