"""Watched folders (C1): files that appear in them are imported once and moved aside.

A file is told by its content. Its line in the log is written in the transaction that imports it, so that a crash
before the move leaves a file that is only moved at the next look, never one that is imported twice. Good files go to
`done`, refused ones to `failed` beside a workbook with the refused rows and their reasons.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy import delete as sql_delete

from crmdesk.models import clock
from crmdesk.models.errors import Code, Conflict, InvalidInput, NeedsConfirmation, NotFound, Problem
from crmdesk.models.specs.watching import FOLDER, LINE, WATCHED_FOLDER
from crmdesk.models.tables.watching import watch_log, watched_folder
from crmdesk.services import watch_places
from crmdesk.services.book import Book
from crmdesk.services.changes import Changes
from crmdesk.services.imports import batches, errors_workbook, fault_messages, mapping, run
from crmdesk.services.imports.results import ImportOptions, ImportResult
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.services.watch_log import ERRORS_SUFFIX, REFUSED
from crmdesk.services.watch_turns import turn
from crmdesk.text import N_, _

DONE, FAILED = "done", "failed"
SETTLE_S = 2.0
"""A file whose size and time did not change for so long is no longer being written."""
_TABLES = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".csv", ".tsv", ".txt", ".vcf"})
_BANK = frozenset({".ofx", ".qfx", ".qif", ".sta", ".mt940", ".940", ".xml", ".camt"})
_PASSING_STARTS = (".", "~$", "~")
_NOT_THE_FILES_FAULT = frozenset({Code.FILE_IN_USE, Code.FILE_GONE, Code.FILE_MISSING, Code.READER_FAILED})
_REASONS_SHOWN = 3
_MESSAGE_MAX = 1_000
_COUNTS = ("read", "created", "updated", "skipped", "failed")


@dataclass(frozen=True, slots=True)
class WatchedFolder:
    """One watched folder; `mapping` is plain data as in a mapping file, or None."""

    folder: str
    kind: str
    mode: str
    sheet: str
    encoding: str
    account: str
    mapping: dict[str, Any] | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class WatchedFile:
    """What became of one file."""

    folder: str
    file: str
    outcome: str
    """imported, nothing (all known already), repeated (the same content before), partly, failed"""
    batch: str | None = None
    read: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    failed: int = 0
    message: str = ""
    moved_to: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at all folders found."""

    files: tuple[WatchedFile, ...]
    waiting: tuple[str, ...]
    """Files that are still being written or cannot be opened now."""
    missing: tuple[str, ...]
    """Folders that are not there."""
    changes: Changes = field(default_factory=Changes, compare=False)
    """What the files changed in the book, for whoever shows it."""
    is_elsewhere: bool = False
    """Another process of this book was looking at that very moment."""

    def as_json(self) -> dict[str, Any]:
        """The JSON of `crmdesk watch`."""
        return {
            "files": [asdict(file) for file in self.files],
            "waiting": list(self.waiting),
            "missing": list(self.missing),
        }


# Setting


@use_case(
    "watch.set",
    fields=WATCHED_FOLDER,
    summary=N_(
        "Watch a folder: files that appear in it are imported. Said again, it changes what is known of it."
    ),
    errors=(Code.FOLDER_MISSING, Code.INVALID_CHOICE, Code.MAPPING_INVALID),
)
def set_folder(unit: Unit, *, folder: str, active: bool = True, **values: Any) -> dict[str, Any]:
    """Watches a folder, or changes how; `mapping` is an object as in a mapping file."""
    path = os.path.normpath(folder)
    before = _row(unit, path)
    if before is None or active:  # what was watched before the rule can always be switched off
        path = watch_places.folder_of(folder, unit.path)
    said = values.pop("mapping", None)
    plain = (
        "" if said in (None, "", {}) else json.dumps(mapping.from_plain(said).as_plain(), ensure_ascii=False)
    )
    row = {name: value or "" for name, value in values.items()} | {"mapping": plain, "is_active": active}
    if before is None:
        record_id = unit.next_id()
        unit.add(watched_folder, id=record_id, folder=path, **row)
    else:
        record_id = before.id
        unit.execute(update(watched_folder).where(watched_folder.c.id == record_id).values(**row))
    old = None if before is None else {name: getattr(before, name) for name in row}
    unit.note("watched_folder", record_id, old, {"folder": path, **row})
    return {"folder": path, "active": active}


