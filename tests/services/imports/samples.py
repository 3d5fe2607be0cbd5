"""Files that the reader's tests make themselves: workbooks part by part, and an old Excel file byte by
byte.
"""

from __future__ import annotations

import random
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from crmdesk.models import money
from crmdesk.services.imports.numbers import NumberRule, parse_decimals
from crmdesk.services.imports.wire import Cell

ErrorT = TypeVar("ErrorT", bound=Exception)
ValueT = TypeVar("ValueT")

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

CONTENT_TYPES = (
    HEAD + '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    "</Types>"
)
PACKAGE_RELS = (
    HEAD + '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{RELS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)


def outcome(expected: type[ErrorT], function: Callable[..., ValueT], *arguments: object) -> ValueT | ErrorT:
    """What a function answers: its value, or the expected kind of error it raised."""
    try:
        return function(*arguments)
    except expected as error:
        return error


def cell(ref: str, value: object = None, **attributes: str) -> str:
    """One `<c>`: text inline, numbers as `<v>`; attributes (t, s) override."""
    extra = "".join(f' {name}="{text}"' for name, text in attributes.items())
    if isinstance(value, str) and "t" not in attributes:
        return f'<c r="{ref}" t="inlineStr"{extra}><is><t xml:space="preserve">{value}</t></is></c>'
    inner = "" if value is None else f"<v>{value}</v>"
    return f'<c r="{ref}"{extra}>{inner}</c>'


def grid(rows: list[list[object]], first_row: int = 1) -> str:
    """`<row>` elements of a plain table."""
    out = []
    for number, values in enumerate(rows, first_row):
        cells = "".join(
            cell(f"{chr(65 + index)}{number}", value)
            for index, value in enumerate(values)
            if value is not None
        )
        out.append(f'<row r="{number}">{cells}</row>')
    return "".join(out)


def sheet_xml(data: str, before: str = "", after: str = "", namespace: str = MAIN) -> str:
    """A worksheet part around the given rows."""
    return HEAD + f'<worksheet xmlns="{namespace}">{before}<sheetData>{data}</sheetData>{after}</worksheet>'


def make_xlsx(
    path: Path,
    sheets: Mapping[str, str],
    *,
    states: Mapping[str, str] | None = None,
    extra: Mapping[str, str | bytes] | None = None,
    workbook_properties: str = "",
    backslash: bool = False,
) -> Path:
    """Writes a workbook of the given worksheet parts (name -> XML); `extra` adds or replaces parts."""
    states = states or {}
    listed, relations = [], []
    parts: dict[str, str | bytes] = {"[Content_Types].xml": CONTENT_TYPES, "_rels/.rels": PACKAGE_RELS}
    for index, (name, xml) in enumerate(sheets.items(), 1):
        state = f' state="{states[name]}"' if name in states else ""
        listed.append(f'<sheet name="{name}" sheetId="{index}"{state} r:id="rId{index}"/>')
        relations.append(
            f'<Relationship Id="rId{index}" Type="{RELS}/worksheet" Target="worksheets/sheet{index}.xml"/>'
        )
        parts[f"xl/worksheets/sheet{index}.xml"] = xml
    if extra and "xl/sharedStrings.xml" in extra:
        relations.append(f'<Relationship Id="rId98" Type="{RELS}/sharedStrings" Target="sharedStrings.xml"/>')
    if extra and "xl/styles.xml" in extra:
        relations.append(f'<Relationship Id="rId99" Type="{RELS}/styles" Target="styles.xml"/>')
    parts["xl/workbook.xml"] = (
        HEAD + f'<workbook xmlns="{MAIN}" xmlns:r="{RELS}">{workbook_properties}'
        f"<sheets>{''.join(listed)}</sheets></workbook>"
    )
    parts["xl/_rels/workbook.xml.rels"] = (
        HEAD
        + '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        + "".join(relations)
        + "</Relationships>"
    )
    parts |= extra or {}
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            if backslash:
                info.filename = name.replace("/", "\\")
            archive.writestr(info, content)
    return path


# ---------------------------------------------------------------- BIFF8 in an OLE container


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _short_text(text: str, length_format: str) -> bytes:
    return struct.pack(length_format, len(text)) + b"\x01" + text.encode("utf-16-le")


def biff_stream(rows: list[list[object]], sheet: str = "Sheet1", *, is_encrypted: bool = False) -> bytes:
    """A BIFF8 `Workbook` stream of one sheet: text, numbers, None, and error codes as `ValueError(code)`."""
    bof = struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0x41, 0x06)
    sheet_bof = struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0x41, 0x06)
    filepass = _record(0x002F, struct.pack("<HHH", 1, 1, 1) + bytes(48)) if is_encrypted else b""
    head = _record(0x0809, bof) + filepass + _record(0x0042, struct.pack("<H", 1200))
    bound_size = 4 + 6 + 2 + 2 * len(sheet)
    offset = len(head) + bound_size + 4
    bound = _record(0x0085, struct.pack("<IBB", offset, 0, 0) + _short_text(sheet, "<B"))
    body = b""
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            at = struct.pack("<HHH", row, column, 0)
            if isinstance(value, str):
                body += _record(0x0204, at + _short_text(value, "<H"))
            elif isinstance(value, ValueError):
                body += _record(0x0205, at + struct.pack("<BB", int(value.args[0]), 1))
            elif isinstance(value, int | float):
                body += _record(0x0203, at + struct.pack("<d", float(value)))
    dimensions = struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows), default=0), 0)
    return (
        head
        + bound
        + _record(0x000A, b"")
        + _record(0x0809, sheet_bof)
        + _record(0x0200, dimensions)
        + body
        + _record(0x000A, b"")
    )


