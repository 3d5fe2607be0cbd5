"""Segments: groups of customers that keep themselves by a rule, or that are filled by hand."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import delete as sql_delete
from sqlalchemy import func, insert, select, update

from crmdesk.models import clauses, clock, money
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs import segments as specs
from crmdesk.models.tables.segments import (
    segment as segment_table,
)
from crmdesk.models.tables.segments import (
    segment_member,
    segment_pin,
    segment_state,
    segment_version,
)
from crmdesk.services import (
    category_paths,
    segment_assigning,
    segment_contradictions,
    segment_evaluation,
    segment_rules,
    tags,
)
from crmdesk.services.lists import belonging
from crmdesk.services.lists.filters import Node
from crmdesk.services.segment_rules import RULE, STATIC
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_RULE_ERRORS = (
    Code.REQUIRED,
    Code.DUPLICATE,
    Code.NOT_FOUND,
    Code.FILTER_INVALID,
    Code.TREE_CYCLE,
    Code.INVALID_CHOICE,
    Code.INACTIVE,
)
_GIVES = (specs.DIMENSION, specs.PATH, specs.TAG)
_PLAN = tuple(field.name for field in specs.PLAN)


def find(unit: Unit, name: str, field: str = "segment") -> Any:
    """The row of a segment by its name, or NotFound naming the known ones."""
    row = unit.first(
        select(segment_table).where(segment_table.c.name == name.strip(), segment_table.c.deleted_at == "")
    )
    if row is None:
        known = unit.execute(
            select(segment_table.c.name)
            .where(segment_table.c.deleted_at == "")
            .order_by(segment_table.c.name)
        ).scalars()
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no segment “{name}”. Known: {known}.").format(
                name=name[:60], known=", ".join(known) or "–"
            ),
            field=field,
        )
    return row


def touch(unit: Unit) -> None:
    """Notes that rules changed: whoever has them compiled reads them again."""
    values = {"stamp": unit.audit_id}
    if unit.execute(update(segment_state).values(**values)).rowcount == 0:
        now = clock.stamp(clock.now_utc())
        unit.execute(
            insert(segment_state).values(id=1, evaluated_on=clock.today(), evaluated_at=now, **values)
        )
    unit.changes.everything.add("segment")


@use_case(
    "segment.create",
    fields=(specs.REQUIRED_NAME, specs.RULE, specs.PARENT, *_GIVES, *specs.PLAN),
    summary=N_("Create a segment: with a rule it keeps itself, without one it is a list filled by hand."),
    errors=_RULE_ERRORS,
)
def create(unit: Unit, *, name: str, rule: Any = None, **values: Any) -> dict[str, Any]:
    """Creates a segment and finds its members at once; budget and cost are of the book's currency."""
    name = _free_name(unit, name)
    today = clock.today()
    tree, node = _checked(unit, rule, today) if rule else (None, None)
    parent = find(unit, values["parent"], "parent") if values.get("parent") else None
    category_id, tag_id = _given(unit, values)
    if not rule and (category_id or values.get("tag")):
        raise InvalidInput(Code.REQUIRED, _("What gives a tag or a category needs a rule."), field="rule")
    plan = _plan_values(unit, values)
    _require_straight(unit, name, node, parent, category_id, tag_id, None)
    tag_id = _made_tag(unit, values.get("tag"), tag_id)
    record_id = unit.next_id()
    kept = _kept(tree)
    position = unit.execute(select(func.count()).select_from(segment_table)).scalar_one()
    row: dict[str, Any] = {
        "name": name,
        "parent_id": parent.id if parent is not None else None,
        "kind": STATIC if tree is None else RULE,
        "rule": kept,
        "named": segment_rules.named_json(unit.connection, node) if node is not None else "",
        "category_id": category_id,
        "tag_id": tag_id,
        "position": position,
        "is_active": True,
        "version": 1,
        **plan,
    }
    unit.execute(insert(segment_table).values(id=record_id, **row))
    unit.add(segment_version, segment_id=record_id, version=1, name=name, rule=kept, audit_id=unit.audit_id)
    unit.note("segment", record_id, None, {"name": name, "rule": kept, **plan})
    touch(unit)
    counts = segment_evaluation.evaluate(unit, today, only={record_id})
    return {"segment": name, "id": record_id, **counts.total}


