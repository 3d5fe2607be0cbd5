"""A write-ahead log that lies beside a book: is it the book's own?

After a crash SQLite plays the log into the file by itself, and it believes any log whose checksums fit: one of
another book, or one that outlived a file that was copied back, would destroy the book (`wal_foreign`). The audit
chain can tell: what the file alone shows as the last entry must be known to the file with its log.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crmdesk.models.errors import BookFault, Code
from crmdesk.models.tables import APPEND_ONLY
from crmdesk.services import connections
from crmdesk.services.connections import driver
from crmdesk.services.units import UNDIGESTED
from crmdesk.text import _

_ATTEMPTS = 3
_HASH_SIZE = 32


def require_own(path: Path) -> None:
    """Refuses a book beside which a foreign log lies (BookFault `wal_foreign`); changes nothing."""
    if is_foreign(path):
        raise BookFault(
            Code.WAL_FOREIGN,
            _(
                "Beside {file} lies {log}, which belongs to another file or to another state of it. Nothing was "
                "changed. If you copied {file} here, move {log} away; otherwise restore the last good backup."
            ).format(file=path.name, log=f"{path.name}-wal"),
        )


def is_foreign(path: Path) -> bool:
    """Whether the log beside the file does not continue it. In doubt no: a crash must never lock anybody out."""
    if not connections.has_log(path):
        return False
    # A checkpoint of another process may be running between the two looks, so one look proves nothing.
    return all(_contradicts(path) for _attempt in range(_ATTEMPTS))


def _contradicts(path: Path) -> bool:
    try:
        with _reading(path, immutable="1") as alone:
            first, last = alone.execute(_FIRST).fetchone(), alone.execute(_LAST).fetchone()
    except driver.Error:
        return False  # half checkpointed: only the log can tell what the file holds
    if not (_is_entry(first) and _is_entry(last)):
        return False
    try:
        with _reading(path) as both:
            if both.execute(_FIRST).fetchone() != first or both.execute(_KNOWN, last).fetchone() is None:
                return True
            # A log of a later state than the file: entries between the two are missing, or their rows.
            previous, stated = last[1], 0
            for canonical, entry_hash in both.execute(_AFTER, last[:1]):
                if hashlib.sha256(previous + canonical).digest() != entry_hash:
                    return True
                previous = entry_hash
                stated += json.loads(canonical)["row_count"]
            if both.execute(_POSTED_AFTER, {"last": last[0]}).fetchone()[0] != stated:
                return True
    except driver.Error as error:
        return "malformed" in str(error) or "not a database" in str(error)
    except (TypeError, ValueError, KeyError):
        return True
    return False


_FIRST = "SELECT id, hash FROM audit_entry ORDER BY id LIMIT 1"
_LAST = "SELECT id, hash FROM audit_entry ORDER BY id DESC LIMIT 1"
_KNOWN = "SELECT id FROM audit_entry WHERE id=? AND hash=?"
_AFTER = "SELECT canonical, hash FROM audit_entry WHERE id>? ORDER BY id"


def _posted_after() -> str:
    """Counts the digested rows of the entries after :last.

    Ids rise in posting order and a row that is part of another has its id (postings with either sign), so that ranges
    of keys find them; the few kinds without an id of their own are counted by their entry.
    """
    posted = [table for table in APPEND_ONLY if table not in UNDIGESTED]
    whole = [table for table in posted if not table.info["part_of"]]
    owners = " UNION ALL ".join(
        f"SELECT id FROM {table.name} WHERE id > :last AND audit_id > :last"  # noqa: S608 (own names)
        for table in whole
        if "id" in table.c
    )
    beside = [
        f"(SELECT count(*) FROM {table.name} WHERE audit_id > :last)"  # noqa: S608
        for table in whole
        if "id" not in table.c
    ]
    parts = [
        f"(SELECT count(*) FROM {table.name} WHERE {table.info['part_of']} IN (SELECT id FROM either))"  # noqa: S608
        for table in posted
        if table.info["part_of"]
    ]
    either = "SELECT id FROM owner UNION ALL SELECT -id FROM owner"
    counts = " + ".join(["(SELECT count(*) FROM owner)", *beside, *parts])
    return f"WITH owner AS ({owners}), either AS ({either}) SELECT {counts}"


_POSTED_AFTER = _posted_after()


def _is_entry(row: Any) -> bool:
    return row is not None and isinstance(row[1], bytes) and len(row[1]) == _HASH_SIZE


@contextmanager
def _reading(path: Path, **options: str) -> Iterator[Any]:
    """A read-only connection inside one read transaction: it never moves a log into its file."""
    connection = driver.connect(
        connections.uri_of(path, mode="ro", **options), uri=True, isolation_level=None
    )
    try:
        connection.execute("PRAGMA busy_timeout=2000").fetchall()
        connection.execute("BEGIN")
        yield connection
    finally:
        connection.close()
