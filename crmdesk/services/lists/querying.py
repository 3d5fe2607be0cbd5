"""Reads lists: the sorted ids of the whole filtered set in one query, then rows by blocks of ids."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import REAL, ColumnElement, Connection, FromClause, cast, func, literal, or_, select

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import TEXTS, Field, Kind
from crmdesk.services import later, settings
from crmdesk.services.book import Book
from crmdesk.services.dialect import among, begins
from crmdesk.services.lists import belonging, measures
from crmdesk.services.lists.columns import (
    DECIMALS,
    Column,
    Ids,
    ListSpec,
    Query,
    Source,
    converter,
    joined,
    supplied,
)
from crmdesk.services.lists.conditions import comparisons, condition
from crmdesk.services.lists.filters import Comparison, parse
from crmdesk.services.lists.grouping import Group, Grouped, can_group, group_key, in_order
from crmdesk.services.lists.kinds import spec_of
from crmdesk.services.lists.meaning import require_places, require_ranges
from crmdesk.services.lists.merged import following
from crmdesk.services.lists.own_columns import is_own, spec_in
from crmdesk.text import _


@dataclass(frozen=True, slots=True)
class _Plan:
    """One source of a list with the conditions of a query."""

    source: Source
    values: dict[str, ColumnElement[Any]]
    conditions: tuple[ColumnElement[bool], ...]
    joins: frozenset[str]
    parameters: dict[str, Any]
    measured: tuple[tuple[FromClause, ColumnElement[bool]], ...] = field(default=())
    """The readings of the measures that the query uses."""

    def table(self, needs: Iterable[str] = ()) -> Any:
        """The source with the joins that its conditions and these columns need."""
        return measures.joined(joined(self.source, self.joins.union(needs)), self.measured)

    def select(self, *columns: Any, needs: Iterable[str] = ()) -> Any:
        """A query over this source with the joins that its columns and conditions need."""
        query: Any = select(*columns).select_from(self.table(needs))
        for one in (*self.source.where, *self.conditions):
            query = query.where(one)
        return query


def _parameters(
    connection: Connection, source: Source, query: Query, joins: Iterable[str] = ()
) -> dict[str, Any]:
    today = query.today or clock.today()
    found: dict[str, Any] = {
        "today": today,
        "book_currency": settings.load(connection).currency,
    }
    if source.supply is not None:
        found |= source.supply(connection, today)
    return found | supplied(connection, source, joins, today)


def _values(spec: ListSpec, source: Source) -> dict[str, ColumnElement[Any]]:
    found: dict[str, ColumnElement[Any]] = {}
    for column in spec.columns:
        value = source.columns.get(column.field.name, column.value)
        if value is not None:
            found[column.field.name] = value
    return found


def _plan(connection: Connection, spec: ListSpec, source: Source, query: Query) -> _Plan:
    values = _values(spec, source)
    conditions: list[ColumnElement[bool]] = []
    joins: set[str] = set()
    is_of_customers = spec.is_of_customers and source is spec.source
    fields = spec.filtered
    if is_of_customers:
        fields |= dict(belonging.FIELDS)
    today = query.today or clock.today()
    node = parse(query.filter, fields, measures.calls() if is_of_customers else None, today)
    node = following(connection, node, is_of_customers=is_of_customers)
    used = comparisons(node)
    require_ranges(used, today)
    if is_of_customers:
        require_places(used)
    gathering = measures.Gathering(today)
    if is_of_customers:
        values |= _measured(connection, spec, gathering, [*used, *_ordering(spec, query)])
    if node is not None:
        # in lists of anything else, `segment` or `category` is a column of theirs
        belongs = belonging.LISTED if is_of_customers else None
        conditions.append(condition(node, _with_currency(spec, values), values, belongs))
        for one in used:
            column = spec.column(one.field)
            joins |= column.needs if column is not None else set()
    if query.search.strip() and source.search is not None:
        conditions.append(source.search(connection, query.search, query.search_max))
    if query.category_id is not None and spec.category is not None:
        conditions.append(spec.category(query.category_id))
    if query.no_category_in is not None and spec.uncategorised is not None:
        conditions.append(spec.uncategorised(query.no_category_in))
    if query.customer_id is not None and source.customer_id is not None:
        conditions.append(source.customer_id == query.customer_id)
    asked = joins | _sorting(spec, query.sort)[0].needs
    group = spec.column(query.group) if query.group else None
    if group is not None:
        asked |= group.needs
    parameters = _parameters(connection, source, query, asked)
    return _Plan(source, values, tuple(conditions), frozenset(joins), parameters, tuple(gathering.joins()))


def _ordering(spec: ListSpec, query: Query) -> list[Comparison]:
    """The columns a query sorts and groups by, as what they use of the measures."""
    columns = (_sorting(spec, query.sort)[0], spec.column(query.group) if query.group else None)
    return [Comparison(column.field.name, "empty") for column in columns if column is not None]


def _measured(
    connection: Connection, spec: ListSpec, gathering: measures.Gathering, used: list[Comparison]
) -> dict[str, ColumnElement[Any]]:
    """The expressions of the measures that are used; names of tags, categories and products must exist."""
    wanted: list[Comparison] = []
    for one in used:
        if one.field in belonging.LISTED and one.operator == "in":
            for name in one.values:
                belonging.require(connection, one.field, name)
        column = spec.column(one.field)
        measure = measures.MEASURES.get(one.field)
        if measure is None or (column is not None and not column.is_measured and not one.arguments):
            continue
        for kind, name in zip(measure.takes, one.arguments, strict=False):
            if kind not in measures.WORDS:
                belonging.require(connection, kind, name)
        measures.require_words(one)
        wanted.append(one)
    return measures.values(gathering, wanted)


def _with_currency(spec: ListSpec, values: dict[str, ColumnElement[Any]]) -> ListSpec:
    """The list as its filter sees it: amounts are compared in the currency of the source's own rows."""
    return replace(spec, currency=values["currency"]) if "currency" in values else spec


