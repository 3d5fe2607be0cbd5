"""Posted documents: what a customer was billed, paid, credited. Append-only; drafts live apart.

`effect_minor` is what the document adds to the customer's balance on `dated_on`: the balance at a date is the
sum of the effects dated on or before it. A reversal is a document of its own, of kind `…_reversal`, that points
to its `origin_id` and carries the original's number.
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
)

from crmdesk.models.tables.base import Big, Day, audit_column, id_column, table, text_column

document = table(
    "document",
    id_column(),
    Column("kind", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    Column("currency", Text, nullable=False),
    Column("dated_on", Day, nullable=False),
    Column("due_on", Day),
    Column("total_minor", Big, nullable=False),
    Column("net_minor", Big, nullable=False),
    Column("tax_minor", Big, nullable=False),
    Column("discount_minor", Big, nullable=False),
    Column("effect_minor", Big, nullable=False),
    Column("origin_id", Big, ForeignKey("document.id")),
    text_column("reference"),
    text_column("reason"),
    text_column("ground"),
    text_column("note"),
    Column("terms", Text),
    Column("rate", Text),
    audit_column(),
    UniqueConstraint("kind", "number", "generation"),
    CheckConstraint("total_minor > -1000000000000000 AND total_minor < 1000000000000000", name="total_limit"),
    is_posted=True,
    has_holder=True,
)

document_line = table(
    "document_line",
    Column("document_id", Big, ForeignKey("document.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("product_id", Big, ForeignKey("product.id")),
    Column("description", Text, nullable=False),
    text_column("unit"),
    Column("quantity", Text, nullable=False),
    Column("unit_price", Text, nullable=False),
    Column("discount_minor", Big, nullable=False),
    Column("tax_kind", Text, nullable=False),
    Column("tax_rate", Text, nullable=False),
    Column("is_tax_included", Integer, nullable=False),
    Column("net_minor", Big, nullable=False),
    Column("tax_minor", Big, nullable=False),
    PrimaryKeyConstraint("document_id", "position"),
    with_rowid=False,
    part_of="document_id",
)

payment = table(
    "payment",
    Column("document_id", Big, ForeignKey("document.id"), primary_key=True, autoincrement=False),
    Column("method", Text, nullable=False),
    Column("money_account_id", Big, ForeignKey("money_account.id"), nullable=False),
    text_column("payer"),
    Column("received_minor", Big, nullable=False),
    Column("fee_minor", Big, nullable=False),
    Column("paid_currency", Text),
    Column("paid_minor", Big),
    part_of="document_id",
)
"""`paid_currency` and `paid_minor`: what the money account received where that was another currency."""

allocation = table(
    "allocation",
    id_column(),
    Column("credit_id", Big, ForeignKey("document.id"), nullable=False),
    Column("debit_id", Big, ForeignKey("document.id"), nullable=False),
    Column("amount_minor", Big, nullable=False),
    Column("dated_on", Day, nullable=False),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    Column("currency", Text, nullable=False),
    Column("credit_on", Day, nullable=False),
    Column("debit_on", Day, nullable=False),
    Column("debit_due_on", Day, nullable=False),
    audit_column(),
    is_posted=True,
    has_holder=True,
)
"""Which part of a credit settles which debit; a release is a negative row. Dates, customer and currency of the two
documents are repeated here (they never change), so that ageing as at a past date is one scan without joins."""

open_item = table(
    "open_item",
    Column("document_id", Big, ForeignKey("document.id"), primary_key=True, autoincrement=False),
    Column("customer_id", Big, nullable=False),
    Column("currency", Text, nullable=False),
    Column("side", Integer, nullable=False),
    Column("dated_on", Day, nullable=False),
    Column("due_on", Day),
    Column("open_minor", Big, nullable=False),
    Column("last_event_on", Day, nullable=False),
)

draft = table(
    "draft",
    id_column(),
    Column("kind", Text, nullable=False),
    Column("customer_id", Big, ForeignKey("customer.id")),
    Column("content", Text, nullable=False),
    Column("total_minor", Big, nullable=False),
    Column("currency", Text, nullable=False),
    Column("dated_on", Day),
    text_column("updated_at"),
)

print_log = table(
    "print_log",
    id_column(),
    Column("kind", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("customer_id", Big, ForeignKey("customer.id")),
    Column("printed_at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("channel", Text, nullable=False),
    text_column("detail"),
    Column("page_count", Integer, nullable=False, server_default="0"),
)

# A statement's confirmation slip (对账回执) as it came back. A later one of the same customer, currency and date
# takes the place of an earlier one, which stays for the record.
confirmation = table(
    "confirmation",
    id_column(),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    Column("currency", Text, nullable=False),
    Column("as_of", Day, nullable=False),
    Column("balance_minor", Big, nullable=False),
    Column("difference_minor", Big, nullable=False),
    Column("confirmed_on", Day, nullable=False),
    text_column("note"),
    Column("actor", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
)

Index(
    "ix_document_customer",
    document.c.customer_id,
    document.c.currency,
    document.c.dated_on,
    document.c.id,
    document.c.effect_minor,
    document.c.kind,
    document.c.discount_minor,
    document.c.net_minor,
)
# The last three are for the measures of customers (`lists/measures`, `measures/facts`) and what groups bought
# (`group_figures`): all are added up in the order of this index.
# What the Today page adds up stands in it, in the order of its groups: neither rows nor a sorter are needed.
Index(
    "ix_document_kind_dated_on",
    document.c.kind,
    document.c.dated_on,
    document.c.currency,
    document.c.total_minor,
    document.c.discount_minor,
    document.c.customer_id,
)
Index(
    "ix_document_dated_on",
    document.c.dated_on,
    document.c.effect_minor,
    document.c.customer_id,
    document.c.currency,
)
Index("ix_document_origin_id", document.c.origin_id, sqlite_where=document.c.origin_id.isnot(None))
# With the amounts in them, so that `check` adds up what settles a document without reading the rows.
Index("ix_allocation_credit_id", allocation.c.credit_id, allocation.c.amount_minor)
Index("ix_allocation_debit_id", allocation.c.debit_id, allocation.c.amount_minor)
Index("ix_allocation_dated_on", allocation.c.dated_on)
Index(
    "ix_allocation_customer",
    allocation.c.customer_id,
    allocation.c.currency,
    allocation.c.dated_on,
    allocation.c.debit_on,
    allocation.c.debit_due_on,
    allocation.c.credit_on,
    allocation.c.amount_minor,
)
Index(
    "ix_open_item_customer",
    open_item.c.customer_id,
    open_item.c.currency,
    open_item.c.side,
    open_item.c.due_on,
    open_item.c.dated_on,
    open_item.c.open_minor,
)
Index("ix_print_log_kind_number", print_log.c.kind, print_log.c.number)
Index("ix_print_log_customer", print_log.c.customer_id, print_log.c.id)
Index("ix_confirmation_customer", confirmation.c.customer_id, confirmation.c.currency, confirmation.c.as_of)
