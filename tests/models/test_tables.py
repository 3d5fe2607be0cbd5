"""What every table must have so that a large book stays as quick as a small one."""

from __future__ import annotations

from crmdesk.models.tables import METADATA


def test_what_waits_for_the_audit_entry_is_found_by_an_index() -> None:
    """The entry is written last; SQLite then looks in each table for the rows that refer to it. Without an index it
    read two million documents for every payment."""
    without = [
        table.name
        for table in METADATA.tables.values()
        for column in table.columns
        if any(key.target_fullname == "audit_entry.id" for key in column.foreign_keys)
        and list(table.primary_key.columns)[:1] != [column]
        and not any(list(index.columns)[:1] == [column] for index in table.indexes)
    ]
    assert without == []
