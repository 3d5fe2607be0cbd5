"""Today: what is due, what waits, what came in; every number opens its rows."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from crmdesk.ui.context import Context


def create(ctx: Context) -> QWidget:
    """The page."""
    from crmdesk.ui.pages.today.page import TodayPage

    return TodayPage(ctx)
