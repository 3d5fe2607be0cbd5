"""A table over pages: measured columns, wrapped texts, repeated head, lines carried forward."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import accumulate
from typing import NamedTuple

from crmdesk.services.documents import fitting
from crmdesk.services.documents.canvas import Run, Sheets
from crmdesk.services.documents.fonts import face
from crmdesk.services.documents.labels import Label
from crmdesk.services.documents.palette import Look, Style

_CELL_LINES_MAX = 8
# Tried in turn until the figures fit; below the last the single figure is made smaller.
_SIZES = (1.0, 0.95, 0.9, 0.85, 0.8)
_PADDING = 0.65  # ems on either side of a cell


class Align(Enum):
    """Where a cell's text stands."""

    LEFT = 0
    RIGHT = 1
    CENTRE = 2


@dataclass(frozen=True, slots=True)
class Column:
    """One column. A column with `flex` takes its share of what the others leave and wraps its text.

    `least` is the narrowest it may become, in ems of the body type.
    """

    label: Label
    align: Align = Align.LEFT
    flex: float = 0.0
    least: float = 0.0


class Entry(NamedTuple):
    """A cell of a kind and the user's own words behind or below it."""

    label: Label
    note: str = ""


class Kind(Enum):
    """What a row is, and by that how it looks."""

    PLAIN = 0
    QUIET = 1
    TOTAL = 2


Cell = str | Entry


class Row(NamedTuple):
    """The cells of one row, one for each column; an empty string leaves a cell empty."""

    cells: Sequence[Cell]
    kind: Kind = Kind.PLAIN


@dataclass(slots=True)
class _Ready:
    """A measured row: its runs relative to its upper left corner."""

    height: float
    runs: list[Run]
    kind: Kind


