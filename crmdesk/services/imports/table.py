"""A table that was read: what it is, how it was understood, and its rows in batches."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from crmdesk.models.errors import Code, Problem
from crmdesk.services.imports import layout
from crmdesk.services.imports.faults import shorten
from crmdesk.services.imports.layout import HEAD_ROWS, HeadRow, Reason
from crmdesk.services.imports.process import RawTable
from crmdesk.services.imports.sheet_scan import column_letters
from crmdesk.services.imports.wire import Cell, WireCell, decode_row, unpack
from crmdesk.text import N_, _, counted

Row = tuple[int, list[Cell]]
"""(row number in the file, cells, as many as the header has)."""

Corrections = Mapping[int, Mapping[int, str]]

TAIL_ROWS = 12
SHOWN_ROWS_MAX = 60
RAGGED_FORMATS = ("csv",)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook."""

    name: str
    is_hidden: bool = False
    is_table: bool = True
    """False for sheets of charts, dialogs and macros."""


@dataclass(frozen=True, slots=True)
class EncodingChoice:
    """How the signs of a text file were read."""

    name: str
    is_doubtful: bool = False
    alternatives: tuple[tuple[str, str], ...] = ()
    """(encoding, a line of the file as it would read), most plausible first; empty when there is no
    choice.
    """


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row below the header that is no record; counted as read and skipped."""

    row: int
    reason: Reason
    text: str


@dataclass(frozen=True)
class Table:
    """One table of one file. Rows stay packed and are decoded batch by batch, as often as wanted."""

    file: str
    format: str
    """xlsx, xlsb, xls, ods or csv (any delimited text)."""
    sheet: str | None
    sheets: tuple[Sheet, ...]
    encoding: EncodingChoice | None
    delimiter: str | None
    is_1904: bool
    """Dates given as bare serial numbers count from 1904."""
    notes: tuple[Problem, ...]
    """What the user should know; none of it stops the import."""
    header_row: int | None
    """Row number of the header; None when none was recognised (then columns are named A, B, C …)."""
    header_candidates: tuple[int, ...]
    header: tuple[str, ...]
    row_count: int
    """Records that are taken: rows below the header that are not skipped, those with problems included."""
    skipped: tuple[SkippedRow, ...]
    preamble: tuple[tuple[int, str], ...]
    """(row, text) of lines above the header; not counted as read."""
    row_problems: Mapping[int, Problem] = field(repr=False)
    """Row -> why the row cannot be taken as a record at all (`column_count`, a card that is cut off)."""
    _batches: list[bytes] = field(repr=False, compare=False)
    facts: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What a bank's own format says beside its entries: `statements` with accounts and balances."""
    corrections: Corrections = field(default_factory=dict, repr=False)
    """Row -> column index -> the text that stands in the cell's place."""
    only_rows: frozenset[int] | None = field(default=None, repr=False)
    """The records that are taken; None takes all. The others stay in sight: what a row is told by, and how its
    numbers and dates are written, is decided by the whole file.
    """

    @property
    def read_count(self) -> int:
        """Rows read: records and skipped rows (cli.md, Import)."""
        return self.row_count + self.skipped_count

    @property
    def skipped_count(self) -> int:
        """Skipped rows of this reading; where only some records are taken, the first one has counted them."""
        return len(self.skipped) if self.only_rows is None else 0

    def is_wanted(self, row: int) -> bool:
        """Whether a record is to be taken."""
        return self.only_rows is None or row in self.only_rows

    @cached_property
    def _left_out(self) -> frozenset[int]:
        return frozenset(skipped.row for skipped in self.skipped)

    def revised(self, corrections: Corrections, only_rows: Collection[int] | None) -> Table:
        """The same table with cells corrected by hand, and perhaps only some of its records to be taken."""
        if only_rows is None:
            return replace(self, corrections=corrections)
        chosen = frozenset(only_rows)
        count = sum(number in chosen for batch in self._packed() for number, _cells in batch)
        return replace(self, corrections=corrections, only_rows=chosen, row_count=count)

    def batches(self) -> Iterator[list[Row]]:
        """All records in file order, some hundreds to a thousand at a time; each call starts anew."""
        width = len(self.header)
        for batch in self._packed():
            yield [(number, decode_row(cells, width)) for number, cells in batch]

    def _packed(self) -> Iterator[list[tuple[int, list[WireCell]]]]:
        """The records as they came from the child, batch by batch."""
        start = self.header_row or 0
        left_out = self._left_out
        for body in self._batches:
            numbers, rows = unpack(body)
            if numbers[-1] <= start:
                continue
            batch = [
                (number, cells)
                for number, cells in zip(numbers, rows, strict=True)
                if number > start and number not in left_out
            ]
            if self.corrections:
                self._correct(batch)
            if batch:
                yield batch

    def texts(self, columns: Sequence[int]) -> dict[int, set[str]]:
        """The different texts in some columns: text is the same packed and decoded, so nothing is decoded for it."""
        found: dict[int, set[str]] = {index: set() for index in columns}
        for batch in self._packed() if columns else ():
            for index, texts in found.items():
                texts.update(
                    cells[index]
                    for _number, cells in batch
                    if index < len(cells) and cells[index].__class__ is str
                )
        return found

    def _correct(self, batch: list[tuple[int, list[WireCell]]]) -> None:
        for number, cells in batch:
            for column, text in self.corrections.get(number, {}).items():
                cells.extend([None] * (column + 1 - len(cells)))  # empty cells at the end are not sent
                cells[column] = text.strip() or None

    def rows(self) -> Iterator[Row]:
        """The records one by one."""
        for batch in self.batches():
            yield from batch

    def preview(self, count: int = 20) -> list[Row]:
        """The first records."""
        shown: list[Row] = []
        for batch in self.batches():
            shown += batch[: count - len(shown)]
            if len(shown) >= count:
                break
        return shown

    def head(self, count: int = 40) -> list[Row]:
        """The first rows as they stand in the file, title lines and header included, for choosing the
        header.
        """
        return [(row.number, list(row.cells)) for row in head_rows(self._batches, count)]

    def problem(
        self,
        code: Code,
        message: str,
        *,
        row: int | None = None,
        column: int | None = None,
        value: str | None = None,
        hint: str | None = None,
    ) -> Problem:
        """A problem at a place in this table; `column` is an index into `header`."""
        name = None if column is None else (self.header[column] or column_letters(column))
        return Problem(
            code,
            message,
            file=self.file,
            sheet=self.sheet,
            row=row,
            column=name,
            value=None if value is None else shorten(value),
            hint=hint,
        )

    def header_problem(self, column: int) -> Problem | None:
        """Why a column must not be used for a field: its name is blank, or stands twice."""
        name = self.header[column]
        if self.header_row is None:
            return None
        if not name:
            return self.problem(
                Code.HEADER_BLANK,
                _("Column {column} has values but no name. Write a name into its header.").format(
                    column=column_letters(column)
                ),
                row=self.header_row,
                column=column,
            )
        if self.header.count(name) > 1:
            places = ", ".join(column_letters(i) for i, each in enumerate(self.header) if each == name)
            return self.problem(
                Code.HEADER_DUPLICATE,
                _(
                    "The name “{name}” stands over several columns ({columns}). Give each its own name."
                ).format(name=shorten(name), columns=places),
                row=self.header_row,
                column=column,
                value=name,
            )
        return None


