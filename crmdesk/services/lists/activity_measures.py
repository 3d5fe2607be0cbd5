"""The measures of being in touch: what was said and asked, what was offered and not taken, what is still to be done.

As those of the ledger: each with its formula in words, each source read once, grouped by customer.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, literal, select, true

from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.agreements import QUOTE
from crmdesk.models.specs.people import CONTACTING
from crmdesk.models.tables.agreements import agreement
from crmdesk.models.tables.base import Day
from crmdesk.models.tables.documents import document, document_line
from crmdesk.models.tables.people import activity, activity_product, task
from crmdesk.services.dialect import json_number, json_parts
from crmdesk.services.lists.columns import TODAY
from crmdesk.services.lists.measures import (
    COUNT,
    DAYS,
    SOURCES,
    TAKEN_BACK,
    Arguments,
    Gathering,
    Measure,
    Source,
    Valuer,
    all_of,
    argument,
    days_since,
    declare,
    end_day,
    has_product,
    number,
    or_zero,
    total,
)
from crmdesk.text import N_

SHOWN = (
    "contact_days",
    "enquiries",
    "complaints",
    "quotes",
    "open_tasks",
    "overdue_tasks",
    "task_due",
)
"""Measures that are columns of the list of customers as well (the last contact is one of its own)."""

_QUOTED = json_parts(agreement.c.content, "$.lines", "quoted_line")
_QUOTED_PRODUCT = json_number(_QUOTED.c.value, "$.product_id")
"""The product of a line of a quote: an agreement keeps its lines whole, products by their ids."""

SOURCES |= {
    "activities": Source(activity.c.customer_id, None, activity.c.dated_on, all_of(activity)),
    "asked": Source(
        activity.c.customer_id,
        None,
        activity.c.dated_on,
        all_of(activity.join(activity_product, activity_product.c.activity_id == activity.c.id)),
    ),
    "offered": Source(agreement.c.customer_id, None, agreement.c.dated_on, all_of(agreement)),
    "quoted": Source(
        agreement.c.customer_id,
        None,
        agreement.c.dated_on,
        # every version that a customer saw: what a later one leaves out was quoted to him all the same
        all_of(agreement.join(_QUOTED, true()), agreement.c.kind == QUOTE, agreement.c.state != "draft"),
    ),
    "to_do": Source(
        task.c.customer_id,
        None,
        None,
        all_of(task, task.c.done_on.is_(None), task.c.customer_id.is_not(None)),
    ),
}
_last_contact = end_day(
    "activities", "contact", "max", activity.c.kind.in_(CONTACTING), of=activity.c.dated_on
)


def _activities(gathering: Gathering, arguments: Arguments) -> ColumnElement[Any]:
    kind, period = arguments[0], argument(arguments, 1)
    is_meant = activity.c.kind == kind
    return or_zero(gathering.take("activities", kind, literal(1), "sum", is_meant, period=period))


def _last_activity(gathering: Gathering, arguments: Arguments) -> ColumnElement[Any]:
    kind = arguments[0]
    is_meant = activity.c.kind == kind
    return gathering.take("activities", f"last {kind}", activity.c.dated_on, "max", is_meant, type_=Day())


def _quoted_unbought(gathering: Gathering, arguments: Arguments) -> ColumnElement[Any]:
    back = document.alias("back_of_bought")
    is_back = select(literal(1)).where(back.c.origin_id == document.c.id, back.c.kind.in_(TAKEN_BACK))
    bought = (
        select(literal(1))
        .select_from(document.join(document_line, document_line.c.document_id == document.c.id))
        .where(
            document.c.customer_id == agreement.c.customer_id,
            document.c.kind == "invoice",
            document_line.c.product_id == _QUOTED_PRODUCT,
            ~is_back.exists(),
        )
        .correlate(agreement, _QUOTED)
    )
    when = (_QUOTED_PRODUCT.is_not(None), ~bought.exists())
    return (
        or_zero(gathering.take("quoted", "unbought", literal(1), "max", *when, period=argument(arguments)))
        > 0
    )


def _agreed(kind: str, uncounted: str) -> Valuer:
    # later versions of a quote are the same quote; everything else has one version
    when = (agreement.c.kind == kind, agreement.c.revision == 1, agreement.c.state != uncounted)
    return total("offered", kind, *when)


for _measure in (
    Measure(
        number("contacted", N_("Contacts in a period")),
        N_("Number of calls, visits, messages, enquiries … in which both sides met; notes do not count."),
        COUNT,
        total("activities", "contacted", activity.c.kind.in_(CONTACTING)),
        takes=("period",),
    ),
    Measure(
        number("activities", N_("Activities")),
        N_("Number of activities of the kind (in the period)."),
        COUNT,
        _activities,
        takes=("activity_kind", "period"),
        required=1,
    ),
    Measure(
        number("enquiries", N_("Enquiries")),
        N_("Number of enquiries (in the period)."),
        COUNT,
        total("activities", "enquiry", activity.c.kind == "enquiry"),
        takes=("period",),
    ),
    Measure(
        number("complaints", N_("Complaints")),
        N_("Number of complaints (in the period)."),
        COUNT,
        total("activities", "complaint", activity.c.kind == "complaint"),
        takes=("period",),
    ),
    Measure(
        Field("last_contact", Kind.DATE, N_("Last contact")),
        N_("The day of the last activity in which both sides met; notes do not count."),
        "",
        _last_contact,
    ),
    Measure(
        number("contact_days", N_("Days since the last contact")),
        N_("Today less the day of the last contact."),
        DAYS,
        lambda gathering, arguments: days_since(_last_contact(gathering, arguments)),
        is_moving=True,
    ),
    Measure(
        Field("last_activity", Kind.DATE, N_("Last activity of a kind")),
        N_("The day of the last activity of the kind."),
        "",
        _last_activity,
        takes=("activity_kind",),
        required=1,
    ),
    Measure(
        Field("asked_for", Kind.BOOLEAN, N_("Asked for product"), width=8),
        N_("Whether an enquiry, a visit or another activity was about the product (in the period)."),
        "",
        has_product("asked", activity_product.c.product_id, "product"),
        takes=("product", "period"),
        required=1,
    ),
    Measure(
        Field("asked_for_category", Kind.BOOLEAN, N_("Asked for category"), width=8),
        N_("Whether an activity was about a product in the category or below it (in the period)."),
        "",
        has_product("asked", activity_product.c.product_id, "product_category"),
        takes=("product_category", "period"),
        required=1,
    ),
    Measure(
        number("quotes", N_("Quotes")),
        N_("Number of quotes (dated in the period) without drafts; versions of one count once."),
        COUNT,
        _agreed("quote", "draft"),
        takes=("period",),
    ),
    Measure(
        Field("quoted", Kind.BOOLEAN, N_("Quoted product"), width=8),
        N_(
            "Whether a quote (dated in the period) has a line of the product; all its versions count, drafts not."
        ),
        "",
        has_product("quoted", _QUOTED_PRODUCT, "product"),
        takes=("product", "period"),
        required=1,
    ),
    Measure(
        Field("quoted_category", Kind.BOOLEAN, N_("Quoted from category"), width=8),
        N_(
            "Whether a quote has a line of a product in the category or below it; all its versions count, drafts not."
        ),
        "",
        has_product("quoted", _QUOTED_PRODUCT, "product_category"),
        takes=("product_category", "period"),
        required=1,
    ),
    Measure(
        Field("quoted_unbought", Kind.BOOLEAN, N_("Quoted, not bought"), width=8),
        N_(
            "Whether a quote (dated in the period) has a product of which no invoice that was not taken back has a"
            " line, before or after."
        ),
        "",
        _quoted_unbought,
        takes=("period",),
    ),
    Measure(
        number("contracts", N_("Contracts")),
        N_("Number of contracts (dated in the period) that are not void."),
        COUNT,
        _agreed("contract", "void"),
        takes=("period",),
    ),
    Measure(
        number("open_tasks", N_("Open tasks")),
        N_("Number of tasks on him or his documents that are not done."),
        COUNT,
        total("to_do", "all"),
    ),
    Measure(
        number("overdue_tasks", N_("Overdue tasks")),
        N_("Number of tasks that are not done and were due before today."),
        COUNT,
        total("to_do", "late", task.c.due_on < TODAY),
        is_moving=True,
    ),
    Measure(
        Field("task_due", Kind.DATE, N_("Next task due")),
        N_("The earliest day that a task which is not done is due."),
        "",
        end_day("to_do", "due", "min", of=task.c.due_on),
    ),
):
    declare(_measure)
