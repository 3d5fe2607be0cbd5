"""What all documents share: letterhead, running head, foot, notices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from crmdesk.services.documents import figures, fitting
from crmdesk.services.documents.canvas import Sheets
from crmdesk.services.documents.flow import Block, Piece
from crmdesk.services.documents.labels import Label, Labels
from crmdesk.services.documents.model import Company, OwnFact, Paper, Party, PrintMark, Standing
from crmdesk.services.documents.palette import Look, Style
from crmdesk.text import N_

# A caption with its value; a value in two languages gives way to one where it is too wide.
Fact = tuple[Label, str | Label]


@dataclass(slots=True)
class Job:
    """What the parts of one document are made with."""

    sheets: Sheets
    look: Look
    labels: Labels

    @property
    def width(self) -> float:
        """The width between the margins."""
        return self.look.paper.inner_width

    def clean(self, text: str) -> str:
        """The text as it can be printed."""
        return self.sheets.clean(text)


class Head(Block, Protocol):
    """What stands at the top of a document's first page; a stamp is put `stamp_down` below its upper edge."""

    @property
    def stamp_down(self) -> float:
        """How far down."""
        ...


@dataclass(slots=True)
class Layout:
    """One document ready to be put on pages."""

    look: Look
    head: Head
    next_head: Block
    foot: Foot
    pieces: list[Piece]
    bookmark: str
    stamp: Label | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """The words of a letterhead; `facts` stand on the right of the customer."""

    company: Company
    party: Party
    party_caption: Label
    title: Label
    facts: Sequence[Fact]
    mark: PrintMark
    number: str = ""


@dataclass(slots=True)
class _Line:
    """A line of text relative to the block's upper left corner; `right` aligned ones end at `x`."""

    x: float
    down: float
    text: str
    style: Style
    is_right: bool = False


