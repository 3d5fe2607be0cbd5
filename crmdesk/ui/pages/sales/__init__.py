"""Sales (销售): products, requirements, quotes, contracts, orders and instalments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmdesk.ui.context import Context

if TYPE_CHECKING:
    from crmdesk.ui.pages.sales.place import SalesPlace


def create(ctx: Context) -> SalesPlace:
    """The page."""
    from crmdesk.ui.pages.sales.place import SalesPlace

    return SalesPlace(ctx)
