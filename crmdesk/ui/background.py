"""What a window does by itself while a book is open."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from crmdesk.ui.context import Context
from crmdesk.ui.folders_watched import FoldersWatched
from crmdesk.ui.new_day import NewDay


def start(ctx: Context, window: QWidget) -> None:
    """Measures and groups as at today, and what comes into the watched folders; both wait until the first page was
    read."""
    NewDay(ctx, window)
    FoldersWatched(ctx, window)
