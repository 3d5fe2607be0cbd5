"""The audit trail: one chained entry per use case, its erasable detail, and the keys that make lines idempotent."""

from sqlalchemy import Column, Index, Text

from crmdesk.models.tables.base import Big, Blob, audit_column, audit_key, id_column, table

audit_entry = table(
    "audit_entry",
    id_column(),
    Column("posted_at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("seat", Text, nullable=False),
    Column("use_case", Text, nullable=False),
    Column("canonical", Blob, nullable=False),
    Column("hash", Blob, nullable=False),
    is_posted=True,
)

audit_detail = table(
    "audit_detail",
    Column("audit_id", Big, audit_key(), primary_key=True, autoincrement=False),
    Column("salt", Blob, nullable=False),
    Column("content", Text, nullable=False),
)

use_key = table(
    "use_key",
    Column("key", Text, primary_key=True),
    Column("request_digest", Blob, nullable=False),
    Column("result", Text, nullable=False),
    audit_column(),
    is_posted=True,
)

Index("ix_audit_entry_use_case", audit_entry.c.use_case, audit_entry.c.id)
