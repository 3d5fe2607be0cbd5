"""The papers that are printed and sent, by the names under which the log of prints keeps them."""

from __future__ import annotations

from crmdesk.models.fields import Choice
from crmdesk.text import N_

PAPER_KINDS = (
    Choice("invoice", N_("Invoice")),
    Choice("delivery-note", N_("Delivery note")),
    Choice("receipt", N_("Receipt")),
    Choice("credit-note", N_("Credit note")),
    Choice("statement", N_("Statement of account")),
    Choice("quote", N_("Quote")),
    Choice("contract", N_("Contract")),
    Choice("fapiao-request", N_("Tax invoice request")),
    Choice("dunning", N_("Payment reminder")),
    Choice("letter", N_("Letter")),
)
CHANNELS = (
    Choice("print", N_("Print")),
    Choice("pdf", N_("PDF")),
    Choice("xlsx", N_("Excel")),
    Choice("picture", N_("Picture")),
    Choice("file", N_("File")),
    Choice("mail", N_("E-mail draft")),
)
