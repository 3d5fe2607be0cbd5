"""Fields of the measures of customers: settings, stages of life, what lists show."""

from __future__ import annotations

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs.documents import CUSTOMER
from crmdesk.text import N_

STAGES = (
    Choice("potential", N_("Potential customer"), "info"),
    Choice("new", N_("New customer"), "good"),
    Choice("regular", N_("Regular customer"), "neutral"),
    Choice("loyal", N_("Loyal customer"), "good"),
    Choice("lost", N_("Lost customer"), "danger"),
)
GRADES = (
    Choice("high", N_("High"), "good"),
    Choice("medium", N_("Middling"), "neutral"),
    Choice("low", N_("Low"), "neutral"),
)
RISKS = (
    Choice("high", N_("High"), "danger"),
    Choice("medium", N_("Middling"), "warn"),
    Choice("low", N_("Low"), "good"),
)
WAYS = (
    Choice("rule", N_("By the thresholds")),
    Choice("pin", N_("Set by hand")),
    Choice("unpin", N_("No longer set by hand")),
)
MODELS = (
    Choice("auto", N_("Fitted on the book where enough customers came back")),
    Choice("plain", N_("Plain formula")),
)
LIFE_STAGE = Field("life_stage", Kind.CHOICE, N_("Life cycle"), choices=STAGES, width=8)


def _days(name: str, label: str) -> Field:
    return Field(name, Kind.INTEGER, label)


CONFIGURE = (
    _days("window_days", N_("Days of the window")),
    Field("recency_limits", Kind.ANY, N_("Limits of recency"),
          help=N_("Four numbers of days, falling, such as [365, 180, 90, 30]; an empty list: by rank.")),
    Field("frequency_limits", Kind.ANY, N_("Limits of frequency"),
          help=N_("Four numbers of purchases, rising; an empty list: by rank.")),
    Field("amount_limits", Kind.ANY, N_("Limits of the amount, excl. tax"),
          help=N_("Four amounts of the book's currency, rising; an empty list: by rank.")),
    Field("value_shares", Kind.ANY, N_("Shares of high and medium value"),
          help=N_("Two numbers of per cent, rising, such as [20, 50].")),
    Field("value_limits", Kind.ANY, N_("Limits of the value, excl. tax"),
          help=N_("Two amounts, rising; they go before the shares. An empty list: by the shares.")),
    Field("tier_limits", Kind.ANY, N_("Limits of the consumption tiers, excl. tax"),
          help=N_("Rising amounts bought in the window, such as [\"10000\", \"100000\"].")),
    _days("new_days", N_("Days that a customer is new")),
    _days("loyal_days", N_("Days from which on he may be loyal")),
    Field("loyal_count", Kind.INTEGER, N_("Purchases in the window that make loyal")),
    _days("lost_days", N_("Days without purchase until lost")),
    _days("ahead_days", N_("Days ahead")),
    Field("model", Kind.CHOICE, N_("What is expected"), choices=MODELS),
    Field("fit_least", Kind.INTEGER, N_("Customers who came back, for a fit")),
    Field("churn_medium", Kind.INTEGER, N_("Points of medium churn risk")),
    Field("churn_high", Kind.INTEGER, N_("Points of high churn risk")),
    Field("lead_points", Kind.ANY, N_("Points of the lead score"),
          help=N_("Input and points, such as {\"quotes\": 20}; an empty object: the program's.")),
)  # fmt: skip
PIN = (
    CUSTOMER,
    Field("stage", Kind.CHOICE, N_("Life cycle"), required=True, choices=STAGES),
    Field("reason", Kind.TEXT, N_("Reason"), required=True, length_max=500),
)
UNPIN = (CUSTOMER, Field("reason", Kind.TEXT, N_("Reason"), length_max=500))
