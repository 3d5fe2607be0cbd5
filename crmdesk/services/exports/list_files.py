"""A list as a file: the whole filtered set in the order it is shown, as csv or workbook (K2)."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from crmdesk.models import clock
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.products import level_price
from crmdesk.services import lists, price_levels, settings
from crmdesk.services.book import Book
from crmdesk.services.exports import tables
from crmdesk.text import _

_BLOCK = 2_000


def write_list(
    book: Book,
    kind: str,
    path: Path,
    form: str,
    *,
    search: str = "",
    filter: str = "",  # noqa: A002 the word of the command line
    sort: str = "",
    limit: int | None = None,
) -> Path:
    """Writes a list with all its columns as `csv` or `xlsx`, whole or not at all."""
    query = lists.Query(lists.spec_of(kind).kind, search=search, filter=filter, sort=sort)
    return write_query(book, query, path, form, limit=limit)


def write_query(
    book: Book,
    query: lists.Query,
    path: Path,
    form: str,
    *,
    names: Sequence[str] = (),
    limit: int | None = None,
) -> Path:
    """Writes what a query finds; `names` are the columns that are shown, in their order, else all of them."""
    with book.read() as connection:
        spec = lists.spec_in(connection, query.kind)
        wanted = [
            name for name in names or spec.fields if spec.fields[name].label
        ]  # one without a title is the window's own
        if spec.currency is not None and "currency" in spec.fields and "currency" not in wanted:
            wanted.append("currency")  # amounts of several currencies are nothing without it
        fields = tuple(spec.fields[name] for name in wanted)
        levels = price_levels.levels(connection) if query.kind == "products" and "price" in wanted else []
        fields += tuple(map(level_price, levels))
        known = settings.load(connection)
        ids = lists.ids(connection, query, limit)
        added = lists.sums(connection, query) if limit is None else {}
        table = tables.TableFile(
            title=_(spec.label),
            heading=(known.name, _what(query)),
            fields=fields,
            rows=_rows(connection, query, ids, fields, levels),
            totals=added,
            currency=known.currency,
        )
        return tables.write(table, path, form)


def _what(query: lists.Query) -> str:
    """One line that says which rows these are."""
    parts = [clock.today().isoformat()]
    if query.search:
        parts.append(_("search: {text}").format(text=query.search))
    if query.filter:
        parts.append(_("filter: {text}").format(text=query.filter))
    return " · ".join(parts)


def _rows(
    connection: Connection,
    query: lists.Query,
    ids: Sequence[int],
    fields: Sequence[Field],
    levels: Sequence[str] = (),
) -> Iterator[list[Any]]:
    """Rows in the order of the fields, read by blocks; `levels`: the last fields are prices of customer levels, under
    the names by which the import knows them."""
    names = [field.name for field in fields[: len(fields) - len(levels)]]
    moments = [index for index, field in enumerate(fields) if field.kind is Kind.MOMENT]
    for start in range(0, len(ids), _BLOCK):
        block = ids[start : start + _BLOCK]
        prices = price_levels.of_products(connection, block) if levels else {}
        for record_id, row in zip(block, lists.rows(connection, query, block), strict=True):
            values = [row[name] for name in names]
            values += [prices.get(record_id, {}).get(level) for level in levels]
            for index in moments:
                values[index] = _local(values[index])
            yield values


def _local(stamp: str | None) -> str:
    """A stored UTC moment in the user's time, to the minute."""
    return _local_minute(stamp[:16]) if stamp else ""


@functools.lru_cache(maxsize=4_096)
def _local_minute(minute: str) -> str:
    return clock.local_words(minute + "Z")
