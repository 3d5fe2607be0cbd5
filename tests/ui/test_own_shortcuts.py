"""The list of shortcuts (F1), and keys of one's own: set, refused, reset, at once and after a restart."""

from __future__ import annotations

from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton

from crmdesk.text import translator
from crmdesk.ui import places
from crmdesk.ui.context import Context
from crmdesk.ui.kit.commands import KeyButton, may_be_shortcut, native_keys
from crmdesk.ui.kit.finder_list import FinderList, Line
from crmdesk.ui.kit.task_list import TaskList
from crmdesk.ui.kit.view_state import ViewState
from crmdesk.ui.shots import Stage, over


def lines(stage: Stage, name: str) -> list[Line]:
    found = stage.widget(name, FinderList)
    assert isinstance(found, FinderList)
    return found.lines()


def show_section(stage: Stage) -> None:
    stage.go("settings", section="keyboard")


def choose(stage: Stage, command_id: str) -> None:
    """Puts the cursor on a command as somebody does who looks for it."""
    words = next(command.text for command, _action in stage.ctx.commands if command.id == command_id)
    stage.widget("settings.keyboard.search").clear()
    stage.type_into("settings.keyboard.search", words)
    stage.settle()
    for _step in range(30):
        current = stage.widget("settings.keyboard.list").current()
        if command_id in current.data:
            return
        stage.press("Down", "settings.keyboard.list")
    raise LookupError(command_id)


def key_of(stage: Stage, command_id: str) -> str:
    action = stage.ctx.commands.find(command_id)
    assert action is not None
    return action.shortcut().toString()


def give(stage: Stage, command_id: str, keys: str) -> str:
    """Presses another key for a command; what is said then."""
    choose(stage, command_id)
    stage.press("Return", "settings.keyboard.list")
    stage.press(keys, "settings.keyboard.key")
    return str(stage.widget("settings.keyboard.message", QLabel).text())


# The list


def test_f1_lists_the_place_first_then_the_window_then_the_others(stage: Stage) -> None:
    stage.go("customers")
    stage.press("F1")
    found = lines(stage, "keys.list")
    headings = [line.title for line in found if line.is_heading]
    assert headings[:2] == ["Customers", "Everywhere"]
    assert {"Invoices", "Payments", "Statements", "In forms and fields"} <= set(headings)
    assert ("New customer", native_keys("Ctrl+N")) in [(line.title, line.keys) for line in found]
    assert ("Search and commands", native_keys("Ctrl+K")) in [(line.title, line.keys) for line in found]
    assert all(line.keys for line in found if not line.is_heading)
    stage.press("F1")
    assert not over(stage.window), "the key that opened it closes it"
    stage.press("Ctrl+/")
    assert over(stage.window)


def test_the_list_is_searched_by_words_and_by_key(stage: Stage) -> None:
    stage.go("customers")
    stage.choose("keys.show")
    stage.type_into("keys.search", "collapse")
    stage.settle()
    assert [line.title for line in lines(stage, "keys.list")] == ["Everywhere", "Collapse the left rail"]
    stage.widget("keys.search").clear()
    stage.type_into("keys.search", "F6")
    stage.settle()
    assert [line.title for line in lines(stage, "keys.list")] == ["Everywhere", "Receive"]
    stage.click("keys.change")
    assert stage.widget("settings.keyboard.list").isVisible()


def test_without_a_book_the_window_s_commands_are_listed(stage: Stage) -> None:
    stage.ctx.close_book()
    stage.settle()
    stage.press("F1")
    assert "Everywhere" in [line.title for line in lines(stage, "keys.list")]


# Keys of one's own


def test_every_command_of_every_page_can_be_given_a_key(stage: Stage) -> None:
    show_section(stage)
    known = {name for line in lines(stage, "settings.keyboard.list") if line.data for name in line.data}
    assert known == {command.id for command, _action in stage.ctx.commands}
    assert {
        "invoice.issue",
        "credit.issue",
        "drafts.open",
        "statement.batch",
        "customers.assignMany",
    } <= known
    assert len(known) > len(places.PLACES)


def test_another_key_works_at_once_and_is_shown_everywhere(stage: Stage) -> None:
    show_section(stage)
    assert "F9" in give(stage, "window.rail", "F9")
    assert key_of(stage, "window.rail") == "F9"
    wide = stage.window.rail.width()
    stage.press("F9")
    assert stage.window.rail.width() < wide
    stage.press("F9")
    assert stage.window.rail.width() == wide
    stage.press("Ctrl+B")
    assert stage.window.rail.width() == wide, "the usual key is free"

    give(stage, "payment.receive", "Ctrl+J")
    receive = stage.widget("top.receive", KeyButton)
    assert native_keys("Ctrl+J") in receive.toolTip()
    assert native_keys("Ctrl+J") in [label.text() for label in receive.findChildren(QLabel)]
    give(stage, "palette.open", "Ctrl+Alt+K")
    search = stage.widget("top.search", QPushButton)
    assert native_keys("Ctrl+Alt+K") in [label.text() for label in search.findChildren(QLabel)]
    give(stage, "go.invoices", "Alt+3")
    assert native_keys("Alt+3") in stage.widget("nav.invoices", QPushButton).toolTip()


