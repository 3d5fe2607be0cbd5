"""Revaluation (期末调汇): what foreign receivables are worth at a day's rate, posted on that day and back on the next.

Customer credit (预收) stays at its own rate; credit notes that are not applied count (domain.md, "Ledger").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, and_, case, func, or_, select

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict, NotFound
from crmdesk.models.specs.documents import DATE
from crmdesk.models.tables.exchange import base_entry, revaluation, revaluation_line
from crmdesk.models.tables.ledger import account, posting
from crmdesk.services import carrying, ledger, rates, settings, templates
from crmdesk.services.doubts import warning
from crmdesk.services.ledger import LATE, Leg
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

KIND, BACK = "revaluation", "revaluation_back"


@dataclass(frozen=True, slots=True)
class Position:
    """What one customer owes in one foreign currency, in minor units; unrated documents stand apart."""

    customer_id: int
    currency: str
    open_minor: int
    carrying_minor: int
    """What the ledger values it at, in the book's currency."""
    rate: str | None
    """Of the day; None: there is none."""
    value_minor: int | None
    """At the day's rate."""
    unrated_minor: int
    """Open of documents that nobody gave a rate."""

    @property
    def difference_minor(self) -> int | None:
        """The unrealised gain (a loss when negative)."""
        return None if self.value_minor is None else self.value_minor - self.carrying_minor


def positions(connection: Connection, on: date) -> list[Position]:
    """Foreign receivables as at a date by customer and currency, revaluations left out."""
    own = settings.load(connection).currency
    table = rates.load(connection)
    late = base_entry.alias("late")
    # An entry that got its rate late counts as valued from the day on which that was posted.
    completed = (
        select(late.c.id)
        .where(late.c.source_id == posting.c.source_id, late.c.kind == LATE, late.c.dated_on <= on)
        .exists()
    )
    is_unrated = and_(posting.c.base_minor.is_(None), ~completed)
    amount = posting.c.amount_minor
    open_minor = func.sum(case((is_unrated, 0), else_=amount))
    carried = func.sum(func.coalesce(posting.c.base_minor, 0))
    unrated = func.sum(case((is_unrated, amount), else_=0))
    revaluing = select(base_entry.c.id).where(base_entry.c.kind.in_((KIND, BACK)))
    query = (
        select(posting.c.customer_id, posting.c.currency, open_minor, carried, unrated)
        .join_from(posting, account, account.c.id == posting.c.account_id)
        .where(
            account.c.role == templates.RECEIVABLE,
            posting.c.currency != own,
            posting.c.dated_on <= on,
            posting.c.source_id.not_in(revaluing),
        )
        .group_by(posting.c.customer_id, posting.c.currency)
        .having(or_(open_minor != 0, carried != 0, unrated != 0))
        .order_by(posting.c.currency, posting.c.customer_id)
    )
    found = []
    for customer_id, currency, is_open, base, bare in connection.execute(query):
        rate = table.on(currency, on)
        value = None if rate is None else carrying.to_base(is_open, currency, rate, own)
        found.append(Position(customer_id, currency, is_open, base, rate, value, bare))
    return found


@use_case(
    "revaluation.run",
    fields=(DATE,),
    summary=N_("Value foreign receivables at the rate of a day; the day after takes it back."),
    errors=(Code.DUPLICATE, Code.RATE_MISSING, Code.PERIOD_LOCKED),
)
def run(unit: Unit, *, date: date | None) -> dict[str, Any]:
    """Posts the unrealised differences per customer and currency. Amounts of the result are decimal strings:
    `open` in the currency, the rest in the book's."""
    on = date or clock.today()
    ledger.require_open_period(unit, on)
    if standing(unit, on) is not None:
        raise Conflict(
            Code.DUPLICATE,
            _("{date} was revalued already. Take that back first (revaluation.undo).").format(
                date=on.isoformat()
            ),
            field="date",
        )
    unit.flush()
    found = positions(unit.connection, on)
    rated = [one for one in found if one.open_minor or one.carrying_minor]
    missing = sorted({one.currency for one in rated if one.rate is None})
    if missing:
        raise Conflict(
            Code.RATE_MISSING,
            _("There is no rate on {date} for {currencies}. Set one (rate.set), then revalue.").format(
                date=on.isoformat(), currencies=", ".join(missing)
            ),
            field="date",
        )
    bare = sorted({one.currency for one in found if one.unrated_minor})
    if bare:
        text = _(
            "Open documents in {currencies} were posted without an exchange rate and are not revalued. "
            "Give them one (rate.adopt)."
        )
        unit.warnings.append(warning(Code.RATE_MISSING, text.format(currencies=", ".join(bare)), "date"))
    record_id = unit.next_id()
    unit.add(revaluation, id=record_id, dated_on=on, audit_id=unit.audit_id)
    for place, one in enumerate(rated, start=1):
        unit.add(
            revaluation_line,
            revaluation_id=record_id,
            position=place,
            customer_id=one.customer_id,
            currency=one.currency,
            rate=one.rate,
            open_minor=one.open_minor,
            carrying_minor=one.carrying_minor,
            value_minor=one.value_minor,
        )
        _post(unit, record_id, on, one.customer_id, one.currency, one.difference_minor or 0)
        unit.changes.add("customer", one.customer_id)
    after = {"date": on.isoformat(), "lines": len(rated)}
    unit.note("revaluation", record_id, None, after)
    return {"date": on.isoformat(), "currencies": _plain_sums(rated, unit.settings.currency)}


