"""Import batches: what came from which file, so that nothing comes twice and a whole import can be undone."""

from sqlalchemy import Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text

from crmdesk.models.tables.base import Big, Blob, id_column, table, text_column

import_batch = table(
    "import_batch",
    id_column(),
    Column("kind", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("file_digest", Blob, nullable=False),
    Column("imported_at", Text, nullable=False),
    Column("read_count", Integer, nullable=False),
    Column("created_count", Integer, nullable=False),
    Column("updated_count", Integer, nullable=False),
    Column("skipped_count", Integer, nullable=False),
    Column("failed_count", Integer, nullable=False),
    Column("undone_at", Text),
    text_column("mapping"),
)

import_record = table(
    "import_record",
    Column("batch_id", Big, ForeignKey("import_batch.id"), nullable=False),
    Column("record_id", Big, nullable=False),
    Column("record_kind", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("before", Text),
    PrimaryKeyConstraint("batch_id", "record_kind", "record_id"),
    with_rowid=False,
)

Index("ix_import_record_record_id", import_record.c.record_id)
