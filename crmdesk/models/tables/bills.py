"""Bills of exchange (承兑汇票): the paper behind a payment of method `bill`. What happens to one are documents."""

from sqlalchemy import Column, ForeignKey, Index, Text

from crmdesk.models.tables.base import Big, Day, table, text_column

bill = table(
    "bill",
    Column("document_id", Big, ForeignKey("document.id"), primary_key=True, autoincrement=False),
    Column("number", Text, nullable=False),
    Column("kind", Text, nullable=False),
    text_column("drawer"),
    text_column("bank"),
    Column("issued_on", Day),
    Column("due_on", Day, nullable=False),
    part_of="document_id",
)
"""`document_id` is the payment's; the amount is what the payment received."""

Index("ix_bill_number", bill.c.number)
Index("ix_bill_due_on", bill.c.due_on)