def _post(unit: Unit, record_id: int, on: date, customer_id: int, currency: str, difference: int) -> None:
    """The entry of one customer and currency, and its way back on the day after."""
    receivable = ledger.account_id(unit, templates.RECEIVABLE)
    for kind, when, gain in ((KIND, on, difference), (BACK, on + timedelta(days=1), -difference)):
        if not gain:
            continue
        entry_id = unit.next_id()
        unit.add(
            base_entry, id=entry_id, kind=kind, source_id=record_id, dated_on=when, audit_id=unit.audit_id
        )
        ledger.post(
            unit,
            entry_id,
            dated_on=when,
            customer_id=customer_id,
            currency=currency,
            legs=(
                Leg(receivable, 0, base_minor=gain),
                *carrying.difference(unit, gain, is_back=kind == BACK),
            ),
        )


@dataclass(frozen=True, slots=True)
class CurrencySum:
    """All positions of a currency. `rate` and value are None where the day has no rate."""

    currency: str
    rate: str | None
    open_minor: int
    carrying_minor: int
    value_minor: int | None
    unrated_minor: int

    @property
    def difference_minor(self) -> int | None:
        """The unrealised gain (a loss when negative)."""
        return None if self.value_minor is None else self.value_minor - self.carrying_minor


def sums(found: Iterable[Position]) -> list[CurrencySum]:
    """Positions added up by currency."""
    by_currency: dict[str, list[Position]] = {}
    for one in found:
        by_currency.setdefault(one.currency, []).append(one)
    return [
        CurrencySum(
            currency,
            own[0].rate,
            sum(one.open_minor for one in own),
            sum(one.carrying_minor for one in own),
            None if own[0].rate is None else sum(one.value_minor or 0 for one in own),
            sum(one.unrated_minor for one in own),
        )
        for currency, own in sorted(by_currency.items())
    ]


def _plain_sums(found: Iterable[Position], own: str) -> list[dict[str, Any]]:
    """Per currency: open, carrying, value, difference."""
    return [
        {
            "currency": one.currency,
            "rate": one.rate,
            "open": money.plain(one.open_minor, one.currency),
            "carrying": money.plain(one.carrying_minor, own),
            "value": money.plain(one.value_minor or 0, own),
            "difference": money.plain(one.difference_minor or 0, own),
        }
        for one in sums(found)
    ]


def standing_days(connection: Connection) -> list[date]:
    """Days whose revaluation was not taken back, the newest first."""
    undone = select(revaluation.c.undoes_id).where(revaluation.c.undoes_id.is_not(None))
    query = (
        select(revaluation.c.dated_on)
        .where(revaluation.c.undoes_id.is_(None), revaluation.c.id.not_in(undone))
        .order_by(revaluation.c.dated_on.desc())
    )
    return list(connection.execute(query).scalars())


def standing(unit: Unit, on: date) -> int | None:
    """The id of the revaluation of a day that was not taken back."""
    undone = select(revaluation.c.undoes_id).where(revaluation.c.undoes_id.is_not(None))
    return unit.execute(
        select(revaluation.c.id).where(
            revaluation.c.dated_on == on, revaluation.c.undoes_id.is_(None), revaluation.c.id.not_in(undone)
        )
    ).scalar()


@use_case(
    "revaluation.undo",
    fields=(DATE,),
    summary=N_("Take the revaluation of a day back, and its reversal of the day after."),
    errors=(Code.NOT_FOUND, Code.PERIOD_LOCKED),
)
def undo(unit: Unit, *, date: date | None) -> dict[str, Any]:
    """Negates both entries on their own dates; the day may then be revalued again."""
    on = date or clock.today()
    ledger.require_open_period(unit, on)
    earlier = standing(unit, on)
    if earlier is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("{date} was not revalued. `crmdesk list revaluations` shows the days that were.").format(
                date=on.isoformat()
            ),
            field="date",
        )
    record_id = unit.next_id()
    unit.add(revaluation, id=record_id, dated_on=on, undoes_id=earlier, audit_id=unit.audit_id)
    entries = unit.execute(
        select(base_entry.c.id, base_entry.c.kind, base_entry.c.dated_on, posting.c.customer_id)
        .join_from(base_entry, posting, and_(posting.c.source_id == base_entry.c.id, posting.c.position == 1))
        .where(base_entry.c.source_id == earlier, base_entry.c.kind.in_((KIND, BACK)))
        .order_by(base_entry.c.id)
    ).all()
    legs = ledger.legs_of_many(unit, [row.id for row in entries])
    for row in entries:
        entry_id = unit.next_id()
        unit.add(
            base_entry,
            id=entry_id,
            kind=row.kind,
            source_id=record_id,
            dated_on=row.dated_on,
            audit_id=unit.audit_id,
        )
        ledger.post(
            unit,
            entry_id,
            dated_on=row.dated_on,
            customer_id=row.customer_id,
            currency=legs[row.id][0].currency or "",
            legs=ledger.negated(legs[row.id]),
        )
        unit.changes.add("customer", row.customer_id)
    unit.note("revaluation", record_id, {"date": on.isoformat()}, None)
    return {"date": on.isoformat(), "entries": len(entries)}
