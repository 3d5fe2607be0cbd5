"""The books that were open last, newest first: a small list in the user's own folder."""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from crmdesk import paths
from crmdesk.models import clock
from crmdesk.services.new_files import remove_quietly

COUNT_MAX = 20


@dataclass(frozen=True, slots=True)
class Recent:
    """A book that was open."""

    path: str
    name: str
    """The company's name as it was."""
    opened_at: str
    """UTC moment, as `clock.stamp` writes it."""

    @property
    def is_there(self) -> bool:
        """Whether the file still exists."""
        return os.path.lexists(self.path)


def _file() -> Path:
    return paths.settings_dir() / "recent.json"


def books() -> list[Recent]:
    """The list; a broken or unreadable file counts as an empty one."""
    try:
        data = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    found = []
    for entry in data if isinstance(data, list) else []:
        if isinstance(entry, dict) and all(
            isinstance(entry.get(name), str) for name in ("path", "name", "opened_at")
        ):
            found.append(Recent(entry["path"], entry["name"], entry["opened_at"]))
    return found[:COUNT_MAX]


def add(path: Path, name: str) -> None:
    """Puts a book on top. A folder that cannot be written is no reason to stop."""
    entry = Recent(str(path), name, clock.stamp(clock.now_utc()))
    _save([entry, *(known for known in books() if not _is_same(known.path, entry.path))])


def forget(path: Path | str) -> None:
    """Takes a book off the list; its file stays."""
    _save([known for known in books() if not _is_same(known.path, str(path))])


def last() -> Path | None:
    """The book that was open last, if its file is still there."""
    for entry in books():
        return Path(entry.path) if entry.is_there else None
    return None


def _is_same(one: str, other: str) -> bool:
    return os.path.normcase(os.path.realpath(one)) == os.path.normcase(os.path.realpath(other))


def _save(entries: list[Recent]) -> None:
    with suppress(OSError):
        target = _file()
        draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        try:
            text = json.dumps([asdict(entry) for entry in entries[:COUNT_MAX]], ensure_ascii=False, indent=1)
            draft.write_text(text, encoding="utf-8")
            draft.replace(target)
        finally:
            remove_quietly(draft)
