"""What was asked for, offered, agreed and ordered: requirements, quotes, contracts, orders, and instalment plans.

Agreements are no posted documents: they change with their state, and nothing is owed by them. What is posted of them
are invoices (`agreement_bill`, `instalment_bill`) and the money that belongs to a contract (`payment_contract`);
those links, and plans with their instalments, are append-only: a plan is replaced, never changed.
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

agreement = table(
    "agreement",
    id_column(),
    Column("kind", Text, nullable=False),
    Column("number", Text, nullable=False),
    # the version of a quote that a customer sees; 1 for everything else
    Column("revision", Integer, nullable=False),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    Column("currency", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("dated_on", Day, nullable=False),
    Column("valid_until", Day),
    Column("ends_on", Day),
    Column("deliver_on", Day),
    # when a contract was signed, and when the last state was reached (accepted, void, delivered …)
    Column("signed_on", Day),
    Column("closed_on", Day),
    Column("net_minor", Big, nullable=False),
    Column("tax_minor", Big, nullable=False),
    Column("total_minor", Big, nullable=False),
    text_column("title"),
    text_column("signatories"),
    text_column("customisation"),
    text_column("discount_terms"),
    text_column("reason"),
    text_column("note"),
    # lines with everything filled in, discount and rounding, as JSON; the three amounts are computed from it
    Column("content", Text, nullable=False),
    Column("version", Integer, nullable=False),
    text_column("created_at"),
    text_column("updated_at"),
    text_column("updated_by"),
    UniqueConstraint("kind", "number", "revision"),
    CheckConstraint("kind IN ('requirement', 'quote', 'contract', 'order')", name="kind_known"),
)

# requirement -> quote -> contract -> order, and a quote -> its next version
agreement_link = table(
    "agreement_link",
    Column("from_id", Big, ForeignKey("agreement.id"), nullable=False),
    Column("to_id", Big, ForeignKey("agreement.id"), nullable=False),
    PrimaryKeyConstraint("from_id", "to_id"),
    with_rowid=False,
)

# every invoice made from a contract or an order
agreement_bill = table(
    "agreement_bill",
    Column("document_id", Big, ForeignKey("document.id"), primary_key=True, autoincrement=False),
    Column("agreement_id", Big, ForeignKey("agreement.id"), nullable=False),
    part_of="document_id",
)

payment_contract = table(
    "payment_contract",
    Column("document_id", Big, ForeignKey("document.id"), primary_key=True, autoincrement=False),
    Column("contract_id", Big, ForeignKey("agreement.id"), nullable=False),
    part_of="document_id",
)

plan = table(
    "plan",
    id_column(),
    Column("contract_id", Big, ForeignKey("agreement.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("way", Text, nullable=False),
    Column("dated_on", Day, nullable=False),
    text_column("reason"),
    Column("created_at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    audit_column(),
    UniqueConstraint("contract_id", "version"),
    is_posted=True,
)

instalment = table(
    "instalment",
    id_column(),
    Column("plan_id", Big, ForeignKey("plan.id"), nullable=False),
    # an instalment that goes on unchanged in a later plan keeps the id it had first: its bills hang on that one
    Column("root_id", Big, ForeignKey("instalment.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("due_on", Day, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount_minor", Big, nullable=False),
    UniqueConstraint("plan_id", "position"),
    CheckConstraint("amount_minor > 0", name="positive"),
    part_of="plan_id",
)

instalment_bill = table(
    "instalment_bill",
    Column("document_id", Big, ForeignKey("document.id"), primary_key=True, autoincrement=False),
    Column("instalment_id", Big, ForeignKey("instalment.id"), nullable=False),
    part_of="document_id",
)

Index("ix_agreement_customer_id", agreement.c.customer_id)
Index("ix_agreement_kind_dated_on", agreement.c.kind, agreement.c.dated_on)
Index("ix_agreement_link_to_id", agreement_link.c.to_id)
Index("ix_agreement_bill_agreement_id", agreement_bill.c.agreement_id)
Index("ix_payment_contract_contract_id", payment_contract.c.contract_id)
Index("ix_instalment_root_id", instalment.c.root_id)
Index("ix_instalment_due_on", instalment.c.due_on)
Index("ix_instalment_bill_instalment_id", instalment_bill.c.instalment_id)