def test_buttons_that_show_icons_only_name_the_key_that_works(stage: Stage) -> None:
    stage.go("today")
    stage.go("customers")
    made = {
        "tasks.open": stage.window.top_bar.tasks_button,
        "window.notices": stage.window.top_bar.bell,
        "today.refresh": stage.window.findChild(QToolButton, "today.refresh"),
        "customers.openViews": stage.widget("customers.views", QToolButton),
    }
    for number, (command_id, button) in enumerate(made.items()):
        assert button is not None
        keys = f"Ctrl+Alt+F{number + 1}"
        assert native_keys(key_of(stage, command_id)) in button.toolTip(), command_id
        stage.ctx.commands.set_shortcut(command_id, keys)
        assert native_keys(keys) in button.toolTip(), command_id
        stage.ctx.commands.set_shortcut(command_id, "")
        assert button.toolTip() == button.toolTip().strip(), command_id
        assert native_keys(keys) not in button.toolTip(), command_id


def test_the_key_that_opened_the_tasks_closes_them(stage: Stage) -> None:
    stage.ctx.commands.set_shortcut("tasks.open", "F9")
    stage.choose("tasks.open")
    shown = stage.window.findChild(TaskList)
    assert shown is not None
    closing = shown.findChildren(QShortcut)
    assert [keys.toString() for one in closing for keys in QShortcut.keys(one)] == ["F9"]


def test_another_language_is_said_at_once_by_buttons_and_in_the_list_of_keys(stage: Stage) -> None:
    show_section(stage)
    stage.window.use_language("zh_CN")
    try:
        titles = [line.title for line in lines(stage, "settings.keyboard.list")]
        assert translator("zh_CN")("Collapse the left rail") in titles
        bar = stage.window.top_bar
        assert bar.book_menu_button.accessibleName() == translator("zh_CN")("Book")
        assert bar.tasks_button.accessibleName() == translator("zh_CN")("Tasks")
        assert translator("zh_CN")("Notices") in bar.bell.toolTip()
    finally:
        stage.window.use_language("en")


def test_it_is_kept_and_read_at_the_next_start(stage: Stage) -> None:
    show_section(stage)
    give(stage, "window.rail", "F9")
    kept = Context(ViewState(stage.ctx.settings._file()))
    assert kept.commands.own_shortcuts() == {"window.rail": "F9"}


def test_a_key_that_is_taken_is_refused_with_the_name_of_its_command(stage: Stage) -> None:
    show_section(stage)
    said = give(stage, "window.rail", "Ctrl+I")
    assert native_keys("Ctrl+I") in said
    assert "Import …" in said
    assert key_of(stage, "window.rail") == "Ctrl+B"
    assert stage.widget("settings.keyboard.key").hasFocus(), "another key can be pressed"
    stage.press("F9", "settings.keyboard.key")
    assert key_of(stage, "window.rail") == "F9"
    said = give(stage, "customers.assignMany", "Ctrl+N")
    assert "New customer" in said
    assert "(Customers)" in said
    give(stage, "customers.assignMany", "Ctrl+Alt+0")
    assert key_of(stage, "customers.assignMany") == "Ctrl+Alt+0", "the same key in another place is no clash"


def test_keys_of_typing_and_of_forms_are_refused(stage: Stage) -> None:
    show_section(stage)
    for keys in ("J", "Shift+J", "Ctrl+C", "Ctrl+S", "Del", "F4"):
        assert "needed" in give(stage, "window.rail", keys), keys
        stage.press("Esc", "settings.keyboard.key")
        assert key_of(stage, "window.rail") == "Ctrl+B"
    assert may_be_shortcut("Ctrl+J")
    assert may_be_shortcut("F9")


def test_esc_leaves_it_as_it_is(stage: Stage) -> None:
    show_section(stage)
    choose(stage, "window.rail")
    stage.click("settings.keyboard.change")
    assert stage.widget("settings.keyboard.key").hasFocus()
    stage.press("Esc", "settings.keyboard.key")
    assert stage.widget("settings.keyboard.list").hasFocus()
    assert key_of(stage, "window.rail") == "Ctrl+B"
    assert stage.widget("settings.keyboard.key").text() == native_keys("Ctrl+B")


def test_no_key_reset_and_reset_all(stage: Stage) -> None:
    show_section(stage)
    choose(stage, "window.rail")
    assert not stage.widget("settings.keyboard.reset").isEnabled()
    stage.click("settings.keyboard.none")
    assert key_of(stage, "window.rail") == ""
    action = stage.ctx.commands.find("window.rail")
    assert action is not None
    assert action.toolTip() == "Collapse the left rail"
    stage.click("settings.keyboard.reset")
    assert key_of(stage, "window.rail") == "Ctrl+B"
    give(stage, "window.rail", "F9")
    give(stage, "keys.show", "F10")
    stage.click("settings.keyboard.resetAll")
    assert (key_of(stage, "window.rail"), key_of(stage, "keys.show")) == ("Ctrl+B", "F1")
    assert stage.ctx.settings.get("shortcuts") is None
    assert not stage.widget("settings.keyboard.resetAll").isEnabled()


def test_two_editors_with_the_same_command_get_the_key_together(stage: Stage) -> None:
    show_section(stage)
    give(stage, "invoice.preview", "F9")
    assert (key_of(stage, "invoice.preview"), key_of(stage, "credit.preview")) == ("F9", "F9")


def test_a_usual_key_gives_way_to_one_s_own(stage: Stage) -> None:
    """As when a later version uses a key that somebody has given away already."""
    stage.ctx.commands.set_shortcut("window.rail", "Ctrl+G")
    stage.go("customers")
    assert key_of(stage, "window.rail") == "Ctrl+G"
    assert key_of(stage, "customers.assignMany") == "", "with one key for two Qt would do neither"
    stage.ctx.commands.reset_shortcuts()
    assert key_of(stage, "customers.assignMany") == "Ctrl+G"
