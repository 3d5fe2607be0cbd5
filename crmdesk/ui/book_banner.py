"""Under the top bar: why the open book is for reading only, and the way out."""

from __future__ import annotations

from collections.abc import Callable

from crmdesk.models.errors import Code
from crmdesk.services import places
from crmdesk.services.book import Book
from crmdesk.text import _
from crmdesk.ui.context import Context
from crmdesk.ui.kit.banner import Banner


class BookBanner(Banner):
    """Stays in sight as long as the book is read-only. `leave(then)` asks about unsaved work first.

    Whoever puts it into the window calls `follow` after that: shown before, it would be a window of its own.
    """

    def __init__(self, ctx: Context, leave: Callable[[Callable[[], object]], object]) -> None:
        super().__init__("window.banner")
        self._ctx = ctx
        self._leave = leave
        ctx.book_changed.connect(self.follow)

    def follow(self) -> None:
        """Speaks of the book that is open now, or goes."""
        book = self._ctx.book
        if book is None or book.hindrance is None:
            self.hide()
            return
        is_folder = book.hindrance.code is Code.UNSAFE_FOLDER
        self.show_message(
            book.hindrance.message,
            "warn",
            _("Work here all the same") if is_folder else "",
            lambda: self._allow_folder(book),
        )

    def _allow_folder(self, book: Book) -> None:
        try:
            places.allow(book.path.parent)
        except OSError as error:
            self._ctx.notices.error(error)
            return
        self._leave(lambda: self._ctx.open_book(book.path))
