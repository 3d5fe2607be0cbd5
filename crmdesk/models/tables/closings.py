"""Closed periods: what was looked at, what the figures were, and the audit chain's head at that moment."""

from sqlalchemy import Column, Text

from crmdesk.models.tables.base import Big, Blob, Day, audit_column, id_column, table, text_column

closing = table(
    "closing",
    id_column(),
    Column("kind", Text, nullable=False),
    Column("until", Day, nullable=False),
    Column("locked_before", Day),
    Column("recorded_at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    text_column("reason"),
    Column("checklist", Text, nullable=False),
    Column("totals", Text, nullable=False),
    Column("head_id", Big, nullable=False),
    Column("head_hash", Blob, nullable=False),
    audit_column(),
    is_posted=True,
)
"""`kind` is close, lock (without a checklist) or reopen; a reopening names the `until` that it takes back.
`locked_before` is the lock as it was before a closing or lock, and as it is after a reopening."""
