"""Rules follow the tags and categories they give and name when one of these is merged into another; what they ask
for is not taken away under them."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select, update

from crmdesk.models import clock
from crmdesk.models.errors import Code, Conflict
from crmdesk.models.tables.segments import segment, segment_state
from crmdesk.services import category_tree, segment_rules
from crmdesk.services.dialect import among
from crmdesk.services.lists.conditions import comparisons
from crmdesk.services.units import Unit
from crmdesk.text import _

CATEGORY, TAG = "category", "tag"
_GIVEN = {CATEGORY: segment.c.category_id, TAG: segment.c.tag_id}


def require_no_circle(unit: Unit, kind: str, source_id: int, target_id: int, name: str, field: str) -> None:
    """Refuses a merge after which a rule would look at what it gives itself."""
    rules = segment_rules.load(unit.connection, clock.today())
    sides = {one: _givers_of(unit, kind, one) for one in (source_id, target_id)}
    together = sides[source_id] | sides[target_id]
    if not together:
        return
    assigned = {(kind, source_id): together, (kind, target_id): together}
    looks_at = {
        one.id: {*one.looks_at, *segment_rules.givers(unit.connection, comparisons(one.node), assigned)}
        for one in rules.ordered
    }
    for start in looks_at:
        seen: set[int] = set()
        pending = set(looks_at[start])
        while pending:
            one = pending.pop()
            seen.add(one)
            pending |= looks_at.get(one, set()) - seen
        if start in seen:
            giver = next(one.name for one in rules.ordered if one.id == start)
            raise Conflict(
                Code.TREE_CYCLE,
                _(
                    "“{name}” cannot be merged: the rule “{rule}” would look at what it gives itself."
                    " Change the rule first."
                ).format(name=name, rule=giver),
                field=field,
            )


def _givers_of(unit: Unit, kind: str, record_id: int) -> set[int]:
    """The rules that give a tag, or a category or one below it."""
    ids = category_tree.branch(record_id) if kind == CATEGORY else [record_id]
    query = select(segment.c.id).where(_GIVEN[kind].in_(ids), segment.c.is_active.is_(True))
    return set(unit.execute(query).scalars())


def follow(unit: Unit, kind: str, source_id: int, target_id: int) -> dict[str, Any]:
    """What gave the source gives the target, what named it means the target; gives what `give_back` needs."""
    column = _GIVEN[kind]
    givers = list(unit.execute(select(segment.c.id).where(column == source_id)).scalars())
    if givers:
        unit.execute(update(segment).where(among(segment.c.id, givers)).values({column: target_id}))
    named: list[tuple[int, str, str]] = []
    for row in unit.execute(select(segment.c.id, segment.c.named).where(segment.c.named != "")).all():
        meant = [
            [one, name, _replaced(ids, source_id, target_id) if one == kind else ids]
            for one, name, ids in json.loads(row.named)
        ]
        after = json.dumps(meant, ensure_ascii=False)
        if after != row.named:
            unit.execute(update(segment).where(segment.c.id == row.id).values(named=after))
            named.append((row.id, row.named, after))
    if givers or named:
        _changed(unit)
    return {"givers": givers, "named": named}


def give_back(unit: Unit, kind: str, source_id: int, target_id: int, content: dict[str, Any]) -> None:
    """Undoes `follow` in the rules that nobody changed since."""
    column = _GIVEN[kind]
    givers, named = content["givers"], content["named"]
    if givers:
        is_meant = among(segment.c.id, givers) & (column == target_id)
        unit.execute(update(segment).where(is_meant).values({column: source_id}))
    for record_id, before, after in named:
        is_meant = (segment.c.id == record_id) & (segment.c.named == after)
        unit.execute(update(segment).where(is_meant).values(named=before))
    if givers or named:
        _changed(unit)


def _replaced(ids: list[int], source_id: int, target_id: int) -> list[int]:
    return list(dict.fromkeys(target_id if one == source_id else one for one in ids))


def _changed(unit: Unit) -> None:
    """Whoever has the rules compiled reads them again."""
    unit.execute(update(segment_state).values(stamp=unit.audit_id))
    unit.changes.everything.add("segment")


def require_unnamed(unit: Unit, field: str, label: str) -> None:
    """Raises Conflict `in_use` while a rule asks for a field: without it the rule would hold for nobody."""
    rules = segment_rules.load(unit.connection, clock.today())
    users = [one.name for one in rules.ordered if any(part.field == field for part in comparisons(one.node))]
    if users:
        raise Conflict(
            Code.IN_USE,
            _("“{field}” is asked for by the rule of {others}. Change that first.").format(
                field=label, others=", ".join(f"“{name}”" for name in users)
            ),
            field="field",
        )
