"""Promises to pay: what a customer said he would pay by when; kept or broken is read from the ledger, never stored.

A promise for the whole customer looks at all money received from him, one for an invoice at what payments settled of
it. Money counts that is dated from the day the promise was made to the promised day, both included, and that was not
taken back by the day one asks; it is counted once, for the promise that was due first.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select, update

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.documents import DATE
from crmdesk.models.specs.reminders import PROMISE
from crmdesk.models.tables.customers import customer as customer_table
from crmdesk.models.tables.documents import allocation, document
from crmdesk.models.tables.reminders import promise
from crmdesk.services import customers
from crmdesk.services.dialect import among
from crmdesk.services.dunning_holds import demand_of
from crmdesk.services.posted import REVERSAL
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

OPEN, KEPT, BROKEN, WITHDRAWN = "open", "kept", "broken", "withdrawn"
_TABLE = promise.c


class Promise(NamedTuple):
    """A promise as it stands on a day; amounts in minor units of its currency."""

    id: int
    customer_id: int
    customer: str
    name: str
    document_id: int | None
    invoice: str
    """Empty for one of the whole customer."""
    currency: str
    amount_minor: int
    promised_on: date
    made_on: date
    by: str
    note: str
    withdrawn_on: date | None
    actor: str
    paid_minor: int = 0
    """What came of it, at most the amount."""
    state: str = OPEN

    @property
    def left_minor(self) -> int:
        """What is still to come, or did not come."""
        return self.amount_minor - self.paid_minor


_COLUMNS = (
    _TABLE.id,
    _TABLE.customer_id,
    customer_table.c.code,
    customer_table.c.name,
    _TABLE.document_id,
    func.coalesce(document.c.number, ""),
    _TABLE.currency,
    _TABLE.amount_minor,
    _TABLE.promised_on,
    _TABLE.made_on,
    _TABLE.promised_by,
    _TABLE.note,
    _TABLE.withdrawn_on,
    _TABLE.actor,
)
Scope = tuple[int, str, int | None]
"""Customer, currency and invoice (None: all of them)."""


class _Money:
    """Money by its date, taken by one promise after the other."""

    def __init__(self) -> None:
        self.parts: dict[int, tuple[date, int]] = {}

    def add(self, source_id: int, on: date, amount: int) -> None:
        """Money of one source; the first date counts, what is taken back makes it less."""
        first, left = self.parts.get(source_id, (on, 0))
        self.parts[source_id] = (min(first, on), left + amount)

    def take(self, wanted: int, first: date, last: date) -> int:
        """Up to an amount of the money dated in a span, oldest first."""
        taken = 0
        for source_id, (on, left) in sorted(self.parts.items(), key=lambda entry: (entry[1][0], entry[0])):
            if first <= on <= last and left > 0 and taken < wanted:
                part = min(left, wanted - taken)
                self.parts[source_id] = (on, left - part)
                taken += part
        return taken


def states(connection: Connection, on: date, *, customer_id: int | None = None) -> list[Promise]:
    """Every promise made by a day as it stood then, in the order of the promised days."""
    query = (
        select(*_COLUMNS)
        .join_from(promise, customer_table, customer_table.c.id == _TABLE.customer_id)
        .join(document, document.c.id == _TABLE.document_id, isouter=True)
        .where(_TABLE.made_on <= on)
        .order_by(_TABLE.promised_on, _TABLE.id)
    )
    if customer_id is not None:
        query = query.where(_TABLE.customer_id == customer_id)
    found = [Promise(*row) for row in connection.execute(query)]
    if not found:
        return []
    received = _received(connection, on, {one.customer_id for one in found})
    received |= _settled(connection, on, {one.document_id for one in found if one.document_id})
    result = []
    for one in found:
        if one.withdrawn_on is not None and one.withdrawn_on <= on:
            result.append(one._replace(state=WITHDRAWN))
            continue
        purse = received.get((one.customer_id, one.currency, one.document_id))
        paid = purse.take(one.amount_minor, one.made_on, one.promised_on) if purse else 0
        state = KEPT if paid >= one.amount_minor else BROKEN if on > one.promised_on else OPEN
        result.append(one._replace(paid_minor=paid, state=state))
    return result


def _received(connection: Connection, on: date, customer_ids: Iterable[int]) -> dict[Scope, _Money]:
    """Payments of customers, less what bounced or was paid back by the day."""
    own = document.alias("own")
    pays = ("payment", "payment" + REVERSAL, "refund", "refund" + REVERSAL)
    query = (
        select(
            document.c.id,
            document.c.kind,
            document.c.origin_id,
            document.c.customer_id,
            document.c.currency,
            document.c.dated_on,
            document.c.total_minor,
            own.c.origin_id.label("refunded_id"),
        )
        .join_from(document, own, own.c.id == document.c.origin_id, isouter=True)
        .where(
            among(document.c.customer_id, customer_ids), document.c.kind.in_(pays), document.c.dated_on <= on
        )
        .order_by(document.c.id)
    )
    purses: dict[Scope, _Money] = {}
    for row in connection.execute(query):
        purse = purses.setdefault((row.customer_id, row.currency, None), _Money())
        if row.kind == "payment":
            purse.add(row.id, row.dated_on, row.total_minor)
        else:
            source = row.refunded_id if row.kind == "refund" + REVERSAL else row.origin_id
            sign = 1 if row.kind == "refund" + REVERSAL else -1
            if source in purse.parts:  # a refund of a credit note takes no payment back
                purse.add(source, row.dated_on, sign * row.total_minor)
    return purses


def _settled(connection: Connection, on: date, document_ids: Iterable[int]) -> dict[Scope, _Money]:
    """What payments settled of invoices, less what was released by the day."""
    query = (
        select(
            allocation.c.credit_id,
            allocation.c.debit_id,
            allocation.c.customer_id,
            allocation.c.currency,
            allocation.c.dated_on,
            allocation.c.amount_minor,
        )
        .join_from(allocation, document, document.c.id == allocation.c.credit_id)
        .where(
            among(allocation.c.debit_id, document_ids),
            document.c.kind == "payment",
            allocation.c.dated_on <= on,
        )
        .order_by(allocation.c.dated_on, allocation.c.id)
    )
    purses: dict[Scope, _Money] = {}
    for row in connection.execute(query):
        purse = purses.setdefault((row.customer_id, row.currency, row.debit_id), _Money())
        purse.add(row.credit_id, row.dated_on, row.amount_minor)
    return purses


@use_case(
    "promise.record",
    fields=PROMISE,
    summary=N_("Record what a customer promised to pay by a day; until then he is not reminded."),
    errors=(
        Code.CUSTOMER_MISSING,
        Code.NOT_FOUND,
        Code.OTHER_CUSTOMER,
        Code.REVERSED,
        Code.DATE_ORDER,
        Code.CURRENCY_MIXED,
        Code.NOTHING_OPEN,
        Code.TOO_MANY_DECIMALS,
    ),
)
def record(
    unit: Unit,
    *,
    customer: str,
    invoice: str | None,
    amount: Decimal,
    promised_on: date,
    date: date | None,
    currency: str | None,
    by: str | None,
    note: str | None,
) -> dict[str, Any]:
    """Records a promise. `promise` in the result names it for `promise.withdraw`."""
    owner = customers.find(unit, customer)
    demand = demand_of(unit, owner.id, invoice)
    own = currency or (demand.currency if demand else owner.currency)
    if demand is not None and own != demand.currency:
        raise Conflict(
            Code.CURRENCY_MIXED,
            _("{number} is in {currency}; the promise is too.").format(
                number=demand.number, currency=demand.currency
            ),
            field="currency",
        )
    amount_minor = money.to_minor(amount, own)
    on = date or clock.today()
    if promised_on < on:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("The promised day {due} is before the day of the promise ({date}).").format(
                due=promised_on.isoformat(), date=on.isoformat()
            ),
            field="promised_on",
        )
    if demand is not None and unit.open_items.get(demand).open_minor == 0:
        raise Conflict(
            Code.NOTHING_OPEN, _("{number} is settled already.").format(number=demand.number), field="invoice"
        )
    record_id = unit.next_id()
    unit.add(
        promise,
        id=record_id,
        customer_id=owner.id,
        document_id=demand.id if demand else None,
        currency=own,
        amount_minor=amount_minor,
        promised_on=promised_on,
        made_on=on,
        promised_by=by or "",
        note=note or "",
        actor=unit.actor,
    )
    told = {"customer": owner.code, "amount": amount_minor, "promised_on": promised_on.isoformat()}
    unit.note("promise", record_id, None, told)
    unit.changes.add("customer", owner.id)
    return {
        "promise": record_id,
        "customer": owner.code,
        "amount": money.plain(amount_minor, own),
        "currency": own,
        "promised_on": promised_on.isoformat(),
    }


@use_case(
    "promise.withdraw",
    fields=(Field("promise", Kind.INTEGER, N_("Promise"), required=True), DATE),
    summary=N_(
        "Withdraw a promise that was recorded by mistake or taken back: it holds no reminder any more."
    ),
    errors=(Code.NOT_FOUND, Code.ALREADY_REVERSED, Code.DATE_ORDER),
)
def withdraw(unit: Unit, *, promise: int, date: date | None) -> dict[str, Any]:
    """Withdraws a promise from a day on; it is neither kept nor broken then."""
    row = unit.first(
        select(_TABLE.customer_id, _TABLE.made_on, _TABLE.withdrawn_on).where(_TABLE.id == promise)
    )
    if row is None:
        raise NotFound(
            Code.NOT_FOUND, _("There is no promise {number}.").format(number=promise), field="promise"
        )
    if row.withdrawn_on is not None:
        raise Conflict(
            Code.ALREADY_REVERSED,
            _("The promise was withdrawn on {date} already.").format(date=row.withdrawn_on.isoformat()),
            field="promise",
        )
    on = date or clock.today()
    if on < row.made_on:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("The promise was made on {date}; it cannot be withdrawn before.").format(
                date=row.made_on.isoformat()
            ),
            field="date",
        )
    unit.execute(update(_PROMISE).where(_TABLE.id == promise).values(withdrawn_on=on))
    unit.note("promise", promise, {"withdrawn_on": None}, {"withdrawn_on": on.isoformat()})
    unit.changes.add("customer", row.customer_id)
    return {"promise": promise, "date": on.isoformat()}


_PROMISE = promise
