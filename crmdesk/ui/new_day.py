"""Measures and segments of today: reckoned as a task when a book is opened on a new day, when midnight passes, after
many records were written at once, and on demand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from crmdesk.models import clock
from crmdesk.text import N_, _, counted
from crmdesk.ui.context import Context
from crmdesk.ui.kit.tasks import Progress

if TYPE_CHECKING:
    from crmdesk.services.changes import Changes
    from crmdesk.services.use_cases import Outcome

_SOON_MS = 400
_CLOCK_MS = 60_000


class NewDay(QObject):
    """Waits until the first page has been read, so that opening stays as quick as it is."""

    def __init__(self, ctx: Context, window: QWidget) -> None:
        super().__init__(window)
        self._ctx = ctx
        self._day: date | None = None
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._begin)
        self._clock = QTimer(self, interval=_CLOCK_MS)
        self._clock.timeout.connect(self._look_at_clock)
        ctx.book_changed.connect(self._follow)
        ctx.bus.published.connect(self._hear)

    def _follow(self) -> None:
        if self._ctx.book is None or self._ctx.book.is_read_only:
            self._soon.stop()
            self._clock.stop()
            return
        self._soon.start()
        self._clock.start()

    def _hear(self, changes: Changes) -> None:
        """What is written in bulk (an import, say) only marks whom it touched; the segments follow the measures."""
        if self._clock.isActive() and ("customer" in changes.everything or "rate" in changes.everything):
            self._soon.start()

    def _look_at_clock(self) -> None:
        if self._day not in (None, clock.today()):
            self._begin()

    def _begin(self) -> None:
        if self._ctx.book is None:
            return
        if any(task.lane == "read" for task in self._ctx.tasks.running()):
            self._soon.start()
            return
        self._day = clock.today()
        evaluate(self._ctx, None, only_if_due=True)


def evaluate(ctx: Context, owner: QWidget | None, *, only_if_due: bool = False) -> None:
    """Measures that are due and all rules for all customers as at today, with progress; given up, the book is as it
    was."""
    book = ctx.need_book()

    def work(progress: Progress) -> Outcome:
        from crmdesk.services import new_day
        from crmdesk.services.changes import Changes
        from crmdesk.services.use_cases import Outcome

        run = new_day.evaluate_if_due if only_if_due else new_day.evaluate_all
        found = run(
            book,
            actor=ctx.actor,
            progress=lambda share: progress.step(share, 1.0),
            is_cancelled=lambda: progress.is_cancelled,
        )
        return found if found is not None else Outcome({}, Changes(), ())

    def done(outcome: Outcome) -> None:
        moved = int(outcome.result.get("moved", 0))
        if moved:
            ctx.notices.toast(
                counted(N_("{count} customers came to another stage."), moved),
                "good",
                _("Who moved"),
                lambda: ctx.go("customers", part="stage_moves"),
            )
        joined, left = int(outcome.result.get("joined", 0)), int(outcome.result.get("left", 0))
        if only_if_due and not joined and not left:
            return
        ctx.notices.toast(
            _("All groups are as at today: {joined} joined, {left} left.").format(joined=joined, left=left),
            "good",
            _("Who came and went"),
            lambda: ctx.go("customers", part="movements"),
        )

    ctx.write(work, owner=owner, on_done=done, label=_("Measures and groups as at today"))