def _sorting(spec: ListSpec, asked: str) -> tuple[Column, bool]:
    """The column to sort by and whether descending. `-date` and `date desc` are the same."""
    text = (asked or spec.default_sort).strip()
    is_descending = text.startswith("-")
    text = text.lstrip("-+").strip()
    for word in ("desc", "asc"):
        if text.lower().endswith(f" {word}"):
            is_descending = word == "desc"
            text = text[: -len(word)].strip()
    column = spec.column(text)
    if column is None or column.value is None or not column.field.sortable:
        known = [one.field.name for one in spec.columns if one.value is not None and one.field.sortable]
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("This list cannot be sorted by “{name}”. Known: {known}.").format(
                name=text[:40], known=", ".join(known)
            ),
            field="sort",
        )
    return column, is_descending


def ids(connection: Connection, query: Query, limit: int | None = None) -> Ids[int]:
    """The sorted ids of the whole filtered set (or the first ones). Equal values stay in order of entry."""
    if query.group:
        found = grouped(connection, query).ids
        return found if limit is None else found[:limit]
    spec = spec_in(connection, query.kind)
    found = array("q")
    for source in (spec.drafts, spec.source):
        if source is not None:
            plan = _plan(connection, spec, source, query)
            most = None if limit is None else limit - len(found)
            found.extend(_read_ids(connection, plan, _ordered(spec, plan, query).limit(most)))
    return found


def _ordered(spec: ListSpec, plan: _Plan, query: Query, group: Column | None = None) -> Any:
    """The ids of one source in the order of the query; those of a group stand together."""
    column, is_descending = _sorting(spec, query.sort)
    name = column.field.name
    key = _sort_key(plan, column)
    order = [key.desc(), plan.source.id.desc()] if is_descending else [key, plan.source.id]
    needs = set() if name in plan.source.columns else set(column.needs)
    if group is not None:
        order.insert(0, group_key(group, plan.values[group.field.name]))
        needs |= _needs(plan, group)
    return plan.select(plan.source.id, needs=needs).order_by(*order)


def _sort_key(plan: _Plan, column: Column) -> Any:
    name = column.field.name
    key: Any = plan.values[name]
    if column.sort is not None and name not in plan.source.columns:
        key = column.sort
    if column.field.kind in DECIMALS:
        key = cast(key, REAL)  # decimal text; for the order only
    return key


def _needs(plan: _Plan, column: Column) -> frozenset[str]:
    return frozenset() if column.field.name in plan.source.columns else column.needs


def _read_ids(connection: Connection, plan: _Plan, statement: Any) -> Ids[int]:
    # a million rows: the driver's own tuples, without a result row around each
    cursor: Any = connection.execute(statement, plan.parameters).cursor
    return array("q", [row[0] for row in cursor])


def beginning_with(connection: Connection, query: Query, text: str) -> int | None:
    """The first row whose sorted text begins with what was typed: the text itself, or its pinyin initials where the
    list sorts by them. None if there is no such row, or the list is sorted by something else than text.
    """
    spec = spec_in(connection, query.kind)
    column, _is_descending = _sorting(spec, query.sort)
    if column.field.kind not in TEXTS or not text.strip():
        return None
    for source in (spec.drafts, spec.source):
        if source is None:
            continue
        plan = _plan(connection, spec, source, query)
        begun = or_(
            begins(plan.values[column.field.name], text.strip()),
            begins(_sort_key(plan, column), text.strip()),
        )
        found = _read_ids(connection, plan, _ordered(spec, plan, query).where(begun).limit(1))
        if found:
            return found[0]
    return None


