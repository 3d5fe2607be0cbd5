"""Quote 报价单 and contract 合同: the line table of an invoice, then validity or plan, and the places to sign."""

from __future__ import annotations

from crmdesk.models.money import grouped
from crmdesk.services.documents import figures, fitting
from crmdesk.services.documents.canvas import Sheets
from crmdesk.services.documents.flow import Space
from crmdesk.services.documents.invoice import body_of
from crmdesk.services.documents.labels import Label
from crmdesk.services.documents.model import AgreementDoc, AgreementKind, Standing
from crmdesk.services.documents.stationery import Fact, Job, Layout, heading_of, layout_of, own_facts
from crmdesk.services.documents.table import Align, Column, Entry, Row, Table
from crmdesk.text import N_

AGREEMENT_TITLES = {AgreementKind.QUOTE: N_("Quote"), AgreementKind.CONTRACT: N_("Contract")}


def layout_agreement(job: Job, doc: AgreementDoc) -> Layout:
    """The parts of a quote or contract in the order they stand on paper."""
    labels = job.labels
    is_quote = doc.kind is AgreementKind.QUOTE
    heading = heading_of(
        doc, labels(AGREEMENT_TITLES[doc.kind]), labels(N_("Customer")), _facts(job, doc), doc.number
    )
    bank = doc.company.bank if doc.standing in (Standing.VALID, Standing.DRAFT) else None
    pieces = body_of(job, doc, labels(N_("Total")), [], bank)
    if doc.instalments:
        pieces += [_plan(job, doc).whole(), Space(job.look.gap * 0.8)]
    pieces.append(Space(job.look.gap * 0.4))
    places = (
        [labels(N_("Company seal")), labels(N_("Accepted by the customer"))]
        if is_quote
        else [labels(N_("Seller (seal and signature)")), labels(N_("Buyer (seal and signature)"))]
    )
    pieces.append(Signing(job, places))
    return layout_of(job, doc, heading, pieces)


def _facts(job: Job, doc: AgreementDoc) -> list[Fact]:
    labels = job.labels
    facts: list[Fact] = [(labels(N_("Date")), figures.day(doc.issued_on))]
    if doc.kind is AgreementKind.QUOTE and doc.revision > 1:
        facts.append((labels(N_("Version")), str(doc.revision)))
    if doc.valid_until:
        facts.append((labels(N_("Valid until")), figures.day(doc.valid_until)))
    if doc.signed_on:
        facts.append((labels(N_("Signed on")), figures.day(doc.signed_on)))
    if doc.ends_on:
        facts.append((labels(N_("Ends on")), figures.day(doc.ends_on)))
    if doc.title:
        facts.append((labels(N_("Subject")), doc.title))
    if doc.discount_terms:
        facts.append((labels(N_("Settlement discount terms")), doc.discount_terms))
    if doc.signatories:
        facts.append((labels(N_("Signatories")), doc.signatories))
    facts += own_facts(labels, doc.own)
    facts.append((labels(N_("Currency")), figures.currency_title(labels.language, doc.currency)))
    return facts


def _plan(job: Job, doc: AgreementDoc) -> Table:
    """The instalments with their due dates; they add up to the total above."""
    labels = job.labels
    columns = [
        Column(labels(N_("Instalment")), flex=1, least=8),
        Column(labels(N_("Due date"))),
        Column(labels(N_("Amount")), Align.RIGHT),
    ]
    rows = [
        Row([Entry(Label(part.label)), figures.day(part.due_on), grouped(part.amount_minor, doc.currency)])
        for part in doc.instalments
    ]
    return Table(job.look, columns, rows, job.width, job.clean)


class Signing:
    """Two places to sign side by side, each with room for a seal and a date."""

    def __init__(self, job: Job, places: list[Label]) -> None:
        self.look = job.look
        self.places = places
        self.date = job.labels(N_("Date"))
        self.height = self.look.body.size * (5.0 if self.look.paper.is_compact else 9.0)

    def draw(self, sheets: Sheets, x: float, top: float, width: float) -> None:
        """A line each with its caption below and a place for the date."""
        look = self.look
        base = top - self.height + look.small.size * 0.6
        line = base + look.small.size * 1.35
        gap = look.body.size * 2.5
        each = (width - gap * (len(self.places) - 1)) / len(self.places)
        for at, label in enumerate(self.places):
            left = x + at * (each + gap)
            sheets.line(left, line, left + each, line, look.palette.rule, 0.6)
            date = self.date.joined
            room = each - fitting.width(date, look.caption) - look.body.size * 6
            sheets.text(left, base, fitting.cut(label.joined, look.caption, room), look.caption)
            sheets.text_right(left + each - look.body.size * 5, base, date, look.caption)
