"""The one way to take a posted document back: a dated reversal that negates its effect and its entry exactly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.services import invoiced, ledger, posted
from crmdesk.services.ledger import Leg
from crmdesk.services.posted import Posted
from crmdesk.services.units import Unit
from crmdesk.text import _


def require_reversible(unit: Unit, original: Posted, on: date, field: str) -> None:
    """Refuses what was reversed before, a date before the document and a locked date."""
    if original.reversed_on is not None:
        raise Conflict(
            Code.ALREADY_REVERSED,
            _("{number} was already reversed on {date}.").format(
                number=original.number, date=original.reversed_on.isoformat()
            ),
            field=field,
        )
    invoiced.require_not_invoiced(unit, original, field)
    require_not_before(original, on)
    ledger.require_open_period(unit, on)


def require_not_before(original: Posted, on: date, field: str = "date") -> None:
    """An event is never dated before its document."""
    if on < original.dated_on:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("{date} is before {number} itself ({own}).").format(
                date=on.isoformat(), number=original.number, own=original.dated_on.isoformat()
            ),
            field=field,
        )


def reverse(unit: Unit, original: Posted, on: date, reason: str, legs: Sequence[Leg] | None = None) -> Posted:
    """Writes the reversal of a document whose own conditions have been checked.

    `legs`: its entry, where the caller has looked up those of many documents at once.
    """
    if legs is None:
        legs = ledger.legs_of(unit, original.id)
    reversal = posted.write(
        unit,
        original.kind + posted.REVERSAL,
        original.number,
        original.generation,
        customer_id=original.customer_id,
        currency=original.currency,
        dated_on=on,
        total_minor=original.total_minor,
        effect_minor=-original.effect_minor,
        discount_minor=original.discount_minor,
        origin_id=original.id,
        rate=original.rate,
        reason=reason,
    )
    ledger.post(
        unit,
        reversal.id,
        dated_on=on,
        customer_id=original.customer_id,
        currency=original.currency,
        legs=ledger.negated(legs),
    )
    original.reversed_on = on
    unit.changes.add(original.kind, original.id)
    return reversal
