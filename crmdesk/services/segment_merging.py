"""Segments at a merge of customers: who comes and goes by it is told as such, and its undoing restores membership."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select, update

from crmdesk.models.tables.base import day_number, day_of
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.people import customer_relation
from crmdesk.models.tables.segments import segment_event, segment_member, segment_state
from crmdesk.services import custom_values, segment_evaluation, segment_rules, segment_touched
from crmdesk.services.dialect import among
from crmdesk.services.lists.conditions import comparisons
from crmdesk.services.lists.merged import names_customer
from crmdesk.services.segment_history import MERGE
from crmdesk.services.segment_rules import Rules
from crmdesk.services.units import Unit


def rules_of(unit: Unit) -> Rules | None:
    """The rules as they are before customers are merged or come back; None in a book without segments."""
    day = segment_evaluation.evaluated_on(unit.connection)
    return None if day is None else segment_rules.load(unit.connection, day)


def touched(unit: Unit, ids: Iterable[int], rules: Rules | None) -> list[int]:
    """Whose segments a merge of these can change: theirs, and where a rule names customers (`parent = C1`) also those
    of who is linked to one of them."""
    found = set(ids)
    if rules is not None and _name_customers(rules):
        linked = select(customer_relation.c.customer_id).where(among(customer_relation.c.other_id, found))
        others = {*unit.execute(linked).scalars(), *custom_values.linking_to(unit, found)}
        found |= set(unit.execute(select(customer.c.id).where(among(customer.c.id, others))).scalars())
    return sorted(found)


def _name_customers(rules: Rules) -> bool:
    """Whether a rule compares with the codes of customers: those of merged ones mean somebody else from now on."""
    return any(
        names_customer(one, is_of_customers=True) for rule in rules.ordered for one in comparisons(rule.node)
    )


def memberships(unit: Unit, ids: Iterable[int]) -> list[list[int]]:
    """(segment, customer, since when, by which event) of some customers, as they are kept with a merge."""
    member = segment_member.c
    query = (
        select(member.segment_id, member.customer_id, member.since_on, member.event_id)
        .where(among(member.customer_id, list(ids)))
        .order_by(member.event_id)
    )
    return [
        [row.segment_id, row.customer_id, day_number(row.since_on), row.event_id]
        for row in unit.execute(query)
    ]


def evaluate(unit: Unit, ids: Iterable[int], rules: Rules | None) -> None:
    """Brings the segments of those who were merged, or come back, up to date. `rules` are those of before: only where
    one names customers it says something else now, and they are read again."""
    if rules is None:
        return
    concerned = touched(unit, ids, rules)
    unit.flush_all()
    if _name_customers(rules):
        # whoever has the rules compiled reads them again
        unit.execute(update(segment_state).values(stamp=unit.audit_id))
        rules = segment_rules.load(unit.connection, rules.day)
    segment_touched.evaluate(unit, concerned, rules=rules, way=MERGE)
    unit.flush_all()


def restore(unit: Unit, rows: Iterable[Sequence[int]]) -> None:
    """Who is in again only because a merge was undone has been there all the time."""
    member = segment_member.c
    by_merge = select(segment_event.c.id).where(segment_event.c.way == MERGE)
    for segment_id, customer_id, since, event_id in rows:
        unit.execute(
            update(segment_member)
            .where(
                member.segment_id == segment_id,
                member.customer_id == customer_id,
                member.event_id > event_id,
                member.event_id.in_(by_merge),
            )
            .values(since_on=day_of(since), event_id=event_id)
        )
