"""How many of each there are on a customer's page: the numbers of its tabs, in one reading (A4)."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, or_, select

from crmdesk.models.tables.agreements import agreement
from crmdesk.models.tables.attachments import attachment
from crmdesk.models.tables.customers import PARTS
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.people import activity, comment, customer_collaborator, customer_relation, task


class Counts(NamedTuple):
    """Counts of one customer. Documents count without reversals; tasks are those not done."""

    contacts: int
    addresses: int
    billing_profiles: int
    activities: int
    tasks: int
    comments: int
    relations: int
    collaborators: int
    files: int
    agreements: int
    invoices: int
    payments: int


def load(connection: Connection, customer_id: int) -> Counts:
    """The counts of a customer; zeros for one that is gone."""

    def count(table: Any, *more: ColumnElement[bool], owner: Any = None) -> Any:
        own = table.c.customer_id == customer_id if owner is None else owner
        return select(func.count()).select_from(table).where(own, *more).scalar_subquery()

    relation = customer_relation.c
    either = or_(relation.customer_id == customer_id, relation.other_id == customer_id)
    kept = attachment.c.record_id == customer_id
    numbers = (
        *(count(table) for table in PARTS.values()),
        count(activity),
        count(task, task.c.done_on.is_(None)),
        count(comment),
        count(customer_relation, owner=either),
        count(customer_collaborator),
        count(
            attachment, attachment.c.record_kind == "customer", attachment.c.removed.is_(False), owner=kept
        ),
        count(agreement),
        count(document, document.c.kind == "invoice"),
        count(document, document.c.kind == "payment"),
    )
    return Counts(*connection.execute(select(*numbers)).one())
