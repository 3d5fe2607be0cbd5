"""The double-entry ledger: balanced lines, written once, never changed.

Positive amounts are debits, negative ones credits, in minor units of the document's currency.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from crmdesk.models.errors import Code, Conflict
from crmdesk.models.tables.ledger import account, posting
from crmdesk.services.dialect import among
from crmdesk.services.units import Unit
from crmdesk.text import _


@dataclass(frozen=True, slots=True)
class Leg:
    """One line of an entry."""

    account_id: int
    amount_minor: int
    money_account_id: int | None = None
    customer_id: int | None = None
    """Whose it is, where not the document's own customer's (one customer's money settles another's invoice)."""


def account_id(unit: Unit, role: str) -> int:
    """The account that plays a role in this book (templates.RECEIVABLE …)."""
    by_role = unit.cache.get("accounts")
    if by_role is None:
        by_role = dict(unit.connection.execute(select(account.c.role, account.c.id)).all())
        unit.cache["accounts"] = by_role
    return by_role[role]


def require_open_period(unit: Unit, on: date, field: str = "date") -> None:
    """Refuses any event dated inside the locked period, and names the next open date."""
    locked = unit.settings.lock_date
    if locked is not None and on <= locked:
        next_open = date.fromordinal(locked.toordinal() + 1)
        raise Conflict(
            Code.PERIOD_LOCKED,
            _("{date} is in the locked period (until {locked}). The next open date is {next}.").format(
                date=on.isoformat(), locked=locked.isoformat(), next=next_open.isoformat()
            ),
            field=field,
        )


def post(
    unit: Unit, source_id: int, *, dated_on: date, customer_id: int, currency: str, legs: Iterable[Leg]
) -> None:
    """Writes the entry of one document or allocation. Zero legs are left out; the rest must balance."""
    total = 0
    position = 0
    for leg in legs:
        if leg.amount_minor == 0:
            continue
        position += 1
        total += leg.amount_minor
        unit.add(
            posting,
            source_id=source_id,
            position=position,
            dated_on=dated_on,
            account_id=leg.account_id,
            money_account_id=leg.money_account_id,
            customer_id=leg.customer_id or customer_id,
            currency=currency,
            amount_minor=leg.amount_minor,
        )
    if total != 0:
        raise AssertionError(f"entry {source_id} does not balance: {total}")


def legs_of(unit: Unit, source_id: int) -> list[Leg]:
    """The legs of an entry as they were written."""
    rows = unit.execute(
        select(
            posting.c.account_id, posting.c.amount_minor, posting.c.money_account_id, posting.c.customer_id
        )
        .where(posting.c.source_id == source_id)
        .order_by(posting.c.position)
    ).all()
    return [Leg(*row) for row in rows]


def legs_of_many(unit: Unit, source_ids: Iterable[int]) -> dict[int, list[Leg]]:
    """The legs of many entries in one query."""
    found: dict[int, list[Leg]] = {}
    query = (
        select(
            posting.c.source_id,
            posting.c.account_id,
            posting.c.amount_minor,
            posting.c.money_account_id,
            posting.c.customer_id,
        )
        .where(among(posting.c.source_id, source_ids))
        .order_by(posting.c.source_id, posting.c.position)
    )
    for source_id, *leg in unit.execute(query):
        found.setdefault(source_id, []).append(Leg(*leg))
    return found


def negated(legs: Iterable[Leg]) -> list[Leg]:
    """The exact reverse of an entry."""
    return [Leg(leg.account_id, -leg.amount_minor, leg.money_account_id, leg.customer_id) for leg in legs]
