"""Taking imported customers and products back: what was made goes, what was changed gets its former values.

What only taken-back documents stand on cannot go, since those are never deleted: it stays in the book, a customer
deactivated, a product off sale, and is named.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from crmdesk.models.tables.agreements import agreement
from crmdesk.models.tables.attachments import attachment
from crmdesk.models.tables.base import day_of
from crmdesk.models.tables.categories import category, customer_category, customer_tag, dimension, tag
from crmdesk.models.tables.customers import PARTS, customer
from crmdesk.models.tables.documents import confirmation, document, document_line, draft, print_log
from crmdesk.models.tables.products import product, product_price
from crmdesk.models.tables.search import customer_search
from crmdesk.services import products, search_index
from crmdesk.services.dialect import among
from crmdesk.services.imports import batches
from crmdesk.services.posted import REVERSAL
from crmdesk.services.units import Unit
from crmdesk.text import _

_BLOCK = 5_000
_REBUILD_FACTOR = 4
_TABLES = {"customer": customer, "product": product}
_DATES = ("born_on",)
_REVERSALS = document.c.kind.like("%" + REVERSAL)
_BACK = document.alias()
_IS_LIVE = (
    ~_REVERSALS
    & ~select(_BACK.c.id)
    .where(_BACK.c.origin_id == document.c.id, _BACK.c.kind.like("%" + REVERSAL))
    .exists()
)
"""Documents that were neither voided nor reversed, and are no such entry themselves."""


class Masters:
    """The customers and products that one import made or changed; `first_id` to `last_id` are the ids it gave out."""

    def __init__(
        self,
        unit: Unit,
        changed: dict[str, list[tuple[int, str]]],
        *,
        first_id: int,
        last_id: int,
    ) -> None:
        self._unit = unit
        self._made = {
            kind: list(
                unit.execute(select(table.c.id).where(table.c.id.between(first_id, last_id))).scalars()
            )
            for kind, table in _TABLES.items()
        }
        self._changed = {
            kind: [(record_id, json.loads(before)) for record_id, before in changed.get(kind, ())]
            for kind in _TABLES
        }
        self._first_id = first_id
        self._last_id = last_id

    # What was used

    def used_since(self) -> Iterator[str]:
        """Codes of records that are in use or were changed again, with the reason."""
        for kind, table in _TABLES.items():
            for start in range(0, len(self._made[kind]), _BLOCK):
                block = self._made[kind][start : start + _BLOCK]
                yield from self._referred_to(kind, table, block)
                yield from self._versions(table, dict.fromkeys(block, 1))
            # taking back that a record came into use again needs what taking back a new one needs
            revived = [record_id for record_id, before in self._changed[kind] if before.get("revived")]
            yield from self._referred_to(kind, table, revived)
            versions = {record_id: before["version"] for record_id, before in self._changed[kind]}
            yield from self._versions(table, versions)

    def _referred_to(self, kind: str, table: Any, block: list[int]) -> Iterator[str]:
        if kind == "product":
            lines = select(document_line.c.product_id).join(
                document, document.c.id == document_line.c.document_id
            )
            agreed = products.ids_in_agreements(self._unit) & set(block)
            holders = (
                (document_line.c.product_id, lines.where(_IS_LIVE), _("on documents")),
                (product.c.id, select(product.c.id).where(among(product.c.id, agreed)), _("in an agreement")),
            )
        else:
            kept = select(attachment.c.record_id).where(attachment.c.record_kind == "customer")
            holders = (
                (document.c.customer_id, select(document.c.customer_id).where(_IS_LIVE), _("has documents")),
                *(
                    (other.c.customer_id, select(other.c.customer_id), reason)
                    for other, reason in (
                        (draft, _("has drafts")),
                        (agreement, _("has agreements")),
                        (print_log, _("has printed papers")),
                        (confirmation, _("has confirmed statements")),
                    )
                ),
                (attachment.c.record_id, kept, _("has files")),
            )
        told: set[int] = set()
        for column, query, reason in holders:
            held = query.where(among(column, block)).distinct()
            for row in self._unit.execute(select(table.c.id, table.c.code).where(table.c.id.in_(held))):
                if row.id not in told:
                    told.add(row.id)
                    yield f"{row.code} ({reason})"
        if kind == "customer":
            for part in PARTS.values():
                added = select(part.c.customer_id).where(
                    among(part.c.customer_id, block), part.c.id > self._last_id
                )
                for row in self._unit.execute(select(table.c.id, table.c.code).where(table.c.id.in_(added))):
                    yield _("{code} (changed since)").format(code=row.code)

    def _versions(self, table: Any, expected: dict[int, int]) -> Iterator[str]:
        query = select(table.c.id, table.c.code, table.c.version).where(among(table.c.id, expected))
        for row in self._unit.execute(query):
            if row.version != expected[row.id]:
                yield _("{code} (changed since)").format(code=row.code)

    # Taking back

    def take_back(self) -> tuple[int, int, list[str]]:
        """Deletes and restores; gives how many of each, and the codes of what had to stay."""
        restored = 0
        for record_id, before in self._changed["customer"]:
            self._restore_customer(record_id, before)
            restored += 1
        for record_id, before in self._changed["product"]:
            self._unit.execute(update(product).where(product.c.id == record_id).values(**before["row"]))
            self._restore_prices(record_id, before.get("prices", {}))
            restored += 1
        kept = self._keep("customer", document.c.customer_id, is_active=False)
        kept += self._keep("product", document_line.c.product_id, is_on_sale=False)
        removed = self._delete_customers() + self._delete_products()
        self._delete_trees()
        for kind in _TABLES:
            if kept or self._made[kind] or self._changed[kind]:
                self._unit.changes.everything.update((kind, "category", "tag"))
        return removed, restored, kept

    def _keep(self, kind: str, holder: Any, **values: Any) -> list[str]:
        """Sets aside what documents stand on, all of them taken back by now; gives its codes."""
        table, made = _TABLES[kind], self._made[kind]
        codes: dict[int, str] = {}
        for start in range(0, len(made), _BLOCK):
            held = select(holder).where(among(holder, made[start : start + _BLOCK]))
            found = self._unit.execute(
                select(table.c.id, table.c.code, table.c.version).where(table.c.id.in_(held))
            ).all()
            codes |= {row.id: row.code for row in found}
            self._unit.execute(
                update(table)
                .where(among(table.c.id, [row.id for row in found]))
                .values(**values, version=table.c.version + 1)
            )
            for row in found:
                batches.note_kept(self._unit, self._first_id, kind, row.id, row.version + 1)
        self._made[kind] = [record_id for record_id in made if record_id not in codes]
        return sorted(codes.values())

    def _restore_prices(self, product_id: int, prices: dict[str, list[str | None]]) -> None:
        """The prices by level that the import changed, [before, after]; one that was set anew since stays."""
        for level, (before, after) in prices.items():
            own = (product_price.c.product_id == product_id, product_price.c.level == level)
            present = self._unit.execute(select(product_price.c.price).where(*own)).scalar()
            if present != after:
                continue
            self._unit.execute(
                delete(product_price).where(*own)
                if before is None
                else update(product_price).where(*own).values(price=before)
            )
        self._unit.cache.pop(product_price, None)

    def _restore_customer(self, record_id: int, before: dict[str, Any]) -> None:
        unit = self._unit
        row = {name: _typed(name, value) for name, value in before["row"].items()}
        unit.execute(update(customer).where(customer.c.id == record_id).values(**row))
        for kind, part_id in before.get("new_parts", ()):
            unit.execute(delete(PARTS[kind]).where(PARTS[kind].c.id == part_id))
        for kind, part_id, old in before.get("changed_parts", ()):
            values = {name: _typed(name, value) for name, value in old.items()}
            unit.execute(update(PARTS[kind]).where(PARTS[kind].c.id == part_id).values(**values))
        for move in before.get("categories", ()):
            self._leave(customer_category, "category_id", move["joined"], record_id)
            for category_id in move["left"]:
                unit.execute(insert(customer_category).values(category_id=category_id, customer_id=record_id))
        for tag_id in before.get("tags", ()):
            self._leave(customer_tag, "tag_id", tag_id, record_id)
        search_index.renew(unit, [record_id])

    def _leave(self, table: Any, column: str, group_id: int, record_id: int) -> None:
        self._unit.execute(delete(table).where(table.c[column] == group_id, table.c.customer_id == record_id))

    def _delete_customers(self) -> int:
        unit, ids = self._unit, self._made["customer"]
        total = unit.execute(select(func.count()).select_from(customer)).scalar_one()
        # taking one customer out of the index costs as much as indexing some others anew
        is_rebuilt = (total - len(ids)) < _REBUILD_FACTOR * len(ids)
        for start in range(0, len(ids), _BLOCK):
            block = ids[start : start + _BLOCK]
            for table in (*PARTS.values(), customer_category, customer_tag):
                unit.execute(delete(table).where(among(table.c.customer_id, block)))
            if not is_rebuilt:
                unit.execute(delete(customer_search).where(among(customer_search.c.rowid, block)))
            unit.execute(delete(customer).where(among(customer.c.id, block)))
        if is_rebuilt and ids:
            search_index.rebuild(unit.connection)
        return len(ids)

    def _delete_products(self) -> int:
        ids = self._made["product"]
        for start in range(0, len(ids), _BLOCK):
            block = ids[start : start + _BLOCK]
            self._unit.execute(delete(product_price).where(among(product_price.c.product_id, block)))
            self._unit.execute(delete(product).where(among(product.c.id, block)))
        return len(ids)

    def _delete_trees(self) -> None:
        """Categories, trees and tags that the import made and nobody uses now."""
        unit = self._unit
        is_own = category.c.id.between(self._first_id, self._last_id)
        child = category.alias()
        is_used = (
            select(child.c.id).where(child.c.parent_id == category.c.id).exists()
            | select(customer_category.c.customer_id)
            .where(customer_category.c.category_id == category.c.id)
            .exists()
            | select(product.c.id).where(product.c.category_id == category.c.id).exists()
        )
        while unit.execute(delete(category).where(is_own, ~is_used)).rowcount:
            pass  # leaves first, then what has become a leaf
        in_dimension = select(category.c.id).where(category.c.dimension_id == dimension.c.id).exists()
        unit.execute(
            delete(dimension).where(dimension.c.id.between(self._first_id, self._last_id), ~in_dimension)
        )
        is_given = select(customer_tag.c.customer_id).where(customer_tag.c.tag_id == tag.c.id).exists()
        unit.execute(delete(tag).where(tag.c.id.between(self._first_id, self._last_id), ~is_given))


def _typed(name: str, value: Any) -> Any:
    return day_of(value) if name in _DATES and isinstance(value, int) else value
