"""Taking imported customers and products back: what was made goes, what was changed gets its former values.

What only taken-back documents stand on cannot go, since those are never deleted: it stays in the book, a customer
deactivated, a product off sale, and is named.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import delete, func, select, update

from crmdesk.models.tables.agreements import agreement
from crmdesk.models.tables.attachments import attachment
from crmdesk.models.tables.banking import payer_alias
from crmdesk.models.tables.base import day_of
from crmdesk.models.tables.categories import (
    category,
    category_event,
    customer_category,
    customer_category_event,
    customer_tag,
    dimension,
    tag,
    tag_event,
)
from crmdesk.models.tables.customers import PARTS, customer
from crmdesk.models.tables.documents import confirmation, document, document_line, draft, print_log
from crmdesk.models.tables.measures import stage_pin
from crmdesk.models.tables.merges import not_duplicate
from crmdesk.models.tables.people import (
    activity,
    comment,
    customer_collaborator,
    customer_relation,
    owner_change,
    task,
)
from crmdesk.models.tables.products import product, product_price
from crmdesk.models.tables.search import customer_search
from crmdesk.services import (
    category_events,
    category_members,
    collaborators,
    custom_values,
    products,
    search_index,
)
from crmdesk.services.dialect import among
from crmdesk.services.imports import batches
from crmdesk.services.posted import REVERSAL
from crmdesk.services.units import Unit
from crmdesk.text import _

_BLOCK = 5_000
_REBUILD_FACTOR = 4
_TABLES = {"customer": customer, "product": product}
_DATES = ("born_on", "next_contact")
_NAMED_BY = {"contact": "name", "address": "street", "billing_profile": "title"}
_REVERSALS = document.c.kind.like("%" + REVERSAL)
_BACK = document.alias()
_BESIDE = (customer_collaborator, owner_change, payer_alias, not_duplicate, stage_pin)
"""What was decided about a customer since and goes with him, as where he is deleted (`customer.delete`)."""
_PEOPLE = (activity, task, comment, customer_relation)
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
        noted = {
            kind: [(record_id, json.loads(before)) for record_id, before in changed.get(kind, ())]
            for kind in _TABLES
        }
        self._changed = {
            kind: [(record_id, before) for record_id, before in pairs if not before.get("made")]
            for kind, pairs in noted.items()
        }
        self._made_versions = {
            kind: {record_id: before["version"] for record_id, before in pairs if before.get("made")}
            for kind, pairs in noted.items()
        }
        """Of records that the import made and then changed (a customer that comes deactivated)."""
        of_tags = [(record_id, json.loads(before)) for record_id, before in changed.get("tag", ())]
        self._colours = [(record_id, before) for record_id, before in of_tags if "colour" in before]
        of_trees = [(record_id, json.loads(before)) for record_id, before in changed.get("category", ())]
        self._retired = [
            (table, record_id, before["retired"])
            for table, pairs in ((tag, of_tags), (category, of_trees))
            for record_id, before in pairs
            if "retired" in before
        ]
        self._first_id = first_id
        self._last_id = last_id

    # What was used

    def used_since(self) -> Iterator[str]:
        """Codes of records that are in use or were changed again, with the reason."""
        for kind, table in _TABLES.items():
            for start in range(0, len(self._made[kind]), _BLOCK):
                block = self._made[kind][start : start + _BLOCK]
                yield from self._referred_to(kind, table, block)
                made = self._made_versions[kind]
                yield from self._versions(table, {record_id: made.get(record_id, 1) for record_id in block})
            # taking back that a record came into use again needs what taking back a new one needs
            revived = [record_id for record_id, before in self._changed[kind] if before.get("revived")]
            yield from self._referred_to(kind, table, revived)
            versions = {record_id: before["version"] for record_id, before in self._changed[kind]}
            yield from self._versions(table, versions)
        yield from self._parts_since()
        yield from self._colours_since()

    def _parts_since(self) -> Iterator[str]:
        """What the import wrote into contacts, addresses and billing profiles and somebody changed or removed since."""
        expected: dict[str, dict[int, dict[str, Any]]] = {}
        owners: dict[int, int] = {}
        for customer_id, before in self._changed["customer"]:
            for kind, part_id, _old, new in before.get("changed_parts", ()):
                expected.setdefault(kind, {}).setdefault(part_id, {}).update(new)
                owners[part_id] = customer_id
            for kind, part_id, new in before.get("new_parts", ()):
                values = {name: value for name, value in new.items() if name != "is_primary"}
                expected.setdefault(kind, {}).setdefault(part_id, {}).update(values)
                owners[part_id] = customer_id
        used = self._contacts_in_use(
            [
                part_id
                for _customer_id, before in self._changed["customer"]
                for kind, part_id, _new in before.get("new_parts", ())
                if kind == "contact"
            ]
        )
        for _customer_id, before in self._changed["customer"]:
            used |= {
                part_id
                for part_id, _old, now in before.get("own_of_contacts", ())
                if custom_values.kept(self._unit, "contact", part_id) != now
            }
        for kind, by_id in expected.items():
            table = PARTS[kind]
            rows = self._unit.execute(select(table).where(among(table.c.id, list(by_id)))).mappings()
            now = {row["id"]: dict(row) for row in rows}
            differing = [
                part_id
                for part_id, values in by_id.items()
                if part_id not in now
                or (kind == "contact" and part_id in used)
                or any(now[part_id][name] != _typed(name, value) for name, value in values.items())
            ]
            codes = self._codes([owners[part_id] for part_id in differing])
            for part_id in differing:
                name = now.get(part_id, {}).get(_NAMED_BY[kind], "")
                code = codes.get(owners[part_id], "")
                yield _("{code} (changed since)").format(code=f"{code} · {name}" if name else code)

    def _contacts_in_use(self, ids: list[int]) -> set[int]:
        """Those of some contacts that an activity was with, or that another record's own field links to."""
        met = select(activity.c.contact_id).where(among(activity.c.contact_id, ids))
        talked = set(self._unit.execute(met).scalars()) if ids else set()
        return talked | set(custom_values.linked_among(self._unit, "contact", ids))

    def _codes(self, ids: list[int]) -> dict[int, str]:
        query = select(customer.c.id, customer.c.code).where(among(customer.c.id, ids))
        return {row.id: row.code for row in self._unit.execute(query)} if ids else {}

    def _colours_since(self) -> Iterator[str]:
        for tag_id, before in self._colours:
            row = self._unit.first(select(tag.c.name, tag.c.colour).where(tag.c.id == tag_id))
            if row is not None and row.colour != before["new"]:
                yield _("{code} (changed since)").format(code=row.name)
        for table, record_id, before in self._retired:
            row = self._unit.first(select(table.c.name, table.c.is_retired).where(table.c.id == record_id))
            if row is not None and bool(row.is_retired) == before:
                yield _("{code} (changed since)").format(code=row.name)

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
                        *((one, _("has activities, tasks or relations")) for one in _PEOPLE),
                    )
                ),
                (attachment.c.record_id, kept, _("has files")),
                (
                    customer_relation.c.other_id,
                    select(customer_relation.c.other_id),
                    _("has activities, tasks or relations"),
                ),
            )
        told: set[int] = set()
        linked = custom_values.linked_among(self._unit, kind, block)
        holders = (
            *holders,
            (table.c.id, select(table.c.id).where(among(table.c.id, linked)), _("is linked")),
        )
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
        for record_id, before in (*self._changed["customer"], *self._changed["product"]):
            if "own" in before:
                custom_values.restore(self._unit, record_id, before["own"])
        for tag_id, before in self._colours:
            self._unit.execute(update(tag).where(tag.c.id == tag_id).values(colour=before["colour"]))
            restored += 1
        self._bring_back()
        restored += len(self._retired)
        for record_id, before in self._changed["product"]:
            self._unit.execute(update(product).where(product.c.id == record_id).values(**before["row"]))
            self._restore_prices(record_id, before.get("prices", {}))
            restored += 1
        kept = self._keep("customer", document.c.customer_id, is_active=False)
        kept += self._keep("product", document_line.c.product_id, is_on_sale=False)
        removed = self._delete_customers() + self._delete_products()
        self._delete_trees()
        self._forget_words()
        self._unit.changes.everything.update(("category", "tag"))
        for kind in _TABLES:
            if kept or self._made[kind] or self._changed[kind] or self._colours:
                self._unit.changes.everything.update((kind, "category", "tag"))
        return removed, restored, kept

    def _bring_back(self) -> None:
        """Gives categories and tags the use they had."""
        for table, record_id, before in self._retired:
            self._unit.execute(update(table).where(table.c.id == record_id).values(is_retired=before))

    def _forget_words(self) -> None:
        """Takes the lines of history with it that the import wrote of what is as it was again, or gone."""
        changed = [record_id for _table, record_id, _before in self._retired]
        for event, owner, table in (
            (category_event, category_event.c.category_id, category),
            (tag_event, tag_event.c.tag_id, tag),
        ):
            is_own = event.c.id.between(self._first_id, self._last_id)
            is_word = event.c.action.in_((category_events.RETIRED, category_events.RESTORED))
            is_meant = among(owner, changed) | owner.not_in(select(table.c.id))
            self._unit.execute(delete(event).where(is_own, is_word, is_meant))

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
        if "owner" in row:
            owner = unit.execute(select(customer.c.owner).where(customer.c.id == record_id)).scalar_one()
            if owner != row["owner"]:
                collaborators.note_owner(unit, record_id, owner, row["owner"])
        unit.execute(update(customer).where(customer.c.id == record_id).values(**row))
        made = {part_id for _kind, part_id, _values in before.get("new_parts", ())}
        custom_values.forget(unit, made)
        for kind, part_id, _values in before.get("new_parts", ()):
            unit.execute(delete(PARTS[kind]).where(PARTS[kind].c.id == part_id))
        for part_id, old, _now in reversed(before.get("own_of_contacts", ())):
            if part_id not in made:
                custom_values.restore(unit, part_id, old)
        for kind, part_id, previous, _new in reversed(before.get("changed_parts", ())):
            values = {name: _typed(name, value) for name, value in previous.items()}
            if values:  # only own fields may have changed
                unit.execute(update(PARTS[kind]).where(PARTS[kind].c.id == part_id).values(**values))
        for move in before.get("categories", ()):
            own = {"first_id": self._first_id, "last_id": self._last_id}
            category_members.take_back(
                unit, record_id, move["joined"], self._free(record_id, move["left"]), **own
            )
        for tag_id in before.get("tags", ()):
            unit.execute(
                delete(customer_tag).where(
                    customer_tag.c.tag_id == tag_id, customer_tag.c.customer_id == record_id
                )
            )
        search_index.renew(unit, [record_id])

    def _free(self, customer_id: int, ids: list[int]) -> list[int]:
        """Those of some categories that are still there and that the customer is not in."""
        inside = select(customer_category.c.category_id).where(customer_category.c.customer_id == customer_id)
        query = select(category.c.id).where(category.c.id.in_(ids), category.c.id.not_in(inside))
        return list(self._unit.execute(query).scalars())

    def _delete_customers(self) -> int:
        unit, ids = self._unit, self._made["customer"]
        total = unit.execute(select(func.count()).select_from(customer)).scalar_one()
        # taking one customer out of the index costs as much as indexing some others anew
        is_rebuilt = (total - len(ids)) < _REBUILD_FACTOR * len(ids)
        for start in range(0, len(ids), _BLOCK):
            block = ids[start : start + _BLOCK]
            people = select(PARTS["contact"].c.id).where(among(PARTS["contact"].c.customer_id, block))
            custom_values.forget(unit, [*block, *unit.execute(people).scalars()])
            groups = (customer_category, customer_category_event, customer_tag)
            for table in (*PARTS.values(), *groups, *_BESIDE):
                unit.execute(delete(table).where(among(table.c.customer_id, block)))
            unit.execute(delete(not_duplicate).where(among(not_duplicate.c.other_id, block)))
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
            custom_values.forget(self._unit, block)
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
