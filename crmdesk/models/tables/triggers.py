"""Triggers that keep posted rows as they are, whatever program writes to the file.

With `recursive_triggers=ON` they also stop INSERT OR REPLACE (finding RF7 of the design notes).
"""

from __future__ import annotations

from sqlalchemy import DDL, event

from crmdesk.models.tables.base import METADATA

APPEND_ONLY = tuple(found for found in METADATA.sorted_tables if found.info.get("is_posted"))
"""Every table declared `is_posted` or `part_of`; all of them are declared by the time this module is imported."""


def trigger_sql(table_name: str) -> list[str]:
    """The two SQLite triggers of one append-only table."""
    return [
        f"CREATE TRIGGER {table_name}_no_{verb.lower()} BEFORE {verb} ON {table_name} "
        f"BEGIN SELECT RAISE(ABORT, '{table_name} is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ]


for _table in APPEND_ONLY:
    for _sql in trigger_sql(_table.name):
        event.listen(_table, "after_create", DDL(_sql.replace("%", "%%")).execute_if(dialect="sqlite"))
