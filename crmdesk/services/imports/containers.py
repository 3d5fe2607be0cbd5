"""What a file really is, by its content, and whether a zipped workbook is safe to open.

Runs in the reading child, before any part is parsed.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.parsers import expat

from crmdesk.models.errors import Code
from crmdesk.services.imports.faults import ReadFault, shorten
from crmdesk.services.imports.limits import Limits

HEAD_BYTES = 4096
_WORKBOOK_SUFFIXES = {".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".ods"}
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff", b"\x84\x31\x95\x33")
# What other programs write; the name is shown to the user.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"{\\rtf", "RTF"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"\x7fELF", "ELF"),
    (b"MZ\x90", "EXE"),
    (b"OFXHEADER", "OFX"),
    (b"{1:F01", "MT940"),
)
_ARCHIVES: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!", "rar"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
)
_BANK_FORMATS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"(?m)^:(?:20|25|28C?|60[FM]|61|62[FM]):"), "MT940"),
    (re.compile(rb"(?m)^!(?:Type|Account|Option|Clear):?"), "QIF"),
    (re.compile(rb"(?i)<OFX>"), "OFX"),
)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|meta|body|table)\b", re.IGNORECASE)
_XML = re.compile(rb"<\?xml|<[A-Za-z_][\w.:-]*[\s>/]")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_BIFF = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


def _begins_with(head: bytes) -> str:
    text = head[:16].decode("latin-1")
    return shorten("".join(sign if sign.isprintable() else "·" for sign in text))


def sniff(path: Path) -> str:
    """The kind of content: `zip`, `ole` or `text`; everything that holds no table is refused with its
    name.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise ReadFault(Code.FILE_EMPTY)
    suffix = path.suffix.lower()
    if head.startswith(_ZIP):
        return "zip"
    if head.startswith(_OLE):
        return "ole"
    if head.startswith(_OLD_BIFF):
        raise ReadFault(Code.XLS_OLD)
    for signature, name in _ARCHIVES:
        if head.startswith(signature):
            raise ReadFault(Code.IS_ARCHIVE, format=name)
    text = head
    for bom in _BOMS:
        text = text.removeprefix(bom)
    text = text.replace(b"\x00", b"").lstrip()
    if _HTML.match(text):
        raise ReadFault(Code.EXT_MISMATCH, "html", suffix=suffix)
    if _XML.match(text):
        if b"urn:schemas-microsoft-com:office:spreadsheet" in text:
            raise ReadFault(Code.EXT_MISMATCH, "xml_spreadsheet", suffix=suffix)
        if _HTML.search(text):
            raise ReadFault(Code.EXT_MISMATCH, "html", suffix=suffix)
        is_ofx = b"<OFX" in text or b"<?OFX" in text
        raise ReadFault(Code.FORMAT_UNKNOWN, format="OFX" if is_ofx else "XML")
    for signature, name in _SIGNATURES:
        if text.startswith(signature) or head.startswith(signature):
            raise ReadFault(Code.FORMAT_UNKNOWN, format=name)
    for pattern, name in _BANK_FORMATS:
        if pattern.search(text):
            raise ReadFault(Code.FORMAT_UNKNOWN, format=name)
    if text[:1] in (b"{", b"[") and suffix in (".json", ".jsonl", ".ndjson", ".geojson"):
        raise ReadFault(Code.FORMAT_UNKNOWN, format="JSON")
    if suffix in _WORKBOOK_SUFFIXES:
        raise ReadFault(Code.NOT_XLSX, suffix=suffix, begins=_begins_with(head))
    return "text"


