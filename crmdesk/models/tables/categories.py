"""Category trees (several independent dimensions) and tags."""

from sqlalchemy import Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text, UniqueConstraint

from crmdesk.models.tables.base import Big, Flag, id_column, table, text_column

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
    Column("is_retired", Flag, nullable=False, server_default="0"),
)
"""A retired category keeps who is in it and takes nobody any more; so does everything below it."""

customer_category = table(
    "customer_category",
    Column("category_id", Big, ForeignKey("category.id"), nullable=False),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    Column("segment_id", Big),
    PrimaryKeyConstraint("category_id", "customer_id"),
    with_rowid=False,
)
"""`segment_id`: the rule that put the customer there; NULL is by hand, which a rule never changes."""

tag = table(
    "tag",
    id_column(),
    Column("name", Text, nullable=False, unique=True),
    text_column("colour"),
    Column("is_retired", Flag, nullable=False, server_default="0"),
)
"""A retired tag stays on the customers that have it and is given to nobody any more."""

customer_tag = table(
    "customer_tag",
    Column("tag_id", Big, ForeignKey("tag.id"), nullable=False),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    Column("segment_id", Big),
    PrimaryKeyConstraint("tag_id", "customer_id"),
    with_rowid=False,
)
"""`segment_id`: the rule that gave the tag; NULL is by hand."""

# What was done to the trees themselves. `content` of a merge holds what its undoing needs; ids here point to nothing,
# since the category may be gone.
category_event = table(
    "category_event",
    id_column(),
    Column("applies_to", Text, nullable=False),
    Column("dimension_id", Big, nullable=False),
    Column("dimension", Text, nullable=False),
    Column("category_id", Big),
    Column("action", Text, nullable=False),
    text_column("path_before"),
    text_column("path_after"),
    Column("member_count", Integer, nullable=False),
    Column("happened_at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    text_column("content"),
    Column("undone_id", Big),
)

# What was done to tags; `into_id` is the tag that one was merged into, `content` what undoing it needs.
tag_event = table(
    "tag_event",
    id_column(),
    Column("tag_id", Big, nullable=False),
    Column("into_id", Big),
    Column("action", Text, nullable=False),
    text_column("name_before"),
    text_column("name_after"),
    Column("customer_count", Integer, nullable=False),
    Column("happened_at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    text_column("content"),
    Column("undone_id", Big),
)

# Who entered or left which category since the customer was made; what he was made with has no row.
customer_category_event = table(
    "customer_category_event",
    id_column(),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    Column("category_id", Big, nullable=False),
    Column("dimension", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("is_in", Flag, nullable=False),
    Column("cause", Text, nullable=False),
    Column("happened_at", Text, nullable=False),
    Column("actor", Text, nullable=False),
)

Index("ix_category_event_dimension_id", category_event.c.dimension_id, category_event.c.id)
Index("ix_tag_event_tag_id", tag_event.c.tag_id, tag_event.c.id)
Index("ix_tag_event_into_id", tag_event.c.into_id, tag_event.c.id)
Index("ix_customer_category_event_customer_id", customer_category_event.c.customer_id)
Index("ix_category_dimension_id_parent_id", category.c.dimension_id, category.c.parent_id)
Index("ix_customer_category_customer_id", customer_category.c.customer_id)
Index("ix_customer_tag_customer_id", customer_tag.c.customer_id)
