"""The list of keyboard shortcuts (F1): those of the place that is shown first, then the window's, then all others."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from crmdesk.text import _
from crmdesk.ui import shortcut_list
from crmdesk.ui.context import Context
from crmdesk.ui.kit.controls import SearchBox
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.finder_list import FinderList, heading
from crmdesk.ui.kit.theme import theme

_ROWS_SEEN = 13


class ShortcutSheet(Dialog):
    """`keys.search` over `keys.list`."""

    def __init__(self, ctx: Context, parent: QWidget, place: str) -> None:
        super().__init__(parent, _("Keyboard shortcuts"), name="keys", width=84)
        self._ctx = ctx
        self._place = place
        self._is_stale = False
        sizes = theme().metrics
        self.body.setSpacing(sizes.space(2))
        self.search = SearchBox("keys.search")
        self.search.setPlaceholderText(_("Search a command or a key"))
        self.search.setAccessibleName(_("Search a command or a key"))
        self.search.searched.connect(lambda _text: self._fill())
        self.search.left_down.connect(lambda: self.list.setFocus(Qt.FocusReason.OtherFocusReason))
        self.body.addWidget(self.search)
        self.list = FinderList("keys.list")
        self.list.setAccessibleName(_("Keyboard shortcuts"))
        self.list.setFixedHeight(self.at_most(_ROWS_SEEN * sizes.row, 62))
        self.body.addWidget(self.list)
        if ctx.book is not None:
            self.add_action(_("Change keys …"), "keys.change", self._change)
        self.add_action(_("Close"), "keys.ok", self.accept, kind="primary")
        action = ctx.commands.find("keys.show")
        for key in action.shortcuts() if action is not None else ():
            QShortcut(QKeySequence(key), self).activated.connect(self.accept)
        ctx.commands.added.connect(self._note_added)
        self._fill()
        ctx.commands.all_wanted.emit()

    def _note_added(self) -> None:
        # Pages that are made now add many at once.
        if not self._is_stale:
            self._is_stale = True
            QTimer.singleShot(0, self, self._refill)

    def _refill(self) -> None:
        self._is_stale = False
        self._fill()

    def _fill(self) -> None:
        typed = self.search.text().strip()
        found = shortcut_list.lines(self._ctx.commands, typed, first=self._place)
        current = self.list.current()
        self.list.set_lines(
            [*found, *shortcut_list.form_lines(typed)] or [heading(_("Nothing found"))],
            keep=current.data if current is not None else None,
        )

    def _change(self) -> None:
        self.accept()
        self._ctx.go("settings", section="keyboard")


def open_sheet(ctx: Context, window: QWidget, place: str) -> None:
    """Shows the list over the window; `place` is the one that is shown."""
    sheet = ShortcutSheet(ctx, window, place)
    sheet.show_sheet()
    sheet.search.setFocus(Qt.FocusReason.OtherFocusReason)
