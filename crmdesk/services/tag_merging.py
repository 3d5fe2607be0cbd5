"""Making one of two tags, and taking the last such merge back: who has the first has the second then, and rules and
reminders mean the second."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import delete, insert, select, update

from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.categories import TAG_NAME
from crmdesk.models.tables.categories import customer_tag, tag_event
from crmdesk.models.tables.categories import tag as tag_table
from crmdesk.models.tables.reminders import reminder_rule
from crmdesk.services import merge_belongings, segment_assigning, segment_following, tag_events, tags
from crmdesk.services.dialect import among
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_MEMBER = customer_tag.c


@use_case(
    "tag.merge",
    fields=(
        TAG_NAME,
        Field("into", Kind.TEXT, N_("Merge into"), required=True, length_max=tags.NAME_LENGTH_MAX),
    ),
    summary=N_("Make one of two tags: whoever has the first has the second then, and the first is gone."),
    errors=(Code.NOT_FOUND, Code.INVALID_CHOICE, Code.INACTIVE, Code.TREE_CYCLE),
)
def merge(unit: Unit, *, tag: str, into: str) -> dict[str, Any]:
    """Merges a tag into another and says how many customers got the other one by it. `tag.undo_merge` takes it back."""
    source_id, tag = tags.named(unit, tag)
    target_id, into = tags.named(unit, into, "into")
    if source_id == target_id:
        raise InvalidInput(
            Code.INVALID_CHOICE, _("A tag cannot be merged into itself. Choose another one."), field="into"
        )
    tags.require_current_target(unit, source_id, into)
    segment_following.require_no_circle(unit, segment_following.TAG, source_id, target_id, tag, "into")
    of_source, of_target = _carriers(unit, source_id), _carriers(unit, target_id)
    new = [one for one in of_source if one not in of_target]
    for one in new:
        unit.note("customer", one, {"tag": tag}, {"tag": into})
    # who had one of the two by hand has the other by hand, and no rule takes it away
    cleared = [one for one in of_source if of_target.get(one) is not None and of_source[one] is None]
    unit.execute(
        update(customer_tag)
        .where(_MEMBER.tag_id == target_id, among(_MEMBER.customer_id, cleared))
        .values(segment_id=None)
    )
    is_moved = (_MEMBER.tag_id == source_id) & among(_MEMBER.customer_id, new)
    unit.execute(update(customer_tag).where(is_moved).values(tag_id=target_id))
    unit.execute(delete(customer_tag).where(_MEMBER.tag_id == source_id))
    rules = segment_following.follow(unit, segment_following.TAG, source_id, target_id)
    is_for_it = (reminder_rule.c.group_kind == "tag") & (reminder_rule.c.group_id == source_id)
    reminders = list(unit.execute(select(reminder_rule.c.id).where(is_for_it)).scalars())
    if reminders:
        unit.execute(update(reminder_rule).where(is_for_it).values(group_id=target_id))
        unit.changes.everything.add("reminder_rule")
    row = unit.execute(select(tag_table).where(tag_table.c.id == source_id)).mappings().one()
    tags.take_away(unit, source_id, tag, {"into": into})
    tag_events.record(
        unit,
        tag_events.MERGED,
        source_id,
        into_id=target_id,
        before=tag,
        after=into,
        customer_count=len(new),
        content={
            "tag": dict(row),
            "left": list(of_source.items()),
            "joined": new,
            "cleared": [(one, of_target[one]) for one in cleared],
            "rules": rules,
            "reminders": reminders,
        },
    )
    unit.changes.everything.add("customer")  # who had both has one now
    return {"tag": into, "tagged": len(new)}


def _carriers(unit: Unit, tag_id: int) -> dict[int, int | None]:
    """Who carries a tag, and the rule that gave it (None: by hand), in the order of the customers."""
    query = select(_MEMBER.customer_id, _MEMBER.segment_id).where(_MEMBER.tag_id == tag_id)
    return {row.customer_id: row.segment_id for row in unit.execute(query.order_by(_MEMBER.customer_id))}


@use_case(
    "tag.undo_merge",
    fields=(TAG_NAME,),
    summary=N_("Take the last merge into a tag back; who lost the tag since gets neither."),
    errors=(Code.NOT_FOUND, Code.DUPLICATE),
)
def undo_merge(unit: Unit, *, tag: str) -> dict[str, Any]:
    """Restores the tag that was last merged into this one: its colour, whether it was retired, who had it and by whose
    word, and the rules and reminders that meant it.

    Refused `not_found` where nothing was merged into it, `duplicate` where the name is taken by now.
    """
    target_id, tag = tags.named(unit, tag)
    event = unit.first(tag_events.last_merge(target_id))
    if event is None:
        raise NotFound(
            Code.NOT_FOUND, _("Nothing was merged into the tag “{name}”.").format(name=tag[:60]), field="tag"
        )
    content = json.loads(event.content)
    row = content["tag"]
    # two tags of an old book that differ in case only were one by the merge, and may be two again
    taken = [tag] if tag == row["name"] else tags.others_like(unit, row["name"], target_id)
    if taken:
        raise Conflict(
            Code.DUPLICATE,
            _("There is a tag “{name}” again. Rename it, then undo the merge.").format(name=taken[0]),
            field="tag",
        )
    unit.execute(insert(tag_table).values(**row))
    tags.forget(unit)
    merged = merge_belongings.Returning(unit, merge_belongings.TAGS, event, content)
    returned = _give_back(unit, row["id"], target_id, content)
    merged.write()
    for tag_id in (row["id"], target_id):
        segment_assigning.settle(unit, None, tag_id)  # who came or went by the rules meanwhile
    returned = sorted({*returned, *merged.live} & _carriers(unit, row["id"]).keys())
    for one in returned:
        unit.note("customer", one, {"tag": tag}, {"tag": row["name"]})
    undone_id = tag_events.record(
        unit,
        tag_events.UNDONE,
        row["id"],
        into_id=target_id,
        before=tag,
        after=row["name"],
        customer_count=len(returned),
    )
    unit.execute(update(tag_event).where(tag_event.c.id == event.id).values(undone_id=undone_id))
    unit.note("tag", row["id"], {"into": tag}, {"name": row["name"]})
    unit.changes.everything |= {"tag", "customer"}
    return {"tag": row["name"], "returned": len(returned)}


def _give_back(unit: Unit, source_id: int, target_id: int, content: dict[str, Any]) -> list[int]:
    """Carriers, rules and reminders go back to the tag they were of; gives whom it has again."""
    now = _carriers(unit, target_id)
    segment_following.give_back(unit, segment_following.TAG, source_id, target_id, content["rules"])
    returned: list[int] = []
    for customer_id, rule in content["left"]:
        if customer_id in now:  # who lost it since, or is gone, stays without
            # where the rule's word became the hand's since, the hand's word stays
            given = rule if now[customer_id] is not None or _was_by_hand(content, customer_id) else None
            unit.add(customer_tag, tag_id=source_id, customer_id=customer_id, segment_id=given)
            returned.append(customer_id)
    unit.execute(
        delete(customer_tag).where(_MEMBER.tag_id == target_id, among(_MEMBER.customer_id, content["joined"]))
    )
    for customer_id, rule in content["cleared"]:
        unit.execute(
            update(customer_tag)
            .where(_MEMBER.tag_id == target_id, _MEMBER.customer_id == customer_id)
            .values(segment_id=rule)
        )
    is_meant = among(reminder_rule.c.id, content["reminders"]) & (reminder_rule.c.group_id == target_id)
    is_meant &= reminder_rule.c.group_kind == "tag"
    if unit.execute(update(reminder_rule).where(is_meant).values(group_id=source_id)).rowcount:
        unit.changes.everything.add("reminder_rule")
    return returned


def _was_by_hand(content: dict[str, Any], customer_id: int) -> bool:
    """Whether a customer kept the other tag at the merge as it was, by hand: that says nothing of this one."""
    return customer_id not in content["joined"]
