"""A rate for everything of a currency that was posted without one (rate.adopt).

Posted rows stay as they are: each entry gets one of its own beside it, whose legs stand at the same positions, have no
amount and carry the value in the book's currency.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, select

from crmdesk.models import money
from crmdesk.models.errors import Code, Conflict
from crmdesk.models.specs.documents import BILL_EVENTS
from crmdesk.models.specs.exchange import RATE_ADOPT
from crmdesk.models.tables.bills import bill
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.exchange import base_entry, late_rate
from crmdesk.models.tables.ledger import posting
from crmdesk.services import base_history, carrying, ledger, rates, settings, templates
from crmdesk.services.allocating import PREPAID_KINDS
from crmdesk.services.base_history import Cleared, History, Valued
from crmdesk.services.dialect import among
from crmdesk.services.ledger import LATE, Leg
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _


@dataclass(frozen=True, slots=True)
class Waiting:
    """Documents of a currency that nobody gave a rate."""

    currency: str
    count: int
    first: date
    last: date


def waiting(connection: Connection) -> list[Waiting]:
    """What `rate.adopt` would value, by currency."""
    own = settings.load(connection).currency
    late = base_entry.alias("late")
    is_completed = (
        select(late.c.id).where(late.c.source_id == posting.c.source_id, late.c.kind == LATE).exists()
    )
    query = (
        select(
            document.c.currency,
            func.count(document.c.id.distinct()),
            func.min(document.c.dated_on),
            func.max(document.c.dated_on),
        )
        .join_from(posting, document, document.c.id == posting.c.source_id)
        .where(posting.c.base_minor.is_(None), posting.c.currency != own, ~is_completed)
        .group_by(document.c.currency)
        .order_by(document.c.currency)
    )
    return [Waiting(*row) for row in connection.execute(query)]


@use_case(
    "rate.adopt",
    fields=RATE_ADOPT,
    summary=N_("Give a rate to all documents and allocations of a currency that have none."),
    errors=(Code.INVALID_CHOICE, Code.OUT_OF_RANGE, Code.TOO_MANY_DECIMALS, Code.CURRENCY_MIXED),
)
def adopt(unit: Unit, *, currency: str, rate: Decimal) -> dict[str, Any]:
    """Values them as if they had had that rate, each on its own date or, in a locked period, on the first open day."""
    rates.require_foreign(unit, currency)
    text = rates.text_of(rate)
    unit.flush()
    before = base_history.read(unit.connection, currency=currency)
    _require_all_valued(unit, before)
    bare = {
        one.id
        for one in before.documents.values()
        if one.base_minor is None and one.kind not in carrying.FOLLOWING_KINDS
    }
    following = {one.id for one in before.documents.values() if one.base_minor is None} - bare
    after = base_history.read(unit.connection, currency=currency, rate=text)
    for document_id in sorted(bare):
        unit.add(late_rate, document_id=document_id, rate=text, audit_id=unit.audit_id)
        unit.changes.add(after.documents[document_id].kind, document_id)
        unit.cache.pop((late_rate, document_id), None)
        unit.cache.pop(("base", document_id), None)
    count = _Completion(unit, currency, after, bare | following).post()
    unit.note("rate", 0, None, {"currency": currency, "adopted": text, "documents": len(bare)})
    return {"currency": currency, "rate": text, "documents": len(bare), "entries": count}


def _require_all_valued(unit: Unit, history: History) -> None:
    """Refuses while something stands whose further course has no value in the book's currency: money passed on to
    another customer, deposits, bills of exchange. Valued at their beginning only they would never come to nothing."""
    standing = [
        one
        for one in history.documents.values()
        if one.base_minor is None and one.id not in history.reversals
    ]
    payments = [one.id for one in standing if one.kind == "payment"]
    with_bill = set(
        unit.execute(select(bill.c.document_id).where(among(bill.c.document_id, payments))).scalars()
    )
    found = [one.number for one in standing if one.kind in ("transfer", "deposit") or one.id in with_bill]
    if found:
        raise Conflict(
            Code.CURRENCY_MIXED,
            _(
                "Transfers between customers, deposits and bills of exchange get no rate later. Take these back first: "
                "{numbers}."
            ).format(numbers=", ".join(found[:10])),
            field="currency",
        )


class _Completion:
    """Writes the late entries of some documents and of what happened to them."""

    def __init__(self, unit: Unit, currency: str, history: History, wanted: set[int]) -> None:
        self._unit, self._currency, self._history, self._wanted = unit, currency, history, wanted
        self._receivable = ledger.account_id(unit, templates.RECEIVABLE)
        self._credit = ledger.account_id(unit, templates.CUSTOMER_CREDIT)
        self._exchange = ledger.account_id(unit, templates.EXCHANGE)
        self._events = [event for event in history.events if event.credit.id in wanted]
        sources = [*wanted, *(event.id for event in self._events)]
        self._legs = ledger.legs_of_many(unit, sources)
        rows = unit.execute(
            select(posting.c.source_id, posting.c.dated_on).where(among(posting.c.source_id, sources))
        )
        self._dates: dict[int, date] = dict(rows.all())

    def post(self) -> int:
        """Writes them all; gives how many."""
        count = 0
        # ruled by the order of posting, as the entries themselves were
        work: list[tuple[int, int, date, list[Leg]]] = []
        for document_id in self._wanted:
            work += self._of_document(self._history.documents[document_id])
        for event in self._events:
            work += self._of_event(event)
        for source_id, customer_id, dated_on, legs in sorted(
            work, key=lambda entry: (abs(entry[0]), -entry[0])
        ):
            count += self._write(source_id, customer_id, dated_on, legs)
        return count

    def _of_document(self, one: Valued) -> Iterator[tuple[int, int, date, list[Leg]]]:
        legs = self._legs.get(one.id, [])
        now = [
            event
            for event in self._events
            if event.credit is one and event.debit is not None and event.id not in self._legs
        ]
        if one.kind == "payment":
            valued = self._payment(one, legs, now)
        else:
            base = self._bill_value(one) if one.kind in BILL_EVENTS else one.base_minor
            valued = self._plain(legs, base or 0)
        yield one.id, one.customer_id, one.dated_on, valued
        if one.id in self._history.reversals:
            reversal_id, on = self._history.reversals[one.id]
            yield reversal_id, one.customer_id, on, ledger.negated(valued)
            split = [leg for leg in valued if leg.account_id == self._receivable]
            if one.kind == "payment" and split:
                gains = [leg for leg in valued if leg.amount_minor == 0]
                base = sum(leg.base_minor or 0 for leg in split)
                rest = -base - sum(leg.base_minor or 0 for leg in gains)
                amount = sum(leg.amount_minor for leg in split)
                yield (
                    -reversal_id,
                    one.customer_id,
                    on,
                    [
                        Leg(self._credit, -amount, base_minor=rest),
                        Leg(self._receivable, amount, base_minor=base),
                        *gains,
                    ],
                )

    def _bill_value(self, event: Valued) -> int:
        """A bill leaves and comes back at the value that its payment gave it."""
        payment = self._history.documents[event.origin_id or 0]
        mine = [leg for leg in self._legs.get(payment.id, []) if leg.amount_minor > 0]
        parts = money.spread(payment.base_minor or 0, [leg.amount_minor for leg in mine])
        bills = ledger.account_id(self._unit, templates.BILLS)
        return sum(part for part, leg in zip(parts, mine, strict=True) if leg.account_id == bills)

    def _plain(self, legs: list[Leg], base: int) -> list[Leg]:
        """The first leg of one sign stands alone against the others."""
        debits = [leg for leg in legs if leg.amount_minor > 0]
        credits = [leg for leg in legs if leg.amount_minor < 0]
        values = {
            id(leg): part
            for side, sign in ((debits, 1), (credits, -1))
            for leg, part in zip(
                side, money.spread(base, [sign * leg.amount_minor for leg in side]), strict=True
            )
        }
        return [_with(leg, (1 if leg.amount_minor > 0 else -1) * values[id(leg)]) for leg in legs]

    def _payment(self, one: Valued, legs: list[Leg], now: list[Cleared]) -> list[Leg]:
        """As `payments.record` values it: money and cost share the base, receivables get what was cleared there."""
        base = one.base_minor or 0
        settled = sum(event.debit_share or 0 for event in now)
        cleared = sum(event.credit_share or 0 for event in now)
        mine = [leg for leg in legs if leg.currency == self._currency and leg.amount_minor > 0]
        parts = iter(money.spread(base, [leg.amount_minor for leg in mine]))
        shares = {id(leg): next(parts) for leg in mine}
        exchanged = next((shares[id(leg)] for leg in mine if leg.account_id == self._exchange), 0)
        result = []
        for leg in legs:
            if leg.currency != self._currency:
                value = exchanged if leg.amount_minor > 0 else -exchanged
            elif leg.account_id == self._receivable:
                value = -settled
            elif leg.account_id == self._credit:
                value = cleared - base
            else:
                value = shares[id(leg)]
            result.append(_with(leg, value))
        return [*result, *carrying.difference(self._unit, cleared - settled)]

    def _of_event(self, event: Cleared) -> Iterator[tuple[int, int, date, list[Leg]]]:
        owner = event.credit.customer_id
        if event.debit is None:
            yield from self._odd_cent(event)
            return
        gain = carrying.difference(self._unit, event.gain_minor, is_back=event.amount_minor < 0)
        legs = self._legs.get(event.id)
        if legs is not None:
            values = {self._credit: event.credit_share, self._receivable: -(event.debit_share or 0)}
            on = self._dates[event.id]
            yield event.id, owner, on, [*(_with(leg, values[leg.account_id] or 0) for leg in legs), *gain]
        elif gain and event.credit.kind not in PREPAID_KINDS:
            yield (
                event.id,
                owner,
                event.dated_on,
                [Leg(self._receivable, 0, base_minor=event.gain_minor), *gain],
            )

    def _odd_cent(self, event: Cleared) -> Iterator[tuple[int, int, date, list[Leg]]]:
        """What a reversed refund, transfer or use of a deposit gives back differs from what it cleared by the odd cent
        of what came between."""
        odd = event.gain_minor if event.amount_minor < 0 else 0
        if odd:
            side = self._receivable if event.credit.kind == "credit" else self._credit
            if event.credit.kind == "deposit":
                side = ledger.account_id(self._unit, templates.DEPOSIT)
            legs = [Leg(side, 0, base_minor=odd), *carrying.difference(self._unit, odd)]
            yield -event.id, event.credit.customer_id, event.dated_on, legs

    def _write(self, source_id: int, customer_id: int, dated_on: date, legs: list[Leg]) -> int:
        unit = self._unit
        locked = unit.settings.lock_date
        on = dated_on if locked is None or dated_on > locked else locked + timedelta(days=1)
        entry_id = unit.next_id()
        unit.add(base_entry, id=entry_id, kind=LATE, source_id=source_id, dated_on=on, audit_id=unit.audit_id)
        ledger.post(
            unit,
            entry_id,
            dated_on=on,
            customer_id=customer_id,
            currency=self._currency,
            legs=[leg._replace(amount_minor=0) for leg in legs],
            keeps_positions=True,
        )
        return 1


def _with(leg: Leg, base_minor: int) -> Leg:
    return leg._replace(base_minor=base_minor)
