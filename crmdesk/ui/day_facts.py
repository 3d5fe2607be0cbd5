"""What the day asks for, read once for all who show it: the Today page, the counts of the left rail, the notices.

It is read when a book is opened, when something changed, and when the day changes; off the window's thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from crmdesk.models import clock

if TYPE_CHECKING:
    from crmdesk.services.today_shape import BackupFacts, Today
    from crmdesk.ui.context import Context
    from crmdesk.ui.kit.tasks import Progress

_TOGETHER_MS = 20
"""Changes that come so close behind each other are read for once."""
_CLOCK_MS = 30_000
"""How often the date is looked at: a computer that slept over midnight notices as well."""


class DayFacts(QObject):
    """One per window (`Context.day`). `changed` comes with new facts, and when there are none any more."""

    changed = Signal()
    failed = Signal(object)

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._ctx = ctx
        self.facts: Today | None = None
        self.backup: BackupFacts | None = None
        self._day = clock.today()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_TOGETHER_MS)
        self._soon.timeout.connect(self.refresh)
        self._clock = QTimer(self)
        self._clock.setInterval(_CLOCK_MS)
        self._clock.timeout.connect(self.look_at_clock)
        self._clock.start()
        ctx.bus.published.connect(lambda _changes: self._soon.start())
        ctx.book_changed.connect(self._book_changed)
        self.refresh()

    def _book_changed(self) -> None:
        self.facts = self.backup = None
        self.changed.emit()
        self.refresh()

    def look_at_clock(self) -> None:
        """Reads again when it is another day."""
        today = clock.today()
        if today != self._day:
            self._day = today
            self.refresh()

    def refresh(self) -> None:
        """Reads everything again."""
        book = self._ctx.book
        if book is None:
            return

        def facts(connection: Any) -> Today:
            from crmdesk.services import today

            return today.load(connection)

        def backup(progress: Progress) -> BackupFacts:
            del progress
            from crmdesk.services import today

            return today.backup_facts(book)

        def take_facts(found: Today) -> None:
            # Closing a book does not end a reading of it that is under way.
            if self._ctx.book is book:
                self.facts = found
                self.changed.emit()

        def take_backup(found: BackupFacts) -> None:
            if self._ctx.book is book and found != self.backup:
                self.backup = found
                self.changed.emit()

        def failed(error: Exception) -> bool:
            # Nobody asked for this reading: who shows it says so, no dialog comes out of the blue.
            if self._ctx.book is book:
                self.failed.emit(error)
            return True

        self._ctx.read(facts, owner=self, on_done=take_facts, on_error=failed, replaces="facts")
        self._ctx.run_heavy(backup, owner=self, on_done=take_backup, on_error=failed, replaces="backup")
