"""The commands that lead everywhere: the places, palette and list of shortcuts. What they show is imported when it is
needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from crmdesk.text import N_
from crmdesk.ui import places
from crmdesk.ui.context import Context
from crmdesk.ui.kit.commands import Command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmdesk.ui.main_window import MainWindow
    from crmdesk.ui.places import Place


_NUMBERED_MAX = 9


def install(ctx: Context, window: MainWindow, known: Sequence[Place]) -> None:
    """Adds the commands to the window; `known` are its places."""
    shown = [place for place in known if place.name != places.WELCOME.name]
    for number, place in enumerate(shown, 1):
        ctx.commands.add(
            Command(
                f"go.{place.name}",
                place.text,
                lambda which=place.name: window.go(which, {}),
                place.icon,
                f"Ctrl+{number}" if number <= _NUMBERED_MAX else "",
                is_window_wide=True,
            ),
            window,
        )

    def find() -> None:
        from crmdesk.ui.palette import open_palette

        open_palette(ctx, window)

    def show_keys() -> None:
        from crmdesk.ui.shortcut_sheet import open_sheet

        open_sheet(ctx, window, window.current_place())

    add = ctx.commands.add
    add(
        Command("palette.open", N_("Search and commands"), find, "search", "Ctrl+K", is_window_wide=True),
        window,
    )
    add(
        Command(
            "keys.show",
            N_("Keyboard shortcuts"),
            show_keys,
            "keyboard",
            "F1",
            is_window_wide=True,
            other_shortcut="Ctrl+/",
        ),
        window,
    )
    ctx.commands.all_wanted.connect(_Beforehand(window, [place.name for place in shown]).begin)


class _Beforehand(QObject):
    """Makes the pages that were not shown yet, one at a time, so that all their commands are known."""

    def __init__(self, window: MainWindow, names: Sequence[str]) -> None:
        super().__init__(window)
        self._window = window
        self._names = list(names)
        self._left: list[str] = []

    def begin(self) -> None:
        """Starts, once the window has nothing else to do."""
        is_under_way = bool(self._left)
        self._left = list(self._names)
        if self._left and not is_under_way:
            QTimer.singleShot(0, self, self._next)

    def _next(self) -> None:
        if self._left:
            self._window.make_page(self._left.pop(0))
        if self._left:
            QTimer.singleShot(0, self, self._next)