@use_case(
    "rule.create",
    fields=(specs.NAME, specs.REQUIRED_RULE, specs.PARENT, *_GIVES, *specs.PLAN),
    summary=N_("Create a grouping rule. It may also give its members a tag or a category."),
    errors=_RULE_ERRORS,
)
def create_rule(unit: Unit, *, rule: Any, name: str | None = None, **values: Any) -> dict[str, Any]:
    """As `segment.create`; without a name it is called after the tag or category it gives."""
    called = name or values.get("tag") or values.get("path")
    if not called:
        raise InvalidInput(Code.REQUIRED, _("“{field}” is required.").format(field="name"), field="name")
    return create(unit, name=called, rule=rule, **values)


@use_case(
    "segment.update",
    fields=(
        specs.SEGMENT,
        specs.NAME,
        specs.RULE,
        specs.PARENT,
        *_GIVES,
        *specs.PLAN,
        Field("clear", Kind.LIST, N_("Fields to empty")),
        Field("version", Kind.INTEGER, N_("Version")),
    ),
    summary=N_("Change a segment; a new rule finds its members anew."),
    errors=(*_RULE_ERRORS, Code.CHANGED_BY),
)
def change(
    unit: Unit,
    *,
    segment: str,
    name: str | None = None,
    rule: Any = None,
    clear: list[str] | None = None,
    version: int | None = None,
    **values: Any,
) -> dict[str, Any]:
    """Changes what is given; `clear` empties parent, tag, path, note, offer, owner, budget, cost or colour."""
    row = find(unit, segment)
    today = clock.today()
    if version is not None and version != row.version:
        raise Conflict(
            Code.CHANGED_BY,
            _("Somebody changed this segment meanwhile. Look at it again, then change it."),
            field="version",
        )
    emptied = set(clear or ())
    unknown = emptied - {"parent", "tag", "path", "note", "offer", "owner", "budget", "cost", "colour"}
    if unknown:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("“{field}” cannot be emptied.").format(field=min(unknown)[:40]),
            field="clear",
        )
    if rule and row.kind == STATIC:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("“{name}” is filled by hand and has no rule. Create a segment with a rule instead.").format(
                name=row.name
            ),
            field="rule",
        )
    new: dict[str, Any] = {}
    if name is not None and name.strip() != row.name:
        new["name"] = _free_name(unit, name)
    node = None
    if rule:
        tree, node = _checked(unit, rule, today)
        new["rule"] = _kept(tree)
        new["named"] = segment_rules.named_json(unit.connection, node)
    elif row.kind == RULE:
        tree = segment_rules.current_tree(unit.connection, row.rule, row.named)
        known = segment_rules.fields(segment_rules.spec_of(unit.connection))
        node = segment_rules.read(clauses.text_of(tree), today, known)
    parent = find(unit, values["parent"], "parent") if values.get("parent") else None
    if parent is not None or "parent" in emptied:
        new["parent_id"] = parent.id if parent is not None else None
    category_id, tag_id = _given(unit, values, row)
    if (category_id or tag_id or values.get("tag")) and row.kind == STATIC:
        raise InvalidInput(Code.REQUIRED, _("What gives a tag or a category needs a rule."), field="rule")
    if category_id or "path" in emptied:
        new["category_id"] = category_id
    if tag_id or values.get("tag") or "tag" in emptied:
        new["tag_id"] = tag_id
    new |= _plan_values(unit, values)
    for one in emptied & {"note", "offer", "owner", "colour"}:
        new[one] = ""
    for one in emptied & {"budget", "cost"}:
        new[f"{one}_minor"] = None
    merged = row._asdict() | new
    above = _parent_row(unit, merged["parent_id"])
    _require_straight(unit, merged["name"], node, above, merged["category_id"], merged["tag_id"], row.id)
    if values.get("tag"):
        new["tag_id"] = _made_tag(unit, values["tag"], tag_id)
    changed = {key: value for key, value in new.items() if getattr(row, key) != value}
    if not changed:
        return {"segment": row.name, "version": row.version, "joined": 0, "left": 0}
    changed["version"] = row.version + 1
    unit.execute(update(segment_table).where(segment_table.c.id == row.id).values(**changed))
    if {"rule", "name"} & changed.keys():
        unit.add(
            segment_version,
            segment_id=row.id,
            version=changed["version"],
            name=merged["name"],
            rule=merged["rule"],
            audit_id=unit.audit_id,
        )
    unit.note("segment", row.id, {key: getattr(row, key) for key in changed}, changed)
    touch(unit)
    counts = segment_evaluation.evaluate(unit, today, only={row.id})
    if {"category_id", "tag_id"} & changed.keys():  # what was given before is taken back
        segment_assigning.settle(unit, row.category_id, row.tag_id)
        _evaluate_after_giving(unit)
    return {"segment": merged["name"], "version": changed["version"], **counts.total}


