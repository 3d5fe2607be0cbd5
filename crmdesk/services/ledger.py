"""The double-entry ledger: balanced lines, written once, never changed.

Positive amounts are debits, negative ones credits, in minor units of the document's currency; beside them stands the
value in the book's currency (`base_minor`). An entry balances in every currency and in base.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from crmdesk.models.errors import Code, Conflict
from crmdesk.models.tables.exchange import base_entry
from crmdesk.models.tables.ledger import account, posting
from crmdesk.services.dialect import among
from crmdesk.services.units import Unit
from crmdesk.text import _


class Leg(NamedTuple):
    """One line of an entry. A tuple: a million of them are made at an import."""

    account_id: int
    amount_minor: int
    money_account_id: int | None = None
    base_minor: int | None = None
    """None: its amount in the book's currency, nobody knows in another. A difference has an amount of zero."""
    currency: str | None = None
    """Where it is not the one of its document."""
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
    unit: Unit,
    source_id: int,
    *,
    dated_on: date,
    customer_id: int,
    currency: str,
    legs: Iterable[Leg],
    keeps_positions: bool = False,
) -> None:
    """Writes the entry of one document or allocation. Zero legs are left out; the rest must balance.

    Either every leg of a foreign entry has its base value or none has. `keeps_positions`: legs left out keep their
    place, so that a late entry stands leg by leg beside the one that it completes.
    """
    own = unit.settings.currency
    totals: dict[str, int] = {}
    base_total = 0
    unrated_count = position = skipped = 0
    for leg in legs:
        amount = leg.amount_minor
        leg_currency = leg.currency or currency
        base = amount if leg_currency == own else leg.base_minor
        if amount == 0 and not base:
            skipped += 1
            position += keeps_positions
            continue
        position += 1
        totals[leg_currency] = totals.get(leg_currency, 0) + amount
        if base is None:
            unrated_count += 1
        else:
            base_total += base
        unit.add(
            posting,
            source_id=source_id,
            position=position,
            dated_on=dated_on,
            account_id=leg.account_id,
            money_account_id=leg.money_account_id,
            customer_id=leg.customer_id or customer_id,
            currency=leg_currency,
            amount_minor=amount,
            base_minor=base,
        )
    if (
        any(totals.values())
        or base_total != 0
        or unrated_count not in (0, position - skipped * keeps_positions)
    ):
        raise AssertionError(f"entry {source_id} does not balance: {totals}, in base {base_total}")


def legs_of(unit: Unit, source_id: int) -> list[Leg]:
    """The legs of an entry as they were written."""
    return legs_of_many(unit, (source_id,)).get(source_id, [])


def legs_of_many(unit: Unit, source_ids: Iterable[int]) -> dict[int, list[Leg]]:
    """The legs of many entries in one query, with the base values that they got late."""
    found: dict[int, list[Leg]] = {}
    unrated: set[int] = set()
    ids = list(source_ids)
    query = select(posting.c.source_id, *_LEG).order_by(posting.c.source_id, posting.c.position)
    one_or_many = posting.c.source_id == ids[0] if len(ids) == 1 else among(posting.c.source_id, ids)
    for source_id, *leg in unit.execute(query.where(one_or_many)):
        found.setdefault(source_id, []).append(Leg(*leg))
        if leg[3] is None:
            unrated.add(source_id)
    if unrated:
        # One row at least for every late entry, also where nothing in it is worth anything.
        late = select(base_entry.c.source_id, posting.c.position, *_LEG).join_from(
            base_entry, posting, posting.c.source_id == base_entry.c.id, isouter=True
        )
        given: dict[int, dict[int, Leg]] = {}
        of_these = (base_entry.c.kind == LATE, among(base_entry.c.source_id, unrated))
        for source_id, position, *leg in unit.execute(late.where(*of_these)):
            by_position = given.setdefault(source_id, {})
            if position is not None:
                by_position[position] = Leg(*leg)
        for source_id, by_position in given.items():
            found[source_id] = _completed(found[source_id], by_position)
    return found


LATE = "late"
"""The kind of a base entry that completes one posted without a rate."""
_LEG = (
    posting.c.account_id,
    posting.c.amount_minor,
    posting.c.money_account_id,
    posting.c.base_minor,
    posting.c.currency,
    posting.c.customer_id,
)


def _completed(legs: list[Leg], late: dict[int, Leg]) -> list[Leg]:
    """Legs with the base values that stand at their positions in a late entry; further ones are differences."""
    whole = [
        leg._replace(base_minor=late[position].base_minor if position in late else 0)
        for position, leg in enumerate(legs, start=1)
    ]
    return [*whole, *(leg for position, leg in sorted(late.items()) if position > len(legs))]


def negated(legs: Iterable[Leg]) -> list[Leg]:
    """The exact reverse of an entry."""
    return [
        leg._replace(
            amount_minor=-leg.amount_minor, base_minor=None if leg.base_minor is None else -leg.base_minor
        )
        for leg in legs
    ]
