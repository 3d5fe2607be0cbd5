"""The unit of work: one use case, one transaction, one audit entry.

Rows are collected per table and flushed by one executemany each; ids and numbers are handed out in memory while
BEGIN IMMEDIATE keeps other writers away. Reads inside a unit must see its own rows, so `execute` flushes first;
the hot paths keep what they need in memory (`open_items`) and do not read at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, Table, insert, select, update

from crmdesk.models import clock
from crmdesk.models.tables import APPEND_ONLY, METADATA
from crmdesk.models.tables.audit import audit_detail, audit_entry, use_key
from crmdesk.models.tables.people import customer_change
from crmdesk.models.tables.segments import segment_event
from crmdesk.models.tables.settings import counter, series, setting, taken_number
from crmdesk.services import inserts, settings
from crmdesk.services.changes import Changes

if TYPE_CHECKING:
    from crmdesk.services.open_items import OpenItems

AUDIT_VERSION = 1
DIGEST_BITS = 256
_DIGEST_MODULUS = 1 << DIGEST_BITS
UNDIGESTED = (audit_entry, use_key, segment_event)
"""Append-only, and written after the digest is taken, or (who joined and left segments) by the database itself."""
_DIGESTED = frozenset(table for table in APPEND_ONLY if table not in UNDIGESTED)
_ORDER = {table: index for index, table in enumerate(METADATA.sorted_tables)}
_SEAT = f"{socket.gethostname()}:{os.getpid()}"


def row_digest(table_name: str, row: tuple[Any, ...]) -> int:
    """The digest of one posted row. An entry digests its rows by adding these, so that their order is free."""
    return int.from_bytes(hashlib.sha256(repr((table_name, row)).encode()).digest(), "big")


def number_of(prefix: str, year: int, value: int) -> str:
    """How a number of a series is written, e.g. INV-2026-0001."""
    return f"{prefix}-{year}-{value:04d}"


class Unit:
    """A transaction of the book. Only `Book.write` makes one."""

    def __init__(self, connection: Connection, actor: str) -> None:
        self.connection = connection
        self.actor = actor
        self.changes = Changes()
        self.cache: dict[Any, Any] = {}
        """Records looked up in this unit; a service that changes a record drops it here."""
        self.warnings: list[dict[str, Any]] = []
        self._rows: dict[Table, list[tuple[Any, ...]]] = {}
        self._next_id = 0
        self._first_id = 0
        self._series: dict[tuple[str, int], int] = {}
        self._dirty_series: set[tuple[str, int]] = set()
        self._taken: dict[tuple[str, int], set[int]] | None = None
        self._settings: settings.BookSettings | None = None
        self._digest = 0
        self._digest_count = 0
        self._history: list[dict[str, Any]] = []
        self._noted_customers: set[int] = set()
        self._audit_id = 0
        self._open_items: OpenItems | None = None
        self.is_finished = False
        self.erasures: list[Callable[[], None]] = []
        """What is to be erased beside the book once this unit is committed; the log of the file is emptied with it."""
        self.path: Path | None = None
        """The book's file, where it is one."""
        self.is_bulk = False
        """In a bulk unit the audit entry holds a digest and counts instead of every row's old and new values."""

    # Ids, numbers, time

    def next_id(self) -> int:
        """A new id, unique in the whole book and rising in posting order."""
        if self._next_id == 0:
            row = self.connection.execute(select(counter.c.value).where(counter.c.name == "id")).scalar_one()
            self._next_id = self._first_id = row + 1
        given = self._next_id
        self._next_id += 1
        return given

    def reserve_ids(self, count: int) -> int:
        """Sets aside so many ids for rows that the database writes itself, and returns the first."""
        first = self.next_id()
        self._next_id += max(count - 1, 0)
        return first

    @property
    def audit_id(self) -> int:
        """The id of this unit's audit entry."""
        if self._audit_id == 0:
            self._audit_id = self.next_id()
        return self._audit_id

    def next_number(self, kind: str, dated_on: date) -> str:
        """The next number of a series, e.g. INV-2026-0001: drawn inside the issuing transaction, so without gaps."""
        value = self.next_value(kind, dated_on.year)
        return number_of(self.settings.prefixes[kind], dated_on.year, value)

    def next_value(self, kind: str, year: int = 0) -> int:
        """The next value of a series; `year` 0 is for series that do not begin again every year (codes)."""
        key = (kind, year)
        last = self._series.get(key)
        if last is None:
            last = (
                self.connection.execute(
                    select(series.c.last).where(series.c.kind == kind, series.c.year == year)
                ).scalar()
                or 0
            )
        taken = self._taken_numbers().get(key, ())
        value = last + 1
        while value in taken:
            value += 1
        self._series[key] = value
        self._dirty_series.add(key)
        return value

    def _taken_numbers(self) -> dict[tuple[str, int], set[int]]:
        if self._taken is None:
            self._taken = {}
            for kind, year, value in self.connection.execute(select(taken_number)).all():
                self._taken.setdefault((kind, year), set()).add(value)
        return self._taken

    def take_number(self, kind: str, number: str) -> None:
        """Notes a number that a document brought along, so that the series steps over it when it gets there."""
        prefix, _, value = number.rpartition("-")
        head, _, year = prefix.rpartition("-")
        own = head == self.settings.prefixes[kind] and year.isascii() and year.isdigit() and len(year) == 4
        if not (own and value.isascii() and value.isdigit() and len(value) <= 15):
            return
        if number != number_of(head, int(year), int(value)) or int(value) in self._taken_numbers().get(
            (kind, int(year)), ()
        ):
            return
        self._taken_numbers().setdefault((kind, int(year)), set()).add(int(value))
        self.add(taken_number, kind=kind, year=int(year), value=int(value))

    @property
    def settings(self) -> settings.BookSettings:
        """The book's settings as this transaction sees them."""
        if self._settings is None:
            self._settings = settings.load(self.connection)
        return self._settings

    def save_settings(self, **values: Any) -> None:
        """Writes settings; unknown names are a programming error."""
        for name, value in values.items():
            if name not in settings.NAMES:
                raise KeyError(name)
            text = json.dumps(value, ensure_ascii=False)
            done = self.connection.execute(update(setting).where(setting.c.name == name).values(value=text))
            if done.rowcount == 0:
                self.connection.execute(insert(setting).values(name=name, value=text))
        self._settings = None
        self.changes.everything.add("setting")

    # Rows

    def add(self, target: Table, **values: Any) -> None:
        """Collects one new row."""
        row = inserts.row_of(target, values)
        if target in _DIGESTED:
            self._digest += row_digest(target.name, row)
            self._digest_count += 1
        rows = self._rows.get(target)
        if rows is None:
            rows = self._rows[target] = []
        rows.append(row)

    @property
    def has_written(self) -> bool:
        """Whether this unit wrote, or is about to write, anything yet."""
        return bool(self._next_id or self.changes.ids or self.changes.everything)

    def flush(self) -> None:
        """Writes collected rows, parents first."""
        for target in sorted(self._rows, key=_ORDER.__getitem__):
            inserts.write(self.connection, target, self._rows[target])
        self._rows.clear()

    def flush_all(self) -> None:
        """Writes also what is open and kept in memory, for a reading that goes over the book's open items."""
        if self._open_items is not None:
            self._open_items.write()
        self.flush()

    def forget_open_items(self) -> None:
        """Writes what is open and reads it anew from here on: rows have changed hands beside it (a merge)."""
        self.flush_all()
        self._open_items = None

    def execute(self, query: Any, parameters: Any = None) -> Any:
        """Runs a statement that must see this unit's own rows."""
        if self._rows:
            self.flush()
        return self.connection.execute(query, parameters)

    def first(self, query: Any) -> Row[Any] | None:
        """The first row of a query, or None."""
        return self.execute(query).first()

    @property
    def open_items(self) -> OpenItems:
        """What is open, kept in memory for this unit and written back at the end."""
        if self._open_items is None:
            from crmdesk.services.open_items import OpenItems

            self._open_items = OpenItems(self)
        return self._open_items

    # Audit

    def note(
        self, kind: str, record_id: int, before: dict[str, Any] | None, after: dict[str, Any] | None
    ) -> None:
        """Notes a change for the audit trail (old -> new) and for the window."""
        self.changes.add(kind, record_id)
        if not self.is_bulk:
            if kind == "customer" and record_id not in self._noted_customers:
                # a customer's history is found by it: without, one had to search the details of all entries
                self._noted_customers.add(record_id)
                self.add(customer_change, customer_id=record_id, audit_id=self.audit_id)
            self._history.append({"kind": kind, "id": record_id, "before": before, "after": after})

    def forget_notes(self) -> None:
        """Drops what was noted so far: an erasure must not tell in its own entry what it erased."""
        self._history.clear()

    def finish(self, use_case: str, request: Any) -> int:
        """Writes everything that is still in memory and the audit entry; the caller commits. Returns its id."""
        audit_id = self.audit_id
        if self._open_items is not None:
            self._open_items.write()
            self._open_items = (
                None  # the two know each other: a bulk load's memory would wait for the collector
            )
        self.flush()
        if self.changes.ids or self.changes.everything:
            from crmdesk.services import segment_touched
            from crmdesk.services.measures import evaluation

            evaluation.after_write(self)  # rules ask for measures, so these come first
            segment_touched.after_write(self)
            self.flush()
        self._write_counters()
        detail = json.dumps(
            {"request": request, "changes": self._history}, ensure_ascii=False, sort_keys=True, default=str
        )
        salt = os.urandom(16)
        previous = self.connection.execute(
            select(audit_entry.c.posted_at, audit_entry.c.hash).order_by(audit_entry.c.id.desc()).limit(1)
        ).first()
        posted_at = clock.stamp(clock.now_utc())
        if previous is not None and previous.posted_at > posted_at:
            posted_at = previous.posted_at  # the clock went back: posting order stays true
        canonical = json.dumps(
            {
                "version": AUDIT_VERSION,
                "id": audit_id,
                "posted_at": posted_at,
                "actor": self.actor,
                "seat": _SEAT,
                "use_case": use_case,
                "row_count": self._digest_count,
                "row_digest": f"{self._digest % _DIGEST_MODULUS:064x}",
                "detail_digest": hashlib.sha256(salt + detail.encode()).hexdigest(),
            },
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
        ).encode()
        chained = hashlib.sha256((previous.hash if previous is not None else b"") + canonical).digest()
        self.add(
            audit_entry,
            id=audit_id,
            posted_at=posted_at,
            actor=self.actor,
            seat=_SEAT,
            use_case=use_case,
            canonical=canonical,
            hash=chained,
        )
        self.add(audit_detail, audit_id=audit_id, salt=salt, content=detail)
        self.flush()
        self.is_finished = True
        return audit_id

    def _write_counters(self) -> None:
        self.connection.execute(update(counter).where(counter.c.name == "id").values(value=self._next_id - 1))
        for key in self._dirty_series:
            kind, year = key
            last = self._series[key]
            done = self.connection.execute(
                update(series).where(series.c.kind == kind, series.c.year == year).values(last=last)
            )
            if done.rowcount == 0:
                self.connection.execute(insert(series).values(kind=kind, year=year, last=last))
        self._dirty_series.clear()
