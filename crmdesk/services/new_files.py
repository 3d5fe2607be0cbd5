"""Making files whole: private, synced, under their final name only when complete, never over another file.

Nothing here opens a live book; the callers hand in files that are new or closed.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path

from crmdesk.models.errors import BookFault, Code, Conflict
from crmdesk.text import _

_FULL = (errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.ENOSPC,)


def refuse_existing(target: Path) -> None:
    """Refuses a target that exists, also as a dangling link or in another letter case."""
    if os.path.lexists(target):
        raise Conflict(
            Code.TARGET_EXISTS,
            _("{file} exists already and is not replaced. Choose another name.").format(file=target),
            field="book",
        )


def is_disk_full(error: OSError) -> bool:
    """Whether the system refused for want of space."""
    return error.errno in _FULL


def os_fault(error: OSError, path: Path) -> BookFault:
    """The finished answer for an operating-system error about a file."""
    if is_disk_full(error):
        return BookFault(
            Code.DISK_FULL,
            _("The disk is full; {file} was not written. Nothing is half done.").format(file=path),
        )
    if isinstance(error, FileNotFoundError) and not path.parent.exists():
        return BookFault(
            Code.FOLDER_MISSING,
            _("The folder {folder} does not exist. Make it first, or choose another one.").format(
                folder=path.parent
            ),
        )
    return BookFault(
        Code.NO_ACCESS,
        _("{file} cannot be written: {reason}.").format(file=path, reason=error.strerror or error),
    )


def make_file(path: Path) -> None:
    """An empty file that only its owner may read, made exclusively."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def publish(draft: Path, target: Path) -> None:
    """Gives a finished file its name without ever replacing another one. Raises Conflict `target_exists`, OSError.

    The draft may still be there afterwards as a second name of the same file; the caller removes it.
    """
    try:
        if sys.platform == "win32":
            os.rename(draft, target)  # refuses an existing target there
        else:
            os.link(draft, target)
    except FileExistsError:
        refuse_existing(target)
        raise
    except OSError as error:
        if is_disk_full(error) or not draft.exists():
            raise
        refuse_existing(target)
        os.rename(draft, target)  # a file system without hard links, such as that of a USB stick
    sync_folder(target.parent)


def sync_file(path: Path) -> None:
    """Brings a closed file to the platter."""
    descriptor = os.open(path, os.O_RDWR)  # closed-file: nobody but us knows its name yet
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Makes a rename in the folder durable (nothing to do on Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_quietly(path: Path) -> None:
    """Removes a file if it is there and may be removed."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
