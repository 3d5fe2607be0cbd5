"""Watched folders: which folder brings which kind of file, and what became of every file."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Text

from crmdesk.models.tables.base import Big, Flag, id_column, table, text_column

watched_folder = table(
    "watched_folder",
    id_column(),
    Column("folder", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("mode", Text, nullable=False),
    text_column("sheet"),
    text_column("encoding"),
    text_column("account"),
    text_column("mapping"),
    Column("is_active", Flag, nullable=False),
)

watch_log = table(
    "watch_log",
    id_column(),
    Column("folder", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("batch_id", Big, ForeignKey("import_batch.id")),
    Column("read_count", Integer, nullable=False),
    Column("created_count", Integer, nullable=False),
    Column("updated_count", Integer, nullable=False),
    Column("skipped_count", Integer, nullable=False),
    Column("failed_count", Integer, nullable=False),
    text_column("message"),
    text_column("moved_to"),
)

Index("ix_watch_log_hash", watch_log.c.hash)
