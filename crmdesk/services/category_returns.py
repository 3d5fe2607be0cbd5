"""Categories out of use and back: retired and restored, and one that was deleted brought back as it was."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import insert, select, update

from crmdesk.models.errors import Code, Conflict, NotFound
from crmdesk.models.specs.categories import APPLIES_TO, DIMENSION, PATH
from crmdesk.models.tables.categories import category, category_event
from crmdesk.services import category_events, category_members, category_paths
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_FIELDS = (DIMENSION, PATH, APPLIES_TO)
_ERRORS = (Code.REQUIRED, Code.TEXT_TOO_LONG, Code.OUT_OF_RANGE, Code.NOT_FOUND)


@use_case(
    "category.retire",
    fields=_FIELDS,
    summary=N_("Retire a category with what is below it: who is in stays, and nobody is put in any more."),
    errors=_ERRORS,
)
def retire(unit: Unit, *, dimension: str, path: str, applies_to: str = "customer") -> dict[str, Any]:
    """Retires a category; doing so twice changes nothing. What is below it is out of use as long as it is."""
    return _set(unit, dimension, path, applies_to, is_retired=True)


@use_case(
    "category.restore",
    fields=_FIELDS,
    summary=N_("Bring a retired category back into use."),
    errors=(*_ERRORS, Code.INACTIVE),
)
def restore(unit: Unit, *, dimension: str, path: str, applies_to: str = "customer") -> dict[str, Any]:
    """Brings a category back; doing so twice changes nothing. Refused `inactive` below another retired one."""
    parsed = category_paths.parse(dimension, path)
    category_paths.find(unit, parsed, applies_to)
    category_paths.require_current(unit, parsed[:-1], applies_to)
    return _set(unit, dimension, path, applies_to, is_retired=False)


def _set(unit: Unit, dimension: str, path: str, applies_to: str, *, is_retired: bool) -> dict[str, Any]:
    parsed = category_paths.parse(dimension, path)
    mark(unit, parsed, applies_to, is_retired=is_retired)
    shown = category_paths.SEPARATOR.join(parsed[1:])
    return {"dimension": parsed[0], "path": shown, "retired": is_retired}


def mark(unit: Unit, parsed: category_paths.Path, applies_to: str, *, is_retired: bool) -> None:
    """Sets whether the category itself is retired, with its line of history where that changes anything."""
    record_id = category_paths.find(unit, parsed, applies_to)
    dimension_id = category_paths.require_dimension(unit, parsed[0], applies_to)
    if (record_id in category_paths.retired(unit, dimension_id)) == is_retired:
        return
    unit.execute(update(category).where(category.c.id == record_id).values(is_retired=is_retired))
    category_paths.forget(unit)
    unit.note("category", record_id, {"is_retired": not is_retired}, {"is_retired": is_retired})
    shown = category_paths.SEPARATOR.join(parsed[1:])
    category_events.record(
        unit,
        category_events.RETIRED if is_retired else category_events.RESTORED,
        (applies_to, dimension_id, parsed[0]),
        category_id=record_id,
        before=shown,
        after=shown,
    )
    unit.changes.everything.add("category")


@use_case(
    "category.undo_delete",
    fields=_FIELDS,
    summary=N_("Bring a deleted category back with its note, its place and whether it was retired."),
    errors=(*_ERRORS, Code.DUPLICATE),
)
def undo_delete(unit: Unit, *, dimension: str, path: str, applies_to: str = "customer") -> dict[str, Any]:
    """Brings back what was last deleted at a path, as the same record: rules that name it find it again.

    Refused `not_found` where nothing was deleted there or what it stood under is gone, `duplicate` where its name is
    taken by now.
    """
    parsed = category_paths.parse(dimension, path)
    dimension_id = category_paths.require_dimension(unit, parsed[0], applies_to)
    before = category_paths.SEPARATOR.join(parsed[1:])
    event = unit.first(
        select(category_event)
        .where(
            category_event.c.dimension_id == dimension_id,
            category_event.c.action == category_events.DELETED,
            category_event.c.path_before == before,
            category_event.c.undone_id.is_(None),
        )
        .order_by(category_event.c.id.desc())
        .limit(1)
    )
    if event is None or not event.content:
        raise NotFound(
            Code.NOT_FOUND,
            _("No category “{path}” was deleted in “{name}”.").format(path=before[:100], name=parsed[0]),
            field="path",
        )
    row = json.loads(event.content)
    known = category_paths.nodes(unit, dimension_id)
    if row["parent_id"] is not None and row["parent_id"] not in known.values():
        raise NotFound(
            Code.NOT_FOUND,
            _("What “{path}” stood under is gone. Make the category anew.").format(path=before),
            field="path",
        )
    if (row["parent_id"], row["name"]) in known:
        raise Conflict(
            Code.DUPLICATE,
            _("There is a category “{path}” again. Rename it, then bring this one back.").format(path=before),
            field="path",
        )
    unit.execute(insert(category).values(**row))
    category_paths.forget(unit)
    tree, after = category_members.place_of(unit, row["id"])
    undone_id = category_events.record(
        unit,
        category_events.RECOVERED,
        (applies_to, dimension_id, tree),
        category_id=row["id"],
        before=before,
        after=after,
    )
    unit.execute(update(category_event).where(category_event.c.id == event.id).values(undone_id=undone_id))
    unit.note("category", row["id"], None, {"name": row["name"], "parent": row["parent_id"]})
    unit.changes.everything |= {"category", "category_event"}
    return {"dimension": tree, "path": after}
