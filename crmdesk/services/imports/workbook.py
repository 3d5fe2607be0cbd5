"""Reading a workbook in the child: container, second look, then calamine; rows leave in wire form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import python_calamine as calamine

from crmdesk.models.errors import Code
from crmdesk.services.imports import biff, ods_scan, sheet_scan
from crmdesk.services.imports.containers import Package
from crmdesk.services.imports.controls import CONTROL
from crmdesk.services.imports.faults import ReadFault, shorten
from crmdesk.services.imports.limits import Limits
from crmdesk.services.imports.wire import WireCell, number_of


class Source:
    """An opened workbook: its sheets, and the rows of the one that is read."""

    def __init__(
        self, path: Path, file: IO[bytes], native: IO[bytes], container: str, limits: Limits
    ) -> None:
        """Looks at the container and opens the workbook.

        `file` and `native` are two handles of the same path: our own looks and the native reader each move
        their place as they like. The caller closes them.
        """
        self.limits = limits
        self.notes: list[tuple[str, str, dict[str, str | int]]] = []
        self._package: Package | None = None
        self._parts: sheet_scan.Workbook | None = None
        self._biff = b""
        self.is_1904 = False
        self._may_hold_controls = True
        if container == "ole":
            data = file.read()
            if len(data) > limits.unpacked_bytes:
                raise ReadFault(
                    Code.FILE_TOO_LARGE,
                    "size",
                    size=len(data) // 1_000_000,
                    limit=limits.unpacked_bytes // 1_000_000,
                )
            self._biff, has_macros = biff.open_old_workbook(data)
            self.format = "xls"
        else:
            self._package = package = Package(file, limits)
            self.format = package.kind
            has_macros = package.has_macros
            package.refuse_entities()
            if self.format == "ods" and ods_scan.is_encrypted(package):
                raise ReadFault(Code.FILE_ENCRYPTED)
            if self.format == "xlsx":
                # XML cannot hold control signs, but Excel's _x0000_ writing of them can
                self._may_hold_controls = _check_parts(package)
                self._parts = sheet_scan.Workbook(package)
        suffix = path.suffix.lower()
        if has_macros:
            self.notes.append((Code.MACROS_IGNORED.value, "", {}))
        if not _suffix_fits(suffix, self.format):
            self.notes.append(
                (Code.EXT_MISMATCH.value, "workbook", {"suffix": suffix, "format": self.format})
            )
        try:
            self._book = calamine.CalamineWorkbook.from_filelike(native)
        except calamine.PasswordError as error:
            raise ReadFault(Code.FILE_ENCRYPTED) from error
        except (calamine.CalamineError, OSError) as error:
            raise ReadFault(Code.FILE_DAMAGED, "workbook", detail=shorten(str(error))) from error
        self.sheets = [
            {
                "name": meta.name,
                "is_hidden": meta.visible != calamine.SheetVisibleEnum.Visible,
                "is_table": meta.typ == calamine.SheetTypeEnum.WorkSheet,
            }
            for meta in self._book.sheets_metadata
        ]

    def choose(self, wanted: str | None) -> int:
        """The index of the sheet to read: the named one, or the only shown one with content; else it is
        asked.
        """
        names = [sheet["name"] for sheet in self.sheets]
        if wanted is not None:
            matches = [i for i, name in enumerate(names) if name == wanted and self.sheets[i]["is_table"]]
            if not matches:
                matches = [
                    i for i, name in enumerate(names) if name.strip().casefold() == wanted.strip().casefold()
                ]
            if not matches:
                raise ReadFault(
                    Code.SHEET_UNKNOWN, wanted=shorten(wanted), sheets=self._named(range(len(names)))
                )
            return matches[0]
        shown = [i for i, sheet in enumerate(self.sheets) if sheet["is_table"] and not sheet["is_hidden"]]
        hidden = [i for i, sheet in enumerate(self.sheets) if sheet["is_table"] and sheet["is_hidden"]]
        if len(shown) > 1:
            full = [i for i in shown if self._has_content(i)]
            if len(full) > 1:
                raise ReadFault(Code.SHEET_AMBIGUOUS, sheets=self._named(full), hidden=self._named(hidden))
            shown = full or shown
        if not shown:
            if hidden:
                raise ReadFault(Code.SHEET_AMBIGUOUS, "hidden", sheets="", hidden=self._named(hidden))
            raise ReadFault(Code.NO_DATA, "no_sheet")
        return shown[0]

    def _named(self, indexes: Any) -> str:
        return ", ".join(self.sheets[i]["name"] for i in indexes)

    def _has_content(self, index: int) -> bool:
        part = self._part(index)
        if part is not None and self._package is not None:
            return sheet_scan.has_content(self._package, part.part)
        return self._load(index).height > 0

    def _part(self, index: int) -> sheet_scan.SheetPart | None:
        if self._parts is None:
            return None
        name = self.sheets[index]["name"]
        return next((sheet for sheet in self._parts.sheets if sheet.name == name), None)

    def _scan(self, index: int) -> sheet_scan.Scan:
        if self.format == "xls":
            return biff.scan_biff(self._biff, index)
        if self._package is not None and self.format == "ods":
            return ods_scan.scan_ods(self._package, self.sheets[index]["name"])
        part = self._part(index)
        if part is not None and self._parts is not None and self._package is not None:
            return sheet_scan.scan_sheet(self._package, self._parts, part, self.limits)
        return sheet_scan.Scan()

    def _load(self, index: int) -> Any:
        try:
            return self._book.get_sheet_by_index(index)
        except (calamine.CalamineError, OSError) as error:
            raise ReadFault(
                Code.FILE_DAMAGED, "sheet", sheet=self.sheets[index]["name"], detail=shorten(str(error))
            ) from error

    def rows(self, index: int) -> Iterator[tuple[int, list[WireCell]]]:
        """(row number from 1, wire cells) of every row with content, starting at column A."""
        scan = self._scan(index)
        self.is_1904 = scan.is_1904
        sheet = self._load(index)
        start = sheet.start or (0, 0)
        first_row, first_column = start
        width = first_column + sheet.width
        if width > self.limits.columns_max:
            raise ReadFault(Code.TOO_MANY_COLUMNS, count=width, limit=self.limits.columns_max)
        if sheet.height * sheet.width > self.limits.cells_max:
            raise ReadFault(
                Code.SHEET_TOO_WIDE,
                cell=f"{sheet_scan.column_letters(width - 1)}{first_row + sheet.height}",
            )
        marks: dict[int, list[tuple[int, Any]]] = {}
        for (row, column), patch in scan.patches.items():
            marks.setdefault(row, []).append((column, patch))
        for (row, column), shape in scan.formats.items():
            marks.setdefault(row, []).append((column, shape))
        padding: list[WireCell] = [None] * first_column
        may_hold_controls = self._may_hold_controls or scan.has_escapes
        count = 0
        for number, values in enumerate(sheet.iter_rows(), 1):
            cells = padding + [
                v.strip() or None if v.__class__ is str else v if v.__class__ is float else _to_wire(v)
                for v in values
            ]
            if may_hold_controls:
                _mark_controls(cells)
            if marks and number - 1 in marks:
                _apply(cells, marks.pop(number - 1))
            if cells.count(None) != len(cells):
                count += 1
                yield number, cells
        for row in sorted(marks):  # rows that hold nothing but errors lie outside the reader's range
            cells = []
            _apply(cells, marks[row])
            if cells.count(None) != len(cells):
                count += 1
                yield row + 1, cells
        if scan.row_count is not None and scan.row_count > count:
            self.notes.append((Code.ROWS_DIFFER.value, "", {"counted": scan.row_count, "read": count}))


def _check_parts(package: Package) -> bool:
    """Reads the small parts against their CRC, which the workbook reader does not always do.

    Returns whether any text may hold escaped control signs.
    """
    has_escapes = False
    for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/sharedstrings.xml"):
        if name in package.parts:
            tail = b""
            for chunk in package.chunks(name):
                has_escapes = has_escapes or b"_x00" in tail + chunk
                tail = chunk[-4:]
    if "_rels/.rels" in package.parts:
        sheet_scan.walk(package, "_rels/.rels", lambda _name, _attributes: None)
    return has_escapes


def _to_wire(value: Any) -> WireCell:
    kind = value.__class__
    if kind is bool:
        return "TRUE" if value else "FALSE"
    if kind is dt.date:
        return ("d", value.toordinal())
    if kind is dt.datetime:
        if value.time() == dt.time(0):
            return ("d", value.toordinal())
        return ("t", value.replace(microsecond=0).isoformat())
    if kind is dt.timedelta:
        return str(value)
    return value.isoformat() if kind is dt.time else value


def _mark_controls(cells: list[WireCell]) -> None:
    for column, text in enumerate(cells):
        if text.__class__ is str and not text.isprintable() and CONTROL.search(text):
            cells[column] = ("e", Code.CONTROL_CHARS.value, shorten(CONTROL.sub("\ufffd", text)))


def _apply(cells: list[WireCell], marks: list[tuple[int, Any]]) -> None:
    for column, mark in marks:
        if column >= len(cells):
            cells.extend([None] * (column + 1 - len(cells)))
        value = cells[column]
        if mark.__class__ is not int:
            cells[column] = mark
        elif value.__class__ in (int, float):
            cells[column] = _shown(number_of(float(value)), mark)


def _shown(number: Decimal, digits: int) -> str:
    """A percent or a zero-padded whole number, as the sheet shows it."""
    if digits == 0:
        return f"{(number * 100).normalize():f}%"
    if number != number.to_integral_value() or number < 0:
        return f"{number:f}"
    return f"{int(number):0{digits}d}"


def _suffix_fits(suffix: str, format_: str) -> bool:
    fitting = {
        "xlsx": {".xlsx", ".xlsm", ".xltx", ".xltm"},
        "xlsb": {".xlsb"},
        "ods": {".ods", ".ots", ".fods"},
        "xls": {".xls", ".xlt"},
    }
    return suffix in fitting[format_]
