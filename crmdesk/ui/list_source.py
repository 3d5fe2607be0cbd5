"""The lists of `services.lists` as the kit's tables want them: rows by id, columns, sums as finished text."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from crmdesk.models import money
from crmdesk.models.fields import Field, Kind
from crmdesk.services.book import Book
from crmdesk.services.lists import columns as declared
from crmdesk.services.lists import querying, spec_of
from crmdesk.ui.kit.columns import Column
from crmdesk.ui.kit.row_source import Query, Row

TYPED_HITS_MAX = 1_000
"""While somebody types, so many hits are enough."""
_OWN_FILTERS = ("category_id", "no_category_in", "customer_id")

Ranker = Callable[[Any, str, int], Sequence[int]]
"""Gives the ids that a typed text finds, the best first (connection, text, at most)."""


class ListSource:
    """A kit RowSource over one kind of list.

    A query's filters named `category_id`, `no_category_in` and `customer_id` hold ids; every other one holds an
    expression of the filter language (`balance > 0`), and all of them must hold. With `rank` what was typed
    orders the list as long as nobody chose a column.
    """

    def __init__(self, book: Book, kind: str, rank: Ranker | None = None) -> None:
        self._book = book
        self._kind = kind
        self._rank = rank
        self._spec = spec_of(kind)
        self.fields: tuple[Field, ...] = tuple(column.field for column in self._spec.columns)

    def position(self, name: str) -> int:
        """Where a field's value stands in a row."""
        return [field.name for field in self.fields].index(name)

    def query(self, query: Query) -> declared.Query:
        """The kit's query as the services take it."""
        filters = dict(query.filters)
        own = {name: filters.pop(name) for name in _OWN_FILTERS if name in filters}
        expressions = [f"({expression})" for expression in filters.values() if expression]
        return declared.Query(
            self._kind,
            search=query.search,
            filter=" and ".join(expressions),
            sort=f"-{query.sort}" if query.sort and query.is_descending else query.sort,
            search_max=TYPED_HITS_MAX if query.search else None,
            **own,
        )

    def ids(self, query: Query) -> array[int]:
        """The whole filtered set."""
        with self._book.read() as connection:
            found = querying.ids(connection, self.query(query))
            if self._rank is None or not query.search or query.sort:
                return found
            kept = set(found)
            best = [one for one in self._rank(connection, query.search, TYPED_HITS_MAX) if one in kept]
        kept.difference_update(best)
        return array("q", [*best, *(one for one in found if one in kept)])

    def fetch(self, ids: Sequence[int]) -> dict[int, Row]:
        """Rows in the order of `fields`, money as Decimal with the digits of its currency."""
        with self._book.read() as connection:
            rows = querying.rows(connection, declared.Query(self._kind), ids)
        return {row["id"]: tuple(self._value(field, row) for field in self.fields) for row in rows}

    def _value(self, field: Field, row: Mapping[str, Any]) -> Any:
        value = row.get(field.name)
        if field.kind is Kind.MONEY and value is not None:
            return money.to_decimal(value, row["currency"])
        return value

    def sums(self, query: Query) -> dict[str, str]:
        """Sums by field name, each currency for itself: “¥1,234.50 · $20.00”."""
        with self._book.read() as connection:
            added = querying.sums(connection, self.query(query))
        found: dict[str, list[str]] = {}
        for currency, amounts in added.items():
            for name, minor in amounts.items():
                found.setdefault(name, []).append(money.symbol(currency) + money.grouped(minor, currency))
        return {name: " · ".join(texts) for name, texts in found.items()}


def columns_of(kind: str, order: Sequence[str] = (), **changes: Mapping[str, Any]) -> list[Column]:
    """The kit's columns of a list, `order` first; the rest is hidden unless the list shows it.

    With an `order` only those are shown. `changes` are arguments of `Column` by field name.
    """
    spec = spec_of(kind)
    made = {
        column.field.name: Column(
            column.field if column.value is not None else replace(column.field, sortable=False),
            is_hidden=column.field.name not in order if order else not column.is_shown,
        )
        for column in spec.columns
    }
    names = [*order, *(name for name in made if name not in order)]
    return [replace(made[name], **changes.get(name, {})) for name in names]
