"""Own fields as columns of lists: `spec_in` is the list as one book has it. Who reads a list asks it, nobody else.

A value is a row beside its record, found by its key; a filter or the sort joins it, what is shown is filled in by
blocks. A formula is reckoned in Python, for the rows that are shown, or for all when a filter or the sort asks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Text, and_, case, null, or_, select, type_coerce

from crmdesk.models import clock
from crmdesk.models.fields import Kind
from crmdesk.models.tables.base import Day, Flag, day_number
from crmdesk.models.tables.documents import document
from crmdesk.services import settings
from crmdesk.services.custom_fields import BY_LIST, FORMULA, PREFIX, CustomField, Record, declared
from crmdesk.services.custom_formulas import Formulas
from crmdesk.services.custom_readings import REVERSALS, columns_of, link_name
from crmdesk.services.dialect import among, contains, given_rows, ids_of
from crmdesk.services.lists import measures
from crmdesk.services.lists.columns import (
    BOOK_CURRENCY,
    Column,
    Filler,
    Join,
    ListSpec,
    Source,
    joined,
    supplied,
    typed_row,
)
from crmdesk.services.lists.kinds import spec_of

_GROUPED = frozenset({Kind.TEXT})


def spec_in(connection: Connection, kind: str) -> ListSpec:
    """The declaration of a list with the book's own columns, named `own.…`. Raises NotFound `list_unknown`."""
    spec = spec_of(kind)
    record = BY_LIST.get(spec.kind)
    if record is None:
        return spec
    fields = declared(connection, record.name)
    return _with_own(spec, record, fields) if fields else spec


def is_own(column: Column) -> bool:
    """Whether a column is one of the owner's own fields."""
    return column.field.name.startswith(PREFIX)


def _with_own(spec: ListSpec, record: Record, fields: tuple[CustomField, ...]) -> ListSpec:
    plain = [entry for entry in fields if entry.kind != FORMULA]
    formulas = Formulas(fields, record.name)
    joins = dict(spec.source.joins)
    columns = []
    for entry in plain:
        columns.append(_plain_column(spec, record, entry, joins))
    measured = frozenset(column.field.name for column in spec.columns if column.is_measured)
    late = frozenset(
        entry.column for entry, _formula in formulas.entries if formulas.needed(entry.column) & measured
    )
    for entry in (one for one, _formula in formulas.entries):
        columns.append(_formula_column(entry, reads_measures=entry.column in late))
    columns.sort(key=lambda column: next(one.position for one in fields if one.column == column.field.name))
    source = replace(spec.source, joins=joins, search=_search(spec.source, record, plain))
    own = replace(
        spec,
        columns=(*spec.columns, *columns),
        source=source,
        currency=spec.currency if spec.currency is not None else BOOK_CURRENCY,
        fill=_filler(spec, record, plain, formulas, late),
        fill_measures=_late_filler(spec, formulas, late) if late else spec.fill_measures,
        drafts=spec.drafts
        and replace(
            spec.drafts, columns={**spec.drafts.columns, **{column.field.name: null() for column in columns}}
        ),
    )
    for entry, _formula in formulas.entries:
        # the rows of a formula are reckoned over the list itself, which has to be whole by then
        table = given_rows(entry.column.replace(".", "_"), id=Integer(), value=_type(entry.field.kind))
        joins[entry.column] = Join(
            table,
            table.c.id == source.id,
            supply=_supplier(own, formulas, entry),
            supply_some=_supplier(own, formulas, entry),
            is_filled=True,
        )
    return replace(own, columns=tuple(_with_value(column, own.source) for column in own.columns))


def _with_value(column: Column, source: Source) -> Column:
    """A formula's column reads the rows that are given when somebody asks."""
    name = column.field.name
    if column.value is not None or name not in column.needs:
        return column
    target: Any = source.joins[name].target
    return replace(column, value=target.c.value)


def _plain_column(spec: ListSpec, record: Record, entry: CustomField, joins: dict[str, Join]) -> Column:
    values = record.values.alias(f"own_{entry.id}")
    key = values.c.document_id if record.is_posted else values.c.record_id
    owner: Any = spec.source.id
    if record.is_posted:
        owner = case((REVERSALS, document.c.origin_id), else_=document.c.id)
    joins[entry.column] = Join(values, and_(key == owner, values.c.field_id == entry.id), is_filled=True)
    kind = entry.field.kind
    value: Any = values.c.number_value if entry.is_number else values.c.text_value
    if kind is Kind.DATE:
        value = type_coerce(value, Day())
    elif kind is Kind.BOOLEAN:
        value = type_coerce(value, Flag())
    elif kind is Kind.LINK:
        value = link_name(entry.target, value)
    elif kind is Kind.MONEY and record.is_posted:
        value = case((REVERSALS, -value), else_=value)
    return Column(
        replace(entry.field, name=entry.column),
        value,
        needs=frozenset({entry.column}),
        is_summed=kind is Kind.MONEY,
        is_shown=entry.is_shown,
        is_group=kind in _GROUPED,
    )


