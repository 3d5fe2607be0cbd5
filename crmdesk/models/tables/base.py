"""Metadata, column types and the table maker shared by every table.

STRICT tables take INTEGER, TEXT and BLOB only, so the types here compile to these on SQLite.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Column, Dialect, ForeignKey, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.types import TypeDecorator

SCHEMA_VERSION = 1
"""`PRAGMA user_version` of a book that this program writes."""

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Big = BigInteger().with_variant(Integer, "sqlite")
"""Ids and minor units: 64 bits everywhere."""


def day_number(day: date) -> int:
    """A date as the readable, sortable number that is stored: 2026-03-31 -> 20260331."""
    return day.year * 10000 + day.month * 100 + day.day


def day_of(number: int) -> date:
    """The date of a stored number."""
    return date(number // 10000, number // 100 % 100, number % 100)


class Day(TypeDecorator[date]):
    """A calendar date stored as the number yyyymmdd: readable in any tool, compared as an integer."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> int | None:
        """date -> yyyymmdd."""
        return None if value is None else day_number(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> date | None:
        """yyyymmdd -> date."""
        return None if value is None else day_of(value)


class Flag(TypeDecorator[bool]):
    """Yes or no, stored as 1 or 0."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> int | None:
        """bool -> 0/1."""
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> bool | None:
        """0/1 -> bool."""
        return None if value is None else bool(value)


Blob = LargeBinary


def table(
    name: str,
    *items: Any,
    with_rowid: bool = True,
    is_posted: bool = False,
    part_of: str = "",
    has_holder: bool = False,
) -> Table:
    """A STRICT table of the book.

    `is_posted`: append-only, guarded by triggers, and each row digested in the audit entry its `audit_id` names.
    `part_of`: as much, where a row has no entry of its own but belongs, by the id in this column (negated for the
    second move of one event), to the posted row it was written with.
    `has_holder`: its `customer_id` says who holds the posted row today. It may change where `moved_row` keeps whom the
    row was posted for; nothing else of the row ever does.
    """
    options: dict[str, Any] = {
        "sqlite_strict": True,
        "info": {"is_posted": is_posted or bool(part_of), "part_of": part_of, "has_holder": has_holder},
    }
    if not with_rowid:
        options["sqlite_with_rowid"] = False
    return Table(name, METADATA, *items, **options)


def id_column() -> Column[int]:
    """The id, given out by the unit of work from one counter for the whole book."""
    return Column("id", Big, primary_key=True, autoincrement=False)


def audit_key() -> ForeignKey:
    """A reference to the audit entry, which is written last in its transaction because it digests the others."""
    return ForeignKey("audit_entry.id", deferrable=True, initially="DEFERRED")


def audit_column() -> Column[int]:
    """The audit entry of a row. With an index: when the entry is written at last, SQLite looks in every table for the
    rows that waited for it, and would read all of a million documents for each payment (0.3 s)."""
    return Column("audit_id", Big, audit_key(), nullable=False, index=True)


def text_column(name: str, *, default: str | None = "", null: bool = False) -> Column[str]:
    """A text column; empty text rather than NULL means "not given"."""
    return Column(name, Text, nullable=null, server_default=None if null else default)
