"""The audit chain from the first entry to the last, and the digests that tie posted rows to their entries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Table, select

from crmdesk.models.tables import APPEND_ONLY
from crmdesk.models.tables.audit import audit_detail, audit_entry
from crmdesk.services import merge_posted
from crmdesk.services.units import DIGEST_BITS, UNDIGESTED, row_digest
from crmdesk.text import _

Found = Iterator[tuple[str, str, str]]


def chain_holds(connection: Connection) -> Found:
    """Every entry's hash follows from its bytes and the entry before; details match; time never runs back."""
    previous_hash, previous_at = b"", ""
    query = (
        select(audit_entry, audit_detail.c.salt, audit_detail.c.content)
        .join_from(audit_entry, audit_detail, audit_detail.c.audit_id == audit_entry.c.id, isouter=True)
        .order_by(audit_entry.c.id)
        .execution_options(yield_per=1000)
    )
    for row in connection.execute(query):
        record = f"audit_entry:{row.id}"
        if hashlib.sha256(previous_hash + row.canonical).digest() != row.hash:
            yield (
                "audit_chain",
                record,
                _("The audit entry {id} was changed, or one before it.").format(id=row.id),
            )
        previous_hash = row.hash
        told = json.loads(row.canonical)
        shown = (told["id"], told["posted_at"], told["actor"], told["seat"], told["use_case"])
        if shown != (row.id, row.posted_at, row.actor, row.seat, row.use_case):
            yield (
                "audit_chain",
                record,
                _("The audit entry {id} does not show what was hashed.").format(id=row.id),
            )
        if row.posted_at < previous_at:
            yield (
                "audit_time",
                record,
                _("The audit entry {id} is earlier than the one before.").format(id=row.id),
            )
        previous_at = max(previous_at, row.posted_at)
        if row.content is not None:
            digest = hashlib.sha256(row.salt + row.content.encode()).hexdigest()
            if digest != told["detail_digest"]:
                yield (
                    "audit_detail",
                    record,
                    _("The details of audit entry {id} were changed.").format(id=row.id),
                )


def rows_match_their_entries(connection: Connection) -> Found:
    """Digests of the posted rows, added up per audit entry, equal what each entry says (finds changed values)."""
    digests: dict[int, int] = {}
    counts: dict[int, int] = {}
    owners: dict[int, int] = {}

    def count(audit_id: int, table_name: str, row: tuple[Any, ...]) -> None:
        digests[audit_id] = digests.get(audit_id, 0) + row_digest(table_name, row)
        counts[audit_id] = counts.get(audit_id, 0) + 1

    posted_for = merge_posted.posted_for(connection)
    posted = [table for table in APPEND_ONLY if table not in UNDIGESTED]
    for table in posted:
        if table.info["part_of"]:
            continue
        names = [column.name for column in table.columns]
        at_audit = names.index("audit_id")
        at_id = names.index("id") if "id" in names else None
        for row in _raw(connection, table, names, posted_for):
            if at_id is not None:
                owners[row[at_id]] = row[at_audit]
            count(row[at_audit], table.name, row)
    for table in posted:
        key = table.info["part_of"]
        if not key:
            continue
        names = [column.name for column in table.columns]
        at_key = names.index(key)
        for row in _raw(connection, table, names, posted_for):
            owner = owners.get(abs(row[at_key]))
            if owner is None:
                yield (
                    "orphan_row",
                    f"{table.name}:{row[at_key]}",
                    _("A row of {table} belongs to no document.").format(table=table.name),
                )
                continue
            count(owner, table.name, row)
    modulus = 1 << DIGEST_BITS
    for audit_id, canonical in connection.execute(select(audit_entry.c.id, audit_entry.c.canonical)):
        told = json.loads(canonical)
        digest = f"{digests.pop(audit_id, 0) % modulus:064x}"
        if digest != told["row_digest"] or counts.get(audit_id, 0) != told["row_count"]:
            yield (
                "rows_changed",
                f"audit_entry:{audit_id}",
                _("Rows posted with audit entry {id} ({use_case}) were changed outside crmdesk.").format(
                    id=audit_id, use_case=told["use_case"]
                ),
            )
    for audit_id in digests:
        yield (
            "orphan_row",
            f"audit_entry:{audit_id}",
            _("Rows name a missing audit entry {id}.").format(id=audit_id),
        )


def _raw(
    connection: Connection, table: Table, names: list[str], posted_for: dict[tuple[str, int, int], int]
) -> Iterator[tuple[Any, ...]]:
    """Rows exactly as the driver gives them, in column order; one that changed hands as it was posted."""
    columns = ", ".join(names)
    result = connection.exec_driver_sql(
        f"SELECT {columns} FROM {table.name}",  # noqa: S608 (names from our own metadata)
        execution_options={"yield_per": 5000},
    )
    if not table.info["has_holder"] or not posted_for:
        for row in result:
            yield tuple(row)
        return
    keys = [column.name for column in table.primary_key.columns]
    at_key, at_holder = names.index(keys[0]), names.index("customer_id")
    at_position = names.index(keys[1]) if len(keys) > 1 else None
    for row in result:
        position = 0 if at_position is None else row[at_position]
        owner = posted_for.get((table.name, row[at_key], position))
        yield tuple(row) if owner is None else (*row[:at_holder], owner, *row[at_holder + 1 :])