def keys(connection: Connection, query: Query, name: str) -> list[tuple[int, Any]]:
    """(id, key) of the whole filtered set for a column by which the list may be grouped; a key as `Group` has it."""
    spec = spec_in(connection, query.kind)
    column = spec.column(name)
    if column is None or not can_group(column):
        raise LookupError(name)
    plan = _plan(connection, spec, spec.source, replace(query, group=name))
    key = group_key(column, plan.values[name])
    statement = plan.select(plan.source.id, key, needs=_needs(plan, column))
    cursor: Any = connection.execute(statement, plan.parameters).cursor
    return list(cursor.fetchall())


def group_fields(kind: str, connection: Connection | None = None) -> tuple[Field, ...]:
    """The fields a list may be grouped by; with a connection the book's own ones, too."""
    return tuple(column.field for column in _spec(kind, connection).columns if can_group(column))


def filter_fields(kind: str, connection: Connection | None = None) -> tuple[Field, ...]:
    """The fields a filter of a list may use; with a connection the book's own ones, too."""
    return tuple(_spec(kind, connection).filtered.values())


def _spec(kind: str, connection: Connection | None) -> ListSpec:
    return spec_of(kind) if connection is None else spec_in(connection, kind)


def grouped(connection: Connection, query: Query) -> Grouped:
    """The ids of the whole filtered set group after group, with count and sums of each, as of one moment."""
    spec = spec_in(connection, query.kind)
    column = spec.column(query.group)
    if column is None or not can_group(column):
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("This list cannot be grouped by “{name}”. Known: {known}.").format(
                name=query.group[:40],
                known=", ".join(entry.name for entry in group_fields(query.kind, connection)),
            ),
            field="group",
        )
    parts: dict[Any, Ids[int]] = {}
    titles: dict[Any, str] = {}
    for source in (spec.drafts, spec.source):
        if source is not None:
            plan = _plan(connection, spec, source, query)
            found = _read_ids(connection, plan, _ordered(spec, plan, query, column))
            start = 0
            for row in connection.execute(_counted(spec, plan, column), plan.parameters):
                key, size, title = tuple(row)
                parts.setdefault(key, array("q")).extend(found[start : start + size])
                start += size
                titles[key] = titles.get(key) or title or ""
    added = _added(connection, spec, query, column)
    groups = [Group(key, len(part), titles[key], added.get(key, {})) for key, part in parts.items()]
    sorted_by, is_descending = _sorting(spec, query.sort)
    order = in_order(groups, column.field, is_descending=is_descending if sorted_by is column else None)
    ordered: Ids[int] = array("q")
    for place in order:
        ordered.extend(parts[groups[place].key])
    return Grouped(ordered, tuple(groups[place] for place in order))


def _counted(spec: ListSpec, plan: _Plan, column: Column) -> Any:
    """Key, count and title of every group of one source, in the order of their keys."""
    key = group_key(column, plan.values[column.field.name])
    needs = set(_needs(plan, column))
    title: Any = literal("")
    named = spec.column(column.title) if column.title else None
    if named is not None:
        title = func.min(plan.values[column.title])
        needs |= _needs(plan, named)
    return plan.select(key, func.count(), title, needs=needs).group_by(key).order_by(key)


def _added(connection: Connection, spec: ListSpec, query: Query, group: Column | None = None) -> Any:
    """Sums of the filtered set by currency; with a column of groups by its key and currency, as an `Adder` gives."""
    plan = _plan(connection, spec, spec.source, query)
    keys = [] if group is None else [group_key(group, plan.values[group.field.name])]
    needs = set() if group is None else set(_needs(plan, group))
    found: dict[Any, Any] = {}
    summed = [column for column in spec.columns if column.is_summed]
    if spec.add_up is not None:
        found = spec.add_up(
            connection, plan.conditions, plan.table(needs), plan.parameters, keys[0] if keys else None
        )
        summed = [column for column in summed if is_own(column)]
    if not summed or spec.currency is None:
        return found
    needs.update(*(column.needs for column in summed))
    keys.append(spec.currency)
    values = [func.coalesce(func.sum(plan.values[column.field.name]), 0) for column in summed]
    statement = plan.select(*keys, *values, needs=needs).group_by(*keys).order_by(*keys)
    for row in connection.execute(statement, plan.parameters):
        *of_group, currency = row[: len(keys)]
        at = found.setdefault(of_group[0], {}) if of_group else found
        amounts = {
            column.field.name: int(amount) for column, amount in zip(summed, row[len(keys) :], strict=True)
        }
        if spec.add_up is None:
            at[currency] = amounts
        elif currency in at or any(amounts.values()):
            at[currency] = at.get(currency, {}) | amounts
    return found


