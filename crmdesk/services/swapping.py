"""Putting another file in a book's place: under an exclusive lock, with the intention written down first.

The intention stands in `.NAME.swap` beside the book, locked by the process that works on it. A kill leaves the
note without its lock; whoever opens the book next finishes what had begun to show, or undoes the rest, and says
which (`settle`). While the note is locked nobody opens the book. The order of the steps makes every state between
them readable: the old file gets its second name before the new file takes the first.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from crmdesk.models.errors import BookFault, Code, Conflict
from crmdesk.services import connections, file_locks, holders, leftover_log
from crmdesk.services.connections import driver
from crmdesk.services.new_files import publish, remove_quietly, sync_folder
from crmdesk.text import N_, _

_HOLD_ATTEMPTS = 3
WAIT_S = 10.0
"""How long an opener waits for somebody else's swap before it is told who does it."""

RESTORE, UPGRADE = "restore", "upgrade"
_DONE = {
    RESTORE: N_("An interrupted restore was finished. The former file was kept as {kept}."),
    UPGRADE: N_("An interrupted upgrade was finished. The former file was kept as {kept}."),
}
_UNDONE = {
    RESTORE: N_("An interrupted restore was undone: {file} is as it was before."),
    UPGRADE: N_("An interrupted upgrade was undone: {file} is as it was before."),
}


def _note_path(target: Path) -> Path:
    return target.with_name(f".{target.name}.swap")


def part_path(target: Path) -> Path:
    """A name for a file in the making beside `target`; leftovers of killed processes are found by its form."""
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")


def remove_parts(target: Path) -> None:
    """Removes files in the making that nobody works on any more, with SQLite's files beside them."""
    for left in target.parent.glob(f".{_escaped(target.name)}.*.part*"):
        remove_quietly(left)


def _escaped(name: str) -> str:
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)


def kept_path(target: Path, word: str) -> Path:
    """NAME.before-restore-20260331-101500, with a counter when two fall into one second."""
    stem = f"{target.name}.before-{word}-{datetime.now():%Y%m%d-%H%M%S}"  # noqa: DTZ005 (the user's wall clock)
    kept, count = target.with_name(stem), 1
    while os.path.lexists(kept):
        count += 1
        kept = target.with_name(f"{stem}-{count}")
    return kept


@dataclass(frozen=True, slots=True)
class _Intention:
    reason: str
    part: str
    kept: str
    """Empty when there was no file before."""


class Swap:
    """The exclusive hold of one book's place. Made by `exclusive` only."""

    def __init__(self, target: Path, intention: _Intention) -> None:
        self.target = target
        self.intention = intention
        self.connection: Any = None
        """A connection that keeps the old file as it is; None without a file that SQLite can read."""

    @property
    def part(self) -> Path:
        """Where the new file is to be made: complete, closed and in journal mode DELETE before `put_in`."""
        return self.target.with_name(self.intention.part)

    @property
    def kept(self) -> Path | None:
        """The name under which the old file stays."""
        return self.target.with_name(self.intention.kept) if self.intention.kept else None

    def release_file(self) -> None:
        """Closes the old file."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def put_in(self) -> Path | None:
        """The new file takes the book's place; returns where the old one is kept. Raises OSError."""
        self.release_file()
        _put(self.target, self.part, self.kept)
        return self.kept


@contextmanager
def exclusive(target: Path, reason: str) -> Iterator[Swap]:
    """Holds the place of a book alone. `target` may be missing or damaged, but not open in any process.

    Raises Conflict `in_use_by` while another process has the book or is swapping it, OSError of the file system.
    """
    target = Path(os.path.realpath(target))
    settle(target)
    has_old = os.path.lexists(target)
    intention = _Intention(reason, part_path(target).name, kept_path(target, reason).name if has_old else "")
    note = _note_path(target)
    descriptor = _begin(note, target, intention)
    swap = Swap(target, intention)
    try:
        if has_old:
            swap.connection = _hold(target)
        yield swap
    finally:
        swap.release_file()
        with suppress(OSError):
            _resolve(target, intention)
        _end(note, descriptor)


def settle(target: Path, wait_s: float = WAIT_S) -> str:
    """Finishes or undoes a swap whose process is gone; returns what was done as a sentence, or "".

    Waits for a living one; after `wait_s` seconds BookFault `in_use_by` names it. Raises OSError.
    """
    target = Path(os.path.realpath(target))
    note = _note_path(target)
    until = time.monotonic() + wait_s
    while True:
        if not os.path.lexists(note):
            return ""
        descriptor = _try_lock(note)
        if descriptor is not None:
            break
        if time.monotonic() > until:
            raise BookFault(Code.IN_USE_BY, _busy_sentence(target, note))
        time.sleep(0.02)
    try:
        intention = _read(note)
        if intention is None:  # killed before the note was whole: nothing had been done
            remove_parts(target)
            return ""
        is_done = _resolve(target, intention)
    finally:
        _end(note, descriptor)
    if is_done:
        return _(_DONE[intention.reason]).format(kept=intention.kept) if intention.kept else ""
    return _(_UNDONE[intention.reason]).format(file=target.name)


