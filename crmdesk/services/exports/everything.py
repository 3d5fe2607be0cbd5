"""Everything of a book in open formats (K2): every table as csv in a folder, or as sheets of one workbook."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Table

from crmdesk.models import money
from crmdesk.models.fields import Field, Kind
from crmdesk.models.tables import METADATA
from crmdesk.models.tables.base import Day, Flag
from crmdesk.models.tables.documents import document
from crmdesk.services import settings
from crmdesk.services.exports import tables

_LEFT_OUT = frozenset({"open_item", "counter", "use_key", "audit_detail", "picture", "blob", "taken_number"})
"""Kept amounts, counters, pictures and files: derived, internal or not text."""


def _exported() -> list[Table]:
    return [
        table for table in METADATA.sorted_tables if table.name not in _LEFT_OUT and "rowid" not in table.c
    ]


_MINOR = "_minor"
_DECIMALS = {
    "quantity": Kind.QUANTITY,
    "unit_price": Kind.PRICE,
    "price": Kind.PRICE,
    "tax_rate": Kind.RATE,
    "rate": Kind.RATE,
}
"""Columns of exact decimals, which the book keeps as text."""


_IN_BASE = frozenset({"base_minor", "carrying_minor", "value_minor"})
"""Amounts in the book's currency, whatever the row's."""
_PAID = "paid_minor"
"""An amount in the row's `paid_currency`."""


def _lacks_currency(table: Table) -> bool:
    """Whether the table's amounts are in the currency of the document that they belong to."""
    has_money = any(column.name.endswith(_MINOR) for column in table.columns)
    return has_money and "currency" not in table.c and "document_id" in table.c


def _fields(table: Table) -> tuple[Field, ...]:
    fields = [_field(column) for column in table.columns]
    if _lacks_currency(table):
        fields.append(Field("currency", Kind.TEXT, "currency"))
    return tuple(fields)


def _field(column: Column[Any]) -> Field:
    name = column.name
    if name.endswith(_MINOR):
        kind = Kind.PRICE if name in _IN_BASE or name == _PAID else Kind.MONEY
        name = name.removesuffix(_MINOR)
        return Field(name, kind, name)
    if isinstance(column.type, Day):
        kind = Kind.DATE
    elif isinstance(column.type, Flag):
        kind = Kind.BOOLEAN
    elif name in _DECIMALS:
        is_exchange = name == "rate" and column.table.name != "tax_rate"
        kind = Kind.PRICE if is_exchange else _DECIMALS[name]
    else:
        kind = Kind.TEXT if column.type.python_type is not int else Kind.INTEGER
    return Field(name, kind, name)


def _rows(connection: Connection, table: Table) -> Iterator[list[Any]]:
    query = table.select().order_by(*table.primary_key.columns)
    if _lacks_currency(table):
        query = query.add_columns(document.c.currency).join(document, document.c.id == table.c.document_id)
    own = settings.load(connection).currency
    in_base = [index for index, column in enumerate(table.columns) if column.name in _IN_BASE]
    paid = [index for index, column in enumerate(table.columns) if column.name == _PAID]
    decimals = [index for index, column in enumerate(table.columns) if column.name in _DECIMALS]
    for row in connection.execute(query.execution_options(yield_per=5000)):
        values = [value.hex() if isinstance(value, bytes) else value for value in row]
        for index in decimals:
            if values[index] is not None:
                values[index] = Decimal(values[index])
        for index in in_base:
            if values[index] is not None:
                values[index] = money.to_decimal(row[index], own)
        for index in paid:
            if values[index] is not None:
                values[index] = money.to_decimal(row[index], row.paid_currency)
        yield values


def _files(connection: Connection) -> Iterator[tables.TableFile]:
    """Every table; amounts are in the row's currency, which a customer who has none shares with the book."""
    currency = settings.load(connection).currency
    for table in _exported():
        rows = _rows(connection, table)
        yield tables.TableFile(table.name, (), _fields(table), rows, {}, currency)


def write_csv(connection: Connection, folder: Path) -> list[Path]:
    """One csv per table into a folder, amounts as decimals beside their currency."""
    folder.mkdir(parents=True, exist_ok=True)
    return [tables.write_csv(part, folder / f"{part.title}.csv") for part in _files(connection)]


def write_workbook(connection: Connection, path: Path) -> list[Path]:
    """One workbook with a sheet per table."""
    return [tables.write_workbook(list(_files(connection)), path)]
