"""How a list is declared: where its rows come from, and what each column is in SQL.

No SQL ever comes from input: search, filter and sort name columns of these declarations.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Text, bindparam

from crmdesk.models.fields import Field, Kind
from crmdesk.models.tables.base import Day

TODAY: ColumnElement[date] = bindparam("today", type_=Day())
BOOK_CURRENCY: ColumnElement[str] = bindparam("book_currency", type_=Text())

Filler = Callable[[Connection, list[dict[str, Any]]], None]
"""Adds what SQL does not give to a block of rows."""

Supplier = Callable[[Connection, date], Mapping[str, Any]]
"""Reckons rows in Python, as values of the parameters of `dialect.given_rows`; the date is today."""

Searcher = Callable[[Connection, str, "int | None"], ColumnElement[bool]]
"""The condition for a text that somebody types; the number is how many hits are enough, None for all."""

Adder = Callable[
    [
        Connection,
        tuple[ColumnElement[bool], ...],
        FromClause,
        Mapping[str, Any],
        "ColumnElement[Any] | None",
    ],
    Any,
]
"""Sums over the filtered set by currency, where they are not the sum of a column: from the conditions, the table with
the joins they need, and parameters; the last argument is a group's key: with it the sums come by key and currency."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list. Without `value` it is filled in by the list's `fill` and cannot be sorted by."""

    field: Field
    value: ColumnElement[Any] | None = None
    sort: ColumnElement[Any] | None = None
    needs: frozenset[str] = frozenset()
    """The joins that `value` and `sort` use."""
    is_summed: bool = False
    is_shown: bool = True
    """Whether the window shows it before anybody chose columns."""
    is_group: bool = False
    """Whether a column of text has few values, so that rows may be grouped by it (a customer's level)."""
    title: str = ""
    """The column with the name that belongs to this one's code: the title of its groups."""
    is_measured: bool = False
    """Whether it is a measure (`lists/measures`): `value` only says its type, and `fill_measures` shows it."""
    reads_measures: bool = False
    """Whether it is a formula over measures: `fill_measures` shows it after them."""


@dataclass(frozen=True, slots=True)
class Join:
    """A table that some columns need; it never changes how many rows there are."""

    target: FromClause
    condition: ColumnElement[bool]
    needs: frozenset[str] = frozenset()
    supply: Supplier | None = None
    """Reckons the table's rows: only when a filter or the sort asks for them. Its columns are shown by `fill`."""
    supply_some: Callable[[Connection, date, list[int]], Mapping[str, Any]] | None = None
    """As `supply`, for a few rows by their ids."""
    is_filled: bool = False
    """Whether its columns are shown by `fill`, the join serving filters and the sort only."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rows of a list come from."""

    table: FromClause
    id: ColumnElement[int]
    columns: Mapping[str, ColumnElement[Any] | None]
    """Values by field name where they differ from the list's columns (drafts among invoices)."""
    where: tuple[ColumnElement[bool], ...] = ()
    joins: Mapping[str, Join] = field(default_factory=dict)
    customer_id: ColumnElement[int] | None = None
    search: Searcher | None = None
    supply: Supplier | None = None
    """Reckons the rows of the table itself, or gives what its columns are compared with."""


@dataclass(frozen=True, slots=True)
class ListSpec:
    """One kind of list."""

    kind: str
    label: str
    columns: tuple[Column, ...]
    source: Source
    default_sort: str
    currency: ColumnElement[str] | None = None
    digits: ColumnElement[int] | None = None
    """How many digits the amounts of a row have, where they are at hand already (`conditions.digits_of`)."""
    fill: Filler | None = None
    fill_measures: Filler | None = None
    """Adds the columns that are measures or read them, when one of them is shown (`Query.columns`)."""
    add_up: Adder | None = None
    category: Callable[[int], ColumnElement[bool]] | None = None
    """The condition for a node of a category tree."""
    uncategorised: Callable[[int], ColumnElement[bool]] | None = None
    """The condition for being in no category of a dimension."""
    drafts: Source | None = None
    """Rows shown before all others, whatever the sort."""
    empty_text: str = ""
    """What an empty list teaches."""
    is_of_customers: bool = False
    """Whether its filter knows the measures of a customer and what he belongs to (tags, categories, segments)."""

    @property
    def filtered(self) -> dict[str, Field]:
        """The fields a filter may use, by name."""
        return {column.field.name: column.field for column in self.columns if column.value is not None}

    @property
    def fields(self) -> dict[str, Field]:
        """The fields by name."""
        return {column.field.name: column.field for column in self.columns}

    def column(self, name: str) -> Column | None:
        """The column with that name."""
        return next((column for column in self.columns if column.field.name == name), None)


@dataclass(frozen=True, slots=True)
class Query:
    """What of a list is wanted. `sort` is a field name, with a leading `-` for descending."""

    kind: str
    search: str = ""
    filter: str = ""
    sort: str = ""
    group: str = ""
    """The field whose groups the rows stand in, each group sorted by `sort`."""
    category_id: int | None = None
    """Only what is in this category or below it."""
    no_category_in: int | None = None
    """Only what is in no category of this dimension."""
    customer_id: int | None = None
    search_max: int | None = None
    """While somebody types: stop at so many hits. None finds all."""
    today: date | None = None
    columns: frozenset[str] | None = None
    """The columns that are shown, so that measures nobody looks at are not reckoned; None is all."""


DECIMALS = frozenset({Kind.PRICE, Kind.RATE, Kind.QUANTITY})
"""Kinds that are stored as decimal text."""


def _joins(source: Source, needed: Iterable[str]) -> list[Join]:
    """The joins that are needed and those that these need, in declared order: each after what it needs."""
    wanted = set(needed)
    for name in tuple(wanted):
        if name in source.joins:
            wanted |= source.joins[name].needs
    return [join for name, join in source.joins.items() if name in wanted]


def joined(source: Source, needed: Iterable[str]) -> Any:
    """A source's table with the joins that are needed, and those that these need."""
    table: Any = source.table
    for join in _joins(source, needed):
        table = table.outerjoin(join.target, join.condition)
    return table


def supplied(
    connection: Connection, source: Source, needed: Iterable[str], today: date, ids: list[int] | None = None
) -> dict[str, Any]:
    """The rows that the joins of `joined` are reckoned with, as parameters; with `ids` for a few where that can be."""
    found: dict[str, Any] = {}
    for join in _joins(source, needed):
        if ids is not None and join.supply_some is not None:
            found |= join.supply_some(connection, today, ids)
        elif join.supply is not None:
            found |= join.supply(connection, today)
    return found


def converter(entry: Field) -> Any:
    """What makes a list's value of a stored one, where SQL's type does not do it already; else None."""
    if entry.kind in DECIMALS:
        return Decimal
    if entry.kind is Kind.BOOLEAN:
        return bool
    return None


def typed_row(fields: Mapping[str, Field], parts: Iterable[Any]) -> dict[str, Any]:
    """The values of one row by field name."""
    row = dict(zip(fields, parts, strict=True))
    for name, entry in fields.items():
        if row[name] is not None and (convert := converter(entry)) is not None:
            row[name] = convert(row[name])
    return row


Ids = array
"""Ids as array('q'): eight bytes a row, whatever the list."""
