"""The full-text index of customers: tokens only, its rows are the customers' ids.

It holds nothing of its own: services/search.py fills it in the transaction that changes a customer, rebuilds
it and compares it. A second database will need another table behind the same functions.
"""

from typing import Any

from sqlalchemy import DDL, Column, Table, Text, event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable

from crmdesk.models.tables.base import METADATA, Big

_OPTIONS = "content, content='', contentless_delete=1, detail=none, prefix='1 2 3', tokenize='ascii'"

customer_search = Table(
    "customer_search",
    METADATA,
    Column("rowid", Big, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
    info={"sqlite_virtual": f"fts5({_OPTIONS})"},
)

# Up to 16 MiB of a transaction's tokens are gathered in memory: an import writes fewer, larger pieces so.
_GATHER = "INSERT INTO customer_search (customer_search, rank) VALUES ('hashsize', 16777216)"
event.listen(customer_search, "after_create", DDL(_GATHER).execute_if(dialect="sqlite"))


@compiles(CreateTable, "sqlite")
def _create_table(element: CreateTable, compiler: Any, **options: Any) -> str:
    """A table that names a module of SQLite is made as a virtual one."""
    module = element.element.info.get("sqlite_virtual")
    if module is None:
        return compiler.visit_create_table(element, **options)
    return f"CREATE VIRTUAL TABLE {element.element.name} USING {module}"
