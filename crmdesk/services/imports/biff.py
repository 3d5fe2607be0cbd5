"""Old Excel files (OLE compound file with a BIFF stream): what they are, and their error cells.

The workbook reader gives error cells as empty text; this reads the few records that tell them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from crmdesk.models.errors import Code
from crmdesk.services.imports.faults import ReadFault
from crmdesk.services.imports.sheet_scan import Scan

_END_OF_CHAIN = 0xFFFFFFFE
_SECTORS_MAX = 2_000_000
_BOF, _EOF, _BOUNDSHEET, _FILEPASS, _DATEMODE = 0x0809, 0x000A, 0x0085, 0x002F, 0x0022
_BOOLERR, _FORMULA = 0x0205, 0x0006
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


class Ole:
    """The streams of a compound file, by lower-case name."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            self._open()
        except (struct.error, IndexError, ValueError) as error:
            raise ReadFault(Code.FILE_DAMAGED, "ole") from error

    def _open(self) -> None:
        data = self._data
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise ValueError("sector size")
        self._size = 1 << shift
        _fat_count, directory, _sign, self._cutoff, mini_fat, _mini_count, difat, _count = struct.unpack_from(
            "<8I", data, 44
        )
        fat_sectors = [sector for sector in struct.unpack_from("<109I", data, 76) if sector < _END_OF_CHAIN]
        for _ in range(1024):
            if difat >= _END_OF_CHAIN:
                break
            *more, difat = struct.unpack(f"<{self._size // 4}I", self._sector(difat))
            fat_sectors += [sector for sector in more if sector < _END_OF_CHAIN]
        self._fat: list[int] = []
        for sector in fat_sectors:
            self._fat += struct.unpack(f"<{self._size // 4}I", self._sector(sector))
        self.streams: dict[str, tuple[int, int]] = {}
        root_start = root_size = 0
        entries = self._chain(directory)
        for at in range(0, len(entries) - 127, 128):
            length = struct.unpack_from("<H", entries, at + 64)[0]
            kind = entries[at + 66]
            name = entries[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace").lower()
            start, size = struct.unpack_from("<II", entries, at + 116)
            if kind == 5:
                root_start, root_size = start, size
            elif kind in (1, 2):
                self.streams[name] = (start, size)
        self._mini = self._chain(root_start)[:root_size] if root_size else b""
        mini_fat_bytes = self._chain(mini_fat) if mini_fat < _END_OF_CHAIN else b""
        self._mini_fat = struct.unpack(f"<{len(mini_fat_bytes) // 4}I", mini_fat_bytes)

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        piece = self._data[start : start + self._size]
        if len(piece) < self._size:
            piece = piece.ljust(self._size, b"\0") if piece else b""
        if not piece:
            raise ValueError("sector outside the file")
        return piece

    def _chain(self, sector: int) -> bytes:
        pieces = []
        while sector < _END_OF_CHAIN and len(pieces) <= _SECTORS_MAX:
            pieces.append(self._sector(sector))
            sector = self._fat[sector]
            if len(pieces) > len(self._fat):
                raise ValueError("chain without end")
        return b"".join(pieces)

    def stream(self, name: str) -> bytes:
        """The content of a stream."""
        start, size = self.streams[name]
        try:
            if size >= self._cutoff:
                return self._chain(start)[:size]
            pieces: list[bytes] = []
            while start < _END_OF_CHAIN and len(pieces) <= len(self._mini_fat):
                pieces.append(self._mini[start * 64 : start * 64 + 64])
                start = self._mini_fat[start]
            return b"".join(pieces)[:size]
        except (struct.error, IndexError, ValueError) as error:
            raise ReadFault(Code.FILE_DAMAGED, "ole") from error


def open_old_workbook(data: bytes) -> tuple[bytes, bool]:
    """(the workbook stream, whether macros lie beside it); a password or another program's file is
    refused.
    """
    ole = Ole(data)
    names = ole.streams
    if "encryptedpackage" in names:
        raise ReadFault(Code.FILE_ENCRYPTED)
    stream = next((name for name in ("workbook", "book") if name in names), None)
    if stream is None:
        for name, program in (("worddocument", "Word"), ("powerpoint document", "PowerPoint")):
            if name in names:
                raise ReadFault(Code.FORMAT_UNKNOWN, format=program)
        raise ReadFault(Code.FORMAT_UNKNOWN, format="OLE")
    content = ole.stream(stream)
    for kind, _body in _records(content, 0):
        if kind == _FILEPASS:
            raise ReadFault(Code.FILE_ENCRYPTED)
        if kind == _EOF:
            break
    return content, any("_vba_project" in name or name == "vba" for name in names)


def scan_biff(content: bytes, sheet_index: int) -> Scan:
    """The error cells of one sheet, and the epoch of its dates."""
    scan = Scan()
    starts: list[int] = []
    for kind, body in _records(content, 0):
        if kind == _BOUNDSHEET and len(body) >= 4:
            starts.append(struct.unpack_from("<I", body)[0])
        elif kind == _DATEMODE and len(body) >= 2:
            scan.is_1904 = struct.unpack_from("<H", body)[0] == 1
        elif kind == _EOF:
            break
    if sheet_index >= len(starts):
        return scan
    depth = 0
    for kind, body in _records(content, starts[sheet_index]):
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                break
        elif depth != 1:
            continue  # a chart within the sheet
        elif kind == _BOOLERR and len(body) >= 8 and body[7] == 1:
            row, column = struct.unpack_from("<HH", body)
            scan.patches[row, column] = ("e", Code.CELL_ERROR.value, _ERRORS.get(body[6], "#ERROR"))
        elif kind == _FORMULA and len(body) >= 14 and body[12:14] == b"\xff\xff" and body[6] == 2:
            row, column = struct.unpack_from("<HH", body)
            scan.patches[row, column] = ("e", Code.CELL_ERROR.value, _ERRORS.get(body[8], "#ERROR"))
    return scan


def _records(content: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while 0 <= at <= len(content) - 4:
        kind, length = struct.unpack_from("<HH", content, at)
        yield kind, content[at + 4 : at + 4 + length]
        at += 4 + length
