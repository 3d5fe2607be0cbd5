"""Lists of what people do with customers: activities, tasks, comments, relations."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Text, and_, case, func, select

from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs import people as specs
from crmdesk.models.specs.documents import DATE
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.people import (
    activity,
    activity_product,
    comment,
    comment_mention,
    customer_relation,
    task,
)
from crmdesk.models.tables.products import product
from crmdesk.services.dialect import among
from crmdesk.services.lists.columns import TODAY, Column, Join, ListSpec, Source
from crmdesk.services.lists.records import searcher
from crmdesk.text import N_

_CUSTOMER = Field("customer", Kind.LINK, N_("Customer"), link="customer", width=12)
_CUSTOMER_NAME = Field("customer_name", Kind.TEXT, N_("Customer name"), width=24)
_ACTOR = Field("actor", Kind.TEXT, N_("By"), width=10)
_RECORDED_AT = Field("recorded_at", Kind.MOMENT, N_("Recorded"), width=18)
_BELONGS_TO = Field("record_kind", Kind.CHOICE, N_("Belongs to"), choices=specs.RECORD_KINDS, width=10)
_OWNER = Field("owner", Kind.TEXT, N_("Owner"), width=10)


def _fill_activities(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """The products of a block of activities."""
    query = (
        select(activity_product.c.activity_id, product.c.code, product.c.name)
        .join(product, product.c.id == activity_product.c.product_id)
        .where(among(activity_product.c.activity_id, [row["id"] for row in rows]))
        .order_by(product.c.code)
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for activity_id, code, name in connection.execute(query):
        found.setdefault(activity_id, []).append((code, name))
    for row in rows:
        own = found.get(row["id"], ())
        row["products"] = "; ".join(code for code, _name in own)
        row["product_names"] = "; ".join(name for _code, name in own)


ACTIVITIES = ListSpec(
    kind="activities",
    label=N_("Activities"),
    columns=(
        Column(Field("activity", Kind.INTEGER, N_("Record no."), sign="any"), activity.c.id, is_shown=False),
        Column(DATE, activity.c.dated_on),
        Column(specs.TIME, activity.c.clock, is_shown=False),
        Column(specs.ACTIVITY_KIND, activity.c.kind),
        Column(_CUSTOMER, customer.c.code, title="customer_name"),
        Column(_CUSTOMER_NAME, customer.c.name, sort=customer.c.initials),
        Column(specs.PERSON, activity.c.person),
        Column(specs.TEXT, activity.c.text),
        Column(specs.OUTCOME, activity.c.outcome),
        Column(specs.NEXT_ON, activity.c.next_on),
        Column(Field("products", Kind.TEXT, N_("Products"), sortable=False, width=16)),
        Column(
            Field("product_names", Kind.TEXT, N_("Names of products"), sortable=False, width=18),
            is_shown=False,
        ),
        Column(specs.DIRECTION, activity.c.direction, is_shown=False),
        Column(specs.DURATION, activity.c.duration, is_shown=False),
        Column(_OWNER, customer.c.owner, is_shown=False, is_group=True),
        Column(_ACTOR, activity.c.actor, is_group=True),
        Column(_RECORDED_AT, activity.c.recorded_at, is_shown=False),
    ),
    source=Source(
        table=activity.join(customer, customer.c.id == activity.c.customer_id),
        id=activity.c.id,
        columns={},
        customer_id=activity.c.customer_id,
        search=searcher(
            customer.c.code, customer.c.name, activity.c.text, activity.c.person, activity.c.outcome
        ),
    ),
    default_sort="-date",
    fill=_fill_activities,
    empty_text=N_("Nothing was logged yet. Log calls, visits and enquiries on a customer's page."),
)

_STATE = case(
    (task.c.done_on.is_not(None), "done"),
    (and_(task.c.due_on.is_not(None), task.c.due_on < TODAY), "late"),
    else_="open",
)
_CUSTOMER_JOIN = {"customer": Join(customer, customer.c.id == task.c.customer_id)}
_NEED_CUSTOMER = frozenset({"customer"})

TASKS = ListSpec(
    kind="tasks",
    label=N_("Tasks"),
    columns=(
        Column(Field("task", Kind.INTEGER, N_("Record no."), sign="any"), task.c.id, is_shown=False),
        Column(specs.TITLE, task.c.title),
        Column(Field("state", Kind.STATE, N_("State"), choices=specs.TASK_STATES, width=8), _STATE),
        Column(specs.DUE, task.c.due_on),
        Column(specs.ASSIGNEE, task.c.assignee, is_group=True),
        Column(
            _CUSTOMER,
            func.coalesce(customer.c.code, "", type_=Text()),
            needs=_NEED_CUSTOMER,
            title="customer_name",
        ),
        Column(_CUSTOMER_NAME, func.coalesce(customer.c.name, "", type_=Text()), needs=_NEED_CUSTOMER),
        Column(
            _BELONGS_TO,
            func.coalesce(task.c.record_kind, "", type_=Text()),
            is_shown=False,
        ),
        Column(specs.TASK_NOTE, task.c.note),
        Column(Field("done_on", Kind.DATE, N_("Done on")), task.c.done_on, is_shown=False),
        Column(Field("done_by", Kind.TEXT, N_("Done by")), task.c.done_by, is_shown=False),
        Column(specs.OUTCOME, task.c.outcome, is_shown=False),
        Column(_ACTOR, task.c.actor, is_shown=False),
        Column(_RECORDED_AT, task.c.recorded_at, is_shown=False),
    ),
    source=Source(
        table=task,
        id=task.c.id,
        columns={},
        joins=_CUSTOMER_JOIN,
        customer_id=task.c.customer_id,
        search=searcher(task.c.title, task.c.note, task.c.assignee, task.c.outcome),
    ),
    default_sort="due",
    empty_text=N_("No tasks. Create one on a customer's page or on a document."),
)


_MENTIONED = (
    select(func.aggregate_strings(comment_mention.c.name, "; "))
    .where(comment_mention.c.comment_id == comment.c.id)
    .correlate(comment)
    .scalar_subquery()
)

COMMENTS = ListSpec(
    kind="comments",
    label=N_("Comments"),
    columns=(
        Column(Field("comment", Kind.INTEGER, N_("Record no."), sign="any"), comment.c.id, is_shown=False),
        Column(DATE, comment.c.said_on),
        Column(_ACTOR, comment.c.actor, is_group=True),
        Column(specs.COMMENT_TEXT, comment.c.text),
        Column(
            Field("mentions", Kind.TEXT, N_("Mentioned"), width=14),
            func.coalesce(_MENTIONED, "", type_=Text()),
        ),
        Column(specs.HANDOVER, comment.c.is_handover),
        Column(
            _CUSTOMER,
            func.coalesce(customer.c.code, "", type_=Text()),
            needs=_NEED_CUSTOMER,
            title="customer_name",
        ),
        Column(_CUSTOMER_NAME, func.coalesce(customer.c.name, "", type_=Text()), needs=_NEED_CUSTOMER),
        Column(_BELONGS_TO, comment.c.record_kind),
        Column(_RECORDED_AT, comment.c.recorded_at, is_shown=False),
    ),
    source=Source(
        table=comment,
        id=comment.c.id,
        columns={},
        joins={"customer": Join(customer, customer.c.id == comment.c.customer_id)},
        customer_id=comment.c.customer_id,
        search=searcher(comment.c.text, comment.c.actor),
    ),
    default_sort="-date",
    empty_text=N_("No comments yet. @name in a comment mentions somebody."),
)

_OTHER = customer.alias("other_customer")

RELATIONS = ListSpec(
    kind="relations",
    label=N_("Relations"),
    columns=(
        Column(
            Field("relation", Kind.INTEGER, N_("Record no."), sign="any"),
            customer_relation.c.id,
            is_shown=False,
        ),
        Column(_CUSTOMER, customer.c.code, title="customer_name"),
        Column(_CUSTOMER_NAME, customer.c.name, sort=customer.c.initials),
        Column(specs.RELATION[1], customer_relation.c.kind),
        Column(
            Field("other", Kind.LINK, N_("Other customer"), link="customer", width=12),
            _OTHER.c.code,
            title="other_name",
        ),
        Column(Field("other_name", Kind.TEXT, N_("Name of the other"), width=24), _OTHER.c.name),
        Column(Field("since", Kind.DATE, N_("Since")), customer_relation.c.since_on),
        Column(Field("note", Kind.TEXT, N_("Note"), width=24), customer_relation.c.note),
        Column(_ACTOR, customer_relation.c.actor, is_shown=False),
    ),
    source=Source(
        table=customer_relation.join(customer, customer.c.id == customer_relation.c.customer_id).join(
            _OTHER, _OTHER.c.id == customer_relation.c.other_id
        ),
        id=customer_relation.c.id,
        columns={},
        customer_id=customer_relation.c.customer_id,
        search=searcher(customer.c.code, customer.c.name, _OTHER.c.code, _OTHER.c.name),
    ),
    default_sort="customer",
    empty_text=N_("No relations yet. Say on a customer's page who belongs to whom."),
)
