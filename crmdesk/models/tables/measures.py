"""What is reckoned of each customer from the ledger (`models/measure_rules`), and his stages of life."""

from sqlalchemy import Column, Index, Integer, Text

from crmdesk.models.tables.base import Big, Day, Flag, audit_column, id_column, table, text_column

customer_measure = table(
    "customer_measure",
    Column("customer_id", Big, primary_key=True, autoincrement=False),
    Column("reckoned_on", Day, nullable=False),
    Column("is_current", Flag, nullable=False),
    Column("first_on", Day),
    Column("last_on", Day),
    Column("purchases", Integer, nullable=False),
    Column("window_count", Integer, nullable=False),
    Column("window_minor", Big, nullable=False),
    Column("total_minor", Big, nullable=False),
    Column("rfm_r", Integer),
    Column("rfm_f", Integer),
    Column("rfm_m", Integer),
    Column("expected_minor", Big, nullable=False),
    Column("clv_minor", Big, nullable=False),
    Column("value_class", Text, nullable=False),
    Column("tier", Integer),
    Column("life_stage", Text, nullable=False),
    Column("risk_points", Integer, nullable=False),
    Column("churn_risk", Text, nullable=False),
    Column("alive_permille", Integer),
    Column("lead_score", Integer),
    Column("product_id", Big),
)
"""Derived, kept for speed (no foreign keys: a customer never used may be deleted): each row as at its own
`reckoned_on`, by the model in `measure_state`. `is_current` is 0 where something was written since that is reckoned
with all customers only; `check` compares the others, `check --rebuild` reckons all anew."""

measure_state = table(
    "measure_state",
    id_column(),
    Column("evaluated_on", Day, nullable=False),
    Column("evaluated_at", Text, nullable=False),
    Column("model", Text, nullable=False),
)
"""One row: the day all customers were last reckoned, and what was learnt of all of them then (JSON). Without it
nothing is kept."""

stage_pin = table(
    "stage_pin",
    Column("customer_id", Big, primary_key=True, autoincrement=False),
    Column("stage", Text, nullable=False),
    text_column("reason"),
    Column("actor", Text, nullable=False),
    Column("pinned_at", Text, nullable=False),
)
"""A stage set by hand holds until it is taken off."""

stage_move = table(
    "stage_move",
    id_column(),
    Column("customer_id", Big, nullable=False),
    Column("moved_on", Day, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("way", Text, nullable=False),
    text_column("reason"),
    Column("facts", Text, nullable=False),
    audit_column(),
    is_posted=True,
)
"""Every move from one stage to another. `way`: rule, pin or unpin. `facts`: the figures then, as JSON."""

Index("ix_stage_move_customer_id", stage_move.c.customer_id, stage_move.c.id)
