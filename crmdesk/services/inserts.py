"""Rows collected per table and written by one executemany each: the same way for one document and for a million."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.sql.elements import TextClause

from crmdesk.models.tables.base import Day, Flag, day_number


@dataclass(frozen=True, slots=True)
class _Plan:
    names: tuple[str, ...]
    defaults: tuple[Any, ...]
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]
    getters: dict[tuple[str, ...], Callable[[tuple[Any, ...]], tuple[Any, ...]]]
    """By the names given: picks the row out of (given values, defaults)."""


_plans: dict[Table, _Plan] = {}
_statements: dict[tuple[str, Table], str] = {}


def _plan(target: Table) -> _Plan:
    plan = _plans.get(target)
    if plan is None:
        names = tuple(column.name for column in target.columns)
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
        plan = _Plan(names, tuple(defaults), tuple(converters), {})
        _plans[target] = plan
    return plan


def _getter(plan: _Plan, given: tuple[str, ...]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    unknown = set(given) - set(plan.names)
    if unknown:
        raise KeyError(f"no such column: {sorted(unknown)}")
    places = {name: index for index, name in enumerate(given)}
    picked = [places.get(name, len(given) + index) for index, name in enumerate(plan.names)]
    return itemgetter(*picked) if len(picked) > 1 else lambda both: (both[picked[0]],)


def row_of(target: Table, values: dict[str, Any]) -> tuple[Any, ...]:
    """The values as a driver row in the table's column order, with defaults for what is not given."""
    plan = _plans.get(target) or _plan(target)
    given = tuple(values)
    getter = plan.getters.get(given)
    if getter is None:
        getter = plan.getters[given] = _getter(plan, given)
    picked = getter((*values.values(), *plan.defaults))
    if not plan.converters:
        return picked
    row = list(picked)
    for index, convert in plan.converters:
        if row[index] is not None:
            row[index] = convert(row[index])
    return tuple(row)


def statement(connection: Connection, target: Table) -> str:
    """The INSERT of a table in the connection's dialect, compiled once."""
    key = (connection.dialect.name, target)
    sql = _statements.get(key)
    if sql is None:
        sql = str(insert(target).compile(dialect=connection.dialect, column_keys=list(_plan(target).names)))
        _statements[key] = sql
    return sql


def write(connection: Connection, target: Table, rows: list[tuple[Any, ...]]) -> None:
    """Writes collected rows by one executemany."""
    connection.exec_driver_sql(statement(connection, target), rows)  # compiled-sql: made by SQLAlchemy