def is_under_way(target: Path) -> bool:
    """Whether a note lies beside the book; its process may be gone."""
    return os.path.lexists(_note_path(Path(os.path.realpath(target))))


# The steps


def _put(target: Path, part: Path, kept: Path | None) -> None:
    """Repeats harmlessly: after a kill anywhere inside it is called again."""
    if kept is None:
        if part.exists():
            publish(part, target)
            remove_quietly(part)
        return
    if not os.path.lexists(kept):
        try:
            os.link(target, kept)
        except OSError:  # a file system without hard links
            os.rename(target, kept)
        sync_folder(target.parent)
    if not part.exists():
        return
    # A log or journal belongs to the old file (only a damaged one can still have it): it goes along.
    for suffix in ("-wal", "-journal"):
        with suppress(FileNotFoundError):
            os.rename(f"{target}{suffix}", f"{kept}{suffix}")
    remove_quietly(Path(f"{target}-shm"))
    os.replace(part, target)
    sync_folder(target.parent)


def _resolve(target: Path, intention: _Intention) -> bool:
    """Finishes if the old file already has its second name (or the new one its own), else takes all back."""
    part = target.with_name(intention.part)
    kept = target.with_name(intention.kept) if intention.kept else None
    is_begun = os.path.lexists(kept) if kept is not None else os.path.lexists(target)
    if is_begun:
        _put(target, part, kept) if kept is not None else None
    remove_parts(target)
    sync_folder(target.parent)
    return is_begun


def _hold(target: Path) -> Any:
    """A connection that holds the old file, its log moved into it; None if SQLite cannot read the file."""
    if holders.is_open_here(target):
        raise Conflict(
            Code.IN_USE_BY, _("{file} is open in this program. Close it first.").format(file=target.name)
        )
    if target.is_dir():
        raise Conflict(Code.NOT_A_FILE, _("{file} is a folder.").format(file=target), field="book")
    if leftover_log.is_foreign(target):
        return None  # opening it for writing would play the foreign log into it
    try:
        connection = driver.connect(
            connections.uri_of(target, mode="rw"),
            uri=True,
            isolation_level=None,
            timeout=2.0,
            check_same_thread=False,
        )
    except driver.Error:
        return None
    try:
        for _attempt in range(_HOLD_ATTEMPTS):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            connection.execute(
                "PRAGMA journal_mode=DELETE"
            ).fetchall()  # refused while anybody has the file open
            # In this mode the shared lock of a reader keeps everybody from writing and from changing the mode.
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
            if connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete":
                return connection
            connection.execute("ROLLBACK")  # somebody who did not look at the note was in between
    except driver.Error as error:
        connection.close()
        if "locked" in str(error) or "busy" in str(error):
            raise Conflict(Code.IN_USE_BY, _in_use_sentence(target)) from error
        return None  # damaged, or not a database at all: nobody can be working with it
    connection.close()
    raise Conflict(Code.IN_USE_BY, _in_use_sentence(target))


def _in_use_sentence(target: Path) -> str:
    names = "; ".join(holder.label for holder in holders.others(target))
    if names:
        return _("{file} is open elsewhere: {holders}. Close it there, then try again.").format(
            file=target.name, holders=names
        )
    return _("{file} is open in another program. Close it there, then try again.").format(file=target.name)


def _busy_sentence(target: Path, note: Path) -> str:
    holder = None
    with suppress(OSError, ValueError):
        holder = holders.from_json(json.loads(note.read_text(encoding="utf-8")))
    if holder is None:
        return _("{file} is being restored or upgraded. Try again in a moment.").format(file=target.name)
    return _("{file} is being restored or upgraded by {holder}. Try again in a moment.").format(
        file=target.name, holder=holder.label
    )


# The note and its lock


def _begin(note: Path, target: Path, intention: _Intention) -> int:
    while True:
        try:
            descriptor = os.open(note, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        except FileExistsError as error:
            raise Conflict(Code.IN_USE_BY, _busy_sentence(target, note)) from error
        if file_locks.hold(descriptor) and file_locks.is_same(descriptor, note):
            break
        os.close(descriptor)  # somebody took the empty note for a leftover in the blink before it was locked
    try:
        os.write(descriptor, json.dumps(asdict(holders.me()) | asdict(intention)).encode())
        os.fsync(descriptor)
        sync_folder(note.parent)
    except BaseException:
        _end(note, descriptor)
        raise
    return descriptor


def _end(note: Path, descriptor: int) -> None:
    if sys.platform == "win32":  # an open file cannot be removed there
        os.close(descriptor)
        remove_quietly(note)
        return
    remove_quietly(note)
    with suppress(OSError):
        sync_folder(note.parent)
    os.close(descriptor)


def _try_lock(note: Path) -> int | None:
    """Opens and locks the note if its process is gone; None while it lives (or the note has just gone)."""
    try:
        descriptor = os.open(note, os.O_RDWR)
    except OSError:
        return None
    if file_locks.hold(descriptor) and file_locks.is_same(descriptor, note):
        return descriptor
    os.close(descriptor)
    return None


def _read(note: Path) -> _Intention | None:
    try:
        data = json.loads(note.read_text(encoding="utf-8"))
        return _Intention(str(data["reason"]), str(data["part"]), str(data["kept"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
