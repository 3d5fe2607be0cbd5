"""The one engine factory of a book: SQLAlchemy on sqlcipher3 with every promise-bearing PRAGMA set and read back.

Why each value stands here is told in ARCHITECTURE.md, "The book". Nothing else in the program opens a book file:
an ordinary open/close of the file in this process would drop SQLite's POSIX locks.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import QueuePool
from sqlcipher3 import dbapi2

from crmdesk.models.errors import BookFault, Code
from crmdesk.text import _

driver: Any = dbapi2
"""The one SQLite driver of the program (it comes without type stubs)."""

APPLICATION_ID = 0x43524D44
"""`CRMD` in ASCII: marks a file as one of ours."""

SQLITE_VERSION_MIN = (3, 51, 3)
"""The first SQLite without the WAL-reset corruption bug."""

BUSY_TIMEOUT_MS = 10_000
CACHE_KIB = 8_192

_PRAGMAS: tuple[tuple[str, str, str | int], ...] = (
    ("busy_timeout", str(BUSY_TIMEOUT_MS), BUSY_TIMEOUT_MS),
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),
    ("fullfsync", "ON", 1),
    ("checkpoint_fullfsync", "ON", 1),
    ("foreign_keys", "ON", 1),
    ("recursive_triggers", "ON", 1),
    ("trusted_schema", "OFF", 0),
    ("secure_delete", "ON", 1),
    ("cell_size_check", "ON", 1),
    ("mmap_size", "0", 0),
    ("wal_autocheckpoint", "1000", 1000),
    ("cache_size", str(-CACHE_KIB), -CACHE_KIB),
)
_READ_ONLY_SKIPS = frozenset({"journal_mode", "synchronous", "secure_delete"})


def require_safe_sqlite() -> None:
    """Refuses to work on an SQLite with a known corruption bug."""
    if driver.sqlite_version_info < SQLITE_VERSION_MIN:
        raise BookFault(
            Code.SQLITE_TOO_OLD,
            _(
                "This installation carries SQLite {version}, which can damage files. Please reinstall crmdesk."
            ).format(version=driver.sqlite_version),
        )


def uri_of(path: Path, **options: str) -> str:
    """A percent-encoded `file:` URI, so that #, %, ? and 中文 in folder names work."""
    query = "&".join(f"{name}={value}" for name, value in options.items())
    return path.resolve().as_uri() + (f"?{query}" if query else "")


def set_pragmas(connection: Any, *, is_read_only: bool) -> None:
    """Sets the whole recipe on one driver connection and reads it back; a difference refuses the connection."""
    cursor = connection.cursor()
    for name, value, expected in _PRAGMAS:
        if is_read_only and name in _READ_ONLY_SKIPS:
            continue
        cursor.execute(f"PRAGMA {name}={value}").fetchall()  # own-sql: the recipe above
        row = cursor.execute(f"PRAGMA {name}").fetchone()  # own-sql: the recipe above
        if row is None or row[0] != expected:
            raise BookFault(
                Code.PRAGMA_REFUSED,
                _("The file cannot be used safely here: the setting {name} was refused.").format(name=name),
            )
    cursor.close()


def connector(path: Path, *, is_read_only: bool) -> Callable[[], Any]:
    """A function that opens one driver connection; it never creates a file.

    A read-only file without a write-ahead log is opened as immutable, because SQLite would have to make files
    beside it; with a log it is opened plainly, so that what stands in the log is seen.
    """

    def connect() -> Any:
        options = {"mode": "rw"}
        if is_read_only:
            options = {"mode": "ro"} if has_log(path) else {"mode": "ro", "immutable": "1"}
        uri = uri_of(path, **options)
        connection = driver.connect(
            uri, uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1000, check_same_thread=False
        )
        try:
            set_pragmas(connection, is_read_only=is_read_only)
        except BaseException:
            connection.close()
            raise
        return connection

    return connect


def make_engine(path: Path, *, is_read_only: bool = False) -> Engine:
    """The engine of one book file. Writing connections begin with BEGIN IMMEDIATE, so that reading and then
    writing is isolated (a plain BEGIN loses updates between two processes)."""
    require_safe_sqlite()
    engine = create_engine(
        "sqlite://",
        module=driver,
        creator=connector(path, is_read_only=is_read_only),
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=8,
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        is_writing = connection.get_execution_options().get("is_writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")

    return engine


def has_log(path: Path) -> bool:
    """Whether a write-ahead log with content lies beside the file."""
    try:
        return Path(f"{path.resolve()}-wal").stat().st_size > 0
    except OSError:
        return False


def is_folder_writable(folder: Path) -> bool:
    """Whether files may be made in the folder."""
    return os.access(folder, os.W_OK | os.X_OK)


def is_writable(path: Path) -> bool:
    """Whether both the file and its folder may be written (WAL needs both)."""
    return os.access(path, os.W_OK) and is_folder_writable(path.resolve().parent)
