"""The double-entry ledger: chart of accounts, money accounts, and the postings of each document or allocation."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, PrimaryKeyConstraint, Text

from crmdesk.models.tables.base import Big, Day, Flag, id_column, table, text_column

account = table(
    "account",
    id_column(),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
)

money_account = table(
    "money_account",
    id_column(),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("account_id", Big, ForeignKey("account.id"), nullable=False),
    text_column("currency"),
    text_column("bank_account"),
    Column("is_default", Flag, nullable=False),
    Column("is_active", Flag, nullable=False),
)

posting = table(
    "posting",
    Column("source_id", Big, nullable=False),
    Column("position", Integer, nullable=False),
    Column("dated_on", Day, nullable=False),
    Column("account_id", Big, ForeignKey("account.id"), nullable=False),
    Column("money_account_id", Big, ForeignKey("money_account.id")),
    # No foreign key: it would need an index here, which costs every posting; the document's own key says the same.
    Column("customer_id", Big, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount_minor", Big, nullable=False),
    Column("base_minor", Big),
    PrimaryKeyConstraint("source_id", "position"),
    CheckConstraint("amount_minor <> 0 OR coalesce(base_minor, 0) <> 0", name="not_zero"),
    with_rowid=False,
    part_of="source_id",
    has_holder=True,
)
"""`source_id` is the id of the document, allocation or base entry that caused the posting (ids are unique in the book).
`base_minor` is the value in the book's currency, NULL where nobody gave a rate; a difference has no amount."""
