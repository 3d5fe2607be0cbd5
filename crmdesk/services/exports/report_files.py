"""A filled report as a file: pdf, xlsx, csv."""

from __future__ import annotations

from pathlib import Path

from crmdesk.services.documents.model import Company
from crmdesk.services.exports import tables
from crmdesk.services.outgoing import write_bytes
from crmdesk.services.reports.declared import ReportTable


def write(table: ReportTable, company: Company, path: Path, form: str, *, language: str = "zh_CN") -> Path:
    """Writes a report; JSON is the caller's (`table.document`)."""
    if form == "pdf":
        from crmdesk.services.documents import report

        return write_bytes(path, report.render(table, company, language))
    heading = (company.name, table.period)
    return tables.write(
        tables.TableFile(
            table.title, heading, table.fields, table.rows, table.totals, heat=table.heat, notes=table.notes
        ),
        path,
        form,
    )
