"""Tags and categories that rules give. What was given by hand stays apart: a rule never takes it away."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, Table, delete, func, insert, literal, select

from crmdesk.models.tables.categories import customer_category, customer_tag
from crmdesk.models.tables.segments import segment, segment_member
from crmdesk.services import category_members
from crmdesk.services.segment_rules import Rule
from crmdesk.services.units import Unit


def reconcile(unit: Unit, rule: Rule, chosen: Select[Any] | None = None) -> bool:
    """Gives the members of a segment its tag and category, and takes both from who left; whether anything changed.

    `chosen` are the customers looked at, None for all.
    """
    return settle(unit, rule.category_id, rule.tag_id, chosen)


def settle(
    unit: Unit, category_id: int | None, tag_id: int | None, chosen: Select[Any] | None = None
) -> bool:
    """Brings who has a category and a tag by rule in line with the segments that give them now."""
    is_changed = False
    if category_id is not None:
        is_changed = _settle_category(unit, category_id, chosen)
    if tag_id is not None:
        is_changed = _settle_tag(unit, tag_id, chosen) or is_changed
    return is_changed


def entitled(column: str, target_id: int) -> Select[Any, Any]:
    """(customer, segment) of who is given a category or tag by a rule."""
    return (
        select(segment_member.c.customer_id, func.min(segment_member.c.segment_id).label("segment_id"))
        .join(segment, segment.c.id == segment_member.c.segment_id)
        .where(segment.c[column] == target_id, segment.c.deleted_at == "")
        .group_by(segment_member.c.customer_id)
    )


def _differing(
    table: Table, column: str, target_id: int, chosen: Select[Any] | None
) -> tuple[Select[Any], Select[Any, Any]]:
    """(customers who have it by a rule that no longer gives it, (customer, segment) of those who are to get it)."""
    given = entitled(column, target_id).subquery()
    is_of = table.c[column] == target_id
    surplus = select(table.c.customer_id).where(
        is_of, table.c.segment_id.is_not(None), table.c.customer_id.not_in(select(given.c.customer_id))
    )
    has = select(table.c.customer_id).where(is_of)
    missing = select(given.c.customer_id, given.c.segment_id).where(given.c.customer_id.not_in(has))
    if chosen is not None:
        surplus = surplus.where(table.c.customer_id.in_(chosen))
        missing = missing.where(given.c.customer_id.in_(chosen))
    return surplus, missing


def _settle_category(unit: Unit, category_id: int, chosen: Select[Any] | None) -> bool:
    surplus, missing = _differing(customer_category, "category_id", category_id, chosen)
    gone = list(unit.execute(surplus).scalars())
    coming: dict[int, list[int]] = {}
    for customer_id, segment_id in unit.execute(missing):
        coming.setdefault(segment_id, []).append(customer_id)
    if gone:
        category_members.take(unit, category_id, gone, category_members.RULE)
    for segment_id, ids in coming.items():
        category_members.put(unit, category_id, ids, category_members.RULE, segment_id=segment_id)
    return bool(gone or coming)


def _settle_tag(unit: Unit, tag_id: int, chosen: Select[Any] | None) -> bool:
    surplus, missing = _differing(customer_tag, "tag_id", tag_id, chosen)
    is_gone = (customer_tag.c.tag_id == tag_id) & customer_tag.c.customer_id.in_(surplus)
    taken = unit.execute(delete(customer_tag).where(is_gone)).rowcount
    coming = missing.subquery()
    rows = select(literal(tag_id), coming.c.customer_id, coming.c.segment_id)
    names = ["tag_id", "customer_id", "segment_id"]
    added = unit.execute(insert(customer_tag).from_select(names, rows)).rowcount
    if taken or added:
        unit.changes.everything.add("tag")
    return bool(taken or added)
