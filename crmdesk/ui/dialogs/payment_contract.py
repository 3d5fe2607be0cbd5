"""The contract that a payment comes for, asked only of a customer who has contracts running; and the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crmdesk.models import money
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.text import N_
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.kit.form import Form

if TYPE_CHECKING:
    from crmdesk.services.payment_plan import Plan, RunningContract

CONTRACT = Field("contract", Kind.CHOICE, N_("Contract"), help=N_("Then only its invoices are settled."))


class ContractChoice:
    """The field `contract` of the quick payment: hidden while there is nothing to choose."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self.number = ""
        """The contract chosen; empty for none."""
        form.show_field("contract", False)

    def take(self) -> bool:
        """Takes what was chosen; true when it is another one."""
        chosen = str(self._form.value("contract") or "")
        if chosen == self.number:
            return False
        self.number = chosen
        return True

    def forget(self) -> None:
        """Another customer."""
        self.number = ""

    def show_plan(self, plan: Plan | None) -> None:
        """Offers the contracts of a customer, without counting as typed."""
        contracts = plan.contracts if plan is not None else ()
        self.number = plan.contract if plan is not None else ""
        if plan is not None:
            self._form.use_choices(
                "contract", [Choice(entry.number, _words(entry, plan.currency)) for entry in contracts]
            )
        self._form.editor("contract").set_value(self.number or None)
        self._form.show_field("contract", bool(contracts))


def _words(contract: RunningContract, currency: str) -> str:
    unpaid = amount_text(contract.unpaid_minor, currency)
    return f"{contract.number} · {unpaid}"


def request_of(plan: Plan, values: Mapping[str, Any], parts: Mapping[int, int]) -> dict[str, Any]:
    """What `payment.record` is asked for; `parts` are minor units by the place of the document in the plan."""
    method, _bar, account = str(values["account"]).partition("|")
    arguments: dict[str, Any] = {
        "customer": plan.customer,
        "date": values["date"].isoformat() if values["date"] else None,
        "amount": f"{values['amount']:f}",
        "method": method,
        "account": account or None,
        "reference": values["reference"] or None,
        "discount": f"{values['discount']:f}" if values["discount"] else None,
        "currency": plan.currency,
        "contract": plan.contract or None,
        "allocate": [
            {"invoice": plan.documents[row].number, "amount": money.plain(part, plan.currency)}
            for row, part in sorted(parts.items())
        ],
    }
    return {name: value for name, value in arguments.items() if value is not None}