@use_case(
    "watch.remove",
    fields=(FOLDER,),
    summary=N_("Watch a folder no longer; what came from it stays, and so does its log."),
    errors=(Code.NOT_FOUND,),
)
def remove_folder(unit: Unit, *, folder: str) -> dict[str, Any]:
    """Forgets a watched folder."""
    path = os.path.normpath(folder)
    row = _row(unit, path)
    if row is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("The folder {folder} is not watched.").format(folder=folder[:200]),
            field="folder",
        )
    unit.execute(sql_delete(watched_folder).where(watched_folder.c.id == row.id))
    unit.note("watched_folder", row.id, {"folder": path, "kind": row.kind}, None)
    return {"folder": path}


@use_case(
    "watch.again",
    fields=(LINE,),
    summary=N_("Try a refused file again: it goes back into its folder, and comes at the next look."),
    errors=(Code.NOT_FOUND, Code.FILE_GONE, Code.INVALID_CHOICE),
)
def try_again(unit: Unit, *, line: int) -> dict[str, Any]:
    """Moves a file out of `failed` back into its watched folder."""
    row = unit.first(select(watch_log).where(watch_log.c.id == line))
    if row is None or row.outcome not in REFUSED:
        raise NotFound(Code.NOT_FOUND, _("This file was not refused."), field="line")
    if not row.moved_to or not Path(row.moved_to).is_file():
        raise Conflict(
            Code.FILE_GONE,
            _("{file} is not in its folder any more. Put it into {folder} again.").format(
                file=row.moved_to or row.file_name, folder=row.folder
            ),
            field="line",
        )
    watched = _row(unit, row.folder)
    if watched is None or not watched.is_active:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("The folder {folder} is not watched now. Switch it on first.").format(folder=row.folder),
            field="line",
        )
    target = _free_name(Path(row.folder), row.file_name)
    unit.note("watch_log", row.id, {"moved_to": row.moved_to}, {"moved_to": str(target)})
    try:
        os.replace(row.moved_to, target)
    except OSError as error:
        raise Conflict(
            Code.FILE_IN_USE,
            _("The file could not be moved: {reason}.").format(reason=error.strerror or error),
            field="line",
        ) from error
    return {"file": str(target)}


def _row(unit: Unit, path: str) -> Any:
    return unit.first(select(watched_folder).where(watched_folder.c.folder == path))


def folders(connection: Connection) -> list[WatchedFolder]:
    """The watched folders, by name."""
    rows = connection.execute(select(watched_folder).order_by(watched_folder.c.folder))
    return [
        WatchedFolder(
            row.folder,
            row.kind,
            row.mode,
            row.sheet,
            row.encoding,
            row.account,
            json.loads(row.mapping) if row.mapping else None,
            row.is_active,
        )
        for row in rows
    ]


# Looking


