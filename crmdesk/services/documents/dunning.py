"""The reminder 催款函: a letter in the words of its level, the items below it, what to pay, until when and where."""

from __future__ import annotations

from crmdesk.models.money import grouped
from crmdesk.models.specs.documents import STATEMENT_LINES
from crmdesk.services.documents import figures, fitting
from crmdesk.services.documents.flow import Block, Piece, Space, TextLine
from crmdesk.services.documents.labels import Label
from crmdesk.services.documents.model import DunningDoc
from crmdesk.services.documents.palette import Style
from crmdesk.services.documents.payment_details import PayTo, amount_in_words
from crmdesk.services.documents.stationery import Fact, Job, Layout, heading_of, layout_of
from crmdesk.services.documents.table import Align, Column, Entry, Row, Table
from crmdesk.services.documents.totals import Sum, Totals
from crmdesk.text import N_

_LINES_MAX = 400
_TITLE_SHARE, _TITLE_SHARE_LOW = 0.45, 0.2
"""Of the width: a longer subject is no title."""


def layout_dunning(job: Job, doc: DunningDoc) -> Layout:
    """The parts of a reminder in the order they stand on paper."""
    labels = job.labels
    title = Label(job.clean(doc.subjects[0]), job.clean(doc.subjects[1]) if len(doc.subjects) > 1 else "")
    share = _TITLE_SHARE_LOW if job.look.paper.is_compact else _TITLE_SHARE
    is_long = any(fitting.width(text, job.look.title) > job.width * share for text in title)
    if is_long:  # a whole sentence stands above the letter, not in the corner of the title
        title = labels(N_("Reminder"))
    facts: list[Fact] = [
        (labels(N_("Date")), figures.day(doc.dated_on)),
        (labels(N_("Please pay by")), figures.day(doc.pay_by)),
        (labels(N_("Currency")), figures.currency_title(labels.language, doc.currency)),
    ]
    heading = heading_of(doc, title, labels(N_("Customer")), facts)
    gap = job.look.gap
    pieces: list[Piece] = []
    for subject, body in zip(doc.subjects, doc.bodies, strict=True):
        if is_long:
            pieces += [*_letter(job, subject, job.look.strong), Space(gap * 0.3)]
        pieces += [*_letter(job, body, job.look.body), Space(gap * 0.7)]
    pieces += [_items(job, doc).whole(), Space(gap * 0.45), _totals(job, doc), Space(gap * 0.8)]
    return layout_of(job, doc, heading, pieces)


def _letter(job: Job, body: str, style: Style) -> list[Piece]:
    lines = fitting.wrapped_paragraphs(body, job.clean, style, job.width, _LINES_MAX)
    return [TextLine(line, style) if line.strip() else Space(style.size * 0.8) for line in lines]


def _items(job: Job, doc: DunningDoc) -> Table:
    labels, currency = job.labels, doc.currency
    columns = [
        Column(labels(N_("Document")), flex=1, least=9),
        Column(labels(N_("Date"))),
        Column(labels(N_("Due date"))),
        Column(labels(N_("Days late")), Align.RIGHT),
        Column(labels(N_("Original amount")), Align.RIGHT),
        Column(labels(N_("Open amount")), Align.RIGHT),
    ]
    rows = [
        Row(
            [
                Entry(labels(STATEMENT_LINES[line.kind]), line.number),
                figures.day(line.issued_on),
                figures.day(line.due_on),
                str(line.days_late) if line.days_late > 0 else figures.DASH,
                grouped(line.total_minor, currency),
                grouped(line.open_minor, currency),
            ]
        )
        for line in doc.lines
    ]
    return Table(job.look, columns, rows, job.width, job.clean)


def _totals(job: Job, doc: DunningDoc) -> Totals:
    """What is to be paid, in words too: the sum of the items less free credit. Interest is told below, not added."""
    labels, currency = job.labels, doc.currency
    before: list[Sum] = []
    after: list[Sum] = []
    caption = labels(N_("Total open"))
    if doc.credit_minor:
        before.append(Sum(caption, grouped(doc.total_minor, currency)))
        before.append(
            Sum(labels(N_("Less your credit, not yet allocated")), grouped(-doc.credit_minor, currency))
        )
        caption = labels(N_("Please pay"))
    if doc.interest_minor:
        after.append(Sum(labels(N_("Late interest so far")), grouped(doc.interest_minor, currency)))
    main = Sum(caption, figures.signed(doc.pay_minor, currency), is_strong=True)

    def beside(width: float) -> list[Block]:
        blocks: list[Block] = [amount_in_words(job, doc.pay_minor, currency, width)]
        if doc.company.bank is not None:
            blocks.append(PayTo(job, doc.company.bank, width))
        return blocks

    return Totals(job, before, main, after, beside)
