"""What the draft journal keeps of a quick payment, and how it comes back after a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmdesk.services.draft_journal import Entry
from crmdesk.ui.context import Context
from crmdesk.ui.form_journal import Keeper, Kept
from crmdesk.ui.kit import form_merge

if TYPE_CHECKING:
    from crmdesk.ui.dialogs.quick_payment import QuickPayment

_TYPED = ("customer", "amount", "reference", "discount")
"""Date and method are filled in by the program: alone they are no work that could be lost."""


class PaymentSafety:
    """Keeps the payment from the first word until it is booked or thrown away."""

    def __init__(self, ctx: Context, payment: QuickPayment) -> None:
        self._payment = payment
        self._keeper = Keeper(ctx, payment, "payment", self._read)
        payment.finished.connect(lambda _code: self._keeper.forget())
        self._keeper.begin()

    def touch(self) -> None:
        """Something of the payment changed, by typing or by a key such as F8."""
        self._keeper.touch()

    def _read(self) -> Kept | None:
        payment = self._payment
        values = payment.form.typed_values()
        if not any(values.get(name) for name in _TYPED):
            return None
        plan, documents = payment.plan, payment.table.documents()
        parts = {documents.document(row).number: part for row, part in documents.parts().items()}
        title = " ".join(
            filter(None, (form_merge.words(payment.form.editor(name)) for name in ("customer", "amount")))
        )
        about = {
            "parts": parts if plan is not None else {},
            "mode": payment.mode,
            "key": payment.key,
            "currency": payment.currency,
            "take_discount": payment.offered.wish,
            "bill": {} if payment.bill.isHidden() else payment.bill.typed_values(),
            "foreign": payment.foreign.form.typed_values(),
            "own": payment.own.typed_values(),
        }
        return Kept(title, values, about)

    def resume(self, entry: Entry) -> None:
        """Shows a payment that a crash left behind."""
        self._keeper.begin(entry=entry)
        about = entry.about
        parts, bill, foreign = about.get("parts"), about.get("bill"), about.get("foreign")
        if isinstance(bill, dict) and bill:
            self._payment.bill.restore(bill)
        if isinstance(about.get("own"), dict):
            self._payment.own.restore(about["own"])
        if isinstance(foreign, dict):
            self._payment.foreign.restore(foreign)
        wish = about.get("take_discount")
        self._payment.offered.wish_again(wish if isinstance(wish, bool) else None)
        self._payment.resume(
            entry.values or {},
            {str(number): int(part) for number, part in parts.items()} if isinstance(parts, dict) else {},
            mode=str(about.get("mode") or ""),
            key=str(about.get("key") or self._payment.key),
            currency=str(about.get("currency") or ""),
        )
