"""What is done with requests, tax invoices and red-letter confirmations; each one is one use case."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QHBoxLayout, QWidget

from crmdesk.models import clock, money
from crmdesk.models.fields import Field, Kind, required
from crmdesk.models.specs import fapiao as specs
from crmdesk.models.specs.documents import DATE, NOTE, REASON
from crmdesk.text import N_, _
from crmdesk.ui import fapiao_words as words
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.copy_panel import CopyPanel
from crmdesk.ui.dialogs.action_form import ActionDialog, open_action, present
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.fapiao_facts import ConfirmationFacts, FapiaoFacts, RequestFacts
    from crmdesk.services.use_cases import Outcome

_NOTE = replace(NOTE, kind=Kind.TEXT)
_DATE = replace(DATE, required=True)
COPY_TITLE = N_("For the tax platform")


class IssueDialog(ActionDialog):
    """Left what the tax platform asks for, right the number that it gives back."""

    def __init__(self, ctx: Context, parent: QWidget, facts: RequestFacts) -> None:
        has_code = facts.medium != specs.DIGITAL and facts.kind != specs.RECEIPT
        fields: list[Field] = [specs.NUMBER]
        if has_code:
            fields.insert(0, required(specs.CODE))
        total = replace(specs.TOTAL, required=True)
        self.fields = (*fields, _DATE, total, _NOTE)
        super().__init__(
            ctx,
            parent,
            _("Issue {number}").format(number=facts.number),
            "fapiao.issue",
            self.fields,
            {"date": clock.today(), "total": money.to_decimal(facts.home_total_minor, facts.home_currency)},
            {"request": facts.number},
            name="fapiaoIssue",
            text=_(
                "Issue it on the tax platform with the fields on the left, then write down the number it was given."
            ),
            yes=_("Record the number"),
            on_done=lambda outcome: _issued(ctx, outcome, facts.home_currency),
            width=104,
            columns_max=1,
        )
        self.subtitle.setText(f"{facts.customer_name} · {words.kind_words(facts.kind, facts.medium)}")
        self.subtitle.setVisible(True)
        from crmdesk.services import fapiao_copy

        self.panel = CopyPanel("fapiaoIssue.copy", COPY_TITLE, self)
        copied = fapiao_copy.copy_fields(facts)
        self.panel.set_fields(copied.fields, copied.text)
        self.panel.list.setMinimumHeight(theme().metrics.row * 7)
        self.body.removeWidget(self.form)
        row = QHBoxLayout()
        row.setSpacing(theme().metrics.space(5))
        row.addWidget(self.panel, 5)
        row.addWidget(self.form, 4)
        self.body.addLayout(row, 1)


def issue(ctx: Context, parent: QWidget, facts: RequestFacts) -> IssueDialog:
    """Writes down the number a request was issued with."""
    dialog = IssueDialog(ctx, parent, facts)
    present(dialog, dialog.fields, facts.home_currency)
    return dialog


def _issued(ctx: Context, outcome: Outcome, currency: str) -> None:
    result = outcome.result
    record_id = int(result["fapiao"])
    ctx.notices.toast(
        _("Tax invoice {number} over {amount} is recorded.").format(
            number=result["number"],
            amount=amount_text(money.to_minor(Decimal(result["total"]), currency), currency),
        ),
        "good",
        _("Show"),
        lambda: ctx.go("invoices", fapiao=record_id),
    )


def refuse(ctx: Context, parent: QWidget, facts: RequestFacts) -> ActionDialog:
    """Finance refuses a request."""
    return _end(ctx, parent, facts, "refuse", _("Refuse {number}"), _("Refuse"))


def withdraw(ctx: Context, parent: QWidget, facts: RequestFacts) -> ActionDialog:
    """Whoever asked takes the request back."""
    return _end(ctx, parent, facts, "withdraw", _("Withdraw {number}"), _("Withdraw"))


def _end(ctx: Context, parent: QWidget, facts: RequestFacts, how: str, title: str, yes: str) -> ActionDialog:
    return open_action(
        ctx,
        parent,
        title.format(number=facts.number),
        f"fapiao.{how}",
        (required(REASON), _DATE),
        {"date": clock.today()},
        {"request": facts.number},
        name=f"fapiao{how.capitalize()}",
        text=_("Its {amount} can be asked for again afterwards.").format(
            amount=amount_text(facts.total_minor, facts.currency)
        ),
        yes=yes,
        kind="danger",
    )


def deliver(ctx: Context, parent: QWidget, facts: FapiaoFacts) -> ActionDialog:
    """Notes when and how a tax invoice was handed over."""
    profile = facts.profile
    channel, to = specs.DELIVER[2], specs.DELIVER[3]
    is_mail = bool(profile.get("email"))
    return open_action(
        ctx,
        parent,
        _("Deliver {number}").format(number=facts.link.number),
        "fapiao.deliver",
        (_DATE, required(channel), to),
        {
            "date": clock.today(),
            "channel": "email" if is_mail else "wechat",
            "to": profile.get("email") or profile.get("recipient") or "",
        },
        {"fapiao": words.named(facts.link)},
        name="fapiaoDeliver",
        yes=_("Note the delivery"),
        on_done=lambda _outcome: ctx.notices.toast(
            _("The delivery of {number} is noted.").format(number=facts.link.number)
        ),
    )


def void(ctx: Context, parent: QWidget, facts: FapiaoFacts) -> ActionDialog:
    """Voids a paper tax invoice in its month."""
    return open_action(
        ctx,
        parent,
        _("Void {number}").format(number=facts.link.number),
        "fapiao.void",
        (_DATE, required(REASON)),
        {"date": max(clock.today(), facts.link.dated_on)},
        {"fapiao": words.named(facts.link)},
        name="fapiaoVoid",
        text=_("Its request waits for a number again. Nothing changes in what the customer owes."),
        yes=_("Void"),
        kind="danger",
    )


def open_confirmation(
    ctx: Context, parent: QWidget, facts: FapiaoFacts, reason: str = specs.WRONG_DETAILS
) -> ActionDialog:
    """Opens a red-letter confirmation, which the other side confirms within 72 hours."""
    by, amount, number, note = (
        next(field for field in specs.OPEN_CONFIRMATION if field.name == name)
        for name in ("by", "amount", "number", "note")
    )
    dialog = open_action(
        ctx,
        parent,
        _("Red-letter confirmation for {number}").format(number=words.grouped(facts.link.number)),
        "red_confirmation.open",
        (
            replace(specs.RED_REASON, choices=words.REASONS),
            required(by),
            replace(amount, help=_("Left empty, all that is not red yet.")),
            replace(number, label=N_("Number of the confirmation")),
            replace(note, kind=Kind.TEXT),
        ),
        {"reason": reason, "by": "seller"},
        {"fapiao": words.named(facts.link)},
        name="fapiaoConfirmation",
        width=84,
        text=_("{amount} is not red yet. The other side has {hours} hours to confirm.").format(
            amount=words.left(facts), hours=specs.CONFIRMATION_HOURS
        ),
        yes=_("Open the confirmation"),
        currency=facts.link.currency,
        on_done=lambda outcome: ctx.notices.toast(
            _("The red-letter confirmation {number} waits for the other side.").format(
                number=outcome.result["number"]
            )
        ),
    )  # fmt: skip

    def follow(name: str) -> None:
        if name in ("", "reason"):
            dialog.form.show_field("amount", dialog.form.value("reason") != specs.WRONG_DETAILS)
            dialog.refit()

    dialog.form.changed.connect(follow)
    follow("")
    return dialog


def confirm(ctx: Context, owner: QWidget, slip: ConfirmationFacts) -> None:
    """The other side confirmed."""
    ctx.run_use_case(
        "red_confirmation.confirm",
        {"confirmation": slip.number},
        owner=owner,
        on_done=lambda _outcome: ctx.notices.toast(
            _("{number} is confirmed; the red tax invoice may be issued now.").format(number=slip.number)
        ),
    )


def end_confirmation(ctx: Context, parent: QWidget, slip: ConfirmationFacts, how: str) -> ActionDialog:
    """The other side refused it, or whoever opened it takes it back (`how`: refuse, withdraw)."""
    title, yes = (
        (_("Refused: {number}"), _("Refused")) if how == "refuse" else (_("Withdraw {number}"), _("Withdraw"))
    )
    return open_action(
        ctx,
        parent,
        title.format(number=slip.number),
        f"red_confirmation.{how}",
        (required(REASON),),
        {},
        {"confirmation": slip.number},
        name=f"fapiaoConfirmation{how.capitalize()}",
        yes=yes,
        kind="danger",
    )


def number_shown(facts: Any) -> str:
    """The number of a tax invoice in groups, its code in front."""
    link = facts.link
    return " / ".join(filter(None, (link.code, words.grouped(link.number))))
