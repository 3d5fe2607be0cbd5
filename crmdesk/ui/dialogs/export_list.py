"""Asks where a list goes and writes what is shown: csv or an Excel workbook, in the background."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from crmdesk.models import clock
from crmdesk.text import _
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.kit.columns import Column
from crmdesk.ui.kit.row_source import Query
from crmdesk.ui.kit.tasks import Progress

FORMS = ("xlsx", "csv")


def export_list(
    ctx: Context, parent: QWidget, source: BookList, query: Query, columns: Sequence[Column], title: str
) -> None:
    """Asks for a file and writes the whole filtered set with the columns that are shown."""
    folder = ctx.settings.text("export.folder") or str(Path.home())
    name = f"{title} {clock.today().isoformat()}.xlsx"
    chosen, _filter = QFileDialog.getSaveFileName(
        parent,
        _("Export what is shown"),
        str(Path(folder) / name),
        f"{_('Excel workbook')} (*.xlsx);;{_('Text for any program')} (*.csv)",
    )
    if not chosen:
        return
    path = Path(chosen)
    if path.suffix.lower().lstrip(".") not in FORMS:
        path = path.with_name(f"{path.name}.xlsx")
    ctx.settings.put("export.folder", str(path.parent))
    write(ctx, parent, source, query, columns, path)


def write(
    ctx: Context, owner: QWidget, source: BookList, query: Query, columns: Sequence[Column], path: Path
) -> None:
    """Writes the file and says where it is, with a way to open it."""
    book = ctx.need_book()
    names = [column.field.name for column in columns]
    wanted = source.list_query(query)

    def work(progress: Progress) -> Path:
        from crmdesk.services.exports import list_files

        progress.check()
        return list_files.write_query(book, wanted, path, path.suffix.lower().lstrip("."), names=names)

    def done(written: Path) -> None:
        ctx.notices.toast(
            _("Written: {file}").format(file=written.name),
            "good",
            _("Open the file"),
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(written))),
        )

    ctx.run_heavy(work, owner=owner, on_done=done, label=_("Writing {file}").format(file=path.name))
