"""The parts of a statement below its table: closing balance, ageing strip, confirmation slip."""

from __future__ import annotations

from crmdesk.services.documents import figures, fitting
from crmdesk.services.documents.canvas import Sheets
from crmdesk.services.documents.labels import Label
from crmdesk.services.documents.model import Ageing, BankAccount, StatementDoc, StatementSection
from crmdesk.services.documents.palette import Style
from crmdesk.services.documents.payment_details import PayTo
from crmdesk.services.documents.stationery import Job
from crmdesk.text import N_


class Closing:
    """The closing balance, large, and in words; on the right of it where to pay."""

    def __init__(
        self, job: Job, section: StatementSection, *, has_words: bool, bank: BankAccount | None
    ) -> None:
        look, minor, currency = job.look, section.closing_minor, section.currency
        self.look = look
        source = N_("Closing balance") if minor >= 0 else N_("Closing balance in your favour")
        self.caption = job.labels(source).joined
        self.amount = figures.signed(minor, currency)
        style = look.figure_danger if minor < 0 else look.figure
        self.is_low = look.paper.is_compact
        self.left = job.width * (0.6 if bank else 1.0)
        room = self.left - look.body.size
        self.pay_to = PayTo(job, bank, job.width - self.left) if bank else None
        caption = fitting.width(self.caption, look.caption) + look.body.size if self.is_low else 0.0
        self.style = fitting.shrunk(self.amount, style, room - caption)
        self.lines: list[str] = []
        for text in figures.in_words(job.labels, minor, currency) if has_words else []:
            self.lines += fitting.wrapped(text, look.small, room, 3)

    @property
    def height(self) -> float:
        """Caption, figure, words."""
        words = self.look.small.size * 1.45 * len(self.lines)
        if self.is_low:
            high = self.style.size * 1.25 + words
        else:
            high = self.look.caption.size * 1.2 + self.style.size * 1.3 + words + self.look.small.size * 0.4
        return max(high, self.pay_to.height if self.pay_to else 0.0)

    def draw(self, sheets: Sheets, x: float, top: float, width: float) -> None:
        """On a low sheet caption and figure share a line."""
        look = self.look
        if self.pay_to:
            self.pay_to.draw(sheets, x + self.left, top, width - self.left)
        if self.is_low:
            base = top - self.style.size * 0.9
            sheets.text(x, base, self.caption, look.caption)
            left = x + fitting.width(self.caption, look.caption) + look.body.size
            sheets.text(left, base, self.amount, self.style)
        else:
            sheets.text(x, top - look.caption.size * 0.95, self.caption, look.caption)
            base = top - look.caption.size * 1.2 - self.style.size
            sheets.text(x, base, self.amount, self.style)
        base -= self.style.size * 0.3 + look.small.size * 1.15
        for line in self.lines:
            sheets.text(x, base, line, look.small)
            base -= look.small.size * 1.45


