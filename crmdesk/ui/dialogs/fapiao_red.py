"""Making a tax invoice red, and issuing it anew: the reason as a sentence, and what it does before OK."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, CrmdeskError, InvalidInput
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs import fapiao as specs
from crmdesk.models.specs.documents import DATE, NOTE, REASON
from crmdesk.text import N_, _
from crmdesk.ui import fapiao_words as words
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import fapiao_actions
from crmdesk.ui.dialogs.action_form import ActionDialog, Arguments, present
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.open_documents import DUE, OPEN, STATE, TOTAL, OpenDocumentsTable

if TYPE_CHECKING:
    from crmdesk.services.fapiao_facts import ConfirmationFacts, FapiaoFacts
    from crmdesk.services.fapiao_plan import RedPlan
    from crmdesk.services.payment_plan import OpenDocument
    from crmdesk.services.use_cases import Outcome

_SLIP = Field("confirmation", Kind.CHOICE, N_("Red-letter confirmation"))
_REASON = Field("reason", Kind.CHOICE, N_("Reason"), choices=words.REASONS, required=True)
_FLAGS = specs.BUYER_FLAGS
_RED_NUMBER = replace(specs.NUMBER, label=N_("Number of the red one"))
_RED_CODE = replace(specs.CODE, label=N_("Code of the red one"))
_NEW_NUMBER = replace(specs.NUMBER, name="new_number", label=N_("Number of the new one"), help="")
_NEW_CODE = replace(specs.CODE, name="new_code", label=N_("Code of the new one"))
_NEW_KIND = replace(specs.KIND, name="new_kind", label=N_("Kind of the new one"), required=True)
_NEW_PROFILE = replace(_SLIP, name="new_profile", label=N_("Billing profile of the new one"), required=True)
_AS_IT_WAS = "="


class _RedBase(ActionDialog):
    """What both dialogs share: the banner that says what will happen, the confirmation where the buyer used it."""

    def __init__(
        self,
        ctx: Context,
        parent: QWidget,
        title: str,
        use_case: str,
        facts: FapiaoFacts,
        slips: Sequence[ConfirmationFacts],
        *,
        name: str,
        yes: str,
        fields: tuple[Field, ...],
        values: Arguments,
    ) -> None:
        self.facts = facts
        self.fields = fields
        self._slips = [slip for slip in slips if slip.state == specs.CONFIRMED]
        super().__init__(
            ctx,
            parent,
            title,
            use_case,
            fields,
            values,
            {"fapiao": words.named(facts.link)},
            name=name,
            yes=yes,
            kind="danger",
            to_arguments=self._arguments,
            on_done=self._say,
            width=92,
        )
        self.subtitle.setText(f"{facts.customer_name} · {words.left(facts)}")
        self.subtitle.setVisible(True)
        self.effect = Banner(f"{name}.effect")
        self.body.insertWidget(self.body.indexOf(self.banner), self.effect)
        self.form.changed.connect(self._changed)

    def left_minor(self) -> int:
        """What of it is not red yet."""
        return self.facts.link.total_minor - self.facts.red_minor

    def _reason(self) -> str:
        return specs.WRONG_DETAILS

    def _changed(self, name: str) -> None:
        del name
        self._offer_slips()
        self.show_effect()
        self.refit()

    def show_effect(self) -> None:
        """Says what OK will do."""

    def _offer_slips(self) -> None:
        """The confirmations of this reason; the only one is chosen."""
        fitting = [slip for slip in self._slips if slip.reason == self._reason()]
        choices = [Choice("", _("None"))]
        choices += [
            Choice(slip.number, f"{slip.number} · {amount_text(slip.total_minor, slip.currency)}")
            for slip in fitting
        ]
        before = str(self.form.value("confirmation") or "")
        self.form.use_choices("confirmation", choices)
        known = {slip.number for slip in fitting}
        chosen = before if before in known else fitting[0].number if len(fitting) == 1 else ""
        self.form.editor("confirmation").set_value(chosen)
        self.form.show_field("confirmation", bool(fitting))

    def _arguments(self, given: Arguments) -> Arguments:
        return given

    def _say(self, outcome: Outcome) -> None:
        raise NotImplementedError

    def _failed(self, error: Exception) -> bool:
        done = super()._failed(error)
        if isinstance(error, CrmdeskError) and error.code is Code.CONFIRMATION_REQUIRED:
            self.banner.show_message(error.message, "warn", _("Open one now"), self._open_confirmation)
            self.refit()
        return done

    def _open_confirmation(self) -> None:
        parent, ctx, facts, reason = self.parentWidget(), self._ctx, self.facts, self._reason()
        self.form.mark_clean()
        self.reject()
        if parent is not None:
            fapiao_actions.open_confirmation(ctx, parent, facts, reason)


class RedDialog(_RedBase):
    """Reason, number and date of the red one; a part of it where the reason allows parts, bill by bill where there
    are several."""

    def __init__(
        self,
        ctx: Context,
        parent: QWidget,
        facts: FapiaoFacts,
        slips: Sequence[ConfirmationFacts],
        reason: str = specs.RETURN,
    ) -> None:
        amount = replace(specs.PART_AMOUNT, help=_("Left empty, all that is not red yet."))
        code = (_RED_CODE,) if facts.medium != specs.DIGITAL else ()
        super().__init__(
            ctx,
            parent,
            _("Make {number} red").format(number=words.grouped(facts.link.number)),
            "fapiao.red",
            facts,
            slips,
            name="fapiaoRed",
            yes=_("Record the red one"),
            fields=(
                _REASON, amount, *code, _RED_NUMBER, replace(DATE, required=True), *_FLAGS, _SLIP,
                replace(NOTE, kind=Kind.TEXT),
            ),
            values={"reason": reason, "date": max(clock.today(), facts.link.dated_on)},
        )  # fmt: skip
        sizes = theme().metrics
        self.table = OpenDocumentsTable(
            "fapiaoRed.invoices",
            N_("Make red"),
            {DUE: N_("Date"), TOTAL: N_("On it"), OPEN: N_("Not red yet"), STATE: N_("State")},
            _room_words,
        )
        self.table.setAccessibleName(_("Invoices on it"))
        self.table.setMaximumHeight(sizes.header + sizes.row * 5)
        self.table.setMinimumHeight(sizes.header + sizes.row * 2)
        self.table.hide()
        self.body.addWidget(self.table)
        self.table.documents().edited.connect(lambda _row: self._changed(""))
        self.table.cut.connect(self._tell_cut)
        self._changed("")
        self._load_bills()

    def _load_bills(self) -> None:
        wanted = self.facts.link.id

        def work(connection: Any) -> RedPlan:
            from crmdesk.services import fapiao_plan

            return fapiao_plan.of_red(connection, wanted)

        def done(plan: RedPlan) -> None:
            if len(plan.documents) > 1:
                model = self.table.documents()
                model.set_plan(plan)
                model.set_parts({row: one.open_minor for row, one in enumerate(plan.documents)})
                self._changed("")

        self._ctx.read(work, owner=self, on_done=done)

    @property
    def _is_by_bill(self) -> bool:
        """Whether every bill has an amount of its own."""
        return self._reason() in specs.POSTS_A_CREDIT_NOTE and self.table.documents().rowCount() > 0

    def _tell_cut(self, row: int) -> None:
        model = self.table.documents()
        one = model.document(row)
        self.banner.show_message(
            _("Only {amount} of {number} is not red yet.").format(
                amount=amount_text(one.open_minor, model.currency), number=one.number
            ),
            "warn",
        )
        self.refit()

    def submit(self) -> None:
        """Takes what is being typed in the table, then sends."""
        delegate: Any = self.table.itemDelegate()
        delegate.settle()
        super().submit()

    def _reason(self) -> str:
        return str(self.form.value("reason") or "")

    def show_effect(self) -> None:
        """A credit note of so much, or nothing."""
        facts, reason = self.facts, self._reason()
        is_part = reason in specs.POSTS_A_CREDIT_NOTE
        is_by_bill = self._is_by_bill
        self.form.show_field("amount", is_part and not is_by_bill)
        self.table.setVisible(is_by_bill)
        currency = facts.link.currency
        given = self.form.value("amount") if is_part and not is_by_bill else None
        model = self.table.documents()
        minor = model.total_minor() if is_by_bill else self.left_minor()
        self.yes_button.setEnabled(bool(minor))
        if given is not None:
            with contextlib.suppress(InvalidInput):  # OK says what is wrong with it
                minor = money.to_minor(given, currency)
        chosen = (
            [model.document(row).number for row in sorted(model.parts())]
            if is_by_bill
            else dict.fromkeys(line.bill for line in facts.lines)
        )
        bills = _(", ").join(chosen)
        if not minor:
            self.effect.show_message(_("Tick at least one invoice"), "info")
        elif is_part:
            text = _("A credit note over {amount} is posted for {bills}: the customer owes that much less.")
            self.effect.show_message(text.format(amount=self._amount_words(minor), bills=bills), "warn")
        else:
            text = _("What the customer owes stays as it is: {amount} of {bills} can be invoiced again.")
            self.effect.show_message(text.format(amount=self._amount_words(minor), bills=bills), "info")

    def _amount_words(self, minor: int) -> str:
        """The amount in the bills' currency and, where they are foreign, what of the tax invoice that is: lines are
        rounded one by one, the answer has it to the cent."""
        facts, link, left = self.facts, self.facts.link, self.left_minor()
        words = amount_text(minor, link.currency)
        if link.home_currency == link.currency or not 0 < minor <= left:
            return words
        home = money.divide_round((link.home_total_minor - facts.home_red_minor) * minor, left)
        return f"{words} ≈ {amount_text(home, link.home_currency)}"

    def _arguments(self, given: Arguments) -> Arguments:
        if given.get("reason") == specs.WRONG_DETAILS or self._is_by_bill:
            given.pop("amount", None)
        if self._is_by_bill:
            model = self.table.documents()
            given["invoices"] = [
                {"invoice": model.document(row).number, "amount": money.plain(part, model.currency)}
                for row, part in sorted(model.parts().items())
            ]
        return given

    def _say(self, outcome: Outcome) -> None:
        ctx, result = self._ctx, outcome.result
        notes = _(", ").join(result.get("credits", ()))
        text = (
            _("Red tax invoice {number} is recorded; credit note {credits} is posted.")
            if notes
            else _("Red tax invoice {number} is recorded.")
        )
        record_id = int(result["fapiao"])
        ctx.notices.toast(
            text.format(number=result["number"], credits=notes),
            "good",
            _("Show"),
            lambda: ctx.go("invoices", fapiao=record_id),
        )


class ReissueDialog(_RedBase):
    """The red one and the new one in one step; no receivable changes."""

    def __init__(
        self, ctx: Context, parent: QWidget, facts: FapiaoFacts, slips: Sequence[ConfirmationFacts]
    ) -> None:
        has_code = facts.medium != specs.DIGITAL
        super().__init__(
            ctx,
            parent,
            _("Issue {number} anew").format(number=words.grouped(facts.link.number)),
            "fapiao.reissue",
            facts,
            slips,
            name="fapiaoReissue",
            yes=_("Record both"),
            fields=(
                replace(REASON, required=True, label=N_("What was wrong")),
                replace(DATE, required=True),
                *((_RED_CODE, _RED_NUMBER, _NEW_CODE, _NEW_NUMBER) if has_code else (_RED_NUMBER, _NEW_NUMBER)),
                _NEW_PROFILE,
                _NEW_KIND,
                *_FLAGS,
                _SLIP,
            ),
            values={
                "date": max(clock.today(), facts.link.dated_on),
                "new_kind": facts.kind,
                "new_profile": _AS_IT_WAS,
            },
        )  # fmt: skip
        self.form.use_choices("new_profile", [Choice(_AS_IT_WAS, self._as_it_was())])
        self._changed("")
        self._load_profiles()

    def _as_it_was(self) -> str:
        return _("As it was: {title}").format(title=self.facts.profile.get("title", ""))

    def _load_profiles(self) -> None:
        customer = self.facts.customer

        def work(connection: object) -> list[Choice]:
            from crmdesk.services import fapiao_plan

            plan = fapiao_plan.of_customer(connection, customer)  # pyright: ignore[reportArgumentType]
            return [
                Choice(str(one.id), " · ".join(filter(None, (one.title, one.tax_number))))
                for one in plan.profiles
                if one.id
            ]

        def done(found: list[Choice]) -> None:
            self.form.use_choices("new_profile", [Choice(_AS_IT_WAS, self._as_it_was()), *found])
            self.form.mark_clean()

        self._ctx.read(work, owner=self, on_done=done)

    def show_effect(self) -> None:
        """Nothing is owed more or less."""
        facts = self.facts
        self.effect.show_message(
            _(
                "{amount} becomes red and is issued again. Payments stay where they are,"
                " and what the customer owes stays as it is."
            ).format(amount=words.left(facts)),
            "info",
        )

    def _arguments(self, given: Arguments) -> Arguments:
        new = {"number": given.pop("new_number", "")}
        for name in ("code", "kind", "profile"):
            value = given.pop(f"new_{name}", None)
            if value and value != _AS_IT_WAS:
                new[name] = value
        if new.get("kind") == self.facts.kind:
            del new["kind"]
        return {**given, "new": new}

    def _failed(self, error: Exception) -> bool:
        if isinstance(error, CrmdeskError) and (error.field or "").startswith("new."):
            error = type(error)(error.code, error.message, field=str(error.field).replace("new.", "new_"))
        return super()._failed(error)

    def _say(self, outcome: Outcome) -> None:
        ctx, result = self._ctx, outcome.result
        record_id = int(result["new"]["fapiao"])
        ctx.notices.toast(
            _("{number} is red, {new} takes its place.").format(
                number=result["original"], new=result["new"]["number"]
            ),
            "good",
            _("Show"),
            lambda: ctx.go("invoices", fapiao=record_id),
        )


def _room_words(one: OpenDocument) -> tuple[str, str]:
    return (_("Partly red"), "warn") if one.is_part_paid else (_("Not red"), "neutral")


def red(
    ctx: Context,
    parent: QWidget,
    facts: FapiaoFacts,
    slips: Sequence[ConfirmationFacts],
    reason: str = specs.RETURN,
) -> RedDialog:
    """Opens the dialog that makes a tax invoice red; `reason` to begin with."""
    dialog = RedDialog(ctx, parent, facts, slips, reason)
    present(dialog, dialog.fields, facts.link.currency)
    return dialog


def reissue(
    ctx: Context, parent: QWidget, facts: FapiaoFacts, slips: Sequence[ConfirmationFacts]
) -> ReissueDialog:
    """Opens the dialog that issues a tax invoice anew."""
    dialog = ReissueDialog(ctx, parent, facts, slips)
    present(dialog, dialog.fields)
    return dialog
