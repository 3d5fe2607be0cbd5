"""Products and tax rates."""

from sqlalchemy import Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text

from crmdesk.models.tables.base import Big, Day, Flag, id_column, table, text_column

product = table(
    "product",
    id_column(),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    text_column("specification"),
    text_column("unit"),
    Column("category_id", Big, ForeignKey("category.id")),
    Column("price", Text, nullable=False),
    Column("tax_rate", Text),
    Column("tax_kind", Text, nullable=False),
    Column("is_tax_included", Flag, nullable=False),
    Column("is_on_sale", Flag, nullable=False),
    text_column("note"),
    Column("version", Integer, nullable=False),
    text_column("name_key"),
    text_column("initials"),
)

# what customers of a level (customer.level) pay where it is not the product's own price
product_price = table(
    "product_price",
    Column("product_id", Big, ForeignKey("product.id"), nullable=False),
    Column("level", Text, nullable=False),
    Column("price", Text, nullable=False),
    PrimaryKeyConstraint("product_id", "level"),
    with_rowid=False,
)

tax_rate = table(
    "tax_rate",
    id_column(),
    Column("name", Text, nullable=False),
    Column("rate", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("valid_from", Day),
    Column("valid_to", Day),
    Column("is_default", Flag, nullable=False),
)

Index("ix_product_name_key", product.c.name_key)
