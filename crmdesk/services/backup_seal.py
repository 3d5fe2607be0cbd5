"""The seal of a backup: a manifest and a SHA-256 of every byte, written behind the database's last page.

SQLite reads as many pages as its header counts and no further, so a sealed backup is still an ordinary book
file, and it carries its own proof wherever it is copied: manifest and pages cannot be separated. Only closed
files are read here; a live book never is (an ordinary open/close would drop SQLite's locks).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO

_MAGIC = b"crmdesk backup seal 1\n"
_DIGEST_SIZE, _LENGTH_SIZE = 64, 8
# behind the manifest: digest of the pages, digest of the manifest, length of the manifest, magic
_TAIL_SIZE = 2 * _DIGEST_SIZE + _LENGTH_SIZE + len(_MAGIC)
_BLOCK = 4096
_CHUNK = 1 << 20
MANIFEST_SIZE_MAX = 4_000_000


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds, as counted on the book itself at the moment that was copied."""

    book_id: str
    """The hash of the book's first audit entry (salted, so no two books share it), as hex."""
    name: str
    schema_version: int
    written_at: str
    """UTC moment, as `clock.stamp` writes it."""
    occasion: str
    """manual, close, daily or upgrade."""
    audit_id: int
    audit_hash: str
    counts: dict[str, int]
    """Rows per table."""
    last_numbers: dict[str, str]
    """Last number of each series, e.g. {"invoice 2026": "INV-2026-0041"}."""
    fully_verified_at: str
    """When the audit chain was last verified from its first entry (this backup, or an earlier one it builds on)."""
    change_counter: int = 0
    """The database's own counter at sealing: a file that was worked in since has another one."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What the end of a file says. `fault` is empty, or why the file is not what was sealed."""

    manifest: Manifest | None
    fault: str = ""
    is_worked_in: bool = False
    """The file was opened as a book after it was sealed: the seal no longer speaks about it."""


@dataclass(frozen=True, slots=True)
class _Header:
    page_size: int
    page_count: int
    change_counter: int
    is_counted_twice: bool
    """Whether both places of the counter agree, as after every write of SQLite."""

    @property
    def size(self) -> int:
        return self.page_size * self.page_count


def _header(file: BinaryIO) -> _Header | None:
    """The figures of the database header (bytes 16, 24 and 28 of the file format), or None."""
    file.seek(0)
    head = file.read(100)
    if len(head) < 100 or not head.startswith(b"SQLite format 3\0"):
        return None
    page_size = int.from_bytes(head[16:18], "big")
    return _Header(
        65536 if page_size == 1 else page_size,
        int.from_bytes(head[28:32], "big"),
        int.from_bytes(head[24:28], "big"),
        head[24:28] == head[92:96],
    )


def change_counter(path: Path) -> int:
    """The header's change counter of a closed database file."""
    with path.open("rb") as file:  # closed-file: a finished copy
        header = _header(file)
    return header.change_counter if header else 0


def write(path: Path, manifest: Manifest, is_cancelled: Callable[[], bool] = lambda: False) -> None:
    """Appends the seal to a closed database file and brings everything to the platter. Raises OSError."""
    text = json.dumps(asdict(manifest), ensure_ascii=False, sort_keys=True).encode()
    padding = -(len(text) + _TAIL_SIZE) % _BLOCK
    body = text + b" " * padding
    digest = hashlib.sha256()
    with path.open("r+b") as file:  # closed-file: a finished copy that has no name yet
        while block := file.read(_CHUNK):
            if is_cancelled():
                return
            digest.update(block)
        digests = digest.hexdigest() + hashlib.sha256(body).hexdigest()
        file.write(body + digests.encode() + f"{len(body):0{_LENGTH_SIZE}d}".encode() + _MAGIC)
        file.flush()
        os.fsync(file.fileno())


def glance(path: Path) -> Manifest | None:
    """The manifest without proving the file: for lists. None when there is none or it cannot be read."""
    try:
        with path.open("rb") as file:  # closed-file: a backup
            return _manifest(_body(file))
    except OSError:
        return None


def _is_whole_behind(file: Any, database_size: int, size: int) -> bool:
    """Whether what lies between the database and the tail is the body whose digest the tail states."""
    length = size - _TAIL_SIZE - database_size
    if length <= 0:
        return False
    file.seek(database_size)
    body = file.read(length)
    file.seek(-_TAIL_SIZE + _DIGEST_SIZE, os.SEEK_END)
    return hashlib.sha256(body).hexdigest().encode() == file.read(_DIGEST_SIZE)


def prove(path: Path) -> Seal:
    """Reads every byte and compares. A file without a seal has neither manifest nor fault. Raises OSError."""
    with path.open("rb") as file:  # closed-file: a backup
        header = _header(file)
        size = os.fstat(file.fileno()).st_size
        body = _body(file)
        if body is None:
            if header is not None and size != header.size:
                return Seal(None, "size")
            return Seal(None)
        if header is not None and header.size > size - _TAIL_SIZE - len(body):
            if _is_whole_behind(file, header.size, size):
                return Seal(None, "digest")  # the body is as it was sealed: its stated length is not
            return Seal(None, is_worked_in=True)  # the book has grown over a part of its former seal
        file.seek(-_TAIL_SIZE, os.SEEK_END)
        stated, stated_body = file.read(_DIGEST_SIZE), file.read(_DIGEST_SIZE)
        manifest = _manifest(body)
        if manifest is None or hashlib.sha256(body).hexdigest().encode() != stated_body:
            return Seal(None, "digest")
        is_worked_in = (
            header is not None
            and header.is_counted_twice
            and header.change_counter != manifest.change_counter
        )
        if is_worked_in:
            return Seal(manifest, is_worked_in=True)
        digest = hashlib.sha256()
        file.seek(0)
        rest = size - _TAIL_SIZE - len(body)
        while rest > 0 and (block := file.read(min(_CHUNK, rest))):
            digest.update(block)
            rest -= len(block)
    return Seal(manifest, "" if digest.hexdigest().encode() == stated else "digest")


def _body(file: BinaryIO) -> bytes | None:
    file.seek(0, os.SEEK_END)
    size = file.tell()
    if size < _TAIL_SIZE:
        return None
    file.seek(size - _TAIL_SIZE)
    tail = file.read(_TAIL_SIZE)
    if not tail.endswith(_MAGIC):
        return None
    length = tail[2 * _DIGEST_SIZE :][:_LENGTH_SIZE]
    if not length.isdigit() or not 0 < int(length) <= min(MANIFEST_SIZE_MAX, size - _TAIL_SIZE):
        return b""
    file.seek(size - _TAIL_SIZE - int(length))
    return file.read(int(length))


_NAMES = frozenset(entry.name for entry in fields(Manifest))


def _manifest(body: bytes | None) -> Manifest | None:
    if not body:
        return None
    try:
        data: dict[str, Any] = json.loads(body)
        return Manifest(**{name: value for name, value in data.items() if name in _NAMES})
    except (ValueError, TypeError, AttributeError):
        return None
