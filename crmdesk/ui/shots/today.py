"""Pictures of Today and of what the bell tells."""

from __future__ import annotations

from crmdesk.ui.shots import Shot, Stage


def _below(stage: Stage) -> None:
    stage.go("today")
    area = stage.widget("today.area")
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    stage.settle()


def _overdue(stage: Stage) -> None:
    stage.go("today")
    stage.click("today.figure.overdue")


def _notices(stage: Stage) -> None:
    stage.go("today")
    stage.click("top.notices")


SHOTS = (
    Shot("today", lambda stage: stage.go("today")),
    Shot("today-below", _below),
    Shot("today-overdue", _overdue),
    Shot("notices", _notices),
)
