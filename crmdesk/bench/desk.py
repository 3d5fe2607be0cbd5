"""How long the window's thread is held at the desk: opening pages, the editor, quick payment, switching the look."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from crmdesk.bench.timing import Figure, in_process
from crmdesk.services import demo

# The window of the program itself, after it has come to rest. CPU time of its thread: a busy machine does not count.
_DESK = """
import json, sys, time
from pathlib import Path
from crmdesk import app
application = app.make_application()
from crmdesk.ui.kit.view_state import ViewState
# Another place is shown first: the customers' page is still to come.
settings = ViewState()
settings.put("window.place", "sales")
settings.save()
window = app.make_window(application, Path(sys.argv[1]))
from PySide6.QtCore import QCoreApplication
from crmdesk.ui.shots import Stage
window.resize(1366, 768)
window.show()
stage = Stage(window.context, window)
while window.context.book is None:
    stage.settle()
stage.wait(1500)
spent = {}
def measure(name, work):
    # What follows in the window's thread until it rests belongs to it, less what resting itself costs.
    start = time.thread_time()
    work()
    while window.context.tasks.running():
        QCoreApplication.processEvents()
        time.sleep(0.001)
    QCoreApplication.processEvents()
    spent.setdefault(name, time.thread_time() - start)
    stage.settle()
measure("customer page", lambda: window.go("customers", {}))
page = window.page("customers")
measure("full page of a customer", lambda: page.open(page.table.table_model().ids[0]))
measure("invoice list", lambda: window.go("invoices", {}))
measure("invoice editor", lambda: window.go("invoices", {"new": True}))
measure("quick payment (F6)", window.receive)
stage.close_dialogs()
measure("quick payment (F6), again", window.receive)
stage.close_dialogs()
window.go("statements", {})
stage.settle()
measure("language", lambda: window.use_language("en"))
window.use_language("zh_CN")
stage.settle()
measure("scheme", lambda: window.use_scheme("dark"))
print(json.dumps(spent))
import os
sys.stdout.flush()
os._exit(0)
"""
_GOALS = {
    "customer page": "≤ 0.100 s",
    "full page of a customer": "≤ 0.100 s",
    "invoice editor": "≤ 0.100 s",
    "quick payment (F6)": "≤ 0.080 s",
    "quick payment (F6), again": "≤ 0.080 s",
    "language": "≤ 0.300 s",
    "scheme": "≤ 0.300 s",
}


def measure(folder: Path, _customers: int, _invoices: int) -> Iterator[Figure]:
    """CPU seconds of the window's thread, offscreen, each for the first time in a window of its own process."""
    home = folder / "desk-home"
    home.mkdir()
    path = folder / "desk.crmdesk"
    demo.create(path, customer_count=2_000, invoice_count=5_000).close()
    spent: dict[str, list[float]] = {}
    for _run in range(3):
        _seconds, out = in_process(_DESK, str(path), home=home)
        for name, seconds in json.loads(out.splitlines()[-1]).items():
            spent.setdefault(name, []).append(seconds)
    for name, runs in spent.items():
        yield Figure(f"desk: {name}", sorted(runs)[len(runs) // 2], None, "s", _GOALS.get(name, ""))
