"""Category trees (several independent dimensions) and tags."""

from sqlalchemy import Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text, UniqueConstraint

from crmdesk.models.tables.base import Big, id_column, table, text_column

dimension = table(
    "dimension",
    id_column(),
    Column("name", Text, nullable=False),
    Column("applies_to", Text, nullable=False),
    Column("position", Integer, nullable=False),
    UniqueConstraint("applies_to", "name"),
)

category = table(
    "category",
    id_column(),
    Column("dimension_id", Big, ForeignKey("dimension.id"), nullable=False),
    Column("parent_id", Big, ForeignKey("category.id")),
    Column("name", Text, nullable=False),
    Column("position", Integer, nullable=False),
    text_column("note"),
)

customer_category = table(
    "customer_category",
    Column("category_id", Big, ForeignKey("category.id"), nullable=False),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    PrimaryKeyConstraint("category_id", "customer_id"),
    with_rowid=False,
)

tag = table(
    "tag",
    id_column(),
    Column("name", Text, nullable=False, unique=True),
    text_column("colour"),
)

customer_tag = table(
    "customer_tag",
    Column("tag_id", Big, ForeignKey("tag.id"), nullable=False),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    PrimaryKeyConstraint("tag_id", "customer_id"),
    with_rowid=False,
)

Index("ix_category_dimension_id_parent_id", category.c.dimension_id, category.c.parent_id)
Index("ix_customer_category_customer_id", customer_category.c.customer_id)
Index("ix_customer_tag_customer_id", customer_tag.c.customer_id)
