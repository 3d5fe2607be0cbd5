"""What belongs to the window: its tasks, and what was being written when the program ended."""

from __future__ import annotations

import time

from PySide6.QtCore import QCoreApplication

from crmdesk.services import draft_journal
from crmdesk.services.draft_journal import Entry
from crmdesk.text import _
from crmdesk.ui.shots import Shot, Stage

_WORK_S, _ASKED_AFTER_S = 1.8, 1.2
"""Work that only reads is stopped without a question in its first second."""


def _tasks(stage: Stage) -> None:
    stage.go("customers")
    for label in (_("Writing {file}").format(file="C001.pdf"), _("Backing up"), _("Checking the book")):
        stage.ctx.run_heavy(lambda _progress: None, label=label)
    stage.settle()
    stage.window.show_tasks()


def _closing(stage: Stage) -> None:
    """The window is to be closed while something is written; the question stays when the work has ended."""
    stage.go("customers")
    stage.ctx.run_heavy(lambda _progress: time.sleep(_WORK_S), label=_("Backing up"))
    until = time.monotonic() + _ASKED_AFTER_S
    while time.monotonic() < until:
        QCoreApplication.processEvents()
        time.sleep(0.01)
    stage.window.close()


def _left_behind(stage: Stage) -> None:
    """Only in memory: the journal of a run of pictures is nobody's."""
    stage.go("customers")
    journal = stage.ctx.journal
    assert journal is not None
    titles = ("杭州西溪民宿集群", "上海鼎晟贸易有限公司")
    journal.left = [
        Entry(draft_journal.new_id(), form, title=title, values={}, typed_at="2026-06-30T08:15:00")
        for form, title in zip(("customer", "invoice"), titles, strict=True)
    ]
    journal.left_changed.emit()


# The banner stays until it is decided about, so it comes last.
SHOTS = (Shot("tasks", _tasks), Shot("closing", _closing), Shot("left-behind", _left_behind))
