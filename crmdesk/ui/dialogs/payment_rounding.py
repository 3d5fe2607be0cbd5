"""抹零 in quick payment: what is odd about the amount becomes a settlement discount, by one key and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmdesk.models import money
from crmdesk.text import _
from crmdesk.ui.book_list import amount_text

if TYPE_CHECKING:
    from crmdesk.services.payment_plan import Plan
    from crmdesk.ui.context import Context
    from crmdesk.ui.dialogs.quick_payment import QuickPayment


def _cash_rounding(connection: Any) -> str:
    from crmdesk.services import settings

    return settings.load(connection).cash_rounding


class Rounding:
    """F8 of a `QuickPayment`: cash of a book that rounds cash is rounded, any other odd amount given away."""

    def __init__(self, ctx: Context, payment: QuickPayment) -> None:
        self._payment = payment
        self._given_minor = 0
        self.cash_minor = 0
        """What rounding the cash gave away; negative where it took."""
        self._rule = ""
        ctx.read(_cash_rounding, owner=payment, on_done=self._use_rule)

    def _use_rule(self, rule: str) -> None:
        self._rule = rule
        self._payment.show_live()

    def _step(self) -> int:
        """The coin to which cash is rounded here, in minor units; 0: not at all."""
        from crmdesk.services import cash_rounding

        plan = self._payment.plan
        method = str(self._payment.form.value("account") or "").partition("|")[0]
        return (
            cash_rounding.step_minor(self._rule, plan.currency)
            if plan and method == "cash" and self._rule
            else 0
        )

    def _owed(self) -> int:
        """All of the documents that are chosen, or of all of them while nothing is typed."""
        payment = self._payment
        plan = payment.plan
        if plan is None:
            return 0
        parts = payment.table.documents().parts()
        return sum(plan.documents[row].open_minor for row in parts) if parts else plan.open_minor

    def offer(self) -> None:
        """Says what the live line's discount is, and shows the way to rounded cash where it makes a difference."""
        self._payment.live.name_discount(_("Rounding") if self.cash_minor else _("Discount"))
        self._payment.open_head.offer_cash(self.can_round_cash())

    def can_round_cash(self) -> bool:
        """Whether cash rounding makes a difference for what is chosen."""
        step = self._step()
        return bool(step) and not self.cash_minor and self._owed() % step != 0

    def arguments(self, currency: str) -> dict[str, str]:
        """What the request has of it."""
        return {"rounding": money.plain(self.cash_minor, currency)} if self.cash_minor else {}

    def take_back_cash(self) -> None:
        """Another method was chosen: only cash is rounded."""
        if self.cash_minor:
            self.cash_minor = 0
            self._payment.propose()

    def _round_cash(self, plan: Plan, step: int) -> None:
        from crmdesk.services import cash_rounding

        payment = self._payment
        chosen = set(payment.table.documents().parts()) or set(range(len(plan.documents)))
        owed = self._owed()
        amount = cash_rounding.rounded(owed, step)
        if amount == owed or not amount:
            payment.tell(_("There is nothing to round: the amount can be paid in cash as it is."), "info")
            return
        payment.form.editor("discount").set_value(None)
        payment.form.editor("amount").set_value(money.to_decimal(amount, plan.currency))
        payment.has_own_amount = True
        self.cash_minor = owed - amount
        payment.table.documents().set_parts({row: plan.documents[row].open_minor for row in chosen})
        payment.open_head.say_way(_("Cash rounded to {step}").format(step=amount_text(step, plan.currency)))
        payment.show_live()

    def take_back(self) -> bool:
        """Takes the discount or the rounding back; False when none was given."""
        if self.cash_minor:
            self.cash_minor = 0
            return True
        if not self._given_minor:
            return False
        self._given_minor = 0
        self._payment.form.editor("discount").set_value(None)
        return True

    def toggle(self) -> None:
        """Gives the odd amount away; pressed again it is taken back."""
        payment = self._payment
        payment.form.editor("amount").settle()
        plan = payment.plan
        if self.take_back():
            payment.propose()
        elif plan is None or not plan.documents:
            return
        elif step := self._step():
            self._round_cash(plan, step)
        elif payment.minor("amount") == 0:
            self._round_whole(plan)
        else:
            self._round_rest(plan)

    def _round_whole(self, plan: Plan) -> None:
        """Nothing typed: all that is open without its odd part."""
        from crmdesk.services import payment_plan

        payment = self._payment
        odd = payment_plan.odd_part(plan)
        if odd == 0:
            payment.tell(_("What is open has no odd amount."), "info")
            return
        payment.form.editor("amount").set_value(money.to_decimal(plan.open_minor - odd, plan.currency))
        payment.has_own_amount = True
        payment.table.documents().set_parts(
            {row: entry.open_minor for row, entry in enumerate(plan.documents)}
        )
        self._give_away(plan, odd)

    def _round_rest(self, plan: Plan) -> None:
        """The little that would stay open of the documents chosen."""
        from crmdesk.services import payment_plan

        payment = self._payment
        parts = payment.table.documents().parts()
        rest = payment_plan.odd_rest(plan, parts, payment.minor("amount"))
        if rest.amount_minor == 0:
            payment.tell(_("Nothing odd stays open."), "info")
        elif not rest.is_odd:
            payment.tell(
                _(
                    "{amount} would stay open: too much for an odd amount. Type a discount if one was agreed."
                ).format(amount=amount_text(rest.amount_minor, plan.currency)),
                "warn",
            )
            payment.form.focus_field("discount")
        else:
            payment.table.documents().set_parts({row: plan.documents[row].open_minor for row in parts})
            self._give_away(plan, rest.amount_minor)

    def _give_away(self, plan: Plan, minor: int) -> None:
        payment = self._payment
        self._given_minor = minor
        payment.form.editor("discount").set_value(money.to_decimal(minor, plan.currency))
        payment.open_head.say_way(
            _("Odd amount given away: {amount}").format(amount=amount_text(minor, plan.currency))
        )
        payment.show_live()
