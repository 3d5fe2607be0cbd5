"""Fields that the owner of the book made himself: what they are, and their values."""

from sqlalchemy import Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text, UniqueConstraint

from crmdesk.models.tables.base import Big, Flag, id_column, table, text_column

custom_field = table(
    "custom_field",
    id_column(),
    Column("record", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("label", Text, nullable=False),
    text_column("label_en"),
    Column("kind", Text, nullable=False),
    # a link's target (customer, product, contact); what a formula gives (number, money, text, date, yes_no)
    text_column("detail_kind"),
    # the values one may choose, as JSON [{"value", "label", "label_en", "tone"}]
    text_column("choices"),
    text_column("formula"),
    # the plain value as JSON; empty for none
    text_column("default_value"),
    text_column("help"),
    text_column("section"),
    Column("position", Integer, nullable=False),
    Column("is_required", Flag, nullable=False),
    Column("is_unique", Flag, nullable=False),
    Column("is_shown", Flag, nullable=False),
    Column("is_printed", Flag, nullable=False),
    Column("is_searchable", Flag, nullable=False),
    Column("is_active", Flag, nullable=False),
    UniqueConstraint("record", "name"),
)

# One value, in the one of the two columns that its kind has: text (text, number as decimal text, choice, several
# choices as |a|b|), or number (money in minor units, a date as yyyymmdd, yes or no as 1 or 0, a link's id). No value,
# no row. By record first: what is read are the fields of some records.
custom_value = table(
    "custom_value",
    Column("record_id", Big, nullable=False),
    Column("field_id", Big, ForeignKey("custom_field.id"), nullable=False),
    Column("text_value", Text),
    Column("number_value", Big),
    PrimaryKeyConstraint("record_id", "field_id"),
    with_rowid=False,
)

# The same for posted documents, written with them and never changed.
document_value = table(
    "document_value",
    Column("document_id", Big, ForeignKey("document.id"), nullable=False),
    Column("field_id", Big, ForeignKey("custom_field.id"), nullable=False),
    Column("text_value", Text),
    Column("number_value", Big),
    PrimaryKeyConstraint("document_id", "field_id"),
    with_rowid=False,
    part_of="document_id",
)

Index("ix_custom_value_text", custom_value.c.field_id, custom_value.c.text_value)
Index("ix_custom_value_number", custom_value.c.field_id, custom_value.c.number_value)
Index("ix_document_value_text", document_value.c.field_id, document_value.c.text_value)
Index("ix_document_value_number", document_value.c.field_id, document_value.c.number_value)
