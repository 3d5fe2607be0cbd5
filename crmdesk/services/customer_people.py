"""Who works on a customer and whom he belongs to, in one reading: tasks, comments, relations, collaborators, files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, select, union

from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.people import comment, customer_collaborator, task
from crmdesk.services import attachments, collaborators, relations
from crmdesk.services.attachments import Attachment
from crmdesk.services.collaborators import Collaborator, OwnerSpan
from crmdesk.services.dialect import each_value
from crmdesk.services.relations import Member, Relation

SHOWN_MAX = 200


class Task(NamedTuple):
    """One thing to do that is not done."""

    id: int
    title: str
    due_on: date | None
    assignee: str
    note: str


class Comment(NamedTuple):
    """What somebody of the team said."""

    id: int
    text: str
    actor: str
    said_on: date
    is_handover: bool
    is_changed: bool


@dataclass(frozen=True, slots=True)
class People:
    """All of it, of one moment."""

    tasks: tuple[Task, ...]
    """Not done, the most urgent first, those without a date last."""
    comments: tuple[Comment, ...]
    """Hand-over notes first, then the newest."""
    relations: tuple[Relation, ...]
    group: tuple[Member, ...]
    """The tree of the group; empty for one who belongs to nobody."""
    collaborators: tuple[Collaborator, ...]
    owners: tuple[OwnerSpan, ...]
    files: tuple[Attachment, ...]
    team: tuple[str, ...]
    """Names of the team as far as the book knows them: whom a comment may mention."""


def load(connection: Connection, customer_id: int) -> People:
    """Reads it for a customer that is there."""
    group = relations.group_of(connection, customer_id)
    return People(
        _tasks(connection, customer_id),
        _comments(connection, customer_id),
        relations.of_customer(connection, customer_id),
        group if len(group) > 1 else (),
        collaborators.of_customer(connection, customer_id),
        collaborators.owner_history(connection, customer_id),
        attachments.of_record(connection, "customer", customer_id),
        _team(connection),
    )


def _tasks(connection: Connection, customer_id: int) -> tuple[Task, ...]:
    own = task.c
    query = (
        select(own.id, own.title, own.due_on, own.assignee, own.note)
        .where(own.customer_id == customer_id, own.done_on.is_(None))
        .order_by(own.due_on.is_(None), own.due_on, own.id)
        .limit(SHOWN_MAX)
    )
    return tuple(Task(*row) for row in connection.execute(query))


def _comments(connection: Connection, customer_id: int) -> tuple[Comment, ...]:
    own = comment.c
    query = (
        select(own.id, own.text, own.actor, own.said_on, own.is_handover, own.changed_at.is_not(None))
        .where(own.customer_id == customer_id)
        .order_by(own.is_handover.desc(), own.said_on.desc(), own.id.desc())
        .limit(SHOWN_MAX)
    )
    return tuple(Comment(*row) for row in connection.execute(query))


def _team(connection: Connection) -> tuple[str, ...]:
    query = union(*map(each_value, (customer.c.owner, customer_collaborator.c.name, task.c.assignee)))
    return tuple(sorted(connection.execute(query).scalars()))
