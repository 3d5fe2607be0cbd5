"""A block of cells from a spreadsheet: which column of it belongs to which column of the line grid. No Qt here.

Three shapes are known. A first row of titles names the columns. A block that starts at a link or a text and goes on
with numbers is the short one people keep: product, quantity, price, discount, tax. Any other block is laid over the
columns as they stand, from the cell the cursor is in.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import NamedTuple

from crmdesk.models.errors import InvalidInput
from crmdesk.models.fields import Field, Kind
from crmdesk.text import _
from crmdesk.ui.kit import typed

UNREAD = "unread"
"""The one key under which text stands in the draft journal that could not be read as its field's kind."""
_QUOTED = re.compile(r'(^|[\t\n])"(?:[^"]|"")*"(?=[\t\r\n]|$)')
_OPENED = re.compile(r'(?:^|[\t\n])"')
_WORDS = frozenset({Kind.TEXT, Kind.LONG_TEXT, Kind.LINK, Kind.CODE})
_AMOUNTS = frozenset({Kind.QUANTITY, Kind.INTEGER, Kind.PRICE, Kind.MONEY, Kind.OBJECT, Kind.RATE})


class Block(NamedTuple):
    """Rows of cells; `columns` has for each of them the place in the grid, None for what has none."""

    columns: list[int | None]
    rows: list[list[str]]


class Pasted(NamedTuple):
    """What became of a block: lines taken, lines without room, cells that are marked."""

    line_count: int
    cut_count: int
    marked_count: int


def read(text: str, fields: Sequence[Field], stops: Sequence[int], start: int = 0) -> Block:
    """Reads tab-separated text. `stops` are the columns one can type into; the cursor is in the one at `start`."""
    rows = _cells(text)
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    if not any(cell.strip() for cells in rows for cell in cells):
        return Block([], [])
    titled = _titled(rows[0], fields, stops)
    if titled is not None:
        return Block(titled, rows[1:])
    columns = stops[start:]
    return Block(list(_short(rows, fields, columns) or columns), rows)


def _cells(text: str) -> list[list[str]]:
    """Excel quotes a cell that holds a line break or a tab; a quote that begins one and is never closed was typed."""
    if not _OPENED.search(_QUOTED.sub(r"\1", text)):
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter="\t")]
    return [line.split("\t") for line in text.replace("\r\n", "\n").split("\n")]


def _titled(cells: Sequence[str], fields: Sequence[Field], stops: Sequence[int]) -> list[int | None] | None:
    """The columns that a row of titles names; None when it is no such row.

    Every column is known by its title, but only one that can be typed into is filled: what is computed or hidden
    would be sent along, and nobody could take it out again.
    """
    names: dict[str, int] = {}
    for place in (*stops, *range(len(fields))):
        field = fields[place]
        for word in (field.name, field.label, _(field.label), *field.aliases):
            names.setdefault(word.strip().casefold(), place)
    found = [names.get(cell.strip().casefold()) for cell in cells]
    known = [place for place in found if place is not None]
    is_one = len(known) >= 2 and len(set(known)) == len(known) and len(known) * 2 > len(cells)
    return [place if place in stops else None for place in found] if is_one else None


def _short(
    rows: Sequence[Sequence[str]], fields: Sequence[Field], columns: Sequence[int]
) -> list[int] | None:
    """Product (or words), quantity, price, discount, tax: where a text would follow there are only numbers."""
    if len(columns) < 2 or fields[columns[0]].kind not in _WORDS or fields[columns[1]].kind not in _WORDS:
        return None
    seconds = [row[1].strip() for row in rows if len(row) > 1 and row[1].strip()]
    if sum(map(_is_number, seconds)) * 2 <= len(seconds):
        return None
    return [columns[0], *(place for place in columns[1:] if fields[place].kind in _AMOUNTS)]


def _is_number(text: str) -> bool:
    try:
        return typed.read_number(text) is not None
    except InvalidInput:
        return False
