"""Lines of a customer's timeline: into and out of categories by a rule, an import, an address or a merge.

What was done by hand is told by the audit trail already (`customer_changes`).
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from crmdesk.models import clock
from crmdesk.models.tables.categories import customer_category_event
from crmdesk.services.category_members import CAUSE_WORDS, HAND
from crmdesk.services.timeline_event import Event, Place, by_moment
from crmdesk.text import N_, _


def events(connection: Connection, customer_id: int, before: Place | None, limit: int) -> list[Event]:
    """The newest of them behind a place of the timeline."""
    change = customer_category_event.c
    rows = connection.execute(
        select(customer_category_event)
        .where(
            change.customer_id == customer_id,
            change.cause != HAND,
            by_moment(change.happened_at, change.id, before),
        )
        .order_by(change.id.desc())
        .limit(limit)
    )
    found = []
    for row in rows:
        title = _(N_("Put into {category}") if row.is_in else N_("Taken out of {category}"))
        cause = _(CAUSE_WORDS.get(row.cause, ""))
        found.append(
            Event(
                "change",
                clock.local_day(row.happened_at),
                title.format(category=row.path),
                " · ".join(filter(None, (row.dimension, cause, row.actor))),
                order=row.id,
            )
        )
    return found
