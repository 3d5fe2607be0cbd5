"""Sums at the right edge below a table, with words and payment details on the left of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from crmdesk.services.documents import fitting
from crmdesk.services.documents.canvas import Sheets
from crmdesk.services.documents.flow import Block
from crmdesk.services.documents.labels import Label
from crmdesk.services.documents.palette import Style
from crmdesk.services.documents.stationery import Job


class Sum(NamedTuple):
    """A caption and a figure."""

    caption: Label
    figure: str
    is_strong: bool = False


class Totals:
    """Captions and figures one below the other; the main sum is large, between rules."""

    def __init__(
        self,
        job: Job,
        before: Sequence[Sum],
        main: Sum,
        after: Sequence[Sum],
        beside: Callable[[float], Sequence[Block]],
    ) -> None:
        """`beside` makes the blocks on the left for the width that is free there."""
        look = job.look
        self.look = look
        self.before, self.main, self.after = before, main, after
        self.step = look.body.size * (1.5 if look.paper.is_compact else 1.75)
        self.big = Style(look.figure.size * 0.78, look.palette.ink, bold=True)
        self.wide = min(job.width, max(job.width * 0.42, self._natural() + look.body.size))
        self.big = fitting.shrunk(main.figure, self.big, self.wide * 0.62)
        self.beside = beside(job.width - self.wide - look.body.size * 2)

    def _natural(self) -> float:
        """What the widest line needs in its first language."""
        look = self.look
        rows = [*self.before, *self.after]
        needs = [
            fitting.width(row.caption.first, look.small) + fitting.width(row.figure, look.strong)
            for row in rows
        ]
        needs.append(
            fitting.width(self.main.caption.first, look.strong) + fitting.width(self.main.figure, self.big)
        )
        return max(needs) + look.body.size * 1.5

    @property
    def _main_height(self) -> float:
        return self.big.size * 1.75

    @property
    def height(self) -> float:
        """All lines of the higher side."""
        lines = len(self.before) + len(self.after)
        sums = self.step * lines + self._main_height + self.look.body.size * 0.3
        return max(sums, self._down + sum(block.height for block in self.beside))

    @property
    def _down(self) -> float:
        """The left side begins level with the first caption."""
        return self.look.body.size * 0.35

    def draw(self, sheets: Sheets, x: float, top: float, width: float) -> None:
        """The sums, aligned with the right edge of the table."""
        look = self.look
        palette = look.palette
        right = x + width - look.body.size * 0.55
        left = x + width - self.wide
        y = top - self._down
        for block in self.beside:
            block.draw(sheets, x, y, width - self.wide)
            y -= block.height
        y = top
        for row in self.before:
            self._row(sheets, left, right, y - self.step * 0.66, row)
            y -= self.step
        y -= look.body.size * 0.15
        sheets.line(left, y, x + width, y, palette.rule, palette.rule_width)
        base = y - self._main_height * 0.5 - self.big.size * 0.36
        self._caption(sheets, left, base, self.main.caption, look.strong, right - left - self._figure_room())
        sheets.text_right(right, base, self.main.figure, self.big)
        y -= self._main_height
        sheets.line(left, y, x + width, y, palette.rule, palette.rule_width)
        y -= look.body.size * 0.15
        for row in self.after:
            self._row(sheets, left, right, y - self.step * 0.66, row)
            y -= self.step

    def _figure_room(self) -> float:
        return fitting.width(self.main.figure, self.big) + self.look.body.size

    def _row(self, sheets: Sheets, left: float, right: float, base: float, row: Sum) -> None:
        look = self.look
        style = look.strong if row.is_strong else look.body
        room = right - left - fitting.width(row.figure, style) - look.body.size
        self._caption(sheets, left, base, row.caption, look.small, room)
        sheets.text_right(right, base, row.figure, style)

    def _caption(
        self, sheets: Sheets, x: float, base: float, label: Label, style: Style, room: float
    ) -> None:
        """Both languages where they fit, else the first."""
        text = label.joined if fitting.width(label.joined, style) <= room else label.first
        fitted = fitting.shrunk(text, style, room, 0.8)
        sheets.text(x, base, fitting.cut(text, fitted, room), fitted)
