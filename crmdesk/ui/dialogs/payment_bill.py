"""The bill of exchange in quick payment: its fields are there only while the method is “bill”."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crmdesk.models.errors import CrmdeskError, InvalidInput
from crmdesk.models.fields import pick
from crmdesk.models.specs.documents import BILL
from crmdesk.ui.kit.editors import plain
from crmdesk.ui.kit.form import Form

if TYPE_CHECKING:
    from crmdesk.ui.context import Context

METHOD = "bill"
_FIELDS = pick(BILL.fields, "number", "due_on", "issued_on", "drawer", "bank", "kind")


class BillPart(Form):
    """Number and due date are asked for, the rest may follow from the paper at hand."""

    def __init__(self, ctx: Context) -> None:
        fields = [replace(field, width=12) for field in _FIELDS]
        super().__init__(ctx, fields, name="payment.bill", columns_max=3, has_shortcuts=False)
        self.setObjectName("payment.bill")
        self.hide()

    def use_account(self, account: Any) -> bool:
        """Shows the fields while the chosen account (method|code) takes bills; True when that changed."""
        is_bill = str(account or "").partition("|")[0] == METHOD
        if is_bill != self.isHidden():
            return False
        self.setVisible(is_bill)
        return True

    def enter(self, otherwise: Callable[[], object]) -> None:
        """Enter on the last field of the payment goes on to the bill; without one it does something else."""
        if self.isHidden():
            otherwise()
        else:
            self.focus_first()

    def arguments(self) -> dict[str, Any]:
        """What the request has of it. Raises InvalidInput after the errors were shown."""
        if self.isHidden():
            return {}
        values = {name: plain(value) for name, value in self.values().items() if value not in (None, "")}
        return {"bill": values}

    def take_error(self, error: Exception) -> bool:
        """An error of `bill.number` stands under the number."""
        field = getattr(error, "field", None) or ""
        if not isinstance(error, CrmdeskError) or field.partition(".")[0] != METHOD or self.isHidden():
            return False
        if isinstance(error, InvalidInput) and super().take_error(error):
            return True
        name = field.partition(".")[2] or "number"
        self.set_error(name if name in self.field_names() else "number", error.message)
        return True
