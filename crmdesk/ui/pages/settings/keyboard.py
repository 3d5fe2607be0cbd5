"""The user's own keys: every command with its shortcut, and a field that takes another one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from crmdesk.text import N_, _
from crmdesk.ui import shortcut_list
from crmdesk.ui.context import Context
from crmdesk.ui.kit.commands import may_be_shortcut, native_keys
from crmdesk.ui.kit.controls import SearchBox
from crmdesk.ui.kit.finder_list import KEYS_APART, FinderList, Line, heading
from crmdesk.ui.kit.key_capture import KeyCapture
from crmdesk.ui.kit.labels import Paragraph, set_property, strong
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.pages.settings.section import Section

_ROWS_SEEN = 10
_SETTING = "shortcuts"


class _Keyboard(Section):
    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx, "keyboard")
        self._is_stale = False
        card = self.add_card(
            N_("Keyboard"),
            N_("Choose a command, press Enter and then the new key. It works at once, on this computer."),
        )
        self.search = SearchBox("settings.keyboard.search")
        self.say(self.search.setPlaceholderText, N_("Search a command or a key"))
        self.say(self.search.setAccessibleName, N_("Search a command or a key"))
        self.search.searched.connect(lambda _text: self.refresh())
        self.search.left_down.connect(lambda: self.list.setFocus(Qt.FocusReason.OtherFocusReason))
        card.body.addWidget(self.search)
        self.list = FinderList("settings.keyboard.list")
        self.say(self.list.setAccessibleName, N_("Commands"))
        self.list.setFixedHeight(_ROWS_SEEN * theme().metrics.row)
        self.list.chosen.connect(lambda _line: self.begin())
        self.list.current_changed.connect(self._show_current)
        card.body.addWidget(self.list)
        card.body.addLayout(self._make_row())
        self.message = Paragraph("", "", "second")
        self.message.setObjectName("settings.keyboard.message")
        card.body.addWidget(self.message)
        ctx.commands.added.connect(self._note_added)
        ctx.commands.shortcuts_changed.connect(self.refresh)
        self.refresh()

    def _make_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme().metrics.space(2.5))
        self.chosen = strong()
        self.chosen.setObjectName("settings.keyboard.chosen")
        row.addWidget(self.chosen, 1)
        self.field = KeyCapture("settings.keyboard.key")
        self.field.setFixedWidth(theme().metrics.em(24))
        self.say(self.field.setAccessibleName, N_("New key"))
        self.say(self.field.setPlaceholderText, N_("Press the new key"))
        self.field.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.field.captured.connect(self._take)
        self.field.given_up.connect(self._end)
        row.addWidget(self.field)
        self.change_button = self.make_button("change", N_("Change"), self.begin, "primary")
        self.none_button = self.make_button("none", N_("No key"), self._remove, "ghost")
        self.reset_button = self.make_button("reset", N_("Reset"), self._reset, "ghost")
        self.all_button = self.make_button("resetAll", N_("Reset all"), self._reset_all, "ghost")
        for made in (self.change_button, self.none_button, self.reset_button, self.all_button):
            row.addWidget(made)
        return row

    # What is shown

    def showEvent(self, event: QShowEvent) -> None:
        """Pages that were not shown yet are made, so that their commands stand here, too."""
        super().showEvent(event)
        self.ctx.commands.all_wanted.emit()

    def _note_added(self) -> None:
        if not self._is_stale:
            self._is_stale = True
            QTimer.singleShot(0, self, self.refresh)

    def refresh(self) -> None:
        """The commands as they are now; the cursor stays on its command."""
        self._is_stale = False
        current = self.list.current()
        found = shortcut_list.lines(self.ctx.commands, self.search.text().strip(), has_all=True)
        self.list.set_lines(
            found or [heading(_("Nothing found"))], keep=current.data if current is not None else None
        )
        self._show_current(self.list.current())

    def _show_current(self, line: Line | None) -> None:
        own = self.ctx.commands.own_shortcuts()
        self.chosen.setText(line.title if line is not None else "")
        self.field.setText(line.keys if line is not None else "")
        self._tell("")
        self.change_button.setEnabled(line is not None)
        self.none_button.setEnabled(line is not None and bool(line.keys))
        self.reset_button.setEnabled(line is not None and any(name in own for name in line.data))
        self.all_button.setEnabled(bool(own))

    def _tell(self, words: str, tone: str = "second") -> None:
        self.message.setText(words)
        self.message.set_tone(tone)
        set_property(self.field, "invalid", "true" if tone == "danger" else "false")

    # Another key

    def begin(self) -> None:
        """Waits for the new key of the chosen command."""
        if self.list.current() is not None:
            self.field.clear()
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)
            self._tell(_("Press the new key, for example Ctrl+J or F9. Esc leaves it as it is."))

    def _end(self) -> None:
        had_focus = self.field.hasFocus()
        self._show_current(self.list.current())
        if had_focus:
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take(self, key: str) -> None:
        line = self.list.current()
        if line is None:
            return
        words = native_keys(key)
        self.field.setText(words)
        commands = self.ctx.commands
        is_kept = native_keys(key).replace("Return", "Enter") in line.keys.split(KEYS_APART)
        others = [commands.clash(name, key) for name in line.data]
        other = next((one for one in others if one is not None and one.id not in line.data), None)
        if not is_kept and not may_be_shortcut(key):
            text = _(
                "{key} is needed for typing, in forms or by the system. Take a key with Ctrl or Alt, or F2."
            )
            self._tell(text.format(key=words), "danger")
        elif other is not None:
            text = _(
                "{key} belongs to “{command}” ({place}). Press another key, or give that command another one first."
            )
            place = shortcut_list.place_words(commands, other)
            self._tell(text.format(key=words, command=_(other.text), place=place), "danger")
        else:
            self._put(line.data, key)
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
            self._tell(_("{key} is now “{command}”.").format(key=words, command=line.title), "good")

    def _remove(self) -> None:
        line = self.list.current()
        if line is not None:
            self._put(line.data, "")

    def _reset(self) -> None:
        line = self.list.current()
        if line is not None:
            self._put(line.data, None)

    def _reset_all(self) -> None:
        self.ctx.commands.reset_shortcuts()
        self._keep()

    def _put(self, command_ids: Sequence[str], key: str | None) -> None:
        for command_id in command_ids:
            self.ctx.commands.set_shortcut(command_id, key)
        self._keep()

    def _keep(self) -> None:
        self.ctx.settings.put(_SETTING, self.ctx.commands.own_shortcuts() or None)
        self.ctx.settings.save()


def create(ctx: Context) -> QWidget:
    """The section."""
    return _Keyboard(ctx)
