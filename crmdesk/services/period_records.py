"""What moved the period lock: closings, bare locks, and what took them back, as a stack in the table `closing`."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models import clock
from crmdesk.models.tables.audit import audit_entry
from crmdesk.models.tables.closings import closing
from crmdesk.services.units import Unit

CLOSE, LOCK, REOPEN = "close", "lock", "reopen"


def audit_head(connection: Connection) -> tuple[int, bytes]:
    """Id and hash of the newest audit entry."""
    row = connection.execute(
        select(audit_entry.c.id, audit_entry.c.hash).order_by(audit_entry.c.id.desc()).limit(1)
    ).first()
    return (row.id, bytes(row.hash)) if row is not None else (0, b"")


def standing(connection: Connection) -> list[Any]:
    """The closings and locks that were not taken back, oldest first."""
    stack: list[Any] = []
    for row in connection.execute(select(closing).order_by(closing.c.id)):
        if row.kind != REOPEN:
            stack.append(row)
        elif stack:
            stack.pop()
    return stack


def record(
    unit: Unit,
    kind: str,
    until: date,
    locked_before: date | None,
    reason: str = "",
    checklist: Any = (),
    figures: Any = None,
) -> int:
    """Writes one of them; gives its id."""
    head_id, head = audit_head(unit.connection)
    record_id = unit.next_id()
    unit.add(
        closing,
        id=record_id,
        kind=kind,
        until=until,
        locked_before=locked_before,
        recorded_at=clock.stamp(clock.now_utc()),
        actor=unit.actor,
        reason=reason,
        checklist=json.dumps(checklist, ensure_ascii=False),
        totals=json.dumps(figures or {}, ensure_ascii=False),
        head_id=head_id,
        head_hash=head,
        audit_id=unit.audit_id,
    )
    unit.note("closing", record_id, None, {"kind": kind, "until": until.isoformat()})
    return record_id


def move_lock(unit: Unit, before: date | None, after: date | None) -> None:
    """Sets the locked day, or none, and notes both in the audit entry."""
    old, new = (day.isoformat() if day else None for day in (before, after))
    unit.save_settings(locked_until=new or "")
    unit.note("period", 0, {"until": old}, {"until": new})
