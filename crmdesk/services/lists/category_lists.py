"""Lists of what was done to category trees and tags, and of who entered and left categories."""

from __future__ import annotations

from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.categories import APPLIES_TO
from crmdesk.models.tables.categories import category_event, customer_category_event, tag_event
from crmdesk.models.tables.customers import customer
from crmdesk.services import tag_events
from crmdesk.services.category_events import ACTIONS
from crmdesk.services.category_members import CAUSES
from crmdesk.services.lists.columns import Column, ListSpec, Source
from crmdesk.services.lists.records import searcher
from crmdesk.text import N_

_EVENT = category_event.c

CATEGORY_HISTORY = ListSpec(
    kind="category_history",
    label=N_("History of the category trees"),
    columns=(
        Column(Field("at", Kind.MOMENT, N_("When"), width=18), _EVENT.happened_at),
        Column(Field("dimension", Kind.TEXT, N_("Category tree"), width=14), _EVENT.dimension, is_group=True),
        Column(Field("action", Kind.CHOICE, N_("What"), choices=ACTIONS, width=12), _EVENT.action),
        Column(Field("before", Kind.TEXT, N_("Before"), width=28), _EVENT.path_before),
        Column(Field("after", Kind.TEXT, N_("After"), width=28), _EVENT.path_after),
        Column(Field("members", Kind.INTEGER, N_("Members handed over"), sign="any"), _EVENT.member_count),
        Column(Field("actor", Kind.TEXT, N_("Who")), _EVENT.actor),
        Column(Field("undone", Kind.BOOLEAN, N_("Undone"), width=8), _EVENT.undone_id.is_not(None)),
        Column(
            Field("applies_to", Kind.CHOICE, N_("Sorts"), choices=APPLIES_TO.choices),
            _EVENT.applies_to,
            is_shown=False,
        ),
    ),
    source=Source(
        table=category_event,
        id=_EVENT.id,
        columns={},
        search=searcher(_EVENT.dimension, _EVENT.path_before, _EVENT.path_after, _EVENT.actor),
    ),
    default_sort="-at",
    empty_text=N_("No category was renamed, moved or merged yet."),
)

_OF_TAG = tag_event.c

TAG_HISTORY = ListSpec(
    kind="tag_history",
    label=N_("History of the tags"),
    columns=(
        Column(Field("at", Kind.MOMENT, N_("When"), width=18), _OF_TAG.happened_at),
        Column(
            Field("action", Kind.CHOICE, N_("What"), choices=tag_events.ACTIONS, width=12), _OF_TAG.action
        ),
        Column(Field("before", Kind.TEXT, N_("Before"), width=20), _OF_TAG.name_before),
        Column(Field("after", Kind.TEXT, N_("After"), width=20), _OF_TAG.name_after),
        Column(Field("customers", Kind.INTEGER, N_("Customers"), sign="any"), _OF_TAG.customer_count),
        Column(Field("actor", Kind.TEXT, N_("Who")), _OF_TAG.actor),
        Column(Field("undone", Kind.BOOLEAN, N_("Undone"), width=8), _OF_TAG.undone_id.is_not(None)),
    ),
    source=Source(
        table=tag_event,
        id=_OF_TAG.id,
        columns={},
        search=searcher(_OF_TAG.name_before, _OF_TAG.name_after, _OF_TAG.actor),
    ),
    default_sort="-at",
    empty_text=N_("No tag was renamed, merged or retired yet."),
)

_CHANGE = customer_category_event.c

CATEGORY_CHANGES = ListSpec(
    kind="category_changes",
    label=N_("Entered and left categories"),
    columns=(
        Column(Field("at", Kind.MOMENT, N_("When"), width=18), _CHANGE.happened_at),
        Column(
            Field("customer", Kind.LINK, N_("Customer"), link="customer"),
            customer.c.code,
            title="customer_name",
        ),
        Column(Field("customer_name", Kind.TEXT, N_("Customer name"), width=28), customer.c.name),
        Column(
            Field("dimension", Kind.TEXT, N_("Category tree"), width=14), _CHANGE.dimension, is_group=True
        ),
        Column(Field("path", Kind.TEXT, N_("Category"), width=28), _CHANGE.path),
        Column(Field("entered", Kind.BOOLEAN, N_("Entered"), width=8), _CHANGE.is_in),
        Column(Field("cause", Kind.CHOICE, N_("Why"), choices=CAUSES, width=14), _CHANGE.cause),
        Column(Field("actor", Kind.TEXT, N_("Who")), _CHANGE.actor),
    ),
    source=Source(
        table=customer_category_event.join(customer, customer.c.id == _CHANGE.customer_id),
        id=_CHANGE.id,
        columns={},
        customer_id=_CHANGE.customer_id,
        search=searcher(customer.c.code, customer.c.name, _CHANGE.dimension, _CHANGE.path),
    ),
    default_sort="-at",
    empty_text=N_("Nobody entered or left a category yet."),
)
