"""No key does two things: Qt then does neither."""

from __future__ import annotations

from collections import Counter

from PySide6.QtWidgets import QApplication

from crmdesk.ui import places
from crmdesk.ui.shots import Stage


def keys(stage: Stage, *, window_wide: bool) -> list[tuple[str, str]]:
    return [
        (action.shortcut().toString(), command.id)
        for command, action in stage.ctx.commands
        if action.shortcut().toString() and command.is_window_wide is window_wide
    ]


def test_no_key_does_two_things(stage: Stage) -> None:
    for place in places.PLACES:
        stage.go(place.name)
        stage.settle()
    stage.go("statements", view="ageing")
    stage.settle()
    everywhere = keys(stage, window_wide=True)
    assert [key for key, count in Counter(key for key, _id in everywhere).items() if count > 1] == []
    taken = dict(everywhere)
    here = keys(stage, window_wide=False)
    assert here, "no page has a key of its own: the check says nothing"
    assert [(key, name, taken[key]) for key, name in here if key in taken] == []


def test_a_page_that_is_shown_has_the_keyboard(stage: Stage) -> None:
    """Its own keys are heard only from within: the page as a whole must not keep the focus."""
    for place in places.PLACES:
        page = stage.go(place.name)
        stage.settle()
        focused = QApplication.focusWidget()
        assert focused is not None, place.name
        assert focused is not page, place.name
        assert page.isAncestorOf(focused), place.name
