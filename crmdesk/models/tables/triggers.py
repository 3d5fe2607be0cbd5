"""Triggers that keep posted rows as they are, whatever program writes to the file.

With `recursive_triggers=ON` they also stop INSERT OR REPLACE (finding RF7 of the design notes).
"""

from __future__ import annotations

from sqlalchemy import DDL, event

from crmdesk.models.tables.audit import audit_entry, use_key
from crmdesk.models.tables.bills import bill
from crmdesk.models.tables.closings import closing
from crmdesk.models.tables.documents import allocation, document, document_line, payment
from crmdesk.models.tables.ledger import posting
from crmdesk.models.tables.recurring import recurring_run

APPEND_ONLY = (
    audit_entry,
    document,
    document_line,
    payment,
    bill,
    allocation,
    posting,
    recurring_run,
    closing,
    use_key,
)


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
