"""The tables of a book. Only services import them."""

from __future__ import annotations

from crmdesk.models.tables import (
    audit,
    bills,
    categories,
    closings,
    customers,
    documents,
    imports,
    ledger,
    products,
    recurring,
    search,
    settings,
)
from crmdesk.models.tables.base import METADATA, SCHEMA_VERSION
from crmdesk.models.tables.triggers import APPEND_ONLY

__all__ = [
    "APPEND_ONLY",
    "METADATA",
    "SCHEMA_VERSION",
    "audit",
    "bills",
    "categories",
    "closings",
    "customers",
    "documents",
    "imports",
    "ledger",
    "products",
    "recurring",
    "search",
    "settings",
]
