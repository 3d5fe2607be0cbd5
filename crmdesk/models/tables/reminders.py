"""Reminders: rules, exclusions, promises to pay, what was sent, and the interest that was billed.

None of these is posted: what is open, and whether a promise was kept, is read from the ledger.
"""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text

from crmdesk.models.tables.base import Big, Day, Flag, id_column, table, text_column

reminder_rule = table(
    "reminder_rule",
    id_column(),
    Column("name", Text, nullable=False, unique=True),
    Column("days", Text, nullable=False),
    Column("least_minor", Big, nullable=False),
    text_column("currency"),
    text_column("group_kind"),
    Column("group_id", Big),
    text_column("group_level"),
    Column("channel", Text, nullable=False),
    Column("level", Integer, nullable=False),
    text_column("text_zh"),
    text_column("text_en"),
    Column("is_active", Flag, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("level BETWEEN 1 AND 3", name="level_known"),
)
"""`days` is a JSON list of whole numbers: so many days after the due date, negative ones before it. `group_kind` is
empty (everybody), category, tag or level; a category or tag that is gone since matches nobody."""

dunning_hold = table(
    "dunning_hold",
    id_column(),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    Column("document_id", Big, ForeignKey("document.id")),
    Column("held_on", Day, nullable=False),
    Column("until_on", Day),
    text_column("reason"),
    Column("ended_on", Day),
    Column("actor", Text, nullable=False),
)

promise = table(
    "promise",
    id_column(),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    Column("document_id", Big, ForeignKey("document.id")),
    Column("currency", Text, nullable=False),
    Column("amount_minor", Big, nullable=False),
    Column("promised_on", Day, nullable=False),
    Column("made_on", Day, nullable=False),
    text_column("promised_by"),
    text_column("note"),
    Column("withdrawn_on", Day),
    Column("actor", Text, nullable=False),
)

reminder = table(
    "reminder",
    id_column(),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    Column("rule_id", Big, ForeignKey("reminder_rule.id")),
    Column("currency", Text, nullable=False),
    Column("level", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("reminded_on", Day, nullable=False),
    Column("total_minor", Big, nullable=False),
    text_column("digest"),
    text_column("note"),
    Column("withdrawn_on", Day),
    text_column("withdrawn_for"),
    Column("actor", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
)

reminder_item = table(
    "reminder_item",
    Column("reminder_id", Big, ForeignKey("reminder.id"), nullable=False),
    Column("document_id", Big, ForeignKey("document.id"), nullable=False),
    Column("threshold", Integer),
    Column("days_late", Integer, nullable=False),
    Column("open_minor", Big, nullable=False),
    PrimaryKeyConstraint("reminder_id", "document_id"),
    with_rowid=False,
)
"""What was open of each item then. `threshold` is the number of days of the rule that was reached; none without a
rule."""

interest_charge = table(
    "interest_charge",
    Column("invoice_id", Big, ForeignKey("document.id"), nullable=False),
    Column("document_id", Big, ForeignKey("document.id"), nullable=False),
    Column("from_on", Day, nullable=False),
    Column("until_on", Day, nullable=False),
    Column("interest_minor", Big, nullable=False),
    PrimaryKeyConstraint("invoice_id", "document_id", "from_on"),
    with_rowid=False,
)
"""Which days on end of which item an interest invoice bills; a void invoice bills none."""

Index("ix_dunning_hold_customer_id", dunning_hold.c.customer_id)
Index("ix_promise_customer_id", promise.c.customer_id)
Index("ix_reminder_customer_id", reminder.c.customer_id)
Index("ix_reminder_item_document_id", reminder_item.c.document_id)
Index("ix_interest_charge_document_id", interest_charge.c.document_id)
