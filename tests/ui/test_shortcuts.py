"""No key does two things: Qt then does neither. Every command and every button of one says its key."""

from __future__ import annotations

from collections import Counter
from datetime import date

from PySide6.QtWidgets import QAbstractButton, QApplication

from crmdesk.ui import places
from crmdesk.ui.kit.commands import native_keys, place_of
from crmdesk.ui.shots import Stage


def keys(stage: Stage, *, window_wide: bool) -> list[tuple[str, str]]:
    return [
        (key.toString(), command.id)
        for command, action in stage.ctx.commands
        for key in action.shortcuts()
        if command.is_window_wide is window_wide
    ]


def make_everything(stage: Stage) -> None:
    """Every page with every part that is made late."""
    stage.go("customers")
    stage.ctx.commands.all_wanted.emit()
    stage.settle()


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


def test_within_a_place_no_key_is_heard_twice(stage: Stage) -> None:
    make_everything(stage)
    commands = stage.ctx.commands
    clashes = [
        (command.id, key.toString(), other.id)
        for command, action in commands
        for key in action.shortcuts()
        if (other := commands.clash(command.id, key.toString())) is not None
    ]
    assert clashes == []


def test_every_command_and_every_button_of_one_says_its_key(stage: Stage) -> None:
    make_everything(stage)
    actions = {command.id: action for command, action in stage.ctx.commands}
    assert len(actions) > 50
    silent = [
        name
        for name, action in actions.items()
        for key in action.shortcuts()[:1]
        if native_keys(key.toString()) not in action.toolTip()
    ]
    assert silent == []
    buttons = [
        made
        for made in stage.window.findChildren(QAbstractButton)
        if made.objectName().removesuffix(".empty") in actions
    ]
    assert len(buttons) > 10
    wrong = [
        made.objectName()
        for made in buttons
        if made.toolTip() != actions[made.objectName().removesuffix(".empty")].toolTip()
    ]
    assert wrong == []
    for name, key in {
        "top.receive": "F6",
        "customers.detail.receive": "F6",
        "nav.customers": "Ctrl+2",
        "top.search": "Ctrl+K",
    }.items():
        made = stage.window.findChild(QAbstractButton, name)
        assert made is not None
        assert native_keys(key) in made.toolTip(), name


def test_every_command_belongs_to_a_place_or_to_the_window(stage: Stage) -> None:
    make_everything(stage)
    names = {place.name for place in places.PLACES}
    strays = [
        command.id
        for command, action in stage.ctx.commands
        if not command.is_window_wide and place_of(action) not in names
    ]
    assert strays == []


CELL = {
    "as_of": date(2026, 6, 30), "basis": "due", "buckets": (30, 60, 90), "currency": "CNY", "column": "total",
}  # fmt: skip
SEARCHED = (
    ("customers", {}, "customers.search"),
    ("customers", {"part": "tasks"}, "tasks.search"),
    ("sales", {}, "products.search"),
    ("sales", {"part": "products"}, "products.search"),
    ("customers", {"part": "overview"}, "overview.search"),
    ("customers", {"part": "segments"}, "segments.search"),
    ("customers", {"part": "movements"}, "movements.search"),
    ("customers", {"part": "trees"}, "trees.search"),
    ("customers", {"part": "tags"}, "tags.search"),
    ("customers", {"part": "stage_moves"}, "stageMoves.search"),
    ("customers", {"part": "letters"}, "letters.search"),
    ("customers", {"part": "duplicates"}, "duplicates.search"),
    ("customers", {"part": "merges"}, "merges.search"),
    ("sales", {"part": "requirements"}, "requirements.search"),
    ("sales", {"part": "quotes"}, "quotes.search"),
    ("sales", {"part": "contracts"}, "contracts.search"),
    ("sales", {"part": "orders"}, "orders.search"),
    ("sales", {"part": "instalments"}, "instalments.search"),
    ("invoices", {}, "invoices.search"),
    ("invoices", {"part": "drafts"}, "drafts.search"),
    ("invoices", {"part": "credits"}, "credits.search"),
    ("invoices", {"part": "recurring"}, "recurring.search"),
    ("invoices", {"part": "writeoffs"}, "writeoffs.search"),
    ("invoices", {"part": "openings"}, "openings.search"),
    ("invoices", {"part": "open_items"}, "open_items.search"),
    ("invoices", {"part": "requests"}, "requests.search"),
    ("invoices", {"part": "fapiao"}, "fapiao.search"),
    ("invoices", {"part": "uninvoiced"}, "uninvoiced.search"),
    ("payments", {}, "payments.search"),
    ("payments", {"part": "bank"}, "bank.search"),
    ("payments", {"part": "refunds"}, "refunds.search"),
    ("payments", {"part": "bills"}, "bills.search"),
    ("payments", {"part": "deposits"}, "deposits.search"),
    ("payments", {"part": "transfers"}, "transfers.search"),
    ("payments", {"part": "cash"}, "cash.search"),
    ("statements", {"view": "confirmations"}, "confirmations.search"),
    ("statements", {"view": "reminders"}, "reminders.search"),
    ("statements", {"view": "reminders", "part": "reminders_held"}, "held.search"),
    ("statements", {"view": "reminders", "part": "promises"}, "promises.search"),
    ("statements", {"view": "reminders", "part": "reminders"}, "sentReminders.search"),
    ("statements", {"view": "reminders", "part": "reminder_rules"}, "rules.search"),
    ("statements", {"view": "items", **CELL}, "ageingItems.search"),
    ("statements", {"view": "currencies"}, "currencies.open.search"),
    ("statements", {"view": "currencies", "part": "differences"}, "currencies.differences.search"),
    ("statements", {"view": "currencies", "part": "trial"}, "currencies.trial.search"),
    ("settings", {}, "settings.search"),
    ("settings", {"section": "measures"}, "settings.search"),
    ("settings", {"section": "fields"}, "settings.search"),
    ("settings", {"section": "words"}, "settings.search"),
    ("settings", {"section": "watching"}, "settings.search"),
    ("settings", {"section": "keyboard"}, "settings.search"),
)
WITHOUT_SEARCH = (
    ("customers", {"part": "matrix"}),
    ("customers", {"part": "compare"}),
    ("today", {}),
    ("statements", {}),
    ("statements", {"view": "ageing"}),
    ("statements", {"view": "closing"}),
    ("invoices", {"new": True}),
    ("welcome", {}),
)


def test_ctrl_f_goes_to_the_search_that_is_seen(stage: Stage) -> None:
    for place, target, name in SEARCHED:
        stage.go(place, **target)
        stage.press("Ctrl+F")
        focused = QApplication.focusWidget()
        assert focused is not None
        assert focused.objectName() == name, (place, target)
        assert focused.isVisible()
    covered = {(place, *target.values()) for place, target, _name in SEARCHED}
    covered |= {(place, *target.values()) for place, target in WITHOUT_SEARCH}
    assert {(place, *target.values()) for place, _icon, _words, target in places.PARTS} <= covered
    assert {place.name for place in places.PLACES} <= {entry[0] for entry in covered}


def test_ctrl_f_leaves_the_keyboard_alone_where_nothing_is_searched(stage: Stage) -> None:
    for place, target in WITHOUT_SEARCH:
        stage.go(place, **target)
        before = QApplication.focusWidget()
        stage.press("Ctrl+F")
        focused = QApplication.focusWidget()
        assert focused is before, (place, target)
