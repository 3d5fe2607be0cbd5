"""Triggers that keep posted rows as they are, whatever program writes to the file.

With `recursive_triggers=ON` they also stop INSERT OR REPLACE (finding RF7 of the design notes).
"""

from __future__ import annotations

from sqlalchemy import DDL, Table, event

from crmdesk.models.tables.base import METADATA

APPEND_ONLY = tuple(found for found in METADATA.sorted_tables if found.info.get("is_posted"))
"""Every table declared `is_posted` or `part_of`; all of them are declared by the time this module is imported."""


def holder_key(found: Table) -> tuple[str, str]:
    """The SQL of a posted row's key in `moved_row`: its id (or that of what it belongs to) and its position, else 0."""
    names = [column.name for column in found.primary_key.columns]
    return names[0], names[1] if len(names) > 1 else "0"


def trigger_sql(table_name: str) -> list[str]:
    """The two SQLite triggers of one append-only table."""
    found = METADATA.tables[table_name]
    allowed = ""
    if found.info["has_holder"]:
        record, position = holder_key(found)
        same = " AND ".join(
            f"NEW.{column.name} IS OLD.{column.name}"
            for column in found.columns
            if column.name != "customer_id"
        )
        # own-sql: names of our own metadata
        allowed = (
            f"WHEN NOT ({same} AND EXISTS (SELECT 1 FROM moved_row WHERE table_name = '{table_name}' "  # noqa: S608
            f"AND record_id = OLD.{record} AND position = {position if position == '0' else f'OLD.{position}'})) "
        )
    return [
        f"CREATE TRIGGER {table_name}_no_{verb.lower()} BEFORE {verb} ON {table_name} "
        f"{allowed if verb == 'UPDATE' else ''}"
        f"BEGIN SELECT RAISE(ABORT, '{table_name} is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ]


for _table in APPEND_ONLY:
    for _sql in trigger_sql(_table.name):
        event.listen(_table, "after_create", DDL(_sql.replace("%", "%%")).execute_if(dialect="sqlite"))
