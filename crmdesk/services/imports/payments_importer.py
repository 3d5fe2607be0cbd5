"""Rows of payments: one payment a row, allocated to the invoices it names, by a mode, or not at all."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict
from crmdesk.models.tables.documents import payment as payment_table
from crmdesk.services import customers, payments, posted
from crmdesk.services.imports.columns import own_values
from crmdesk.services.imports.documents import DocumentsImporter, RowRefused, Sheaf
from crmdesk.services.imports.plan import PlannedRow, Values
from crmdesk.services.open_items import DEBIT_KINDS
from crmdesk.services.posted import Posted
from crmdesk.text import _

_SEPARATORS = re.compile(r"[,，;；、|\s]+")
_FIELDS = ("date", "amount", "method", "account", "reference", "payer", "fee", "discount", "currency", "note")


_NOT_IN_FILES: Values = {"on_behalf": None, "rounding": None, "bill": None}
"""What a payment may have and a file of payments has no column for."""


class PaymentsImporter(DocumentsImporter):
    """Records payments."""

    posted_kind = "payment"

    def content(self, sheaf: Sheaf) -> tuple[Any, ...]:
        """Customer, date, amounts, and whatever the row says of where the money came from."""
        values = sheaf.first.values
        amounts = (values.get(name) for name in ("amount", "fee", "discount"))
        texts = (None if amount is None else f"{amount.normalize(money.EXACT):f}" for amount in amounts)
        more = (values.get(name) for name in ("currency", "method", "reference", "payer", "invoice"))
        return (sheaf.customer, str(values.get("date")), *texts, *more)

    def prepare(self, sheaves: list[Sheaf]) -> None:
        """Looks up the invoices that a block names."""
        numbers = {number for sheaf in sheaves for number in self._invoices(sheaf.first)}
        posted.prefetch(self.unit, DEBIT_KINDS, numbers)
        debits = (posted.look_up(self.unit, DEBIT_KINDS, number) for number in numbers)
        self.unit.open_items.prefetch([debit.id for debit in debits if debit is not None])

    def customer_of(self, sheaf: Sheaf) -> str:
        """The customer that the row names, or the one of its invoice."""
        row = sheaf.first
        numbers = self._invoices(row)
        if "customer" not in row.values and numbers:
            debit = posted.find(self.unit, DEBIT_KINDS, numbers[0], "invoice")
            return self.parties.code_of_id(debit.customer_id)
        return super().customer_of(sheaf)

    @staticmethod
    def _invoices(row: PlannedRow) -> list[str]:
        written = row.values.get("invoice", "")
        return list(dict.fromkeys(part for part in _SEPARATORS.split(written) if part))

    def book(self, sheaf: Sheaf) -> str:
        """Records the payment."""
        row = sheaf.first
        values: Values = _NOT_IN_FILES | {name: row.values.get(name) for name in _FIELDS}
        if values["amount"] is None:
            raise RowRefused(
                row, Code.REQUIRED, _("The row has no amount."), "amount", _("Fill in the amount.")
            )
        values |= {"customer": sheaf.customer, "number": sheaf.number, "allocate": self._allocate(row, sheaf)}
        values["fields"] = own_values(row.values) or None
        return payments.record(self.unit, **values)["number"]

    def _allocate(self, row: PlannedRow, sheaf: Sheaf) -> Any:
        """Parts for the invoices named, in their order; what is left becomes customer credit."""
        numbers = self._invoices(row)
        if not numbers:
            return row.values.get("allocate", "none")
        customer = customers.find(self.unit, sheaf.customer)
        currency = row.values.get("currency") or customer.currency
        left = money.to_minor(row.values["amount"] + row.values.get("discount", Decimal(0)), currency)
        on = row.values.get("date") or clock.today()
        parts = []
        for number in numbers:
            debit = posted.find(self.unit, DEBIT_KINDS, number, "invoice")
            posted.require_live(debit, "invoice")
            if debit.customer_id != customer.id or debit.currency != currency:
                return [
                    {"invoice": debit.number, "amount": money.plain(left, currency)}
                ]  # refused, with the reason
            room = self.unit.open_items.least_open(self.unit.open_items.get(debit), max(on, debit.dated_on))
            if room <= 0:
                raise Conflict(
                    Code.OVER_ALLOCATED,
                    _("{number} has nothing open any more.").format(number=debit.number),
                    field="invoice",
                    hint=_("Leave the invoice out to keep the payment as customer credit."),
                )
            part = min(room, left)
            if part:
                parts.append({"invoice": debit.number, "amount": money.plain(part, debit.currency)})
            left -= part
        return parts

    def is_equal(self, sheaf: Sheaf, found: Posted) -> bool:
        """Whether the payment of this number says the same; how it is allocated by now does not matter."""
        values = sheaf.first.values
        row: Any = self.unit.execute(
            select(payment_table).where(payment_table.c.document_id == found.id)
        ).one()
        if customers.find(self.unit, sheaf.customer).id != found.customer_id:
            return False
        amounts = (("amount", row.received_minor), ("fee", row.fee_minor), ("discount", found.discount_minor))
        for name, stored in amounts:
            if name in values and money.to_minor(values[name], found.currency, name) != stored:
                return False
        plain = (
            ("date", found.dated_on),
            ("currency", found.currency),
            ("method", row.method),
            ("payer", row.payer),
        )
        return all(values.get(name, stored) == stored for name, stored in plain)

    def place_of(self, sheaf: Sheaf, field_name: str) -> tuple[PlannedRow, str]:
        """A refused allocation is about the invoice column."""
        if field_name.startswith("allocate"):
            return sheaf.first, "invoice" if "invoice" in sheaf.first.values else "allocate"
        return super().place_of(sheaf, field_name)