class Watch:
    """Looks at a book's folders, as often as a timer calls `look`; between two looks it keeps the sizes it saw."""

    def __init__(
        self,
        book: Book,
        actor: str = "",
        settle_s: float | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._book = book
        self._actor = actor
        self._settle_s = SETTLE_S if settle_s is None else settle_s
        self._now = now
        self._seen: dict[Path, tuple[tuple[int, int], float]] = {}
        self._changes = Changes()
        self._is_cancelled: Callable[[], bool] = lambda: False

    def has_come(self) -> bool:
        """Whether a file is there that is whole: the quick part of a look, which writes nothing."""
        with self._book.read() as connection:
            watched = [folder for folder in folders(connection) if folder.is_active]
        present = {path for folder in watched if Path(folder.folder).is_dir() for path in _candidates(folder)}
        self._seen = {path: seen for path, seen in self._seen.items() if path in present}
        # Every one is looked at: each settles in its own time.
        whole = [path for path in present if self._is_whole(path)]
        return bool(whole)

    def look(self, is_cancelled: Callable[[], bool] = lambda: False) -> Look:
        """Imports what has come and is whole. Raises what forbids writing to the book; files then stay.

        One process of this user looks at a time: of a window and a command line on one book each file is taken by
        one of them.
        """
        with turn(self._book) as is_ours:
            if not is_ours:
                return Look((), (), (), is_elsewhere=True)
            return self._look(is_cancelled)

    def _look(self, is_cancelled: Callable[[], bool]) -> Look:
        self._changes = Changes()
        self._is_cancelled = is_cancelled
        with self._book.read() as connection:
            watched = [folder for folder in folders(connection) if folder.is_active]
        files: list[WatchedFile] = []
        waiting: list[str] = []
        missing: list[str] = []
        present: set[Path] = set()
        for folder in watched:
            if not Path(folder.folder).is_dir():
                missing.append(folder.folder)
                continue
            for path in _candidates(folder):
                present.add(path)
                if is_cancelled():
                    break
                taken = self._take(folder, path) if self._is_whole(path) else None
                if taken is None:
                    waiting.append(str(path))
                else:
                    files.append(taken)
        self._seen = {path: seen for path, seen in self._seen.items() if path in present}
        if files:
            self._changes.everything.add("watch_log")
        return Look(tuple(files), tuple(waiting), tuple(missing), self._changes)

    def look_once(self) -> Look:
        """As `look`, waiting until new files have settled: for a run without a timer."""
        first = self.look()
        if not first.waiting or self._settle_s <= 0:
            return first
        time.sleep(self._settle_s)
        second = self.look()
        second.changes.merge(first.changes)
        return replace(second, files=(*first.files, *second.files))

    def _is_whole(self, path: Path) -> bool:
        """Whether size and time of a file are those of a look at least the settling time ago."""
        try:
            status = path.stat()
        except OSError:
            return False
        mark = (status.st_size, status.st_mtime_ns)
        seen = self._seen.get(path)
        if seen is None or seen[0] != mark:
            self._seen[path] = (mark, self._now())
            return self._settle_s <= 0
        return self._now() - seen[1] >= self._settle_s

    def _take(self, folder: WatchedFolder, path: Path) -> WatchedFile | None:
        try:
            digest = batches.digest_of(path).hex()
        except OSError:
            return None  # another program holds it
        with self._book.read() as connection:
            pending, is_known = _logged(connection, path, digest)
        if pending is not None:  # imported, but not moved: the program ended in between
            return self._move(path, pending.id, _as_file(pending))
        if is_known:
            found = WatchedFile(folder.folder, path.name, "repeated")
            return self._move(path, self._log(found, digest), found)
        return self._import(folder, path, digest)

    def _import(self, folder: WatchedFolder, path: Path, digest: str) -> WatchedFile | None:
        errors_path = _aside(path, FAILED, path.name + ERRORS_SUFFIX)
        logged: list[int] = []

        def log(unit: Unit, batch: int, counts: dict[str, int]) -> None:
            outcome = "partly" if counts["failed_count"] else "imported"
            read, created, updated, skipped, failed = (counts[f"{name}_count"] for name in _COUNTS)
            found = WatchedFile(
                folder.folder, path.name, outcome, str(batch), read, created, updated, skipped, failed
            )
            logged.append(_add_line(unit, found, digest))

        options = ImportOptions(
            mode=folder.mode,  # pyright: ignore[reportArgumentType] (a choice of the field)
            mapping=None if folder.mapping is None else mapping.from_plain(folder.mapping),
            sheet=folder.sheet or None,
            encoding=folder.encoding or None,
            account=folder.account,
            errors_path=errors_path,
            actor=self._actor,
            at_commit=log,
        )
        try:
            result = run.run(self._book, folder.kind, path, options, None, self._is_cancelled)
        except (InvalidInput, NeedsConfirmation, NotFound) as error:
            if error.code in _NOT_THE_FILES_FAULT:
                return None
            found = WatchedFile(folder.folder, path.name, FAILED, message=fault_messages.folder_reason(error))
            errors_workbook.write_reason(errors_path, found.message)
            return self._move(path, self._log(found, digest), found)
        self._changes.merge(result.changes)
        found = _of_result(folder, path, result)
        return self._move(path, logged[0] if logged else self._log(found, digest), found)

    def _log(self, found: WatchedFile, digest: str) -> int:
        with self._book.write(self._actor) as unit:
            line = _add_line(unit, found, digest)
            unit.finish("watch.look", {"file": found.file, "outcome": found.outcome})
        return line

    def _move(self, path: Path, line: int, found: WatchedFile) -> WatchedFile:
        """Moves a file aside and notes where to; one that cannot be moved is tried again at the next look."""
        try:
            target = _aside(path, FAILED if found.outcome in (FAILED, "partly") else DONE, path.name)
            os.replace(path, target)
        except OSError as error:
            reason = _("The file could not be moved: {reason}.").format(reason=error.strerror or error)
            return replace(found, message=f"{found.message} {reason}".strip())
        moved = replace(found, moved_to=str(target))
        with self._book.write(self._actor) as unit:
            # Why rows were refused is known only after the line was written with what they brought.
            values = {"moved_to": moved.moved_to, "message": moved.message[:_MESSAGE_MAX]}
            unit.execute(update(watch_log).where(watch_log.c.id == line).values(**values))
            unit.changes.everything.add("watch_log")
            unit.finish("watch.move", {"file": found.file, "to": moved.moved_to})
        return moved


def _candidates(folder: WatchedFolder) -> Iterator[Path]:
    """Files of the kinds that an import reads, by name; links, folders and files of others in the making are not."""
    suffixes = _TABLES | _BANK if folder.kind == "bank" else _TABLES
    with os.scandir(folder.folder) as entries:
        names = sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))
    for name in names:
        path = Path(folder.folder, name)
        if not name.startswith(_PASSING_STARTS) and path.suffix.lower() in suffixes:
            yield path


