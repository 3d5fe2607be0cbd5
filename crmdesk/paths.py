"""Where things are: the program's own resources and the user's own folders.

The lowest module of all: it imports nothing of crmdesk and nothing outside the standard library, so
that it can be asked before anything else works. It never touches a book.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

RESOURCES_VARIABLE = "CRMDESK_RESOURCES"
HOME_VARIABLE = "CRMDESK_HOME"

_PACKAGE = Path(__file__).resolve().parent


def resources_dir() -> Path:
    """The folder with fonts, icons, i18n, themes, templates and samples.

    Found in this order: `CRMDESK_RESOURCES`; beside a frozen program; inside the installed package;
    at the root of the source tree. Raises FileNotFoundError when the program is incomplete.
    """
    named = os.environ.get(RESOURCES_VARIABLE)
    if named:
        # Somebody said where they are: another set from elsewhere would be a surprise.
        candidates = [Path(named)]
    else:
        frozen = getattr(sys, "_MEIPASS", None)
        candidates = [Path(frozen) / "resources"] if frozen else []
        candidates += [_PACKAGE / "resources", _PACKAGE.parent / "resources"]
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    looked_in = ", ".join(str(candidate) for candidate in candidates)
    raise FileNotFoundError(f"crmdesk is incomplete: no resources in {looked_in}")


def resource(*parts: str) -> Path:
    """The path of one resource, e.g. `resource("fonts", "NotoSansSC-Regular.ttf")`."""
    return resources_dir().joinpath(*parts)


def home_dir() -> Path:
    """The user's folder for settings, logs, drafts and backups; not created here.

    `CRMDESK_HOME` moves it. Else: `%LOCALAPPDATA%` on Windows, `~/Library/Application Support` on
    macOS, `$XDG_DATA_HOME` or `~/.local/share` elsewhere.
    """
    moved = os.environ.get(HOME_VARIABLE)
    if moved:
        return Path(moved).expanduser().absolute()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        base = Path(local) if local else Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        xdg = os.environ.get("XDG_DATA_HOME", "")
        # The XDG rule: a relative path is to be ignored.
        base = Path(xdg) if os.path.isabs(xdg) else Path.home() / ".local" / "share"
    return base / "crmdesk"


def settings_dir() -> Path:
    """Settings, saved mappings and the list of recent books; created when missing."""
    return _private(home_dir() / "settings")


def log_dir() -> Path:
    """The program's log; created when missing."""
    return _private(home_dir() / "log")


def drafts_dir() -> Path:
    """What is being written in forms and not saved yet; created when missing."""
    return _private(home_dir() / "drafts")


def passing_dir() -> Path:
    """Papers that are only to be pasted somewhere and go after a day; created when missing."""
    return _private(home_dir() / "passing")


def _private(folder: Path) -> Path:
    """Makes `folder` readable by its owner only; the same for `home_dir` when it is made here.

    Raises OSError when the place cannot be written; the caller knows what to say about it.
    """
    home = home_dir()
    if not home.is_dir():
        home.parent.mkdir(parents=True, exist_ok=True)
        home.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
