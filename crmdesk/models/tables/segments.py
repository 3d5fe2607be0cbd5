"""Segments: groups of customers by rule or by hand, who is in them, who was pinned, and who came and went."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text

from crmdesk.models.tables.base import Big, Day, Flag, audit_column, id_column, table, text_column

segment = table(
    "segment",
    id_column(),
    Column("name", Text, nullable=False),
    Column("parent_id", Big, ForeignKey("segment.id")),
    Column("kind", Text, nullable=False),
    text_column("rule"),
    text_column("named"),
    Column("category_id", Big, ForeignKey("category.id")),
    Column("tag_id", Big, ForeignKey("tag.id")),
    text_column("note"),
    text_column("offer"),
    text_column("owner"),
    Column("budget_minor", Big),
    Column("cost_minor", Big),
    text_column("colour"),
    Column("position", Integer, nullable=False),
    Column("is_active", Flag, nullable=False),
    Column("version", Integer, nullable=False),
    text_column("deleted_at"),
    CheckConstraint("kind IN ('rule', 'static')", name="kind_known"),
)
"""`rule` is a tree of clauses as JSON (`models/clauses`). `named` holds the ids of the tags, categories, products and
segments that the rule names, so that renaming one of them does not change what the rule means. `category_id` and
`tag_id`: what the members are given. A deleted segment keeps its row for its history."""

segment_version = table(
    "segment_version",
    Column("segment_id", Big, ForeignKey("segment.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("rule", Text, nullable=False),
    audit_column(),
    PrimaryKeyConstraint("segment_id", "version"),
    is_posted=True,
)
"""How the rule was, so that what happened then can be explained later."""

segment_member = table(
    "segment_member",
    Column("segment_id", Big, ForeignKey("segment.id"), nullable=False),
    Column("customer_id", Big, nullable=False),
    Column("way", Text, nullable=False),
    Column("since_on", Day, nullable=False),
    Column("event_id", Big, nullable=False),
    PrimaryKeyConstraint("segment_id", "customer_id"),
    CheckConstraint("way IN ('rule', 'pin', 'static')", name="way_known"),
    with_rowid=False,
)
"""Who is in it now (no foreign key: a customer that was never used may be deleted): derived from rules and pins,
kept for speed, compared and rebuilt by `check`. `event_id`: what brought him in."""

segment_pin = table(
    "segment_pin",
    Column("segment_id", Big, ForeignKey("segment.id"), nullable=False),
    Column("customer_id", Big, nullable=False),
    Column("is_in", Flag, nullable=False),
    text_column("reason"),
    Column("actor", Text, nullable=False),
    Column("pinned_at", Text, nullable=False),
    PrimaryKeyConstraint("segment_id", "customer_id"),
    with_rowid=False,
)
"""What was decided by hand: in or out whatever the rule says; in a static list whoever is in it."""

segment_event = table(
    "segment_event",
    id_column(),
    Column("segment_id", Big, ForeignKey("segment.id"), nullable=False),
    Column("customer_id", Big, nullable=False),
    Column("is_joined", Flag, nullable=False),
    Column("way", Text, nullable=False),
    Column("dated_on", Day, nullable=False),
    Column("happened_at", Text, nullable=False),
    Column("version", Integer, nullable=False),
    text_column("facts"),
    audit_column(),
    is_posted=True,
)
"""Who came and went. `facts`: the values that the rule looked at, as a JSON list in the order of its clauses.
Append-only; not digested, because a whole evaluation is written by the database itself (`check` adds them up)."""

segment_state = table(
    "segment_state",
    id_column(),
    Column("evaluated_on", Day, nullable=False),
    Column("evaluated_at", Text, nullable=False),
    Column("stamp", Big, nullable=False),
)
"""One row: the day all rules were last evaluated for, and the audit entry of the last change to any of them."""

Index("ix_segment_name", segment.c.name, unique=True, sqlite_where=segment.c.deleted_at == "")
Index("ix_segment_member_event_id", segment_member.c.event_id, unique=True)
Index("ix_segment_member_customer_id", segment_member.c.customer_id)
Index("ix_segment_pin_customer_id", segment_pin.c.customer_id)
Index("ix_segment_event_customer_id", segment_event.c.customer_id, segment_event.c.id)
Index("ix_segment_event_segment_id", segment_event.c.segment_id, segment_event.c.dated_on)
