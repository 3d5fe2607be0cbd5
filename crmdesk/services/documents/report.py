"""A report on paper: its table over pages, lying on its side when it has many columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmdesk.models import clock
from crmdesk.models.fields import NUMBERS, Field, Kind
from crmdesk.models.money import grouped
from crmdesk.services.documents import figures, fitting
from crmdesk.services.documents.canvas import Sheets
from crmdesk.services.documents.flow import Block, Piece, Space, TextLine, plan
from crmdesk.services.documents.labels import Label, Labels
from crmdesk.services.documents.model import Company, Party, PrintMark
from crmdesk.services.documents.palette import look_for
from crmdesk.services.documents.paper import paper_named
from crmdesk.services.documents.stationery import Foot, Heading, Job, Letterhead, RunningHead
from crmdesk.services.documents.table import Align, Cell, Column, Entry, Row, Table
from crmdesk.services.documents.table import Kind as RowKind
from crmdesk.text import N_

if TYPE_CHECKING:
    from crmdesk.services.reports.declared import ReportTable

_UPRIGHT_COLUMN_COUNT = 6
_NOTE_LINES_MAX = 60


def render(table: ReportTable, company: Company, language: str) -> bytes:
    """The report as PDF bytes. `language` is zh_CN or en; the same report gives the same bytes."""
    labels = Labels(language)
    paper = paper_named("A4")
    if len(table.fields) > _UPRIGHT_COLUMN_COUNT:
        paper = paper.turned()
    sheets = Sheets(company.name, language)
    sheets.entitle(f"{table.title} {table.period}".strip())
    job = Job(sheets, look_for(paper), labels)
    heading = Heading(
        company=company,
        party=Party("", table.period),
        party_caption=Label(""),
        title=Label(table.title),
        facts=(),
        mark=PrintMark(clock.today()),
    )
    head: Block = Letterhead(job, heading)
    next_head = RunningHead(job, heading)
    foot = Foot(job, company, heading.mark)
    pieces: list[Piece] = [_table(job, table)]
    if table.notes:
        text = "\n".join(table.notes)
        lines = fitting.wrapped_paragraphs(text, job.clean, job.look.small, job.width, _NOTE_LINES_MAX)
        pieces += [Space(job.look.gap), *(TextLine(line, job.look.small) for line in lines)]
    pages = plan(paper, pieces, head, next_head, foot.height)
    for number, page in enumerate(pages, start=1):
        sheets.begin(paper)
        for top, block in page.blocks:
            block.draw(sheets, paper.margin_x, top, paper.inner_width)
        foot.draw(paper.margin_x, number, len(pages))
        sheets.end(None, job.look, 0.0)
    return sheets.finish()


def _table(job: Job, table: ReportTable) -> Any:
    at_currency = next((index for index, field in enumerate(table.fields) if field.name == "currency"), None)
    columns = [
        Column(
            job.labels(field.label),
            Align.RIGHT if field.kind in NUMBERS else Align.LEFT,
            flex=1.0 if field.kind is Kind.TEXT and field.width >= 20 else 0.0,
            least=6.0 if field.kind is Kind.TEXT and field.width >= 20 else 0.0,
        )
        for field in table.fields
    ]
    rows = [
        Row(
            [
                _cell(job, field, value, row[at_currency] if at_currency is not None else "")
                for field, value in zip(table.fields, row, strict=True)
            ]
        )
        for row in table.rows
    ]
    for currency, sums in table.totals.items():
        cells: list[Cell] = [
            grouped(sums[field.name], currency) if field.name in sums else "" for field in table.fields
        ]
        cells[0] = Entry(job.labels(N_("Total")))
        if at_currency:
            cells[at_currency] = currency
        rows.append(Row(cells, RowKind.TOTAL))
    return Table(job.look, columns, rows, job.width, job.clean).whole()


def _cell(job: Job, field: Field, value: Any, currency: str) -> str:
    if value is None:
        return ""
    if field.kind is Kind.MONEY:
        return figures.or_dash(value, currency)
    if field.kind is Kind.PRICE and field.sign == "any":  # in the book's currency, whatever the row's
        return f"{value:,f}" if value else figures.DASH
    if field.kind is Kind.DATE:
        return figures.day(value)
    for choice in field.choices:
        if choice.value == value:
            return job.labels.one(choice.label)
    return str(value)
