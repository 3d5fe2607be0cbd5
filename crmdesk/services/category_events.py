"""What was done to category trees: renamed, moved, merged, deleted, retired, brought back, undone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select

from crmdesk.models import clock
from crmdesk.models.fields import Choice
from crmdesk.models.tables.categories import category_event
from crmdesk.services.units import Unit
from crmdesk.text import N_

RENAMED, MOVED, MERGED, DELETED, UNDONE = "renamed", "moved", "merged", "deleted", "undone"
RETIRED, RESTORED, RECOVERED = "retired", "restored", "recovered"
BESIDE = (UNDONE, RETIRED, RESTORED, RECOVERED)
"""What leaves the shape of a tree as a merge before it has left it: that merge can still be undone."""
ACTIONS = (
    Choice(RENAMED, N_("Renamed")),
    Choice(MOVED, N_("Moved")),
    Choice(MERGED, N_("Merged")),
    Choice(DELETED, N_("Deleted")),
    Choice(UNDONE, N_("Merge undone")),
    Choice(RETIRED, N_("Retired")),
    Choice(RESTORED, N_("Brought back into use")),
    Choice(RECOVERED, N_("Deletion undone")),
)


def record(
    unit: Unit,
    action: str,
    tree: tuple[str, int, str],
    *,
    category_id: int | None = None,
    before: str = "",
    after: str = "",
    member_count: int = 0,
    content: Mapping[str, Any] | None = None,
) -> int:
    """Writes one line of the history; `tree` is (what it sorts, id, name). Gives its id."""
    applies_to, dimension_id, name = tree
    record_id = unit.next_id()
    unit.add(
        category_event,
        id=record_id,
        applies_to=applies_to,
        dimension_id=dimension_id,
        dimension=name,
        category_id=category_id,
        action=action,
        path_before=before,
        path_after=after,
        member_count=member_count,
        happened_at=clock.stamp(clock.now_utc()),
        actor=unit.actor,
        content="" if content is None else json.dumps(content),
    )
    unit.changes.add("category_event", record_id)
    return record_id


def last_step(dimension_id: int) -> Select[Any]:
    """What was last done to the shape of a tree and stands: only a merge that is this can be undone."""
    event = category_event.c
    return (
        select(category_event)
        .where(
            event.dimension_id == dimension_id,
            event.undone_id.is_(None),
            event.action.not_in(BESIDE),
            event.category_id.is_not(None),  # the tree's own new name changes nothing in it
        )
        .order_by(event.id.desc())
        .limit(1)
    )
