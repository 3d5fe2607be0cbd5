"""The settlement discount of invoices' terms in quick payment: proposed while one types, taken or left by F11."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmdesk.models import discount_terms
from crmdesk.text import _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.dialogs.payment_open_head import way_words

if TYPE_CHECKING:
    from crmdesk.services.payment_plan import OpenDocument, Plan
    from crmdesk.ui.dialogs.quick_payment import QuickPayment


class OfferedDiscount:
    """F11 of a `QuickPayment`. Taken by itself where the amount is exactly what is open less the discount."""

    def __init__(self, payment: QuickPayment) -> None:
        self._payment = payment
        self._wish: bool | None = None
        """What the user chose; None: as the amount says."""
        self._is_taken = False
        self._wish_to_come: bool | None = None

    @property
    def wish(self) -> bool | None:
        """What F11 chose; None: as the amount says."""
        return self._wish if self._wish is not None else self._wish_to_come

    def wish_again(self, wish: bool | None) -> None:
        """What a crash left behind: it holds for the documents that are read next."""
        self._wish_to_come = wish

    def forget(self) -> None:
        """Other documents: nothing is chosen, but what comes with them out of the journal."""
        self._wish, self._is_taken = self._wish_to_come, False
        self._wish_to_come = None

    def minor(self) -> int:
        """What is taken of the documents chosen, in minor units."""
        return sum(self._of_parts(with_late=True).values()) if self._is_taken else 0

    def _of_parts(self, *, with_late: bool) -> dict[int, int]:
        """Row -> discount on what is chosen of it."""
        plan = self._payment.plan
        if plan is None:
            return {}
        parts = self._payment.table.documents().parts()
        return {
            row: plan.documents[row].discount_on(part, with_late=with_late) for row, part in parts.items()
        }

    def propose(self, plan: Plan, mode: str) -> None:
        """Chooses documents for what is typed, unless they were chosen by hand: with the discount where it is wished
        for or makes the amount exact."""
        from crmdesk.services import payment_plan

        if mode == "hand":
            self.follow()
            return
        payment = self._payment
        total_minor = payment.minor("amount") + payment.minor("discount") + payment.rounding.cash_minor
        is_free = not payment.minor("discount") and not payment.rounding.cash_minor
        self._is_taken = False
        parts: Mapping[int, int] | None = None
        words = ""
        if is_free and self._wish is not False and total_minor:
            wanted = self._wish is True
            choice, found = payment_plan.choose_less(plan, total_minor, mode, with_late=wanted)
            if wanted or (choice.is_exact and any(part.discount_minor for part in found)):
                self._is_taken = any(part.discount_minor for part in found)
                parts = {part.index: part.settled_minor for part in found}
                words = _("Exact with discount") if choice.is_exact and self._is_taken else way_words(choice)
        if parts is None:
            choice = payment_plan.choose(plan, total_minor, mode)
            parts, words = dict(choice.parts), way_words(choice)
        payment.table.documents().set_parts(parts)
        payment.open_head.say_way(words if total_minor else "")

    def follow(self) -> None:
        """Documents were chosen by hand: taken where it makes the amount exact, or is wished for."""
        payment = self._payment
        if payment.minor("discount") or payment.rounding.cash_minor:
            self._is_taken = False
        elif self._wish is None:
            less = sum(self._of_parts(with_late=False).values())
            chosen = payment.table.documents().total_minor()
            self._is_taken = bool(less) and chosen - less == payment.minor("amount")
        else:
            self._is_taken = self._wish and any(self._of_parts(with_late=True).values())

    def toggle(self) -> None:
        """Takes what is offered, or leaves it."""
        payment = self._payment
        plan = payment.plan
        if plan is None or not (offers := self._offers(plan)):
            payment.tell(_("None of these documents offers a settlement discount."), "info")
            return
        self._wish = not self._is_taken
        if self._wish:
            payment.form.editor("discount").set_value(None)
            payment.rounding.take_back_cash()
            if not payment.has_own_amount:
                self._fill_amount(plan, offers)
                return
        payment.propose()

    def _offers(self, plan: Plan) -> dict[int, OpenDocument]:
        """The documents with an offer, also a late one: of those chosen, or of all while none is."""
        rows = self._payment.table.documents().parts() or range(len(plan.documents))
        return {row: plan.documents[row] for row in rows if plan.documents[row].discount_rate is not None}

    def _fill_amount(self, plan: Plan, offers: Mapping[int, OpenDocument]) -> None:
        """Nothing typed: what the chosen documents, or those with an offer, come to less the discount."""
        from crmdesk.models import money

        payment = self._payment
        parts = payment.table.documents().parts() or {row: entry.open_minor for row, entry in offers.items()}
        payment.table.documents().set_parts(parts)
        amount = sum(parts.values()) - sum(self._of_parts(with_late=True).values())
        payment.form.editor("amount").set_value(money.to_decimal(amount, plan.currency))
        payment.has_own_amount = True
        payment.propose()

    def show(self) -> None:
        """Says beside the documents what is offered, until when, or how much too late it is."""
        payment = self._payment
        plan = payment.plan
        offers = self._offers(plan) if plan is not None else {}
        if plan is None or not offers:
            payment.open_head.offer_discount("", "")
            return
        currency = plan.currency
        if self._is_taken:
            words = _("Discount {amount} taken (F11)").format(amount=amount_text(self.minor(), currency))
            payment.open_head.offer_discount(words, _("Leave the settlement discount."))
            return
        first = min(offers.values(), key=lambda entry: (entry.discount_late_days > 0, entry.dated_on))
        whole = sum(entry.discount_on(entry.open_minor, with_late=True) for entry in offers.values())
        if first.discount_late_days:
            words = _("Discount {amount}: {days} days too late (F11)")
            tip = _("The last day was {date}. F11 grants it all the same.")
        else:
            words = _("Discount {amount} until {date} (F11)")
            tip = _("Percent off: {percent}. F11 takes it.")
        facts: dict[str, Any] = {
            "amount": amount_text(whole, currency),
            "date": first.discount_until.isoformat() if first.discount_until else "",
            "days": first.discount_late_days,
            "percent": discount_terms.percent(first.discount_rate or Decimal(0)),
        }
        payment.open_head.offer_discount(words.format(**facts), tip.format(**facts))

    def arguments(self) -> dict[str, Any]:
        """What the request has of it."""
        if not self._is_taken:
            return {}
        plan = self._payment.plan
        rows = [row for row, less in self._of_parts(with_late=True).items() if less]
        is_late = plan is not None and any(plan.documents[row].discount_late_days for row in rows)
        reason = {"late_discount": _("Granted in quick payment (F11)")} if is_late else {}
        return {"take_discount": True, **reason}
