"""Gathers what the ledger says of customers (`models/measure_rules.Facts`): of all in a few scans, of some by index.

What is billed in a foreign currency counts in the book's at the rate it was posted with or got later; a document that
nobody gave a rate counts as a purchase, but in no amount. A document that was taken back counts as if it had never
been; what is dated after the day does not count yet.
"""

from __future__ import annotations

import functools
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, bindparam, func, select

from crmdesk.models.measure_rules import RECENT_DAYS, Facts, Settings, window_start
from crmdesk.models.tables.agreements import agreement
from crmdesk.models.tables.base import Day, day_number, day_of
from crmdesk.models.tables.categories import customer_category
from crmdesk.models.tables.customers import contact, customer
from crmdesk.models.tables.documents import document, document_line
from crmdesk.models.tables.exchange import late_rate
from crmdesk.services import carrying, credit, settings
from crmdesk.services.dialect import among, ids_given, unindexed
from crmdesk.services.posted import REVERSAL

Counter = Callable[[Connection, date, date, "list[int] | None"], dict[int, int]]
VOICES: dict[str, Counter] = {}
"""Counts by customer between two days of what is kept elsewhere: `complaints`, `enquiries`. Who keeps activities adds
a line here; without it the inputs stand at 0."""

_BACK = tuple(kind + REVERSAL for kind in ("invoice", "credit"))
_Row = tuple[Any, ...]


