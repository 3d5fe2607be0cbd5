"""SQL that differs between databases, other than the full-text search."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, Select, Text, bindparam, column, func, select


def ids_of(ids: Iterable[int]) -> Select[Any]:
    """A subquery of any number of ids that Python holds, sent as one parameter."""
    each = func.json_each(json.dumps(list(ids))).table_valued(column("value", Integer), name="given")
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
    return select(*values).subquery(name)


_LOWER = {point: point + 32 for point in range(ord("A"), ord("Z") + 1)}


def contains(target: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """Whether a text holds another one, the case of a–z apart; every sign stands for itself."""
    return func.instr(func.lower(target), part.translate(_LOWER)) > 0


def begins(target: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """Whether a text begins with another one, the case of a–z apart."""
    return func.substr(func.lower(target), 1, len(part)) == part.translate(_LOWER)


def day_count(day: ColumnElement[Any]) -> ColumnElement[int]:
    """A stored date (yyyymmdd) as a running number of days, so that two can be subtracted: plain integer arithmetic.

    The well-known formula for the Julian day number of a Gregorian date.
    """
    # abs changes nothing: it makes a number of the date without giving a parameter in it a second type
    number: ColumnElement[int] = func.abs(day, type_=Integer())
    year, month, own = number // 10000, number // 100 % 100, number % 100
    before = (14 - month) // 12
    years, months = year + 4800 - before, month + 12 * before - 3
    return own + (153 * months + 2) // 5 + 365 * years + years // 4 - years // 100 + years // 400 - 32045
