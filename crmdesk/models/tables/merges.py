"""Customers merged into others, posted rows that changed hands by it, and pairs that are known to be two.

A merge takes the merged customer's row away; everything that hung on it hangs on the survivor. Posted rows keep every
value but one: `customer_id` (a *holder*, see `base.table`) names who holds them today, and `moved_row` whom they were
posted for, which is what their digest in the audit chain holds.
"""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text

from crmdesk.models.tables.base import Big, id_column, table, text_column

# No foreign keys to the two customers: the merged one is not there, and the survivor may be merged himself.
customer_merge = table(
    "customer_merge",
    id_column(),
    Column("into_id", Big, nullable=False),
    Column("merged_id", Big, nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("merged_at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    text_column("content"),
    text_column("undone_at"),
    text_column("undone_by"),
)
"""`content` is JSON: the merged customer's row, what moved, what was set aside. Empty once the merge is undone."""

moved_row = table(
    "moved_row",
    Column("table_name", Text, nullable=False),
    Column("record_id", Big, nullable=False),
    Column("position", Integer, nullable=False),
    Column("posted_for_id", Big, nullable=False),
    Column("handed_by_id", Big),
    PrimaryKeyConstraint("table_name", "record_id", "position"),
    with_rowid=False,
)
"""Only rows that somebody else holds than whom they were posted for. `handed_by_id`: the undone merge that handed over
a row which was posted for the survivor since, because it settles or takes back what went with the other one."""

not_duplicate = table(
    "not_duplicate",
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    Column("other_id", Big, ForeignKey("customer.id"), nullable=False),
    text_column("decided_at"),
    text_column("actor"),
    PrimaryKeyConstraint("customer_id", "other_id"),
    CheckConstraint("customer_id < other_id", name="in_order"),
    with_rowid=False,
)
"""Two customers of whom somebody said that they are not the same."""

Index("ix_customer_merge_into_id", customer_merge.c.into_id)
Index("ix_customer_merge_merged_id", customer_merge.c.merged_id)
Index("ix_customer_merge_code", customer_merge.c.code)
Index("ix_not_duplicate_other_id", not_duplicate.c.other_id)
