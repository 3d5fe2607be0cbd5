"""What can be imported through the dialog, and which rows of it."""

from __future__ import annotations

from crmdesk.models.fields import Choice
from crmdesk.text import N_

ARCHIVE, BANK, CONTACTS = "archive", "bank", "contacts"
KINDS = (
    Choice("customers", N_("Customers")),
    Choice(ARCHIVE, N_("Customer archive workbook")),
    Choice(CONTACTS, N_("Contacts (table or vCard)")),
    Choice("products", N_("Products")),
    Choice("opening-balances", N_("Opening balances")),
    Choice("invoices", N_("Invoices")),
    Choice("payments", N_("Payments")),
    Choice("activities", N_("Activities")),
    Choice(BANK, N_("Bank statement")),
)
MODES = (
    Choice("create", N_("Only new ones")),
    Choice("upsert", N_("New ones and changes")),
    Choice("update", N_("Only changes")),
)
USUAL_MODE = {ARCHIVE: "upsert", CONTACTS: "upsert"}
"""What comes out of the program or a phone's address book comes back changed; of others only new rows are taken."""
