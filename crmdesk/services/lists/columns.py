"""How a list is declared: where its rows come from, and what each column is in SQL.

No SQL ever comes from input: search, filter and sort name columns of these declarations.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Text, bindparam

from crmdesk.models.fields import Field
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
        frozenset[str],
        Mapping[str, Any],
        "ColumnElement[Any] | None",
    ],
    Any,
]
"""Sums over the filtered set by currency, where they are not the sum of a column; the last argument is a group's key:
with it the sums come by key and currency."""


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


@dataclass(frozen=True, slots=True)
class Join:
    """A table that some columns need; it never changes how many rows there are."""

    target: FromClause
    condition: ColumnElement[bool]
    needs: frozenset[str] = frozenset()
    supply: Supplier | None = None
    """Reckons the table's rows: only when a filter or the sort asks for them. Its columns are shown by `fill`."""


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
    fill: Filler | None = None
    add_up: Adder | None = None
    category: Callable[[int], ColumnElement[bool]] | None = None
    """The condition for a node of a category tree."""
    uncategorised: Callable[[int], ColumnElement[bool]] | None = None
    """The condition for being in no category of a dimension."""
    drafts: Source | None = None
    """Rows shown before all others, whatever the sort."""
    empty_text: str = ""
    """What an empty list teaches."""

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


Ids = array
"""Ids as array('q'): eight bytes a row, whatever the list."""
