"""The receipt for money 收款收据."""

from __future__ import annotations

from crmdesk.models.money import grouped
from crmdesk.services.documents import figures, fitting
from crmdesk.services.documents.canvas import Sheets
from crmdesk.services.documents.flow import Bottom, Space
from crmdesk.services.documents.labels import Label
from crmdesk.services.documents.model import ReceiptDoc
from crmdesk.services.documents.stationery import (
    Fact,
    Job,
    Layout,
    Note,
    heading_of,
    layout_of,
    own_facts,
    standing_banner,
)
from crmdesk.services.documents.table import Align, Cell, Column, Entry, Kind, Row, Table
from crmdesk.text import N_


def layout_receipt(job: Job, doc: ReceiptDoc) -> Layout:
    """The parts of a receipt in the order they stand on paper."""
    labels = job.labels
    facts: list[Fact] = [(labels(N_("Received on")), figures.day(doc.received_on))]
    if doc.method:
        facts.append((labels(N_("Payment method")), doc.method))
    if doc.account:
        facts.append((labels(N_("Money account")), doc.account))
    if doc.reference:
        facts.append((labels(N_("Reference")), doc.reference))
    if doc.payer and doc.payer != doc.party.name:
        facts.append((labels(N_("Paid by")), doc.payer))
    facts += own_facts(labels, doc.own)
    heading = heading_of(doc, labels(N_("Receipt")), labels(N_("Received from")), facts, doc.number)
    gap = job.look.gap
    pieces = standing_banner(job, doc)
    pieces += [AmountBox(job, doc), Space(gap * (0.9 if job.look.paper.is_compact else 0.8))]
    if doc.settled or doc.credit_minor:
        pieces += [_settled(job, doc).whole(), Space(gap * 0.8)]
    if doc.note:
        pieces += [Note(job, labels(N_("Note")), doc.note), Space(gap * 0.8)]
    places = [
        (labels(N_("Company seal")), ""),
        (labels(N_("Cashier")), job.clean(doc.cashier)),
        (labels(N_("Payer")), ""),
    ]
    signatures = Signatures(job, places)
    pieces.append(Bottom(signatures) if job.look.paper.is_compact else signatures)
    return layout_of(job, doc, heading, pieces)


def _settled(job: Job, doc: ReceiptDoc) -> Table:
    """What the money paid: invoice by invoice, and what is left as the customer's credit."""
    labels, currency = job.labels, doc.currency
    columns = [
        Column(labels(N_("For invoice")), flex=1, least=8),
        Column(labels(N_("Invoice date"))),
        Column(labels(N_("Invoice total")), Align.RIGHT),
        Column(labels(N_("Settled now")), Align.RIGHT),
        Column(labels(N_("Still open")), Align.RIGHT),
    ]

    def figure(minor: int | None) -> str:
        return "" if minor is None else grouped(minor, currency)

    rows: list[Row] = []
    for item in doc.settled:
        cells: list[Cell] = [
            item.number,
            figures.day(item.issued_on),
            figure(item.total_minor),
            figure(item.amount_minor),
            figure(item.open_minor),
        ]
        rows.append(Row(cells))
    if doc.credit_minor:
        credit = Entry(labels(N_("Kept as your credit")))
        rows.append(Row([credit, "", "", grouped(doc.credit_minor, currency), ""]))
    if doc.discount_minor:
        less = Entry(labels(N_("Less settlement discount")))
        rows.append(Row([less, "", "", grouped(-doc.discount_minor, currency), ""]))
    received = Entry(labels(N_("Amount received")))
    rows.append(Row([received, "", "", grouped(doc.amount_minor, currency), ""], Kind.TOTAL))
    return Table(job.look, columns, rows, job.width, job.clean)


class AmountBox:
    """The amount in words on the left, in figures on the right, on a tint between two rules."""

    def __init__(self, job: Job, doc: ReceiptDoc) -> None:
        look = job.look
        self.look = look
        self.caption = job.labels(N_("Amount in words")).joined
        self.figure_caption = job.labels(N_("Amount")).joined
        self.figure = figures.signed(doc.amount_minor, doc.currency)
        self.pad = look.body.size * (0.6 if look.paper.is_compact else 0.9)
        self.style = fitting.shrunk(self.figure, look.figure, job.width * 0.4)
        self.right_room = max(
            fitting.width(self.figure, self.style), fitting.width(self.figure_caption, look.caption)
        )
        room = job.width - self.right_room - 3.5 * self.pad
        self.lines: list[str] = []
        for text in figures.in_words(job.labels, doc.amount_minor, doc.currency):
            self.lines += fitting.wrapped(text, look.strong, room, 4)

    @property
    def height(self) -> float:
        """The larger of words and figure, with its padding."""
        words = self.look.caption.size * 1.3 + self.look.body.size * 1.45 * len(self.lines)
        figure = self.look.caption.size * 1.3 + self.style.size * 1.25
        return max(words, figure) + 1.7 * self.pad

    def draw(self, sheets: Sheets, x: float, top: float, width: float) -> None:
        """Tint, rules, both forms of the amount."""
        look = self.look
        palette = look.palette
        high = self.height
        sheets.fill(x, top - high, width, high, palette.tint)
        edges = [(x, top, x + width, top), (x, top - high, x + width, top - high)]
        sheets.lines(edges, palette.rule, palette.rule_width)
        base = top - self.pad - look.caption.size * 0.9
        sheets.text(x + self.pad, base, self.caption, look.caption)
        right = x + width - self.pad
        sheets.text_right(right, base, self.figure_caption, look.caption)
        first = base - look.body.size * 1.6
        for at, line in enumerate(self.lines):
            sheets.text(x + self.pad, first - at * look.body.size * 1.45, line, look.strong)
        sheets.text_right(right, base - self.style.size * 1.2, self.figure, self.style)


class Signatures:
    """Places to sign side by side, each with its caption and the name that is known already."""

    def __init__(self, job: Job, places: list[tuple[Label, str]]) -> None:
        look = job.look
        self.look = look
        self.places = places
        self.height = look.body.size * (3.6 if look.paper.is_compact else 7.5)

    def draw(self, sheets: Sheets, x: float, top: float, width: float) -> None:
        """A line each with its caption below, leaving room above for a seal."""
        look = self.look
        base = top - self.height + look.small.size * 0.6
        line = base + look.small.size * 1.35
        gap = look.body.size * 2.5
        each = (width - gap * (len(self.places) - 1)) / len(self.places)
        for at, (label, name) in enumerate(self.places):
            left = x + at * (each + gap)
            sheets.line(left, line, left + each, line, look.palette.rule, 0.6)
            sheets.text(left, base, fitting.cut(label.joined, look.caption, each), look.caption)
            sheets.text(left, line + 3, fitting.cut(name, look.body, each), look.body)
