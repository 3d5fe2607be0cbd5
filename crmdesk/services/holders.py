"""Who has a book open: one small note per open book and process, in the user's own folder.

The notes only name people in messages. Whether a book is in use is decided by SQLite's own locks, so a note that
a killed process left behind never blocks anybody; it is removed when it is next looked at.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import secrets
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crmdesk import paths
from crmdesk.models import clock

_here: dict[Path, int] = {}
_guard = threading.Lock()


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that works with a book."""

    user: str
    host: str
    pid: int
    since: str
    """UTC, ISO to the second."""

    @property
    def label(self) -> str:
        """wang@PC-3 (process 4711) since 09:12, with the time as it is on the wall here."""
        return f"{self.user}@{self.host} ({self.pid}), {clock.local_words(self.since)}"


def me() -> Holder:
    """This process."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # no entry in the password database
        user = str(os.getuid()) if hasattr(os, "getuid") else "?"
    return Holder(user, socket.gethostname(), os.getpid(), datetime.now(UTC).isoformat(timespec="seconds"))


def from_json(data: Any) -> Holder | None:
    """A holder from a note, or None if the note says something else."""
    try:
        return Holder(str(data["user"]), str(data["host"]), int(data["pid"]), str(data["since"]))
    except (KeyError, TypeError, ValueError):
        return None


def is_alive(holder: Holder) -> bool:
    """Whether the process still runs; one on another computer counts as running."""
    if holder.host != socket.gethostname():
        return True
    if sys.platform == "win32":
        return _is_alive_on_windows(holder.pid)
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it runs, as somebody else
    return True


def _is_alive_on_windows(pid: int) -> bool:
    import ctypes

    kernel: Any = getattr(ctypes, "windll").kernel32  # noqa: B009 (exists on Windows only)
    still_active, query = 259, 0x1000
    handle = kernel.OpenProcess(query, False, pid)
    if not handle:
        return False
    code = ctypes.c_ulong()
    is_known = kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return bool(is_known) and code.value == still_active


def _folder() -> Path:
    return paths.home_dir() / "open"


def key_of(path: Path) -> str:
    """A name for a book in the user's own folders, the same whichever way its path is written."""
    return hashlib.sha256(
        os.path.normcase(os.path.realpath(path)).encode("utf-8", "surrogatepass")
    ).hexdigest()[:24]


def enter(path: Path) -> None:
    """Notes that this process has the book open. A folder that cannot be written is no reason to stop."""
    real = Path(os.path.realpath(path))
    with _guard:
        _here[real] = _here.get(real, 0) + 1
        if _here[real] > 1:
            return
    with suppress(OSError):
        _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = _folder() / f".{secrets.token_hex(6)}"
        draft.write_text(json.dumps(asdict(me()) | {"book": str(path)}), encoding="utf-8")
        draft.replace(_folder() / f"{key_of(path)}.{os.getpid()}.json")


def leave(path: Path) -> None:
    """This process has closed the book."""
    real = Path(os.path.realpath(path))
    with _guard:
        _here[real] = _here.get(real, 0) - 1
        if _here[real] > 0:
            return
        _here.pop(real, None)
    with suppress(OSError):
        (_folder() / f"{key_of(path)}.{os.getpid()}.json").unlink(missing_ok=True)


def is_open_here(path: Path) -> bool:
    """Whether this very process has the file open as a book."""
    with _guard:
        return Path(os.path.realpath(path)) in _here


def others(path: Path) -> list[Holder]:
    """Other living processes of this user that have the book open; notes of dead ones are removed."""
    found: list[Holder] = []
    try:
        notes = sorted(_folder().glob(f"{key_of(path)}.*.json"))
    except OSError:
        return found
    for note in notes:
        try:
            holder = from_json(json.loads(note.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue
        if holder is None or holder.pid == os.getpid():
            continue
        if is_alive(holder):
            found.append(holder)
        else:
            with suppress(OSError):
                note.unlink(missing_ok=True)
    return found
