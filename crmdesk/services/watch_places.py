"""Which folders can be watched (C1): every file in one is imported and moved away, so it has to be made for that."""

from __future__ import annotations

import os
from pathlib import Path

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.text import _

_SYSTEM = ("/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/sbin", "/sys", "/usr")
_SYSTEM_MAC = ("/System", "/Library", "/Applications", "/private/etc")
_SYSTEM_WINDOWS = ("SystemRoot", "ProgramFiles", "ProgramFiles(x86)", "ProgramData")
"""Variables that name folders of the system."""
_SHARED = (
    "/home",
    "/media",
    "/mnt",
    "/opt",
    "/root",
    "/run",
    "/tmp",
    "/var",
    "/Users",
    "/Volumes",
    "/private",
)
"""Refused themselves, not what lies in them: servers and drives are mounted there."""


def folder_of(folder: str, book: Path | None) -> str:
    """The whole path of a folder that can be watched. Raises InvalidInput for one that is not there, and for one in
    which other things lie than what is sent to the book."""
    path = Path(os.path.normpath(folder))
    if not path.is_absolute():
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("“{folder}” is no whole path. Write it from the root or the drive on.").format(
                folder=folder[:200]
            ),
            field="folder",
        )
    if not path.is_dir():
        raise InvalidInput(
            Code.FOLDER_MISSING,
            _("The folder {folder} does not exist. Make it first, or choose another one.").format(
                folder=path
            ),
            field="folder",
        )
    reason = _reason(path.resolve(), book)
    if reason:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            f"{reason} {_('Make a folder for the files that are to be imported, and watch that one.')}",
            field="folder",
        )
    return str(path)


def _reason(path: Path, book: Path | None) -> str:
    """Why a folder cannot be watched; empty where it can. A share of a server is a folder, not a drive."""
    if path == Path(path.anchor) and not path.drive.startswith("\\\\"):
        return _("{folder} is the root of a drive.").format(folder=path)
    if path == _home():
        return _("{folder} is your home folder.").format(folder=path)
    if book is not None and path == book.resolve().parent:
        return _("The book itself lies in {folder}.").format(folder=path)
    if _is_systems(path):
        return _("{folder} is a folder of the system.").format(folder=path)
    return ""


def _home() -> Path | None:
    try:
        return Path.home().resolve()
    except RuntimeError:
        return None  # a service without a home


def _is_systems(path: Path) -> bool:
    if os.name == "nt":
        named = [Path(value) for name in _SYSTEM_WINDOWS if (value := os.environ.get(name))]
        homes = Path(path.anchor, "Users")
        return path == homes or any(path.is_relative_to(one) for one in named)
    systems = (Path(one) for one in (*_SYSTEM, *_SYSTEM_MAC))
    return str(path) in _SHARED or any(path.is_relative_to(one) for one in systems)
