"""The period lock: nothing is posted, reversed, voided or allocated on or before the locked date."""

from __future__ import annotations

from datetime import date
from typing import Any

from crmdesk.models import clock
from crmdesk.models.errors import Code, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, required
from crmdesk.models.specs.documents import REASON
from crmdesk.services import period_records
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

LOCK_AHEAD_DAYS = 366
"""A mistyped year would shut the book until somebody opened it again."""


@use_case(
    "period.lock",
    fields=(Field("until", Kind.DATE, N_("Locked until"), required=True),),
    summary=N_("Lock everything dated on or before a day, without a closing. period.reopen takes it back."),
    errors=(Code.DATE_ORDER, Code.OUT_OF_RANGE),
)
def lock(unit: Unit, *, until: date) -> dict[str, Any]:
    """Moves the lock date forward (iL2: it only rises); it is kept on record like a closing, without a checklist."""
    locked = unit.settings.lock_date
    if locked is not None and until < locked:
        raise InvalidInput(
            Code.DATE_ORDER,
            _(
                "The book is locked until {locked}; the lock only moves forward. Open it again first, with a reason."
            ).format(locked=locked.isoformat()),
            field="until",
        )
    require_near(until)
    if until != locked:
        period_records.record(unit, period_records.LOCK, until, locked)
        period_records.move_lock(unit, locked, until)
    return {"until": until.isoformat()}


def require_near(until: date) -> None:
    """Refuses a day more than a year ahead."""
    if (until - clock.today()).days > LOCK_AHEAD_DAYS:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _(
                "{date} is more than a year ahead; nothing could be entered until then. Check the year."
            ).format(date=until.isoformat()),
            field="until",
        )


def ahead_words(until: date) -> str:
    """What to say before a day is locked that is not over: "" where today stays open."""
    today = clock.today()
    if until < today:
        return ""
    return _(
        "{until} is not over: today ({today}) is locked too, and nothing dated up to then can be entered."
    ).format(until=until.isoformat(), today=today.isoformat())


@use_case(
    "period.reopen",
    fields=(Field("until", Kind.DATE, N_("Locked until"), required=True), required(REASON)),
    summary=N_("Take the newest closing or lock back, with a reason; it stays on record."),
    errors=(Code.NOT_FOUND,),
)
def reopen(unit: Unit, *, until: date, reason: str) -> dict[str, Any]:
    """The lock is again where it was before the newest closing or lock; `until` names the day that it stands at.

    A lock set after a closing is taken back first: it never goes with the closing without a word.
    """
    stack = period_records.standing(unit.connection)
    locked = unit.settings.lock_date
    if locked is None or locked != until:
        raise NotFound(
            Code.NOT_FOUND,
            _("Only the period closed or locked last can be opened again: {known}.").format(
                known=locked.isoformat() if locked else _("none")
            ),
            field="until",
        )
    before: date | None = stack[-1].locked_before if stack else None
    period_records.record(unit, period_records.REOPEN, until, before, reason)
    period_records.move_lock(unit, locked, before)
    return {"until": before.isoformat() if before else None}
