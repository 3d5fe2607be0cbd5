"""The closing sheet of a period: its figures per currency, the checklist with its results, the audit chain's head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmdesk.models import clock
from crmdesk.models.money import grouped_text
from crmdesk.services.documents import figures
from crmdesk.services.documents.canvas import Sheets
from crmdesk.services.documents.flow import Piece, Space, plan
from crmdesk.services.documents.labels import Label, Labels
from crmdesk.services.documents.model import Company, Party, PrintMark
from crmdesk.services.documents.palette import look_for
from crmdesk.services.documents.paper import paper_named
from crmdesk.services.documents.stationery import Foot, Heading, Job, Letterhead, Note, RunningHead
from crmdesk.services.documents.table import Align, Cell, Column, Entry, Kind, Row, Table
from crmdesk.text import N_

if TYPE_CHECKING:
    from crmdesk.services.closing import Closing


def render(found: Closing, company: Company, language: str, paper: str = "A4") -> bytes:
    """The sheet as PDF bytes; the same closing printed on the same day gives the same bytes."""
    labels = Labels(language)
    sheet = paper_named(paper)
    sheets = Sheets(company.name, language)
    job = Job(sheets, look_for(sheet), labels)
    title = labels(N_("Closing sheet"))
    start = figures.day(found.start) if found.start else ""
    sheets.entitle(f"{labels.one(N_('Closing sheet'))} {figures.day(found.until)}")
    facts = [
        (labels(N_("Closed by")), found.actor or "—"),
        (labels(N_("Recorded")), clock.local_words(found.recorded_at)),
    ]
    heading = Heading(
        company=company,
        party=Party(
            "", f"{start} – {figures.day(found.until)}".strip(" –") if start else figures.day(found.until)
        ),
        party_caption=labels(N_("Period")),
        title=title,
        facts=facts,
        mark=PrintMark(clock.today()),
    )
    head, next_head = Letterhead(job, heading), RunningHead(job, heading)
    foot = Foot(job, company, heading.mark)
    pieces: list[Piece] = [
        _figures(job, found).whole(),
        Space(job.look.gap),
        _checklist(job, found).whole(),
        Space(job.look.gap),
        Note(
            job, labels(N_("Head of the audit chain before the closing")), f"{found.head_id} · {found.head}"
        ),
    ]
    if found.reason:
        pieces += [Space(job.look.gap), Note(job, labels(N_("Reason")), found.reason)]
    if not found.is_standing:
        pieces += [
            Space(job.look.gap),
            Note(job, labels(N_("Note")), labels.one(N_("This period is not closed."))),
        ]
    pages = plan(sheet, pieces, head, next_head, foot.height)
    for number, page in enumerate(pages, start=1):
        sheets.begin(sheet)
        for top, block in page.blocks:
            block.draw(sheets, sheet.margin_x, top, sheet.inner_width)
        foot.draw(sheet.margin_x, number, len(pages))
        sheets.end(None, job.look, 0.0)
    return sheets.finish()


def _figures(job: Job, found: Closing) -> Table:
    from crmdesk.services.closing import FIGURES

    currencies = list(found.totals)
    columns = [Column(job.labels(N_("Figures")), flex=1, least=10)]
    columns += [Column(Label(currency), Align.RIGHT) for currency in currencies]
    rows = []
    for name, label in FIGURES.items():
        cells: list[Cell] = [Entry(job.labels(label))]
        cells += [grouped_text(found.totals[currency][name]) for currency in currencies]
        rows.append(Row(cells, Kind.TOTAL if name in ("opening", "closing") else Kind.PLAIN))
    return Table(job.look, columns, rows, job.width, job.clean)


def _checklist(job: Job, found: Closing) -> Table:
    from crmdesk.services.closing import LABELS

    labels = job.labels
    columns = [
        Column(labels(N_("Checked")), flex=1, least=10),
        Column(labels(N_("Count")), Align.RIGHT),
        Column(labels(N_("Amount")), Align.RIGHT),
        Column(labels(N_("Result"))),
    ]
    rows = []
    for item in found.checklist:
        amounts = ", ".join(
            f"{currency} {grouped_text(amount)}" for currency, amount in item["amounts"].items()
        )
        result = N_("Accepted") if item["accepted"] else N_("Pending") if item["count"] else N_("In order")
        rows.append(
            Row([Entry(labels(LABELS[item["code"]])), f"{item['count']:,}", amounts, Entry(labels(result))])
        )
    return Table(job.look, columns, rows, job.width, job.clean)
