"""红字信息确认单: the confirmation a red tax invoice needs once the buyer has confirmed its use or booked it.

Either side opens one; unconfirmed it is void after 72 hours, which follows from the clock and is never stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import required
from crmdesk.models.specs import fapiao as specs
from crmdesk.models.specs.documents import REASON
from crmdesk.models.tables.fapiao import red_confirmation, red_confirmation_state
from crmdesk.services import fapiao_issue, fapiao_red_room, own_numbers
from crmdesk.services.fapiao_issue import Fapiao
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

LINK = required(specs.CONFIRMATION)


@dataclass(slots=True)
class Confirmation:
    """One confirmation; `state` as it is at this moment, expired by the clock."""

    id: int
    number: str
    fapiao_id: int
    opened_at: str
    reason: str
    currency: str
    total_minor: int
    state: str


def state_at(state: str, opened_at: str, now: datetime) -> str:
    """The state with what the clock says: pending for more than 72 hours is expired."""
    limit = datetime.fromisoformat(opened_at) + timedelta(hours=specs.CONFIRMATION_HOURS)
    return specs.EXPIRED if state == specs.PENDING and now > limit else state


def find(unit: Unit, number: str, field: str = "confirmation") -> Confirmation:
    """The confirmation with that number."""
    row = unit.first(
        select(
            red_confirmation.c.id,
            red_confirmation.c.number,
            red_confirmation.c.fapiao_id,
            red_confirmation.c.opened_at,
            red_confirmation.c.reason,
            red_confirmation.c.currency,
            red_confirmation.c.total_minor,
            red_confirmation_state.c.state,
        )
        .join(red_confirmation_state, red_confirmation_state.c.confirmation_id == red_confirmation.c.id)
        .where(red_confirmation.c.number == number)
    )
    if row is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no red-letter confirmation {number}.").format(number=f"“{number[:60]}”"),
            field=field,
        )
    found = Confirmation(*row)
    found.state = state_at(found.state, found.opened_at, clock.now_utc())
    return found


def _moment(text: str | None) -> datetime:
    if not text:
        return clock.now_utc()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            Code.DATE_INVALID,
            _("“{field}”: “{value}” is not a moment. Write 2026-03-31T09:00+08:00.").format(
                field="at", value=text[:40]
            ),
            field="at",
        ) from None
    return moment.astimezone(UTC)


@use_case(
    "red_confirmation.open",
    fields=specs.OPEN_CONFIRMATION,
    summary=N_(
        "Open a red-letter confirmation (红字信息确认单) for a tax invoice the buyer has used or booked."
    ),
    errors=(Code.NOT_FOUND, Code.REVERSED, Code.OVER_REVERSED, Code.DUPLICATE, Code.DATE_INVALID),
)
def open_one(
    unit: Unit,
    *,
    fapiao: str,
    by: str,
    reason: str,
    amount: Decimal | None,
    number: str | None,
    at: str | None,
    note: str | None,
) -> dict[str, Any]:
    """Opens a confirmation over an amount of the tax invoice; without one over all that is not red yet.

    `amount` is in the currency of the bills; the answer is what the tax platform is told.
    """
    original = fapiao_issue.find(unit, fapiao)
    lines = fapiao_red_room.choose(unit, original, reason, amount)
    _require_room(unit, original, sum(line.amount_minor for line in lines))
    home = sum(line.home_amount_minor for line in lines)
    opened_at = clock.stamp(_moment(at))
    if number is not None:
        own_numbers.require_usable(number, "number")
        taken = unit.first(select(red_confirmation.c.id).where(red_confirmation.c.number == number))
        if taken is not None:
            raise Conflict(
                Code.DUPLICATE,
                _("The number {number} is taken already.").format(number=number),
                field="number",
            )
        unit.take_number("red_confirmation", number)
    own = number or unit.next_number("red_confirmation", clock.today())
    confirmation_id = unit.next_id()
    unit.add(
        red_confirmation,
        id=confirmation_id,
        number=own,
        fapiao_id=original.id,
        opened_by=by,
        opened_at=opened_at,
        reason=reason,
        currency=original.currency,
        total_minor=sum(line.amount_minor for line in lines),
        home_currency=original.home_currency,
        home_total_minor=home,
        note=note or "",
        audit_id=unit.audit_id,
    )
    unit.add(
        red_confirmation_state,
        confirmation_id=confirmation_id,
        state=specs.PENDING,
        changed_at=opened_at,
    )
    unit.note("red_confirmation", confirmation_id, None, {"number": own, "state": specs.PENDING})
    return {"number": own, "amount": money.plain(home, original.home_currency), "state": specs.PENDING}


def _require_room(unit: Unit, original: Fapiao, wanted_minor: int) -> None:
    """Refuses more than what neither is red nor promised to another confirmation that may still be used."""
    row = red_confirmation.c
    open_ones = [
        (number, total_minor)
        for number, total_minor, opened_at, state in unit.execute(
            select(row.number, row.total_minor, row.opened_at, red_confirmation_state.c.state)
            .join(red_confirmation_state, red_confirmation_state.c.confirmation_id == row.id)
            .where(row.fapiao_id == original.id)
            .order_by(row.id)
        )
        if state_at(state, opened_at, clock.now_utc()) in (specs.PENDING, specs.CONFIRMED)
    ]
    if not open_ones:
        return
    room = fapiao_red_room.left_minor(unit, original) - sum(total_minor for _number, total_minor in open_ones)
    if wanted_minor <= room:
        return
    raise Conflict(
        Code.OVER_REVERSED,
        _(
            "Of {number} only {amount} may still be confirmed: red-letter confirmations are open already ({numbers}). "
            "Withdraw one of them, or ask for less."
        ).format(
            number=original.label,
            amount=money.plain(max(room, 0), original.currency),
            numbers=", ".join(number for number, _total_minor in open_ones),
        ),
        field="amount",
    )


def _move(unit: Unit, number: str, to: str, reason: str = "") -> dict[str, Any]:
    found = find(unit, number)
    require_move(found, to)
    set_state(unit, found, to, reason=reason)
    return {"number": found.number, "state": to}


def require_move(found: Confirmation, to: str, field: str = "confirmation") -> None:
    """Refuses what may not follow the confirmation's state."""
    if to in specs.CONFIRMATION_TRANSITIONS[found.state]:
        return
    label = next(_(choice.label) for choice in specs.CONFIRMATION_STATES if choice.value == found.state)
    raise Conflict(
        Code.STATE_REFUSED,
        _("The red-letter confirmation {number} is “{state}”. Open a new one if it is still needed.").format(
            number=found.number, state=label
        ),
        field=field,
    )


