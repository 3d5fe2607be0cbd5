"""Whether segments hold: members follow from rules and pins, events lead to members, what rules give to whom."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, and_, exists, func, or_, select

from crmdesk.models.tables.categories import customer_category, customer_tag
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.segments import segment, segment_event, segment_member
from crmdesk.services import segment_assigning, segment_evaluation, segment_rules
from crmdesk.services.lists.conditions import comparisons
from crmdesk.services.segment_values import Look
from crmdesk.text import _

Found = Iterator[tuple[str, str, str]]


def members_follow(connection: Connection) -> Found:
    """Who is in each segment is who its rule and pins want there, as at the day it was last evaluated."""
    day = segment_evaluation.evaluated_on(connection)
    if day is None:
        return
    rules = segment_rules.load(connection, day)
    used = [one for rule in rules.ordered for one in comparisons(rule.node)]
    look = Look(used, day, rules.spec, held="measured")
    parameters = look.parameters(connection)
    look.hold(connection, parameters)
    try:
        source = look.held_table()
        for rule in rules.ordered:
            wanted = segment_evaluation.wanted_by(rule, look, has_pins=True)
            is_member = segment_evaluation.member(rule.id)
            differs = or_(and_(wanted, ~is_member), and_(is_member, ~wanted))
            query = select(customer.c.code).select_from(source).where(differs).limit(20)
            for code in connection.execute(query, parameters).scalars():
                yield (
                    "segment_members",
                    f"segment:{rule.id}",
                    _(
                        "“{name}”: {customer} is in it or out of it against the rule; it can be rebuilt."
                    ).format(name=rule.name, customer=code),
                )
    finally:
        look.release(connection)


def events_lead_to_members(connection: Connection) -> Found:
    """The last event of a customer in a segment says whether he is in it now."""
    event = segment_event.c
    last = (
        select(event.segment_id, event.customer_id, func.max(event.id).label("id"))
        .group_by(event.segment_id, event.customer_id)
        .subquery()
    )
    is_member = exists(
        select(segment_member.c.customer_id).where(
            segment_member.c.segment_id == event.segment_id, segment_member.c.customer_id == event.customer_id
        )
    )
    said = (
        select(event.segment_id, customer.c.code)
        .join(last, last.c.id == event.id)
        .join(customer, customer.c.id == event.customer_id)
        .where(or_(and_(event.is_joined.is_(True), ~is_member), and_(event.is_joined.is_(False), is_member)))
    )
    unsaid = (
        select(segment_member.c.segment_id, customer.c.code)
        .join(customer, customer.c.id == segment_member.c.customer_id)
        .where(
            ~exists(
                select(event.id).where(
                    event.customer_id == segment_member.c.customer_id,
                    event.segment_id == segment_member.c.segment_id,
                )
            )
        )
    )
    for query in (said, unsaid):
        for segment_id, code in connection.execute(query.limit(20)):
            yield (
                "segment_events",
                f"segment:{segment_id}",
                _("The history of the segment {id} does not lead to {customer} as it is now.").format(
                    id=segment_id, customer=code
                ),
            )


def gifts_hold(connection: Connection) -> Found:
    """What rules gave is with those who are entitled to it, and with nobody else."""
    for table, column in ((customer_category, "category_id"), (customer_tag, "tag_id")):
        targets = select(segment.c[column]).where(segment.c[column].is_not(None)).distinct()
        for target_id in connection.execute(targets).scalars():
            given = segment_assigning.entitled(column, target_id).subquery()
            is_of = table.c[column] == target_id
            has = select(table.c.customer_id).where(is_of)
            surplus = select(table.c.customer_id).where(
                is_of,
                table.c.segment_id.is_not(None),
                table.c.customer_id.not_in(select(given.c.customer_id)),
            )
            missing = select(given.c.customer_id).where(given.c.customer_id.not_in(has))
            for query in (surplus, missing):
                for customer_id in connection.execute(query.limit(20)).scalars():
                    yield (
                        "segment_gifts",
                        f"{table.name}:{target_id}",
                        _("What a rule gives is not with the customer {id} as it should be.").format(
                            id=customer_id
                        ),
                    )
