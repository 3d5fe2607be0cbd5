"""What is imported ahead, and what the search for cycles then leaves alone."""

from __future__ import annotations

import gc

import pytest
from pytestqt.qtbot import QtBot

from crmdesk.ui import ahead
from crmdesk.ui.shots import Stage


def test_modules_are_set_aside_when_the_book_is_open_and_when_all_are_there(
    stage: Stage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen: list[int] = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(1))
    made = ahead.Ahead(stage.ctx, stage.window)
    qtbot.waitUntil(lambda: not made._timer.isActive(), timeout=20_000)
    assert frozen == [], "pages and what the book needs are still to come"
    stage.ctx.book_changed.emit()
    assert frozen == [1], "what came with the book, before the first list is read"
    qtbot.waitUntil(lambda: not made._timer.isActive(), timeout=20_000)
    stage.ctx.book_changed.emit()
    stage.settle()
    assert frozen == [1, 1]
