"""Triggers that keep posted rows as they are, whatever program writes to the file.

With `recursive_triggers=ON` they also stop INSERT OR REPLACE (finding RF7 of the design notes).
"""

from __future__ import annotations

from sqlalchemy import DDL, event

from crmdesk.models.tables.agreements import (
    agreement_bill,
    instalment,
    instalment_bill,
    payment_contract,
    plan,
)
from crmdesk.models.tables.audit import audit_entry, use_key
from crmdesk.models.tables.banking import bank_entry
from crmdesk.models.tables.documents import allocation, document, document_line, payment
from crmdesk.models.tables.exchange import base_entry, late_rate, revaluation, revaluation_line
from crmdesk.models.tables.fapiao import (
    fapiao,
    fapiao_credit,
    fapiao_delivery,
    fapiao_part,
    fapiao_request,
    fapiao_request_part,
    fapiao_void,
    red_confirmation,
)
from crmdesk.models.tables.ledger import posting

APPEND_ONLY = (
    audit_entry,
    document,
    document_line,
    payment,
    allocation,
    posting,
    use_key,
    agreement_bill,
    payment_contract,
    plan,
    instalment,
    instalment_bill,
    bank_entry,
    late_rate,
    revaluation,
    revaluation_line,
    base_entry,
    fapiao_request,
    fapiao_request_part,
    fapiao,
    fapiao_part,
    fapiao_void,
    fapiao_delivery,
    fapiao_credit,
    red_confirmation,
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
