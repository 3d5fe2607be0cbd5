"""Files kept with records: contents once by their SHA-256, and which record shows which under what name."""

from sqlalchemy import Column, ForeignKey, Index, Text

from crmdesk.models.tables.base import Big, Blob, Flag, id_column, table

blob = table(
    "blob",
    Column("hash", Text, primary_key=True),
    Column("content", Blob, nullable=False),
)

attachment = table(
    "attachment",
    id_column(),
    Column("record_kind", Text, nullable=False),
    Column("record_id", Big, nullable=False),
    Column("name", Text, nullable=False),
    Column("size", Big, nullable=False),
    Column("hash", Text, ForeignKey("blob.hash"), nullable=False),
    Column("added_at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("removed", Flag, nullable=False),
)

Index("ix_attachment_record", attachment.c.record_kind, attachment.c.record_id)
Index("ix_attachment_hash", attachment.c.hash)