def gather(
    connection: Connection, on: date, chosen: Settings, ids: list[int] | None = None
) -> dict[int, Facts]:
    """The facts as at a day of all customers, or of these; who is no customer (any more) is left out."""
    own = settings.load(connection).currency
    since = window_start(on, chosen)
    reader = _Reader(connection, ids, {"own": own, "start": since, "today": on})
    found: dict[int, Facts] = {}
    known: dict[int, _Row] = {}
    for row in reader.rows(_people):
        found[row[0]] = Facts()
        known[row[0]] = row
    start, today = day_number(since), day_number(on)
    half = day_number(on - timedelta(days=chosen.window_days // 2 - 1))
    ordinals: dict[int, int] = {}
    taken_back = {row[0] for row in reader.rows(_taken_back)}
    for owner, rows in _bought(reader, taken_back, own):
        _add_up(found[owner], rows, ordinals, start, half, today)
    for owner, dated, minor in _returned(reader, taken_back, own):
        if dated <= today:
            _take_off(found[owner], dated, minor, start, half)
    for owner, tenths in credit.late_tenths(connection, on, own, ids).items():
        found[owner].late_tenths = tenths
    for owner, product in _favourites(reader).items():
        found[owner].product_id = product
    for owner, count in _voice("complaints", connection, since, on, ids).items():
        if owner in found:
            found[owner].complaints = count
    _add_leads(reader, found, known, since, on)
    return found


class _Reader:
    """Reads of all customers or of some. Its queries are built once for both ways: writes ask them again and again."""

    def __init__(self, connection: Connection, ids: list[int] | None, values: dict[str, Any]) -> None:
        self.connection = connection
        self.ids = ids
        self._values = values if ids is None else values | {"ids": json.dumps(ids)}

    def each(self, query: Callable[[bool], Any]) -> Iterator[_Row]:
        """The driver's own tuples, one after the other: there may be a million documents."""
        statement = query(self.ids is not None)
        cursor: Any = self.connection.execute(statement, self._values).cursor
        return iter(()) if cursor is None else iter(cursor)

    def rows(self, query: Callable[[bool], Any]) -> list[_Row]:
        """All of them at once."""
        return list(self.each(query))


def _of(query: Any, column: ColumnElement[int], is_of_some: bool) -> Any:
    return query.where(column.in_(ids_given("ids"))) if is_of_some else query


def _kind(is_of_some: bool) -> ColumnElement[str]:
    """The kind of a document. For some customers their index must serve: nothing else may look like one that does."""
    return unindexed(document.c.kind) if is_of_some else document.c.kind


@functools.cache
def _people(is_of_some: bool) -> Any:
    columns = customer.c
    query = select(
        columns.id, columns.phone, columns.email, columns.tax_number, columns.industry, columns.source
    )
    return _of(query, customer.c.id, is_of_some)


def _voice(name: str, connection: Connection, since: date, on: date, ids: list[int] | None) -> dict[int, int]:
    counted = VOICES.get(name)
    return counted(connection, since, on, ids) if counted is not None else {}


# What was bought


@functools.cache
def _taken_back(is_of_some: bool) -> Any:
    query = select(document.c.origin_id).where(_kind(is_of_some).in_(_BACK))
    return _of(query, document.c.customer_id, is_of_some)


@functools.cache
def _invoices(is_of_some: bool) -> Any:
    """In the order of the customers' index, which has all of it: nothing is sorted, each customer's are together."""
    columns = document.c
    query = (
        select(
            columns.dated_on,
            columns.net_minor,
            columns.id,
            columns.customer_id,
            func.nullif(columns.currency, bindparam("own", type_=Text())),
        )
        .where(unindexed(columns.kind) == "invoice")
        .order_by(columns.customer_id, columns.currency, columns.dated_on, columns.id)
    )
    return _of(query, columns.customer_id, is_of_some)


@functools.cache
def _notes(is_of_some: bool) -> Any:
    query = select(
        document.c.id, document.c.customer_id, document.c.dated_on, document.c.net_minor, document.c.currency
    ).where(_kind(is_of_some) == "credit")
    return _of(query, document.c.customer_id, is_of_some)


def _bought(reader: _Reader, taken_back: set[int], own: str) -> Iterator[tuple[int, list[_Row]]]:
    """Each customer with his invoices as (day, minor or None, …), by day."""
    mixed: dict[int, list[_Row]] = {}
    for owner, group in groupby(reader.each(_invoices), itemgetter(3)):
        rows = list(group)
        if taken_back:
            rows = [row for row in rows if row[2] not in taken_back]
        if rows and (rows[0][4] or rows[-1][4]):  # they come by currency, so a foreign one is at either end
            mixed[owner] = rows
        else:
            yield owner, rows
    rates = _rates(
        reader.connection, [row[2] for rows in mixed.values() for row in rows if row[4] is not None]
    )
    for owner, rows in mixed.items():
        yield owner, sorted((_in_own(row, rates, own) for row in rows), key=itemgetter(0))


def _in_own(row: _Row, rates: dict[int, str], own: str) -> _Row:
    """An invoice with its amount in the book's currency; without a rate it has none."""
    dated, minor, record_id, owner, currency = row
    if currency is not None:
        rate = rates.get(record_id)
        minor = None if rate is None else carrying.to_base(minor, currency, rate, own)
    return dated, minor, record_id, owner, None


def _returned(reader: _Reader, taken_back: set[int], own: str) -> Iterator[tuple[int, int, int]]:
    """Credit notes as (customer, day, minor)."""
    notes = [row for row in reader.rows(_notes) if row[0] not in taken_back]
    rates = _rates(reader.connection, [row[0] for row in notes if row[4] != own])
    for record_id, owner, dated, minor, currency in notes:
        if currency == own:
            yield owner, dated, minor
        elif record_id in rates:
            yield owner, dated, carrying.to_base(minor, currency, rates[record_id], own)


def _rates(connection: Connection, ids: list[int]) -> dict[int, str]:
    """The rates of foreign documents that have one, posted with them or given late."""
    if not ids:
        return {}
    rate = func.coalesce(document.c.rate, late_rate.c.rate)
    query = (
        select(document.c.id, rate)
        .select_from(document.outerjoin(late_rate, late_rate.c.document_id == document.c.id))
        .where(among(document.c.id, ids), rate.isnot(None))
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _add_up(
    facts: Facts, rows: list[_Row], ordinals: dict[int, int], start: int, half: int, today: int
) -> None:
    """Adds sorted invoices up; those of one day are one purchase."""
    before = first = last = day = count = squares = window = 0
    total = repeated = in_window = later = 0
    for dated, minor, _id, _owner, _foreign in rows:
        if dated > today:
            break
        if dated != before:
            before = dated
            day = ordinals.get(dated)
            if day is None:
                day = ordinals[dated] = day_of(dated).toordinal()
            if count:
                squares += (day - last) * (day - last)
            else:
                first = day
            last = day
            count += 1
            if dated >= start:
                window += 1
        if minor is None:
            facts.unrated_count += 1
            continue
        total += minor
        if day != first:
            repeated += minor
        if dated >= start:
            in_window += minor
            if dated >= half:
                later += minor
    facts.first, facts.last, facts.purchases, facts.gap_squares = first, last, count, squares
    facts.window_count, facts.window_minor = window, in_window
    facts.earlier_minor, facts.later_minor = in_window - later, later
    facts.total_minor, facts.repeat_minor = total, repeated


def _take_off(facts: Facts, dated: int, minor: int, start: int, half: int) -> None:
    """A credit note lowers the amounts of its own day."""
    facts.total_minor -= minor
    if dated >= start:
        facts.window_minor -= minor
        if dated >= half:
            facts.later_minor -= minor
        else:
            facts.earlier_minor -= minor


def bought_lines(is_of_some: bool) -> Any:
    """A query from lines of invoices dated from `start` to `today` (parameters) that were not taken back; columns are
    added to it. `is_of_some`: of a few customers, found by their index."""
    back = document.alias("back")
    taken_back = select(back.c.origin_id).where(back.c.kind == "invoice" + REVERSAL)
    return (
        select()
        .select_from(document.join(document_line, document_line.c.document_id == document.c.id))
        .where(
            _kind(is_of_some) == "invoice",
            document.c.dated_on >= bindparam("start", type_=Day()),
            document.c.dated_on <= bindparam("today", type_=Day()),
            document_line.c.product_id.isnot(None),
            document.c.id.not_in(taken_back),
        )
    )


@functools.cache
def _favourite_lines(is_of_some: bool) -> Any:
    """What stands on the lines, by day; of one day the product of the lowest number comes last."""
    owner, product = document.c.customer_id, document_line.c.product_id
    query = bought_lines(is_of_some).add_columns(owner, product)
    return _of(query.order_by(document.c.dated_on, product.desc()), owner, is_of_some)


def _favourites(reader: _Reader) -> dict[int, int]:
    """The product that stands on most lines of a customer in the window; of equal ones the one bought last."""
    bought: dict[int, list[int]] = defaultdict(list)
    for owner, product in reader.each(_favourite_lines):
        bought[owner].append(product)
    return {owner: _most(products) for owner, products in bought.items()}


def _most(products: list[int]) -> int:
    """The one that stands there most often, of equal ones the last."""
    counts: dict[int, int] = {}
    for one in reversed(products):
        counts[one] = counts.get(one, 0) + 1
    return max(counts, key=counts.__getitem__)


# Who has not bought yet


@functools.cache
def _contacts(is_of_some: bool) -> Any:
    owner = contact.c.customer_id
    return _of(select(owner, func.count()).group_by(owner), owner, is_of_some)


@functools.cache
def _placed(is_of_some: bool) -> Any:
    # What a rule concluded is nothing new known of him, and a rule may ask for the score itself.
    owner = customer_category.c.customer_id
    query = select(owner).where(customer_category.c.segment_id.is_(None)).distinct()
    return _of(query, owner, is_of_some)


@functools.cache
def _agreed(is_of_some: bool) -> Any:
    """What was refused or given up says nothing for him; a later version of a quote is no second one."""
    columns = agreement.c
    query = (
        select(
            columns.customer_id,
            columns.kind,
            func.count(columns.number.distinct()),
            func.max(columns.dated_on),
        )
        .where(columns.state != "void", columns.dated_on <= bindparam("today", type_=Day()))
        .group_by(columns.customer_id, columns.kind)
    )
    return _of(query, columns.customer_id, is_of_some)


def _add_leads(
    reader: _Reader, found: dict[int, Facts], known: dict[int, _Row], since: date, on: date
) -> None:
    waiting = [owner for owner, facts in found.items() if not facts.purchases]
    if not waiting:
        return
    people = dict(reader.rows(_contacts))
    placed = {row[0] for row in reader.rows(_placed)}
    enquiries = _voice("enquiries", reader.connection, since, on, reader.ids)
    agreed: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    for owner, kind, count, last in reader.rows(_agreed):
        agreed[owner][kind] = (count, last)
    nothing = (0, 0)
    recent = day_number(on - timedelta(days=RECENT_DAYS))
    for owner in waiting:
        _id, phone, email, tax_number, industry, source = known[owner]
        own = agreed.get(owner, {})
        quotes, requirements = own.get("quote", nothing), own.get("requirement", nothing)
        found[owner].lead = {
            "reachable": int(bool(phone or email)),
            "contacts": people.get(owner, 0),
            "tax_number": int(bool(tax_number)),
            "classified": int(bool(industry) or owner in placed),
            "source": int(bool(source)),
            "enquiries": enquiries.get(owner, 0),
            "requirements": requirements[0],
            "quotes": quotes[0],
            "recent": int(max(quotes[1], requirements[1]) > recent),
            "contracts": own.get("contract", nothing)[0],
        }
