"""The statements' place: a customer's statement with its page, and the ageing of all."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from crmdesk.ui.context import Context


def create(ctx: Context) -> QWidget:
    """The page for the shell."""
    from crmdesk.ui.pages.statements.page import StatementsPage

    return StatementsPage(ctx)