class AgeingStrip:
    """What is open by how late it is: a bar in proportion, and the figures under their names.

    The colours only repeat what the figures say; the bar shows debts, credit not allocated stands beside it.
    """

    def __init__(self, job: Job, ageing: Ageing, currency: str) -> None:
        look = job.look
        self.look = look
        labels = job.labels
        cells: list[tuple[Label, int]] = [(labels(N_("Not due")), ageing.not_due_minor)]
        for bucket in ageing.buckets:
            source = N_("{first}–{last} days") if bucket.last is not None else N_("{first}+ days")
            cells.append((labels(source, first=bucket.first, last=bucket.last), bucket.amount_minor))
        self.debts = [max(minor, 0) for _label, minor in cells]
        cells.append((labels(N_("Unallocated")), ageing.unallocated_minor))
        cells.append((labels(N_("Total")), ageing.total_minor))
        self.labels = [label for label, _minor in cells]
        self.figures = [figures.or_dash(minor, currency) for _label, minor in cells]
        self.column = job.width / len(cells)
        room = self.column - look.small.size * 0.6
        # all figures in one size, the one that the widest needs
        self.style = min(
            (fitting.shrunk(text, look.body, room) for text in self.figures), key=lambda style: style.size
        )
        self.bold = Style(self.style.size, look.palette.ink, bold=True)
        self.is_double = any(label.second for label in self.labels) and not look.paper.is_compact

    @property
    def height(self) -> float:
        """Bar, names, figures."""
        look = self.look
        names = 1.35 * (look.head.size + (look.head_second.size if self.is_double else 0.0))
        return self._bar * 2.4 + names + self.style.size * 1.45

    @property
    def _bar(self) -> float:
        return self.look.body.size * (0.5 if self.look.paper.is_compact else 0.62)

    def draw(self, sheets: Sheets, x: float, top: float, width: float) -> None:
        """The bar, then one column for each part of it."""
        look = self.look
        self._draw_bar(sheets, x, top, width)
        top -= self._bar * 2.4
        for index, label in enumerate(self.labels):
            left = x + index * self.column
            base = top - look.head.size * 0.9
            swatch = look.head.size * 0.72
            indent = 0.0
            if index < len(self.debts):
                indent = swatch * 1.5
                sheets.fill(left, base, swatch, swatch, self._tone(index))
                if look.paper.is_impact:
                    sheets.frame(left, base, swatch, swatch, look.palette.ink, 0.5)
            room = self.column - indent - look.head.size * 0.3
            self._name(sheets, left + indent, base, label, room)
            base -= look.head.size * 0.5 + self.style.size
            if self.is_double:
                base -= look.head_second.size * 1.3
            is_total = index == len(self.labels) - 1
            sheets.text(left, base, self.figures[index], self.bold if is_total else self.style)

    def _name(self, sheets: Sheets, x: float, base: float, label: Label, room: float) -> None:
        look = self.look
        first = fitting.shrunk(label.first, look.caption, room, 0.8)
        sheets.text(x, base, fitting.cut(label.first, first, room), first)
        if self.is_double and label.second:
            second = fitting.shrunk(label.second, look.head_second, room, 0.8)
            down = look.head_second.size * 1.3
            sheets.text(x, base - down, fitting.cut(label.second, second, room), second)

    def _tone(self, index: int) -> tuple[float, float, float]:
        tones = self.look.palette.ageing
        if index == 0:
            return tones[0]
        # however many buckets there are, the last is the darkest
        late = len(self.debts) - 1
        return tones[-1] if index == late else tones[min(index, len(tones) - 2)]

    def _draw_bar(self, sheets: Sheets, x: float, top: float, width: float) -> None:
        palette, high = self.look.palette, self._bar
        total = sum(self.debts)
        y = top - high * 1.2
        if not total:
            sheets.fill(x, y, width, high, palette.tint)
            sheets.frame(x, y, width, high, palette.hairline, palette.hairline_width)
            return
        left = x
        for index, minor in enumerate(self.debts):
            wide = width * minor / total
            if wide > 0:
                # a hair of white between neighbours, but never a part that cannot be seen
                sheets.fill(left, y, max(wide - 0.8, 0.6), high, self._tone(index))
                left += wide
        if self.look.paper.is_impact:
            sheets.frame(x, y, width, high, palette.ink, palette.hairline_width)