def count(connection: Connection, query: Query) -> int:
    """How many rows the whole filtered set has."""
    spec = spec_in(connection, query.kind)
    total = 0
    for source in (spec.drafts, spec.source):
        if source is not None:
            plan = _plan(connection, spec, source, query)
            total += connection.execute(plan.select(func.count()), plan.parameters).scalar_one()
    return total


def sums(connection: Connection, query: Query) -> dict[str, dict[str, int]]:
    """Sums of the whole filtered set by currency, in minor units. Drafts do not count: nothing is owed on them."""
    return _added(connection, spec_in(connection, query.kind), query)


def rows(connection: Connection, query: Query, block: Iterable[int]) -> list[dict[str, Any]]:
    """The rows with these ids, in their order; one that is gone meanwhile is left out.

    Values by field name: money as minor units of the row's `currency`, dates as date, prices and rates as Decimal.
    """
    spec = spec_in(connection, query.kind)
    wanted = list(block)
    by_id: dict[int, dict[str, Any]] = {}
    for source in (spec.source, spec.drafts):
        if source is not None and len(by_id) < len(wanted):
            _read(connection, spec, source, query, wanted, by_id)
    found = [by_id[record_id] for record_id in wanted if record_id in by_id]
    if spec.fill is not None and found:
        spec.fill(connection, found)
    measured = {column.field.name for column in spec.columns if column.is_measured or column.reads_measures}
    if spec.fill_measures is not None and found and (query.columns is None or query.columns & measured):
        spec.fill_measures(connection, found)
    return found


def _read(
    connection: Connection,
    spec: ListSpec,
    source: Source,
    query: Query,
    wanted: list[int],
    by_id: dict[int, dict[str, Any]],
) -> None:
    reckoned = frozenset(
        name for name, join in source.joins.items() if join.is_filled or join.supply is not None
    )
    by_fill = {column.field.name for column in spec.columns if column.is_measured or column.needs & reckoned}
    values = {name: value for name, value in _values(spec, source).items() if name not in by_fill}
    columns = [value.label(name) for name, value in values.items()]
    statement = (
        select(source.id.label("id"), *columns)
        .select_from(joined(source, frozenset(source.joins) - reckoned))
        .where(among(source.id, wanted))
    )
    fields = spec.fields
    converted = [(name, convert) for name in values if (convert := converter(fields[name])) is not None]
    names = ("id", *values)
    for row in connection.execute(statement, _parameters(connection, source, query)):
        record = dict(zip(names, row, strict=True))
        for name, convert in converted:
            if record[name] is not None:
                record[name] = convert(record[name])
        by_id[record["id"]] = record


def as_json(
    book: Book,
    kind: str,
    search: str = "",
    filter: str = "",  # noqa: A002 the word of the command line
    sort: str = "",
    limit: int | None = None,
) -> dict[str, Any]:
    """A list as cli.md promises it: amounts as decimal strings, dates ISO; `total` counts the whole filtered set."""
    query = Query(spec_of(kind).kind, search=search, filter=filter, sort=sort)
    with book.read() as connection:
        spec = spec_in(connection, kind)
        currency = settings.load(connection).currency
        found = ids(connection, query, limit)
        shown = [
            {
                name: plain_value(field, row.get(name), row.get("currency") or currency)
                for name, field in spec.fields.items()
                if field.label  # one without a title is the window's own
            }
            for row in rows(connection, query, found)
        ]
        total = len(found) if limit is None else count(connection, query)
        added = sums(connection, query)
        later_count = later.count(connection, clock.today()) if spec.kind in later.KINDS else 0
    return {
        "kind": spec.kind,
        **({"later": {"after": clock.today().isoformat(), "events": later_count}} if later_count else {}),
        "total": total,
        "rows": shown,
        "sums": {
            code: {name: money.plain(amount, code) for name, amount in amounts.items()}
            for code, amounts in added.items()
        },
    }


def plain_value(field: Field, value: Any, currency: str) -> Any:
    """A value as JSON carries it."""
    if value is None:
        return None
    if field.kind is Kind.MONEY:
        return money.plain(value, currency)
    if field.kind is Kind.DATE:
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return list(value) if isinstance(value, tuple) else value
