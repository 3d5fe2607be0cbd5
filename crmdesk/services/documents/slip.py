"""A slip from a roll of 80 mm: invoice, credit note, delivery note and receipt, one column, as long as they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from crmdesk.models.discount_terms import percent
from crmdesk.models.money import grouped
from crmdesk.services.documents import figures, fitting
from crmdesk.services.documents.canvas import Sheets
from crmdesk.services.documents.invoice import has_tax, own_words
from crmdesk.services.documents.labels import Label
from crmdesk.services.documents.model import (
    CreditNoteDoc,
    DeliveryNoteDoc,
    InvoiceDoc,
    InvoiceLine,
    PricedPaper,
    ReceiptDoc,
    Standing,
)
from crmdesk.services.documents.palette import Style
from crmdesk.services.documents.stationery import Job, own_facts, standing_label
from crmdesk.text import N_

SlipDocument = InvoiceDoc | CreditNoteDoc | DeliveryNoteDoc | ReceiptDoc
LENGTH_MAX = 14_000.0
"""Points: readers show no page longer than 200 inches."""


class _Run(NamedTuple):
    text: str
    style: Style
    place: float
    """0 begins at the left margin, 1 ends at the right one, 0.5 is centred."""


class _Row(NamedTuple):
    height: float
    runs: tuple[_Run, ...] = ()
    has_rule: bool = False


class Slip:
    """The rows of one document, measured for the width of the roll."""

    def __init__(self, job: Job, doc: SlipDocument) -> None:
        self._job, self._look = job, job.look
        self._labels = job.labels
        self._rows: list[_Row] = []
        self._head(doc)
        if isinstance(doc, ReceiptDoc):
            self._receipt(doc)
        elif isinstance(doc, DeliveryNoteDoc):
            self._delivery(doc)
        else:
            self._priced(doc)
        self._foot(doc)

    def draw(self, sheets: Sheets, bookmark: str = "") -> None:
        """Draws it on a page as long as it is; what is longer than a page can be goes on on the next."""
        paper = self._look.paper
        pages: list[list[_Row]] = [[]]
        room = LENGTH_MAX
        for row in self._rows:
            if row.height > room:
                pages.append([])
                room = LENGTH_MAX
            pages[-1].append(row)
            room -= row.height
        for number, rows in enumerate(pages):
            long = sum(row.height for row in rows) + paper.margin_top + paper.margin_bottom
            sheets.begin(replace(paper, height=long))
            if bookmark and not number:
                sheets.bookmark(bookmark)
            top = long - paper.margin_top
            for row in rows:
                self._draw_row(sheets, row, top)
                top -= row.height
            sheets.end(None, self._look, 0)

    def _draw_row(self, sheets: Sheets, row: _Row, top: float) -> None:
        paper, palette = self._look.paper, self._look.palette
        if row.has_rule:
            middle = top - row.height / 2
            sheets.dashes(paper.margin_x, paper.width - paper.margin_x, middle, palette.rule)
        for run in row.runs:
            spare = paper.inner_width - fitting.width(run.text, run.style)
            sheets.text(paper.margin_x + spare * run.place, top - run.style.size, run.text, run.style)

    # -------------------------------------------------------------- rows

    def _rule(self) -> None:
        self._rows.append(_Row(self._look.body.size * 1.1, (), has_rule=True))

    def _space(self, lines: float = 0.5) -> None:
        self._rows.append(_Row(self._look.body.size * lines))

    def _text(self, text: str, style: Style, place: float = 0.0, lines_max: int = 0) -> None:
        """A text over as many lines as it needs, the user's own line ends kept."""
        clean, room = self._job.clean, self._job.width
        for line in fitting.wrapped_paragraphs(text, clean, style, room, lines_max):
            self._rows.append(_Row(style.size * 1.4, (_Run(line, style, place),)))

    def _pair(self, left: str, right: str, left_style: Style, right_style: Style | None = None) -> None:
        """A caption and its value: on one line where both fit, else the value below, at the right."""
        style = right_style or left_style
        left, right = self._job.clean(left), self._job.clean(right)
        room = self._job.width
        gap = style.size * 0.6
        if fitting.width(left, left_style) + gap + fitting.width(right, style) <= room:
            high = max(left_style.size, style.size) * 1.4
            self._rows.append(_Row(high, (_Run(left, left_style, 0), _Run(right, style, 1))))
            return
        self._text(left, left_style)
        for line in fitting.wrapped(right, style, room):
            self._rows.append(_Row(style.size * 1.4, (_Run(line, style, 1),)))

    def _fact(self, label: Label, value: str | Label) -> None:
        text = value if isinstance(value, str) else value.joined
        if text:
            self._pair(label.joined, text, self._look.small, self._look.body)

    def _sum(self, label: Label, figure: str, *, is_strong: bool = False) -> None:
        look = self._look
        self._pair(label.joined, figure, look.strong if is_strong else look.body)

    def _total(self, label: Label, minor: int, currency: str) -> None:
        """The main sum, large, and in words."""
        look, figure = self._look, figures.signed(minor, currency)
        self._space(0.3)
        big = Style(look.body.size * 1.35, look.palette.ink, bold=True)
        self._pair(label.joined, figure, look.strong, fitting.shrunk(figure, big, self._job.width))
        for text in figures.in_words(self._labels, minor, currency):
            self._text(text, look.small)
        self._space(0.3)

    # -------------------------------------------------------------- parts

    def _head(self, doc: SlipDocument) -> None:
        look, labels, company = self._look, self._labels, doc.company
        self._text(company.name, look.name, 0.5)
        tax = f"{labels.one(N_('Tax no.'))} {company.tax_number}" if company.tax_number else ""
        for text in (company.address, company.phone, company.email, tax):
            self._text(text, look.small, 0.5)
        self._space()
        title = labels(_TITLES[type(doc)])
        self._text(title.joined, look.name, 0.5)
        if doc.mark.count > 1:
            self._text(labels(N_("Reprint {count}"), count=doc.mark.count).joined, look.strong, 0.5)
        stamp = standing_label(labels, doc.standing)
        if stamp is not None:
            self._text(f"*** {stamp.joined} ***", look.strong, 0.5)
            about = " · ".join(part for part in (figures.day(doc.standing_on), doc.standing_reason) if part)
            self._text(about, look.body, 0.5)
        self._space()
        self._fact(labels(N_("No.")), doc.number)
        if isinstance(doc, ReceiptDoc):
            self._fact(labels(N_("Received on")), figures.day(doc.received_on))
        else:
            self._fact(labels(N_("Date")), figures.day(doc.issued_on))
        if isinstance(doc, InvoiceDoc):
            self._fact(labels(N_("Due date")), figures.day(doc.due_on))
            self._fact(labels(N_("Payment terms")), doc.terms)
        if isinstance(doc, CreditNoteDoc):
            self._fact(labels(N_("For invoice")), doc.original_number)
            self._fact(labels(N_("Invoice date")), figures.day(doc.original_on))
        if not isinstance(doc, CreditNoteDoc):
            self._fact(labels(N_("Reference")), doc.reference)
        party = doc.party
        whom = N_("Received from") if isinstance(doc, ReceiptDoc) else N_("Customer")
        self._fact(labels(whom), party.name)
        self._fact(labels(N_("Code")), party.code)
        self._fact(labels(N_("Tax no.")), party.tax_number)
        if not isinstance(doc, ReceiptDoc):
            self._text(party.address, look.small)
        for label, said in own_facts(labels, doc.own):
            self._fact(label, said)
        self._rule()

    def _line(self, number: int, line: InvoiceLine, quantity: str, amount: str) -> None:
        look = self._look
        self._text(f"{number}. {line.description}", look.strong)
        note = " · ".join(
            part for part in (line.code, line.specification, *own_words(self._job, line)) if part
        )
        self._text(note, look.small)
        self._pair(quantity, amount, look.body)

    def _priced(self, doc: InvoiceDoc | CreditNoteDoc) -> None:
        labels, currency = self._labels, doc.currency
        shows_tax = has_tax(doc.lines)
        for number, line in enumerate(doc.lines, start=1):
            words = [f"{figures.quantity(line.quantity)} {line.unit}".rstrip()]
            words[0] += f" × {figures.price(line.unit_price, currency)}"
            if line.is_tax_included and shows_tax:
                words[0] += f" {labels.one(N_('incl.'))}"
            if line.discount_minor:
                words.append(grouped(-line.discount_minor, currency))
            if shows_tax:
                words.append(figures.rate_text(labels, line.tax_kind, line.tax_rate))
            # with tax, so that the lines add up to the total
            self._line(number, line, " · ".join(words), grouped(line.gross_minor, currency))
        self._rule()
        self._sums(doc)
        if isinstance(doc, CreditNoteDoc):
            self._fact(labels(N_("Reason")), doc.reason)

    def _sums(self, doc: InvoiceDoc | CreditNoteDoc) -> None:
        labels, currency = self._labels, doc.currency
        if doc.discount_minor:
            self._sum(labels(N_("Discount included above")), grouped(doc.discount_minor, currency))
        if has_tax(doc.lines):
            self._taxes(doc)
        caption = N_("Total due") if isinstance(doc, InvoiceDoc) else N_("Total credited")
        self._total(labels(caption), doc.total_minor, currency)
        if isinstance(doc, CreditNoteDoc):
            if doc.open_minor is not None:
                self._sum(labels(N_("Not yet applied")), grouped(doc.open_minor, currency), is_strong=True)
            return
        paid = (doc.paid_minor or 0) - doc.discount_taken_minor
        if paid:
            self._sum(labels(N_("Paid or credited")), grouped(paid, currency))
        if doc.discount_taken_minor:
            self._sum(labels(N_("Settlement discount")), grouped(doc.discount_taken_minor, currency))
        if doc.open_minor is not None and doc.open_minor != doc.total_minor:
            self._sum(labels(N_("Open amount")), grouped(doc.open_minor, currency), is_strong=True)
        if doc.standing not in (Standing.VALID, Standing.DRAFT):
            return
        for step in doc.discounts:
            label = labels(
                N_("Discount {rate} if paid by {date}"),
                rate=f"{percent(step.rate)}%",
                date=figures.day(step.last_on),
            )
            self._sum(label, grouped(-step.amount_minor, currency))
        bank = doc.company.bank
        if bank is not None:
            self._space(0.3)
            self._text(labels(N_("Pay to")).joined, self._look.small)
            for part in (bank.holder, bank.bank, bank.number):
                self._text(part, self._look.body)

    def _taxes(self, doc: PricedPaper) -> None:
        labels, currency = self._labels, doc.currency
        self._sum(labels(N_("Net amount")), grouped(doc.net_minor, currency))
        for tax in doc.tax_totals:
            rate = figures.rate_text(labels, tax.tax_kind, tax.tax_rate)
            label = labels(N_("Tax {rate} on {net}"), rate=rate, net=grouped(tax.net_minor, currency))
            self._sum(label, grouped(tax.tax_minor, currency))

    def _delivery(self, doc: DeliveryNoteDoc) -> None:
        delivered = [line for line in doc.lines if line.unit_price >= 0]
        for number, line in enumerate(delivered, start=1):
            self._line(number, line, "", f"{figures.quantity(line.quantity)} {line.unit}".rstrip())
        self._rule()
        self._sign((N_("Delivered by"), N_("Received in good order")))

    def _receipt(self, doc: ReceiptDoc) -> None:
        labels, currency = self._labels, doc.currency
        self._fact(labels(N_("Payment method")), doc.method)
        self._fact(labels(N_("Money account")), doc.account)
        if doc.payer != doc.party.name:
            self._fact(labels(N_("Paid by")), doc.payer)
        self._rule()
        for item in doc.settled:
            self._pair(
                f"{item.number} {figures.day(item.issued_on)}".rstrip(),
                grouped(item.amount_minor, currency),
                self._look.body,
            )
            for caption, minor in (
                (N_("Invoice total"), item.total_minor),
                (N_("Still open"), item.open_minor),
            ):
                if minor is not None:
                    self._pair(labels(caption).joined, grouped(minor, currency), self._look.small)
        if doc.credit_minor:
            self._sum(labels(N_("Kept as your credit")), grouped(doc.credit_minor, currency))
        if doc.discount_minor:
            self._sum(labels(N_("Less settlement discount")), grouped(-doc.discount_minor, currency))
        self._total(labels(N_("Amount received")), doc.amount_minor, currency)
        self._fact(labels(N_("Cashier")), doc.cashier)
        self._sign((N_("Company seal"),))

    def _sign(self, sources: Sequence[str]) -> None:
        for source in sources:
            self._space(2)
            self._text(self._labels(source).joined, self._look.small)
            self._rule()

    def _foot(self, doc: SlipDocument) -> None:
        look, labels = self._look, self._labels
        if doc.note:
            self._space(0.3)
            self._text(labels(N_("Note")).joined, look.small)
            self._text(doc.note, look.body)
        self._space()
        self._text(doc.company.footer, look.small, 0.5)
        if doc.mark.printed_on:
            when = figures.day(doc.mark.printed_on)
            self._text(
                f"{labels(N_('Printed')).joined} {when} {doc.mark.printed_by}".rstrip(), look.small, 0.5
            )


_TITLES: dict[type, str] = {
    InvoiceDoc: N_("Invoice"),
    CreditNoteDoc: N_("Credit note"),
    DeliveryNoteDoc: N_("Delivery note"),
    ReceiptDoc: N_("Receipt"),
}