class Package:
    """A zipped workbook whose directory was found safe. Part names are compared with `/` and without case."""

    def __init__(self, file: IO[bytes], limits: Limits) -> None:
        try:
            self.zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError) as error:
            raise ReadFault(Code.FILE_DAMAGED, "zip") from error
        self.limits = limits
        self.parts: dict[str, zipfile.ZipInfo] = {}
        infos = self.zip.infolist()
        if len(infos) > limits.parts_max:
            raise ReadFault(Code.FILE_TOO_COMPLEX, "parts", count=len(infos), limit=limits.parts_max)
        total = 0
        for info in infos:
            name = part_name(info.filename)
            if info.flag_bits & 0x1:
                raise ReadFault(Code.FILE_ENCRYPTED)
            if info.is_dir():
                continue
            if name in self.parts:
                raise ReadFault(Code.FILE_HOSTILE, "duplicate", part=shorten(name))
            self.parts[name] = info
            total += info.file_size
            if total > limits.unpacked_bytes:
                raise ReadFault(
                    Code.FILE_TOO_LARGE,
                    "unpacked",
                    size=sum(each.file_size for each in infos) // 1_000_000,
                    limit=limits.unpacked_bytes // 1_000_000,
                )
            if info.file_size > limits.ratio_from_bytes and info.file_size > limits.ratio_max * max(
                1, info.compress_size
            ):
                raise ReadFault(
                    Code.FILE_HOSTILE,
                    "ratio",
                    part=shorten(name),
                    ratio=info.file_size // max(1, info.compress_size),
                )

    @property
    def kind(self) -> str:
        """`xlsx`, `xlsb` or `ods`; another archive is refused."""
        if "xl/workbook.xml" in self.parts:
            return "xlsx"
        if "xl/workbook.bin" in self.parts:
            return "xlsb"
        if "content.xml" in self.parts and "mimetype" in self.parts:
            if b"spreadsheet" in self.read("mimetype"):
                return "ods"
            raise ReadFault(Code.FORMAT_UNKNOWN, format="OpenDocument")
        for start, name in (("word/", "Word"), ("ppt/", "PowerPoint"), ("visio/", "Visio")):
            if any(part.startswith(start) for part in self.parts):
                raise ReadFault(Code.FORMAT_UNKNOWN, format=name)
        if "[content_types].xml" in self.parts:
            # a workbook whose main part stands elsewhere: its reader decides
            return "xlsx"
        raise ReadFault(Code.IS_ARCHIVE, format="zip")

    @property
    def has_macros(self) -> bool:
        """Whether the workbook carries VBA or Excel 4 macros (never run, not even read)."""
        return any(
            part.endswith("vbaproject.bin") or part.startswith(("xl/macrosheets/", "basic/"))
            for part in self.parts
        )

    def refuse_entities(self) -> None:
        """Refuses a workbook in which any part declares a document type: no entity is ever expanded or
        fetched.
        """
        for name, info in self.parts.items():
            if name.endswith((".xml", ".rels", ".vml")) and declares_doctype(
                self._chunks(info, 65_536), name
            ):
                raise ReadFault(Code.FILE_HOSTILE, "entities", part=shorten(info.filename))

    def read(self, name: str) -> bytes:
        """A whole part, checked against its CRC."""
        return b"".join(self.chunks(name))

    def chunks(self, name: str, size: int = 1_048_576) -> Iterator[bytes]:
        """A part piece by piece; a broken one is `file_damaged`."""
        return self._chunks(self.parts[name], size)

    def _chunks(self, info: zipfile.ZipInfo, size: int) -> Iterator[bytes]:
        try:
            with self.zip.open(info) as part:
                while chunk := part.read(size):
                    yield chunk
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise ReadFault(Code.FILE_DAMAGED, "part", part=shorten(info.filename)) from error


def part_name(name: str) -> str:
    """The name under which a part is found."""
    return name.replace("\\", "/").lstrip("/").lower()


class _RootSeen(Exception):
    pass


def declares_doctype(chunks: Iterator[bytes], name: str) -> bool:
    """Whether an XML declares a document type; a broken one is `file_damaged`."""
    # A document type can only stand before the root element, but any number of comments may stand before it.
    found = False

    def doctype(*_args: object) -> None:
        nonlocal found
        found = True
        raise _RootSeen

    def root(*_args: object) -> None:
        raise _RootSeen

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = root
    try:
        read_any = False
        for chunk in chunks:
            parser.Parse(chunk, False)
            read_any = True
        if read_any:
            # newer expats put off a long token until they are told that nothing follows
            parser.Parse(b"", True)
    except _RootSeen:
        return found
    except expat.ExpatError as error:
        if name.endswith(".vml"):
            return False  # drawings are often no XML at all, and are not read
        raise ReadFault(Code.FILE_DAMAGED, "part", part=shorten(name)) from error
    return False
