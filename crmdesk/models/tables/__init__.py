"""The tables of a book. Only services import them."""

from __future__ import annotations

from crmdesk.models.tables import (
    agreements,
    attachments,
    audit,
    banking,
    bills,
    categories,
    closings,
    customers,
    documents,
    exchange,
    fapiao,
    imports,
    ledger,
    products,
    recurring,
    reminders,
    search,
    settings,
)
from crmdesk.models.tables.base import METADATA, SCHEMA_VERSION
from crmdesk.models.tables.triggers import APPEND_ONLY

__all__ = [
    "APPEND_ONLY",
    "METADATA",
    "SCHEMA_VERSION",
    "agreements",
    "attachments",
    "audit",
    "banking",
    "bills",
    "categories",
    "closings",
    "customers",
    "documents",
    "exchange",
    "fapiao",
    "imports",
    "ledger",
    "products",
    "recurring",
    "reminders",
    "search",
    "settings",
]
