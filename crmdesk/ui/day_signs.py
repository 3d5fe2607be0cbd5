"""What the frame of the window shows of the day: counts in the left rail, the bell, where a new day begins.

Nothing is counted before the first book is open, so that the first paint imports nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from crmdesk.models import clock
from crmdesk.text import N_
from crmdesk.ui.context import Context
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.rail import Rail
from crmdesk.ui.top_bar import TopBar

if TYPE_CHECKING:
    from crmdesk.ui.day_notices import DayNotices
    from crmdesk.ui.notice_bell import NoticeList

_PLACE, _DAY = "window.place", "window.day"
_SOON_MS = 20


def keep_place(ctx: Context, name: str | None) -> None:
    """Remembers which place is shown, and on which day."""
    ctx.settings.put(_PLACE, name)
    ctx.settings.put(_DAY, clock.today().isoformat())


def place_of_today(ctx: Context) -> str:
    """Where one was last on the same day; "" on another: a new day begins with the start page."""
    is_same = ctx.settings.text(_DAY) in ("", clock.today().isoformat())
    return ctx.settings.text(_PLACE) if is_same else ""


class DaySigns(Speaking, QWidget):
    """Never shown itself: a child of the window, so that it hears of a new language."""

    def __init__(self, ctx: Context, window: QWidget, rail: Rail, top_bar: TopBar) -> None:
        super().__init__(window)
        self.hide()
        self._ctx = ctx
        self._window = window
        self._rail, self._top_bar = rail, top_bar
        self._is_following = False
        self._list: NoticeList | None = None
        self._notices: DayNotices | None = None
        command = Command(
            "window.notices", N_("Notices"), self.show_notices, "bell", "Ctrl+Shift+B", is_window_wide=True
        )
        top_bar.set_notices(ctx.commands.add(command, window))
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._follow)
        ctx.book_changed.connect(self._soon.start)

    def _follow(self) -> None:
        """Counts wait until the page that is shown has been read: both at once take turns, and both come later."""
        if self._is_following:
            return
        if any(task.lane == "read" for task in self._ctx.tasks.running()):
            self._soon.start()
            return
        self._is_following = True
        day = self._ctx.day()
        day.changed.connect(self.refresh)
        day.changed.connect(self._tell)
        if day.facts is not None:
            self.refresh()
            self._tell()

    def _tell(self) -> None:
        """The notice of the day, made when there is something to tell."""
        facts = self._ctx.day().facts
        if facts is None:
            return
        if self._notices is None:
            from crmdesk.ui.day_notices import DayNotices

            self._notices = DayNotices(self._ctx, self._window)
        self._notices.follow(facts)

    def refresh(self) -> None:
        """Counts of the rail and of the bell, as the day's facts have them."""
        from crmdesk.ui import day_words

        day = self._ctx.day()
        for name, count, quiet, words in day_words.rail_counts(day.facts):
            self._rail.set_count(name, count, quiet, words)
        self._top_bar.set_notice_count(len(day_words.notices(self._ctx, day.facts, day.backup)))

    def show_notices(self) -> None:
        """What the program has to tell, below the bell."""
        if self._ctx.book is None:
            return
        if self._list is None:
            from crmdesk.ui.notice_bell import NoticeList

            self._list = NoticeList(self._ctx, self._window)
        self._list.show_below(self._top_bar.bell)

    def retranslate(self) -> None:
        """The words of the counts."""
        super().retranslate()
        if self._is_following:
            self.refresh()
