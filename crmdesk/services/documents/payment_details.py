"""Captioned texts: the amount in words, where to pay, notes."""

from __future__ import annotations

from crmdesk.services.documents import figures, fitting
from crmdesk.services.documents.canvas import Sheets
from crmdesk.services.documents.labels import Label
from crmdesk.services.documents.model import BankAccount
from crmdesk.services.documents.palette import Look, Style
from crmdesk.services.documents.stationery import Job
from crmdesk.text import N_


class Captioned:
    """A caption with lines: behind it where the block is wide, below it where it is narrow."""

    def __init__(
        self,
        look: Look,
        caption: Label,
        texts: list[str],
        style: Style,
        width: float,
        *,
        is_below: bool = False,
    ) -> None:
        self.look, self.style = look, style
        self.caption = fitting.cut(caption.joined, look.caption, width)
        indent = fitting.width(self.caption, look.caption) + look.body.size * 0.8
        longest = max((fitting.width(text, style) for text in texts), default=0.0)
        if longest > width:
            # smaller rather than broken
            self.style = style = look.small
            longest = max(fitting.width(text, style) for text in texts)
        self.indent = indent if indent + longest <= width and not is_below else 0.0
        self.lines = [line for text in texts for line in fitting.wrapped(text, style, width - self.indent, 6)]
        self.gap = look.small.size * (0.5 if look.paper.is_compact else 0.9)

    @property
    def height(self) -> float:
        """Its lines and the gap below."""
        caption = 0.0 if self.indent else self.look.caption.size * 1.5
        return caption + self.style.size * 1.45 * len(self.lines) + self.gap

    def draw(self, sheets: Sheets, x: float, top: float, width: float) -> None:
        """Caption and lines."""
        base = top - self.style.size
        sheets.text(x, base, self.caption, self.look.caption)
        if not self.indent:
            base -= self.look.caption.size * 1.5
        for at, line in enumerate(self.lines):
            sheets.text(x + self.indent, base - at * self.style.size * 1.45, line, self.style)


def amount_in_words(job: Job, minor: int, currency: str, width: float) -> Captioned:
    """The amount in capitals, English words, or both."""
    texts = figures.in_words(job.labels, minor, currency)
    return Captioned(job.look, job.labels(N_("Amount in words")), texts, job.look.body, width)


class PayTo(Captioned):
    """The company's bank account."""

    def __init__(self, job: Job, bank: BankAccount, width: float) -> None:
        parts = [job.clean(part) for part in (bank.holder, bank.bank, bank.number)]
        lines = fitting.packed(parts, job.look.small, width)
        super().__init__(job.look, job.labels(N_("Pay to")), lines, job.look.small, width)
