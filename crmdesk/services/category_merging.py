"""Merging one category into another, and taking the last merge of a tree back."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import delete as sql_delete
from sqlalchemy import insert, select, update

from crmdesk.models.errors import Code, Conflict, NotFound
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.categories import APPLIES_TO, DIMENSION, PATH
from crmdesk.models.tables.categories import category, category_event, customer_category
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.products import product
from crmdesk.models.tables.reminders import reminder_rule
from crmdesk.services import (
    category_events,
    category_members,
    category_paths,
    category_tree,
    merge_belongings,
    segment_assigning,
    segment_following,
)
from crmdesk.services.dialect import among
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_ERRORS = (
    Code.REQUIRED,
    Code.TEXT_TOO_LONG,
    Code.OUT_OF_RANGE,
    Code.NOT_FOUND,
    Code.TREE_CYCLE,
    Code.INACTIVE,
)


@use_case(
    "category.merge",
    fields=(
        DIMENSION,
        PATH,
        Field("into", Kind.TEXT, N_("Merge into"), required=True, length_max=1_000),
        APPLIES_TO,
    ),
    summary=N_(
        "Merge a category into another one of its tree: members and categories below go over, doubles become one."
    ),
    errors=_ERRORS,
)
def merge(
    unit: Unit, *, dimension: str, path: str, into: str, applies_to: str = "customer"
) -> dict[str, Any]:
    """Merges and says how many members came new to the other category and how many categories went."""
    return merge_into(unit, dimension, path, into, applies_to, "into")


def merge_into(
    unit: Unit, dimension: str, path: str, into: str, applies_to: str, field: str
) -> dict[str, Any]:
    """The merge behind `category.merge` and `category.delete` with a successor. Checks before it writes."""
    parsed = category_paths.parse(dimension, path)
    source_id = category_paths.find(unit, parsed, applies_to)
    target = category_paths.parse(dimension, into, field)
    target_id = category_paths.find(unit, target, applies_to, field)
    if target_id in set(unit.execute(category_tree.branch(source_id)).scalars()):
        raise Conflict(
            Code.TREE_CYCLE,
            _("A category cannot be handed over to itself or to one of its own categories."),
            field=field,
        )
    _require_current(unit, parsed, target, applies_to, field)
    segment_following.require_no_circle(
        unit, segment_following.CATEGORY, source_id, target_id, parsed[-1], field
    )
    done = _Merge(unit)
    done.run(source_id, target_id)
    category_paths.forget(unit)
    tree = (applies_to, category_paths.require_dimension(unit, parsed[0], applies_to), parsed[0])
    before, after = "/".join(parsed[1:]), "/".join(target[1:])
    joined = sum(len(ids) for ids in done.joined.values())
    category_events.record(
        unit,
        category_events.MERGED,
        tree,
        category_id=source_id,
        before=before,
        after=after,
        member_count=joined,
        content=done.content(),
    )
    unit.note("category", source_id, {"path": before}, {"into": after})
    unit.changes.everything |= {"category", "customer"}  # rules that look at either have to look again
    return {"dimension": parsed[0], "path": after, "joined": joined, "merged": len(done.nodes)}


def _require_current(
    unit: Unit, source: category_paths.Path, target: category_paths.Path, applies_to: str, field: str
) -> None:
    """Refuses a merge in which a category in use becomes one that is out of use, here or further down."""
    dimension_id = category_paths.require_dimension(unit, source[0], applies_to)
    below: dict[int | None, set[str]] = {}
    for parent_id, name in category_paths.nodes(unit, dimension_id):
        below.setdefault(parent_id, set()).add(name)
    gone: set[category_paths.Path] = set()
    pairs = [(source, target)]
    while pairs:
        one, other = pairs.pop()
        category_paths.require_current_target(unit, one, other, applies_to, field)
        gone.add(one)
        here, there = (
            below.get(category_paths.id_at(unit, path, applies_to), set()) for path in (one, other)
        )
        pairs += [((*one, name), (*other, name)) for name in here & there if (*other, name) not in gone]


class _Merge:
    """One merge, keeping what its undoing needs."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self.nodes: list[dict[str, Any]] = []
        """The rows of the categories that went, those below first."""
        self.into: dict[int, int] = {}
        self.left: dict[int, list[int]] = {}
        self.joined: dict[int, list[int]] = {}
        self.products: dict[int, list[int]] = {}
        self.rules: dict[int, list[int]] = {}
        self.given: list[tuple[int, int, int, bool]] = []
        """(category, customer, segment, whether the hand's word took its place) of who was there by a rule."""
        self.segments: dict[int, dict[str, Any]] = {}
        self.moved: list[tuple[int, int]] = []

    def content(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "nodes": self.nodes,
            "into": list(self.into.items()),
            "left": list(self.left.items()),
            "joined": list(self.joined.items()),
            "products": list(self.products.items()),
            "rules": list(self.rules.items()),
            "given": self.given,
            "segments": list(self.segments.items()),
            "moved": self.moved,
        }

    def run(self, source_id: int, target_id: int) -> None:
        """Hands members, products and children of one category to another and deletes it."""
        unit = self._unit
        self.into[source_id] = target_id
        self._hand_over_members(source_id, target_id)
        self.segments[source_id] = segment_following.follow(
            unit, segment_following.CATEGORY, source_id, target_id
        )
        for table, column, kept in (
            (product, product.c.category_id, self.products),
            (reminder_rule, reminder_rule.c.group_id, self.rules),
        ):
            is_here = column == source_id
            if table is reminder_rule:
                is_here &= reminder_rule.c.group_kind == "category"
            ids = list(unit.execute(select(table.c.id).where(is_here)).scalars())
            if ids:
                kept[source_id] = ids
                unit.execute(update(table).where(is_here).values({column: target_id}))
                unit.changes.everything.add(table.name)
        names = {
            name: one
            for one, name in unit.execute(
                select(category.c.id, category.c.name).where(category.c.parent_id == target_id)
            )
            if one not in self.into  # it goes itself: below 华东/上海 there may be another 华东/上海
        }
        children = unit.execute(
            select(category.c.id, category.c.name).where(category.c.parent_id == source_id)
        ).all()
        for child_id, name in children:
            if name in names:
                self.run(child_id, names[name])
            else:
                unit.execute(update(category).where(category.c.id == child_id).values(parent_id=target_id))
                self.moved.append((child_id, source_id))
        row = unit.execute(select(category).where(category.c.id == source_id)).mappings().one()
        self.nodes.append(dict(row))
        unit.execute(sql_delete(category).where(category.c.id == source_id))

    def _hand_over_members(self, source_id: int, target_id: int) -> None:
        """By hand stays by hand, by a rule by a rule; who was in both keeps the hand's word."""
        unit, member = self._unit, customer_category.c
        here = (source_id, target_id)
        query = select(member.category_id, member.customer_id, member.segment_id).where(
            among(member.category_id, here), member.segment_id.is_not(None)
        )
        given = [(row.category_id, row.customer_id, row.segment_id) for row in unit.execute(query)]
        by_rule = {owner: rule for place, owner, rule in given if place == source_id}
        left = category_members.take(unit, source_id, cause=category_members.MERGE)
        self.left[source_id] = left
        by_hand = set(left) - by_rule.keys()
        self.given += [(*one, one[0] == target_id and one[1] in by_hand) for one in given]
        joined = category_members.put(
            unit, target_id, [one for one in left if one not in by_rule], category_members.MERGE
        )
        for rule in sorted(set(by_rule.values())):
            ids = [one for one, other in by_rule.items() if other == rule]
            joined += category_members.put(unit, target_id, ids, category_members.MERGE, segment_id=rule)
        self.joined.setdefault(target_id, []).extend(joined)


