"""Files that somebody wants to keep in the book: read whole or refused, under a name that does no harm.

Rules 81 to 86 of the bad inputs: no path, device name, direction mark or over-long name survives; nothing that a
double click would run is taken; what is no plain file, is empty, too large or goes away while it is read is refused.
"""

from __future__ import annotations

import io
import os
import re
import stat
from pathlib import Path
from typing import Any

from crmdesk.models.errors import Code, InvalidInput, NotFound
from crmdesk.services.documents.file_names import NAME_BYTES_MAX, safe, shortened
from crmdesk.text import _

BYTES_MAX = 25 * 1024 * 1024
IMAGE_SIDE_MAX = 30_000
"""A picture with more pixels a side is a bomb for whatever opens it."""
_LAST_PART = re.compile(r"[^/\\]*$")
_BLOCKED = frozenset(
    [
        "exe",
        "com",
        "scr",
        "pif",
        "cpl",
        "msi",
        "msp",
        "mst",
        "bat",
        "cmd",
        "ps1",
        "psm1",
        "vb",
        "vbs",
        "vbe",
        "js",
        "jse",
        "mjs",
        "ws",
        "wsf",
        "wsc",
        "wsh",
        "hta",
        "lnk",
        "url",
        "scf",
        "reg",
        "inf",
        "jar",
        "app",
        "apk",
        "dmg",
        "deb",
        "rpm",
        "sh",
        "bash",
        "desktop",
        "dll",
        "sys",
        "drv",
        "ocx",
        "gadget",
        "application",
        "html",
        "htm",
        "xhtml",
        "mht",
        "mhtml",
        "chm",
        "hlp",
        "iso",
        "img",
        "vhd",
        "vhdx",
    ]
)
_IMAGES = frozenset(["png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp"])
_MAGIC = (
    (b"MZ", "exe"),
    (b"\x7fELF", "elf"),
    (b"\x4c\x00\x00\x00\x01\x14\x02\x00", "lnk"),
    (b"#!", "sh"),
    (b"\xca\xfe\xba\xbe", "class"),
)
_HTML = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|script)\b", re.IGNORECASE)
_PDF_SCRIPT = re.compile(rb"/(?:JavaScript|JS|Launch)\b")


def clean_name(name: str) -> str:
    """The name as it is shown and saved: the last part of a path, safe on every system, at most 150 bytes.

    The ending is kept when the name has to be shortened. Never empty.
    """
    last = _LAST_PART.search(name.strip())
    text = safe(last.group() if last else "")
    stem, dot, ending = text.rpartition(".")
    if dot and stem and len(ending) <= 12:
        ending = f".{ending}"
        short = shortened(stem, NAME_BYTES_MAX - len(ending.encode())).rstrip(" .")
        text = (short or _("File")) + ending
    else:
        text = shortened(text, NAME_BYTES_MAX)
    return text.rstrip(" .") or _("File")


def true_type(name: str, content: bytes) -> str:
    """What a file really is: by its first bytes if they tell, else by the last ending of its cleaned name."""
    for magic, ending in _MAGIC:
        if content.startswith(magic):
            return ending
    if _HTML.match(content[:1024]):
        return "html"
    return ending_of(name)


def ending_of(name: str) -> str:
    """The last ending of a name, in small letters, without its dot."""
    _stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot else ""


def check(name: str, content: bytes) -> str:
    """The cleaned name of a file that may be kept. Raises InvalidInput `file_empty`, `file_too_large`,
    `type_blocked`, `image_too_large`."""
    cleaned = clean_name(name)
    if not content:
        raise InvalidInput(
            Code.FILE_EMPTY,
            _("{file} is empty; there is nothing to keep.").format(file=cleaned),
            field="file",
        )
    require_size(cleaned, len(content))
    kind = true_type(cleaned, content)
    if kind in _BLOCKED or kind in ("elf", "class") or ending_of(cleaned) in _BLOCKED:
        raise InvalidInput(
            Code.TYPE_BLOCKED,
            _(
                "{file} is a file of type .{type}, which can run by itself. Keep it as a PDF or in a zip archive."
            ).format(file=cleaned, type=kind),
            field="file",
        )
    if ending_of(cleaned) in _IMAGES:
        _check_image(cleaned, content)
    return cleaned


def require_size(name: str, count: int) -> None:
    """Refuses more than the limit, in whole megabytes."""
    if count > BYTES_MAX:
        raise InvalidInput(
            Code.FILE_TOO_LARGE,
            _("{file} has {count} MB; the limit is {limit} MB. Keep it smaller.").format(
                file=name, count=-(-count // (1024 * 1024)), limit=BYTES_MAX // (1024 * 1024)
            ),
            field="file",
        )


def _check_image(name: str, content: bytes) -> None:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as image:  # the head only; nothing is decoded
            width, height = image.size
    except Image.DecompressionBombError:
        width = height = IMAGE_SIDE_MAX + 1
    except (OSError, ValueError, SyntaxError):
        return  # no picture after all: kept as it is, shown by nobody
    if max(width, height) > IMAGE_SIDE_MAX or width * height > IMAGE_SIDE_MAX * IMAGE_SIDE_MAX // 4:
        raise InvalidInput(
            Code.IMAGE_TOO_LARGE,
            _("The picture is {width} × {height} pixels; the limit is {limit} a side.").format(
                width=width, height=height, limit=IMAGE_SIDE_MAX
            ),
            field="file",
        )


def has_script(name: str, content: bytes) -> bool:
    """Whether a PDF holds a script or starts a program: it is opened only after a warning."""
    is_pdf = ending_of(name) == "pdf" or content.startswith(b"%PDF")
    return is_pdf and _PDF_SCRIPT.search(content) is not None


def read(path: Path) -> bytes:
    """The content of a plain file, whole. Raises NotFound `file_missing`, InvalidInput `not_a_file`, `file_empty`,
    `file_too_large`, `file_gone`."""
    name = path.name
    try:
        before = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(
            Code.FILE_MISSING, _("There is no file {file}.").format(file=path), field="file"
        ) from None
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from error
    if not stat.S_ISREG(before.st_mode):
        raise InvalidInput(
            Code.NOT_A_FILE,
            _("{file} is no file but a folder, a link or a device. Choose the file itself.").format(
                file=name
            ),
            field="file",
        )
    require_size(clean_name(name), before.st_size)
    flags = (
        os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    try:
        descriptor = os.open(path, flags)
        with os.fdopen(descriptor, "rb") as stream:
            opened = os.fstat(descriptor)
            content = stream.read(BYTES_MAX + 1)
    except FileNotFoundError:
        raise _gone(name) from None
    except OSError as error:
        raise _unreadable(name, error) from error
    if not os.path.samestat(before, opened) or len(content) != before.st_size:
        raise _gone(name)  # replaced, cut or written while it was read
    return content


def _gone(name: str) -> InvalidInput:
    return InvalidInput(
        Code.FILE_GONE,
        _("{file} was moved or changed while it was read. Close it elsewhere, then add it again.").format(
            file=name
        ),
        field="file",
    )


def _unreadable(name: str, error: Any) -> InvalidInput:
    return InvalidInput(
        Code.NO_ACCESS,
        _("{file} cannot be read: {reason}.").format(
            file=name, reason=getattr(error, "strerror", None) or error
        ),
        field="file",
    )
