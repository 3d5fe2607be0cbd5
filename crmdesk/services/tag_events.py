"""What was done to tags: renamed, merged, deleted, retired, brought back, a merge undone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select

from crmdesk.models import clock
from crmdesk.models.tables.categories import tag_event
from crmdesk.services.category_events import ACTIONS as _OF_TREES
from crmdesk.services.category_events import DELETED, MERGED, RENAMED, RESTORED, RETIRED, UNDONE
from crmdesk.services.units import Unit

_WORDS = {choice.value: choice for choice in _OF_TREES}
ACTIONS = tuple(_WORDS[one] for one in (RENAMED, MERGED, DELETED, UNDONE, RETIRED, RESTORED))


def record(
    unit: Unit,
    action: str,
    tag_id: int,
    *,
    into_id: int | None = None,
    before: str = "",
    after: str = "",
    customer_count: int = 0,
    content: Mapping[str, Any] | None = None,
) -> int:
    """Writes one line of the history; `before` and `after` are names. Gives its id."""
    record_id = unit.next_id()
    unit.add(
        tag_event,
        id=record_id,
        tag_id=tag_id,
        into_id=into_id,
        action=action,
        name_before=before,
        name_after=after,
        customer_count=customer_count,
        happened_at=clock.stamp(clock.now_utc()),
        actor=unit.actor,
        content="" if content is None else json.dumps(content),
    )
    unit.changes.everything.add("tag")
    return record_id


def last_merge(into_id: int) -> Select[Any]:
    """The last merge into a tag that stands: the one that can be undone."""
    event = tag_event.c
    return (
        select(tag_event)
        .where(event.into_id == into_id, event.action == MERGED, event.undone_id.is_(None))
        .order_by(event.id.desc())
        .limit(1)
    )
