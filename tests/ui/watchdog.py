"""Watches the window's thread during a test: no slot may hold it for more than 50 ms.

What counts as one slot is all that the window's code does for one event, or for one call of the test that drives it.
Its cost is the CPU time of the window's thread, so that a busy machine does not matter, plus the time it stands in
one call without running and without being ready to run (a lock, a file, a sleep). A thread samples where the
window's thread is. Linux only: elsewhere a thread's CPU time cannot be read from outside it.
"""

from __future__ import annotations

import faulthandler
import os
import re
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QEvent, QObject

import crmdesk

LIMIT_S = 0.05
INTERVAL_S = 0.003
WAIT_S = 0.02
"""So long a call must stand still to count as waiting: shorter ones are the interpreter's lock changing hands."""
IS_POSSIBLE = sys.platform == "linux"
BUILDING_S = 0.2
"""What the first showing of a page or of a form may take until they are built in steps: see ARCHITECTURE.md."""
BUILDERS = (
    "create ui/pages",
    "_make ui/",
    "editor ui/pages",
    "open_dialog ui/dialogs",
    "new_book ui/",
    "new ui/pages",
)
_PRODUCT = str(Path(crmdesk.__file__).parent)
_OURS = (f"{_PRODUCT}/ui/", f"{_PRODUCT}/app.py")
_DRIVERS = (f"{_PRODUCT}/ui/shots/", f"{_PRODUCT}/ui/screenshots.py")
_FRAME = re.compile(r'File "([^"]+)", line (\d+) in (.+)')


class Held(NamedTuple):
    """A slot that held the window's thread: its name, seconds run and waited, where most of them went."""

    name: str
    run_s: float
    wait_s: float
    stack: str

    @property
    def seconds(self) -> float:
        """Both together."""
        return self.run_s + self.wait_s

    def __str__(self) -> str:
        times = f"{self.run_s * 1000:.0f} ms running, {self.wait_s * 1000:.0f} ms waiting"
        return f"{self.name} held the window's thread: {times}\n{self.stack}"


class _Turns(QObject):
    """Counts the events that the event loop itself delivers; those that a slot sends belong to the slot."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        caller = sys._getframe().f_back
        if caller is None or not _is_ours(caller.f_code.co_filename):
            self.count += 1
        return False


class _Slot:
    """What is under way."""

    def __init__(self, key: tuple[int, str]) -> None:
        self.key = key
        self.run_s = self.wait_s = 0.0
        self.builds_s = 0.0
        self.places: dict[str, float] = {}

    def charge(self, place: str, run_s: float, wait_s: float = 0.0, *, builds: bool = False) -> None:
        if builds:
            self.builds_s += run_s
        self.run_s += run_s
        self.wait_s += wait_s
        self.places[place] = self.places.get(place, 0.0) + run_s + wait_s

    def held(self) -> Held:
        worst = sorted(self.places, key=lambda place: -self.places[place])[:4]
        lines = [f"  {self.places[place] * 1000:.0f} ms in {place}" for place in worst]
        return Held(self.key[1], self.run_s, self.wait_s, "\n".join(lines))


class Watchdog:
    """`with Watchdog() as dog: …` in the window's thread; then `dog.found` is what took too long."""

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        self.found: list[Held] = []
        self.longest: Held | None = None
        self._limit_s = limit_s
        self._turns = _Turns()
        self._watched = threading.get_ident()
        self._clock = time.pthread_getcpuclockid(self._watched)
        self._delays = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def __enter__(self) -> Watchdog:
        application = QCoreApplication.instance()
        assert application is not None
        application.installEventFilter(self._turns)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._end.set()
        self._thread.join()
        application = QCoreApplication.instance()
        assert application is not None
        application.removeEventFilter(self._turns)

    def complaint(self) -> str:
        """What took too long, for the person who has to mend it; empty when nothing did."""
        return "\n".join(str(held) for held in self.found)

    def _watch(self) -> None:
        slot: _Slot | None = None
        place_before, stood_s = "", 0.0
        ran, delayed, now = self._times()
        with open(os.memfd_create("stacks"), "w+b", buffering=0) as scratch:
            while not self._end.wait(INTERVAL_S):
                ran_before, delayed_before, before = ran, delayed, now
                ran, delayed, now = self._times()
                turn = self._turns.count
                frames = self._stack(scratch.fileno())
                root = next((frame for frame in reversed(frames) if _is_ours(frame[0])), None)
                if root is None:
                    self._judge(slot)
                    slot, place_before = None, ""
                    continue
                run_s = ran - ran_before
                frames = frames[: frames.index(root) + 1]
                place = " < ".join(_words(*frame) for frame in frames[:7])
                builds = any(_words(*frame).startswith(BUILDERS) for frame in frames)
                key = (turn, f"{root[2]} ({_short(root[0])})")
                if slot is None or slot.key != key:
                    self._judge(slot)
                    slot, place_before, stood_s = _Slot(key), place, 0.0
                    if run_s > 4 * INTERVAL_S:
                        # One call into Qt that let nobody else run: it ended just now, in this slot.
                        slot.charge(place, run_s, builds=builds)
                    continue
                slot.charge(place, run_s, builds=builds)
                idle_s = max(0.0, now - before - run_s - (delayed - delayed_before))
                if place != place_before or run_s > idle_s:
                    place_before, stood_s = place, 0.0
                    continue
                waited_before = stood_s if stood_s >= WAIT_S else 0.0
                stood_s += idle_s
                if stood_s >= WAIT_S:
                    slot.charge(place, 0.0, stood_s - waited_before)
        self._judge(slot)

    def _judge(self, slot: _Slot | None) -> None:
        if slot is None:
            return
        held = slot.held()
        # Waiting is never building. Each is judged by itself: a short wait may be for another thread's turn.
        is_building = slot.builds_s > slot.run_s / 2
        run_limit_s = max(BUILDING_S, self._limit_s) if is_building else self._limit_s
        if held.run_s > run_limit_s or held.wait_s > self._limit_s:
            self.found.append(held)
        if self.longest is None or held.seconds > self.longest.seconds:
            self.longest = held

    def _times(self) -> tuple[float, float, float]:
        """Seconds the watched thread ran, was ready but had to wait for a processor, and of the wall clock."""
        try:
            delayed = int(self._delays.read_text().split()[1]) / 1e9
        except (OSError, IndexError, ValueError):
            delayed = 0.0
        return time.clock_gettime(self._clock), delayed, time.monotonic()

    def _stack(self, file: int) -> list[tuple[str, int, str]]:
        """(file, line, function) of the watched thread, innermost first.

        Not by sys._current_frames: a frame that outlives its call here would have its Qt objects destroyed in this
        thread, and Qt dies of that.
        """
        os.lseek(file, 0, os.SEEK_SET)
        os.ftruncate(file, 0)
        faulthandler.dump_traceback(file, all_threads=True)
        text = os.pread(file, 1 << 20, 0).decode("utf-8", "replace")
        mine = text.partition(f"0x{self._watched:016x}")[2].partition("\n\n")[0]
        return [(name, int(line), function) for name, line, function in _FRAME.findall(mine)]


def _is_ours(name: str) -> bool:
    return name.startswith(_OURS) and not name.startswith(_DRIVERS)


def _words(name: str, line: int, function: str) -> str:
    return f"{function} {_short(name)}:{line}"


def _short(name: str) -> str:
    return (
        name.removeprefix(f"{_PRODUCT}/") if name.startswith(_PRODUCT) else "/".join(name.rsplit("/", 2)[-2:])
    )
