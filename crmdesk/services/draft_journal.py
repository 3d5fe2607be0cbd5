"""What is being written in the forms of a book and not saved yet, kept on disk so that a crash loses none of it.

One small file per book and process, in the user's own folder and readable by nobody else. The process holds a lock
beside its file for as long as it lives; the system drops the lock even at a kill -9, so a file whose lock can be had
was left behind by a crash. (A process number would not do: after a restart another program may have it.) A clean
end leaves no file, unless something left behind has not been decided yet.

The same files say which records other windows of this user have open. No Qt, and nothing of the book itself.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crmdesk import paths
from crmdesk.services import file_locks, holders
from crmdesk.services.holders import Holder

SIZE_MAX = 32 * 1024 * 1024
"""A file that is larger was not written by us (bytes)."""
_FORMAT = 1
_DAMAGED = ".damaged"
_ATTEMPTS, _PAUSE_S = 3, 0.03


@dataclass(frozen=True, slots=True)
class Entry:
    """One form. `values` are what stands in it, as JSON holds them; None while it only shows a record."""

    id: str
    form: str
    """customer, contact, address, billing_profile, product, invoice, credit or payment"""
    record: str = ""
    """The code or draft number of what is changed; empty for something new."""
    title: str = ""
    """What the user would know it by."""
    values: dict[str, Any] | None = None
    about: dict[str, Any] = field(default_factory=dict)
    """What else the form needs to go on: the version it was read at, what stood there first."""
    typed_at: str = ""
    """UTC, ISO to the second."""


@dataclass(frozen=True, slots=True)
class Found:
    """What earlier processes left behind, oldest first, and the names of files that could not be read."""

    entries: tuple[Entry, ...] = ()
    damaged: tuple[str, ...] = ()


def erase(book: Path, is_personal: Callable[[Entry], bool]) -> int:
    """Takes forms out of what dead processes left behind for a book, and says how many. Living windows rewrite their
    own file as soon as anything is typed or the form is closed."""
    count = 0
    for file in sorted(paths.drafts_dir().glob(f"{holders.key_of(book)}.*.json")):
        lock = _lock(file.with_suffix(".lock"), os.O_CREAT)
        if lock is None:
            continue
        try:
            content = _load(file)
            entries = _entries(content) if content is not None else []
            kept = [entry for entry in entries if not is_personal(entry)]
            if len(kept) < len(entries):
                count += len(entries) - len(kept)
                _replace(file, _as_text(book, kept))
        finally:
            os.close(lock)
    return count


def new_id() -> str:
    """A name for an entry that no other process gives."""
    return secrets.token_hex(8)


def now() -> str:
    """The moment as entries hold it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Journal:
    """This process's file for one book. Methods may be called from any thread; all of them touch the disk.

    Every one raises OSError where the user's folder cannot be written, or only read.
    """

    def __init__(self, book: Path) -> None:
        self._book = book
        self._key = holders.key_of(book)
        self._guard = threading.Lock()
        self._lock: int | None = None
        self._stem = ""
        self._is_closed = False
        self._taken: list[tuple[Path, int]] = []

    def write(self, entries: Iterable[Entry]) -> None:
        """Puts these in place of everything that was kept; nothing to keep leaves no file."""
        with self._guard:
            # A write that was on its way when the book was closed would bring back what was saved since.
            if not self._is_closed:
                self._put(list(entries))

    def _put(self, kept: list[Entry]) -> None:
        if kept:
            self._claim()
            _replace(self._file(".json"), _as_text(self._book, kept))
        elif self._lock is not None:
            _unlink(self._file(".json"))

    def take_over(self) -> Found:
        """Takes over what dead processes left behind, so that only one window offers it.

        The files stay until `write` has put their entries into ours: call `forget` after that. An entry that stands
        in several (a window died before it could forget) is taken as it was typed last.
        """
        entries: dict[str, Entry] = {}
        damaged: list[str] = []
        taken: list[tuple[Path, int]] = []
        try:
            for file in self._others():
                self._take(file, taken, entries, damaged)
            with self._guard:
                if not self._is_closed:
                    self._taken += taken
                    taken = []
                    return Found(
                        tuple(sorted(entries.values(), key=lambda entry: entry.typed_at)), tuple(damaged)
                    )
        finally:
            for _file, lock in taken:
                os.close(lock)  # not ours to forget: closed meanwhile, or failed half way
        return Found()

    def _take(
        self, file: Path, taken: list[tuple[Path, int]], entries: dict[str, Entry], damaged: list[str]
    ) -> None:
        """One file of a dead process; where it died before its first write only its lock is cleared away."""
        beside = file.with_suffix(".lock")
        lock = _lock_soon(beside) if file.exists() else _lock(beside, 0)
        if lock is None:
            return
        if not file.exists():
            _remove(file, lock)
            return
        try:
            found = self._read(file, damaged)
        except OSError:
            os.close(lock)
            return
        taken.append((file, lock))
        for entry in found:
            other = entries.get(entry.id)
            if entry.values is not None and (other is None or entry.typed_at > other.typed_at):
                entries[entry.id] = entry

    def forget(self) -> None:
        """Removes the files that were taken over: their entries are in ours now."""
        with self._guard:
            taken = list(self._taken)
            self._taken.clear()
        for file, lock in taken:
            _remove(file, lock)

    def elsewhere(self, form: str, record: str) -> list[Holder]:
        """Other living windows of this user that have this record open in a form."""
        found: list[Holder] = []
        for file in self._others():
            content = _load(file) if _is_held(file.with_suffix(".lock")) else None
            if content is None:
                continue
            holder = holders.from_json(content.get("holder"))
            if holder is not None and any(
                entry.form == form and entry.record == record for entry in _entries(content)
            ):
                found.append(holder)
        return found

    def close(self, entries: Iterable[Entry] = ()) -> None:
        """Keeps these for the next time and lets go of the lock; nothing is written after that."""
        with self._guard:
            if self._is_closed:
                return
            with suppress(OSError):
                self._put(list(entries))
            self._is_closed = True
            for _file, lock in self._taken:
                os.close(lock)
            self._taken.clear()
            if self._lock is None:
                return
            lock, self._lock = self._lock, None
            if self._file(".json").exists():
                os.close(lock)
            else:
                _remove(self._file(".json"), lock)

    # Inside

    def _file(self, suffix: str) -> Path:
        return paths.drafts_dir() / f"{self._stem}{suffix}"

    def _claim(self) -> None:
        if self._lock is not None:
            return
        for _attempt in range(_ATTEMPTS):
            self._stem = f"{self._key}.{new_id()}"
            self._lock = _lock(self._file(".lock"), os.O_CREAT | os.O_EXCL)
            if self._lock is not None:
                return
            # somebody took it for a leftover in the blink before it was locked
            with suppress(OSError):
                self._file(".lock").unlink(missing_ok=True)
        raise OSError(f"cannot lock {self._file('.lock')}")

    def _others(self) -> list[Path]:
        """The files of other processes, those that are not written yet among them: then there is a lock only."""
        found = {
            file.with_suffix(".json")
            for suffix in ("json", "lock")
            for file in paths.drafts_dir().glob(f"{self._key}.*.{suffix}")
        }
        return sorted(file for file in found if file.stem != self._stem)

    def _read(self, file: Path, damaged: list[str]) -> list[Entry]:
        """The entries of a file; one that says something else is set aside, never thrown away."""
        if not file.exists():
            return []  # another window has just taken it over
        content = _load(file)
        if content is not None:
            return _entries(content)
        aside = file.with_name(file.name + _DAMAGED)
        os.replace(file, aside)
        damaged.append(str(aside))
        return []