@use_case(
    "category.undo_merge",
    fields=(DIMENSION, APPLIES_TO),
    summary=N_("Take the last merge of a category tree back; who was taken out since stays out."),
    errors=(Code.NOT_FOUND, Code.WRONG_STATE, Code.DUPLICATE),
)
def undo_merge(unit: Unit, *, dimension: str, applies_to: str = "customer") -> dict[str, Any]:
    """Restores the categories of the last merge with their members, products and rules.

    Refused `wrong_state` when the tree itself was changed since, `duplicate` when the name is taken by now.
    """
    dimension_id = category_paths.require_dimension(unit, dimension, applies_to)
    event = _last_merge(unit, dimension_id, dimension)
    content = json.loads(event.content)
    nodes = list(reversed(content["nodes"]))  # parents first
    top = nodes[0]
    holder = category_paths.nodes(unit, dimension_id).get((top["parent_id"], top["name"]))
    if holder is not None and holder not in dict(content["moved"]):
        raise Conflict(
            Code.DUPLICATE,
            _("There is a category “{path}” again. Rename it, then undo the merge.").format(
                path=event.path_before
            ),
            field="dimension",
        )
    for node in nodes:
        unit.execute(insert(category).values(**node))
    for child_id, parent_id in content["moved"]:
        unit.execute(update(category).where(category.c.id == child_id).values(parent_id=parent_id))
    merged = merge_belongings.Returning(unit, merge_belongings.CATEGORIES, event, content)
    returned = _give_back(unit, content, merged)
    category_paths.forget(unit)
    undone_id = category_events.record(
        unit,
        category_events.UNDONE,
        (applies_to, dimension_id, dimension.strip()),
        category_id=top["id"],
        before=event.path_after,
        after=event.path_before,
        member_count=returned,
    )
    unit.execute(update(category_event).where(category_event.c.id == event.id).values(undone_id=undone_id))
    unit.note("category", top["id"], {"into": event.path_after}, {"path": event.path_before})
    unit.changes.everything |= {"category", "category_event", "customer"}
    return {"dimension": dimension.strip(), "path": event.path_before, "returned": returned}


