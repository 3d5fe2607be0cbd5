"""A second look at an OpenDocument sheet: error cells and percents, which the workbook reader does not
tell.
"""

from __future__ import annotations

from xml.parsers import expat

from crmdesk.models.errors import Code
from crmdesk.services.imports.containers import Package
from crmdesk.services.imports.faults import ReadFault, shorten
from crmdesk.services.imports.sheet_scan import Scan

_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_MARKS = (b'value-type="error"', b'value-type="percentage"')
_REPEATS_MAX = 100_000


def scan_ods(package: Package, sheet: str) -> Scan:
    """Looks through `content.xml`; parses it only when one of the marks occurs at all."""
    tail = b""
    for chunk in package.chunks("content.xml"):
        text = tail + chunk
        if any(mark in text for mark in _MARKS):
            break
        tail = text[-64:]
    else:
        return Scan()
    looker = _Looker(sheet)
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = looker.start
    parser.EndElementHandler = looker.end
    parser.CharacterDataHandler = looker.characters
    try:
        for chunk in package.chunks("content.xml"):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ReadFault(Code.FILE_DAMAGED, "part", part="content.xml") from error
    return looker.scan


def is_encrypted(package: Package) -> bool:
    """Whether the document's parts are encrypted with a password."""
    name = "meta-inf/manifest.xml"
    return name in package.parts and b"encryption-data" in package.read(name)


class _Looker:
    def __init__(self, sheet: str) -> None:
        self.scan = Scan()
        self._sheet = sheet
        self._is_inside = False
        self._row = 0
        self._column = 0
        self._row_repeat = 1
        self._text: list[str] | None = None
        self._kind = ""
        self._repeat = 1

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == _TABLE + "table":
            self._is_inside = attributes.get(_TABLE + "name") == self._sheet
            self._row = 0
        elif not self._is_inside:
            return
        elif name == _TABLE + "table-row":
            self._column = 0
            self._row_repeat = _repeat(attributes.get(_TABLE + "number-rows-repeated"))
        elif name in (_TABLE + "table-cell", _TABLE + "covered-table-cell"):
            self._repeat = _repeat(attributes.get(_TABLE + "number-columns-repeated"))
            is_error = attributes.get(_CALC + "value-type") == "error"
            self._kind = "error" if is_error else attributes.get(_OFFICE + "value-type", "")
            self._text = []

    def end(self, name: str) -> None:
        if not self._is_inside:
            return
        if name == _TABLE + "table":
            self._is_inside = False
        elif name == _TABLE + "table-row":
            self._row += self._row_repeat
        elif name in (_TABLE + "table-cell", _TABLE + "covered-table-cell"):
            if self._kind in ("error", "percentage"):
                self._remember("".join(self._text or ()))
            self._column += self._repeat
            self._text = None

    def characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _remember(self, text: str) -> None:
        if self._row_repeat * self._repeat > _REPEATS_MAX:
            raise ReadFault(Code.FILE_TOO_COMPLEX, "cells")
        for row in range(self._row, self._row + self._row_repeat):
            for column in range(self._column, self._column + self._repeat):
                if self._kind == "error":
                    self.scan.patches[row, column] = ("e", Code.CELL_ERROR.value, shorten(text))
                else:
                    self.scan.formats[row, column] = 0


def _repeat(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 9 else 1
