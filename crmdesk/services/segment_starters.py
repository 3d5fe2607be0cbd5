"""Groups to begin with: rules every shop understands, made with one click and changed afterwards."""

from __future__ import annotations

from typing import NamedTuple

from crmdesk.text import N_


class Starter(NamedTuple):
    """`name` and `note` are catalogue sources; `rule` is in the filter language."""

    key: str
    name: str
    rule: str
    note: str
    colour: str


STARTERS = (
    Starter(
        "quiet",
        N_("High value, gone quiet"),
        "spent(last 12m) >= 50000 and recency_days > 30",
        N_("Call them this week: they are worth the most and have not ordered for a month."),
        "warn",
    ),
    Starter(
        "overdue",
        N_("Large overdue"),
        "overdue >= 10000 and overdue_days > 30",
        N_("Money first, goods after."),
        "danger",
    ),
    Starter(
        "new",
        N_("New customers"),
        "customer_days <= 90",
        N_("Ask after the first delivery whether all was well."),
        "info",
    ),
    Starter(
        "leaving",
        N_("May leave us"),
        "invoice_count >= 3 and recency_days > 90",
        N_("They used to buy and stopped. Find out why."),
        "warn",
    ),
)
