"""Rows of opening balances: one item a row, an amount (negative is a credit) or debit and credit columns."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from crmdesk.models import money
from crmdesk.models.errors import Code
from crmdesk.services import customers, openings
from crmdesk.services.imports.documents import DocumentsImporter, RowRefused, Sheaf
from crmdesk.services.imports.plan import PlannedRow
from crmdesk.services.posted import Posted
from crmdesk.text import _


class OpeningsImporter(DocumentsImporter):
    """Records opening balances."""

    posted_kind = "opening"

    def content(self, sheaf: Sheaf) -> tuple[Any, ...]:
        """Customer, date, amount and currency."""
        values = sheaf.first.values
        amounts = (values.get(name) for name in ("amount", "debit", "credit"))
        texts = (None if amount is None else f"{amount.normalize(money.EXACT):f}" for amount in amounts)
        return (sheaf.customer, str(values.get("date")), *texts, values.get("currency"))

    def _amount(self, row: PlannedRow) -> Decimal:
        values = row.values
        debit, credit = values.get("debit") or Decimal(0), values.get("credit") or Decimal(0)
        if debit and credit:
            raise RowRefused(
                row,
                Code.BOTH_SIDES,
                _("Debit and credit are both filled in; a balance is one or the other."),
                "credit",
                _("Write the balance on one side, or each in a row of its own."),
            )
        if debit or credit:
            return debit - credit
        if "amount" not in values:
            raise RowRefused(
                row, Code.REQUIRED, _("The row has no amount."), "amount", _("Fill in the amount.")
            )
        return values["amount"]

    def book(self, sheaf: Sheaf) -> str:
        """Records the item."""
        row = sheaf.first
        values = row.values
        return openings.record(
            self.unit,
            customer=sheaf.customer,
            date=values.get("date"),
            amount=self._amount(row),
            due=values.get("due"),
            number=sheaf.number,
            currency=values.get("currency"),
            note=values.get("note"),
        )["number"]

    def is_equal(self, sheaf: Sheaf, found: Posted) -> bool:
        """Whether the opening item of this number says the same."""
        row = sheaf.first
        if customers.find(self.unit, sheaf.customer).id != found.customer_id:
            return False
        for name, stored in (("date", found.dated_on), ("due", found.due_on), ("currency", found.currency)):
            if row.values.get(name, stored) != stored:
                return False
        return money.to_minor(self._amount(row), found.currency) == found.effect_minor
