"""The menu behind the book's name: other books, the start page, closing this one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QMenu, QWidget

from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.kit.commands import Command

RECENT_SHOWN = 8
Leave = Callable[[Callable[[], object]], object]


class BookMenu(QMenu):
    """Filled anew whenever it opens. `leave(then)` asks about unsaved work first.

    The window says whether there is a book to close: its key is heard without the menu ever being opened.
    """

    def __init__(self, ctx: Context, owner: QWidget, leave: Leave, show_start: Callable[[], object]) -> None:
        super().__init__(owner)
        self._ctx = ctx
        self._leave = leave
        self.setObjectName("book.menu")
        self._start = ctx.commands.add(
            Command("book.start", N_("Books …"), show_start, "book", "Ctrl+O", is_window_wide=True), owner
        )
        self._close = ctx.commands.add(
            Command(
                "book.close",
                N_("Close this book"),
                lambda: leave(ctx.close_book),
                "x",
                "Ctrl+W",
                is_window_wide=True,
            ),
            owner,
        )
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        self.clear()
        self.addAction(self._start)
        self.addAction(self._close)
        here = str(self._ctx.book.path) if self._ctx.book is not None else ""
        others = [path for path in self._ctx.settings.recent_books() if path != here and Path(path).is_file()]
        if others:
            self.addSection(_("Opened last"))
        for path in others[:RECENT_SHOWN]:
            self._add_book(Path(path))

    def _add_book(self, path: Path) -> None:
        words = path.stem.replace("&", "&&")
        folder = str(path.parent).replace("&", "&&")
        action = self.addAction(f"{words}    {folder}")
        action.setToolTip(str(path))
        action.triggered.connect(lambda _checked=False: self._leave(lambda: self._ctx.open_book(path)))
