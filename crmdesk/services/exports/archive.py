"""The archive of customers as one workbook (K1, K2): what `import archive` reads back without a change.

Sheets: customers, contacts, addresses, billing profiles, categories (every node of every tree, then who is in which)
and tags (every tag, then who has which). Of chosen customers only: theirs, and no empty category or tag of others.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models.tables.categories import customer_category, customer_tag, tag
from crmdesk.models.tables.custom_fields import custom_value
from crmdesk.models.tables.customers import PARTS, customer
from crmdesk.services import category_tree, custom_fields, custom_readings, settings
from crmdesk.services.custom_fields import LINK, CustomField
from crmdesk.services.dialect import among
from crmdesk.services.exports import tables
from crmdesk.services.imports import columns_archive as archive
from crmdesk.services.imports.clearing import as_text
from crmdesk.services.imports.columns_archive import ArchiveSheet
from crmdesk.text import _

_BLOCK = 5_000
_COLUMNS = {"credit_limit": "credit_limit_minor", "active": "is_active", "primary": "is_primary"}

Row = list[Any]
Chosen = Sequence[int] | None
"""The customers that are wanted; None for all."""


def write(connection: Connection, path: Path, customer_ids: Sequence[int] | None = None) -> Path:
    """Writes the workbook, whole or not at all, in the language of the caller; all customers, or those given."""
    own = settings.load(connection)
    prefix = archive.key_prefix(connection)
    fields = [entry for entry in custom_fields.everything(connection) if entry.is_active]
    files = [
        tables.TableFile(
            _(sheet.label),
            (),
            (*sheet.fields, *sheet.own_fields(fields)),
            _plainly(_rows(connection, sheet, prefix, sheet.own(fields), customer_ids)),
            {},
            own.currency,
            is_plain=True,
        )
        for sheet in archive.SHEETS
    ]
    return tables.write_workbook(files, path)


def _plainly(rows: Iterator[Row]) -> Iterator[Row]:
    """Rows of which no text is read as an order to empty its field."""
    for row in rows:
        yield [as_text(value) if isinstance(value, str) else value for value in row]


def left_out(connection: Connection) -> str:
    """A sentence that names the own fields with values that are not in the workbook; empty where there are none.

    What is reckoned is not named: it is reckoned again wherever its fields are.
    """
    records = {sheet.record for sheet in archive.SHEETS}
    links = [
        entry
        for entry in custom_fields.everything(connection)
        if entry.is_active and entry.record in records and entry.kind == LINK
    ]
    held = select(custom_value.c.field_id).where(among(custom_value.c.field_id, [one.id for one in links]))
    used = set(connection.execute(held.distinct()).scalars())
    labels = [one.field.label for one in links if one.id in used]
    if not labels:
        return ""
    return _("Not in the workbook, because they lead to other records of this book: {fields}.").format(
        fields=_(", ").join(labels)
    )


def _rows(
    connection: Connection, sheet: ArchiveSheet, prefix: str, own: Sequence[CustomField], chosen: Chosen
) -> Iterator[Row]:
    if sheet.part:
        return _with_own(connection, sheet, own, _part_rows(connection, sheet, prefix, chosen))
    if sheet.name == archive.CUSTOMERS:
        return _with_own(connection, sheet, own, _customer_rows(connection, sheet, chosen))
    is_tree = sheet.name == archive.CATEGORIES
    return _category_rows(connection, chosen) if is_tree else _tag_rows(connection, chosen)


def _all(connection: Connection, query: Any, chosen: Chosen = None) -> Any:
    """The rows of a query, of the chosen customers only."""
    if chosen is not None:
        query = query.where(among(customer.c.id, list(chosen)))
    return connection.execution_options(yield_per=_BLOCK).execute(query)


def _with_own(
    connection: Connection, sheet: ArchiveSheet, own: Sequence[CustomField], rows: Iterator[tuple[int, Row]]
) -> Iterator[Row]:
    """Rows with the values of own fields behind their columns, read by blocks."""
    while block := list(itertools.islice(rows, _BLOCK)):
        ids = [record_id for record_id, _row in block]
        found = custom_readings.columns_of(connection, sheet.record, own, ids) if own else {}
        for record_id, row in block:
            values = found.get(record_id, {})
            yield [*row, *(_written(values.get(entry.column)) for entry in own)]


def _written(value: Any) -> Any:
    """Several choices as one cell; the import cuts it at the bars alone, since a choice may hold any other sign."""
    return custom_readings.MARK.join(("", *value, "")) if isinstance(value, tuple) else value


def _customer_rows(connection: Connection, sheet: ArchiveSheet, chosen: Chosen) -> Iterator[tuple[int, Row]]:
    columns = [customer.c[_COLUMNS.get(field.name, field.name)] for field in sheet.fields]
    for row in _all(connection, select(customer.c.id, *columns).order_by(customer.c.id), chosen):
        record_id, *rest = row
        yield record_id, rest


def _part_rows(
    connection: Connection, sheet: ArchiveSheet, prefix: str, chosen: Chosen
) -> Iterator[tuple[int, Row]]:
    table = PARTS[sheet.part]
    columns = [table.c[_COLUMNS.get(field.name, field.name)] for field in sheet.fields[2:]]
    query = select(table.c.id, customer.c.code, *columns).join(customer, customer.c.id == table.c.customer_id)
    for record_id, *rest in _all(connection, query.order_by(table.c.customer_id, table.c.id), chosen):
        yield record_id, [archive.key_of(prefix, record_id), *rest]


def _category_rows(connection: Connection, chosen: Chosen) -> Iterator[Row]:
    places: dict[int, tuple[str, str]] = {}
    for tree in category_tree.dimensions(connection):
        nodes = category_tree.names(connection, tree.id)
        if not nodes and chosen is None:
            yield [tree.name, None, None, None]
        for node in nodes:
            places[node.id] = (tree.name, node.path)
            if chosen is None:
                yield [tree.name, node.path, None, node.is_retired_itself]
    query = (
        select(customer_category.c.category_id, customer.c.code)
        .join(customer, customer.c.id == customer_category.c.customer_id)
        .order_by(customer.c.id, customer_category.c.category_id)
    )
    for category_id, code in _all(connection, query, chosen):
        yield [*places[category_id], code, None]


def _tag_rows(connection: Connection, chosen: Chosen) -> Iterator[Row]:
    names: dict[int, str] = {}
    used: set[int] | None = None
    if chosen is not None:
        held = select(customer_tag.c.tag_id).where(among(customer_tag.c.customer_id, list(chosen)))
        used = set(connection.execute(held.distinct()).scalars())
    for row in connection.execute(select(tag).order_by(tag.c.name)):
        names[row.id] = row.name
        if used is None or row.id in used:
            yield [row.name, row.colour, None, row.is_retired]
    query = (
        select(customer_tag.c.tag_id, customer.c.code)
        .join(customer, customer.c.id == customer_tag.c.customer_id)
        .order_by(customer.c.id, customer_tag.c.tag_id)
    )
    for tag_id, code in _all(connection, query, chosen):
        yield [names[tag_id], None, code, None]
