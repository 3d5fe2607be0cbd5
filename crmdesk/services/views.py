"""Views of lists that everybody who opens the book sees. A private view is this computer's (the window keeps it)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select, update

from crmdesk.models import clock
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, required
from crmdesk.models.specs import dictionaries as specs
from crmdesk.models.tables.dictionaries import saved_view
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_STATE_LENGTH_MAX = 50_000


@dataclass(frozen=True, slots=True)
class View:
    """A shared view of a list: `state` is what the window keeps (filter, sort, groups, columns and their widths)."""

    list: str
    name: str
    state: dict[str, Any]
    updated_at: str
    updated_by: str


def of_list(connection: Connection, kind: str) -> tuple[View, ...]:
    """The shared views of a list, by name."""
    table = saved_view.c
    query = select(table.list, table.name, table.state, table.updated_at, table.updated_by)
    return tuple(
        View(row.list, row.name, json.loads(row.state), row.updated_at, row.updated_by)
        for row in connection.execute(query.where(table.list == kind).order_by(table.name))
    )


def _kind(name: str) -> str:
    from crmdesk.services.lists.kinds import spec_of

    return spec_of(name).kind


def _find(unit: Unit, kind: str, name: str) -> Any:
    return unit.first(select(saved_view).where(saved_view.c.list == kind, saved_view.c.name == name))


def _require(unit: Unit, kind: str, name: str) -> Any:
    row = _find(unit, kind, name)
    if row is None:
        raise NotFound(
            Code.NOT_FOUND, _("This list has no shared view “{name}”.").format(name=name[:40]), field="name"
        )
    return row


def _text(state: Any) -> str:
    if not isinstance(state, dict):
        raise InvalidInput(
            Code.INVALID_TYPE,
            _("“{field}” must be {expected}.").format(field="state", expected=_("an object")),
            field="state",
        )
    text = json.dumps(state, ensure_ascii=False, sort_keys=True, default=str)
    if len(text) > _STATE_LENGTH_MAX:
        raise InvalidInput(Code.TEXT_TOO_LONG, _("The view holds too much."), field="state")
    return text


@use_case(
    "view.save",
    fields=(specs.LIST, specs.VIEW, required(specs.STATE)),
    summary=N_("Save a view of a list for everybody; one of that name is replaced."),
    errors=(Code.LIST_UNKNOWN, Code.INVALID_TYPE, Code.TEXT_TOO_LONG),
)
def save(unit: Unit, *, list: str, name: str, state: Any) -> dict[str, Any]:  # noqa: A002 the argument's name
    """Saves a shared view."""
    kind, text = _kind(list), _text(state)
    row = _find(unit, kind, name)
    written = {"state": text, "updated_at": clock.stamp(clock.now_utc()), "updated_by": unit.actor}
    if row is None:
        record_id = unit.next_id()
        unit.add(saved_view, id=record_id, list=kind, name=name, **written)
        unit.changes.everything.add("saved_view")
        unit.note("saved_view", record_id, None, {"list": kind, "name": name, "state": text})
    elif row.state != text:
        unit.execute(update(saved_view).where(saved_view.c.id == row.id).values(**written))
        unit.changes.everything.add("saved_view")
        unit.note("saved_view", row.id, {"state": row.state}, {"state": text})
    return {"list": kind, "name": name}


@use_case(
    "view.rename",
    fields=(
        specs.LIST,
        specs.VIEW,
        required(Field("to", Kind.TEXT, N_("New name"), length_max=40)),
    ),
    summary=N_("Rename a shared view."),
    errors=(Code.LIST_UNKNOWN, Code.NOT_FOUND, Code.DUPLICATE),
)
def rename(unit: Unit, *, list: str, name: str, to: str) -> dict[str, Any]:  # noqa: A002 the argument's name
    """Renames a shared view."""
    kind = _kind(list)
    row = _require(unit, kind, name)
    if to != name:
        if _find(unit, kind, to) is not None:
            raise Conflict(
                Code.DUPLICATE,
                _("There is a “{name}” here already. Choose another name.").format(name=to),
                field="to",
            )
        unit.execute(update(saved_view).where(saved_view.c.id == row.id).values(name=to))
        unit.changes.everything.add("saved_view")
        unit.note("saved_view", row.id, {"name": name}, {"name": to})
    return {"list": kind, "name": to}


@use_case(
    "view.delete",
    fields=(specs.LIST, specs.VIEW),
    summary=N_("Delete a shared view; no record is touched."),
    errors=(Code.LIST_UNKNOWN, Code.NOT_FOUND),
)
def remove(unit: Unit, *, list: str, name: str) -> dict[str, Any]:  # noqa: A002 the argument's name
    """Deletes a shared view."""
    kind = _kind(list)
    row = _require(unit, kind, name)
    unit.execute(delete(saved_view).where(saved_view.c.id == row.id))
    unit.changes.everything.add("saved_view")
    unit.note("saved_view", row.id, {"list": kind, "name": name, "state": row.state}, None)
    return {"list": kind, "name": name}