class Table:
    """Rows of measured cells. `carry(n)` gives the line that carries n rows' sums forward, down and up."""

    def __init__(
        self,
        look: Look,
        columns: Sequence[Column],
        rows: Sequence[Row],
        width: float,
        clean: Callable[[str], str],
        carry: Callable[[int], tuple[Row, Row]] | None = None,
        title: str = "",
    ) -> None:
        self.look = look
        self.columns = columns
        self.width = width
        self.clean = clean
        self._carry = carry
        self.title = title
        cleaned = [Row([self._cleaned(cell) for cell in row.cells], row.kind) for row in rows]
        self.factor = 1.0
        self.lefts, self.widths = self._measure(cleaned)
        self.padding = _PADDING * look.body.size * self.factor
        self.styles = {
            Kind.PLAIN: self._sized(look.body),
            Kind.QUIET: self._sized(look.muted),
            Kind.TOTAL: self._sized(look.strong),
        }
        self.note_style = self._sized(look.muted)
        self._cache: dict[tuple[int, Cell, Kind], tuple[int, list[Run]]] = {}
        self.rows = [self._ready(row) for row in cleaned]
        self._cache.clear()
        self.head = _Head(self)
        # what the rows from one on to the last need
        self.below = list(accumulate((row.height for row in reversed(self.rows)), initial=0.0))[::-1]

    # -------------------------------------------------------------- measuring

    def _sized(self, style: Style) -> Style:
        return style if self.factor == 1.0 else replace(style, size=round(style.size * self.factor, 2))

    def _cleaned(self, cell: Cell) -> Cell:
        if isinstance(cell, str):
            return self.clean(cell) if cell else cell
        first = self.clean(cell.label.first)
        return Entry(Label(first, cell.label.second), self.clean(cell.note) if cell.note else "")

    def _measure(self, rows: Sequence[Row]) -> tuple[list[float], list[float]]:
        """The left edges and the widths of the columns; settles the factor of the type on the way."""
        body = self.look.body.size
        measured = list(rows)
        if self._carry is not None:
            # the sums at the end are the widest that will be carried
            measured += [
                Row([self._cleaned(c) for c in row.cells], row.kind) for row in self._carry(len(rows))
            ]
        ems = [self._natural(index, measured) for index in range(len(self.columns))]
        heads = [self._head_width(column) for column in self.columns]
        flexes = [index for index, column in enumerate(self.columns) if column.flex]
        widths: list[float] = []
        for self.factor in _SIZES:
            factor = self.factor
            gap = 2 * _PADDING * body * factor
            widths = [max(em * body * factor, head) + gap for em, head in zip(ems, heads, strict=True)]
            for index in flexes:
                widths[index] = self.columns[index].least * body * factor + gap
            if sum(widths) <= self.width:
                break
        spare = self.width - sum(widths)
        if spare < 0:
            # still too wide: every column gives in proportion and figures shrink one by one
            widths = [wide * self.width / sum(widths) for wide in widths]
        else:
            self._share(spare, widths, flexes, ems, body * self.factor)
        lefts = [sum(widths[:index]) for index in range(len(widths))]
        return lefts, widths

    def _share(
        self, spare: float, widths: list[float], flexes: Sequence[int], ems: Sequence[float], size: float
    ) -> None:
        """Gives the spare width to the columns with text, as far as they use it, the rest to all alike."""
        total = sum(self.columns[index].flex for index in flexes) or 1.0
        used = 0.0
        for index in flexes:
            want = max(ems[index] * size + 2 * _PADDING * size - widths[index], 0)
            give = min(spare * 0.9 * self.columns[index].flex / total, want)
            widths[index] += give
            used += give
        rest = spare - used
        for index in range(len(widths)):
            widths[index] += rest / len(widths)

    def _natural(self, index: int, rows: Sequence[Row]) -> float:
        """The widest cell of a column in ems."""
        plain, bold = face().width, face(bold=True).width
        widest = 0.0
        for row in rows:
            cell = row.cells[index]
            if not cell:
                continue
            measure = bold if row.kind is Kind.TOTAL else plain
            if isinstance(cell, str):
                em = measure(cell)
            else:
                em = measure(cell.label.joined) + (plain(cell.note) + 1.0 if cell.note else 0.2)
            widest = max(widest, em)
        return widest

    def _head_width(self, column: Column) -> float:
        look = self.look
        return max(
            fitting.width(column.label.first, look.head),
            fitting.width(column.label.second, look.head_second) * 0.9,
        )

    def _ready(self, row: Row) -> _Ready:
        lines_max = 1
        all_runs: list[Run] = []
        for index, cell in enumerate(row.cells):
            if not cell:
                continue
            key = (index, cell, row.kind)
            found = self._cache.get(key)
            if found is None:
                if len(self._cache) > 20_000:
                    self._cache.clear()
                found = self._cache[key] = self._cell(index, cell, row.kind)
            lines_max = max(lines_max, found[0])
            all_runs += found[1]
        height = self.row_height + (lines_max - 1) * self.line_height
        return _Ready(height, all_runs, row.kind)

    @property
    def row_height(self) -> float:
        """The height of a row of one line."""
        return self.look.row_height * (self.factor + 1) / 2

    @property
    def line_height(self) -> float:
        """What each further line of a cell adds."""
        return self.look.body.size * self.factor * 1.32

    def _cell(self, index: int, cell: Cell, kind: Kind) -> tuple[int, list[Run]]:
        """The number of lines of a cell and its runs, relative to the row's upper left corner."""
        column = self.columns[index]
        left = self.lefts[index] + self.padding
        room = self.widths[index] - 2 * self.padding + 0.01
        style = self.styles[kind]
        base = self.row_height / 2 + style.size * 0.36
        if not isinstance(cell, str):
            return self._entry(cell, left, room, style, base)
        wide = face(bold=style.bold).width(cell) * style.size
        if wide <= room:
            return 1, [(self._across(column.align, left, room, wide), base, cell, style)]
        if not column.flex:
            # a figure, number or date is never cut: it is set smaller until it fits
            small = fitting.shrunk(cell, style, room)
            wide = fitting.width(cell, small)
            return 1, [(self._across(column.align, left, room, wide), base, cell, small)]
        lines = fitting.wrapped(cell, style, room, _CELL_LINES_MAX)
        return len(lines), [
            (left, base + at * self.line_height, line, style) for at, line in enumerate(lines)
        ]

    @staticmethod
    def _across(align: Align, left: float, room: float, wide: float) -> float:
        if align is Align.LEFT:
            return left
        return left + (room - wide) * (1.0 if align is Align.RIGHT else 0.5)

    def _entry(
        self, cell: Entry, left: float, room: float, style: Style, base: float
    ) -> tuple[int, list[Run]]:
        """A kind in one or two languages with the user's words behind it, or below where there is no room."""
        label, note = cell
        muted = self.note_style
        names = fitting.wrapped(label.first, style, room, _CELL_LINES_MAX)
        runs: list[Run] = [(left, base + at * self.line_height, name, style) for at, name in enumerate(names)]
        down = base + (len(names) - 1) * self.line_height
        used = fitting.width(names[-1], style) if names else 0.0
        gap = style.size * 0.4
        if label.second and used + gap + fitting.width(label.second, muted) <= room:
            runs.append((left + used + gap, down, label.second, muted))
            used += gap + fitting.width(label.second, muted)
        if not note:
            return len(names), runs
        gap = style.size * 0.8
        if used + gap + fitting.width(note, muted) <= room:
            return len(names), [*runs, (left + used + gap, down, note, muted)]
        lines = fitting.wrapped(note, muted, room, _CELL_LINES_MAX)
        runs += [(left, down + (at + 1) * self.line_height, line, muted) for at, line in enumerate(lines)]
        return len(names) + len(lines), runs

    # -------------------------------------------------------------- pages

    def whole(self) -> Rest:
        """The table as a piece for the planner."""
        return Rest(self, 0)

    def carried(self, count: int) -> tuple[_Ready, _Ready]:
        """The lines at the foot of a page and at the head of the next after `count` rows."""
        assert self._carry is not None
        down, up = self._carry(count)
        return self._ready(down), self._ready(up)


