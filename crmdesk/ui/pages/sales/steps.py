"""What can be done with a requirement, quote, contract or order, as data: words, key, when, and how.

When a step is possible is read off the declared table of states (`Card.steps_possible`); what the book refuses after
all is said in the dialog, under the field it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from crmdesk.models import clock
from crmdesk.models.fields import Field, optional, pick
from crmdesk.models.specs import agreements as specs
from crmdesk.models.specs.documents import DATE, DUE, REASON
from crmdesk.text import N_, _
from crmdesk.ui.dialogs import quick_payment
from crmdesk.ui.dialogs.action_form import ActionDialog, Arguments, open_action
from crmdesk.ui.dialogs.plan_dialog import open_plan
from crmdesk.ui.pages.sales.words import numbered, state_words

if TYPE_CHECKING:
    from crmdesk.services.agreement_card import Card, PlanShown
    from crmdesk.services.use_cases import Outcome
    from crmdesk.ui.pages.sales.view import AgreementView

_ON = replace(DATE, required=True)
_AFTER_SIGNING = optional(pick(specs.CONTRACT_FIELDS, "title", "ends_on", "signatories", "note"))


class Step(NamedTuple):
    """One command of a kind. `when(card)` shows it; rare ones stand in the menu behind the three dots."""

    name: str
    words: str
    icon: str
    key: str
    run: Callable[[AgreementView, Card], object]
    when: Callable[[Card], bool]
    is_rare: bool = False
    tip: str = ""


# When


def _can_become(state: str) -> Callable[[Card], bool]:
    return lambda card: state in card.steps_possible and card.state != specs.EXPIRED


def can_write(card: Card) -> bool:
    """Whether its editor may be opened: what was sent or signed stays as it is."""
    return card.head.state == specs.FIRST_STATE[card.head.kind] or card.head.state == "quoted"


def _is_open_for_orders(card: Card) -> bool:
    return card.state in ("signed", "running")


def _becomes_one(card: Card) -> bool:
    """An accepted quote becomes one contract or order; a void one does not count."""
    made = (step for step in card.chain if step.kind in (specs.CONTRACT, specs.ORDER))
    return card.state == "accepted" and all(step.state == "void" for step in made)


def present_plan(card: Card) -> PlanShown | None:
    """The plan that counts, if there is one."""
    return next((plan for plan in card.plans if plan.is_present and plan.way != "none"), None)


def _can_plan(card: Card) -> bool:
    if card.head.state not in ("draft", "signed", "running") or card.head.total_minor <= 0:
        return False
    return present_plan(card) is not None or not _is_billed(card)


def _is_billed(card: Card) -> bool:
    return card.money is not None and card.money.billed_minor != 0


def _can_bill_whole(card: Card) -> bool:
    return _is_open_for_orders(card) and present_plan(card) is None and not _is_billed(card)


def _can_bill_order(card: Card) -> bool:
    has_contract = any(step.kind == specs.CONTRACT for step in card.chain)
    return card.state != "void" and not has_contract and not _is_billed(card)


def _can_bill_due(card: Card) -> bool:
    plan = present_plan(card)
    return (
        _is_open_for_orders(card) and plan is not None and any(not part.invoice for part in plan.instalments)
    )


def _can_cancel_plan(card: Card) -> bool:
    return present_plan(card) is not None and not _is_billed(card)


def _can_receive(card: Card) -> bool:
    return (
        card.state in ("signed", "running", "finished")
        and card.money is not None
        and card.money.unpaid_minor > 0
    )


# How


def _act(
    view: AgreementView,
    card: Card,
    use_case: str,
    title: str,
    fields: Sequence[Field],
    *,
    yes: str,
    text: str = "",
    kind: str = "primary",
    values: Arguments | None = None,
    more: Arguments | None = None,
    to_arguments: Callable[[Arguments], Arguments] | None = None,
    on_done: Callable[[Outcome], object] | None = None,
) -> ActionDialog:
    """The dialog of one use case on the card; the version that is shown goes with it."""
    head = card.head
    fixed = {head.kind: numbered(head.number, head.revision), "version": head.version}
    if use_case.startswith("plan.") or head.kind != specs.QUOTE:
        fixed[head.kind] = head.number
    return open_action(
        view.ctx,
        view,
        title.format(number=head.number),
        use_case,
        fields,
        {"date": clock.today(), **(values or {})},
        fixed | (more or {}),
        name=use_case.replace(".", "-"),
        text=text,
        yes=yes,
        kind=kind,
        to_arguments=to_arguments,
        on_done=on_done or (lambda _outcome: _say_state(view, head.number, head.kind, use_case, _outcome)),
    )


def _say_state(view: AgreementView, number: str, kind: str, use_case: str, outcome: Outcome) -> None:
    state = str(outcome.result.get("state", ""))
    words = state_words(kind, state)[0] if state and not use_case.startswith("plan.") else ""
    told = _("{number}: {state}").format(number=number, state=words) if words else _("Saved.")
    view.ctx.notices.toast(told, "good")


def _change(view: AgreementView, card: Card) -> object:
    if can_write(card):
        return view.change_requested.emit(card.head.id)
    shown = {field.name: getattr(card.head, field.name) for field in _AFTER_SIGNING}

    def with_clear(values: Arguments) -> Arguments:
        emptied = [name for name, value in shown.items() if value and name not in values]
        return values | ({"clear": emptied} if emptied else {})

    return _act(
        view,
        card,
        "contract.update",
        _("Change {number}"),
        _AFTER_SIGNING,
        values=shown,
        yes=_("Save"),
        text=_("It is signed: lines and total stay as they are."),
        to_arguments=with_clear,
        on_done=lambda _outcome: view.ctx.notices.toast(_("Saved."), "good"),
    )


def _follow(part: str) -> Callable[[AgreementView, Card], None]:
    """The next paper of the chain, begun with what stands on this one."""
    return lambda view, card: view.ctx.go(
        "sales", part=part, new=True, source=card.head.kind, number=card.head.number
    )


def _send(view: AgreementView, card: Card) -> object:
    text = _("From now on it is not changed any more; a revision makes a new version.")
    return _act(view, card, "quote.send", _("{number} was sent"), (_ON,), text=text, yes=_("Sent"))


def _accept(view: AgreementView, card: Card) -> object:
    text = _("Then a contract or an order is made from it with one click.")
    return _act(view, card, "quote.accept", _("{number} was accepted"), (_ON,), text=text, yes=_("Accepted"))


def _decline(view: AgreementView, card: Card) -> object:
    text = _("It can still be revised and offered again.")
    fields = (_ON, *optional((REASON,)))
    return _act(view, card, "quote.decline", _("{number} was declined"), fields, text=text, yes=_("Declined"))


def _revise(view: AgreementView, card: Card) -> None:
    """Makes the next version and goes on writing it."""

    def done(outcome: Outcome) -> None:
        number = str(outcome.result["number"])
        said = _("{number} has a new version, a draft.").format(number=number)
        view.ctx.notices.toast(said, "good")

        def read(connection: Any) -> int | None:
            from crmdesk.services import agreement_entry

            return agreement_entry.find(connection, specs.QUOTE, number)

        def show(found: int | None) -> None:
            if found is not None:
                view.page.show_record(found)
                view.change_requested.emit(found)

        view.ctx.read(read, owner=view, on_done=show)

    arguments = {"quote": numbered(card.head.number, card.head.revision), "version": card.head.version}
    view.ctx.run_use_case("quote.revise", arguments, owner=view, on_done=done)


def _drop(view: AgreementView, card: Card) -> object:
    fields = (specs.MUST_HAVE_REASON, _ON)
    text = _("Nothing will come of it; it stays in the book.")
    return _act(
        view, card, "requirement.drop", _("Drop {number}"), fields, text=text, yes=_("Drop"), kind="danger"
    )


def _sign(view: AgreementView, card: Card) -> object:
    text = _("Its lines and total are fixed from now on, and it can be billed.")
    return _act(view, card, "contract.sign", _("{number} was signed"), (_ON,), text=text, yes=_("Signed"))


def _finish(view: AgreementView, card: Card) -> object:
    text = _("Nothing more is billed of it. What is open on its invoices stays open.")
    return _act(view, card, "contract.finish", _("Finish {number}"), (_ON,), text=text, yes=_("Finish"))


def _deliver(view: AgreementView, card: Card) -> object:
    return _act(view, card, "order.deliver", _("{number} was delivered"), (_ON,), yes=_("Delivered"))


def _void(view: AgreementView, card: Card) -> object:
    fields = (specs.MUST_HAVE_REASON, _ON)
    text = _("It stays in the book with its number and this reason.")
    name = f"{card.head.kind}.void"
    return _act(view, card, name, _("Void {number}"), fields, text=text, yes=_("Void"), kind="danger")


def _bill_whole(view: AgreementView, card: Card) -> object:
    text = _("An invoice with exactly its lines and amounts is issued.")
    fields = (_ON, *optional((DUE,)))
    name = f"{card.head.kind}.bill"
    return _act(
        view,
        card,
        name,
        _("Bill {number}"),
        fields,
        text=text,
        yes=_("Issue the invoice"),
        on_done=lambda outcome: _say_billed(view, [str(outcome.result["number"])]),
    )


def _bill_due(view: AgreementView, card: Card) -> object:
    until = replace(DUE, label=N_("Due by"), required=True)
    return _act(
        view,
        card,
        "plan.bill",
        _("Bill what is due of {number}"),
        (until, _ON),
        values={"due": clock.today()},
        text=_("One invoice is issued for every instalment that is due by then and not billed yet."),
        yes=_("Issue the invoices"),
        on_done=lambda outcome: _say_billed(view, [entry["invoice"] for entry in outcome.result["invoices"]]),
    )


def bill_one(view: AgreementView, position: int) -> object:
    """Bills one instalment of the present plan."""
    card = view.card
    if card is None or not _is_open_for_orders(card):
        view.ctx.notices.toast(_("Note first that the contract was signed; then it can be billed."), "warn")
        return None
    return _act(
        view,
        card,
        "plan.bill",
        _("Bill instalment {position}").format(position=position) + " · {number}",
        (_ON,),
        more={"instalment": position},
        text=_("Its invoice is due on the instalment's day. Money tied to the contract settles it at once."),
        yes=_("Issue the invoice"),
        on_done=lambda outcome: _say_billed(view, [entry["invoice"] for entry in outcome.result["invoices"]]),
    )


def _say_billed(view: AgreementView, numbers: list[str]) -> None:
    ctx = view.ctx
    if not numbers:
        ctx.notices.toast(_("Nothing is due by then that was not billed."), "info")
        return
    ctx.notices.toast(
        _("{number} is issued.").format(number=", ".join(numbers)),
        "good",
        _("Show"),
        lambda: ctx.go("invoices", kind="invoice", number=numbers[0]),
    )


def _cancel_plan(view: AgreementView, card: Card) -> object:
    fields = (specs.MUST_HAVE_REASON, _ON)
    text = _("It stays readable. The contract can then be changed, or billed as a whole.")
    return _act(
        view,
        card,
        "plan.cancel",
        _("Cancel the plan of {number}"),
        fields,
        text=text,
        yes=_("Cancel the plan"),
        kind="danger",
    )


def _receive(view: AgreementView, card: Card) -> object:
    return quick_payment.open_dialog(view.ctx, view, customer=card.customer, contract=card.head.number)


_PRINT = (
    Step("print", N_("Print"), "printer", "Ctrl+P", lambda view, card: view.print_it(card), lambda _card: True,
         is_rare=True),
    Step("pdf", N_("Save as PDF"), "download", "", lambda view, card: view.save_pdf(card), lambda _card: True,
         is_rare=True),
)  # fmt: skip
_STEPS: dict[str, tuple[Step, ...]] = {
    specs.REQUIREMENT: (
        Step("quote", N_("Make a quote"), "file-text", "Ctrl+Shift+Q", _follow("quotes"),
             lambda card: card.state != "dropped", tip=N_("A quote with what was asked for")),
        Step("edit", N_("Change"), "pencil", "F2", _change, can_write),
        Step("drop", N_("Drop …"), "ban", "Ctrl+Shift+D", _drop, _can_become("dropped"), is_rare=True),
    ),
    specs.QUOTE: (
        Step("edit", N_("Change"), "pencil", "F2", _change, can_write),
        Step("send", N_("Sent …"), "mail", "Ctrl+Shift+S", _send, _can_become("sent"),
             tip=N_("Note that it was sent to the customer")),
        Step("accept", N_("Accepted …"), "check", "Ctrl+Shift+A", _accept, _can_become("accepted"),
             tip=N_("Note that the customer accepted it")),
        Step("contract", N_("Make a contract"), "book", "Ctrl+Shift+C", _follow("contracts"), _becomes_one),
        Step("order", N_("Make an order"), "inbox", "Ctrl+Shift+O", _follow("orders"), _becomes_one),
        Step("revise", N_("Revise"), "refresh-cw", "Ctrl+Shift+R", _revise,
             lambda card: "revised" in card.steps_possible, tip=N_("A new version; this one stays readable")),
        Step("decline", N_("Declined …"), "x", "Ctrl+Shift+D", _decline,
             lambda card: "declined" in card.steps_possible, is_rare=True),
        *_PRINT,
    ),
    specs.CONTRACT: (
        Step("edit", N_("Change"), "pencil", "F2", _change,
             lambda card: card.head.state in ("draft", "signed", "running")),
        Step("sign", N_("Signed …"), "check", "Ctrl+Shift+S", _sign, _can_become("signed"),
             tip=N_("Note that it was signed")),
        Step("plan", N_("Plan …"), "calendar", "Ctrl+Shift+L",
             lambda view, card: open_plan(view.ctx, view, card, present_plan(card)), _can_plan,
             tip=N_("Plan the instalments, or what is not billed of them anew")),
        Step("bill", N_("Bill …"), "receipt", "Ctrl+Shift+I", _bill_whole, _can_bill_whole,
             tip=N_("One invoice for all of it")),
        Step("billDue", N_("Bill …"), "receipt", "Ctrl+Shift+U", _bill_due, _can_bill_due,
             tip=N_("Bill the instalments that are due")),
        Step("receive", N_("Receive"), "banknote", "Ctrl+Shift+M", _receive, _can_receive,
             tip=N_("Record money that came for this contract")),
        Step("order", N_("Make an order"), "inbox", "Ctrl+Shift+O", _follow("orders"), _is_open_for_orders,
             is_rare=True),
        *_PRINT,
        Step("finish", N_("Finish …"), "check-circle", "Ctrl+Shift+E", _finish, _can_become("finished"),
             is_rare=True),
        Step("cancelPlan", N_("Cancel the plan …"), "x", "", _cancel_plan, _can_cancel_plan, is_rare=True),
        Step("void", N_("Void …"), "ban", "", _void, _can_become("void"), is_rare=True),
    ),
    specs.ORDER: (
        Step("edit", N_("Change"), "pencil", "F2", _change, can_write),
        Step("deliver", N_("Delivered …"), "check", "Ctrl+Shift+D", _deliver, _can_become("delivered")),
        Step("bill", N_("Bill …"), "receipt", "Ctrl+Shift+I", _bill_whole, _can_bill_order),
        Step("void", N_("Void …"), "ban", "", _void, _can_become("void"), is_rare=True),
    ),
}  # fmt: skip


def of_kind(kind: str) -> tuple[Step, ...]:
    """The steps of a kind in the order they are shown."""
    return _STEPS[kind]
