"""Lanes: callbacks in the window's thread, none after the owner's end, cancelling, replacing, shutting down."""

from __future__ import annotations

import gc
import sys
import threading
import weakref

import pytest
import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from crmdesk.models.errors import Cancelled
from crmdesk.services.collecting import no_collection
from crmdesk.ui.context import Context
from crmdesk.ui.kit.collector import Collector
from crmdesk.ui.kit.tasks import Progress, Task, remaining_words


def test_work_runs_elsewhere_and_answers_here(host: Context, qtbot: QtBot) -> None:
    seen: list[tuple[str, object]] = []
    here = threading.current_thread()

    def work(_progress: Progress) -> str:
        assert threading.current_thread() is not here
        return "answer"

    host.tasks.run("read", work, done=lambda result: seen.append((result, threading.current_thread())))
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [("answer", here)]
    assert host.tasks.running() == []


def test_an_error_goes_to_failed(host: Context, qtbot: QtBot) -> None:
    errors: list[Exception] = []

    def work(_progress: Progress) -> None:
        raise ValueError("no")

    host.tasks.run("read", work, done=lambda _none: pytest.fail("done"), failed=errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert isinstance(errors[0], ValueError)


def test_no_callback_after_the_owner_is_gone(host: Context, qtbot: QtBot) -> None:
    owner = QObject()
    gate, calls = threading.Event(), []

    def work(progress: Progress) -> int:
        gate.wait(5)
        return 1

    task = host.tasks.run("read", work, owner=owner, done=calls.append, failed=calls.append)
    shiboken6.delete(owner)
    assert task.is_cancelled
    gate.set()
    qtbot.waitUntil(lambda: task.is_finished)
    assert calls == []


def test_a_cancelled_task_stops_at_its_next_step(host: Context, qtbot: QtBot) -> None:
    steps: list[int] = []
    started = threading.Event()
    proceed = threading.Event()

    def work(progress: Progress) -> None:
        for step in range(1000):
            progress.step(step, 1000)
            steps.append(step)
            started.set()
            proceed.wait(5)

    task = host.tasks.run("heavy", work, done=lambda _none: pytest.fail("done"))
    assert started.wait(5)
    task.cancel()
    proceed.set()
    qtbot.waitUntil(lambda: task.is_finished)
    assert steps == [0]


def test_a_labelled_task_says_that_it_was_cancelled(host: Context, qtbot: QtBot) -> None:
    errors: list[Exception] = []
    gate = threading.Event()

    def work(progress: Progress) -> None:
        gate.wait(5)
        progress.check()

    task = host.tasks.run("heavy", work, failed=errors.append, label="Export")
    task.cancel()
    gate.set()
    qtbot.waitUntil(lambda: bool(errors))
    assert isinstance(errors[0], Cancelled)


def test_a_newer_task_replaces_the_older(host: Context, qtbot: QtBot) -> None:
    owner = QObject()
    gate, answers = threading.Event(), []

    def slow(_progress: Progress) -> str:
        gate.wait(5)
        return "old"

    first = host.tasks.run("read", slow, owner=owner, done=answers.append, replaces="search")
    host.tasks.run("read", lambda _progress: "new", owner=owner, done=answers.append, replaces="search")
    qtbot.waitUntil(lambda: answers == ["new"])
    gate.set()
    qtbot.waitUntil(lambda: first.is_finished)
    assert answers == ["new"]


def test_another_owner_is_not_replaced(host: Context, qtbot: QtBot) -> None:
    one, two, answers = QObject(), QObject(), []
    host.tasks.run("read", lambda _progress: 1, owner=one, done=answers.append, replaces="search")
    host.tasks.run("read", lambda _progress: 2, owner=two, done=answers.append, replaces="search")
    qtbot.waitUntil(lambda: sorted(answers) == [1, 2])


def test_writes_take_turns(host: Context, qtbot: QtBot) -> None:
    order: list[str] = []

    def writer(number: int) -> object:
        def work(_progress: Progress) -> None:
            order.append(f"begin {number}")
            order.append(f"end {number}")

        return work

    for number in range(20):
        host.tasks.run("write", writer(number))
    assert host.tasks.is_writing()
    qtbot.waitUntil(lambda: not host.tasks.running())
    assert order == [f"{word} {number}" for number in range(20) for word in ("begin", "end")]


def test_a_write_that_was_done_is_told_even_when_cancelled_too_late(host: Context, qtbot: QtBot) -> None:
    answers: list[int] = []
    begun, gate = threading.Event(), threading.Event()

    def work(_progress: Progress) -> int:
        begun.set()
        gate.wait(5)
        return 7

    task = host.tasks.run("write", work, done=answers.append)
    assert begun.wait(5)
    task.cancel()
    gate.set()
    qtbot.waitUntil(lambda: answers == [7])


def test_shutdown_waits_for_writes_and_cancels_reads(host: Context) -> None:
    begun, done, read_on = threading.Event(), [], []

    def write(_progress: Progress) -> None:
        begun.set()
        done.append(True)

    def read(progress: Progress) -> None:
        while not progress.is_cancelled:
            read_on.append(None)
            if len(read_on) > 10_000_000:
                return

    host.tasks.run("write", write)
    host.tasks.run("read", read)
    assert begun.wait(5)
    assert host.tasks.shutdown(10)
    assert done == [True]


def test_what_comes_while_the_window_goes_never_begins(host: Context, qtbot: QtBot) -> None:
    begun: list[str] = []
    host.tasks.run("read", lambda _progress: begun.append("before"))
    assert host.tasks.shutdown(10)
    begun.clear()
    owner = QObject()
    for lane in ("read", "write"):
        late = host.tasks.run(
            lane,
            lambda _progress: begun.append("late"),
            owner=owner,
            done=lambda _none: begun.append("done"),
            failed=lambda _error: begun.append("failed"),
            replaces="it",
        )
        assert late.is_cancelled
        assert late.is_finished
    assert host.tasks.running() == []
    assert not host.tasks.is_writing()
    qtbot.wait(20)
    assert begun == []


def test_progress_and_the_guess_of_what_remains(host: Context, qtbot: QtBot) -> None:
    gate = threading.Event()

    def work(progress: Progress) -> None:
        progress.step(1, 4, "one of four")
        gate.wait(5)

    task = host.tasks.run("heavy", work)
    qtbot.waitUntil(lambda: task.fraction == 0.25)
    assert task.text == "one of four"
    task.started_at -= 10
    left = task.seconds_left()
    assert left is not None
    assert 25 < left < 40
    gate.set()
    qtbot.waitUntil(lambda: task.is_finished)


def test_no_guess_too_early() -> None:
    task: Task[None] = Task("read", "", lambda _progress: None, None, None, None)
    assert task.seconds_left() is None
    assert remaining_words(None) == ""
    assert remaining_words(3) == "a few seconds left"
    assert remaining_words(41) == "about 45 seconds left"
    assert remaining_words(61) == "about 2 minutes left"


def test_none_and_true_are_not_used_up(host: Context, qtbot: QtBot) -> None:
    """PySide 6.12 under Python 3.11 returns them uncounted: without `singletons.keep` this ends the interpreter."""
    before = sys.getrefcount(None)
    answers: list[None] = []
    for _turn in range(50):
        host.tasks.run("read", lambda _progress: None, done=answers.append)
    qtbot.waitUntil(lambda: len(answers) == 50)
    if sys.version_info < (3, 12):
        assert before > 1 << 28
        assert sys.getrefcount(True) > 1 << 28


class _Ring:
    """Garbage only the cyclic collector can free; notes in which thread that happened."""

    def __init__(self, freed_in: list[int]) -> None:
        self.itself = self
        weakref.finalize(self, lambda: freed_in.append(threading.get_ident()))


def _litter(freed_in: list[int]) -> int:
    """Leaves a ring and then allocates enough for the interpreter to collect several times."""
    _Ring(freed_in)
    kept = [[number] for number in range(gc.get_threshold()[0] * 300)]
    return len(kept)


def test_no_worker_ever_collects_what_may_belong_to_the_window(host: Context, qtbot: QtBot) -> None:
    freed_in: list[int] = []
    ended: list[int] = []
    host.tasks.run("read", lambda _progress: _litter(freed_in), done=ended.append)
    qtbot.waitUntil(lambda: bool(ended))
    assert freed_in == []
    qtbot.waitUntil(lambda: bool(freed_in), timeout=10_000)
    assert freed_in == [threading.get_ident()]


def test_without_the_collector_a_worker_does() -> None:
    """The control: the danger is real, and `_litter` is enough to show it."""
    freed_in: list[int] = []
    worker = threading.Thread(target=_litter, args=(freed_in,))
    worker.start()
    worker.join()
    assert freed_in != []
    assert freed_in != [threading.get_ident()]


def test_the_interpreter_collects_again_after_the_shutdown(host: Context, qtbot: QtBot) -> None:
    ended: list[int] = []
    host.tasks.run("read", lambda _progress: 1, done=ended.append)
    qtbot.waitUntil(lambda: bool(ended))
    assert not gc.isenabled()
    assert host.tasks.shutdown(10)
    assert gc.isenabled()


def test_a_worker_is_never_the_last_to_hold_a_part_of_the_window(host: Context, qtbot: QtBot) -> None:
    released_in: list[int] = []

    class Part:
        pass

    def order() -> Task[int]:
        part = Part()
        weakref.finalize(part, lambda: released_in.append(threading.get_ident()))
        return host.tasks.run("read", lambda _progress: id(part), done=lambda _result: part.__class__)

    task = order()
    qtbot.waitUntil(lambda: task.is_finished)
    qtbot.waitUntil(lambda: bool(released_in), timeout=10_000)
    assert released_in == [threading.get_ident()]


def test_nothing_is_collected_while_records_are_made_in_bulk(
    host: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected: list[int] = []
    monkeypatch.setattr(gc, "collect", lambda generation=2: collected.append(generation))
    monkeypatch.setattr(gc, "get_count", lambda: (10_000, 0, 0))
    keeper = Collector()
    try:
        with no_collection(), no_collection():
            keeper._tick()
        assert collected == []
        keeper._tick()
        assert collected == [0]
    finally:
        keeper.stop()
