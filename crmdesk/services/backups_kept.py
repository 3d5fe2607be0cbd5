"""Automatic backups: when one is due, where they lie, and which ones are kept.

They lie beside the book in a folder that everybody sees (`NAME backups`), or where the owner said. Nothing is
written when nothing changed since the last one; every one is verified. One a day is kept for thirty days, one a
month for a year, all within a part of the free space.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crmdesk import paths
from crmdesk.models import clock
from crmdesk.services import backup, backup_seal
from crmdesk.services.backup import Progress
from crmdesk.services.backup_seal import Manifest
from crmdesk.services.book import Book, translated
from crmdesk.services.connections import is_folder_writable
from crmdesk.services.new_files import remove_quietly

SUFFIX = ".crmdesk-backup"
DAYS_KEPT = 30
MONTHS_KEPT = 12
NEWEST_KEPT = 2
"""So many stay whatever the disk says."""
FREE_SPACE_SHARE = 0.20
FULL_VERIFY_DAYS = 7
CLOSE, DAILY, UPGRADE, MANUAL = "close", "daily", "upgrade", "manual"


@dataclass(frozen=True, slots=True)
class KeptBackup:
    """One automatic backup."""

    path: Path
    size: int
    """Bytes."""
    manifest: Manifest

    @property
    def written_at(self) -> datetime:
        """UTC."""
        with suppress(ValueError):
            return datetime.fromisoformat(self.manifest.written_at)
        return datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class BackupState:
    """What the window shows about a book's backups."""

    folder: Path
    last: KeptBackup | None
    count: int
    size: int
    """Bytes of all of them."""
    is_due: bool
    """Something changed since the last one."""
    verified_at: datetime | None
    """When the last backup was verified (every backup is, before it gets its name)."""
    is_folder_chosen: bool
    """Whether the owner said where they lie."""
    next_at: datetime | None
    """When the daily backup is due, if the book stays open; None when nothing changed. Closing makes one sooner."""


def folder_of(path: Path, chosen: str = "") -> Path:
    """The folder of a book's automatic backups: the owner's choice, else beside the book, else in the user's own."""
    if chosen:
        return Path(chosen)
    path = Path(os.path.realpath(path))
    if is_folder_writable(path.parent):
        return path.with_name(f"{path.stem} backups")
    return paths.home_dir() / "backups" / f"{path.stem} backups"


def list_backups(book: Book) -> list[KeptBackup]:
    """The book's automatic backups, newest first. Files of other books in the folder are not listed."""
    book_id, _head = _ends(book)
    return [
        kept for kept in in_folder(folder_of(book.path, book.settings.backup_folder)) if _is_of(kept, book_id)
    ]


def has_state(path: Path, chosen: str, head: bytes) -> bool:
    """Whether a backup holds everything of a book's file up to the audit entry with this hash."""
    return _holds(in_folder(folder_of(path, chosen)), head.hex())


def in_folder(folder: Path) -> list[KeptBackup]:
    """Every sealed backup in a folder, newest first."""
    found = []
    with suppress(OSError):
        for path in folder.glob(f"*{SUFFIX}"):
            manifest = backup_seal.glance(path)
            if manifest is not None:
                with suppress(OSError):
                    found.append(KeptBackup(path, path.stat().st_size, manifest))
    return sorted(found, key=lambda kept: (kept.written_at, kept.path.name), reverse=True)


def due(book: Book, occasion: str = CLOSE) -> bool:
    """Whether the book changed since its last backup; `daily` waits until that one is a day old."""
    kept = list_backups(book)
    if not kept:
        return True
    if _holds(kept, _ends(book)[1]):
        return False
    return occasion != DAILY or clock.now_utc() - kept[0].written_at >= timedelta(days=1)


