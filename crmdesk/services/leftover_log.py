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
from crmdesk.services import connections
from crmdesk.services.connections import driver
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

# Ids rise in posting order, and a row has the id of its document or allocation (postings with either sign): all rows
# of the entries after :last are found by ranges of keys.
_POSTED_AFTER = """
WITH owner AS (
    SELECT id FROM document WHERE id > :last AND audit_id > :last
    UNION ALL SELECT id FROM allocation WHERE id > :last AND audit_id > :last
    UNION ALL SELECT id FROM base_entry WHERE id > :last AND audit_id > :last
    UNION ALL SELECT id FROM revaluation WHERE id > :last AND audit_id > :last
)
SELECT (SELECT count(*) FROM owner)
    + (SELECT count(*) FROM document_line WHERE document_id IN (SELECT id FROM owner))
    + (SELECT count(*) FROM payment WHERE document_id IN (SELECT id FROM owner))
    + (SELECT count(*) FROM revaluation_line WHERE revaluation_id IN (SELECT id FROM owner))
    + (SELECT count(*) FROM late_rate WHERE audit_id > :last)
    + (SELECT count(*) FROM posting WHERE source_id IN (SELECT id FROM owner UNION ALL SELECT -id FROM owner))
"""


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
