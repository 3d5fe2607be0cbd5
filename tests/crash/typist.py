"""A typist at the real window: types words into the form of a new customer, and says after each what stands there.

Run by test_form_kill.py, which kills it. `python typist.py BOOK [careless]`: careless never keeps anything, which is
the control. Every line it prints is the moment (time.monotonic) and the text of the field at that moment.
"""

from __future__ import annotations

import json
import os
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from crmdesk import app
from crmdesk.ui import form_journal

PAUSE_MS = 15


def main(book: Path, *, is_careless: bool) -> None:
    """Types until it is killed."""
    if is_careless:
        form_journal.KEEP_AFTER_MS = 3_600_000
    application = app.make_application()
    window = app.make_window(application, book)
    window.show()
    turns = QTimer(interval=PAUSE_MS)
    count = 0

    def turn() -> None:
        nonlocal count
        if window.context.book is None or window.context.journal is None:
            return
        found = [
            field
            for top in application.topLevelWidgets()
            for field in top.findChildren(QLineEdit, "customer.form.name")
        ]
        if not found:
            if not window.context.tasks.running():
                window.go("customers", {"new": True})
            return
        field = found[0]
        if len(field.text()) > 150:
            field.clear()
        QTest.keyClicks(field, f"{count} ")
        count += 1
        sys.stdout.write(json.dumps([time.monotonic(), field.text()]) + "\n")
        sys.stdout.flush()

    turns.timeout.connect(turn)
    turns.start()
    application.exec()


if __name__ == "__main__":
    main(Path(sys.argv[1]), is_careless="careless" in sys.argv)
