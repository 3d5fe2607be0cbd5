"""The list of tasks: progress, cancel, and what has ended."""

from __future__ import annotations

import threading

from pytestqt.qtbot import QtBot

from crmdesk.models.errors import Code, Conflict
from crmdesk.ui.kit.tasks import Progress
from crmdesk.ui.shots import Stage


def test_progress_is_shown_and_one_can_be_cancelled(stage: Stage, qtbot: QtBot) -> None:
    gate, began = threading.Event(), threading.Event()

    def work(progress: Progress) -> None:
        progress.step(25, 100, "25 / 100")
        began.set()
        gate.wait(10)
        progress.check()

    task = stage.ctx.run_heavy(work, label="Counting sheep")
    assert began.wait(10)
    qtbot.waitUntil(lambda: task.fraction > 0)
    stage.window.show_tasks()
    assert stage.widget("tasks.progress.0").value() == 250
    assert "25" in stage.widget("tasks.rest.0").text()
    assert not stage.window.findChildren(object, "tasks.idle")[0].isVisible()
    stage.widget("tasks.cancel.0").click()
    assert not stage.widget("tasks.cancel.0").isEnabled()
    gate.set()
    stage.settle()
    (entry,) = [one for one in stage.widget("tasks.finished").entries() if one.title == "Counting sheep"]
    assert entry.chip == "Cancelled"
    assert stage.widget("tasks.idle").isVisible()


def test_what_ended_is_kept_with_its_result(stage: Stage) -> None:
    def fails(_progress: Progress) -> None:
        raise Conflict(Code.NO_ACCESS, "The stick is full.")

    stage.ctx.run_heavy(lambda _progress: None, label="Good one")
    stage.ctx.run_heavy(fails, label="Bad one")
    stage.settle()
    stage.press("Ctrl+Shift+T", "window")
    entries = {entry.title: entry for entry in stage.widget("tasks.finished").entries()}
    assert entries["Good one"].chip == "Done"
    assert (entries["Bad one"].chip, entries["Bad one"].detail) == ("Failed", "The stick is full.")
    stage.widget("tasks").close()


def test_the_button_of_the_top_bar_opens_it(stage: Stage) -> None:
    stage.click("tasks.open")
    assert stage.widget("tasks").isVisible()
    stage.widget("tasks").close()
