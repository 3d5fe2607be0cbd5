"""A letter: the address where the window of an envelope is, then subject and text."""

from __future__ import annotations

from typing import NamedTuple

from crmdesk.services.documents import figures, fitting
from crmdesk.services.documents.canvas import Sheets
from crmdesk.services.documents.flow import Piece, Space, TextLine
from crmdesk.services.documents.labels import Label
from crmdesk.services.documents.model import LetterDoc
from crmdesk.services.documents.palette import Style
from crmdesk.services.documents.stationery import Foot, Heading, Job, Layout, RunningHead
from crmdesk.text import N_

_MM = 72 / 25.4
_LINES_MAX = 600
_LEADING = 1.4


class Window(NamedTuple):
    """Where the address stands on the sheet, so that the window of the envelope shows it; in points."""

    left: float
    top: float
    width: float
    height: float
    free: float
    """How high the sheet is kept free of anything else, from `top` on."""
    has_sender: bool = True
    """Whether a small line with the sender stands over the address."""


def _window(
    left: float, top: float, width: float, height: float, *, free: float = 0, has_sender: bool = True
) -> Window:
    return Window(left * _MM, top * _MM, width * _MM, height * _MM, (free or height) * _MM, has_sender)


WINDOWS = {
    # DIN 5008, form B: 20 mm from the left, 45 mm from the top, 85 × 45 mm; text in it begins at 25 mm.
    "left": _window(25, 45, 75, 45),
    # As high, with the address at the right: the other one of SN 10130.
    "right": _window(118, 45, 75, 45),
    # GB/T 22585 (GB/T 1416 is about envelopes without a window): DL is 220 × 110 mm, its window begins 25 mm (± 2) from
    # the left and 30 mm (± 1.5) from the top and is 100 × 40 mm at least. A sheet of A4 folded twice, 210 × 99 mm, has
    # 10 and 11 mm to slide in it: what stands between 27 and 113, 31.5 and 57.5 mm is seen wherever it lies, and
    # nothing of the letter is if it begins below 71.5 mm. The head of the sheet is over the address, so the sender has
    # no line of his own.
    "cn": _window(27, 31.5, 86, 26, free=40, has_sender=False),
}
"""By the book's setting `letter_window`. Folded twice, the sheet shows it."""


class WindowHead:
    """Company at the top, below it sender and receiver in the window, date and number of the customer beside it."""

    def __init__(self, job: Job, doc: LetterDoc) -> None:
        self.job = job
        self.doc = doc
        look, paper = job.look, job.look.paper
        # a short sheet goes into no such envelope; the address stands as high as it can
        self.window = WINDOWS["left"] if paper.is_compact else WINDOWS[doc.window]
        self.window_down = look.company.size * 4 if paper.is_compact else self.window.top - paper.margin_top
        left = min(self.window.left, paper.width - paper.margin_x - self.window.width)
        self.window_left = max(left - paper.margin_x, 0.0)
        self.lines = self._address()
        solid = sum(style.size for _text, style in self.lines)
        # a long address stands closer, so that all of it is in the window
        self.leading = _LEADING if paper.is_compact else min(_LEADING, self.window.height / max(solid, 1))
        high = solid * self.leading
        self.height = self.window_down + (high if paper.is_compact else self.window.free) + look.gap
        self.stamp_down = self.window_down / 2

    def _address(self) -> list[tuple[str, Style]]:
        look, doc, clean = self.job.look, self.doc, self.job.clean
        width = self.window.width
        lines: list[tuple[str, Style]] = []
        if self.window.has_sender:
            sender = " · ".join(part for part in (doc.company.name, doc.company.address) if part)
            lines.append((fitting.cut(clean(sender), look.caption, width), look.caption))
        for text, style, most in (
            (doc.party.name, look.strong, 2),
            (doc.party.contact if doc.party.contact != doc.party.name else "", look.body, 1),
            (doc.party.address, look.body, 3),
        ):
            if text:
                lines += [(line, style) for line in fitting.wrapped(clean(text), style, width, most)]
        return lines

    def draw(self, sheets: Sheets, x: float, top: float, width: float) -> None:
        """Company, window, date."""
        look, company, clean = self.job.look, self.doc.company, self.job.clean
        name = clean(company.name)
        sheets.text(x, top - look.company.size, name, fitting.shrunk(name, look.company, width * 0.9))
        details = [clean(part) for part in (company.address, company.phone, company.email)]
        for at, line in enumerate(fitting.packed(details, look.caption, width, 1)):
            sheets.text(
                x, top - look.company.size * 1.3 - look.caption.size * (1.2 + at * 1.4), line, look.caption
            )
        down = self.window_down
        for text, style in self.lines:
            down += style.size * self.leading
            sheets.text(x + self.window_left, top - down, text, style)
        base = top - self.window_down - look.body.size * _LEADING
        below = base - look.body.size * 1.5
        on, code = figures.day(self.doc.dated_on), clean(self.doc.party.code)
        if self.window is WINDOWS["right"]:
            sheets.text(x, base, on, look.body)
            sheets.text(x, below, code, look.small)
        else:
            sheets.text_right(x + width, base, on, look.body)
            sheets.text_right(x + width, below, code, look.small)


def layout_letter(job: Job, doc: LetterDoc) -> Layout:
    """The parts of a letter in the order they stand on paper; two languages one below the other."""
    title = job.labels(N_("Letter"))
    heading = Heading(
        company=doc.company, party=doc.party, party_caption=Label(""), title=title, facts=(), mark=doc.mark
    )
    gap = job.look.gap
    pieces: list[Piece] = []
    for subject, body in zip(doc.subjects, doc.bodies, strict=True):
        for text, style in ((subject, job.look.name), (body, job.look.body)):
            lines = fitting.wrapped_paragraphs(text, job.clean, style, job.width, _LINES_MAX) if text else []
            pieces += [TextLine(line, style) if line.strip() else Space(style.size * 0.8) for line in lines]
            pieces.append(Space(gap * 0.8))
    return Layout(
        look=job.look,
        head=WindowHead(job, doc),
        next_head=RunningHead(job, heading),
        foot=Foot(job, doc.company, doc.mark),
        pieces=pieces,
        bookmark=f"{doc.party.code} {doc.party.name}",
    )