class Letterhead:
    """Company and title, below them the customer and the facts of the document."""

    def __init__(self, job: Job, heading: Heading) -> None:
        self.job = job
        self.heading = heading
        look = job.look
        self.is_low = look.paper.is_compact
        self._lines: list[_Line] = []
        self._tag: tuple[float, float, float, float] | None = None
        self._logo: tuple[float, float] | None = None
        left_bottom = self._company()
        right_bottom = self._title()
        self.rule_down = max(left_bottom, right_bottom) + look.body.size * (0.45 if self.is_low else 1.0)
        start = self.rule_down + look.body.size * (0.75 if self.is_low else 1.25)
        self.height = max(self._party(start), self._facts(start)) + look.gap
        # between the company's lines and the title a stamp covers nothing that must be read
        self.stamp_down = self.rule_down / 2

    def draw(self, sheets: Sheets, x: float, top: float, width: float) -> None:
        """Logo, rule, text."""
        palette = self.job.look.palette
        if self._logo and self.heading.company.logo:
            sheets.draw_logo(self.heading.company.logo, x, top - self._logo[1], self._logo)
        sheets.line(
            x, top - self.rule_down, x + width, top - self.rule_down, palette.rule, palette.rule_width
        )
        for line in self._lines:
            put = sheets.text_right if line.is_right else sheets.text
            put(x + line.x, top - line.down, line.text, line.style)
        if self._tag:
            left, down, wide, high = self._tag
            sheets.frame(x + left, top - down, wide, high, palette.second, 0.7)

    # -------------------------------------------------------------- parts

    def _put(self, x: float, down: float, text: str, style: Style, *, is_right: bool = False) -> None:
        self._lines.append(_Line(x, down, text, style, is_right))

    def _company(self) -> float:
        """The company on the left; returns how far down it reaches."""
        look, company = self.job.look, self.heading.company
        scale = look.paper.scale
        self._logo = self.job.sheets.logo_size(
            company.logo, (64 if self.is_low else 110) * scale, (26 if self.is_low else 40) * scale
        )
        left = self._logo[0] + 10 * scale if self._logo else 0.0
        room = self.job.width * 0.62 - left
        down = look.company.size * 0.86
        name = self.job.clean(company.name)
        style = fitting.shrunk(name, look.company, room, 0.8)
        for line in fitting.wrapped(name, style, room, 2):
            self._put(left, down, line, style)
            down += style.size * 1.25
        down += look.small.size * (1.25 if self.is_low else 1.7) - style.size * 1.25
        for line in self._company_details(look.caption, room):
            self._put(left, down, line, look.caption)
            down += look.caption.size * 1.4
        bottom = down - look.caption.size * 1.1
        return max(bottom, self._logo[1] if self._logo else 0.0)

    def _company_details(self, style: Style, room: float) -> list[str]:
        """Address; telephone, e-mail and tax number. On a low sheet all together."""
        company, labels = self.heading.company, self.job.labels
        tax = labels.one(N_("Tax no.")) + " " + company.tax_number if company.tax_number else ""
        address, *rest = (
            self.job.clean(text) for text in (company.address, company.phone, company.email, tax)
        )
        if self.is_low:
            return fitting.packed([address, *rest], style, room, 2)
        return fitting.packed([address], style, room, 2) + fitting.packed(rest, style, room, 2)

    def _title(self) -> float:
        look, right, title = self.job.look, self.job.width, self.heading.title
        room = self.job.width * 0.36
        down = look.title.size * 0.84
        style = fitting.shrunk(title.first, look.title, room)
        self._put(right, down, title.first, style, is_right=True)
        if title.second:
            down += look.title_second.size * 1.5
            second = title.second.upper()
            self._put(right, down, second, fitting.shrunk(second, look.title_second, room), is_right=True)
        if self.heading.number and not self.is_low:
            number = self.job.clean(self.heading.number)
            down += look.strong.size * 1.75
            caption = self.job.labels.one(N_("No."))
            style = fitting.shrunk(number, look.strong, room * 0.85)
            self._put(right, down, number, style, is_right=True)
            gap = fitting.width(number, style) + look.caption.size * 0.6
            self._put(right - gap, down, caption, look.caption, is_right=True)
        if self.heading.mark.count > 1:
            down = self._reprint(right, down)
        return down + look.caption.size * 0.3

    def _reprint(self, right: float, down: float) -> float:
        """The framed mark of a reprint; on a low sheet to the left of the title, else below it."""
        look = self.job.look
        text = self.job.labels(N_("Reprint {count}"), count=self.heading.mark.count).joined
        wide = fitting.width(text, look.head)
        pad = look.head.size * 0.5
        if self.is_low:
            right -= fitting.width(self.heading.title.first, look.title) + look.title.size
            down = look.title.size * 0.7
        else:
            down += look.head.size * 2.3
        self._put(right - pad, down, text, look.head, is_right=True)
        high = look.head.size * 1.7
        self._tag = (right - wide - 2 * pad, down + look.head.size * 0.5, wide + 2 * pad, high)
        return down + look.head.size * 0.6

    def _party(self, start: float) -> float:
        look, party, labels = self.job.look, self.heading.party, self.job.labels
        room = self.job.width * (0.62 if self.is_low else 0.56)
        down = start + look.caption.size * 0.8
        caption = self.heading.party_caption.joined
        self._put(0, down, caption, look.caption)
        left = 0.0
        if self.is_low:
            left = fitting.width(caption, look.caption) + look.body.size * 0.8
            room -= left
        else:
            down += look.name.size * 1.5
        for line in fitting.wrapped(self.job.clean(party.name), look.name, room, 3):
            self._put(left, down, line, look.name)
            down += look.name.size * 1.25
        down += look.small.size * (1.45 if self.is_low else 1.95) - look.name.size * 1.25
        tax = labels.one(N_("Tax no.")) + " " + party.tax_number if party.tax_number else ""
        person = " ".join(part for part in (party.contact, party.phone) if part)
        parts = [self.job.clean(text) for text in (party.code, tax, person)]
        lines = fitting.packed(parts, look.small, room)
        lines += fitting.wrapped(self.job.clean(party.address), look.small, room, 3) if party.address else []
        for line in lines:
            self._put(left, down, line, look.small)
            down += look.small.size * (1.4 if self.is_low else 1.55)
        return down - look.small.size * 1.1

    def _facts(self, start: float) -> float:
        look, right = self.job.look, self.job.width
        left = right - self.job.width * (0.34 if self.is_low else 0.36)
        down = start + look.caption.size * 0.8
        step = look.body.size * (1.38 if self.is_low else 1.7)
        facts = list(self.heading.facts)
        if self.is_low and self.heading.number:
            facts.insert(0, (self.job.labels(N_("No.")), self.heading.number))
        for label, value in facts:
            style = look.strong if value == self.heading.number else look.body
            caption, text = self._fitting_fact(label, value, style, right - left - look.body.size)
            self._put(left, down, caption, look.caption)
            room = right - left - fitting.width(caption, look.caption) - look.body.size
            for line in fitting.wrapped(text, style, room, 2):
                self._put(right, down, line, style, is_right=True)
                down += step
        return down - step + look.body.size * 0.3

    def _fitting_fact(self, label: Label, value: str | Label, style: Style, room: float) -> tuple[str, str]:
        """Caption and value in as many languages as fit on one line."""
        caption_style = self.job.look.caption
        values = (value,) if isinstance(value, str) else (value.joined, value.first)
        texts = [self.job.clean(text) for text in values]
        for text in texts:
            for caption in (label.joined, label.first):
                if fitting.width(caption, caption_style) + fitting.width(text, style) <= room:
                    return caption, text
        return fitting.cut(label.first, caption_style, room * 0.5), texts[-1]


