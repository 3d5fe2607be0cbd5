"""What is open: the amounts kept per document for speed, exact at every date by the dated events behind them.

`open_item` holds only what is not settled. `check` rebuilds it from documents and allocations and compares.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sqlalchemy import Connection, Table, delete, select, union_all, update
from sqlalchemy import bindparam as bind

from crmdesk.models.tables.documents import allocation, document, open_item
from crmdesk.services.dialect import among
from crmdesk.services.posted import DRAWN, REVERSAL, Posted

DEBIT, CREDIT = 1, -1
DEBIT_KINDS = ("invoice", "opening")
OPENABLE = (*DEBIT_KINDS, "credit", "payment", "writeoff", "transfer", "deposit_applied", "discount")
"""Kinds of documents that have an open amount: what may be settled, and what settles."""


@dataclass(slots=True)
class Item:
    """An open item in memory. `open_minor` is what is open after every event known, whatever its date."""

    document_id: int
    customer_id: int
    currency: str
    side: int
    dated_on: date
    due_on: date | None
    open_minor: int
    last_event_on: date
    is_stored: bool = True
    is_changed: bool = False


_COLUMNS = (
    open_item.c.document_id,
    open_item.c.customer_id,
    open_item.c.currency,
    open_item.c.side,
    open_item.c.dated_on,
    open_item.c.due_on,
    open_item.c.open_minor,
    open_item.c.last_event_on,
)
_OF_CUSTOMER = select(*_COLUMNS).where(open_item.c.customer_id == bind("customer"))
_OF_DOCUMENT = select(*_COLUMNS).where(open_item.c.document_id == bind("document"))
_UPDATE = (
    update(open_item)
    .where(open_item.c.document_id == bind("key"))
    .values(open_minor=bind("open"), last_event_on=bind("last"))
)
_DELETE = delete(open_item).where(open_item.c.document_id == bind("key"))


def side_of(posted: Posted) -> int:
    """DEBIT for what the customer owes, CREDIT for what he has to his credit."""
    return DEBIT if posted.effect_minor > 0 or posted.kind == "invoice" else CREDIT


class Rows(Protocol):
    """Where items come from and go to: a unit of work, or (reading only) a connection with this shape."""

    @property
    def connection(self) -> Connection: ...

    def execute(self, query: Any, parameters: Any = None) -> Any: ...

    def add(self, target: Table, **values: Any) -> None: ...


class OpenItems:
    """The open items that one unit of work has touched."""

    def __init__(self, unit: Rows) -> None:
        self._unit = unit
        self._items: dict[int, Item] = {}
        self._by_customer: dict[int, list[Item]] = {}
        self._loaded: set[int] = set()

    def _keep(self, item: Item) -> Item:
        known = self._items.get(item.document_id)
        if known is not None:
            return known
        self._items[item.document_id] = item
        self._by_customer.setdefault(item.customer_id, []).append(item)
        return item

    def of_customer(self, customer_id: int, currency: str, side: int) -> list[Item]:
        """A customer's unsettled items of one currency and side, oldest first (date, then posting order)."""
        self._load_all(customer_id)
        items = [
            item
            for item in self._by_customer.get(customer_id, ())
            if item.open_minor > 0 and item.side == side and item.currency == currency
        ]
        items.sort(key=lambda item: (item.dated_on, item.document_id))
        return items

    def balances(self, customer_id: int) -> dict[str, int]:
        """What a customer owes less what he has to his credit, by currency."""
        self._load_all(customer_id)
        found: dict[str, int] = {}
        for item in self._by_customer.get(customer_id, ()):
            found[item.currency] = found.get(item.currency, 0) + item.side * item.open_minor
        return found

    def _load_all(self, customer_id: int) -> None:
        if customer_id not in self._loaded:
            self._loaded.add(customer_id)
            for row in self._unit.connection.execute(_OF_CUSTOMER, {"customer": customer_id}).all():
                self._keep(Item(*row))

    def new(self, posted: Posted) -> Item:
        """The item of a document written in this unit."""
        return self._keep(
            Item(
                posted.id,
                posted.customer_id,
                posted.currency,
                side_of(posted),
                posted.dated_on,
                posted.due_on,
                posted.total_minor,
                posted.dated_on,
                is_stored=False,
                is_changed=True,
            )
        )

    def prefetch(self, document_ids: Iterable[int]) -> None:
        """Looks up the items of many documents at once; settled ones have none and are passed over."""
        missing = [record_id for record_id in document_ids if record_id not in self._items]
        if missing:
            query = select(*_COLUMNS).where(among(open_item.c.document_id, missing))
            for row in self._unit.connection.execute(query).all():
                self._keep(Item(*row))

    def get(self, posted: Posted) -> Item:
        """The item of a document, also of a settled one."""
        known = self._items.get(posted.id)
        if known is not None:
            return known
        row = self._unit.connection.execute(_OF_DOCUMENT, {"document": posted.id}).first()
        if row is not None:
            return self._keep(Item(*row))
        dates = [when for when, _amount in self.events(posted.id)]
        return self._keep(
            Item(
                posted.id,
                posted.customer_id,
                posted.currency,
                side_of(posted),
                posted.dated_on,
                posted.due_on,
                0,
                max([posted.dated_on, *dates]),
                is_stored=False,
            )
        )

    def events(self, document_id: int) -> list[tuple[date, int]]:
        """Every dated event that settles (+) or reopens (−) a document: allocations, releases, refunds, transfers."""
        query = union_all(
            select(allocation.c.dated_on, allocation.c.amount_minor).where(
                (allocation.c.credit_id == document_id) | (allocation.c.debit_id == document_id)
            ),
            select(document.c.dated_on, document.c.total_minor).where(
                document.c.origin_id == document_id, document.c.kind.in_(DRAWN)
            ),
        )
        events = [(row[0], row[1]) for row in self._unit.execute(query).all()]
        drawn = select(document.c.id).where(document.c.origin_id == document_id, document.c.kind.in_(DRAWN))
        for row in self._unit.execute(
            select(document.c.dated_on, document.c.total_minor).where(
                document.c.origin_id.in_(drawn), document.c.kind.in_([kind + REVERSAL for kind in DRAWN])
            )
        ).all():
            events.append((row[0], -row[1]))
        return events

    def least_open(self, item: Item, on: date) -> int:
        """The least open amount at any date from `on` onwards: what an event dated `on` may still settle."""
        if on >= item.last_event_on or item.open_minor == 0:
            return item.open_minor
        least = item.open_minor
        after = 0
        by_date: dict[date, int] = {}
        for when, amount in self.events(item.document_id):
            if when > on:
                by_date[when] = by_date.get(when, 0) + amount
        for when in sorted(by_date, reverse=True):
            after += by_date[when]
            least = min(least, item.open_minor + after)
        return least

    def settle(self, item: Item, amount_minor: int, on: date) -> None:
        """Takes an amount off (negative: puts it back)."""
        item.open_minor -= amount_minor
        item.last_event_on = max(item.last_event_on, on)
        item.is_changed = True

    def write(self) -> None:
        """Writes changed items back, after the unit's rows."""
        updates, deletes = [], []
        for item in self._items.values():
            if not item.is_changed:
                continue
            if item.open_minor == 0:
                if item.is_stored:
                    deletes.append({"key": item.document_id})
            elif item.is_stored:
                updates.append({"key": item.document_id, "open": item.open_minor, "last": item.last_event_on})
            else:
                self._unit.add(
                    open_item,
                    document_id=item.document_id,
                    customer_id=item.customer_id,
                    currency=item.currency,
                    side=item.side,
                    dated_on=item.dated_on,
                    due_on=item.due_on,
                    open_minor=item.open_minor,
                    last_event_on=item.last_event_on,
                )
            item.is_stored = item.open_minor != 0
            item.is_changed = False
        if updates:
            self._unit.execute(_UPDATE, updates)
        if deletes:
            self._unit.execute(_DELETE, deletes)