def _formula_column(entry: CustomField, *, reads_measures: bool) -> Column:
    return Column(
        replace(entry.field, name=entry.column),
        needs=frozenset({entry.column}),
        is_shown=entry.is_shown,
        is_group=entry.field.kind in _GROUPED,
        reads_measures=reads_measures,
    )


def _type(kind: Kind) -> Any:
    return {Kind.MONEY: Integer(), Kind.DATE: Day(), Kind.BOOLEAN: Flag()}.get(kind, Text())


def _search(source: Source, record: Record, fields: list[CustomField]) -> Any:
    """Also finds records by own fields that are marked so; customers have them in their index."""
    ids = [entry.id for entry in fields if entry.is_searchable]
    before = source.search
    if not ids or record.name == "customer" or before is None:
        return before

    def find(connection: Connection, typed: str, most: int | None) -> ColumnElement[bool]:
        words = typed.split()
        values = record.values.c
        found = select(record.key).where(
            values.field_id.in_(ids), *(contains(values.text_value, word) for word in words)
        )
        return (
            or_(before(connection, typed, most), source.id.in_(found))
            if words
            else before(connection, typed, most)
        )

    return find


def _filler(
    spec: ListSpec, record: Record, plain: list[CustomField], formulas: Formulas, late: frozenset[str]
) -> Filler:
    early = frozenset(entry.column for entry, _formula in formulas.entries) - late

    def fill(connection: Connection, rows: list[dict[str, Any]]) -> None:
        if spec.fill is not None:
            spec.fill(connection, rows)
        values = columns_of(connection, record.name, plain, [row["id"] for row in rows])
        today, own = clock.today(), settings.load(connection).currency
        reversed_ids = _reversals(connection, rows) if record.is_posted and values else frozenset()
        for row in rows:
            found = values.get(row["id"], {})
            for entry in plain:
                value = found.get(entry.column)
                if value is not None and entry.field.kind is Kind.MONEY and row["id"] in reversed_ids:
                    value = -value
                row[entry.column] = value
            formulas.add(row, row.get("currency") or own, today, early)

    return fill


def _late_filler(spec: ListSpec, formulas: Formulas, late: frozenset[str]) -> Filler:
    """The measures, then the formulas that read them; what these read in turn is reckoned again, since the row has
    it rounded."""
    only = frozenset(name for one in late for name in formulas.through(one))

    def fill(connection: Connection, rows: list[dict[str, Any]]) -> None:
        if spec.fill_measures is not None:
            spec.fill_measures(connection, rows)
        today, own = clock.today(), settings.load(connection).currency
        for row in rows:
            formulas.add(row, row.get("currency") or own, today, only)

    return fill


def _reversals(connection: Connection, rows: list[dict[str, Any]]) -> frozenset[int]:
    query = select(document.c.id).where(among(document.c.id, [row["id"] for row in rows]), REVERSALS)
    return frozenset(connection.execute(query).scalars())


def _supplier(spec: ListSpec, formulas: Formulas, entry: CustomField) -> Callable[..., Mapping[str, Any]]:
    """Reckons a formula for every record of the list or for those with some ids, as the rows of its join."""

    def supply(connection: Connection, today: date, ids: list[int] | None = None) -> dict[str, str]:
        parameter = entry.column.replace(".", "_")
        found = _results(connection, spec, formulas, entry, today, ids)
        return {parameter: json.dumps([list(pair) for pair in found])}

    return supply


def _results(
    connection: Connection,
    spec: ListSpec,
    formulas: Formulas,
    entry: CustomField,
    today: date,
    chosen: list[int] | None = None,
) -> Iterator[tuple[int, Any]]:
    own = settings.load(connection).currency
    wanted = {
        name: column for name in formulas.needed(entry.column) if (column := spec.column(name)) is not None
    }
    source = spec.source
    values = {name: source.columns.get(name, column.value) for name, column in wanted.items()}
    gathering = measures.Gathering(today)
    values |= measures.plain_values(gathering, (name for name in wanted if wanted[name].is_measured))
    needs = frozenset().union(*(column.needs for column in wanted.values())) if wanted else frozenset()
    currency = spec.column("currency")
    if currency is not None and currency.value is not None and "currency" not in values:
        values["currency"] = currency.value
        needs |= currency.needs
    parameters = {
        "today": today,
        "book_currency": own,
        **supplied(connection, source, needs, today, chosen),
    }
    table = measures.joined(
        joined(source, needs), gathering.joins(None if chosen is None else ids_of(chosen))
    )
    query: Any = select(source.id, *values.values()).select_from(table)
    for one in source.where:
        query = query.where(one)
    if chosen is not None:
        query = query.where(source.id.in_(ids_of(chosen)))
    fields = {name: spec.fields[name] for name in values}
    through, name = formulas.through(entry.column), entry.column
    for record_id, *parts in connection.execute(query, parameters):
        row = typed_row(fields, parts)
        formulas.add(row, row.get("currency") or own, today, through)
        value = row[name]
        if value is not None:
            yield record_id, _sent(value)


def _sent(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bool):
        return int(value)
    return day_number(value) if isinstance(value, date) else value
