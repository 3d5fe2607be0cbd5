"""The delivery note 送货单 of an invoice: what is delivered, without prices, and where it is signed for."""

from __future__ import annotations

from crmdesk.services.documents import figures
from crmdesk.services.documents.flow import Bottom, Space
from crmdesk.services.documents.invoice import own_words
from crmdesk.services.documents.labels import Label
from crmdesk.services.documents.model import DeliveryNoteDoc, InvoiceLine
from crmdesk.services.documents.receipt import Signatures
from crmdesk.services.documents.stationery import (
    Fact,
    Job,
    Layout,
    Note,
    heading_of,
    layout_of,
    standing_banner,
)
from crmdesk.services.documents.table import Align, Cell, Column, Entry, Row, Table
from crmdesk.text import N_


def layout_delivery_note(job: Job, doc: DeliveryNoteDoc) -> Layout:
    """The parts of a delivery note in the order they stand on paper."""
    labels = job.labels
    facts: list[Fact] = [(labels(N_("Date")), figures.day(doc.issued_on))]
    if doc.reference:
        facts.append((labels(N_("Reference")), doc.reference))
    heading = heading_of(doc, labels(N_("Delivery note")), labels(N_("Delivered to")), facts, doc.number)
    pieces = standing_banner(job, doc)
    pieces += [_lines(job, doc.lines).whole(), Space(job.look.gap * 0.8)]
    if doc.note:
        pieces += [Note(job, labels(N_("Note")), doc.note), Space(job.look.gap * 0.8)]
    places = [
        (labels(N_("Delivered by")), ""),
        (labels(N_("Received in good order")), ""),
        (labels(N_("Date")), ""),
    ]
    signatures = Signatures(job, places)
    pieces.append(Bottom(signatures) if job.look.paper.is_compact else signatures)
    return layout_of(job, doc, heading, pieces)


def _lines(job: Job, lines: tuple[InvoiceLine, ...]) -> Table:
    """Goods only: a line that only takes money off (a discount) is nothing to deliver."""
    labels = job.labels
    delivered = [line for line in lines if line.unit_price >= 0]
    has_unit = any(line.unit for line in delivered)
    columns = [
        Column(Label("#"), Align.RIGHT),
        Column(labels(N_("Item")), flex=1, least=9),
        Column(labels(N_("Code"))),
        Column(labels(N_("Specification"))),
    ]
    if has_unit:
        columns.append(Column(labels(N_("Unit"))))
    columns += [Column(labels(N_("Quantity")), Align.RIGHT), Column(labels(N_("Remarks")))]
    rows = []
    for number, line in enumerate(delivered, start=1):
        cells: list[Cell] = [str(number), Entry(Label(line.description)), line.code]
        cells.append(" · ".join(part for part in (line.specification, *own_words(job, line)) if part))
        if has_unit:
            cells.append(line.unit)
        cells += [figures.quantity(line.quantity), ""]
        rows.append(Row(cells))
    return Table(job.look, columns, rows, job.width, job.clean)