class RunningHead:
    """One line at the top of every further page: whose document this is."""

    def __init__(self, job: Job, heading: Heading) -> None:
        look = job.look
        self.look = look
        self.height = look.small.size * 2.9
        # Without a number (statements) the customer tells the pages apart.
        name = heading.number or heading.party.code
        parts = [heading.title.first, name, heading.party.name if name != heading.party.name else ""]
        right = job.clean(" · ".join(part for part in parts if part))
        self.left = fitting.cut(job.clean(heading.company.name), look.head, job.width * 0.45)
        self.right = fitting.cut(right, look.small, job.width * 0.52)

    def draw(self, sheets: Sheets, x: float, top: float, width: float) -> None:
        """Company on the left, document and customer on the right."""
        base = top - self.look.small.size
        sheets.text(x, base, self.left, self.look.head)
        sheets.text_right(x + width, base, self.right, self.look.small)


@dataclass(slots=True)
class Foot:
    """The foot of every page: the company's own line, when it was printed, page x of y."""

    job: Job
    company: Company
    mark: PrintMark
    _lines: list[str] = field(init=False)

    def __post_init__(self) -> None:
        look, labels = self.job.look, self.job.labels
        own = self.job.clean(self.company.footer)
        room = self.job.width * 0.66
        lines = fitting.wrapped(own, look.caption, room, 1 if look.paper.is_compact else 2) if own else []
        if self.mark.printed_on:
            when = figures.day(self.mark.printed_on)
            printed = f"{labels(N_('Printed')).joined} {when} {self.mark.printed_by}".rstrip()
            printed = fitting.cut(self.job.clean(printed), look.caption, room)
            lines.append(printed)
        if look.paper.is_compact and len(lines) == 2:
            both = " · ".join(lines)
            lines = [both] if fitting.width(both, look.caption) <= room else lines
        self._lines = lines

    @property
    def height(self) -> float:
        """Room above the bottom margin, with the gap to the text."""
        size = self.job.look.caption.size
        return size * (1.4 * max(len(self._lines), 1) + 1.5)

    def draw(self, x: float, page: int, count: int) -> None:
        """Draws it above the bottom margin of the page."""
        sheets, look = self.job.sheets, self.job.look
        size = look.caption.size
        base = look.paper.margin_bottom + size * 0.25
        label = self.job.labels(N_("Page {page} of {count}"), page=page, count=count)
        sheets.text_right(x + self.job.width, base, label.joined, look.caption)
        for line in reversed(self._lines):
            sheets.text(x, base, line, look.caption)
            base += size * 1.4
        top = look.paper.margin_bottom + self.height - size * 0.9
        palette = look.palette
        sheets.line(x, top, x + self.job.width, top, palette.hairline, palette.hairline_width)


