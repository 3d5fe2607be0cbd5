"""What people do with a customer: activities, tasks, comments, relations, collaborators, and who was the owner.

None of these is posted. Only `customer_change` is: which audit entry changed which customer, so that a customer's
history is found by an index; it is written with its entry and digested in it, and holds no personal value.
"""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text

from crmdesk.models.tables.base import Big, Day, Flag, audit_column, id_column, table, text_column

activity = table(
    "activity",
    id_column(),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("dated_on", Day, nullable=False),
    text_column("clock"),
    text_column("direction"),
    Column("contact_id", Big),
    text_column("person"),
    text_column("text"),
    text_column("outcome"),
    Column("next_on", Day),
    Column("duration", Integer),
    Column("actor", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
)
"""`clock` is the time of the day as HH:MM, where it is known. `person` is who it was with; `contact_id` the contact of
that name, without a constraint: a contact that was removed leaves the name."""

activity_product = table(
    "activity_product",
    Column("activity_id", Big, ForeignKey("activity.id"), nullable=False),
    Column("product_id", Big, ForeignKey("product.id"), nullable=False),
    PrimaryKeyConstraint("activity_id", "product_id"),
    with_rowid=False,
)
"""Which products an enquiry, a visit or a browsing was about."""

task = table(
    "task",
    id_column(),
    Column("title", Text, nullable=False),
    Column("record_kind", Text),
    Column("record_id", Big),
    Column("customer_id", Big, ForeignKey("customer.id")),
    Column("due_on", Day),
    text_column("assignee"),
    text_column("note"),
    Column("done_on", Day),
    text_column("done_by"),
    text_column("outcome"),
    Column("actor", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
)
"""`customer_id` is whom the record belongs to: the customer itself, or a document's or agreement's."""

comment = table(
    "comment",
    id_column(),
    Column("record_kind", Text, nullable=False),
    Column("record_id", Big, nullable=False),
    Column("customer_id", Big, ForeignKey("customer.id")),
    Column("is_handover", Flag, nullable=False),
    Column("text", Text, nullable=False),
    Column("said_on", Day, nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("changed_at", Text),
)

comment_mention = table(
    "comment_mention",
    Column("comment_id", Big, ForeignKey("comment.id"), nullable=False),
    Column("name", Text, nullable=False),
    PrimaryKeyConstraint("comment_id", "name"),
    with_rowid=False,
)

customer_relation = table(
    "customer_relation",
    id_column(),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("other_id", Big, ForeignKey("customer.id"), nullable=False),
    text_column("note"),
    Column("since_on", Day),
    Column("actor", Text, nullable=False),
    CheckConstraint("customer_id <> other_id", name="two_customers"),
)
"""What `other_id` is to `customer_id`: its parent, a partner … A customer has one parent at most."""

customer_collaborator = table(
    "customer_collaborator",
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("access", Text, nullable=False),
    Column("since_on", Day, nullable=False),
    Column("actor", Text, nullable=False),
    PrimaryKeyConstraint("customer_id", "name"),
    with_rowid=False,
)

owner_change = table(
    "owner_change",
    id_column(),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    text_column("before"),
    text_column("after"),
    Column("changed_on", Day, nullable=False),
    Column("actor", Text, nullable=False),
)
"""Changes only: a new customer's first owner is the `before` of its first change, or the owner it has now."""

customer_change = table(
    "customer_change",
    Column("customer_id", Big, nullable=False),
    audit_column(),
    PrimaryKeyConstraint("customer_id", "audit_id"),
    with_rowid=False,
    is_posted=True,
)
"""Without a constraint on the customer: one that was never used may be deleted, its entries stay."""

Index("ix_activity_customer", activity.c.customer_id, activity.c.dated_on, activity.c.id, activity.c.kind)
Index("ix_activity_dated_on", activity.c.dated_on)
Index("ix_activity_product_product_id", activity_product.c.product_id)
Index("ix_task_customer_id", task.c.customer_id)
Index("ix_task_assignee", task.c.assignee)
Index("ix_task_due_on", task.c.done_on, task.c.due_on)
Index("ix_comment_record", comment.c.record_kind, comment.c.record_id)
Index("ix_comment_customer_id", comment.c.customer_id)
Index("ix_comment_mention_name", comment_mention.c.name)
Index(
    "uq_customer_relation_pair",
    customer_relation.c.customer_id,
    customer_relation.c.kind,
    customer_relation.c.other_id,
    unique=True,
)
Index(
    "uq_customer_relation_parent",
    customer_relation.c.customer_id,
    unique=True,
    sqlite_where=customer_relation.c.kind == "parent",
)
Index("ix_customer_relation_other_id", customer_relation.c.other_id)
Index("ix_customer_collaborator_name", customer_collaborator.c.name)
Index("ix_owner_change_customer_id", owner_change.c.customer_id)
