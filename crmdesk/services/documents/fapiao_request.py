"""The request for a tax invoice 开票申请单: the billing details as they go onto it, the lines and their totals."""

from __future__ import annotations

from crmdesk.services.documents import figures
from crmdesk.services.documents.flow import Piece, Space
from crmdesk.services.documents.invoice import line_table, net_and_taxes
from crmdesk.services.documents.model import FapiaoRequestDoc
from crmdesk.services.documents.payment_details import amount_in_words
from crmdesk.services.documents.stationery import (
    Fact,
    Job,
    Layout,
    Note,
    heading_of,
    layout_of,
)
from crmdesk.services.documents.table import Column, Entry, Row, Table
from crmdesk.services.documents.totals import Sum, Totals
from crmdesk.text import N_


def layout_fapiao_request(job: Job, doc: FapiaoRequestDoc) -> Layout:
    """The parts of a request in the order they stand on paper."""
    labels = job.labels
    facts: list[Fact] = [
        (labels(N_("Date")), figures.day(doc.issued_on)),
        (labels(N_("Kind")), labels(doc.kind_label).joined),
        (labels(N_("Medium")), labels(doc.medium_label).joined),
        (labels(N_("State")), labels(doc.state_label).joined),
        (labels(N_("Currency")), figures.currency_title(labels.language, doc.currency)),
    ]
    heading = heading_of(doc, labels(N_("Tax invoice request")), labels(N_("Customer")), facts, doc.number)
    gap = job.look.gap
    pieces: list[Piece] = [
        _profile(job, doc).whole(),
        Space(gap * 0.8),
        line_table(job, doc.lines, doc.currency).whole(),
        Space(gap * 0.45),
        _totals(job, doc),
        Space(gap * 0.8),
    ]
    if doc.bills:
        bills = ("、" if labels.has_chinese else ", ").join(doc.bills)
        pieces += [Note(job, labels(N_("For invoice")), bills), Space(gap * 0.5)]
    if doc.billed:
        pieces += [Note(job, labels(N_("Converted from")), doc.billed), Space(gap * 0.5)]
    if doc.note:
        pieces.append(Note(job, labels(N_("Note")), doc.note))
    return layout_of(job, doc, heading, pieces)


def _profile(job: Job, doc: FapiaoRequestDoc) -> Table:
    """开票信息, only what is known."""
    labels = job.labels
    columns = [Column(labels(N_("Billing details"))), Column(labels(N_("Value")), flex=1, least=12)]
    rows = [Row([Entry(labels(label)), value]) for label, value in doc.profile if value]
    return Table(job.look, columns, rows, job.width, job.clean)


def _totals(job: Job, doc: FapiaoRequestDoc) -> Totals:
    labels, currency = job.labels, doc.currency
    main = Sum(labels(N_("Total with tax")), figures.signed(doc.total_minor, currency), is_strong=True)
    return Totals(
        job,
        net_and_taxes(job, doc),
        main,
        [],
        lambda width: [amount_in_words(job, doc.total_minor, currency, width)],
    )
