"""Backups and their way back: whole, verified, sealed, and never in the place of another file.

A backup is the book's pages as of one moment, read through a connection of its own while others go on working.
It gets its final name only after the copy has been verified; a restore verifies again before anything is touched.
"""

from __future__ import annotations

import dataclasses
import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from crmdesk.models.errors import BookFault, Code, Conflict, CrmdeskError, InvalidInput, NotFound
from crmdesk.models.tables import SCHEMA_VERSION
from crmdesk.services import backup_seal, backup_verify, connections, holders, swapping
from crmdesk.services.backup_preview import RestorePreview, preview
from crmdesk.services.backup_seal import Manifest
from crmdesk.services.backup_verify import Unfit
from crmdesk.services.book import Book, translated
from crmdesk.services.connections import driver
from crmdesk.services.new_files import (
    is_disk_full,
    make_file,
    publish,
    refuse_existing,
    remove_quietly,
    sync_file,
)
from crmdesk.text import _

__all__ = ["RestorePreview", "preview", "restore", "verify", "write"]

PAGES_A_STEP = 1_000
Progress = Callable[[int, int], None]
"""Called with (done, whole) in pages."""


def write(
    book: Book,
    target: Path | str,
    *,
    progress: Progress | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> Path:
    """Writes a verified, sealed backup while the book is in use; returns its path.

    Raises Conflict `target_exists`, `disk_full`, NotFound `no_access`, Cancelled, BookFault `data_damaged` or
    `schema_altered` if the book itself does not verify. Nothing is left behind then.
    """
    return write_file(book.path, Path(target), progress=progress, is_cancelled=is_cancelled or _never)


def write_file(
    source: Path,
    target: Path,
    *,
    occasion: str = "manual",
    anchor: Manifest | None = None,
    progress: Progress | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Path:
    """`write` for a file that need not be open, of this or an older version. `anchor`: see `verify`."""
    target = target.absolute()
    refuse_existing(target)
    if not target.parent.is_dir():
        raise NotFound(
            Code.NO_ACCESS, _("The folder {folder} does not exist.").format(folder=target.parent), field="to"
        )
    swapping.remove_parts(target)
    part = swapping.part_path(target)
    try:
        _require_space(source, target)
        with system_errors(target):
            make_file(part)
            counted = copy_pages(source, part, occasion, progress=progress, is_cancelled=is_cancelled)
            _verify_copy(source, part, counted, anchor, is_cancelled)
            manifest = dataclasses.replace(
                counted,
                fully_verified_at=anchor.fully_verified_at if anchor else counted.written_at,
                change_counter=backup_seal.change_counter(part),
            )
            backup_seal.write(part, manifest, is_cancelled)
            if is_cancelled():
                raise backup_verify.cancelled()
            publish(part, target)
    finally:
        _remove(part)
    return target


def restore(
    file: Path | str, target: Path | str, *, is_forced: bool = False, progress: Progress | None = None
) -> tuple[Path, Path | None]:
    """Puts a backup in a book's place; returns the book's path and where the former file is kept (or None).

    The backup is proved and its copy verified in full before the book is touched: BookFault `backup_damaged`.
    An existing target is refused without `is_forced` (Conflict `target_exists`), one that is open in any process
    always (Conflict `in_use_by`). A kill at any point leaves the old or the new book: see `swapping`.
    """
    source, target = Path(file).absolute(), Path(target).absolute()
    _require_backup(source)
    if not target.parent.is_dir():
        raise NotFound(
            Code.NO_ACCESS, _("The folder {folder} does not exist.").format(folder=target.parent), field="to"
        )
    if os.path.lexists(target):
        if not is_forced:
            refuse_existing(target)
        if target.exists() and os.path.samefile(source, target):
            raise InvalidInput(
                Code.INVALID_CHOICE,
                _("{file} cannot be restored over itself.").format(file=source),
                field="to",
            )
        if target.is_dir():
            raise InvalidInput(Code.NOT_A_FILE, _("{file} is a folder.").format(file=target), field="to")
    _prove(source)
    _require_space(source, target)
    with system_errors(target), swapping.exclusive(target, swapping.RESTORE) as swap:
        _proved_copy(source, swap.part, "restore", progress, _never)
        sync_file(swap.part)
        kept = swap.put_in()
    return target, kept


def verify(
    file: Path | str,
    *,
    progress: Progress | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> Manifest:
    """Proves a backup as a restore would, on a copy that is thrown away; what it holds.

    Raises BookFault `backup_damaged` and what `restore` raises for files that are no backups.
    """
    source = Path(file).absolute()
    _require_backup(source)
    _prove(source)
    with tempfile.TemporaryDirectory(prefix="crmdesk-verify-") as folder:
        part = Path(folder) / "book"
        _require_space(source, part)
        with system_errors(part):
            return _proved_copy(source, part, "verify", progress, is_cancelled or _never)


def damaged(path: Path, reason: str) -> BookFault:
    """The answer for a backup that does not verify."""
    return BookFault(
        Code.BACKUP_DAMAGED,
        _("The backup {file} is damaged. {reason} Choose another backup.").format(
            file=path.name, reason=reason
        ),
    )


def copy_pages(
    source: Path,
    part: Path,
    occasion: str,
    *,
    is_read_only: bool | None = None,
    progress: Progress | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Manifest:
    """Copies one moment of a database into an existing empty file; returns what the source held at that moment.

    The copy is closed, alone (journal mode DELETE) and not yet synced. Raises BookFault, Unfit, Cancelled, OSError.
    """
    if is_read_only is None:
        is_read_only = not connections.is_writable(source)

    def step(_status: int, remaining: int, total: int) -> None:
        if is_cancelled():
            raise backup_verify.cancelled()
        if progress is not None:
            progress(total - remaining, total)

    with translated(source):
        origin = connections.connector(source, is_read_only=is_read_only)()
        try:
            origin.execute("BEGIN")
            counted = backup_verify.describe(origin, occasion)
            fill(origin, part, step)
            origin.execute("COMMIT")
        finally:
            origin.close()
    return counted


def fill(origin: Any, part: Path, step: Callable[[int, int, int], None] | None = None) -> None:
    """Copies all pages of a driver connection into an existing empty file, which is then alone (no log, unsynced).

    A full disk is an OSError: the original is only read, so it is the copy's.
    """
    copy = driver.connect(connections.uri_of(part, mode="rw"), uri=True, isolation_level=None)
    try:
        copy.execute("PRAGMA synchronous=OFF").fetchall()  # the whole file is synced before it gets a name
        origin.backup(copy, pages=PAGES_A_STEP, progress=step)
        copy.execute("PRAGMA journal_mode=DELETE").fetchall()
    except driver.Error as error:
        if "disk is full" in str(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(part)) from error
        raise
    finally:
        copy.close()


def _never() -> bool:
    return False


def _proved_copy(
    source: Path, part: Path, occasion: str, progress: Progress | None, is_cancelled: Callable[[], bool]
) -> Manifest:
    """Copies a backup into a new file and verifies the copy in full: whatever is wrong is the backup's damage."""
    make_file(part)
    try:
        counted = copy_pages(
            source, part, occasion, is_read_only=True, progress=progress, is_cancelled=is_cancelled
        )
        _require_counts(part, counted)
        backup_verify.verify(part, is_cancelled=is_cancelled)
    except Unfit as error:
        raise damaged(source, str(error)) from error
    except CrmdeskError as error:
        if error.code is Code.DATA_DAMAGED:
            raise damaged(source, _("SQLite finds it malformed.")) from error
        raise
    return counted


def _verify_copy(
    source: Path, part: Path, counted: Manifest, anchor: Manifest | None, is_cancelled: Callable[[], bool]
) -> None:
    """A copy that fails tells of a damaged book: the pages are the book's own."""
    try:
        _require_counts(part, counted)
        backup_verify.verify(part, anchor=anchor, is_cancelled=is_cancelled)
    except Unfit as error:
        raise BookFault(
            Code.DATA_DAMAGED,
            _(
                "No backup was written, because {file} itself is not in order. {reason} Keep the earlier backups "
                "and run “crmdesk check”."
            ).format(file=source.name, reason=error),
        ) from error


def _require_counts(part: Path, counted: Manifest) -> None:
    try:
        raw = connections.connector(part, is_read_only=True)()
        try:
            found = backup_verify.describe(raw, counted.occasion)
        finally:
            raw.close()
    except (driver.Error, ValueError, TypeError) as error:
        raise Unfit(_("SQLite finds it malformed.")) from error
    if (found.counts, found.audit_hash) != (counted.counts, counted.audit_hash):
        raise Unfit(_("The copy does not hold as many records as the original."))


def _require_backup(source: Path) -> None:
    if not os.path.lexists(source):
        raise NotFound(Code.FILE_MISSING, _("There is no file {file}.").format(file=source), field="file")
    if not source.is_file():
        raise InvalidInput(Code.NOT_A_FILE, _("{file} is not a file.").format(file=source), field="file")
    if not os.access(source, os.R_OK):
        raise NotFound(Code.NO_ACCESS, _("You may not read {file}.").format(file=source), field="file")
    if holders.is_open_here(source):
        raise Conflict(
            Code.IN_USE_BY,
            _("{file} is open in this program. Close it first.").format(file=source.name),
            field="file",
        )


def _prove(source: Path) -> None:
    """Byte for byte against the seal, then whether it is a book of this or an older version."""
    with system_errors(source):
        seal = backup_seal.prove(source)
    if not connections.has_log(source):
        if seal.fault == "size":
            raise damaged(source, _("It was cut off, or something was added to it."))
        if seal.fault:
            raise damaged(source, _("Its content is not what was written."))
    try:
        raw = connections.connector(source, is_read_only=True)()
        try:
            application_id = raw.execute("PRAGMA application_id").fetchone()[0]
            version = raw.execute("PRAGMA user_version").fetchone()[0]
        finally:
            raw.close()
    except driver.Error as error:
        if "malformed" in str(error):
            raise damaged(source, _("SQLite finds it malformed.")) from error
        raise BookFault(
            Code.NOT_OURS, _("{file} is not a backup of crmdesk.").format(file=source.name)
        ) from error
    if application_id != connections.APPLICATION_ID:
        raise BookFault(Code.NOT_OURS, _("{file} is not a backup of crmdesk.").format(file=source.name))
    if version > SCHEMA_VERSION:
        raise BookFault(
            Code.FILE_NEWER,
            _("{file} was written by a newer crmdesk. Please update this program.").format(file=source.name),
        )


def _require_space(source: Path, target: Path) -> None:
    """Asks before writing; what fills up meanwhile is found by the write itself."""
    with suppress(OSError):
        needed = source.stat().st_size
        for suffix in ("-wal",):
            with suppress(OSError):
                needed += Path(f"{source}{suffix}").stat().st_size
        free = shutil.disk_usage(target.parent).free
        if free < needed:
            raise _full(target, needed, free)


def _full(target: Path, needed: int, free: int) -> Conflict:
    return Conflict(
        Code.DISK_FULL,
        _("The disk is full: {file} needs {needed} MB, {free} MB are free. Nothing was written.").format(
            file=target.name, needed=-(-needed // 1_000_000), free=free // 1_000_000
        ),
        field="to",
    )


@contextmanager
def system_errors(target: Path) -> Iterator[None]:
    """Turns the operating system's refusals about the target into sentences."""
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise Conflict(
                Code.DISK_FULL,
                _("The disk is full; {file} was not written. Nothing is half done.").format(file=target),
                field="to",
            ) from error
        raise NotFound(
            Code.NO_ACCESS,
            _("{file} cannot be written: {reason}.").format(file=target, reason=error.strerror or error),
            field="to",
        ) from error


def _remove(part: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        remove_quietly(part.with_name(part.name + suffix))
