"""What stands there while no book is open."""

from __future__ import annotations

from crmdesk.ui.shots import Shot, Stage


def _welcome(stage: Stage) -> None:
    stage.go("welcome")


def _new_book(stage: Stage) -> None:
    _welcome(stage)
    stage.click("welcome.new")


SHOTS = (
    Shot("welcome", _welcome, needs_book=False),
    Shot("welcome-new", _new_book, needs_book=False),
)
