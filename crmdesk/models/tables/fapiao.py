"""Tax invoices (发票): what was asked for, what was issued or made red, and for which bills.

Facts are append-only: a request, its lines, a fapiao, its lines, its void, its deliveries, its credit notes, a
confirmation of a red one. States that change stand in tables of their own. Red amounts are negative, so that what is
invoiced of a bill is one sum.

`net_minor`, `tax_minor`, `amount_minor` and `total_minor` are in the currency of the bills, `home_…` in that of the
tax document (`home_currency`): the book's, of a receipt the bills'. Where both are one, so are the amounts, and the
rate is 1.
"""

from sqlalchemy import Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text, UniqueConstraint

from crmdesk.models.tables.base import Big, Day, audit_column, id_column, table, text_column


def _line_columns() -> tuple[Column, ...]:
    """What a line says: the bill it is for, 金额, 税率, 税额 (价税合计 is their sum).

    `rate` is the tax document's currency for one unit of the bill's (折合率).
    """
    return (
        Column("position", Integer, nullable=False),
        Column("document_id", Big, ForeignKey("document.id"), nullable=False),
        Column("description", Text, nullable=False),
        text_column("unit"),
        Column("quantity", Text, nullable=False),
        Column("tax_kind", Text, nullable=False),
        Column("tax_rate", Text, nullable=False),
        Column("net_minor", Big, nullable=False),
        Column("tax_minor", Big, nullable=False),
        Column("amount_minor", Big, nullable=False),
        Column("rate", Text, nullable=False),
        Column("home_net_minor", Big, nullable=False),
        Column("home_tax_minor", Big, nullable=False),
    )


def _home_columns() -> tuple[Column, ...]:
    """What the tax office sees: the sums of the lines in the currency of the tax document."""
    return (
        Column("home_currency", Text, nullable=False),
        Column("home_net_minor", Big, nullable=False),
        Column("home_tax_minor", Big, nullable=False),
        Column("home_total_minor", Big, nullable=False),
    )


fapiao_request = table(
    "fapiao_request",
    id_column(),
    Column("number", Text, nullable=False, unique=True),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    Column("dated_on", Day, nullable=False),
    Column("kind", Text, nullable=False),
    Column("medium", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("profile", Text, nullable=False),
    Column("net_minor", Big, nullable=False),
    Column("tax_minor", Big, nullable=False),
    Column("total_minor", Big, nullable=False),
    *_home_columns(),
    text_column("note"),
    audit_column(),
    is_posted=True,
    has_holder=True,
)
"""`profile` is the billing profile (开票信息) as it was on that day, as JSON."""

fapiao_request_part = table(
    "fapiao_request_part",
    Column("request_id", Big, ForeignKey("fapiao_request.id"), nullable=False),
    *_line_columns(),
    PrimaryKeyConstraint("request_id", "position"),
    with_rowid=False,
    part_of="request_id",
)

fapiao_request_state = table(
    "fapiao_request_state",
    Column("request_id", Big, ForeignKey("fapiao_request.id"), primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("changed_on", Day, nullable=False),
    text_column("reason"),
)

fapiao = table(
    "fapiao",
    id_column(),
    text_column("code"),
    Column("number", Text, nullable=False),
    Column("color", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("medium", Text, nullable=False),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    Column("dated_on", Day, nullable=False),
    Column("currency", Text, nullable=False),
    Column("profile", Text, nullable=False),
    Column("net_minor", Big, nullable=False),
    Column("tax_minor", Big, nullable=False),
    Column("total_minor", Big, nullable=False),
    *_home_columns(),
    Column("request_id", Big, ForeignKey("fapiao_request.id")),
    Column("origin_id", Big, ForeignKey("fapiao.id")),
    Column("replaces_id", Big, ForeignKey("fapiao.id")),
    text_column("reason"),
    text_column("note"),
    audit_column(),
    UniqueConstraint("code", "number"),
    is_posted=True,
    has_holder=True,
)
"""`origin_id`: of a red one the blue one it takes back; `replaces_id`: of a new one the red one it follows (重开)."""

fapiao_part = table(
    "fapiao_part",
    Column("fapiao_id", Big, ForeignKey("fapiao.id"), nullable=False),
    *_line_columns(),
    PrimaryKeyConstraint("fapiao_id", "position"),
    with_rowid=False,
    part_of="fapiao_id",
)

fapiao_void = table(
    "fapiao_void",
    Column("fapiao_id", Big, ForeignKey("fapiao.id"), primary_key=True, autoincrement=False),
    Column("voided_on", Day, nullable=False),
    Column("reason", Text, nullable=False),
    audit_column(),
    is_posted=True,
)

fapiao_delivery = table(
    "fapiao_delivery",
    id_column(),
    Column("fapiao_id", Big, ForeignKey("fapiao.id"), nullable=False),
    Column("delivered_on", Day, nullable=False),
    Column("channel", Text, nullable=False),
    text_column("recipient"),
    audit_column(),
    is_posted=True,
)

fapiao_credit = table(
    "fapiao_credit",
    Column("fapiao_id", Big, ForeignKey("fapiao.id"), nullable=False),
    Column("document_id", Big, ForeignKey("document.id"), nullable=False),
    PrimaryKeyConstraint("fapiao_id", "document_id"),
    with_rowid=False,
    part_of="fapiao_id",
)
"""The credit notes that belong to a red fapiao."""

red_confirmation = table(
    "red_confirmation",
    id_column(),
    Column("number", Text, nullable=False, unique=True),
    Column("fapiao_id", Big, ForeignKey("fapiao.id"), nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("total_minor", Big, nullable=False),
    Column("home_currency", Text, nullable=False),
    Column("home_total_minor", Big, nullable=False),
    text_column("note"),
    audit_column(),
    is_posted=True,
)
"""红字信息确认单. `total_minor` is what may be made red, positive; from `opened_at` (UTC) 72 hours run."""

red_confirmation_state = table(
    "red_confirmation_state",
    Column("confirmation_id", Big, ForeignKey("red_confirmation.id"), primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
    text_column("reason"),
    Column("red_id", Big, ForeignKey("fapiao.id")),
)
"""`red_id`: the red fapiao that was issued on it."""

Index("ix_fapiao_request_customer_id", fapiao_request.c.customer_id)
Index("ix_fapiao_request_part_document_id", fapiao_request_part.c.document_id)
Index("ix_fapiao_request_state_state", fapiao_request_state.c.state)
Index("ix_fapiao_customer_id", fapiao.c.customer_id)
Index("ix_fapiao_number", fapiao.c.number)
Index("ix_fapiao_request_id", fapiao.c.request_id)
Index("ix_fapiao_origin_id", fapiao.c.origin_id)
Index("ix_fapiao_replaces_id", fapiao.c.replaces_id)
Index("ix_fapiao_part_document_id", fapiao_part.c.document_id)
Index("ix_fapiao_delivery_fapiao_id", fapiao_delivery.c.fapiao_id)
Index("ix_fapiao_credit_document_id", fapiao_credit.c.document_id)
Index("ix_red_confirmation_fapiao_id", red_confirmation.c.fapiao_id)
