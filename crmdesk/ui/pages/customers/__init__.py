"""The customers' place: tree, list and detail; the full page of one customer."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from crmdesk.ui.context import Context


def create(ctx: Context) -> QWidget:
    """The page for the shell."""
    from crmdesk.ui.pages.customers.page import CustomersPage

    return CustomersPage(ctx)
