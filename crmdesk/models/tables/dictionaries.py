"""Words that a field offers (stages, levels, sources …), and views of lists that everybody sees."""

from sqlalchemy import Column, Index, Integer, Text, UniqueConstraint

from crmdesk.models.tables.base import Flag, id_column, table, text_column

# Which dictionaries there are is code (`services/dictionaries`); a row here says what differs: closed ones refuse
# other words.
dictionary = table(
    "dictionary",
    Column("name", Text, primary_key=True),
    Column("is_open", Flag, nullable=False),
)

dictionary_entry = table(
    "dictionary_entry",
    id_column(),
    Column("dictionary", Text, nullable=False),
    Column("name", Text, nullable=False),
    text_column("label_en"),
    Column("position", Integer, nullable=False),
    Column("is_active", Flag, nullable=False),
    UniqueConstraint("dictionary", "name"),
)

saved_view = table(
    "saved_view",
    id_column(),
    Column("list", Text, nullable=False),
    Column("name", Text, nullable=False),
    # filters, sort, groups, columns and their widths, as the window keeps them
    Column("state", Text, nullable=False),
    text_column("updated_at"),
    text_column("updated_by"),
    UniqueConstraint("list", "name"),
)

Index("ix_dictionary_entry_position", dictionary_entry.c.dictionary, dictionary_entry.c.position)
