"""A second look at a sheet's XML for what the workbook reader does not tell.

The reader (calamine) gives error cells and formulas without a result as empty text, hides number formats,
and builds the used range densely. This scan streams the part once, row by row with byte searches, and parses
cells only in rows where one of these occurs; it also counts the rows with content, as a check that none was
lost.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from xml.parsers import expat

from crmdesk.models.errors import Code
from crmdesk.services.imports.containers import Package, part_name
from crmdesk.services.imports.faults import ReadFault, shorten
from crmdesk.services.imports.limits import Limits

_BUILT_IN_PERCENT = {9, 10}
_PADDED = re.compile(r"0{2,20}")
_QUOTED_FORMAT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_PATCHES_MAX = 2_000_000


@dataclass(slots=True)
class Scan:
    """What the second look found; rows and columns count from 0."""

    patches: dict[tuple[int, int], Any] = field(default_factory=dict)
    """Wire cells ("e", code, text) that replace what the reader gave."""
    formats: dict[tuple[int, int], int] = field(default_factory=dict)
    """Cells shown as percent (0) or padded with zeros to so many digits."""
    row_count: int | None = None
    """Rows with content; None when not counted."""
    is_1904: bool = False
    has_escapes: bool = False
    """Whether texts within the sheet may hold control signs in Excel's escaped form."""


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One sheet of the workbook part: its name, where it stands, whether it is shown."""

    name: str
    part: str
    state: str


class Workbook:
    """The few things of `xl/workbook.xml` and its neighbours that the scan needs."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.is_1904 = False
        self.sheets: list[SheetPart] = []
        self._relations: dict[str, str] = {}
        if "xl/workbook.xml" in package.parts:
            if "xl/_rels/workbook.xml.rels" in package.parts:
                walk(package, "xl/_rels/workbook.xml.rels", self._relation)
            walk(package, "xl/workbook.xml", self._element)

    def _relation(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            base = "" if target.startswith(("/", "\\")) else "xl/"
            self._relations[attributes.get("Id", "")] = part_name(base + target).replace("/./", "/")

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            self.is_1904 = attributes.get("date1904", "0").lower() in ("1", "true", "on")
        elif name == "sheet":
            relation = next((value for key, value in attributes.items() if _is_relation_id(key)), "")
            self.sheets.append(
                SheetPart(
                    attributes.get("name", ""),
                    self._relations.get(relation, ""),
                    attributes.get("state", "visible"),
                )
            )

    def formats(self) -> dict[int, int]:
        """Style number -> 0 for percent, n for whole numbers padded to n digits; other styles are left
        out.
        """
        if "xl/styles.xml" not in self.package.parts:
            return {}
        codes: dict[int, str] = {}
        styles: list[int] = []
        within: list[str] = []

        def element(name: str, attributes: dict[str, str]) -> None:
            if name in ("cellXfs", "cellStyleXfs", "dxfs"):
                within[:] = [name]
            if name == "numFmt" and within != ["dxfs"]:
                codes[_whole(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
            elif name == "xf" and within == ["cellXfs"]:
                styles.append(_whole(attributes.get("numFmtId")))

        walk(self.package, "xl/styles.xml", element)
        found: dict[int, int] = {}
        for style, number in enumerate(styles):
            code = _QUOTED_FORMAT.sub("", codes.get(number, "")).split(";")[0].strip()
            if number in _BUILT_IN_PERCENT or code.endswith("%"):
                found[style] = 0
            elif _PADDED.fullmatch(code):
                found[style] = len(code)
        return found


def _is_relation_id(key: str) -> bool:
    # the transitional and the strict namespace differ in the middle
    space, _separator, local = key.rpartition("}")
    return local == "id" and "officeDocument" in space and space.endswith("relationships")


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else -1


def walk(package: Package, part: str, element: Any) -> None:
    """Calls `element(local name, attributes)` for each start tag of a small part."""

    def start(name: str, attributes: dict[str, str]) -> None:
        # attribute names keep their namespace: r:id and a plain id differ
        element(name.rpartition("}")[2], attributes)

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = start
    try:
        for chunk in package.chunks(part):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ReadFault(Code.FILE_DAMAGED, "part", part=shorten(part)) from error


def has_content(package: Package, part: str) -> bool:
    """Whether a sheet has any cell value; reads only as far as the first."""
    if part not in package.parts:
        return False
    tail = b""
    for chunk in package.chunks(part, 65_536):
        text = tail + chunk
        if re.search(rb"<(?:\w+:)?(?:v|is)[\s>]", text):
            return True
        tail = text[-64:]
    return False


def scan_sheet(package: Package, workbook: Workbook, sheet: SheetPart, limits: Limits) -> Scan:
    """Looks through one worksheet part. Raises `sheet_too_wide` for a used range that cannot be built."""
    scan = Scan(is_1904=workbook.is_1904)
    if sheet.part not in package.parts:
        return scan
    chunks = package.chunks(sheet.part)
    head = next(chunks, b"")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in head[:64]:
        return scan  # UTF-16: legal, never seen; the workbook reader alone decides
    root = re.search(rb"<(\w+:)?worksheet\b", head)
    prefix = root[1] or b"" if root else b""
    has_single_quotes = b"='" in head
    rows = _Rows(prefix, workbook.formats(), limits, scan, has_single_quotes=has_single_quotes)
    tail = head
    end_tag = b"</" + prefix + b"row>"
    while True:
        end = tail.rfind(end_tag)
        if end >= 0:
            rows.feed(tail[:end], end_tag)
            tail = tail[end + len(end_tag) :]
        chunk = next(chunks, b"")
        if not chunk:
            break
        if len(tail) > limits.unpacked_bytes // 4:
            raise ReadFault(Code.FILE_TOO_COMPLEX, "row")
        tail += chunk
    scan.row_count = rows.count
    return scan


class _Rows:
    def __init__(
        self, prefix: bytes, formats: dict[int, int], limits: Limits, scan: Scan, *, has_single_quotes: bool
    ) -> None:
        tag = re.escape(prefix)
        self._limits = limits
        self._scan = scan
        self._formats = formats
        self._row_open = b"<" + prefix + b"row"
        self._cell_open = b"<" + prefix + b"c "
        self._plain_value = b"<" + prefix + b"v>"
        self._empty_value = self._plain_value + b"</"
        self._row_number = re.compile(rb'[^>]*?\sr\s*=\s*["\'](\d{1,9})["\']')
        self._cell_ref = re.compile(rb'[^>]*?\br\s*=\s*["\']([A-Za-z]{1,4})\d+["\']')
        self._value = re.compile(rb"<%b(?:v(?:\s[^>]*)?>[^<]|is[\s>])" % tag)
        # byte searches, many times faster than one pattern for all
        self._error_marks = (b't="e"', b"t='e'") if has_single_quotes else (b't="e"',)
        self._formula_mark = b"<" + prefix + b"f"
        styles = b"|".join(str(style).encode() for style in formats)
        self._styled = re.compile(rb"""\ss=["'](?:%b)["']""" % styles) if formats else None
        self._no_result = re.compile(
            rb"(?:</%bf>|<%bf(?:\s[^>]*)?/>)\s*(?:<%bv\s*/>|<%bv>\s*</%bv>)?\s*</%bc>" % (*[tag] * 6,)
        )
        self._cell = re.compile(rb"<%bc\b([^>]*?)(?:/>|>(.*?)</%bc>)" % (tag, tag), re.DOTALL)
        self._formula = re.compile(rb"<%bf[\s/>]" % tag)
        self._text = re.compile(rb"<%bv(?:\s[^>]*)?>([^<]+)</%bv>" % (tag, tag))
        self._number = 0
        self._first_row: int | None = None
        self._last_column = 0
        self.count = 0

    def feed(self, block: bytes, row_end: bytes) -> None:
        """A piece of the part that ends where a `</row>` stood."""
        row_open, plain_value, empty_value = self._row_open, self._plain_value, self._empty_value
        self._scan.has_escapes = self._scan.has_escapes or b"_x00" in block
        is_block_remarkable = self._is_remarkable(block)
        has_empty = empty_value in block
        match_number, match_ref = self._row_number.match, self._cell_ref.match
        open_length, cell_length = len(row_open), len(self._cell_open) - 1
        for piece in block.split(row_end):
            start = piece.rfind(row_open)
            if start < 0:
                continue
            match = match_number(piece, start + open_length)
            if match:
                self._number = int(match[1])
            else:
                self._number += piece.count(row_open)
            if is_block_remarkable and self._is_remarkable(piece):
                self._look_closely(piece, start)
            if (plain_value not in piece or (has_empty and empty_value in piece)) and not self._value.search(
                piece, start
            ):
                continue
            self.count += 1
            at = piece.rfind(self._cell_open)
            reference = match_ref(piece, at + cell_length) if at >= 0 else None
            self._extend(_column_number(reference[1]) if reference else 0, piece, start)

    def _is_remarkable(self, text: bytes) -> bool:
        """Whether there is an error cell, a formula without result, or a format of interest."""
        if any(mark in text for mark in self._error_marks):
            return True
        if self._styled is not None and self._styled.search(text):
            return True
        return self._formula_mark in text and bool(self._no_result.search(text))

    def _extend(self, last: int, piece: bytes, start: int) -> None:
        if last >= self._limits.columns_max:
            # a far cell may be styled and empty: only values count
            last = max(
                (column for column, _attributes, inner in self._cells(piece, start) if inner), default=0
            )
        if last > self._last_column:
            self._last_column = last
        if self._first_row is None:
            self._first_row = self._number
        width = self._last_column + 1
        if (self._number - self._first_row + 1) * width > self._limits.cells_max or width > 16_384:
            raise ReadFault(Code.SHEET_TOO_WIDE, cell=f"{column_letters(self._last_column)}{self._number}")
        if width > self._limits.columns_max:
            raise ReadFault(Code.TOO_MANY_COLUMNS, count=width, limit=self._limits.columns_max)

    def _cells(self, piece: bytes, start: int) -> Iterator[tuple[int, bytes, bytes]]:
        column = -1
        for match in self._cell.finditer(piece, start):
            attributes, inner = match[1], match[2] or b""
            reference = _attribute(attributes, b"r")
            column = _column_number(reference.rstrip(b"0123456789")) if reference else column + 1
            yield column, attributes, inner

    def _look_closely(self, piece: bytes, start: int) -> None:
        scan = self._scan
        for column, attributes, inner in self._cells(piece, start):
            place = (self._number - 1, column)
            if _attribute(attributes, b"t") == b"e":
                match = self._text.search(inner)
                text = html.unescape(match[1].decode("utf-8", "replace")) if match else ""
                scan.patches[place] = ("e", Code.CELL_ERROR.value, shorten(text))
            elif self._formula.search(inner) and not self._text.search(inner):
                if _attribute(attributes, b"t") == b"str":
                    continue  # the formula's result is the empty text
                scan.patches[place] = ("e", Code.FORMULA_NO_VALUE.value, "")
            elif inner:
                style = _attribute(attributes, b"s")
                kind = self._formats.get(int(style), -1) if style.isdigit() else -1
                if kind >= 0 and _attribute(attributes, b"t") in (b"", b"n"):
                    scan.formats[place] = kind
        if len(scan.patches) + len(scan.formats) > _PATCHES_MAX:
            raise ReadFault(Code.FILE_TOO_COMPLEX, "cells")


@lru_cache(8)
def _attribute_pattern(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"""(?:^|\s)%b\s*=\s*["']([^"']*)["']""" % name)


def _attribute(attributes: bytes, name: bytes) -> bytes:
    match = _attribute_pattern(name).search(attributes)
    return match[1] if match else b""


@lru_cache(1024)
def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number - 1


def column_letters(column: int) -> str:
    """The name a spreadsheet gives a column counted from 0: A, Z, AA."""
    letters = ""
    column += 1
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
