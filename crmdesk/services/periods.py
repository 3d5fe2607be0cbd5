"""The period lock: nothing is posted, reversed, voided or allocated on or before the locked date."""

from __future__ import annotations

from datetime import date
from typing import Any

from crmdesk.models import clock
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import Field, Kind
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

LOCK_AHEAD_DAYS = 366
"""A mistyped year would shut the book for good: the lock only rises."""


@use_case(
    "period.lock",
    fields=(Field("until", Kind.DATE, N_("Locked until"), required=True),),
    summary=N_("Lock everything dated on or before a day. The lock only moves forward."),
    errors=(Code.DATE_ORDER, Code.OUT_OF_RANGE),
)
def lock(unit: Unit, *, until: date) -> dict[str, Any]:
    """Moves the lock date forward (iL2: it only rises)."""
    locked = unit.settings.lock_date
    if locked is not None and until < locked:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("The book is locked until {locked}; the lock only moves forward.").format(
                locked=locked.isoformat()
            ),
            field="until",
        )
    require_near(until)
    unit.save_settings(locked_until=until.isoformat())
    unit.note("period", 0, {"until": locked.isoformat() if locked else None}, {"until": until.isoformat()})
    return {"until": until.isoformat()}


def require_near(until: date) -> None:
    """Refuses a day more than a year ahead."""
    if (until - clock.today()).days > LOCK_AHEAD_DAYS:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("{date} is more than a year ahead; a lock cannot be taken back. Check the year.").format(
                date=until.isoformat()
            ),
            field="until",
        )
