"""Fields of recurring invoices."""

from __future__ import annotations

from dataclasses import replace

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs.documents import CURRENCY, CUSTOMER, DISCOUNT, LINES, NOTE, REFERENCE
from crmdesk.text import N_

UNITS = (Choice("month", N_("Months")), Choice("week", N_("Weeks")))
MODES = (Choice("draft", N_("As a draft")), Choice("issue", N_("Issued at once")))
RECURRING_LINK = Field("recurring", Kind.LINK, N_("Recurring invoice"), required=True, link="recurring")
NAME = Field("name", Kind.TEXT, N_("Title"), width=20)
UNTIL = Field("until", Kind.DATE, N_("Until"))
COUNT = Field("count", Kind.INTEGER, N_("How often"))
DUE_DAYS = Field(
    "due_days",
    Kind.INTEGER,
    N_("Days to pay"),
    sign="non_negative",
    help=N_("Left out: the customer's or the book's terms."),
)
MODE = Field("mode", Kind.CHOICE, N_("How it is made"), choices=MODES, default="draft")

CONTENT = (replace(LINES, required=True), DISCOUNT, CURRENCY, REFERENCE, NOTE)
RECURRING = (
    CUSTOMER,
    NAME,
    *CONTENT,
    Field("from", Kind.DATE, N_("First date"), help=N_("On the 31st means the last day of shorter months.")),
    Field("period", Kind.CHOICE, N_("Every"), choices=UNITS, default="month"),
    Field("every", Kind.INTEGER, N_("Every how many"), default=1),
    UNTIL,
    COUNT,
    DUE_DAYS,
    MODE,
)
