"""Files that leave the program: written whole or not at all."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from crmdesk import paths
from crmdesk.models.errors import Code, Conflict
from crmdesk.services.new_files import os_fault, remove_quietly, sync_folder
from crmdesk.text import _

_PASSING_S = 86_400


@contextmanager
def whole_file(path: Path, *, replaces: bool = True) -> Iterator[Path]:
    """A temporary path beside the target; on success it is fsynced and takes the target's name, else it is gone.

    The user names the target in a save dialog or on the command line, so an existing export is replaced unless
    `replaces=False`. A full disk leaves nothing under the final name.
    """
    if not replaces and os.path.lexists(path):
        raise Conflict(
            Code.TARGET_EXISTS,
            _("{file} exists already and is not replaced. Choose another name.").format(file=path),
        )
    path = path.resolve()  # a link is written through, not replaced
    if os.path.lexists(path) and not path.is_file():
        raise Conflict(
            Code.NOT_A_FILE,
            _("{file} is not a file that can be written. Choose a name for a new one.").format(file=path),
        )
    draft = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.tmp")
    try:
        yield draft
        descriptor = os.open(draft, os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(draft, path)
        sync_folder(path.parent)
    except OSError as error:
        fault = os_fault(error, path)  # the book itself is well: a refusal, not a fault of the book
        raise Conflict(fault.code, fault.message, field="out") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes, *, replaces: bool = True) -> Path:
    """Writes bytes to a file, whole or not at all."""
    with whole_file(path, replaces=replaces) as draft:
        draft.write_bytes(content)
    return path


def passing_file(name: str, content: bytes) -> Path:
    """Writes a file that is only to be pasted somewhere, into a folder that is the user's own.

    Those of earlier days are removed: they hold what customers owe. (The system's temporary folder would not do:
    who knows the name could make it first, and read what is put there.)
    """
    try:
        folder = paths.passing_dir()
        for old in folder.iterdir():
            with suppress(FileNotFoundError):  # another window is clearing up too
                if time.time() - old.stat().st_mtime > _PASSING_S:
                    remove_quietly(old)
    except OSError as error:
        fault = os_fault(error, paths.home_dir())
        raise Conflict(fault.code, fault.message, field="out") from error
    return write_bytes(folder / name, content)
