"""Which of the banks' own formats a file is, and its rows for the pipe. Runs in the reading child."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from crmdesk.models.errors import Code
from crmdesk.services.imports.faults import ReadFault
from crmdesk.services.imports.limits import Limits

HEAD_BYTES = 8_192
_OFX = re.compile(rb"OFXHEADER|<\?OFX|<OFX[\s>]", re.IGNORECASE)
_MT940 = re.compile(rb"(?m)^\s*(?:\{1:F01|:(?:20|25|28C?|60[FM]|61|62[FM]):)")
_QIF = re.compile(rb"(?m)^!(?:Type|Account|Option|Clear)", re.IGNORECASE)
_CAMT = re.compile(rb"<(?:\w+:)?(?:Document|BkToCstmrStmt)[\s>]")


def sniff(path: Path) -> str | None:
    """`ofx`, `camt`, `mt940` or `qif`; None for anything else (a table, perhaps)."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    for pattern, name in ((_OFX, "ofx"), (_CAMT, "camt"), (_MT940, "mt940"), (_QIF, "qif")):
        if pattern.search(head):
            return name
    return None


def is_statement(path: Path) -> bool:
    """Whether a file is in one of the banks' own formats; False for one that cannot be read."""
    try:
        return sniff(path) is not None
    except OSError:
        return False


def read(path: Path, name: str, encoding: str | None, limits: Limits) -> tuple[dict[str, Any], Any, Any]:
    """Head, rows of (number, cells) that begin with the header as row 0, and notes."""
    size = path.stat().st_size
    if size > limits.unpacked_bytes:
        raise ReadFault(
            Code.FILE_TOO_LARGE, "size", size=size // 1_000_000, limit=limits.unpacked_bytes // 1_000_000
        )
    from crmdesk.services.banking.raw import COLUMNS

    if name == "ofx":
        from crmdesk.services.banking import ofx

        found = ofx.read(path.read_bytes())
    elif name == "camt":
        from crmdesk.services.banking import camt

        found = camt.read(path.read_bytes())
    else:
        from crmdesk.services.banking import mt940, qif

        text = _text(path, encoding)
        found = mt940.read(text) if name == "mt940" else qif.read(text)
    head = {
        "format": name,
        "header_row": 0,
        "facts": {"statements": [statement.as_plain() for statement in found.statements]},
    }
    rows = [(0, list(COLUMNS)), *((entry.row, entry.cells()) for entry in found.entries)]
    return head, rows, found.notes


def _text(path: Path, encoding: str | None) -> str:
    from crmdesk.services.imports import encodings

    name = encodings.named(encoding) if encoding else encodings.detect(path).name
    try:
        return path.read_bytes().decode(name)
    except UnicodeDecodeError:
        raise ReadFault(Code.ENCODING_UNKNOWN, "content", encoding=name, row=1) from None
