"""What can be imported through the dialog, and which rows of it."""

from __future__ import annotations

from crmdesk.models.fields import Choice
from crmdesk.text import N_

BANK = "bank"
KINDS = (
    Choice("customers", N_("Customers")),
    Choice("products", N_("Products")),
    Choice("opening-balances", N_("Opening balances")),
    Choice("invoices", N_("Invoices")),
    Choice("payments", N_("Payments")),
    Choice(BANK, N_("Bank statement")),
)
MODES = (
    Choice("create", N_("Only new ones")),
    Choice("upsert", N_("New ones and changes")),
    Choice("update", N_("Only changes")),
)
