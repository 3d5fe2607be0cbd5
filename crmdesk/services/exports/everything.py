"""Everything of a book in open formats (K2): every table as csv in a folder, or as sheets of one workbook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table

from crmdesk.models.fields import Field, Kind
from crmdesk.models.tables import METADATA
from crmdesk.models.tables.base import Day, Flag
from crmdesk.services.exports import tables

_LEFT_OUT = frozenset({"open_item", "counter", "use_key", "audit_detail", "picture", "taken_number"})
"""Kept amounts, counters and pictures: derived, internal or not text."""


def _exported() -> list[Table]:
    return [
        table for table in METADATA.sorted_tables if table.name not in _LEFT_OUT and "rowid" not in table.c
    ]


def _fields(table: Table) -> tuple[Field, ...]:
    fields = []
    for column in table.columns:
        if isinstance(column.type, Day):
            kind = Kind.DATE
        elif isinstance(column.type, Flag):
            kind = Kind.BOOLEAN
        else:
            kind = Kind.TEXT if column.type.python_type is not int else Kind.INTEGER
        fields.append(Field(column.name, kind, column.name))
    return tuple(fields)


def _rows(connection: Connection, table: Table) -> Iterator[list[Any]]:
    result = connection.execution_options(yield_per=5000).execute(table.select())
    for row in result:
        yield [value.hex() if isinstance(value, bytes) else value for value in row]


def write_csv(connection: Connection, folder: Path) -> list[Path]:
    """One csv per table into a folder; money stays in minor units beside its currency, as the book holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for table in _exported():
        target = folder / f"{table.name}.csv"
        rows = _rows(connection, table)
        files.append(tables.write_csv(tables.TableFile(table.name, (), _fields(table), rows, {}), target))
    return files


def write_workbook(connection: Connection, path: Path) -> list[Path]:
    """One workbook with a sheet per table."""
    parts = []
    for table in _exported():
        fields = _fields(table)
        rows = _rows(connection, table)
        parts.append(tables.TableFile(table.name, (), fields, rows, {}))
    return [tables.write_workbook(parts, path)]