class Slip:
    """回执: what the customer signs, seals and sends back, below a line to cut along. It must stand alone."""

    def __init__(self, job: Job, doc: StatementDoc) -> None:
        self.job = job
        look, labels = job.look, job.labels
        self.look = look
        self.is_low = look.paper.is_compact
        self.title = labels(N_("Confirmation slip"))
        self.ask = labels(N_("Please check, sign, seal and return to {company}"), company=doc.company.name)
        name = " ".join(part for part in (doc.party.code, doc.party.name) if part)
        balances = "; ".join(
            f"{section.currency} {figures.grouped(section.closing_minor, section.currency)}"
            for section in doc.sections
        )
        self.facts = [
            (labels(N_("Customer")), job.clean(name)),
            (labels(N_("As at")), figures.day(doc.to_on)),
            (labels(N_("Balance owed")), balances),
        ]
        self.step = look.body.size * (1.6 if self.is_low else 2.25)

    @property
    def height(self) -> float:
        """The cut line, the title, three lines to fill in."""
        return self.step * (4.35 if self.is_low else 5.8)

    def draw(self, sheets: Sheets, x: float, top: float, width: float) -> None:
        """From the cut line down."""
        look = self.look
        sheets.dashes(x, x + width, top - look.body.size * 0.4, look.palette.rule)
        base = top - look.body.size * 0.4 - self.step * (0.95 if self.is_low else 1.05)
        sheets.text(x, base, self.title.joined, look.strong)
        taken = fitting.width(self.title.joined, look.strong) + look.body.size * 2
        for text in (self.ask.joined, self.ask.first):
            clean = self.job.clean(text)
            if fitting.width(clean, look.caption) <= width - taken or text is self.ask.first:
                ask = fitting.cut(clean, look.caption, width - taken)
                sheets.text_right(x + width, base, ask, look.caption)
                break
        base -= self.step
        self._facts(sheets, x, base, width)
        base -= self.step
        self._choice(sheets, x, base, width)
        # a seal needs room above its line
        base -= self.step * (1.0 if self.is_low else 1.7)
        self._signature(sheets, x, base, width)

    def _facts(self, sheets: Sheets, x: float, base: float, width: float) -> None:
        """Customer, day and balance in one line; the name gives way, the balance never does."""
        look = self.look
        gap = look.body.size * 1.4
        between = look.caption.size * 0.6
        captions = [fitting.width(label.joined, look.caption) + between for label, _value in self.facts]
        fixed = sum(captions) + 2 * gap
        fixed += fitting.width(self.facts[1][1], look.body) + fitting.width(self.facts[2][1], look.strong)
        captions_shown = [label.joined for label, _value in self.facts]
        if width - fixed < look.body.size * 9:
            captions_shown = [label.first for label, _value in self.facts]
            fixed += sum(fitting.width(text, look.caption) + between for text in captions_shown) - sum(
                captions
            )
            captions = [fitting.width(text, look.caption) + between for text in captions_shown]
        left = x
        for index, (_label, value) in enumerate(self.facts):
            style = look.strong if index == 2 else look.body
            shown = fitting.cut(value, style, max(width - fixed, look.body.size * 6)) if index == 0 else value
            if index == 2:
                room = x + width - left - captions[2]
                style = fitting.shrunk(shown, style, room)
            sheets.text(left, base, captions_shown[index], look.caption)
            sheets.text(left + captions[index], base, shown, style)
            left += captions[index] + fitting.width(shown, style) + gap

    def _choice(self, sheets: Sheets, x: float, base: float, width: float) -> None:
        look, labels = self.look, self.job.labels
        left = x
        for source in (N_("Agreed"), N_("Differs by")):
            left = self._box(sheets, left, base)
            text = labels(source).joined
            sheets.text(left, base, text, look.body)
            left += fitting.width(text, look.body) + look.body.size * 1.6
        left -= look.body.size
        middle = x + width * 0.58
        self._blank(sheets, left, middle, base)
        self._captioned(sheets, middle + look.body.size, x + width, base, labels(N_("Explanation")))

    def _signature(self, sheets: Sheets, x: float, base: float, width: float) -> None:
        labels, gap = self.job.labels, self.look.body.size
        self._captioned(sheets, x, x + width * 0.58, base, labels(N_("Signature and seal")))
        self._captioned(sheets, x + width * 0.58 + gap, x + width, base, labels(N_("Date")))

    def _box(self, sheets: Sheets, x: float, base: float) -> float:
        """A box to tick; returns where its words begin."""
        size = self.look.body.size * 0.95
        sheets.frame(x + 0.4, base - size * 0.12, size, size, self.look.palette.ink, 0.7)
        return x + size * 1.6

    def _captioned(self, sheets: Sheets, x: float, right: float, base: float, label: Label) -> None:
        style = self.look.body
        text = label.joined if fitting.width(label.joined, style) < (right - x) * 0.6 else label.first
        sheets.text(x, base, text, style)
        self._blank(sheets, x + fitting.width(text, style) + style.size * 0.6, right, base)

    def _blank(self, sheets: Sheets, x: float, right: float, base: float) -> None:
        """A line to write on."""
        sheets.line(x, base - 2, max(right, x), base - 2, self.look.palette.rule, 0.6)
