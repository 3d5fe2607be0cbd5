"""What every page gets: the open book, tasks, changes, settings, notices, commands, pickers; and the one way to act.

Nothing heavy is imported here: SQLAlchemy comes with the first book, after the window is painted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Signal

from crmdesk.text import _
from crmdesk.ui.kit.bus import Bus
from crmdesk.ui.kit.commands import Commands
from crmdesk.ui.kit.notices import Notices
from crmdesk.ui.kit.tasks import Progress, Task, Tasks
from crmdesk.ui.kit.view_state import ViewState
from crmdesk.ui.own_fields import OwnFields

if TYPE_CHECKING:
    from crmdesk.services.book import Book, Connection
    from crmdesk.services.use_cases import Outcome
    from crmdesk.ui.day_facts import DayFacts
    from crmdesk.ui.form_journal import FormJournal
    from crmdesk.ui.kit.pickers import PickerSource

T = TypeVar("T")
OnError = Callable[[Exception], Any]


class Context(QObject):
    """One per window. `book_changed` comes after a book was opened or closed, `asked_for` asks for a place."""

    book_changed = Signal()
    asked_for = Signal(str, dict)
    asked_back = Signal()

    def __init__(self, settings: ViewState | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings or ViewState()
        self.tasks = Tasks(self)
        self.bus = Bus(self)
        self.notices = Notices(self.tasks, self)
        shortcuts = self.settings.get("shortcuts")
        own = shortcuts if isinstance(shortcuts, dict) else {}
        self.commands = Commands(self, {name: key for name, key in own.items() if isinstance(key, str)})
        self._pickers: dict[str, PickerSource] | None = None
        self.book: Book | None = None
        self.journal: FormJournal | None = None
        """What is being written and not saved; None without a book that can be written."""
        self.actor = ""
        self._day: DayFacts | None = None
        self.own = OwnFields(self)
        """What the book made its own: fields, words, columns."""

    @property
    def pickers(self) -> dict[str, PickerSource]:
        """What can be picked, by the name of the link; made when the first form asks."""
        if self._pickers is None:
            from crmdesk.ui import book_pickers

            self._pickers = book_pickers.over(self)
        return self._pickers

    # The book

    def open_book(
        self,
        path: Path | str,
        *,
        owner: QObject | None = None,
        on_done: Callable[[], object] | None = None,
        on_error: OnError | None = None,
    ) -> None:
        """Opens a book off the window's thread and shows it; the one that is open is closed after that."""
        target = Path(path)

        def work(progress: Progress) -> Book:
            del progress
            from crmdesk.services.book import Book
            from crmdesk.ui import ahead

            book = Book.open(target)
            ahead.load_services()
            return book

        def done(book: Book) -> None:
            self.use_book(book)
            if on_done is not None:
                on_done()

        self._run("heavy", work, owner=owner, done=done, on_error=on_error, label=_("Opening the book"))

    def use_book(self, book: Book) -> None:
        """Shows an open book and remembers it as the last one."""
        before, self.book = self.book, book
        self._begin_journal()
        self.settings.remember_book(str(book.path))
        self.settings.save()
        self.book_changed.emit()
        if before is not None and before is not book:
            self._put_away(before)

    def close_book(self, *, is_backed_up: bool = True) -> None:
        """Closes the book and shows none; without a backup where a kept one is about to take its place."""
        book, self.book = self.book, None
        self._begin_journal()
        self.book_changed.emit()
        if book is not None:
            self._put_away(book, is_backed_up=is_backed_up)

    def _begin_journal(self) -> None:
        from crmdesk.ui.form_journal import FormJournal

        before, self.journal = self.journal, None
        if before is not None:
            before.close()
            before.deleteLater()
        if self.book is not None and not self.book.is_read_only:
            self.journal = FormJournal(self, self.book.path)
            self.journal.look_for_left()

    def _put_away(self, book: Book, *, is_backed_up: bool = True) -> None:
        """Backs a book up if that is wanted and due, and closes it in any case."""

        def work(progress: Progress) -> None:
            from crmdesk.services import backups_kept

            try:
                if is_backed_up and not book.is_read_only:
                    backups_kept.run_automatic(
                        book, backups_kept.CLOSE, is_cancelled=lambda: progress.is_cancelled
                    )
            finally:
                book.close()

        label = _("Backing up and closing the book") if is_backed_up else ""
        self.tasks.run("write", work, failed=self.notices.error, label=label)

    def end(self, seconds: float = 30.0) -> bool:
        """The window goes: waits for what is being written, leaves the journal, closes the book.

        False when a task did not end in time.
        """
        has_ended = self.tasks.shutdown(seconds)
        if self.journal is not None:
            self.journal.close()
        if self.book is not None:
            self.book.close()
        return has_ended

    def need_book(self) -> Book:
        """The open book, or BookFault."""
        if self.book is None:
            from crmdesk.models.errors import BookFault, Code

            raise BookFault(Code.BOOK_MISSING, _("No book is open. Open or create one first."))
        return self.book

    def day(self) -> DayFacts:
        """What the day asks for (due, overdue, drafts, backups), read once for all who show it."""
        if self._day is None:
            from crmdesk.ui.day_facts import DayFacts

            self._day = DayFacts(self)
        return self._day

    # Acting and asking

    def run_use_case(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        owner: QObject | None = None,
        on_done: Callable[[Outcome], object] | None = None,
        on_error: OnError | None = None,
        key: str | None = None,
        label: str = "",
    ) -> Task[Outcome]:
        """Runs a use case in the writer lane, publishes what changed, then calls `on_done(outcome)`.

        `on_error(error)` may return True for "dealt with" (`form.take_error` does); else the error is presented.
        Warnings of the outcome are shown as messages. The change is published even when the owner has gone.
        """
        book = self.need_book()
        actor = self.actor
        values = dict(arguments)

        def work(progress: Progress) -> Outcome:
            del progress
            from crmdesk.services import use_cases

            return use_cases.run_outcome(book, name, values, actor=actor, key=key)

        return self.write(work, owner=owner, on_done=on_done, on_error=on_error, label=label)

    def write(
        self,
        work: Callable[[Progress], Outcome],
        *,
        owner: QObject | None = None,
        on_done: Callable[[Outcome], object] | None = None,
        on_error: OnError | None = None,
        label: str = "",
    ) -> Task[Outcome]:
        """Runs any work that ends in an Outcome (an import, several use cases) in the writer lane."""
        import shiboken6

        def done(outcome: Outcome) -> None:
            self.bus.publish(outcome.changes)
            if owner is not None and not shiboken6.isValid(owner):
                return
            for warning in outcome.warnings:
                self.notices.toast(str(warning.get("message", "")), "warn")
            if on_done is not None:
                on_done(outcome)

        def failed(error: Exception) -> None:
            handler = on_error if owner is None or shiboken6.isValid(owner) else None
            self._present(error, handler)

        # Without an owner: what was written is announced even when the page that asked for it has gone.
        return self.tasks.run("write", work, done=done, failed=failed, label=label)

    def read(
        self,
        work: Callable[[Connection], T],
        *,
        owner: QObject | None = None,
        on_done: Callable[[T], object] | None = None,
        on_error: OnError | None = None,
        replaces: str = "",
        label: str = "",
        lane: str = "read",
    ) -> Task[T]:
        """Runs `work(connection)` inside one read of the book, off the window's thread.

        `replaces` drops the answer of the owner's earlier read of that name. `lane="heavy"` for long ones.
        """
        book = self.need_book()

        def inside(progress: Progress) -> T:
            progress.check()
            with book.read() as connection:
                return work(connection)

        return self._run(
            lane, inside, owner=owner, done=on_done, on_error=on_error, replaces=replaces, label=label
        )

    def run_heavy(
        self,
        work: Callable[[Progress], T],
        *,
        owner: QObject | None = None,
        on_done: Callable[[T], object] | None = None,
        on_error: OnError | None = None,
        label: str = "",
        replaces: str = "",
    ) -> Task[T]:
        """Runs long work that only reads (PDF, export, preview of an import) with progress."""
        return self._run(
            "heavy", work, owner=owner, done=on_done, on_error=on_error, replaces=replaces, label=label
        )

    def _run(
        self,
        lane: str,
        work: Callable[[Progress], T],
        *,
        owner: QObject | None,
        done: Callable[[T], object] | None,
        on_error: OnError | None,
        replaces: str = "",
        label: str = "",
    ) -> Task[T]:
        return self.tasks.run(
            lane,
            work,
            owner=owner,
            done=done,
            failed=lambda error: self._present(error, on_error),
            replaces=replaces,
            label=label,
        )

    def _present(self, error: Exception, on_error: OnError | None) -> None:
        if on_error is not None and on_error(error) is True:
            return
        self.notices.error(error)

    # Places

    def remember(self, kind: str, record_id: int) -> None:
        """Notes that a record (customer, product, document) was opened: it comes first in the search."""
        if self.book is not None:
            self.settings.remember_opened(str(self.book.path), kind, record_id)

    def go(self, place: str, **target: Any) -> None:
        """Shows a place of the left rail; its page gets `show_target(target)` when there is a target."""
        self.asked_for.emit(place, target)

    def back(self) -> None:
        """As Alt+Left."""
        self.asked_back.emit()
