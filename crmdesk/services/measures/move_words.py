"""Why the thresholds move a customer to another stage, in a sentence with the figure and its limit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from crmdesk.models.measure_rules import LOST, LOYAL, POTENTIAL, Facts, Settings
from crmdesk.text import N_

NOTHING = N_("No purchase that counts")
SINCE_LAST = N_("Days without a purchase: {days} (limit {limit})")
SINCE_FIRST = N_("Days since the first purchase: {days} (limit {limit})")
IN_WINDOW = N_("Purchases in the window: {count} (limit {limit})")


def reason(
    before: str, after: str, facts: Facts, on: date, chosen: Settings, translate: Callable[[str], str]
) -> str:
    """The limit that was passed, which is the one that decides between the stage before and the one after."""
    day = on.toordinal()
    if after == POTENTIAL:
        return translate(NOTHING)
    if LOST in (before, after):
        return translate(SINCE_LAST).format(days=day - facts.last, limit=chosen.lost_days)
    known = day - facts.first
    if LOYAL in (before, after):
        # who is loyal has both; who no longer is has too few, unless the limit of days was raised
        if after == LOYAL or facts.window_count < chosen.loyal_count:
            return translate(IN_WINDOW).format(count=facts.window_count, limit=chosen.loyal_count)
        return translate(SINCE_FIRST).format(days=known, limit=chosen.loyal_days)
    return translate(SINCE_FIRST).format(days=known, limit=chosen.new_days)