def _aside(path: Path, where: str, name: str) -> Path:
    """A free name in the folder for done or failed files, which is made if it is not there."""
    folder = path.parent / where
    folder.mkdir(exist_ok=True)
    return _free_name(folder, name)


def _free_name(folder: Path, name: str) -> Path:
    target, number = folder / name, 2
    while os.path.lexists(target):
        stem, dot, ending = name.partition(".")
        target = folder / f"{stem} ({number}){dot}{ending}"
        number += 1
    return target


def _logged(connection: Connection, path: Path, digest: str) -> tuple[Any, bool]:
    """The line of this very file that was not moved yet, and whether its content was taken before.

    A file with refused rows may come again: the book may have what it lacked then.
    """
    rows = connection.execute(
        select(watch_log)
        .where(watch_log.c.hash == digest, watch_log.c.folder == str(path.parent))
        .order_by(watch_log.c.id.desc())
    ).all()
    pending = next((row for row in rows if row.file_name == path.name and not row.moved_to), None)
    return pending, any(row.outcome in ("imported", "nothing") for row in rows)


def _add_line(unit: Unit, found: WatchedFile, digest: str) -> int:
    line = unit.next_id()
    unit.add(
        watch_log,
        id=line,
        folder=found.folder,
        file_name=found.file,
        hash=digest,
        at=clock.stamp(clock.now_utc()),
        outcome=found.outcome,
        batch_id=None if found.batch is None else int(found.batch),
        **{f"{name}_count": getattr(found, name) for name in _COUNTS},
        message=found.message,
    )
    unit.changes.everything.add("watch_log")
    return line


def _as_file(row: Any) -> WatchedFile:
    counts = {name: getattr(row, f"{name}_count") for name in _COUNTS}
    batch = None if row.batch_id is None else str(row.batch_id)
    return WatchedFile(row.folder, row.file_name, row.outcome, batch, message=row.message, **counts)


def _reason(problem: Problem) -> str:
    """Why a row was refused, with the row: the workbook beside the file has all of them."""
    if problem.row is None:
        return problem.message
    return _("Row {row}: {reason}").format(row=problem.row, reason=problem.message)


def _of_result(folder: WatchedFolder, path: Path, result: ImportResult) -> WatchedFile:
    data = result.as_json()
    if result.failed_count:
        outcome = FAILED if result.batch is None else "partly"
    else:
        outcome = "nothing" if result.batch is None else "imported"
    message = " ".join(_reason(problem) for problem in result.errors[:_REASONS_SHOWN])
    if len(result.errors) > _REASONS_SHOWN:
        message += " …"
    counts = {name: data[name] for name in _COUNTS}
    return WatchedFile(folder.folder, path.name, outcome, result.batch, message=message, **counts)
