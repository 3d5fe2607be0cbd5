"""Is this closed file a whole book? What a backup must pass before it gets its name, and before it is restored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from crmdesk.models import clock
from crmdesk.models.errors import Cancelled, Code
from crmdesk.models.tables import SCHEMA_VERSION
from crmdesk.services import check_audit, connections, schema
from crmdesk.services.backup_seal import Manifest
from crmdesk.services.connections import driver
from crmdesk.text import _

FINDING_COUNT_MAX = 20


class Unfit(Exception):
    """The file is not a whole book; the text says why, as a sentence for the user."""


def cancelled() -> Cancelled:
    """What a cancelled backup or restore raises."""
    return Cancelled(Code.CANCELLED, _("Cancelled. Nothing was written."))


def row_counts(raw: Any) -> dict[str, int]:
    """Rows of every table, counted through a driver connection in its present transaction."""
    names = [
        row[0]
        for row in raw.execute(
            "SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        ).fetchall()
    ]
    counts = {}
    for name in names:
        quoted = name.replace('"', '""')
        # own-sql: names read from the schema itself, quoted
        counts[name] = raw.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0]  # noqa: S608
    return counts


def describe(raw: Any, occasion: str) -> Manifest:
    """The manifest of what a driver connection sees in its present transaction. Works for older versions, too."""
    ends = raw.execute(
        "SELECT (SELECT hash FROM audit_entry ORDER BY id LIMIT 1), id, hash FROM audit_entry ORDER BY id DESC LIMIT 1"
    ).fetchone()
    if ends is None:
        raise Unfit(_("It has no audit trail."))
    name = raw.execute("SELECT value FROM setting WHERE name='name'").fetchone()
    numbers = raw.execute("SELECT kind, year, last FROM series ORDER BY kind, year").fetchall()
    return Manifest(
        book_id=bytes(ends[0]).hex(),
        name=str(json.loads(name[0])) if name else "",
        schema_version=raw.execute("PRAGMA user_version").fetchone()[0],
        written_at=clock.stamp(clock.now_utc()),
        occasion=occasion,
        audit_id=ends[1],
        audit_hash=bytes(ends[2]).hex(),
        counts=row_counts(raw),
        last_numbers={f"{kind} {year}" if year else kind: str(last) for kind, year, last in numbers},
        fully_verified_at="",
    )


def verify(
    path: Path, *, anchor: Manifest | None = None, is_cancelled: Callable[[], bool] = lambda: False
) -> None:
    """Integrity, foreign keys, structure, audit chain and the digests of posted rows of a closed file.

    With `anchor` (an earlier, fully verified backup of the same book) the chain is verified from there on and the
    digests of older rows are left to the next full run. Raises Unfit, or Cancelled.
    """
    try:
        engine = connections.make_engine(path, is_read_only=True)
        try:
            with engine.connect() as connection:
                found = []
                for finding in _findings(connection, anchor):
                    if is_cancelled():
                        raise cancelled()
                    found.append(finding)
                    if len(found) >= FINDING_COUNT_MAX:
                        break
        finally:
            engine.dispose()
    except (DBAPIError, driver.Error) as error:
        raise Unfit(
            _("SQLite cannot read it: {reason}.").format(reason=str(getattr(error, "orig", error)))
        ) from error
    except (ValueError, KeyError, TypeError, OverflowError, AttributeError) as error:
        raise Unfit(_("It holds values that crmdesk never writes.")) from error
    if found:
        raise Unfit(" ".join(found[:3]))


def _findings(connection: Connection, anchor: Manifest | None) -> Iterator[str]:
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if connection.exec_driver_sql("PRAGMA application_id").scalar_one() != connections.APPLICATION_ID:
        yield _("It is not a crmdesk book.")
        return
    if version > SCHEMA_VERSION:
        yield _("It was written by a newer crmdesk.")
        return
    is_whole = True
    for (line,) in connection.exec_driver_sql("PRAGMA integrity_check(20)").all():
        if line != "ok":
            is_whole = False
            yield str(line)
    if not is_whole:
        return
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        yield _("A row of {table} points to a missing row of {parent}.").format(table=row[0], parent=row[2])
    if version < SCHEMA_VERSION:
        return  # the structure of an older version is judged by its migration
    for entry in [*schema.differences(connection), *schema.shape_differences(connection)]:
        yield _("Its structure is not what this version makes: {entry}.").format(entry=entry)
    if anchor is None:
        for _code, _record, message in check_audit.chain_holds(connection):
            yield message
        for _code, _record, message in check_audit.rows_match_their_entries(connection):
            yield message
    else:
        yield from _chain_since(connection, anchor)


def _chain_since(connection: Connection, anchor: Manifest) -> Iterator[str]:
    """The audit chain from the last verified backup's head on."""
    previous = bytes.fromhex(anchor.audit_hash)
    stands = connection.exec_driver_sql(
        "SELECT hash FROM audit_entry WHERE id=?", (anchor.audit_id,)
    ).scalar()
    if stands != previous:
        yield _("The audit trail up to the last backup was changed.")
        return
    rows = connection.exec_driver_sql(
        "SELECT id, canonical, hash FROM audit_entry WHERE id>? ORDER BY id", (anchor.audit_id,)
    )
    for entry_id, canonical, entry_hash in rows:
        if hashlib.sha256(previous + canonical).digest() != entry_hash:
            yield _("The audit entry {id} was changed, or one before it.").format(id=entry_id)
        previous = entry_hash
