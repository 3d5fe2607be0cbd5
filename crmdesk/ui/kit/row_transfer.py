"""Rows of a list on their way elsewhere: copied for Excel, or dragged onto a tree."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QDrag, QGuiApplication
from PySide6.QtWidgets import QWidget

from crmdesk.text import N_, _, counted
from crmdesk.ui.kit.columns import Column
from crmdesk.ui.kit.host import Host
from crmdesk.ui.kit.labels import Badge
from crmdesk.ui.kit.table_model import TableModel
from crmdesk.ui.kit.tasks import Progress
from crmdesk.ui.kit.tree import records_mime

COPIED_AT_ONCE_MAX = 2_000


def drag_rows(view: QWidget, ids: Sequence[int]) -> None:
    """Starts to drag records by their ids, with their number beside the pointer."""
    if not ids:
        return
    drag = QDrag(view)
    drag.setMimeData(records_mime(ids))
    badge = Badge()
    badge.set_count(len(ids))
    badge.adjustSize()
    drag.setPixmap(badge.grab())
    drag.exec(Qt.DropAction.CopyAction)


def copy_rows(host: Host, model: TableModel, ids: Sequence[int], columns: Sequence[Column]) -> None:
    """Puts rows on the clipboard as tab-separated text that pastes into Excel, with titles for several rows."""
    if not ids:
        return
    places = [model.columns().index(column) for column in columns]
    titles = [_(column.field.label) for column in columns]

    def work(progress: Progress) -> str:
        lines = ["\t".join(titles)] if len(ids) > 1 else []
        for start in range(0, len(ids), COPIED_AT_ONCE_MAX):
            part = ids[start : start + COPIED_AT_ONCE_MAX]
            rows = model.source.fetch(part)
            lines += [
                "\t".join(one_cell(model.text_of(rows[entry], place)) for place in places)
                for entry in part
                if entry in rows
            ]
            progress.step(start + len(part), len(ids))
        return "\n".join(lines)

    def done(text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        host.notices.toast(counted(N_("{count} rows copied."), len(ids)))

    host.tasks.run("heavy", work, owner=model, done=done, failed=host.notices.error, label=_("Copying"))


def one_cell(text: str) -> str:
    """A cell as Excel and LibreOffice read it back: quoted where it holds what would end the cell or begin a quote."""
    if "\t" in text or "\n" in text or "\r" in text or text.startswith('"'):
        return '"' + text.replace('"', '""') + '"'
    return text