class Rest:
    """The rows of a table from `start` on, not yet on a page."""

    def __init__(self, table: Table, start: int) -> None:
        self.table = table
        self.start = start

    def take(self, room: float, room_full: float, following: float) -> tuple[Part | None, Rest | None]:
        """See `flow.Divisible`: at least two rows stay together, the last two with sum and what follows."""
        table, start = self.table, self.start
        rows = table.rows
        has_carry = table._carry is not None
        used = table.head.height
        if start and has_carry:
            used += table.row_height
        fits_all = used + table.below[start]
        if fits_all + following <= room:
            return Part(table, start, len(rows), is_last=True), None
        reserve = table.row_height if has_carry else 0.0
        end = start
        while end < len(rows) and used + rows[end].height + reserve <= room:
            used += rows[end].height
            end += 1
        kept = 3 if rows[-1].kind is Kind.TOTAL else 2
        if end > len(rows) - kept and len(rows) - start > kept + 1:
            # the last rows stand with the sum below them, not a sum alone on a page
            end = len(rows) - kept
        if room < room_full - 0.5 and end - start < min(2, len(rows) - start):
            return None, self
        if end >= len(rows):
            return Part(table, start, len(rows), is_last=True), None
        # a row higher than a page is cut at the page's edge rather than never printed
        end = max(end, start + 1)
        if end >= len(rows):
            return Part(table, start, len(rows), is_last=True), None
        return Part(table, start, end, is_last=False), Rest(table, end)


class Part:
    """Some rows on one page, with the head above and carried lines where the table goes on."""

    def __init__(self, table: Table, start: int, end: int, *, is_last: bool) -> None:
        self.table = table
        self.rows = table.rows[start:end]
        if table._carry is not None:
            if start:
                self.rows = [table.carried(start)[1], *self.rows]
            if not is_last:
                self.rows = [*self.rows, table.carried(end)[0]]

    @property
    def height(self) -> float:
        """Head and rows."""
        return self.table.head.height + sum(row.height for row in self.rows)

    def draw(self, sheets: Sheets, x: float, top: float, width: float) -> None:
        """Draws tints and lines first, then the text."""
        table = self.table
        palette = table.look.palette
        table.head.draw(sheets, x, top, width)
        y = top - table.head.height
        hairlines: list[tuple[float, float, float, float]] = []
        rules: list[tuple[float, float, float, float]] = []
        for row in self.rows:
            if row.kind is Kind.TOTAL:
                rules.append((x, y, x + width, y))
            sheets.runs(x, y, row.runs)
            y -= row.height
            hairlines.append((x, y, x + width, y))
        if hairlines:
            rules.append(hairlines.pop())
        sheets.lines(hairlines, palette.hairline, palette.hairline_width)
        sheets.lines(rules, palette.rule, palette.rule_width)


class _Head:
    """The title, if there is one, and the column titles, a second language smaller below the first."""

    def __init__(self, table: Table) -> None:
        self.table = table
        look = table.look
        self.is_double = any(column.label.second for column in table.columns)
        self.band = look.head.size * (3.05 if self.is_double else 2.2)
        self.height = self.band + (look.name.size * 1.7 if table.title else 0.0)

    def draw(self, sheets: Sheets, x: float, top: float, width: float) -> None:
        table, look = self.table, self.table.look
        palette = look.palette
        if table.title:
            sheets.text(x, top - look.name.size, table.title, look.name)
            top -= self.height - self.band
        bottom = top - self.band
        sheets.fill(x, bottom, width, self.band, palette.tint)
        if palette.tint is None:
            sheets.line(x, top, x + width, top, palette.rule, palette.rule_width)
        sheets.line(x, bottom, x + width, bottom, palette.rule, palette.rule_width)
        first_base = look.head.size * (1.3 if self.is_double else 1.46)
        for index, column in enumerate(table.columns):
            left = table.lefts[index] + table.padding
            room = table.widths[index] - 2 * table.padding
            for text, style, base in (
                (column.label.first, look.head, first_base),
                (column.label.second, look.head_second, first_base + look.head.size * 1.15),
            ):
                if text:
                    fitted = fitting.shrunk(text, style, room, 0.8)
                    shown = fitting.cut(text, fitted, room + 0.5)
                    across = table._across(column.align, left, room, fitting.width(shown, fitted))
                    sheets.text(x + across, top - base, shown, fitted)
