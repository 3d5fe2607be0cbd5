"""Putting blocks on pages: all are planned before one is drawn, so each knows how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from crmdesk.services.documents.canvas import Sheets
from crmdesk.services.documents.palette import Style
from crmdesk.services.documents.paper import Paper


class Block(Protocol):
    """A piece that is never split. Heights are in points."""

    @property
    def height(self) -> float:
        """How much room it needs."""
        ...

    def draw(self, sheets: Sheets, x: float, top: float, width: float) -> None:
        """Draws it with its upper left corner at (x, top)."""
        ...


class Divisible(Protocol):
    """A piece that may go over several pages, such as a table."""

    def take(self, room: float, room_full: float, following: float) -> tuple[Block | None, Divisible | None]:
        """What fits into `room` and what is left of it; no first part means: begin on a new page.

        `room_full` is the room of an empty page, `following` the height of what must stand with the last
        part.
        """
        ...


@dataclass(slots=True)
class Space:
    """Empty room; dropped at the top of a page."""

    height: float

    def draw(self, sheets: Sheets, x: float, top: float, width: float) -> None:
        """Nothing to draw."""


class TextLine:
    """One line of the letter, so that a long one may go over pages."""

    def __init__(self, text: str, style: Style) -> None:
        self.style = style
        self.text = text
        self.height = self.style.size * 1.55

    def draw(self, sheets: Sheets, x: float, top: float, width: float) -> None:
        """Draws the line."""
        sheets.text(x, top - self.style.size, self.text, self.style)


@dataclass(frozen=True, slots=True)
class Bottom:
    """A block that sits at the foot of the last page, above the margin, such as a slip to be torn off."""

    block: Block


@dataclass(slots=True)
class PlannedPage:
    """One page: blocks with the y of their upper edge."""

    blocks: list[tuple[float, Block]] = field(default_factory=list)
    top: float = 0.0
    is_fresh: bool = True


Piece = Block | Divisible | Bottom


def plan(
    paper: Paper, pieces: Sequence[Piece], first_head: Block, next_head: Block, foot_height: float
) -> list[PlannedPage]:
    """The pages of one document. Each page begins with a head and leaves `foot_height` free at its foot.

    Whatever follows a table up to the next space or table stays with its last rows.
    """
    return _Planner(paper, first_head, next_head, foot_height).run(pieces)


class _Planner:
    def __init__(self, paper: Paper, first_head: Block, next_head: Block, foot_height: float) -> None:
        self.edge = paper.height - paper.margin_top
        self.bottom = paper.margin_bottom + foot_height
        self.next_head = next_head
        self.pages: list[PlannedPage] = []
        self.room_full = self.edge - next_head.height - self.bottom
        self.open_page(first_head)

    def open_page(self, head: Block) -> None:
        page = PlannedPage(blocks=[(self.edge, head)], top=self.edge - head.height)
        self.pages.append(page)

    @property
    def page(self) -> PlannedPage:
        return self.pages[-1]

    @property
    def room(self) -> float:
        return self.page.top - self.bottom

    def put(self, block: Block) -> None:
        self.page.blocks.append((self.page.top, block))
        self.page.top -= block.height
        self.page.is_fresh = False

    def run(self, pieces: Sequence[Piece]) -> list[PlannedPage]:
        for index, piece in enumerate(pieces):
            if isinstance(piece, Space):
                if not self.page.is_fresh:
                    self.page.top -= min(piece.height, max(self.room, 0))
            elif isinstance(piece, Bottom):
                self.put_at_bottom(piece.block)
            elif hasattr(piece, "take"):
                self.put_divided(piece, _company(pieces, index))  # pyright: ignore[reportArgumentType]
            else:
                self.put_whole(piece)  # pyright: ignore[reportArgumentType]
        return self.pages

    def put_whole(self, block: Block) -> None:
        if block.height > self.room + 0.01 and not (self.page.is_fresh and len(self.pages) > 1):
            self.open_page(self.next_head)
        self.put(block)

    def put_at_bottom(self, block: Block) -> None:
        if block.height > self.room + 0.01:
            # alone on a page it stands where the eye begins
            self.put_whole(block)
            return
        self.page.blocks.append((self.bottom + block.height, block))
        self.page.top = self.bottom

    def put_divided(self, piece: Divisible, following: float) -> None:
        rest: Divisible | None = piece
        while rest is not None:
            part, rest = rest.take(self.room, self.room_full, following)
            if part is not None:
                self.put(part)
            if rest is not None:
                self.open_page(self.next_head)


def _company(pieces: Sequence[Piece], index: int) -> float:
    """The height of the first block behind a table, with the space before it."""
    height = 0.0
    for piece in pieces[index + 1 :]:
        if isinstance(piece, Bottom) or hasattr(piece, "take"):
            return 0.0
        height += piece.height  # pyright: ignore[reportAttributeAccessIssue]
        if not isinstance(piece, Space):
            return height
    return 0.0