class Note:
    """A caption with the user's own text below it, wrapped over the whole width."""

    def __init__(self, job: Job, caption: Label, text: str, lines_max: int = 6) -> None:
        look = job.look
        self.look = look
        self.caption = caption.joined
        self.lines = fitting.wrapped_paragraphs(text, job.clean, look.small, job.width, lines_max)

    @property
    def height(self) -> float:
        """Caption and lines."""
        return self.look.small.size * (1.5 + 1.45 * len(self.lines))

    def draw(self, sheets: Sheets, x: float, top: float, width: float) -> None:
        """Draws the lines."""
        size = self.look.small.size
        sheets.text(x, top - size, self.caption, self.look.caption)
        for at, line in enumerate(self.lines):
            sheets.text(x, top - size * (2.5 + 1.45 * at), line, self.look.small)


class Banner:
    """A framed line in the colour of warning: void, credited or reversed, with the day and the reason."""

    def __init__(self, job: Job, label: Label, text: str) -> None:
        look = job.look
        self.look = look
        self.style = Style(look.body.size, look.palette.danger, bold=True)
        self.plain = Style(look.body.size, look.palette.danger)
        self.label = label.joined
        pad = look.body.size
        self.indent = fitting.width(self.label, self.style) + look.body.size * 0.9
        room = job.width - 2 * pad - self.indent
        self.lines = fitting.wrapped(job.clean(text), self.plain, room, 3) if text else [""]

    @property
    def height(self) -> float:
        """The frame and the gap below it."""
        return self.look.body.size * (1.1 + 1.4 * len(self.lines)) + self.look.gap * 0.8

    def draw(self, sheets: Sheets, x: float, top: float, width: float) -> None:
        """Frame, word, reason."""
        look = self.look
        high = self.height - look.gap * 0.8
        sheets.frame(x, top - high, width, high, look.palette.danger, 0.9)
        base = top - look.body.size * 1.58
        sheets.text(x + look.body.size, base, self.label, self.style)
        for at, line in enumerate(self.lines):
            left = x + look.body.size + self.indent
            sheets.text(left, base - at * look.body.size * 1.4, line, self.plain)


def standing_label(labels: Labels, standing: Standing) -> Label | None:
    """The word printed across a document that counts no more."""
    words = {
        Standing.DRAFT: N_("Draft"),
        Standing.VOID: N_("Void"),
        Standing.CREDITED: N_("Credited"),
        Standing.REVERSED: N_("Reversed"),
        Standing.EXPIRED: N_("Expired"),
        Standing.DECLINED: N_("Declined"),
        Standing.REVISED: N_("Revised"),
    }
    source = words.get(standing)
    if source is None:
        return None
    label = labels(source)
    return Label(label.first if labels.has_chinese else label.first.upper(), label.second.upper())


def standing_banner(job: Job, doc: Paper) -> list[Piece]:
    """The framed line above a document that counts no more; nothing for a valid one and a draft."""
    stamp = standing_label(job.labels, doc.standing)
    if stamp is None or doc.standing is Standing.DRAFT:
        return []
    text = " · ".join(part for part in (figures.day(doc.standing_on), doc.standing_reason) if part)
    return [Banner(job, stamp, text)]


def own_facts(labels: Labels, facts: Iterable[OwnFact]) -> list[tuple[Label, Label]]:
    """Own fields that stand on a paper, in its languages."""
    own = labels.own
    return [(own(fact.label, fact.label_en), own(fact.text, fact.text_en)) for fact in facts]


def heading_of(doc: Paper, title: Label, caption: Label, facts: Sequence[Fact], number: str = "") -> Heading:
    """The words of a document's letterhead; `caption` stands above the customer."""
    return Heading(doc.company, doc.party, caption, title, facts, doc.mark, number)


def layout_of(job: Job, doc: Paper, heading: Heading, pieces: list[Piece]) -> Layout:
    """The whole document ready for its pages; one without a number goes by the customer's code."""
    names = (heading.number or doc.party.code, doc.party.name)
    return Layout(
        look=job.look,
        head=Letterhead(job, heading),
        next_head=RunningHead(job, heading),
        foot=Foot(job, doc.company, doc.mark),
        pieces=pieces,
        bookmark=" ".join(part for part in names if part),
        stamp=standing_label(job.labels, doc.standing),
    )
