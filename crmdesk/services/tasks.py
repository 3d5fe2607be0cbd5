"""Tasks (A11): something to do, by whom and by when, on a customer, a document or on nothing at all."""

from __future__ import annotations

from datetime import date as Date
from typing import Any

from sqlalchemy import delete as sql_delete
from sqlalchemy import select, update

from crmdesk.models import clock
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, optional
from crmdesk.models.specs import people as specs
from crmdesk.models.specs.documents import DATE
from crmdesk.models.tables.people import task as _TABLE
from crmdesk.services import record_refs
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_TASK = Field("task", Kind.INTEGER, N_("Task"), required=True, link="task")
_CLEARABLE = ("due", "assignee", "note")
_STORED = {"due": "due_on"}


@use_case(
    "task.create",
    fields=(*record_refs.REFERENCE, *specs.TASK),
    summary=N_("Create a task on a customer, a document or an agreement, or on nothing at all."),
    errors=(Code.CUSTOMER_MISSING, Code.NOT_FOUND, Code.REQUIRED),
)
def create(
    unit: Unit,
    *,
    title: str,
    kind: str | None = None,
    number: str | None = None,
    customer: str | None = None,
    due: Date | None = None,
    assignee: str | None = None,
    note: str | None = None,
) -> dict[str, Any]:
    """Creates a task and gives its id. Left out, it is for whoever makes it."""
    record = record_refs.find(unit, kind, number, customer) if kind or number or customer else None
    record_id = unit.next_id()
    unit.add(
        _TABLE,
        id=record_id,
        title=title,
        record_kind=record.kind if record else None,
        record_id=record.id if record else None,
        customer_id=record.customer_id if record else None,
        due_on=due,
        assignee=assignee or unit.actor,
        note=note or "",
        actor=unit.actor,
        recorded_at=clock.stamp(clock.now_utc()),
    )
    _note(unit, record_id, record.customer_id if record else None, None, {"title": title, "due": due})
    return {"task": record_id, "assignee": assignee or unit.actor}


@use_case(
    "task.update",
    fields=(_TASK, *optional(specs.TASK), Field("clear", Kind.LIST, N_("Fields to empty"))),
    summary=N_("Change a task: its words, its day, or who does it."),
    errors=(Code.NOT_FOUND, Code.INVALID_CHOICE, Code.REQUIRED),
)
def change(unit: Unit, *, task: int, clear: list[str] | None = None, **values: Any) -> dict[str, Any]:
    """Changes what is given."""
    row = _row(unit, task)
    wanted = {_STORED.get(name, name): value for name, value in values.items() if value is not None}
    if wanted.get("title") == "":
        raise InvalidInput(Code.REQUIRED, _("“{field}” is required.").format(field="title"), field="title")
    for name in clear or ():
        if name not in _CLEARABLE or values.get(name) is not None:
            raise InvalidInput(
                Code.INVALID_CHOICE, _("“{field}” cannot be emptied.").format(field=name[:40]), field="clear"
            )
        wanted[_STORED.get(name, name)] = None if name == "due" else ""
    changed = {name: value for name, value in wanted.items() if row[name] != value}
    if changed:
        unit.execute(update(_TABLE).where(_TABLE.c.id == task).values(**changed))
        _note(unit, task, row["customer_id"], {name: row[name] for name in changed}, changed)
    return {"task": task}


@use_case(
    "task.done",
    fields=(_TASK, specs.OUTCOME, DATE),
    summary=N_("Tick a task off, with what came of it."),
    errors=(Code.NOT_FOUND, Code.WRONG_STATE),
)
def done(unit: Unit, *, task: int, outcome: str | None = None, date: Date | None = None) -> dict[str, Any]:
    """Ticks a task off; a done one is refused `wrong_state`."""
    row = _row(unit, task)
    if row["done_on"] is not None:
        raise Conflict(
            Code.WRONG_STATE,
            _("“{title}” was done on {date} already.").format(
                title=row["title"], date=row["done_on"].isoformat()
            ),
            field="task",
        )
    changed = {"done_on": date or clock.today(), "done_by": unit.actor, "outcome": outcome or ""}
    unit.execute(update(_TABLE).where(_TABLE.c.id == task).values(**changed))
    _note(unit, task, row["customer_id"], {"done_on": None}, changed)
    return {"task": task, "done": changed["done_on"].isoformat()}


@use_case(
    "task.reopen",
    fields=(_TASK,),
    summary=N_("Take back that a task is done."),
    errors=(Code.NOT_FOUND, Code.WRONG_STATE),
)
def reopen(unit: Unit, *, task: int) -> dict[str, Any]:
    """Opens a done task again; an open one is refused `wrong_state`."""
    row = _row(unit, task)
    if row["done_on"] is None:
        raise Conflict(
            Code.WRONG_STATE, _("“{title}” is not done yet.").format(title=row["title"]), field="task"
        )
    changed: dict[str, Any] = {"done_on": None, "done_by": "", "outcome": ""}
    unit.execute(update(_TABLE).where(_TABLE.c.id == task).values(**changed))
    _note(unit, task, row["customer_id"], {name: row[name] for name in changed}, changed)
    return {"task": task}


@use_case(
    "task.remove",
    fields=(_TASK,),
    summary=N_("Remove a task; the history keeps it."),
    errors=(Code.NOT_FOUND,),
)
def remove(unit: Unit, *, task: int) -> dict[str, Any]:
    """Removes a task."""
    row = _row(unit, task)
    unit.execute(sql_delete(_TABLE).where(_TABLE.c.id == task))
    _note(unit, task, row["customer_id"], {k: v for k, v in row.items() if v not in (None, "")}, None)
    return {"task": task}


def _row(unit: Unit, task_id: int) -> dict[str, Any]:
    row = unit.first(select(_TABLE).where(_TABLE.c.id == task_id))
    if row is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no task {number}; it may have been removed.").format(number=task_id),
            field="task",
        )
    return dict(row._mapping)


def _note(
    unit: Unit,
    task_id: int,
    customer_id: int | None,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    unit.note("task", task_id, before, after)
    if customer_id is not None:
        unit.changes.add("customer", customer_id)
