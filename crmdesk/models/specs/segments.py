"""Fields of segments: groups of customers by rule or by hand."""

from __future__ import annotations

from crmdesk.models.fields import Choice, Field, Kind, required
from crmdesk.models.specs.categories import TAG_COLOUR
from crmdesk.text import N_

SEGMENT = Field(
    "segment", Kind.LINK, N_("Segment"), link="segment", required=True, length_max=80, sample="大客户"
)
NAME = Field("name", Kind.TEXT, N_("Name"), length_max=80, sample="大客户")
RULE = Field(
    "rule",
    Kind.ANY,
    N_("Rule"),
    help=N_(
        "Text such as spent(last 12 months) >= 10000 and tag has VIP, or the same as a tree of conditions;"
        " without a rule it is a list filled by hand."
    ),
    width=40,
)
PARENT = Field(
    "parent",
    Kind.LINK,
    N_("Within"),
    link="segment",
    help=N_("Only customers of that segment can be in this one by its rule."),
)
POSITION = Field("position", Kind.INTEGER, N_("Position"), sign="non_negative")
ACTIVE = Field("active", Kind.BOOLEAN, N_("Active"))
DIMENSION = Field("dimension", Kind.TEXT, N_("Gives the category of tree"), length_max=60)
PATH = Field("path", Kind.TEXT, N_("Gives the category"), length_max=1_000)
TAG = Field("tag", Kind.TEXT, N_("Gives the tag"), length_max=40)
PLAN = (
    Field("note", Kind.LONG_TEXT, N_("Strategy"), length_max=4_000, width=30),
    Field("offer", Kind.LONG_TEXT, N_("Offer"), length_max=2_000, width=24),
    Field("owner", Kind.TEXT, N_("Owner"), length_max=60),
    Field("budget", Kind.MONEY, N_("Budget"), sign="non_negative", width=14),
    Field("cost", Kind.MONEY, N_("Cost"), sign="non_negative", width=14),
    TAG_COLOUR,
    POSITION,
    ACTIVE,
)
KINDS = (Choice("rule", N_("By rule"), "info"), Choice("static", N_("Hand-picked"), "neutral"))
WAYS = (
    Choice("rule", N_("By the rule"), "info"),
    Choice("pin", N_("Pinned"), "warn"),
    Choice("static", N_("Put there by hand"), "neutral"),
    Choice("merge", N_("By a merge"), "neutral"),
)
REASON = Field("reason", Kind.TEXT, N_("Reason"), required=True, length_max=500)
IS_IN = Field(
    "in",
    Kind.BOOLEAN,
    N_("Always in"),
    default=True,
    help=N_("Yes keeps the customer in whatever the rule says, no keeps him out."),
)
CUSTOMER = Field("customer", Kind.LINK, N_("Customer"), link="customer")
CUSTOMERS = Field("customers", Kind.LIST, N_("Customers"))
REQUIRED_NAME = required(NAME)
REQUIRED_RULE = required(RULE)
