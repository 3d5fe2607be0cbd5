"""Customers, their contacts, addresses and billing profiles (开票信息)."""

from typing import Any

from sqlalchemy import CheckConstraint, Column, ColumnElement, ForeignKey, Index, Integer, Text, func

from crmdesk.models.tables.base import Big, Day, Flag, id_column, table, text_column

customer = table(
    "customer",
    id_column(),
    Column("code", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    text_column("short_name"),
    text_column("phone"),
    text_column("phone2"),
    text_column("email"),
    text_column("wechat"),
    text_column("website"),
    text_column("channel"),
    text_column("tax_number"),
    text_column("industry"),
    text_column("source"),
    text_column("stage"),
    text_column("level"),
    text_column("owner"),
    Column("credit_limit_minor", Big),
    Column("terms_days", Integer),
    text_column("discount_terms"),
    text_column("currency"),
    text_column("gender"),
    Column("born_on", Day),
    text_column("occupation"),
    Column("next_contact", Day),
    text_column("note"),
    Column("is_active", Flag, nullable=False),
    Column("anonymised_on", Day),
    Column("version", Integer, nullable=False),
    text_column("name_key"),
    text_column("phone_key"),
    text_column("initials"),
    text_column("created_at"),
    text_column("updated_at"),
    text_column("updated_by"),
    CheckConstraint("kind IN ('company', 'person')", name="kind_known"),
)

contact = table(
    "contact",
    id_column(),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    Column("name", Text, nullable=False),
    text_column("role"),
    text_column("phone"),
    text_column("mobile"),
    text_column("email"),
    text_column("wechat"),
    Column("born_on", Day),
    text_column("channel"),
    text_column("note"),
    Column("is_primary", Flag, nullable=False),
)

address = table(
    "address",
    id_column(),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    Column("kind", Text, nullable=False),
    text_column("country"),
    text_column("province"),
    text_column("city"),
    text_column("district"),
    text_column("street"),
    text_column("postal_code"),
    text_column("region"),
    Column("is_primary", Flag, nullable=False),
)

billing_profile = table(
    "billing_profile",
    id_column(),
    Column("customer_id", Big, ForeignKey("customer.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    text_column("tax_number"),
    text_column("bank"),
    text_column("bank_account"),
    text_column("address"),
    text_column("phone"),
    text_column("email"),
    text_column("recipient"),
    Column("is_primary", Flag, nullable=False),
)

Index("ix_customer_name_key", customer.c.name_key)
Index("ix_customer_phone_key", customer.c.phone_key)
Index("ix_customer_initials", customer.c.initials)
Index("ix_customer_tax_number", customer.c.tax_number)
Index("ix_customer_owner", customer.c.owner)
Index("ix_customer_next_contact", customer.c.next_contact, sqlite_where=customer.c.next_contact.isnot(None))
Index("ix_contact_customer_id", contact.c.customer_id)
Index("ix_address_customer_id", address.c.customer_id)
Index("ix_billing_profile_customer_id", billing_profile.c.customer_id)

PARTS = {"contact": contact, "address": address, "billing_profile": billing_profile}


def own_currency(book: str | ColumnElement[str], owner: Any = customer) -> ColumnElement[str]:
    """The currency a customer is billed in: his own, or the book's. `owner`: the table, or an alias of it."""
    return func.coalesce(func.nullif(owner.c.currency, ""), book, type_=Text())
