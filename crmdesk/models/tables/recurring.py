"""Recurring invoices: what is to be written again and again, and every date for which it was."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, PrimaryKeyConstraint, Text

from crmdesk.models.tables.base import Big, Day, Flag, audit_column, id_column, table, text_column

recurring = table(
    "recurring",
    id_column(),
    Column("code", Text, nullable=False, unique=True),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    text_column("name"),
    Column("content", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("total_minor", Big, nullable=False),
    Column("unit", Text, nullable=False),
    Column("every", Integer, nullable=False),
    Column("starts_on", Day, nullable=False),
    Column("ends_on", Day),
    Column("times", Integer),
    Column("due_days", Integer),
    Column("mode", Text, nullable=False),
    Column("next_on", Day),
    Column("done", Integer, nullable=False),
    Column("is_active", Flag, nullable=False),
    CheckConstraint("unit IN ('month', 'week')", name="unit_known"),
    CheckConstraint("mode IN ('draft', 'issue')", name="mode_known"),
)

recurring_run = table(
    "recurring_run",
    Column("recurring_id", Big, ForeignKey("recurring.id"), nullable=False),
    Column("dated_on", Day, nullable=False),
    Column("number", Text, nullable=False),
    audit_column(),
    PrimaryKeyConstraint("recurring_id", "dated_on"),
    with_rowid=False,
    is_posted=True,
)
"""Each date once ever; `number` is the invoice's or the draft's name."""