def _as_text(book: Path, entries: list[Entry]) -> bytes:
    content = {
        "format": _FORMAT,
        "book": str(book),
        "holder": asdict(holders.me()),
        "entries": [asdict(entry) for entry in entries],
    }
    return json.dumps(content, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass")


def _load(file: Path) -> dict[str, Any] | None:
    """The content of a file, or None when it is damaged. Raises OSError when it cannot be read at all."""
    try:
        with file.open("rb") as stream:
            raw = stream.read(SIZE_MAX + 1)
    except FileNotFoundError:
        return None
    if len(raw) > SIZE_MAX:
        return None
    try:
        content = json.loads(raw.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        return None
    is_ours = isinstance(content, dict) and content.get("format") == _FORMAT
    return content if is_ours and isinstance(content.get("entries"), list) else None


def _entries(content: Mapping[str, Any]) -> list[Entry]:
    found: list[Entry] = []
    for part in content["entries"]:
        if not isinstance(part, dict) or not part.get("id") or not part.get("form"):
            continue
        values, about = part.get("values"), part.get("about")
        found.append(
            Entry(
                *(str(part.get(name) or "") for name in ("id", "form", "record", "title")),
                values=values if isinstance(values, dict) else None,
                about=about if isinstance(about, dict) else {},
                typed_at=str(part.get("typed_at") or ""),
            )
        )
    return found


def _replace(file: Path, content: bytes) -> None:
    """Writes a file in one step: after a crash or a power cut the old or the new one is there."""
    draft = file.with_suffix(".new")
    with suppress(FileNotFoundError):
        draft.unlink()
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    _patiently(lambda: os.replace(draft, file))


def _unlink(file: Path) -> None:
    _patiently(lambda: file.unlink(missing_ok=True))


def _patiently(step: Callable[[], object]) -> None:
    """On Windows a file cannot be replaced or removed in the moment another window reads it."""
    for _attempt in range(_ATTEMPTS - 1):
        try:
            step()
        except PermissionError:
            time.sleep(_PAUSE_S)
        else:
            return
    step()


def _remove(file: Path, lock: int) -> None:
    _unlink(file)
    file.with_suffix(".new").unlink(missing_ok=True)
    if sys.platform == "win32":
        os.close(lock)  # an open file cannot be deleted there
    with suppress(OSError):
        file.with_suffix(".lock").unlink(missing_ok=True)
    if sys.platform != "win32":
        os.close(lock)


def _lock_soon(file: Path) -> int | None:
    """The lock beside a file; another window may be asking at this very moment whether the file's process is alive."""
    for _attempt in range(_ATTEMPTS - 1):
        lock = _lock(file, os.O_CREAT)
        if lock is not None:
            return lock
        time.sleep(_PAUSE_S)
    return _lock(file, os.O_CREAT)


def _lock(file: Path, flags: int) -> int | None:
    """A handle that holds the file's lock, or None while a living process has it, or where there is none."""
    try:
        handle = os.open(file, os.O_RDWR | flags, 0o600)
    except (FileNotFoundError, PermissionError):
        return None  # the latter on Windows: just being deleted by its owner
    if file_locks.hold(handle) and file_locks.is_same(handle, file):
        return handle
    os.close(handle)
    return None


def _is_held(file: Path) -> bool:
    """Whether a living process has the lock; asking leaves nothing behind where its owner has just removed it."""
    lock = _lock(file, 0)
    if lock is None:
        return file.exists()
    os.close(lock)
    return False
