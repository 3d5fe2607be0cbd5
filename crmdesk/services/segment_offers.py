"""What the groups of a customer offer him (B9): the offer written at each segment he is in, and why he is in it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.segments import segment, segment_member
from crmdesk.services import segment_why

LIMIT = 5


@dataclass(frozen=True, slots=True)
class SegmentOffer:
    """The offer of a segment, and the sentence that says why the customer is in it."""

    segment: str
    offer: str
    reason: str


def offers_of(connection: Connection, code: str) -> tuple[SegmentOffer, ...]:
    """The offers of the segments in use that a customer is in, in the order the segments stand in."""
    query = (
        select(segment.c.name, segment.c.offer)
        .join_from(segment_member, segment, segment.c.id == segment_member.c.segment_id)
        .join(customer, customer.c.id == segment_member.c.customer_id)
        .where(
            customer.c.code == code,
            segment.c.offer != "",
            segment.c.deleted_at == "",
            segment.c.is_active.is_(True),
        )
        .order_by(segment.c.position, segment.c.name)
        .limit(LIMIT)
    )
    offers = {row.name: row.offer for row in connection.execute(query)}
    if not offers:
        return ()
    return tuple(
        SegmentOffer(why.segment, offers[why.segment], why.sentence)
        for why in segment_why.explain_each(connection, offers, code)
    )
