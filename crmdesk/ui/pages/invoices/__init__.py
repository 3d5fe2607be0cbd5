"""Invoices (应收单), drafts, credit notes and opening items; writing and issuing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmdesk.ui.context import Context

if TYPE_CHECKING:
    from crmdesk.ui.pages.invoices.place import InvoicesPlace


def create(ctx: Context) -> InvoicesPlace:
    """The page."""
    from crmdesk.ui.pages.invoices.place import InvoicesPlace

    return InvoicesPlace(ctx)
