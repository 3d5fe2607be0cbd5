"""First paint, filled list and memory of the window, each in a process of its own beside the bare toolkit."""

from __future__ import annotations

import compileall
import statistics
from collections.abc import Iterator
from pathlib import Path

import crmdesk
from crmdesk.bench.timing import Figure, in_process
from crmdesk.services import demo
from crmdesk.services.book import Book

_EMPTY = """
import os, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, lambda: os._exit(0))
app = QApplication(sys.argv)
window = Window()
window.resize(1366, 768)
window.show()
sys.exit(app.exec())
"""

_LIST_FLOOR = """
import os, sys
import sqlcipher3.dbapi2 as driver
from PySide6.QtCore import QAbstractTableModel, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QTableView
app = QApplication(sys.argv)
from sqlalchemy import create_engine, text
engine = create_engine("sqlite://", creator=lambda: driver.connect(sys.argv[1]))
with engine.connect() as connection:
    rows = connection.execute(text("SELECT code, name, phone, level FROM customer LIMIT 200")).all()
class Model(QAbstractTableModel):
    def rowCount(self, parent=None): return len(rows)
    def columnCount(self, parent=None): return 4
    def data(self, index, role=Qt.ItemDataRole.DisplayRole):
        return rows[index.row()][index.column()] if role == Qt.ItemDataRole.DisplayRole else None
class View(QTableView):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, lambda: os._exit(0))
window = QMainWindow()
model = Model()
view = View()
view.setModel(model)
window.setCentralWidget(view)
window.resize(1366, 768)
window.show()
sys.exit(app.exec())
"""

# As `crmdesk open` begins (cli/window): without collecting. It ends where the first paint is done: what the program
# loads after it is no part of this figure.
_FIRST_PAINT = """
import gc, os, sys
gc.disable()
from crmdesk import app
app._begin = lambda *_arguments: os._exit(0)
sys.exit(app.main(None))
"""

_FILLED = """
import gc, os, sys
gc.disable()
from pathlib import Path
from crmdesk import app
application = app.make_application()
window = app.make_window(application, Path(sys.argv[1]))
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QTableView
def look():
    for table in window.findChildren(QTableView):
        if table.isVisible() and table.objectName() == "customers.table":
            model = table.model()
            if model is not None and model.rowCount() and model.index(0, 0).data():
                table.viewport().repaint()
                status = Path("/proc/self/status")
                if status.exists():
                    line = next(l for l in status.read_text().splitlines() if l.startswith("VmRSS"))
                    print(int(line.split()[1]) / 1024)
                sys.stdout.flush()
                os._exit(0)
timer = QTimer()
timer.timeout.connect(look)
timer.start(4)
window.context.settings.put("window.place", "customers")
window.show()
QTimer.singleShot(20000, lambda: sys.exit(9))
sys.exit(application.exec())
"""


def _pair(
    ours: tuple[str, ...], floor: tuple[str, ...], home: Path, runs: int = 5
) -> tuple[float, float, str]:
    mine: list[float] = []
    theirs: list[float] = []
    out = ""
    for run in range(runs + 1):
        seconds, out = in_process(*ours, home=home)
        bare, _nothing = in_process(*floor, home=home)
        if run:
            mine.append(seconds)
            theirs.append(bare)
    return statistics.median(mine), statistics.median(theirs), out


def measure(folder: Path, _customers: int, _invoices: int) -> Iterator[Figure]:
    """Whole processes, offscreen, in pairs."""
    # As installed: where the environment forbids Python to keep its bytecode, every start would compile the program.
    compileall.compile_dir(str(Path(crmdesk.__file__).parent), quiet=2)
    home = folder / "home"
    home.mkdir()
    ours, floor, _out = _pair((_FIRST_PAINT,), (_EMPTY,), home)
    yield Figure("first paint", ours, floor, "s", "≤ 1.7× an empty QMainWindow")
    path = folder / "window.crmdesk"
    book: Book = demo.create(path, customer_count=2_000, invoice_count=5_000)
    book.close()
    ours, floor, out = _pair((_FILLED, str(path)), (_LIST_FLOOR, str(path)), home)
    yield Figure("filled customer list", ours, floor, "s", "≤ 1.6× SQLAlchemy + window + table")
    if out.strip():
        yield Figure("memory of the open window", float(out.split()[-1]), None, "MiB", "≤ 180 MiB")