@use_case(
    "segment.delete",
    fields=(specs.SEGMENT,),
    summary=N_("Delete a segment. Its customers stay, its history is kept."),
    errors=(Code.NOT_FOUND, Code.IN_USE),
)
def delete(unit: Unit, *, segment: str) -> dict[str, Any]:
    """Deletes a segment that no other one looks at; what it gave by rule is taken back."""
    row = find(unit, segment)
    rules = segment_rules.load(unit.connection, clock.today())
    users = [one.name for one in rules.ordered if row.id in one.looks_at]
    below = unit.execute(
        select(segment_table.c.name).where(
            segment_table.c.parent_id == row.id, segment_table.c.deleted_at == ""
        )
    ).scalars()
    users = list(dict.fromkeys([*users, *below]))
    if users:
        raise Conflict(
            Code.IN_USE,
            _("These segments look at “{name}”: {users}. Change or delete them first.").format(
                name=row.name, users=", ".join(users)
            ),
            field="segment",
        )
    count = unit.execute(
        select(func.count()).select_from(segment_member).where(segment_member.c.segment_id == row.id)
    ).scalar_one()
    segment_evaluation.note_all_left(unit, row)
    for table in (segment_member, segment_pin):
        unit.execute(sql_delete(table).where(table.c.segment_id == row.id))
    unit.execute(
        update(segment_table)
        .where(segment_table.c.id == row.id)
        .values(deleted_at=clock.stamp(clock.now_utc()), is_active=False, category_id=None, tag_id=None)
    )
    segment_assigning.settle(unit, row.category_id, row.tag_id)
    unit.note("segment", row.id, {"name": row.name, "rule": row.rule}, None)
    touch(unit)
    unit.changes.everything.add("segment_member")
    return {"segment": row.name, "left": count}


@use_case(
    "rule.evaluate",
    fields=(Field("segment", Kind.LINK, N_("Segment"), link="segment"),),
    summary=N_("Evaluate all rules for all customers as at today, or one of them."),
    errors=(Code.NOT_FOUND,),
)
def evaluate(unit: Unit, *, segment: str | None = None) -> dict[str, Any]:
    """Brings members up to today and says who came and went, in all and by segment."""
    only = {find(unit, segment).id} if segment else None
    counts = segment_evaluation.evaluate(unit, clock.today(), only=only)
    return moved_words(unit, counts)


