"""What a desktop notice at the start of the day would say.

Nothing here remembers what was shown: that is state of the computer, not of the book. `key` names a notice, so that
the window can show each at most once a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from crmdesk.models import money
from crmdesk.models.clauses import quoted
from crmdesk.services import promises, reminders_due
from crmdesk.services.today_shape import Target, by_currency
from crmdesk.text import _

CHANNEL = "notice"


class Notice(NamedTuple):
    """One notice; `target` shows exactly its rows."""

    key: str
    """rule:<id>, promises_due or promises_broken."""
    title: str
    text: str
    row_count: int
    minors: Mapping[str, int]
    target: Target


def notices(connection: Connection, on: date) -> list[Notice]:
    """The notices of a day: one for each rule with this channel that has something, then the promises."""
    found: list[Notice] = []
    by_rule: dict[int, list[reminders_due.Due]] = {}
    for due in reminders_due.load(connection, on).due:
        if due.rule.channel == CHANNEL:
            by_rule.setdefault(due.rule.id, []).append(due)
    for rule_id, dues in sorted(by_rule.items(), key=lambda entry: (entry[1][0].level, entry[0])):
        minors = by_currency((due.currency, due.total_minor) for due in dues)
        name = dues[0].rule.name
        target = Target(
            "statements", {"view": "reminders", "part": "reminders_due", "filter": f"rule = {quoted(name)}"}
        )
        found.append(_notice(f"rule:{rule_id}", name, len(dues), minors, target))
    states = promises.states(connection, on)
    for key, title, chosen, words in (
        (
            "promises_due",
            _("Payments promised for today"),
            [one for one in states if one.state == promises.OPEN and one.promised_on == on],
            "state = open and promised_on = today",
        ),
        (
            "promises_broken",
            _("Promises not kept yesterday"),
            [one for one in states if one.state == promises.BROKEN and (on - one.promised_on).days == 1],
            "state = broken and promised_on = today-1",
        ),
    ):
        if chosen:
            minors = by_currency((one.currency, one.left_minor) for one in chosen)
            target = Target("statements", {"view": "reminders", "part": "promises", "filter": words})
            found.append(_notice(key, title, len(chosen), minors, target))
    return found


def _notice(key: str, title: str, count: int, minors: Mapping[str, int], target: Target) -> Notice:
    sums = ", ".join(f"{currency} {money.grouped(minor, currency)}" for currency, minor in minors.items())
    return Notice(
        key, title, _("Customers: {count}; {sums}").format(count=count, sums=sums), count, minors, target
    )
