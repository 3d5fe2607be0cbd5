"""SQL that differs between databases, other than the full-text search."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Table,
    Text,
    bindparam,
    column,
    func,
    select,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op


def ids_of(ids: Iterable[int]) -> Select[Any]:
    """A subquery of any number of ids that Python holds, sent as one parameter."""
    each = func.json_each(json.dumps(list(ids))).table_valued(column("value", Integer), name="given")
    return select(each.c.value)


def ids_given(name: str) -> Select[Any]:
    """A subquery of ids that come as a parameter of this name when the statement runs: a JSON list."""
    each = func.json_each(bindparam(name, type_=Text())).table_valued(
        column("value", Integer), name=f"{name}_each"
    )
    return select(each.c.value)


def among(target: ColumnElement[int], ids: Iterable[int]) -> ColumnElement[bool]:
    """Whether a column holds one of these ids."""
    return target.in_(ids_of(ids))


def given_rows(name: str, /, **columns: Any) -> FromClause:
    """A table of rows that Python reckoned, sent as one parameter of this name: a JSON list of lists of values in
    the order of the columns (`columns` are their types)."""
    each = func.json_each(bindparam(name, type_=Text())).table_valued(
        column("value", Text), name=f"{name}_each"
    )
    values = [
        func.json_extract(each.c.value, f"$[{place}]", type_=kind).label(label)
        for place, (label, kind) in enumerate(columns.items())
    ]
    # distinct keeps SQLite from reading the whole parameter again for each row it is joined to
    return select(*values).distinct().subquery(name)


def json_parts(target: ColumnElement[str], path: str, name: str) -> Any:
    """The parts of a JSON list that stands at a path (`$.lines`) in a text column, as rows with a `value`: to be joined
    to the rows of that column."""
    return func.json_each(target, path).table_valued(column("value", Text), name=name)


def json_number(target: ColumnElement[str], path: str) -> ColumnElement[int]:
    """A whole number at a path in a JSON text; NULL without one."""
    return func.json_extract(target, path, type_=Integer())


def unindexed(target: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same value, but no index is chosen by it: where another one serves the whole query better."""
    return UnaryExpression(target, operator=custom_op("+"), type_=target.type)


def each_value(target: ColumnElement[str]) -> Select[Any]:
    """The different values of an indexed text column, '' apart: one step of the index each, however many rows."""
    found = (
        select(func.min(target).label("value")).where(target > "").cte(f"each_{target.name}", recursive=True)
    )
    after = select(func.min(target)).where(target > found.c.value).scalar_subquery()
    found = found.union_all(select(after).where(found.c.value.isnot(None)))
    return select(found.c.value).where(found.c.value.isnot(None))


def packed(values: Iterable[ColumnElement[Any]]) -> ColumnElement[str]:
    """Values as the text of a JSON list."""
    return func.json_array(*values, type_=Text())


def insert_combining(
    target: Table, query: Select[Any], combined: Mapping[str, Callable[[Any, Any], Any]]
) -> Any:
    """INSERT of what a query gives in the order of the columns; a row that is there already (same first column) takes
    what is `combined` of its own value and the new one. The query must have a WHERE."""
    names = [column.name for column in target.columns]
    written = sqlite.insert(target).from_select(names, query)
    return written.on_conflict_do_update(
        index_elements=[names[0]],
        set_={name: rule(target.c[name], written.excluded[name]) for name, rule in combined.items()},
    )


_LOWER = {point: point + 32 for point in range(ord("A"), ord("Z") + 1)}


def contains(target: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """Whether a text holds another one, the case of a–z apart; every sign stands for itself."""
    return func.instr(func.lower(target), part.translate(_LOWER)) > 0


def begins(target: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """Whether a text begins with another one, the case of a–z apart."""
    return func.substr(func.lower(target), 1, len(part)) == part.translate(_LOWER)


def day_count(day: ColumnElement[Any]) -> ColumnElement[int]:
    """A stored date (yyyymmdd) as a running number of days, so that two can be subtracted: plain integer arithmetic.

    The Julian day number of a Gregorian date, less a constant. Years are counted from March, so that the leap day is
    their last; it is reckoned a million times in one reading, so every operation counts.
    """
    # the sign changes nothing: it makes a number of the date without giving a parameter in it a second type
    number: ColumnElement[int] = UnaryExpression(day, operator=custom_op("+"), type_=Integer())
    year, months = (number - 300) // 10000, (number // 100 % 100 + 9) % 12
    return number % 100 + (153 * months + 2) // 5 + 1461 * year // 4 - year // 100 + year // 400
