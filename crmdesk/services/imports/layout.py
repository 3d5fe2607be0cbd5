"""Where the table is within the rows: title lines above, the header, comments, repeats, and what follows the
end.

Pure functions over decoded rows; nothing is dropped without being counted with its reason.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from crmdesk.services.imports.wire import Cell, CellError

HEAD_ROWS = 120
CANDIDATES_MAX = 5
HEADER_TEXT_MAX = 60
_NUMBER = re.compile(r"[-+(]?\s*[¥￥$€£]?\s*[\d０-９][\d０-９.,'’\s]*%?\)?-?")
_DATE = re.compile(r"\d{1,4}[-/.年]\d{1,2}([-/.月]\d{1,4}日?)?([ T]\d{1,2}:\d{2}(:\d{2})?)?")
_TOTAL = re.compile(
    r"([\u4e00-\u9fff]{0,6}(小计|合计|总计|累计|共计)|total|grand total|sub-?total|sum)\s*[:：]?",
    re.IGNORECASE,
)
_CURRENCY = re.compile(r"[A-Z]{3}")
"""Sums are given by currency."""
_SUBTOTAL = re.compile(r"(小计|本页小计|本页合计|sub-?total)\s*[:：]?", re.IGNORECASE)
_CLOSING = re.compile(
    r"[-=*_—─＝～~]{3,}|[*※#]|注[:：]|备注[:：]|说明[:：]|.{0,12}[:：]|共\s*\d+|第\s*\d+\s*页|page \d",
    re.IGNORECASE,
)
_YES_NO = frozenset(
    {"true", "false", "wahr", "falsch", "yes", "no", "是", "否", "y", "n", "null", "none", "nan"}
)
_COMMENT = re.compile(r"#|//")


class Reason(StrEnum):
    """Why a row below the header is no record."""

    REPEATED_HEADER = "repeated_header"
    COMMENT = "comment"
    SUBTOTAL = "subtotal"
    FOOTER = "footer"


@dataclass(frozen=True, slots=True)
class HeadRow:
    """One of the first rows: its number in the file and its cells."""

    number: int
    cells: tuple[Cell, ...]


def name_of(cell: Cell) -> str:
    """A header cell as one line of text."""
    if cell is None or isinstance(cell, CellError):
        return ""
    if isinstance(cell, dt.date):
        return cell.isoformat()
    text = f"{cell:f}" if isinstance(cell, Decimal) else cell
    return " ".join(unicodedata.normalize("NFC", text).replace("\ufeff", "").split())


def normalise_name(text: str) -> str:
    """A header name without what varies: width, case, punctuation, spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if sign.isalnum())


def header_candidates(rows: Sequence[HeadRow], known: Collection[str] = ()) -> list[int]:
    """Indexes into `rows` that may be the header, best first; empty when none looks like one.

    `known` holds normalised names of fields; a row that names several of them wins over any other sign.
    """
    if not rows:
        return []
    extents = [_extent(row.cells) for row in rows]
    scores: dict[int, float] = {}
    first_of: dict[tuple[str, ...], int] = {}
    for index in range(len(rows)):
        score = _score(rows, index, extents, known)
        if score is None:
            continue
        # a header that is repeated further down is the first of them
        first = first_of.setdefault(tuple(name_of(cell) for cell in rows[index].cells), index)
        scores[first] = max(scores.get(first, score), score - 0.03 * (index - first))
    ranked = sorted(scores, key=lambda index: (-(scores[index] - 0.03 * index), index))
    return ranked[:CANDIDATES_MAX]


