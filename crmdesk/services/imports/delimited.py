"""Delimited text: which sign separates, and the records with the row in which each began."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from crmdesk.models.errors import Code
from crmdesk.services.imports.faults import ReadFault
from crmdesk.services.imports.limits import Limits

SAMPLE_CHARS = 262_144
SAMPLE_RECORDS = 200
LINE_CHARS_MAX = 8_388_608
DELIMITERS = (",", "\t", ";", "|")
_SEP_LINE = re.compile(r'\s*"?sep=(\\t|.)"?\s*', re.IGNORECASE)
# The quote that our own and other exporters put before what a spreadsheet would run as a formula (RP34).
_GUARDED = re.compile("'+[=+\\-@\t\r\x00＝＋－＠]")
# A record of its own after the last line: if a quote is open, it ends up inside the last field instead.
_END = "\x1aend\x1a"


def open_text(path: Path, encoding: str) -> io.TextIOWrapper:
    """The file as text with its line ends kept (CR alone ends a line too)."""
    return path.open(encoding=encoding, newline="")


def find_delimiter(path: Path, encoding: str) -> tuple[str, bool]:
    """The separating sign, and whether a `sep=` line at the top gave it."""
    with open_text(path, encoding) as file:
        sample = file.read(SAMPLE_CHARS)
        is_cut = len(sample) == SAMPLE_CHARS
    first = sample.lstrip("\ufeff").splitlines()[:1]
    given = _SEP_LINE.fullmatch(first[0]) if first else None
    if given:
        return ("\t" if given[1] == "\\t" else given[1]), True
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        if delimiter in sample:
            score = _consistency(sample, delimiter, is_cut)
            if score > best_score:
                best, best_score = delimiter, score
    return best, False


def _consistency(sample: str, delimiter: str, is_cut: bool) -> float:
    """How table-like the sample is when split: the share of records of the usual width, wider is better."""
    counts: list[int] = []
    limit = csv.field_size_limit(len(sample) + 1)
    try:
        for record in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, skipinitialspace=True):
            if record:
                counts.append(len(record))
            if len(counts) > SAMPLE_RECORDS:
                break
    finally:
        csv.field_size_limit(limit)
    if is_cut and len(counts) > 1:
        counts.pop()
    wide = Counter(count for count in counts if count > 1)
    if not wide:
        return 0.0
    width, hits = max(wide.items(), key=lambda item: (item[1], item[0]))
    return hits / len(counts) * (1 + math.log2(width))


def records(
    path: Path, encoding: str, delimiter: str, limits: Limits, *, has_sep_line: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """(row, fields) of each record that is not blank; a row is what a spreadsheet would number.

    A blank line counts as a row, a record over several lines as one. Raises `quote_open` (a quote never
    closed, or closed only by the next quoted field of a later row) and `field_too_long`.
    """
    csv.field_size_limit(limits.field_chars_max)
    row = 0
    try:
        with open_text(path, encoding) as file:
            lines = _Lines(file)
            reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
            is_first = True
            while True:
                lines.kept.clear()
                fields = next(reader, None)
                if fields is None:
                    break
                row += 1
                if lines.is_over:
                    if fields != [_END]:
                        raise ReadFault(Code.QUOTE_OPEN, row=row)
                    break
                if is_first:
                    is_first = False
                    if has_sep_line:
                        continue
                if len(lines.kept) > 1 and not _is_strict(lines.kept, delimiter):
                    raise ReadFault(Code.QUOTE_OPEN, row=row)
                if fields:
                    yield row, fields
    except csv.Error as error:
        if _is_open_to_the_end(path, encoding, delimiter, row):
            raise ReadFault(Code.QUOTE_OPEN, row=row + 1) from error
        raise ReadFault(Code.FIELD_TOO_LONG, row=row + 1, limit=limits.field_chars_max) from error
    except UnicodeDecodeError as error:
        raise ReadFault(Code.ENCODING_UNKNOWN, "content", encoding=encoding, row=row + 1) from error


class _Lines:
    """The lines of a file, remembering those of the record being read."""

    def __init__(self, file: io.TextIOWrapper) -> None:
        self._file = file
        self.kept: list[str] = []
        self.is_over = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.is_over:
            raise StopIteration
        line = self._file.readline(LINE_CHARS_MAX)
        if len(line) == LINE_CHARS_MAX:
            raise csv.Error("line without end")
        if not line:
            self.is_over = True
            return _END
        self.kept.append(line)
        return line


def _is_strict(lines: list[str], delimiter: str) -> bool:
    """Whether each quoted field of these lines ends right before a delimiter or the end."""
    try:
        list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error as error:
        return "field larger" in str(error)
    return True


def _is_open_to_the_end(path: Path, encoding: str, delimiter: str, rows_before: int) -> bool:
    csv.field_size_limit(2**31 - 1)
    with open_text(path, encoding) as file:
        lines = _Lines(file)
        reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
        try:
            for _ in range(rows_before):
                next(reader, None)
            fields = next(reader, None)
        except (csv.Error, UnicodeDecodeError):
            return False
        # swallowed to the end, or closed hundreds of lines on: either way the quote, not the field, is the
        # fault
        return fields is not None and (lines.is_over or len(lines.kept) > rows_before + 100)


def undo_guard(text: str) -> str:
    """Text without the one `'` an exporter put before a formula sign; other text unchanged."""
    return text[1:] if text.startswith("'") and _GUARDED.match(text) else text
