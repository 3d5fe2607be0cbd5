"""What pages and dialogs will need is imported before somebody waits for it: services by the thread that opens the
book, the window's own modules one at a time while nothing else is to be done.
"""

from __future__ import annotations

import gc
import importlib
import pkgutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from crmdesk.ui import places

if TYPE_CHECKING:
    from crmdesk.ui.context import Context

_SERVICES = ("lists", "customer_card", "search", "duplicates", "categories", "settings", "use_cases")
_KIT = ("list_page", "form", "tree", "entry_list")
"""What the first page is made of: imported beside the thread that opens the book."""
_MORE_KIT = ("line_grid", "preview", "dialogs", "pickers", "date_editor")
_PAUSE_MS = 5
"""Between two modules: clicks and keys come in between."""


def load_services() -> None:
    """Imports what the first page asks the book with. For a thread that is not the window's."""
    for name in _SERVICES:
        importlib.import_module(f"crmdesk.services.{name}")


class Ahead(QObject):
    """Imports the window's modules in idle time: the kit at once, pages and dialogs when a book is open."""

    def __init__(self, ctx: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._ctx = ctx
        self._names: Iterator[str] = (f"crmdesk.ui.kit.{name}" for name in _KIT)
        self._is_at_pages = False
        self._timer = QTimer(self)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._step)
        self._timer.start()
        ctx.book_changed.connect(self._book_changed)

    def _book_changed(self) -> None:
        # Not before: until then the thread that opens the book imports the same services, and this one would wait.
        if not self._is_at_pages and self._ctx.book is not None:
            self._is_at_pages = True
            # All that was imported so far: the first round of the collector would look at it while the first list
            # is on its way (40 ms).
            gc.freeze()
            self._names = _page_modules()
            self._timer.start()

    def _step(self) -> None:
        if self._is_at_pages and any(task.lane == "read" for task in self._ctx.tasks.running()):
            return  # the first list is on its way: an import would stand before it
        name = next(self._names, None)
        if name is None:
            self._timer.stop()
            if self._is_at_pages:
                # Modules and what they hold stay until the end: no search for cycles need look at them again.
                gc.freeze()
        else:
            importlib.import_module(name)


def _page_modules() -> Iterator[str]:
    yield from (f"crmdesk.ui.kit.{name}" for name in _MORE_KIT)
    for place in places.PLACES:
        page = importlib.import_module(place.module)
        yield place.module
        for module in pkgutil.iter_modules(getattr(page, "__path__", ())):
            yield f"{place.module}.{module.name}"
    yield from (places.RECEIVE_MODULE, places.IMPORT_MODULE)