def run_automatic(
    book: Book,
    occasion: str = CLOSE,
    *,
    progress: Progress | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Path | None:
    """Writes a backup if one is due, then removes what is kept no longer. Returns its path, or None.

    The audit chain is verified from the last backup on, and from its beginning when that is a week ago.
    Raises as `backup.write`.
    """
    if not due(book, occasion):
        return None
    folder = folder_of(book.path, book.settings.backup_folder)
    target = backup.write_file(
        book.path,
        _new_name(book.path, folder, occasion),
        occasion=occasion,
        anchor=_anchor(book, list_backups(book)),
        progress=progress,
        is_cancelled=is_cancelled,
    )
    for kept in no_longer_kept(list_backups(book), clock.now_utc(), _budget(folder, list_backups(book))):
        remove_quietly(kept.path)
    return target


def before_upgrade(path: Path) -> Path:
    """A verified backup of a book of an older version, before it is touched; its path. Raises as `backup.write`."""
    return backup.write_file(path, _new_name(path, folder_of(path), UPGRADE), occasion=UPGRADE)


def state(book: Book) -> BackupState:
    """For the Today and Settings pages."""
    kept = list_backups(book)
    chosen = book.settings.backup_folder
    last = kept[0] if kept else None
    is_due = not _holds(kept, _ends(book)[1])
    now = clock.now_utc()
    return BackupState(
        folder=folder_of(book.path, chosen),
        last=last,
        count=len(kept),
        size=sum(entry.size for entry in kept),
        is_due=is_due,
        verified_at=last.written_at if last else None,
        is_folder_chosen=bool(chosen),
        next_at=max(now, last.written_at + timedelta(days=1) if last else now) if is_due else None,
    )


def no_longer_kept(kept: Iterable[KeptBackup], now: datetime, budget: int) -> list[KeptBackup]:
    """Which backups may go: all but the last of each day for thirty days and of each month for a year, then the
    oldest beyond `budget` bytes. The newest ones and today's always stay."""
    newest_first = sorted(kept, key=lambda entry: entry.written_at, reverse=True)
    stays: list[KeptBackup] = []
    goes: list[KeptBackup] = []
    days, months = set(), set()
    for entry in newest_first:
        day = entry.written_at.astimezone().date()
        age = (now.astimezone().date() - day).days
        month = (day.year, day.month)
        is_first_of_day, is_first_of_month = day not in days, month not in months
        days.add(day)
        months.add(month)
        is_wanted = (
            len(stays) < NEWEST_KEPT
            or age <= 0
            or (age <= DAYS_KEPT and (is_first_of_day or entry.manifest.occasion == UPGRADE))
            or (age <= MONTHS_KEPT * 31 and is_first_of_month)
        )
        (stays if is_wanted else goes).append(entry)
    total = 0
    for index, entry in enumerate(stays):
        total += entry.size
        if index >= NEWEST_KEPT and total > budget:
            goes.append(entry)
    return goes


def _budget(folder: Path, kept: list[KeptBackup]) -> int:
    own = sum(entry.size for entry in kept)
    try:
        return int((shutil.disk_usage(folder).free + own) * FREE_SPACE_SHARE)
    except OSError:
        return own


def _holds(kept: Iterable[KeptBackup], head: str) -> bool:
    """Whether one of the backups has everything up to this audit entry (the clock may have gone back meanwhile)."""
    return any(entry.manifest.audit_hash == head for entry in kept)


def _anchor(book: Book, kept: list[KeptBackup]) -> Manifest | None:
    """The newest backup that is a former state of this book and builds on a full verification of this week.

    After a restore the newest backups may hold a future that the book no longer has: they anchor nothing.
    """
    now = clock.now_utc()
    with translated(book.path), book.read() as connection:
        for entry in kept:
            manifest = entry.manifest
            stands = connection.exec_driver_sql(
                "SELECT hash FROM audit_entry WHERE id=?", (manifest.audit_id,)
            ).scalar()
            with suppress(ValueError):
                verified_at = datetime.fromisoformat(manifest.fully_verified_at)
                is_fresh = timedelta() <= now - verified_at < timedelta(days=FULL_VERIFY_DAYS)
                if is_fresh and stands == bytes.fromhex(manifest.audit_hash):
                    return manifest
    return None


def _new_name(path: Path, folder: Path, occasion: str) -> Path:
    with backup.system_errors(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    words = f"{path.stem} {clock.now_utc().astimezone():%Y-%m-%d %H%M%S}"
    if occasion == UPGRADE:
        words += " before upgrade"
    target, count = folder / f"{words}{SUFFIX}", 1
    while os.path.lexists(target):
        count += 1
        target = folder / f"{words} {count}{SUFFIX}"
    return target


def _ends(book: Book) -> tuple[str, str]:
    """(book id, hash of the last audit entry), as hex."""
    with translated(book.path), book.read() as connection:
        row = connection.exec_driver_sql(
            "SELECT (SELECT hash FROM audit_entry ORDER BY id LIMIT 1), hash FROM audit_entry ORDER BY id DESC LIMIT 1"
        ).one()
    return bytes(row[0]).hex(), bytes(row[1]).hex()


def _is_of(kept: KeptBackup, book_id: str) -> bool:
    return kept.manifest.book_id == book_id
