"""The expected shape of a book file, compared with what is there: planted triggers, missing indexes, other columns."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, TextClause, create_engine, text
from sqlalchemy.pool import StaticPool

from crmdesk.models.tables import APPEND_ONLY, METADATA
from crmdesk.services.connections import driver

Objects = set[tuple[str, str]]
_OWN_TABLES = ("alembic_version",)


def expected_objects() -> Objects:
    """(type, name) of every table, index and trigger that a book has."""
    objects: Objects = set()
    for table in METADATA.sorted_tables:
        objects.add(("table", table.name))
        objects |= {("index", str(index.name)) for index in table.indexes}
    for table in APPEND_ONLY:
        objects |= {("trigger", f"{table.name}_no_{verb}") for verb in ("update", "delete")}
    return objects


def _virtual_names(rows: list[Any]) -> set[str]:
    return {
        row.name
        for row in rows
        if row.type == "table" and (row.sql or "").upper().startswith("CREATE VIRTUAL")
    }


def present_objects(connection: Connection) -> Objects:
    """(type, name) of what the file has, without SQLite's own objects and the shadows of full-text tables."""
    rows = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_schema").all()
    virtual = _virtual_names(list(rows))
    objects: Objects = set()
    for row in rows:
        name = row.name
        is_shadow = any(name.startswith(f"{one}_") for one in virtual) and row.type == "table"
        if name.startswith("sqlite_") or is_shadow or name in _OWN_TABLES:
            continue
        objects.add((row.type, name))
    return objects


def differences(connection: Connection) -> list[str]:
    """Names of objects that are missing (−) or should not be there (+)."""
    expected, present = expected_objects(), present_objects(connection)
    return [
        *(f"− {kind} {name}" for kind, name in sorted(expected - present)),
        *(f"+ {kind} {name}" for kind, name in sorted(present - expected)),
    ]


_COLUMNS = text('SELECT name, type, "notnull", pk FROM pragma_table_xinfo(:name)')
_KEYS = text('SELECT "from", "table", "to" FROM pragma_foreign_key_list(:name)')
_INDEXED = text("SELECT seqno, name FROM pragma_index_info(:name)")
_TRIGGERS = text("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = :name")


def _shape(connection: Connection) -> set[tuple[Any, ...]]:
    shape: set[tuple[Any, ...]] = set()

    def read(label: str, query: TextClause, name: str) -> None:
        shape.update((label, name, *row) for row in connection.execute(query, {"name": name}))

    for table in METADATA.sorted_tables:
        read("column", _COLUMNS, table.name)
        read("key", _KEYS, table.name)
        for index in table.indexes:
            read("index", _INDEXED, str(index.name))
    for table in APPEND_ONLY:
        read("trigger", _TRIGGERS, table.name)
    return shape


def _memory() -> Any:
    return driver.connect(":memory:")


@cache
def _expected_shape() -> frozenset[tuple[Any, ...]]:
    """The shape of a file as this version makes it, taken from one in memory."""
    model = create_engine("sqlite://", module=driver, creator=_memory, poolclass=StaticPool)
    try:
        METADATA.create_all(model)
        with model.connect() as fresh:
            return frozenset(_shape(fresh))
    finally:
        model.dispose()


def shape_differences(connection: Connection) -> list[str]:
    """Columns, keys, indexes and triggers that are not as this version of the program makes them."""
    expected, present = _expected_shape(), _shape(connection)
    return [
        *(f"− {entry}" for entry in sorted(map(str, expected - present))),
        *(f"+ {entry}" for entry in sorted(map(str, present - expected))),
    ]
