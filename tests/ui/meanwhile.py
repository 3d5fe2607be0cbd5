"""What happens in the window while something that was sent is still on its way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from crmdesk.ui.shots import Stage


@contextmanager
def busy_lane(stage: Stage, lane: str = "write") -> Iterator[None]:
    """Something else is at work there: what is sent meanwhile waits for it, and is answered at the end."""
    gate = threading.Event()
    stage.ctx.tasks.run(lane, lambda _progress: gate.wait(30))
    try:
        yield
    finally:
        gate.set()
        stage.settle()


def send(stage: Stage, keys: str) -> None:
    """Presses keys without waiting for what comes of them."""
    stage.wake()
    QTest.keySequence(QApplication.focusWidget() or stage.window, QKeySequence(keys))
    QApplication.processEvents()