def head_rows(batches: list[bytes], count: int = HEAD_ROWS) -> list[HeadRow]:
    """The first rows, decoded."""
    head: list[HeadRow] = []
    for body in batches:
        numbers, rows = unpack(body)
        for number, cells in zip(numbers, rows, strict=True):
            if len(head) == count:
                return head
            head.append(HeadRow(number, tuple(decode_row(cells, len(cells)))))
    return head


def build(
    file: str,
    raw: RawTable,
    notes: tuple[Problem, ...],
    known: Collection[str] = (),
    header_row: int | None = None,
    *,
    keeps_all: bool = False,
    row_problems: Mapping[int, Problem] | None = None,
) -> Table:
    """Understands what the child sent; `known` holds normalised field names that help to find the header,
    `row_problems` why the reader itself refuses a row."""
    info = raw.head
    encoding = None
    if "encoding" in info:
        encoding = EncodingChoice(
            info["encoding"], info["is_doubtful"], tuple((name, text) for name, text in info["alternatives"])
        )
    head = head_rows(raw.batches)
    candidates = tuple(head[index].number for index in layout.header_candidates(head, known))
    table = Table(
        file=file,
        format=info["format"],
        sheet=info.get("sheet"),
        sheets=tuple(Sheet(**sheet) for sheet in info.get("sheets", ())),
        encoding=encoding,
        delimiter=info.get("delimiter"),
        is_1904=info.get("is_1904", False),
        notes=notes,
        header_row=None,
        header_candidates=candidates,
        header=(),
        row_count=0,
        skipped=(),
        preamble=(),
        row_problems=row_problems or {},
        _batches=raw.batches,
        facts=info.get("facts", {}),
    )
    own = info.get("header_row", next(iter(candidates), None))
    return _arrange(table, header_row if header_row is not None else own, keeps_all)


