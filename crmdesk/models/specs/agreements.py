"""Fields and states of requirements, quotes, contracts and orders.

`TRANSITIONS` is the whole table of what may follow what; `services/agreements.move` refuses anything else.
A quote past its last day shows as expired: that is read off the clock and written nowhere.
"""

from __future__ import annotations

from dataclasses import replace

from crmdesk.models.fields import Choice, Field, Kind, optional, required
from crmdesk.models.specs.documents import (
    CURRENCY,
    CUSTOMER,
    DATE,
    DISCOUNT,
    DISCOUNT_TERMS,
    LINES,
    NOTE,
    NUMBER,
    REASON,
)
from crmdesk.text import N_

REQUIREMENT, QUOTE, CONTRACT, ORDER = "requirement", "quote", "contract", "order"
KINDS = (REQUIREMENT, QUOTE, CONTRACT, ORDER)
EXPIRED = "expired"
FIRST_STATE = {REQUIREMENT: "open", QUOTE: "draft", CONTRACT: "draft", ORDER: "open"}

TRANSITIONS: dict[str, dict[str, tuple[str, ...]]] = {
    REQUIREMENT: {"open": ("quoted", "dropped"), "quoted": ("dropped",), "dropped": ()},
    QUOTE: {
        "draft": ("sent",),
        "sent": ("accepted", "declined", "revised"),
        "declined": ("revised",),
        "accepted": (),
        "revised": (),
    },
    CONTRACT: {
        "draft": ("signed", "void"),
        "signed": ("running", "void"),
        "running": ("finished", "void"),
        "finished": (),
        "void": (),
    },
    ORDER: {"open": ("delivered", "void"), "delivered": (), "void": ()},
}

STATES: dict[str, tuple[Choice, ...]] = {
    REQUIREMENT: (
        Choice("open", N_("Pending"), "info"),
        Choice("quoted", N_("Quoted"), "good"),
        Choice("dropped", N_("Dropped"), "neutral"),
    ),
    QUOTE: (
        Choice("draft", N_("Draft"), "neutral"),
        Choice("sent", N_("Sent"), "info"),
        Choice("accepted", N_("Accepted"), "good"),
        Choice("declined", N_("Declined"), "danger"),
        Choice(EXPIRED, N_("Expired"), "warn"),
        Choice("revised", N_("Revised"), "neutral"),
    ),
    CONTRACT: (
        Choice("draft", N_("Draft"), "neutral"),
        Choice("signed", N_("Signed"), "info"),
        Choice("running", N_("In progress"), "info"),
        Choice("finished", N_("Finished"), "good"),
        Choice("void", N_("Void"), "neutral"),
    ),
    ORDER: (
        Choice("open", N_("To be delivered"), "info"),
        Choice("delivered", N_("Delivered"), "good"),
        Choice("void", N_("Void"), "neutral"),
    ),
}

INSTALMENT_STATES = (
    Choice("pending", N_("To be received"), "neutral"),
    Choice("part", N_("Part received"), "warn"),
    Choice("done", N_("Complete"), "good"),
    Choice("overdue", N_("Overdue"), "danger"),
    Choice("void", N_("Void"), "neutral"),
)

TITLE = Field("title", Kind.TEXT, N_("Subject"), aliases=("标题", "主题", "项目"), length_max=200, width=28)
VALID_UNTIL = Field("valid_until", Kind.DATE, N_("Valid until"), sample="2026-04-30")
ENDS_ON = Field("ends_on", Kind.DATE, N_("Ends on"), sample="2027-03-31")
DELIVER_ON = Field("deliver_on", Kind.DATE, N_("Deliver on"), sample="2026-05-31")
SIGNATORIES = Field(
    "signatories", Kind.TEXT, N_("Signatories"), help=N_("Who signs, for both sides."), length_max=500
)
CUSTOMISATION = Field(
    "customisation",
    Kind.LONG_TEXT,
    N_("Made to order"),
    help=N_("What is made or changed for this customer."),
    length_max=10_000,
)
VERSION = Field(
    "version",
    Kind.INTEGER,
    N_("Version"),
    help=N_("The version that was shown; another one in the book refuses the change."),
)
CLEAR = Field("clear", Kind.LIST, N_("Fields to empty"))
MUST_HAVE_REASON = required(REASON)


def link(kind: str, label: str) -> Field:
    """The field that names an agreement by its number."""
    return Field(kind, Kind.LINK, label, link=kind, width=16)


REQUIREMENT_LINK = link(REQUIREMENT, N_("Requirement"))
QUOTE_LINK = replace(
    link(QUOTE, N_("Quote")), help=N_("The number; the newest version is meant unless “/2” follows.")
)
CONTRACT_LINK = link(CONTRACT, N_("Contract"))
ORDER_LINK = link(ORDER, N_("Order"))

# What can be told of each kind; from an earlier agreement everything that is left out is taken over.
_HEAD = (replace(CUSTOMER, required=False), DATE, CURRENCY, TITLE)
_BODY = (*optional((LINES, DISCOUNT)), NOTE)
REQUIREMENT_FIELDS = (*_HEAD, DELIVER_ON, *_BODY)
QUOTE_FIELDS = (*_HEAD, VALID_UNTIL, *_BODY, DISCOUNT_TERMS)
CONTRACT_FIELDS = (*_HEAD, ENDS_ON, SIGNATORIES, *_BODY, DISCOUNT_TERMS)
ORDER_FIELDS = (*_HEAD, DELIVER_ON, CUSTOMISATION, *_BODY, DISCOUNT_TERMS)
OWN_NUMBER = NUMBER

# Instalment plans

WAYS = (
    Choice("equal", N_("Equal parts")),
    Choice("percent", N_("By percent")),
    Choice("monthly", N_("Every month")),
    Choice("by_hand", N_("Each part by hand")),
)
PART_FIELDS = (
    Field("label", Kind.TEXT, N_("Instalment"), length_max=100, width=14),
    Field("due", Kind.DATE, N_("Due date"), required=True),
    Field("amount", Kind.MONEY, N_("Amount"), required=True),
)
PERCENT_FIELDS = (
    Field("label", Kind.TEXT, N_("Instalment"), length_max=100, width=14),
    Field("due", Kind.DATE, N_("Due date")),
    Field("rate", Kind.RATE, N_("Share"), required=True, takes_whole=True, help=N_("0.30 is 30 %.")),
)
PLAN = (
    Field("way", Kind.CHOICE, N_("Way of planning"), required=True, choices=WAYS),
    Field("count", Kind.INTEGER, N_("Number of instalments")),
    Field("first_due", Kind.DATE, N_("First due date")),
    Field("every_months", Kind.INTEGER, N_("Months between"), default=1),
    Field(
        "percents",
        Kind.ANY,
        N_("Shares"),
        help=N_("A list of shares such as 0.30, or of objects with rate, due and label."),
    ),
    Field("parts", Kind.LINES, N_("Instalments"), fields=PART_FIELDS),
    Field(
        "remainder",
        Kind.CHOICE,
        N_("Odd cents"),
        choices=(
            Choice("first", N_("First ones, a cent each")),
            Choice("last", N_("Last ones, a cent each")),
        ),
        default="last",
        help=N_(
            "Which of equal instalments get the cents that cannot be divided, one each; the plan marks them."
        ),
    ),
)
