"""抹零 in quick payment: what is odd about the amount becomes a settlement discount, by one key and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmdesk.models import money
from crmdesk.text import _
from crmdesk.ui.book_list import amount_text

if TYPE_CHECKING:
    from crmdesk.services.payment_plan import Plan
    from crmdesk.ui.dialogs.quick_payment import QuickPayment


class Rounding:
    """F8 of a `QuickPayment`."""

    def __init__(self, payment: QuickPayment) -> None:
        self._payment = payment
        self._given_minor = 0

    def take_back(self) -> bool:
        """Takes the discount back; False when none was given."""
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
