"""The watchdog finds slots that hold the window's thread, by what they do and not by the clock on the wall."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import QTimer

from crmdesk.ui.kit import delegates
from crmdesk.ui.shots import Stage
from tests.ui.watchdog import IS_POSSIBLE, Watchdog

pytestmark = pytest.mark.skipif(
    not IS_POSSIBLE, reason="a thread's CPU time is read from outside on Linux only"
)


def reckon(seconds: float) -> None:
    """Keeps the processor busy for so much of this thread's own time."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        sum(range(500))


def in_product(work: Callable[[], object]) -> Callable[[], None]:
    """A slot that lies in a file of the window: what tests themselves do is not watched."""
    scope: dict[str, Callable[[Callable[[], object]], Callable[[], None]]] = {}
    source = "def make(work):\n    def planted_slot():\n        work()\n    return planted_slot\n"
    code = compile(source, delegates.__file__, "exec")
    exec(code, scope)  # noqa: S102  the planted fault
    return scope["make"](work)


def run_in_a_slot(stage: Stage, work: Callable[[], object]) -> Watchdog:
    stage.settle()
    with Watchdog() as dog:
        QTimer.singleShot(0, stage.window, in_product(work))
        stage.settle()
    return dog


def planted(dog: Watchdog) -> list[str]:
    return [str(held) for held in dog.found if "planted_slot" in held.name]


def test_a_slot_that_reckons_80_ms_is_named(stage: Stage) -> None:
    (held,) = planted(run_in_a_slot(stage, lambda: reckon(0.08)))
    assert "planted_slot" in held
    assert "reckon" in held, "the stack says where the time went"


def test_a_slot_that_sleeps_is_named(stage: Stage) -> None:
    (held,) = planted(run_in_a_slot(stage, lambda: time.sleep(0.15)))
    assert "waiting" in held


def test_a_slot_that_waits_for_a_lock_is_named(stage: Stage) -> None:
    lock = threading.Lock()
    lock.acquire()
    release = threading.Timer(0.15, lock.release)
    release.start()
    assert planted(run_in_a_slot(stage, lock.acquire))
    release.join()


def test_a_short_slot_is_none_of_its_business(stage: Stage) -> None:
    assert planted(run_in_a_slot(stage, lambda: reckon(0.01))) == []


@pytest.mark.long  # how the system shares a busy processor is not ours to promise
def test_a_busy_machine_is_not_the_program_s_fault(stage: Stage) -> None:
    """Another thread that takes the interpreter and the processor away does not count."""
    is_over = threading.Event()

    def hog() -> None:
        while not is_over.is_set():
            reckon(0.002)

    threads = [threading.Thread(target=hog) for _number in range(2)]
    for thread in threads:
        thread.start()
    try:
        dog = run_in_a_slot(stage, lambda: reckon(0.01))
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    assert planted(dog) == []
