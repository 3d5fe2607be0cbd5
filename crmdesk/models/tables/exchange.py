"""Exchange rates, rates given late, revaluations, and what marks an entry as one of base currency only."""

from sqlalchemy import Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text, UniqueConstraint

from crmdesk.models.tables.base import Big, Day, audit_column, id_column, table

exchange_rate = table(
    "exchange_rate",
    id_column(),
    Column("currency", Text, nullable=False),
    Column("valid_on", Day, nullable=False),
    Column("rate", Text, nullable=False),
    UniqueConstraint("currency", "valid_on"),
)
"""Units of the book's currency for one unit of `currency`; a day without a rate has the one before it."""

late_rate = table(
    "late_rate",
    Column("document_id", Big, ForeignKey("document.id"), primary_key=True, autoincrement=False),
    Column("rate", Text, nullable=False),
    audit_column(),
    is_posted=True,
)
"""The rate of a document that was posted without one; the document's own row never changes."""

revaluation = table(
    "revaluation",
    id_column(),
    Column("dated_on", Day, nullable=False),
    Column("undoes_id", Big, ForeignKey("revaluation.id")),
    audit_column(),
    is_posted=True,
)

revaluation_line = table(
    "revaluation_line",
    Column("revaluation_id", Big, ForeignKey("revaluation.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    Column("currency", Text, nullable=False),
    Column("rate", Text, nullable=False),
    Column("open_minor", Big, nullable=False),
    Column("carrying_minor", Big, nullable=False),
    Column("value_minor", Big, nullable=False),
    PrimaryKeyConstraint("revaluation_id", "position"),
    with_rowid=False,
    part_of="revaluation_id",
    has_holder=True,
)
"""What a revaluation found: open in the foreign currency, its carrying value and its value in the book's currency."""

base_entry = table(
    "base_entry",
    id_column(),
    Column("kind", Text, nullable=False),
    Column("source_id", Big, nullable=False),
    Column("dated_on", Day, nullable=False),
    audit_column(),
    is_posted=True,
)
"""An entry whose legs move base currency only; postings carry its id. `late`: it completes the entry `source_id` that
was posted without a rate, leg by leg. `revaluation` and `revaluation_back`: of the revaluation `source_id`."""

Index("ix_base_entry_source_id", base_entry.c.source_id)
