"""An empty workbook with the columns that an import of one kind knows, the owner's own fields and trees too."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from crmdesk.text import _, current_language
from crmdesk.ui import papers
from crmdesk.ui.context import Context
from crmdesk.ui.kit.tasks import Progress


def save_template(ctx: Context, owner: QWidget, kind: str) -> None:
    """Asks where to save the template, writes it and shows its folder."""

    book = ctx.need_book()

    def write(path: Path) -> None:
        def work(progress: Progress) -> Path:
            del progress
            from crmdesk.services import custom_fields
            from crmdesk.services.imports import kinds, template

            with book.read() as connection:
                own = [entry for entry in custom_fields.everything(connection) if entry.is_active]
                trees = kinds.dimension_names(connection)
            return template.write(path, kind, current_language(), trees, own)

        def done(written: Path) -> None:
            papers.say_saved(ctx, written)
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(written.parent)))

        ctx.run_heavy(work, owner=owner, on_done=done)

    papers.ask_file(ctx, owner, _("Save a template"), f"{_('Template')} {kind}.xlsx", write)
