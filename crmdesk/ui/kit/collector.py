"""Python's cyclic garbage is collected in the window's thread and nowhere else.

The interpreter collects in whichever thread happens to allocate. When a worker's turn frees a cycle with a Qt object
in it, the object's C++ part is destroyed in the wrong thread, and the program dies without a word.
"""

from __future__ import annotations

import gc
from typing import ClassVar

from PySide6.QtCore import QObject, QTimer

from crmdesk.services.collecting import is_resting

INTERVAL_MS = 500
# As the interpreter does: the young often, everything seldom. In ticks of the interval.
_MIDDLE_EVERY = 10
_ALL_EVERY = 120


class Collector(QObject):
    """Takes the collecting over from the interpreter until `stop`; several at a time share it."""

    _keepers: ClassVar[int] = 0

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        Collector._keepers += 1
        gc.disable()
        self._ticks = 0
        self._is_stopped = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        self._timer.start(INTERVAL_MS)

    def stop(self) -> None:
        """Gives the collecting back to the interpreter: no worker is left."""
        if self._is_stopped:
            return
        self._is_stopped = True
        self._timer.stop()
        Collector._keepers -= 1
        if Collector._keepers == 0:
            gc.enable()

    def _tick(self) -> None:
        if is_resting():
            return  # the window's thread would stand still while it looks at every record of an import
        self._ticks += 1
        if self._ticks % _ALL_EVERY == 0:
            gc.collect()
        elif self._ticks % _MIDDLE_EVERY == 0:
            gc.collect(1)
        elif gc.get_count()[0] >= gc.get_threshold()[0]:
            gc.collect(0)
