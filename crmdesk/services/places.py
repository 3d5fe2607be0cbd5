"""Where a book lies: on this computer, on a network drive, or in a folder that a sync program copies about.

SQLite's locks and its shared memory do not hold over a network, and a sync program copies a book while it is
being written. Such places are refused for writing until the owner allows them (promise RP6).
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

from crmdesk import paths
from crmdesk.text import _

_log = logging.getLogger(__name__)
ALLOW_VARIABLE = "CRMDESK_UNSAFE_FOLDER"
"""`allow` lets books be written anywhere: for scripts and servers whose owner knows what is mounted where."""


class Kind(StrEnum):
    """What kind of place it is."""

    LOCAL = "local"
    NETWORK = "network"
    SYNC = "sync"


@dataclass(frozen=True, slots=True)
class Place:
    """A kind of place and whose it is: `OneDrive`, `nfs4`, `\\\\server`."""

    kind: Kind
    name: str = ""

    @property
    def is_safe(self) -> bool:
        """Whether a book may be written there without asking."""
        return self.kind is Kind.LOCAL


@dataclass(frozen=True, slots=True)
class Mount:
    """One mounted file system."""

    point: str
    fs_type: str


LOCAL = Place(Kind.LOCAL)

_NETWORK_TYPES = frozenset(
    {
        "nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "afs", "afpfs", "webdav", "davfs", "ceph",
        "glusterfs", "lustre", "beegfs", "gpfs", "ocfs2", "vboxsf", "vmhgfs", "prl_fs", "fuse.sshfs", "fuse.davfs",
        "fuse.davfs2", "fuse.gvfsd-fuse", "fuse.rclone", "fuse.s3fs", "fuse.smbnetfs", "fuse.glusterfs", "fuse.ceph",
        "fuse.vmhgfs-fuse", "fuse.curlftpfs", "fuse.juicefs", "macfuse.sshfs", "osxfuse",
    }
)  # fmt: skip
_SYNC_TYPES = {
    "fuse.google-drive-ocamlfuse": "Google Drive",
    "fuse.onedriver": "OneDrive",
    "fuse.seadrive": "SeaDrive",
    "fuse.pcloud": "pCloud",
}

_SYNC_FOLDERS: tuple[tuple[str, str], ...] = (
    (r"onedrive( ?-.+)?", "OneDrive"),
    (r"dropbox( ?[-(].+)?", "Dropbox"),
    (r"google ?drive(-.+)?|googledrive(-.+)?|my drive|我的云端硬盘", "Google Drive"),
    (r"iclouddrive|icloud drive|com~apple~clouddocs|mobile documents", "iCloud"),
    (r"nutstore( files)?|我的坚果云|坚果云", "坚果云"),
    (r"baidusyncdisk|baidunetdisk(workspace|download)?|百度网盘|百度网盘同步空间|百度云同步盘", "百度网盘"),
    (r"weiyundisk|微云同步助手|微云", "微云"),
    (r"alidrive|阿里云盘", "阿里云盘"),
    (r"wps ?(cloud|云盘)|wps网盘|wpsdrive", "WPS"),
    (r"synologydrive|synology drive", "Synology Drive"),
    (r"nextcloud\d*|owncloud", "Nextcloud"),
    (r"seafile|seadrive", "Seafile"),
    (r"pcloud ?drive|pclouddrive", "pCloud"),
    (r"megasync|megasync downloads", "MEGA"),
    (r"box sync|box-box|boxdrive", "Box"),
    (r"yandex\.disk|yandexdisk", "Yandex"),
    (r"tresorit( drive)?", "Tresorit"),
    (r"creative cloud files.*", "Creative Cloud"),
)
_SYNC = tuple((re.compile(pattern, re.IGNORECASE), name) for pattern, name in _SYNC_FOLDERS)
# Words that mean a sync folder only directly in somebody's home folder.
_SYNC_AT_HOME = {"box": "Box", "mega": "MEGA", "sync": "Sync", "syncthing": "Syncthing"}
_HOMES = re.compile(r"^(/home/[^/]+|/Users/[^/]+|/root|[A-Za-z]:/Users/[^/]+)/", re.IGNORECASE)
_MARKERS = {
    ".dropbox": "Dropbox", ".dropbox.cache": "Dropbox", ".stfolder": "Syncthing", ".sync/ID": "Resilio Sync",
    ".nextcloudsync.log": "Nextcloud", ".owncloudsync.log": "ownCloud", ".SynologyWorkingDirectory": "Synology Drive",
}  # fmt: skip


def _has_nothing(_path: str) -> bool:
    return False


def _drive_type(_drive: str) -> int:
    return 3


REMOTE_DRIVE = 4
"""What Windows calls a mapped network drive."""


def classify(
    path: PurePath,
    *,
    mounts: Iterable[Mount] = (),
    drive_type: Callable[[str], int] = _drive_type,
    exists: Callable[[str], bool] = _has_nothing,
) -> Place:
    """The place of an absolute path, from its name and from what is mounted. Asks no system itself.

    `drive_type` answers for a Windows drive ("Z:\\"), `exists` whether a marker of a sync program is there.
    """
    if isinstance(path, PureWindowsPath):
        network = _windows_network(path, drive_type)
        if network is not None:
            return network
    else:
        mount = _mount_of(path.as_posix(), mounts)
        if mount is not None and mount.fs_type.lower() in _SYNC_TYPES:
            return Place(Kind.SYNC, _SYNC_TYPES[mount.fs_type.lower()])
        if mount is not None and mount.fs_type.lower() in _NETWORK_TYPES:
            return Place(Kind.NETWORK, mount.fs_type)
    for part in path.parent.parts[1:]:
        for pattern, name in _SYNC:
            if pattern.fullmatch(part):
                return Place(Kind.SYNC, name)
    below_home = _HOMES.sub("", path.as_posix())
    if below_home != path.as_posix() and "/" in below_home:
        first = below_home.split("/", 1)[0].lower()
        if first in _SYNC_AT_HOME:
            return Place(Kind.SYNC, _SYNC_AT_HOME[first])
    for folder in path.parents:
        for marker, name in _MARKERS.items():
            if exists(str(folder / marker)):
                return Place(Kind.SYNC, name)
    return LOCAL


def _windows_network(path: PureWindowsPath, drive_type: Callable[[str], int]) -> Place | None:
    drive = path.drive
    if drive.startswith(("\\\\?\\UNC\\", "\\\\.\\UNC\\")):
        return Place(Kind.NETWORK, "\\\\" + drive[8:])
    if drive.startswith(("\\\\?\\", "\\\\.\\")):
        drive = drive[4:]
    elif drive.startswith("\\\\"):
        return Place(Kind.NETWORK, drive)
    if drive and drive_type(drive + "\\") == REMOTE_DRIVE:
        return Place(Kind.NETWORK, drive)
    return None


def _mount_of(path: str, mounts: Iterable[Mount]) -> Mount | None:
    """The mount that holds the path: the longest point, of equal ones the last (it lies on top)."""
    best: Mount | None = None
    for mount in mounts:
        point = mount.point.rstrip("/")
        is_above = path == mount.point or path.startswith(point + "/")
        if is_above and (best is None or len(point) >= len(best.point.rstrip("/"))):
            best = mount
    return best


def parse_mounts(text: str) -> list[Mount]:
    """The lines of Linux's /proc/mounts (blanks are written \\040) or of the `mount` command of macOS."""
    mounts = []
    for line in text.splitlines():
        told = re.match(r"^(.+) on (/.*) \(([^,)]+)", line)
        if told:
            mounts.append(Mount(told[2], told[3]))
            continue
        words = line.split()
        if len(words) >= 3:
            point = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), words[1])
            mounts.append(Mount(point.encode("latin-1", "ignore").decode("utf-8", "replace"), words[2]))
    return mounts


