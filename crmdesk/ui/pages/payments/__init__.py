"""Payments (收款): what came in, what it settles, and the cash book."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmdesk.ui.context import Context

if TYPE_CHECKING:
    from crmdesk.ui.pages.payments.page import PaymentsPlace


def create(ctx: Context) -> PaymentsPlace:
    """The page."""
    from crmdesk.ui.pages.payments.page import PaymentsPlace

    return PaymentsPlace(ctx)
