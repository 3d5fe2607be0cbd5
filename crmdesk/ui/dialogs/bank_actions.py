"""What can be done with a bank line besides booking it as suggested: tie, pay back, set aside, take a fee back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.models import clock
from crmdesk.models.fields import Choice, Field, Kind, required
from crmdesk.models.specs.documents import CUSTOMER, DATE, REASON
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.action_form import Arguments, open_action
from crmdesk.ui.document_words import kind_words

if TYPE_CHECKING:
    from crmdesk.services.banking.desk import LineFacts, Offer
    from crmdesk.services.use_cases import Outcome

Done = Callable[["Outcome"], object]
_PAYER = Field("name", Kind.TEXT, N_("Payer"))
_ACCOUNT = Field("account", Kind.TEXT, N_("Account of the payer"))


def link(ctx: Context, parent: QWidget, facts: LineFacts, on_done: Done, chosen: str = "") -> None:
    """Asks which payment or refund of the same amount the line is; `chosen` is a number to begin with."""
    line = facts.line
    is_in = line.amount_minor > 0

    def work(connection: Any) -> list[Offer]:
        from crmdesk.services.banking import desk

        return desk.linkable(connection, line)

    def done(offers: list[Offer]) -> None:
        if not offers:
            words = (
                N_("No payment of {amount} on this account waits for a line.")
                if is_in
                else N_("No refund of {amount} on this account waits for a line.")
            )
            ctx.notices.toast(_(words).format(amount=_amount(facts)), "warn")
            return
        open_action(
            ctx,
            parent,
            _("Which payment is it?") if is_in else _("Which refund is it?"),
            "bank.link",
            (_offered(N_("Payment") if is_in else N_("Refund"), offers),),
            {"document": _first(offers, chosen)},
            {"line": line.id},
            name="bankLink",
            text=_("It was entered already. The line is tied to it and nothing is booked twice."),
            yes=_("Tie"),
            to_arguments=_with_document,
            on_done=on_done,
        )

    ctx.read(work, owner=parent, on_done=done, replaces="offers")


def refund(
    ctx: Context, parent: QWidget, facts: LineFacts, on_done: Done, customer: str = "", chosen: str = ""
) -> None:
    """Asks what of a customer's credit the line paid back."""
    line = facts.line

    def work(connection: Any) -> list[Offer]:
        from crmdesk.services.banking import desk

        return desk.refundable(connection, line, customer) or desk.refundable(connection, line)

    def done(offers: list[Offer]) -> None:
        if not offers:
            text = _("Nobody has {amount} to his credit on that day. Set the line aside instead.")
            ctx.notices.toast(text.format(amount=_amount(facts)), "warn")
            return
        open_action(
            ctx,
            parent,
            _("Money paid back"),
            "bank.refund",
            (_offered(N_("Paid back from"), offers, has_amount=True), required(REASON)),
            {"document": _first(offers, chosen)},
            {"line": line.id},
            name="bankRefund",
            text=_("{amount} went out on {date}.").format(
                amount=_amount(facts), date=line.booked_on.isoformat()
            ),
            yes=_("Book as refund"),
            to_arguments=_with_document,
            on_done=on_done,
        )

    ctx.read(work, owner=parent, on_done=done, replaces="offers")


def set_aside(ctx: Context, parent: QWidget, facts: LineFacts, on_done: Done) -> None:
    """Asks for the reason, with the usual one filled in."""
    open_action(
        ctx,
        parent,
        _("Set the line aside"),
        "bank.ignore",
        (required(REASON),),
        {"reason": _("Concerns no customer")},
        {"line": facts.line.id},
        name="bankIgnore",
        text=_("Nothing is booked. The line stays in the list and can be taken up again."),
        yes=_("Set it aside"),
        on_done=on_done,
    )


def reverse_entry(ctx: Context, parent: QWidget, number: str, on_done: Done) -> None:
    """Takes a booked fee or interest back."""
    open_action(
        ctx,
        parent,
        _("Reverse {number}").format(number=number),
        "bank.fee_reverse",
        (DATE, required(REASON)),
        {"date": clock.today()},
        {"entry": number},
        name="bankReverse",
        text=_("It stays in the book with a reversal of that date, and the line waits again."),
        yes=_("Reverse"),
        kind="danger",
        on_done=on_done,
    )


def learn(ctx: Context, parent: QWidget, on_done: Done) -> None:
    """Remembers by hand who pays for a customer."""
    open_action(
        ctx,
        parent,
        _("Remember a payer"),
        "bank.learn",
        (CUSTOMER, _PAYER, _ACCOUNT),
        name="bankLearn",
        text=_("Lines of this name or account are suggested for the customer from now on."),
        yes=_("Remember"),
        on_done=on_done,
    )


def _amount(facts: LineFacts) -> str:
    return amount_text(abs(facts.line.amount_minor), facts.line.currency)


def _offered(label: str, offers: Sequence[Offer], *, has_amount: bool = False) -> Field:
    """A choice among documents; the value is kind|number."""
    choices = []
    for one in offers:
        words = [one.number, one.dated_on.isoformat(), one.name]
        if one.kind != "payment" and has_amount:
            words.insert(1, kind_words(one.kind))
        choices.append(Choice(f"{one.kind}|{one.number}", " · ".join(words)))
    return Field("document", Kind.CHOICE, label, required=True, choices=tuple(choices))


def _first(offers: Sequence[Offer], chosen: str) -> str:
    one = next((offer for offer in offers if offer.number == chosen), offers[0])
    return f"{one.kind}|{one.number}"


def _with_document(values: Arguments) -> Arguments:
    kind, _bar, number = str(values.pop("document")).partition("|")
    # an opening balance to the customer's credit is paid back as a credit note is
    values["credit" if kind == "opening" else kind] = number
    return values
