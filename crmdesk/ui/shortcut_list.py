"""Every command with its key, grouped by the place it belongs to: for the list of shortcuts and for the settings."""

from __future__ import annotations

from collections.abc import Sequence

from crmdesk.services import word_match
from crmdesk.text import N_, _, translator
from crmdesk.ui import places
from crmdesk.ui.kit.commands import Command, Commands, native_keys, place_of
from crmdesk.ui.kit.finder_list import KEYS_APART, Line, heading

EVERYWHERE = N_("Everywhere")
IN_FORMS: tuple[tuple[str, str], ...] = (
    ("Return", N_("Next field")),
    ("Ctrl+S", N_("Save")),
    ("Ctrl+Return", N_("Save and print")),
    ("Esc", N_("Close; asks when something is not saved")),
    ("F4", N_("Open the calendar or the list of a field")),
    ("T", N_("Today, in a date")),
    ("+", N_("A day later, in a date")),
    ("-", N_("A day earlier, in a date")),
)
"""Keys of fields and forms; they cannot be changed."""


def groups(commands: Commands, first: str = "") -> list[tuple[str, list[Command]]]:
    """(title, commands) of the place `first`, of the whole window, then of the other places in their order."""
    found: dict[str, list[Command]] = {}
    for command, action in commands:
        found.setdefault("" if command.is_window_wide else place_of(action), []).append(command)
    order = [first, "", *(place.name for place in places.PLACES), *found]
    return [(_title(name), found[name]) for name in dict.fromkeys(order) if name in found]


def place_words(commands: Commands, command: Command) -> str:
    """Where a command works."""
    action = commands.find(command.id)
    return _title("" if command.is_window_wide or action is None else place_of(action))


def _title(place: str) -> str:
    titles = {one.name: one.text for one in (*places.PLACES, places.WELCOME)}
    return _(titles.get(place, place)) if place else _(EVERYWHERE)


def keys_of(commands: Commands, command_id: str) -> str:
    """The keys of a command as the system writes them; empty for none."""
    action = commands.find(command_id)
    keys = action.shortcuts() if action is not None else []
    return KEYS_APART.join(native_keys(key.toString()).replace("Return", "Enter") for key in keys)


def lines(commands: Commands, typed: str, *, first: str = "", has_all: bool = False) -> list[Line]:
    """The commands that have a key (or, with `has_all`, all of them) and answer to what was typed.

    What was typed may be words of the command, of its place, or a key. Commands of one place with the same words and
    the same usual key (two editors that both save) are one line; `data` are their ids.
    """
    chinese = translator("zh_CN")
    found: list[Line] = []
    for title, members in groups(commands, first):
        kept: dict[tuple[str, str], Line] = {}
        for command in members:
            keys = keys_of(commands, command.id)
            words = _(command.text)
            same = kept.get((words, command.shortcut))
            if same is not None:
                kept[words, command.shortcut] = same._replace(data=(*same.data, command.id))
            elif (keys or has_all) and _answers(
                typed, (words, command.text, chinese(command.text), title, keys)
            ):
                parts = word_match.spans(typed, words)
                icon = command.icon or "chevron-right"
                line = Line(words, keys=keys, icon=icon, parts=parts, data=(command.id,))
                kept[words, command.shortcut] = line
        found += [heading(title), *kept.values()] if kept else []
    return found


def form_lines(typed: str) -> list[Line]:
    """The keys of fields and forms."""
    kept = []
    for key, source in IN_FORMS:
        keys = native_keys(key).replace("Return", "Enter")
        if _answers(typed, (_(source), source, keys)):
            kept.append(Line(_(source), keys=keys, icon="pencil", parts=word_match.spans(typed, _(source))))
    return [heading(_("In forms and fields")), *kept] if kept else []


def _answers(typed: str, texts: Sequence[str]) -> bool:
    return not typed.strip() or word_match.rank(typed, texts) is not None
