"""What each customer bought and owes: figures that matrix and comparison add up. Minor units, by currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, or_, select

from crmdesk.models import clock
from crmdesk.models.tables.base import day_number
from crmdesk.models.tables.documents import document, open_item
from crmdesk.services import aged_items
from crmdesk.services.dialect import among, unindexed
from crmdesk.services.lists.open_items import item_due
from crmdesk.services.posted import REVERSAL

Money = dict[int, dict[str, int]]
"""customer id -> currency -> minor units."""


class Sold(NamedTuple):
    """What was sold in a period."""

    net: Money
    """Invoices less credit notes without tax, voids taken out on their own dates: as `report sales` has it."""
    invoices: dict[int, int]
    """Invoices dated in the period that were not void by its end, by customer."""


def raw(connection: Connection, query: Any) -> list[tuple[Any, ...]]:
    """The driver's own tuples: there may be a hundred thousand customers."""
    cursor = connection.execute(query).cursor
    return [] if cursor is None else list(cursor.fetchall())


def sold(connection: Connection, start: date | None, end: date) -> Sold:
    """Sales of every customer from `start` (None: ever) to `end`."""
    return sold_in(connection, [(start, end)])[0]


def sold_in(connection: Connection, spans: Sequence[tuple[date | None, date]]) -> list[Sold]:
    """Sales of every customer in each of these periods, read once for all of them."""
    source = document.alias("source")

    def within(column: Any, span: tuple[date | None, date]) -> Any:
        start, end = span
        return column <= end if start is None else column.between(start, end)

    sign = case((document.c.kind == "invoice", 1), else_=-1)
    is_invoice = case((document.c.kind == "invoice", 1), else_=0)
    # in the order of the customers' index, which has all of it: by kind and day they would have to be sorted first
    kind, dated_on = unindexed(document.c.kind), unindexed(document.c.dated_on)
    issued = (
        select(document.c.customer_id, document.c.currency)
        .where(kind.in_(("invoice", "credit")), or_(*(within(dated_on, span) for span in spans)))
        .group_by(document.c.customer_id, document.c.currency)
    )
    # a reversal has no net amount of its own; it takes its original's away
    is_void = document.c.kind == "invoice" + REVERSAL
    taken_back = (
        select(document.c.customer_id, document.c.currency)
        .join_from(document, source, source.c.id == document.c.origin_id)
        .where(
            document.c.kind.in_(("invoice" + REVERSAL, "credit" + REVERSAL)),
            or_(*(within(document.c.dated_on, span) for span in spans)),
        )
        .group_by(document.c.customer_id, document.c.currency)
    )
    for span in spans:  # without an else: a period in which he has no document gives NULL, not 0
        issued = issued.add_columns(
            func.sum(case((within(dated_on, span), sign * document.c.net_minor))),
            func.sum(case((within(dated_on, span), is_invoice))),
        )
        lost = case((is_void & within(source.c.dated_on, span), -1), else_=0)
        taken_back = taken_back.add_columns(
            func.sum(
                case((within(document.c.dated_on, span), case((is_void, -1), else_=1) * source.c.net_minor))
            ),
            func.sum(case((within(document.c.dated_on, span), lost))),
        )
    found = [Sold({}, defaultdict(int)) for _span in spans]
    for query in (issued, taken_back):
        for owner, currency, *sums in raw(connection, query):
            for place, one in enumerate(found):
                minor, count = sums[2 * place : 2 * place + 2]
                if minor is not None:
                    by_currency = one.net.setdefault(owner, {})
                    by_currency[currency] = by_currency.get(currency, 0) + minor
                    one.invoices[owner] += count
    return [Sold(one.net, dict(one.invoices)) for one in found]


class Owed(NamedTuple):
    """What is open on a day: `balance` less money to the customer's credit, `owed` without it."""

    balance: Money
    owed: Money
    overdue: Money


def owed_on(end: date) -> date:
    """The day that what is owed is of, in a figure of a period: its end, today at the latest. What comes after today is
    not paid yet, and not overdue either."""
    return min(end, clock.today())


def owed(connection: Connection, on: date) -> Owed:
    """What every customer owed on a day, as ageing has it; today's is what is open now, as in the customers list."""
    if on >= clock.today():
        sums = _open_now(connection, on)
    else:
        sums = (
            (owner, currency, not_due + late + free, not_due + late, late)
            for (owner, currency), (not_due, late, free) in aged_items.bucket_sums(
                connection, on, "due", [day_number(on)]
            ).items()
        )
    return _kept(sums)


def owed_now(connection: Connection, customer_ids: Collection[int]) -> Owed:
    """What these customers owe now."""
    return _kept(_open_now(connection, clock.today(), among(open_item.c.customer_id, customer_ids)))


def _kept(sums: Iterable[tuple[Any, ...]]) -> Owed:
    found = Owed({}, {}, {})
    for owner, currency, *amounts in sums:
        for kept, minor in zip(found, amounts, strict=True):
            if minor:
                kept.setdefault(owner, {})[currency] = minor
    return found


def _open_now(connection: Connection, on: date, *wanted: ColumnElement[bool]) -> list[tuple[Any, ...]]:
    is_owed = open_item.c.side == 1
    query = select(
        open_item.c.customer_id,
        open_item.c.currency,
        func.sum(open_item.c.side * open_item.c.open_minor),
        func.sum(case((is_owed, open_item.c.open_minor), else_=0)),
        func.sum(case((is_owed & (item_due < on), open_item.c.open_minor), else_=0)),
    ).where(*wanted)
    return raw(connection, query.group_by(open_item.c.customer_id, open_item.c.currency))
