"""Settings: company, documents, numbering, taxes, money accounts, look, keyboard, period lock, backup, about."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from crmdesk.ui.context import Context


def create(ctx: Context) -> QWidget:
    """The page."""
    from crmdesk.ui.pages.settings.page import SettingsPage

    return SettingsPage(ctx)