def here(path: Path) -> Place:
    """The place of a path on this computer; `local` when the system does not tell."""
    real = Path(os.path.realpath(path))
    if sys.platform == "win32":
        import ctypes

        kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 (exists on Windows only)
        return classify(PureWindowsPath(real), drive_type=kernel.GetDriveTypeW, exists=os.path.exists)
    text = ""
    with suppress(OSError, subprocess.SubprocessError):
        if sys.platform == "darwin":
            text = subprocess.run(
                ["/sbin/mount"], capture_output=True, text=True, timeout=5, check=True
            ).stdout
        else:
            text = Path("/proc/mounts").read_bytes().decode("latin-1")
    return classify(PurePosixPath(real), mounts=parse_mounts(text), exists=os.path.exists)


# What the owner allows


def _allowed_file() -> Path:
    return paths.settings_dir() / "allowed_folders.json"


def allowed_folders() -> list[str]:
    """Folders that the owner allowed for writing although they are not safe; a broken list counts as empty."""
    try:
        data = json.loads(_allowed_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [entry for entry in data if isinstance(entry, str)] if isinstance(data, list) else []


def allow(folder: Path) -> None:
    """Remembers that books in this folder may be written. Raises OSError."""
    names = allowed_folders()
    real = os.path.realpath(folder)
    if real not in names:
        target = _allowed_file()
        draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        draft.write_text(json.dumps([*names, real], ensure_ascii=False, indent=1), encoding="utf-8")
        draft.replace(target)
    _log.info("the folder %s was allowed for writing", real)


def is_allowed(path: Path) -> bool:
    """Whether the owner allowed the folder of this book (or the variable allows all)."""
    if os.environ.get(ALLOW_VARIABLE, "").lower() == "allow":
        return True
    return os.path.realpath(path.parent) in allowed_folders()


def sentence(path: Path, place: Place, *, is_new: bool = False) -> str:
    """Why a place is not safe for a book that is there (or is to be made there), and the way out."""
    if place.kind is Kind.SYNC:
        why = _("{file} lies in a folder that {name} copies about, which can damage a book that is in use.")
    else:
        why = _("{file} lies on a network drive ({name}), where a book's locks do not hold.")
    if is_new:
        way_out = _("No book is made there. Choose a folder on this computer, or allow this one.")
    else:
        way_out = _("It opens for reading only. Move it to a folder on this computer, or allow this one.")
    return f"{why.format(file=path.name, name=place.name)} {way_out}"


# Twins and the place for new books

_TWIN = re.compile(
    r"""[ _-]*(
        \(.*(conflict|冲突).*\) | \.?sync-conflict-.* | _?冲突(文件|副本)?.* | \(\d{1,2}\)
        | -(DESKTOP|LAPTOP|PC|MacBook|WIN)[-\w]*
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def twins(path: Path) -> list[Path]:
    """Copies beside the book that a sync program made because two computers wrote ("conflicted copy")."""
    found = []
    with suppress(OSError):
        for other in path.parent.iterdir():
            rest = other.stem[len(path.stem) :]
            is_kin = (
                other.suffix == path.suffix and other.name != path.name and other.stem.startswith(path.stem)
            )
            if is_kin and rest and _TWIN.fullmatch(rest) and other.is_file():
                found.append(other)
    return sorted(found)


def _documents() -> list[Path]:
    home = Path.home()
    found = [home / "Documents", home / "文档"]
    with suppress(OSError):
        text = (home / ".config" / "user-dirs.dirs").read_text(encoding="utf-8")
        told = re.search(r'^XDG_DOCUMENTS_DIR="(.+)"', text, re.MULTILINE)
        if told:
            found.insert(0, Path(told[1].replace("$HOME", str(home))))
    return found


def default_folder() -> Path:
    """Where a new book is proposed: Documents/crmdesk, or ~/crmdesk when Documents is synced or on a network."""
    for folder in _documents():
        if folder.is_dir() and os.access(folder, os.W_OK) and here(folder / "crmdesk" / "x").is_safe:
            return folder / "crmdesk"
    return Path.home() / "crmdesk"
