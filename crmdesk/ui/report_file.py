"""A report as a file, wherever it is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.text import _
from crmdesk.ui import papers
from crmdesk.ui.context import Context

if TYPE_CHECKING:
    from crmdesk.services.reports.declared import Options


def write_report(ctx: Context, owner: QWidget, name: str, options: Options, path: Path) -> None:
    """Writes a report in the form that the name of the file asks for, and says where it is."""
    form = path.suffix.lower().lstrip(".")
    form = form if form in ("pdf", "csv", "xlsx") else "xlsx"

    def work(connection: Any) -> Path:
        from crmdesk import text
        from crmdesk.services import papers as filled
        from crmdesk.services.exports import report_files
        from crmdesk.services.reports import declared

        table = declared.find(name).fill(connection, options)
        company = filled.company_of(connection)
        return report_files.write(table, company, path, form, language=text.current_language())

    ctx.read(
        work,
        owner=owner,
        on_done=lambda written: papers.say_saved(ctx, written),
        lane="heavy",
        label=_("Writing {file}").format(file=path.name),
    )
