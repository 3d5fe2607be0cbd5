"""A write-ahead log that lies beside a book: is it the book's own?

After a crash SQLite plays the log into the file by itself, and it believes any log whose checksums fit: one of
another book, or one that outlived a file that was copied back, would destroy the book (`wal_foreign`). The audit
chain can tell: what the file alone shows as the last entry must be known to the file with its log.
"""

from __future__ import annotations

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
        first, last = _look(path, _FIRST + " UNION ALL " + _LAST, immutable="1")
    except (driver.Error, ValueError):
        return False  # half checkpointed: only the log can tell what the file holds
    try:
        return _look(path, _FIRST + " UNION ALL " + _KNOWN, last) != [first, last]
    except driver.Error as error:
        return "malformed" in str(error) or "not a database" in str(error)
    except ValueError:
        return True


_FIRST = "SELECT id, hash FROM (SELECT id, hash FROM audit_entry ORDER BY id LIMIT 1)"
_LAST = "SELECT id, hash FROM (SELECT id, hash FROM audit_entry ORDER BY id DESC LIMIT 1)"
_KNOWN = "SELECT id, hash FROM audit_entry WHERE id=? AND hash=?"


def _look(
    path: Path, query: str, parameters: tuple[Any, ...] = (), **options: str
) -> list[tuple[int, bytes]]:
    """Two audit entries as (id, hash); ValueError if they are not what entries look like.

    A read-only connection never moves a log into its file.
    """
    connection = driver.connect(
        connections.uri_of(path, mode="ro", **options), uri=True, isolation_level=None
    )
    try:
        connection.execute("PRAGMA busy_timeout=2000").fetchall()
        rows = connection.execute(query, parameters).fetchall()
    finally:
        connection.close()
    if len(rows) != 2 or not all(isinstance(row[1], bytes) and len(row[1]) == _HASH_SIZE for row in rows):
        raise ValueError(path)
    return rows