def moved_words(unit: Unit, counts: segment_evaluation.Counts) -> dict[str, Any]:
    """Who came and went in an evaluation: in all, and by segment."""
    names = {row.id: row.name for row in unit.execute(select(segment_table.c.id, segment_table.c.name))}
    moved = sorted(counts.joined.keys() | counts.left.keys())
    return {
        **counts.total,
        "segments": [
            {"segment": names[one], "joined": counts.joined.get(one, 0), "left": counts.left.get(one, 0)}
            for one in moved
        ],
    }


def _evaluate_after_giving(unit: Unit) -> None:
    """Rules that look at tags or categories are evaluated again after some were taken back."""
    rules = segment_rules.load(unit.connection, clock.today())
    looking = {
        one.id
        for one in rules.ordered
        if any(kind in ("tag", "category") for kind, _name in segment_rules.names_in(one.node))
    }
    if looking:
        segment_evaluation.evaluate(unit, clock.today(), only=looking)


def _checked(unit: Unit, rule: Any, today: date) -> tuple[clauses.Group, Node]:
    """A rule as somebody wrote it, refused where it can find nobody."""
    tree, node = segment_rules.checked(unit.connection, rule, today)
    segment_contradictions.judge(unit, node)
    return tree, node


def _kept(tree: Any) -> str:
    return "" if tree is None else json.dumps(clauses.tree_as_plain(tree), ensure_ascii=False)


def _free_name(unit: Unit, name: str) -> str:
    name = name.strip()
    if not name:
        raise InvalidInput(Code.REQUIRED, _("“{field}” is required.").format(field="name"), field="name")
    if belonging.ids_named(unit.connection, "segment", name):
        raise Conflict(
            Code.DUPLICATE,
            _("There is a “{name}” here already. Choose another name.").format(name=name),
            field="name",
        )
    return name


def _parent_row(unit: Unit, parent_id: int | None) -> Any:
    if parent_id is None:
        return None
    return unit.first(select(segment_table).where(segment_table.c.id == parent_id))


def _given(unit: Unit, values: dict[str, Any], row: Any = None) -> tuple[int | None, int | None]:
    """The category and tag that a rule gives; the tag may be new (None then). `row` is the segment as it was: what it
    gave it may go on giving, retired or not."""
    category_id = None
    if values.get("path"):
        path = category_paths.parse(values.get("dimension") or "", values["path"])
        category_id = category_paths.find(unit, path)
        if row is None or row.category_id != category_id:
            category_paths.require_current(unit, path)
    names = tags.parse([values["tag"]]) if values.get("tag") else []
    found = tags.id_of(unit, names[0]) if names else None
    if found is not None and (row is None or row.tag_id != found):
        tags.require_current(unit, names, "tag")
    return category_id, found


def _made_tag(unit: Unit, name: str | None, tag_id: int | None) -> int | None:
    if not name or tag_id is not None:
        return tag_id
    made: int = tags.create(unit, tag=tags.parse([name])[0])["id"]
    unit.flush()
    return made


def _plan_values(unit: Unit, values: dict[str, Any]) -> dict[str, Any]:
    new: dict[str, Any] = {}
    for key in _PLAN:
        value = values.get(key)
        if value is None:
            continue
        if key in ("budget", "cost"):
            assert isinstance(value, Decimal)
            new[f"{key}_minor"] = money.to_minor(value, unit.settings.currency, key)
        else:
            new["is_active" if key == "active" else key] = value
    return new


def _require_straight(
    unit: Unit,
    name: str,
    node: Any,
    parent: Any,
    category_id: int | None,
    tag_id: int | None,
    own_id: int | None,
) -> None:
    """Refuses a rule that looks at itself, directly or through others, naming the circle."""
    chain = segment_rules.circle_with(
        unit.connection, clock.today(), own_id, name, node, parent.id if parent else None, category_id, tag_id
    )
    if chain:
        raise Conflict(
            Code.TREE_CYCLE,
            _("The segments would look at each other in a circle: {names}.").format(names=" → ".join(chain)),
            field="rule",
        )