def _arrange(table: Table, header_row: int | None, keeps_all: bool = False) -> Table:
    """Sets the header and walks once over all rows to find what is no record."""
    batches = table._batches
    head = head_rows(batches)
    chosen = next((row for row in head if row.number == header_row), None)
    if chosen is None:
        header_row = None
        width = max((len(row.cells) for row in head), default=0)
        names = [column_letters(column) for column in range(width)]
    else:
        names = [layout.name_of(cell) for cell in chosen.cells]
    walk = _Walk(table, header_row, names, keeps_all)
    for body in batches:
        walk.feed(*unpack(body))
    return walk.finish(
        tuple(_line(row) for row in head if header_row is not None and row.number < header_row)
    )


def _line(row: HeadRow) -> tuple[int, str]:
    return row.number, " ".join(layout.name_of(cell) for cell in row.cells if cell is not None)


class _Walk:
    """One pass over all rows."""

    def __init__(
        self, table: Table, header_row: int | None, names: list[str], keeps_all: bool = False
    ) -> None:
        self._table = table
        self._keeps_all = keeps_all
        self._start = header_row or 0
        self._header_row = header_row
        # the header as it stands, and without the empty fields at its end
        self._raw_width = len(names)
        while names and not names[-1]:
            names.pop()
        self._names = names
        self._width = len(names)
        self._is_ragged = table.format in RAGGED_FORMATS and header_row is not None
        self._blank_columns = [column for column, name in enumerate(names) if not name]
        self._used_blank: set[int] = set()
        self._first_name = next((name for name in names if name), "")
        self._skipped: list[SkippedRow] = []
        self._problems = dict(table.row_problems)
        self._tail: list[tuple[int, list[WireCell]]] = []
        self._count = 0
        self._widest = 0

    def feed(self, numbers: list[int], rows: list[list[WireCell]]) -> None:
        start, width, raw_width = self._start, self._width, self._raw_width
        first_name = self._first_name
        for number, cells in zip(numbers, rows, strict=True):
            if number <= start:
                continue
            first = cells[0]
            if (
                first is None or (first.__class__ is str and (first[0] in "#/小本sS" or first == first_name))
            ) and self._is_skipped(number, cells):
                continue
            self._count += 1
            if len(cells) != raw_width or raw_width != width:
                self._check_width(number, cells, width)
            for column in self._blank_columns:
                if column < len(cells) and cells[column] is not None:
                    self._used_blank.add(column)
        self._tail = (self._tail + [pair for pair in zip(numbers, rows, strict=True) if pair[0] > start])[
            -TAIL_ROWS:
        ]

    def _is_skipped(self, number: int, cells: list[WireCell]) -> bool:
        if self._header_row is None or self._keeps_all:
            return False
        decoded = decode_row(cells, len(cells))
        names = [layout.name_of(cell) for cell in decoded]
        while names and not names[-1]:
            names.pop()
        if names == self._names:
            self._skip(number, Reason.REPEATED_HEADER, names)
            return True
        if layout.is_comment(decoded, len(cells), self._raw_width):
            self._skip(number, Reason.COMMENT, names)
            return True
        if layout.is_subtotal(decoded):
            self._skip(number, Reason.SUBTOTAL, names)
            return True
        return False

    def _skip(self, number: int, reason: Reason, names: list[str]) -> None:
        self._skipped.append(SkippedRow(number, reason, " ".join(name for name in names if name)[:200]))

    def _check_width(self, number: int, cells: list[WireCell], width: int) -> None:
        extent = len(cells)
        while extent and cells[extent - 1] is None:
            extent -= 1
        self._widest = max(self._widest, extent)
        if not self._is_ragged or (extent <= width <= len(cells)):
            return
        self._problems[number] = self._table.problem(
            Code.COLUMN_COUNT,
            counted(
                N_("Row {row} has {count} columns, the header has {expected}."),
                max(extent, min(len(cells), width)) if extent > width else len(cells),
                row=number,
                expected=width,
            ),
            row=number,
            hint=_("Put values that contain the separating sign into quotes, or fill the missing columns."),
        )

    def finish(self, preamble: tuple[tuple[int, str], ...]) -> Table:
        """The table as understood."""
        if self._header_row is not None and not self._keeps_all:
            self._skip_footers()
        names = self._names
        if not self._is_ragged and self._widest > len(names):
            # values to the right of the last named column: the column exists, without a name
            self._used_blank.update(range(len(names), self._widest))
            names = names + [""] * (self._widest - len(names))
        table = replace(
            self._table,
            header_row=self._header_row,
            header=tuple(names),
            row_count=self._count,
            skipped=tuple(sorted(self._skipped, key=lambda skipped: skipped.row)),
            preamble=preamble[:SHOWN_ROWS_MAX],
            row_problems=self._problems,
        )
        return replace(table, notes=(*_lasting(table.notes), *self._header_notes(table)))

    def _skip_footers(self) -> None:
        known = {skipped.row for skipped in self._skipped}
        for number, cells in reversed(self._tail):
            if number in known:
                continue
            decoded = decode_row(cells, len(cells))
            if layout.is_subtotal(decoded, at_end=True):
                reason = Reason.SUBTOTAL
            elif layout.is_footer(decoded, self._width):
                reason = Reason.FOOTER
            else:
                break
            self._skip(number, reason, [layout.name_of(cell) for cell in decoded])
            self._problems.pop(number, None)
            self._count -= 1

    def _header_notes(self, table: Table) -> list[Problem]:
        if table.header_row is None:
            return [
                table.problem(
                    Code.NO_TABLE,
                    _("No header row was recognised. Choose the row that names the columns."),
                )
            ]
        notes = []
        seen: set[str] = set()
        for column, name in enumerate(table.header):
            if (not name and column not in self._used_blank) or (name and name in seen):
                continue
            seen.add(name)
            problem = table.header_problem(column)
            if problem is not None:
                notes.append(problem)
        return notes


_HEADER_CODES = (Code.NO_TABLE, Code.HEADER_BLANK, Code.HEADER_DUPLICATE)


def _lasting(notes: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Notes that do not depend on which row is the header."""
    return tuple(note for note in notes if note.code not in _HEADER_CODES)
