"""Pickers over the open book: customers and products by code, name, pinyin initials or phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from crmdesk.text import N_, _, counted
from crmdesk.ui.context import Context
from crmdesk.ui.kit.columns import number
from crmdesk.ui.kit.pickers import PickItem

if TYPE_CHECKING:
    from crmdesk.services.group_names import Named
    from crmdesk.services.picking import CustomerPick, ProductPick
    from crmdesk.ui.kit.pickers import PickerSource


@dataclass(frozen=True, slots=True)
class CustomerItem(PickItem):
    """A picked customer; `terms_days` None and `currency` "" mean the book's own."""

    initials: str = ""
    terms_days: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class ProductItem(PickItem):
    """A picked product with what it puts into a line."""

    specification: str = ""
    unit: str = ""
    price: Decimal = Decimal(0)
    tax_rate: Decimal | None = None
    tax_kind: str = "taxed"
    is_tax_included: bool = False


class CustomerPicker:
    """A `PickerSource` of customers; the value is the code."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def search(self, text: str, limit: int) -> Sequence[PickItem]:
        """The best matches."""
        from crmdesk.services import picking

        with self._ctx.need_book().read() as connection:
            return [_customer(pick) for pick in picking.customers(connection, text, limit)]

    def recent(self, values: Sequence[str], limit: int) -> Sequence[PickItem]:
        """Those picked last, then the newest."""
        from crmdesk.services import picking

        with self._ctx.need_book().read() as connection:
            return [_customer(pick) for pick in picking.recent_customers(connection, values, limit)]

    def find(self, value: str) -> PickItem | None:
        """One customer by code."""
        from crmdesk.services import picking

        with self._ctx.need_book().read() as connection:
            pick = picking.customer_by_code(connection, value)
        return _customer(pick) if pick is not None else None


class ProductPicker:
    """A `PickerSource` of products; the value is the code. With a `customer` (code) prices are those of his level."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.customer = ""

    def search(self, text: str, limit: int) -> Sequence[PickItem]:
        """Products on sale that hold what was typed."""
        from crmdesk.services import picking

        with self._ctx.need_book().read() as connection:
            return [
                _product(pick)
                for pick in picking.products(connection, text, limit, customer_code=self.customer)
            ]

    def recent(self, values: Sequence[str], limit: int) -> Sequence[PickItem]:
        """Those picked last, then others by code."""
        from crmdesk.services import picking

        with self._ctx.need_book().read() as connection:
            return [
                _product(pick)
                for pick in picking.recent_products(connection, values, limit, customer_code=self.customer)
            ]

    def named(self, texts: Sequence[str]) -> dict[str, list[ProductItem]]:
        """For each text the products with that code or name."""
        from crmdesk.services import picking

        with self._ctx.need_book().read() as connection:
            found = picking.products_named(connection, texts, customer_code=self.customer)
        return {text: [_product(pick) for pick in picks] for text, picks in found.items()}

    def find(self, value: str) -> PickItem | None:
        """One product by code."""
        from crmdesk.services import picking

        with self._ctx.need_book().read() as connection:
            pick = picking.product_by_code(connection, value, customer_code=self.customer)
        return _product(pick) if pick is not None else None


class GroupPicker:
    """A `PickerSource` of groups of customers; the value is as `groups.parse` reads it."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def search(self, text: str, limit: int) -> Sequence[PickItem]:
        """Groups whose name holds what was typed."""
        from crmdesk.services import group_names

        with self._ctx.need_book().read() as connection:
            return [_group(one) for one in group_names.matching(connection, text, limit)]

    def recent(self, values: Sequence[str], limit: int) -> Sequence[PickItem]:
        """Those picked last, then others."""
        from crmdesk.services import group_names

        with self._ctx.need_book().read() as connection:
            known = {one.group.key: one for one in group_names.named(connection)}
        first = [known.pop(value) for value in values if value in known]
        return [_group(one) for one in [*first, *known.values()][:limit]]

    def find(self, value: str) -> PickItem | None:
        """One group by its key."""
        from crmdesk.services import group_names

        with self._ctx.need_book().read() as connection:
            found = group_names.find(connection, value)
        return _group(found) if found is not None else None


def _group(one: Named) -> PickItem:
    count = counted(N_("{count} customers"), one.size)
    return PickItem(one.group.key, one.group.title, _(one.label), count)


def over(ctx: Context) -> dict[str, PickerSource]:
    """The window's pickers by link; they look into whatever book is open."""
    return {"customer": CustomerPicker(ctx), "product": ProductPicker(ctx), "group": GroupPicker(ctx)}


def _customer(pick: CustomerPick) -> CustomerItem:
    quiet = pick.phone if pick.is_active else _("Inactive")
    return CustomerItem(pick.code, pick.name, pick.code, quiet, pick.initials, pick.terms_days, pick.currency)


def _product(pick: ProductPick) -> ProductItem:
    return ProductItem(
        pick.code,
        pick.name,
        pick.code,
        " · ".join(filter(None, (pick.specification, number(pick.price)))),
        pick.specification,
        pick.unit,
        pick.price,
        pick.tax_rate,
        pick.tax_kind,
        pick.is_tax_included,
    )