def set_state(
    unit: Unit, found: Confirmation, to: str, *, reason: str = "", red_id: int | None = None
) -> None:
    """Puts a confirmation into its next state; `red_id` is the red tax invoice that used it."""
    unit.execute(
        update(red_confirmation_state)
        .where(red_confirmation_state.c.confirmation_id == found.id)
        .values(state=to, changed_at=clock.stamp(clock.now_utc()), reason=reason, red_id=red_id)
    )
    unit.note("red_confirmation", found.id, {"state": found.state}, {"state": to, "reason": reason})


def free(unit: Unit, red_id: int) -> None:
    """The red tax invoice that used a confirmation was voided: it may be used again."""
    number = unit.execute(
        select(red_confirmation.c.number)
        .join(red_confirmation_state, red_confirmation_state.c.confirmation_id == red_confirmation.c.id)
        .where(red_confirmation_state.c.red_id == red_id)
    ).scalar()
    if number is not None:
        set_state(unit, find(unit, number), specs.CONFIRMED)


@use_case(
    "red_confirmation.confirm",
    fields=(LINK,),
    summary=N_("The other side confirmed a red-letter confirmation."),
    errors=(Code.NOT_FOUND, Code.STATE_REFUSED),
)
def confirm(unit: Unit, *, confirmation: str) -> dict[str, Any]:
    """The red tax invoice may be issued now."""
    return _move(unit, confirmation, specs.CONFIRMED)


@use_case(
    "red_confirmation.refuse",
    fields=(LINK, required(REASON)),
    summary=N_("The other side refused a red-letter confirmation."),
    errors=(Code.NOT_FOUND, Code.STATE_REFUSED),
)
def refuse(unit: Unit, *, confirmation: str, reason: str) -> dict[str, Any]:
    """The end of this confirmation."""
    return _move(unit, confirmation, specs.REFUSED, reason)


@use_case(
    "red_confirmation.withdraw",
    fields=(LINK, required(REASON)),
    summary=N_("Take a red-letter confirmation back."),
    errors=(Code.NOT_FOUND, Code.STATE_REFUSED),
)
def withdraw(unit: Unit, *, confirmation: str, reason: str) -> dict[str, Any]:
    """Whoever opened it takes it back, while no red tax invoice was issued on it."""
    return _move(unit, confirmation, specs.WITHDRAWN, reason)
