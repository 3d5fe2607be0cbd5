"""The page of a document beside its editor, made anew a moment after the last key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer

from crmdesk.text import _
from crmdesk.ui import papers
from crmdesk.ui.context import Context
from crmdesk.ui.kit.preview import PagePreview

_DELAY_MS = 350
_KEPT = "editor.preview"


class LivePaper(PagePreview):
    """`values` gives what stands in the editor, typed. Hidden, it costs nothing."""

    def __init__(self, ctx: Context, name: str, values: Callable[[], dict[str, Any]], kind: str) -> None:
        super().__init__(name)
        self._ctx = ctx
        self._values = values
        self._kind = kind
        self.fit_width()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MS)
        self._timer.timeout.connect(self.show_now)
        if ctx.settings.get(_KEPT, True) is not True:
            self.hide()

    def toggle(self) -> None:
        """Shows or hides it, also the next time."""
        is_shown = self.isHidden()
        self.setVisible(is_shown)
        self._ctx.settings.put(_KEPT, is_shown)
        if is_shown:
            self.show_now()

    def show_soon(self) -> None:
        """After the last key of a burst."""
        self._timer.start()

    def show_now(self) -> None:
        """As it would be printed now."""
        self._timer.stop()
        if not self.isVisible():
            return
        values = self._values()
        if not values.get("customer"):
            self.set_message(_("The page appears when the customer is chosen."))
            return
        papers.show(self._ctx, self, papers.proposed_paper(values, self._kind))
