"""The fields of quick payment, and whose invoices the money is for besides the payer's (F10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crmdesk.models.fields import Field, Kind, pick
from crmdesk.models.specs.documents import PAYMENT
from crmdesk.text import N_, _
from crmdesk.ui.dialogs.payment_contract import CONTRACT
from crmdesk.ui.kit.form import Form

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.payment_plan import Plan

_CUSTOMER, _AMOUNT, _DATE, _REFERENCE, _DISCOUNT = pick(
    PAYMENT, "customer", "amount", "date", "reference", "discount"
)
_ACCOUNT = Field("account", Kind.CHOICE, N_("Method / account"), required=True, default="bank|")
OTHER = Field(
    "other",
    Kind.LINK,
    N_("Also pays for (F10)"),
    link="customer",
    help=N_("His invoices are settled too; their part is transferred to him."),
)
FIELDS = (
    _CUSTOMER,
    _AMOUNT,
    _ACCOUNT,
    _DATE,
    _REFERENCE,
    CONTRACT,
    replace(_DISCOUNT, label=N_("Settlement discount (F8)")),
    OTHER,
)


class OtherCustomer:
    """The field `other` of the quick payment: hidden until F10 asks for it."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self.is_shown = False
        """Whether it was asked for."""
        self._show(False)

    def _show(self, is_shown: bool) -> None:
        self.is_shown = is_shown
        self._form.show_field("other", is_shown)

    @property
    def code(self) -> str:
        """Who is paid for; empty for nobody."""
        return str(self._form.value("other") or "")

    def toggle(self) -> bool:
        """Shows the field with the cursor in it, or takes it away; true when somebody is paid for no more."""
        was = self.code
        self._show(not self.is_shown)
        if self.is_shown:
            self._form.focus_field("other")
            return False
        self._form.editor("other").set_value(None)
        self._form.focus_field("amount")
        return bool(was)

    def restore(self) -> None:
        """After a crash: the field is there where something stands in it."""
        self._show(bool(self.code))

    def plan(self, connection: Connection, plan: Plan, code: str, *, is_rated: bool | None) -> Plan:
        """The plan with the other one's documents. Money for a contract is for its own invoices only."""
        if not code or plan.contract:
            return plan
        from crmdesk.services import payment_plan

        return payment_plan.with_other(connection, plan, code, is_rated=is_rated)

    @staticmethod
    def arguments(plan: Plan, parts: Mapping[int, int]) -> dict[str, Any]:
        """What the request says where another one's invoice is settled."""
        return {"on_behalf": True} if any(plan.documents[row].owner for row in parts) else {}


def nothing_words(plan: Plan | None) -> str:
    """What stands where no open documents do."""
    if plan is None:
        return _("Choose a customer: what he owes appears here.")
    return _("Nothing is open. The whole amount becomes credit of the customer.")
