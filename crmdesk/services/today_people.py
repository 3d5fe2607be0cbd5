"""Who is to be contacted and what is to be done today: the counts of the Today page.

Both are read by partial or small indexes: only customers with a planned contact, only tasks that are not done.
"""

from __future__ import annotations

import json
from datetime import date

from sqlalchemy import Connection, func, select

from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.people import activity, task
from crmdesk.services.today_shape import DueTask, Figure, Target, ToContact

_CONTACT = "active and next_contact <= today"
_TASKS = "state != done and due <= today"


def contacts(connection: Connection, on: date, owner: str = "") -> Figure:
    """Customers whose next contact has come, of one owner or of all; the late ones are among them."""
    own = customer.c
    query = select(func.count()).where(own.next_contact <= on, own.is_active.is_(True))
    words = _CONTACT
    if owner:
        query = query.where(own.owner == owner)
        words = f"{words} and owner = {_quoted(owner)}"
    return Figure(connection.execute(query).scalar_one(), {}, Target("customers", {"filter": words}))


def tasks(connection: Connection, on: date, assignee: str = "") -> Figure:
    """Tasks that are due today or late and not done, of one assignee or of all."""
    own = task.c
    query = select(func.count()).where(own.done_on.is_(None), own.due_on <= on)
    words = _TASKS
    if assignee:
        query = query.where(own.assignee == assignee)
        words = f"{words} and assignee = {_quoted(assignee)}"
    return Figure(
        connection.execute(query).scalar_one(), {}, Target("customers", {"part": "tasks", "filter": words})
    )


def contact_queue(connection: Connection, on: date, limit: int) -> tuple[ToContact, ...]:
    """The customers that wait longest for a contact, with what was said last."""
    own, said = customer.c, activity.c
    last = (
        select(said.text)
        .where(said.customer_id == own.id)
        .order_by(said.dated_on.desc(), said.id.desc())
        .limit(1)
        .correlate(customer)
        .scalar_subquery()
    )
    query = (
        select(own.id, own.name, own.next_contact, last)
        .where(own.next_contact <= on, own.is_active.is_(True))
        .order_by(own.next_contact, own.code)
        .limit(limit)
    )
    return tuple(
        ToContact(name, due_on, text or "", Target("customers", {"id": record_id, "full": True}))
        for record_id, name, due_on, text in connection.execute(query)
    )


def task_queue(connection: Connection, on: date, limit: int) -> tuple[DueTask, ...]:
    """The tasks that are due longest; each leads to its customer, or to the list of tasks."""
    own = task.c
    query = (
        select(own.id, own.title, own.due_on, own.assignee, own.customer_id, customer.c.name)
        .join(customer, customer.c.id == own.customer_id, isouter=True)
        .where(own.done_on.is_(None), own.due_on <= on)
        .order_by(own.due_on, own.id)
        .limit(limit)
    )
    found = []
    for record_id, title, due_on, assignee, owner, name in connection.execute(query):
        wanted = {"id": owner, "full": True, "tab": "team"} if owner else {"part": "tasks", "filter": _TASKS}
        found.append(DueTask(record_id, title, due_on, assignee, name or "", Target("customers", wanted)))
    return tuple(found)


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)
