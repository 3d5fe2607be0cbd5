"""Rows collected per table and written by one executemany each: the same way for one document and for a million."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.sql.elements import TextClause

from crmdesk.models.tables.base import Day, Flag, day_number


@dataclass(frozen=True, slots=True)
class _Plan:
    places: dict[str, int]
    """The place of each column in the row, by name, in order."""
    defaults: tuple[Any, ...]
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]


_plans: dict[Table, _Plan] = {}
_statements: dict[tuple[str, Table], str] = {}


def _plan(target: Table) -> _Plan:
    plan = _plans.get(target)
    if plan is None:
        places = {column.name: index for index, column in enumerate(target.columns)}
        defaults = []
        converters: list[tuple[int, Callable[[Any], Any]]] = []
        for index, column in enumerate(target.columns):
            default = column.server_default
            clause = getattr(default, "arg", None)
            defaults.append(clause.text if isinstance(clause, TextClause) else clause)
            if isinstance(column.type, Day):
                converters.append((index, day_number))
            elif isinstance(column.type, Flag):
                converters.append((index, int))
        plan = _Plan(places, tuple(defaults), tuple(converters))
        _plans[target] = plan
    return plan


def row_of(target: Table, values: dict[str, Any]) -> tuple[Any, ...]:
    """The values as a driver row in the table's column order, with defaults for what is not given.

    Raises KeyError for a name that is no column.
    """
    plan = _plans.get(target) or _plan(target)
    row = list(plan.defaults)
    places = plan.places
    for name, value in values.items():
        row[places[name]] = value
    for index, convert in plan.converters:
        if row[index] is not None:
            row[index] = convert(row[index])
    return tuple(row)


def statement(connection: Connection, target: Table) -> str:
    """The INSERT of a table in the connection's dialect, compiled once."""
    key = (connection.dialect.name, target)
    sql = _statements.get(key)
    if sql is None:
        sql = str(insert(target).compile(dialect=connection.dialect, column_keys=list(_plan(target).places)))
        _statements[key] = sql
    return sql


def write(connection: Connection, target: Table, rows: list[tuple[Any, ...]]) -> None:
    """Writes collected rows by one executemany."""
    connection.exec_driver_sql(statement(connection, target), rows)  # compiled-sql: made by SQLAlchemy
