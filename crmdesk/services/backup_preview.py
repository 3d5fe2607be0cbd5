"""What a restore would take away: everything the book holds that the backup does not, in figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crmdesk.models.errors import BookFault, Code, Conflict
from crmdesk.models.tables.base import day_of
from crmdesk.services import connections
from crmdesk.services.book import Book, damaged, translated
from crmdesk.services.connections import driver
from crmdesk.text import _


@dataclass(frozen=True, slots=True)
class LostDocuments:
    """Documents of one kind and currency that only the book holds."""

    kind: str
    currency: str
    count: int
    total_minor: int
    first_on: str
    """ISO date of the earliest."""
    last_on: str


@dataclass(frozen=True, slots=True)
class RestorePreview:
    """What would be lost by putting the backup in the book's place."""

    name: str
    """The company, as the backup names it."""
    book_posted_at: str
    """UTC moment of the book's last change."""
    backup_posted_at: str
    """UTC moment of the backup's last change: everything after the common one is lost."""
    documents: tuple[LostDocuments, ...]
    lost_customer_count: int
    """Customers that only the book knows."""
    changed_customer_count: int
    """Customers that both know, changed since the backup."""
    lost_allocation_count: int
    lost_change_count: int
    """Entries of the audit trail that only the book has."""
    book_numbers: dict[str, int]
    """Last number of each series, by "kind year"."""
    backup_numbers: dict[str, int]
    gained_change_count: int = 0
    """Entries that only the backup has: the two went different ways (a copy was worked in elsewhere)."""

    @property
    def loses_nothing(self) -> bool:
        """Whether the backup already holds everything."""
        return self.lost_change_count == 0


@dataclass(frozen=True, slots=True)
class _Side:
    book_id: bytes
    name: str
    posted_at: str
    hashes: dict[int, bytes]
    numbers: dict[str, int]
    customers: dict[int, int]


def preview(book: Book | Path, backup_path: Path) -> RestorePreview:
    """Compares a book (open, or a path) with a backup. Raises Conflict `other_company`, BookFault `backup_damaged`."""
    path = book.path if isinstance(book, Book) else Path(book)
    try:
        with translated(Path(backup_path)):
            backup = _read(Path(backup_path), _side)
    except (BookFault, driver.Error, ValueError, TypeError) as error:
        raise BookFault(
            Code.BACKUP_DAMAGED,
            _("The backup {file} cannot be read. Take another one.").format(file=Path(backup_path).name),
        ) from error
    try:
        with translated(path):
            return _read(path, lambda raw: _compare(raw, _side(raw), backup))
    except (ValueError, TypeError) as error:
        raise damaged(path) from error


def _read(path: Path, look: Any) -> Any:
    # A plain read-only connection: it sees what stands in the log, and it changes nothing.
    options = {"mode": "ro"} if connections.has_log(path) else {"mode": "ro", "immutable": "1"}
    raw = driver.connect(connections.uri_of(path, **options), uri=True, isolation_level=None, timeout=10)
    try:
        raw.execute("BEGIN")
        return look(raw)
    finally:
        raw.close()


def _side(raw: Any) -> _Side:
    entries = raw.execute("SELECT id, hash FROM audit_entry ORDER BY id").fetchall()
    if not entries:
        raise ValueError("no audit trail")
    (name,) = raw.execute("SELECT value FROM setting WHERE name='name'").fetchone()
    (posted_at,) = raw.execute("SELECT posted_at FROM audit_entry ORDER BY id DESC LIMIT 1").fetchone()
    numbers = raw.execute("SELECT kind, year, last FROM series").fetchall()
    return _Side(
        book_id=entries[0][1],
        name=str(name).strip('"'),
        posted_at=posted_at,
        hashes=dict(entries),
        numbers={f"{kind} {year}" if year else kind: last for kind, year, last in numbers},
        customers=dict(raw.execute("SELECT id, version FROM customer").fetchall()),
    )


def _compare(raw: Any, book: _Side, backup: _Side) -> RestorePreview:
    if book.book_id != backup.book_id:
        raise Conflict(
            Code.OTHER_COMPANY,
            _(
                "The backup is of another book: “{backup}”, not “{book}”. Restore it under another name."
            ).format(backup=backup.name, book=book.name),
        )
    # The chains are equal up to a point; from there on everything of the book would go.
    common = max(entry for entry, hashed in book.hashes.items() if backup.hashes.get(entry) == hashed)
    documents = raw.execute(
        "SELECT kind, currency, count(*), sum(total_minor), min(dated_on), max(dated_on) FROM document "
        "WHERE audit_id > ? GROUP BY kind, currency ORDER BY kind, currency",
        (common,),
    ).fetchall()
    allocations = raw.execute("SELECT count(*) FROM allocation WHERE audit_id > ?", (common,)).fetchone()[0]
    return RestorePreview(
        name=backup.name,
        book_posted_at=book.posted_at,
        backup_posted_at=backup.posted_at,
        documents=tuple(
            LostDocuments(kind, currency, count, total, day_of(first).isoformat(), day_of(last).isoformat())
            for kind, currency, count, total, first, last in documents
        ),
        lost_customer_count=len(book.customers.keys() - backup.customers.keys()),
        changed_customer_count=sum(
            1 for key, version in book.customers.items() if backup.customers.get(key, version) != version
        ),
        lost_allocation_count=allocations,
        lost_change_count=sum(1 for entry in book.hashes if entry > common),
        book_numbers=book.numbers,
        backup_numbers=backup.numbers,
        gained_change_count=sum(1 for entry in backup.hashes if entry > common),
    )
