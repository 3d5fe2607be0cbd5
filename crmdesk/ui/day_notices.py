"""The notice of the day: what is due and overdue, promises for today, rules that speak on this computer.

Shown once a day and book after it was opened, by the system where it has a tray, else as a message in the window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QSystemTrayIcon, QWidget

from crmdesk.models import clock
from crmdesk.text import _
from crmdesk.ui.book_list import amounts_text
from crmdesk.ui.context import Context
from crmdesk.ui.day_words import go_to

if TYPE_CHECKING:
    from crmdesk.services.today_shape import Target, Today

ARE_WANTED = "notices.day"
"""Setting of this computer: False turns them off."""
_SHOWN = "notices.shown"
_KEPT = 20
_SHOWN_MS = 12_000


class DayNotice(NamedTuple):
    """What it says, and where it leads."""

    title: str
    text: str
    target: Target


def notice_of(facts: Today, own: list[Any]) -> DayNotice | None:
    """One notice for all there is; None on a quiet day. `own` are those of `services.notices`."""
    lines: list[tuple[str, Target]] = []
    for words, figure in (
        (_("Overdue: {count}, {amount}"), facts.overdue),
        (_("Due today: {count}, {amount}"), facts.due_today),
        (_("Reminders to send: {count}, {amount}"), facts.reminders),
    ):
        if figure.count:
            told = words.format(count=f"{figure.count:,}", amount=amounts_text(figure.minors))
            lines.append((told, figure.target))
    lines += [(f"{one.title}: {one.text}", one.target) for one in own]
    if not lines:
        return None
    # The most specific line decides where a click leads: a promise of today before all that is overdue.
    return DayNotice(_("Today in your books"), "\n".join(words for words, _target in lines), lines[-1][1])


class DayNotices(QObject):
    """Waits for the facts of the day, then shows the notice unless it was shown today."""

    def __init__(self, ctx: Context, window: QWidget) -> None:
        super().__init__(window)
        self._ctx, self._window = ctx, window
        self._tray: QSystemTrayIcon | None = None
        self._target: Target | None = None

    def follow(self, facts: Today | None) -> None:
        """New facts of the day: the first of a day are told."""
        book = self._ctx.book
        if facts is None or book is None or self._ctx.settings.get(ARE_WANTED) is False:
            return
        stamp = f"{clock.today().isoformat()}|{book.path}"
        shown = self._ctx.settings.get(_SHOWN)
        known = [one for one in shown if isinstance(one, str)] if isinstance(shown, list) else []
        if stamp in known:
            return
        self._ctx.settings.put(_SHOWN, [*known, stamp][-_KEPT:])

        def work(connection: Any) -> list[Any]:
            from crmdesk.services import notices

            return notices.notices(connection, clock.today())

        def done(own: list[Any]) -> None:
            found = notice_of(facts, own)
            if found is not None:
                self._show(found)

        # Nobody asked for it: a failure is no reason for a dialog.
        self._ctx.read(work, owner=self, on_done=done, on_error=lambda _error: True, lane="heavy")

    def _show(self, found: DayNotice) -> None:
        self._target = found.target
        if QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages():
            if self._tray is None:
                self._tray = QSystemTrayIcon(self._window.windowIcon(), self)
                self._tray.messageClicked.connect(self._open)
                self._tray.activated.connect(lambda _reason: self._open())
            self._tray.show()
            self._tray.showMessage(found.title, found.text, self._window.windowIcon(), _SHOWN_MS)
            return
        self._ctx.notices.toast(f"{found.title}\n{found.text}", "info", _("Show"), self._open)

    def _open(self) -> None:
        """To the rows that it speaks of."""
        if self._tray is not None:
            self._tray.hide()
        self._window.activateWindow()
        if self._target is not None and self._ctx.book is not None:
            go_to(self._ctx, self._target)
