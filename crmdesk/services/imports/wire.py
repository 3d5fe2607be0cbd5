"""What crosses the pipe between the reading child and the program: length-prefixed marshal frames.

Marshal carries only plain data, and both ends are the same interpreter. Rows travel and stay in this form (a
hundred thousand rows of eight cells are some 12 MB); cells become Decimals and dates when they are looked at.
"""

from __future__ import annotations

import datetime as dt
import functools
import marshal
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any, TypeAlias

from crmdesk.models.errors import Code

STATEMENT, EINVOICE, SHEETS, CARDS = "statement", "einvoice", "sheets", "cards"
"""Tasks of the child beside a table: a bank's own format (a table where it is none), an electronic invoice, the names
of a workbook's sheets, visiting cards (a table where it is none).
"""
_FRAME = struct.Struct("<II")
# Version 2 has no table of references: faster to write, and rows seldom repeat objects.
_MARSHAL_VERSION = 2
FRAME_BYTES_MAX = 256 * 1024 * 1024
NOISE_MAX = Decimal("1e-9")
NOISE_DECIMALS = Decimal("1e-6")
_NOISY_LENGTH = 14
_EXACT_INTEGER_MAX = 1e15


@dataclass(frozen=True, slots=True)
class CellError:
    """A cell without a usable value: `cell_error` (#DIV/0! …), `formula_no_value` or `control_chars`."""

    code: Code
    text: str = ""


Cell: TypeAlias = str | Decimal | dt.date | CellError | None
"""dt.datetime (a date) when the cell has a time of day; never a float."""
WireCell: TypeAlias = Any
"""None, str, int, float, ("d", ordinal), ("t", ISO text), ("e", code, text)."""


def write_frame(stream: IO[bytes], message: Any, row_count: int = 0) -> None:
    """Writes one frame; `row_count` tells a batch of rows from any other message without unpacking it."""
    body = marshal.dumps(message, _MARSHAL_VERSION)
    stream.write(_FRAME.pack(len(body), row_count) + body)


def read_frame(stream: IO[bytes]) -> tuple[int, bytes] | None:
    """(row count, body) of the next frame, or None at the end (also when the writer died within a frame)."""
    head = stream.read(_FRAME.size)
    if len(head) < _FRAME.size:
        return None
    length, row_count = _FRAME.unpack(head)
    if length > FRAME_BYTES_MAX:
        return None
    body = stream.read(length)
    return (row_count, body) if len(body) == length else None


def unpack(body: bytes) -> Any:
    """The message in a frame's body."""
    return marshal.loads(body)  # written by our own child of the same interpreter


@functools.lru_cache(maxsize=1_024)
def number_of(value: float) -> Decimal:
    """A workbook's double as the number that was meant.

    Whole numbers lose their ".0". Noise of binary arithmetic is rounded away only where a number of at most
    six decimals lies within 10^-9 (0.30000000000000004 is 0.3); otherwise all digits stay, for the caller to
    refuse.
    """
    if value == int(value) and abs(value) < _EXACT_INTEGER_MAX:
        return Decimal(int(value))
    text = repr(value)
    number = Decimal(text)
    if len(text) <= _NOISY_LENGTH or abs(value) >= _EXACT_INTEGER_MAX:
        return number
    near = number.quantize(NOISE_DECIMALS)
    return near.normalize() if abs(number - near) <= NOISE_MAX and near else number


def decode_cell(value: WireCell) -> Cell:
    """One cell in its lasting form."""
    kind = type(value)
    if kind is str or value is None:
        return value
    if kind is float:
        return number_of(value)
    if kind is int:
        return Decimal(value)
    tag = value[0]
    if tag == "d":
        return dt.date.fromordinal(value[1])
    if tag == "t":
        return dt.datetime.fromisoformat(value[1])
    return CellError(Code(value[1]), value[2])


def decode_row(values: Iterable[WireCell], width: int) -> list[Cell]:
    """A row's cells, made exactly `width` long."""
    cells = [v if v is None or v.__class__ is str else decode_cell(v) for v in values]
    if len(cells) < width:
        cells.extend([None] * (width - len(cells)))
    return cells[:width] if len(cells) > width else cells