def _last_merge(unit: Unit, dimension_id: int, dimension: str) -> Any:
    """The newest merge of a tree that stands, if nothing was done to the tree since."""
    last = unit.first(category_events.last_step(dimension_id))
    if last is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("Nothing was merged in “{name}”.").format(name=dimension[:60]),
            field="dimension",
        )
    if last.action != category_events.MERGED:
        raise Conflict(
            Code.WRONG_STATE,
            _(
                "“{path}” was renamed, moved or deleted since; the merge before it can no longer be undone."
            ).format(path=last.path_before),
            field="dimension",
        )
    return last


def _give_back(unit: Unit, content: dict[str, Any], merged: merge_belongings.Returning) -> int:
    """Members, products and rules go back to where they were; gives how many members did. `merged` are customers who
    were merged since."""
    into = dict(content["into"])
    returned = 0
    back: dict[int, set[int]] = {}
    for node_id, ids in content["left"]:
        still = set(
            unit.execute(
                select(customer_category.c.customer_id)
                .join(customer, customer.c.id == customer_category.c.customer_id)
                .where(
                    customer_category.c.category_id == into[node_id],
                    among(customer_category.c.customer_id, ids),
                )
            ).scalars()
        )
        back[node_id] = still
    member = customer_category.c
    query = select(member.category_id, member.customer_id).where(
        among(member.category_id, set(into.values())), member.segment_id.is_not(None)
    )
    by_rule = {tuple(row) for row in unit.execute(query)}
    for node_id, kept in content["segments"]:
        segment_following.give_back(unit, segment_following.CATEGORY, node_id, into[node_id], kept)
    for target_id, ids in content["joined"]:
        category_members.take(unit, target_id, ids, category_members.UNDO)
    for node_id, still in back.items():
        returned += len(category_members.put(unit, node_id, sorted(still), category_members.UNDO))
    for place, owner, rule, is_cleared in content["given"]:
        if is_cleared or (into.get(place, place), owner) in by_rule:  # else he was put there by hand since
            category_members.mark(unit, place, [owner], rule)
    merged.write()
    category_members.align(unit, merged.live, category_members.UNDO)
    for place in {place for pair in content["into"] for place in pair}:
        segment_assigning.settle(unit, place, None)  # who came or went by the rules meanwhile
    for node_id, ids in content["products"]:
        is_meant = among(product.c.id, ids) & (product.c.category_id == into[node_id])
        unit.execute(update(product).where(is_meant).values(category_id=node_id))
        unit.changes.everything.add("product")
    for node_id, ids in content["rules"]:
        is_meant = among(reminder_rule.c.id, ids) & (reminder_rule.c.group_id == into[node_id])
        unit.execute(update(reminder_rule).where(is_meant).values(group_id=node_id))
        unit.changes.everything.add("reminder_rule")
    return returned
