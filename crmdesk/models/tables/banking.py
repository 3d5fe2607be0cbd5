"""Bank and wallet statements: the files that came in, their lines, and what was booked for each line.

A line is never posted itself: what it says becomes a payment, a refund or a bank entry, and `bank_match` ties the two.
The state of a line follows from its matches (and whether somebody ignored it), so a reversal reopens it by itself.
"""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Text, UniqueConstraint

from crmdesk.models.tables.base import Big, Blob, Day, audit_column, id_column, table, text_column

bank_file = table(
    "bank_file",
    id_column(),
    Column("batch_id", Big, ForeignKey("import_batch.id"), nullable=False),
    Column("digest", Blob, nullable=False),
    Column("name", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("money_account_id", Big, ForeignKey("money_account.id"), nullable=False),
    text_column("account"),
    Column("currency", Text, nullable=False),
    Column("from_on", Day, nullable=False),
    Column("to_on", Day, nullable=False),
    Column("opening_minor", Big),
    Column("closing_minor", Big),
    Column("line_count", Integer, nullable=False),
    Column("skipped_count", Integer, nullable=False),
    audit_column(),
)
"""One account of one file. `account` is what the file calls it; balances are absent where the file gives none."""

bank_line = table(
    "bank_line",
    id_column(),
    Column("file_id", Big, ForeignKey("bank_file.id"), nullable=False),
    Column("money_account_id", Big, ForeignKey("money_account.id"), nullable=False),
    Column("row_number", Integer, nullable=False),
    Column("booked_on", Day, nullable=False),
    Column("value_on", Day),
    Column("amount_minor", Big, nullable=False),
    Column("currency", Text, nullable=False),
    text_column("payer"),
    text_column("payer_account"),
    text_column("text"),
    text_column("reference"),
    text_column("hint"),
    Column("fingerprint", Text, nullable=False),
    Column("occurrence", Integer, nullable=False),
    UniqueConstraint("money_account_id", "fingerprint", "occurrence"),
)
"""`occurrence`: the how-manieth of equal lines in its file, so that two true equal lines stay two."""

bank_match = table(
    "bank_match",
    id_column(),
    Column("bank_line_id", Big, ForeignKey("bank_line.id"), nullable=False),
    Column("document_id", Big, ForeignKey("document.id")),
    Column("entry_id", Big, ForeignKey("bank_entry.id")),
    Column("how", Text, nullable=False),
    audit_column(),
    CheckConstraint("how IN ('booked', 'linked')", name="how_known"),
    CheckConstraint("(document_id IS NULL) <> (entry_id IS NULL)", name="one_target"),
)
"""`booked`: made from the line. `linked`: was in the book already."""

bank_ignored = table(
    "bank_ignored",
    Column("bank_line_id", Big, ForeignKey("bank_line.id"), primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
)

# Posted: money that moved at the bank and concerns no customer (fees, interest). Documents belong to customers, so
# these have a row of their own; their postings carry customer 0, which is nobody.
bank_entry = table(
    "bank_entry",
    id_column(),
    Column("number", Text, nullable=False),
    Column("money_account_id", Big, ForeignKey("money_account.id"), nullable=False),
    Column("currency", Text, nullable=False),
    Column("dated_on", Day, nullable=False),
    Column("amount_minor", Big, nullable=False),
    text_column("reference"),
    text_column("note"),
    Column("origin_id", Big, ForeignKey("bank_entry.id"), unique=True),
    audit_column(),
    CheckConstraint("amount_minor <> 0", name="not_zero"),
    is_posted=True,
)
"""`amount_minor` is what the account got (a fee is negative); a reversal negates its `origin_id` and has its number."""

payer_alias = table(
    "payer_alias",
    id_column(),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("shown", Text, nullable=False),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    UniqueConstraint("kind", "key", "customer_id"),
    CheckConstraint("kind IN ('name', 'account')", name="kind_known"),
)
"""Who pays for which customer, learnt when a line was confirmed; one payer may pay for several. `key` is the normalised
name or account."""

Index("ix_bank_file_money_account", bank_file.c.money_account_id, bank_file.c.to_on)
Index("ix_bank_file_batch_id", bank_file.c.batch_id)
Index("ix_bank_line_file_id", bank_line.c.file_id)
Index("ix_bank_line_booked_on", bank_line.c.money_account_id, bank_line.c.booked_on)
Index("ix_bank_match_bank_line_id", bank_match.c.bank_line_id)
Index("ix_bank_match_document_id", bank_match.c.document_id)
Index("ix_bank_match_entry_id", bank_match.c.entry_id)
Index("ix_payer_alias_customer_id", payer_alias.c.customer_id)