def ole_container(streams: Mapping[str, bytes]) -> bytes:
    """A compound file (512-byte sectors) holding the streams, each padded to at least 4,096 bytes."""
    end, free, fat_mark = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    padded = {
        name: data.ljust(max(4096, -(-len(data) // 512) * 512), b"\0") for name, data in streams.items()
    }
    sectors: list[bytes] = []
    fat: list[int] = []
    starts: dict[str, int] = {}
    for name, data in padded.items():
        count = len(data) // 512
        starts[name] = len(sectors)
        sectors += [data[i * 512 : i * 512 + 512] for i in range(count)]
        fat += [*range(starts[name] + 1, starts[name] + count), end]
    entries = [("Root Entry", 5, end, 0, 1 if padded else free)]
    names = list(padded)
    for index, name in enumerate(names):
        sibling = index + 2 if index + 1 < len(names) else free
        entries.append((name, 2, starts[name], len(padded[name]), sibling))
    directory = b""
    for index, (name, kind, start, size, link) in enumerate(entries):
        raw = name.encode("utf-16-le")
        child, right = (link, free) if index == 0 else (free, link)
        directory += raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw) + 2, kind, 1)
        directory += (
            struct.pack("<III", free, right, child) + bytes(16 + 4 + 16) + struct.pack("<IQ", start, size)
        )
    directory = directory.ljust(-(-len(directory) // 512) * 512, b"\0")
    directory_start = len(sectors)
    count = len(directory) // 512
    sectors += [directory[i * 512 : i * 512 + 512] for i in range(count)]
    fat += [*range(directory_start + 1, directory_start + count), end]
    fat_count = -(-(len(fat) + 1) // 128)
    fat_start = len(sectors)
    fat += [fat_mark] * fat_count
    fat_bytes = struct.pack(f"<{len(fat)}I", *fat).ljust(fat_count * 512, b"\xff")
    sectors += [fat_bytes[i * 512 : i * 512 + 512] for i in range(fat_count)]
    header = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, fat_count, directory_start, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", *(fat_start + i if i < fat_count else free for i in range(109)))
    return header + b"".join(sectors)


def make_xls(path: Path, rows: list[list[object]], *, is_encrypted: bool = False) -> Path:
    """A real `.xls` (BIFF8 in an OLE container)."""
    path.write_bytes(ole_container({"Workbook": biff_stream(rows, is_encrypted=is_encrypted)}))
    return path


# ---------------------------------------------------------------- OpenDocument


def make_ods(path: Path, rows: str, name: str = "Sheet1") -> Path:
    """An `.ods` whose one table holds the given `<table:table-row>` XML."""
    content = (
        HEAD + "<office:document-content "
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">'
        f'<office:body><office:spreadsheet><table:table table:name="{name}">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        HEAD + '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/" '
        'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return path


def ods_row(*values: str) -> str:
    """One ODS row of text cells."""
    return (
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
            for value in values
        )
        + "</table:table-row>"
    )


def mutants(data: bytes, count: int, seed: int) -> list[bytes]:
    """Damaged copies: a flipped bit, a cut tail, bytes replaced, a stretch repeated elsewhere."""
    rng = random.Random(seed)
    made = []
    for _ in range(count if data else 0):
        mutant = bytearray(data)
        kind = rng.randrange(4)
        at = rng.randrange(len(mutant))
        if kind == 0:
            mutant[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del mutant[max(1, at) :]
        elif kind == 2:
            mutant[at : at + rng.randrange(1, 40)] = rng.randbytes(rng.randrange(1, 40))
        else:
            to = rng.randrange(len(mutant))
            mutant[at:at] = mutant[to : to + rng.randrange(1, 200)]
        made.append(bytes(mutant))
    return made


def minor_of(cell: Cell, rule: NumberRule, currency: str) -> int | None:
    """An amount in minor units, read as the columns of an import read it."""
    digits = money.digits(currency)
    amount = parse_decimals(cell, rule, digits, currency=currency)
    return None if amount is None else int(amount.scaleb(digits))
