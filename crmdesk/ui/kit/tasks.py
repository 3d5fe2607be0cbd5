"""Work off the window's thread: plain functions in lanes; their callbacks run in the window's thread and die with
their owner.

Lanes: `write` one at a time (a book takes one writer anyway), `read` several, `heavy` for PDF, import and export,
`journal` for what is being typed and `watch` for folders that may be on a server, which wait for none of the others.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

from crmdesk.models import clock
from crmdesk.text import N_, _, counted
from crmdesk.ui.kit.collector import Collector

LANES: dict[str, int] = {"write": 1, "read": 2, "heavy": 1, "journal": 1, "watch": 1}
REPORT_INTERVAL_S = 0.1
FINISHED_MAX = 50
"""So many ended tasks of this session are remembered."""
DONE, CANCELLED, FAILED = "done", "cancelled", "failed"
_log = logging.getLogger(__name__)

T = TypeVar("T")


class Progress:
    """The worker's side of a task: reports how far it is and hears that the user gave up."""

    def __init__(self, report: Callable[[float, str], None]) -> None:
        self._report = report
        self._cancelled = threading.Event()
        self._reported_at = 0.0

    @property
    def is_cancelled(self) -> bool:
        """Whether the user (or the owner's end) cancelled the task."""
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raises Cancelled after the user gave up. Call it where stopping leaves nothing half done."""
        if self._cancelled.is_set():
            from crmdesk.models.errors import Cancelled, Code

            raise Cancelled(Code.CANCELLED, _("Cancelled; nothing was kept."))

    def step(self, done: float, total: float, text: str = "") -> None:
        """Reports `done` of `total`, at most ten times a second, and raises Cancelled like `check`."""
        self.check()
        now = time.monotonic()
        if now - self._reported_at >= REPORT_INTERVAL_S or done >= total:
            self._reported_at = now
            self._report(done / total if total else 0.0, text)

    def cancel(self) -> None:
        """Sets the flag that `check` and `step` look at."""
        self._cancelled.set()


class Finished(NamedTuple):
    """A labelled task that has ended; `words` is the sentence of its error."""

    label: str
    state: str
    words: str
    ended_at: datetime
    """UTC."""
    seconds: float
    """From handing in to the end."""


class Task(Generic[T]):
    """One piece of work as the window sees it."""

    progress: Progress

    def __init__(
        self,
        lane: str,
        label: str,
        work: Callable[[Progress], T],
        owner: QObject | None,
        done: Callable[[T], object] | None,
        failed: Callable[[Exception], object] | None,
    ) -> None:
        self.lane = lane
        self.label = label
        self.work = work
        self.owner = owner
        self.done = done
        self.failed = failed
        self.started_at = time.monotonic()
        self.fraction = 0.0
        self.text = ""
        self.is_finished = False

    def cancel(self) -> None:
        """Stops it at its next check; a task that has not begun never begins."""
        self.progress.cancel()

    @property
    def is_cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self.progress.is_cancelled

    @property
    def seconds(self) -> float:
        """Seconds since it was handed in."""
        return time.monotonic() - self.started_at

    def seconds_left(self) -> float | None:
        """A guess of what remains, by the share that is done; None while there is too little to go by."""
        if self.fraction < 0.02 or self.seconds < 0.3:
            return None
        return self.seconds * (1 - self.fraction) / self.fraction


class Tasks(QObject):
    """The window's tasks. `changed` comes when one begins, reports, or ends."""

    changed = Signal()
    ended = Signal(object)
    _posted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes: dict[str, queue.SimpleQueue[Task[Any] | None]] = {}
        self._threads: list[threading.Thread] = []
        self._collector: Collector | None = None
        self._running: list[Task[Any]] = []
        self._latest: dict[tuple[int, str], Task[Any]] = {}
        self._is_closed = False
        self.finished: deque[Finished] = deque(maxlen=FINISHED_MAX)
        """Labelled tasks of this session that have ended, newest first."""
        # Results wait here and the signal carries nothing: PySide 6.12 miscounts the references of Python
        # objects that a signal carries from one thread to another.
        self._post: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._posted.connect(self._read_post, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        lane: str,
        work: Callable[[Progress], T],
        *,
        owner: QObject | None = None,
        done: Callable[[T], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
        label: str = "",
        replaces: str = "",
    ) -> Task[T]:
        """Runs `work(progress)` in a lane; `done(result)` or `failed(error)` then runs in the window's thread.

        Neither is called once `owner` is gone; the task is cancelled then. `replaces` cancels the owner's earlier
        task of that name and drops its answer, so that an old search never overwrites a new one. A task with a
        `label` is shown to the user when it takes long. Without `failed` an error is logged, not lost.

        After the shutdown a task comes back cancelled and never begins: timers and what was typed last are heard
        while the window goes, and there is nobody left to answer.
        """
        task = Task(lane, label, work, owner, done, failed)
        task.progress = Progress(lambda fraction, text: self._send(lambda: self._note(task, fraction, text)))
        if self._is_closed:
            task.cancel()
            task.is_finished = True
            return task
        if replaces:
            key = (id(owner), replaces)
            earlier = self._latest.get(key)
            if earlier is not None and not earlier.is_finished:
                earlier.cancel()
            self._latest[key] = task
        if owner is not None:
            owner.destroyed.connect(task.progress.cancel)
        self._running.append(task)
        self._queue(lane).put(task)
        self.changed.emit()
        return task

    def running(self) -> list[Task[Any]]:
        """Everything that has not ended, oldest first."""
        return list(self._running)

    def is_writing(self) -> bool:
        """Whether a change of the book is under way."""
        return any(task.lane == "write" for task in self._running)

    def shutdown(self, seconds: float = 30.0) -> bool:
        """Cancels what reads, waits for what writes, and ends the threads. False when one did not end in time."""
        self._is_closed = True
        for task in self._running:
            if task.lane != "write":
                task.cancel()
        for lane, waiting in self._lanes.items():
            for _thread in range(LANES[lane]):
                waiting.put(None)
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        self._running.clear()
        if any(thread.is_alive() for thread in self._threads):
            return False
        if self._collector is not None:
            self._collector.stop()
        return True

    def _queue(self, lane: str) -> queue.SimpleQueue[Task[Any] | None]:
        """The lane's queue; its threads start with the first task."""
        if self._collector is None:
            self._collector = Collector(self)
        if lane not in self._lanes:
            waiting: queue.SimpleQueue[Task[Any] | None] = queue.SimpleQueue()
            self._lanes[lane] = waiting
            for number in range(LANES[lane]):
                thread = threading.Thread(
                    target=self._work, args=(waiting,), name=f"crmdesk {lane} {number + 1}", daemon=True
                )
                self._threads.append(thread)
                thread.start()
        return self._lanes[lane]

    def _work(self, waiting: queue.SimpleQueue[Task[Any] | None]) -> None:
        while (task := waiting.get()) is not None:
            self._work_on(task)
            del task

    def _work_on(self, task: Task[Any]) -> None:
        result: Any = None
        error: Exception | None = None
        try:
            task.progress.check()
            result = task.work(task.progress)
        except Exception as caught:  # noqa: BLE001  carried to the window's thread, shown or logged there
            error = caught
        self._send(lambda: self._deliver(task, result, error))

    def _send(self, letter: Callable[[], object]) -> None:
        """Has something done in the window's thread."""
        self._post.put(letter)
        try:
            self._posted.emit()
        except RuntimeError:
            pass  # the window is gone

    def _read_post(self) -> None:
        try:
            letter = self._post.get_nowait()
        except queue.Empty:
            return
        letter()

    def _deliver(self, task: Task[Any], result: Any, error: Exception | None) -> None:
        from crmdesk.models.errors import Cancelled

        task.is_finished = True
        if task in self._running:
            self._running.remove(task)
        for key in [key for key, latest in self._latest.items() if latest is task]:
            del self._latest[key]
        self._remember(task, error)
        try:
            if task.owner is not None and not shiboken6.isValid(task.owner):
                return
            if task.owner is not None:
                task.owner.destroyed.disconnect(task.progress.cancel)
            if task.is_cancelled and (error is None or isinstance(error, Cancelled)):
                # A write that was committed before it heard of the cancelling did happen: say so.
                if task.lane == "write" and error is None and task.done is not None:
                    task.done(result)
                elif isinstance(error, Cancelled) and task.label and task.failed is not None:
                    task.failed(error)
                return
            if task.is_cancelled:
                _log.info("a cancelled task ended with %r", error)
                return
            if error is None:
                if task.done is not None:
                    task.done(result)
            elif task.failed is not None:
                task.failed(error)
            else:
                _log.error("a task failed and nobody listened", exc_info=error)
        finally:
            self.ended.emit(task)
            self.changed.emit()
            # The worker may hold the task a moment longer than we do; what could be the last reference to a part
            # of the window is let go here, in the window's thread.
            task.owner = task.done = task.failed = None
            task.work = _nothing

    def _remember(self, task: Task[Any], error: Exception | None) -> None:
        if not task.label:
            return
        from crmdesk.models.errors import Cancelled, CrmdeskError

        state, words = DONE, ""
        if isinstance(error, Cancelled) or (task.is_cancelled and error is None and task.lane != "write"):
            state = CANCELLED
        elif error is not None:
            state = FAILED
            words = error.message if isinstance(error, CrmdeskError) else ""
        self.finished.appendleft(Finished(task.label, state, words, clock.now_utc(), task.seconds))

    def _note(self, task: Task[Any], fraction: float, text: str) -> None:
        if not task.is_finished:
            task.fraction, task.text = fraction, text
            self.changed.emit()


def _nothing(_progress: Progress) -> Any:
    """What a delivered task has left to do."""
    return None


def remaining_words(seconds: float | None) -> str:
    """A remaining time in words: rounded so that it does not flicker."""
    if seconds is None:
        return ""
    if seconds < 5:
        return _("a few seconds left")
    if seconds < 60:
        return counted(N_("about {count} seconds left"), int(-(-seconds // 5) * 5))
    minutes = int(-(-seconds // 60))
    return counted(N_("about {count} minutes left"), minutes) if minutes > 1 else _("about a minute left")