def _score(
    rows: Sequence[HeadRow], index: int, extents: Sequence[int], known: Collection[str]
) -> float | None:
    cells = rows[index].cells
    filled = [cell for cell in cells if cell is not None]
    names = [normalise_name(name_of(cell)) for cell in filled]
    labels = [cell for cell in filled if _is_label(cell)]
    hits = sum(1 for name in names if name in known) if known else 0
    below = range(index + 1, min(index + 31, len(rows)))
    width = _table_width(extents)
    if not filled or (len(labels) < 0.7 * len(filled) and hits < 2):
        return None
    if len(filled) == 1 and width > 1 and not hits:
        return None
    coverage = min(1.0, len(filled) / max(1, width))
    if coverage < 0.4 and hits < 2:
        return None
    score = 2.0 * len(labels) / len(filled) + 2.0 * coverage + len(set(names)) / len(names)
    long = sum(1 for cell in labels if len(name_of(cell)) > 30 or re.search("[:：]", name_of(cell)[:-1]))
    score -= 1.5 * long / len(filled)
    score += 1.5 * _contrast(rows, index, below)
    if known:
        score += 3.0 * hits / len(filled) + min(hits, 4)
    if not below and index > 0:
        score -= 2.0  # the last row of a file is seldom its header
    return score


def _table_width(extents: Sequence[int]) -> int:
    """The width of the table among the first rows, a single odd row aside.

    Wide rows of one width weigh more than many lines of text: a statement of three records may follow twenty.
    """
    counts = Counter(extents)
    several = {width: count for width, count in counts.items() if count > 1 or len(extents) < 4}
    return max((several or counts).items(), key=lambda item: (item[0] - 0.9) ** 1.5 * item[1])[0]


def _contrast(rows: Sequence[HeadRow], index: int, below: range) -> float:
    """Share of the columns that hold numbers or dates below a text."""
    cells = rows[index].cells
    labelled = [column for column, cell in enumerate(cells) if isinstance(cell, str)]
    if not labelled or not below:
        return 0.0
    hits = 0
    for column in labelled:
        values = [rows[i].cells[column] for i in below if column < len(rows[i].cells)]
        values = [value for value in values if value is not None and not isinstance(value, CellError)]
        if values and sum(1 for value in values if not _is_label(value)) >= 0.6 * len(values):
            hits += 1
    return hits / len(labelled)


def _is_label(cell: Cell) -> bool:
    """Whether a cell could name a column: short text that is no number, date or address."""
    if not isinstance(cell, str):
        return False
    text = cell.strip()
    if len(text) > HEADER_TEXT_MAX or "@" in text or text.casefold() in _YES_NO:
        return False
    return not (_NUMBER.fullmatch(text) or _DATE.fullmatch(text))


def _extent(cells: Sequence[Cell]) -> int:
    return next((i + 1 for i in range(len(cells) - 1, -1, -1) if cells[i] is not None), 0)


def is_comment(cells: Sequence[Cell], raw_width: int, width: int) -> bool:
    """A line that begins with # or // and is no full record."""
    first = cells[0] if cells else None
    if not isinstance(first, str) or not _COMMENT.match(first):
        return False
    return raw_width != width or all(cell is None for cell in cells[1:])


def is_subtotal(cells: Sequence[Cell], *, at_end: bool = False) -> bool:
    """A row of sums: its one text says so, all else is numbers. A plain total counts only at the end."""
    words = [
        cell
        for cell in cells
        if isinstance(cell, str) and not _NUMBER.fullmatch(cell) and not _CURRENCY.fullmatch(cell)
    ]
    if len(words) != 1 or not any(cell is not None and cell is not words[0] for cell in cells):
        return False
    return bool((_TOTAL if at_end else _SUBTOTAL).fullmatch(words[0].strip()))


def is_footer(cells: Sequence[Cell], width: int) -> bool:
    """A closing line below the table: one text in a table of several columns, such as a note or a rule."""
    filled = [cell for cell in cells if cell is not None]
    if len(filled) != 1 or width < 3 or not isinstance(filled[0], str):
        return False
    text = filled[0].strip()
    return bool(_CLOSING.match(text)) or len(text) > HEADER_TEXT_MAX or bool(_TOTAL.fullmatch(text))
