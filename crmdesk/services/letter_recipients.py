"""Whom a group letter reaches, and who is left out with the reason: said before anything is printed."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select

from crmdesk.models.tables.customers import address, customer
from crmdesk.services import groups, mail_drafts
from crmdesk.services.dialect import among
from crmdesk.services.groups import Chosen, Group
from crmdesk.text import N_

MAIL = "mail"
INACTIVE, NO_ADDRESS, NO_EMAIL = "inactive", "no_address", "no_email"
REASONS = {
    INACTIVE: N_("Deactivated"),
    NO_ADDRESS: N_("No address"),
    NO_EMAIL: N_("No e-mail address"),
}
"""Why somebody is left out, in words."""


class Recipient(NamedTuple):
    """One member of the group. `left_out` is a reason of `REASONS`, empty for who gets the letter."""

    id: int
    code: str
    name: str
    email: str
    left_out: str


def recipients(connection: Connection, group: Group | Chosen, way: str) -> list[Recipient]:
    """All members, by code; a letter needs an address, an e-mail one of its own. Raises InvalidInput for a group that
    does not exist."""
    ids = groups.members(connection, group)
    placed = select(address.c.customer_id).where(
        among(address.c.customer_id, ids), address.c.street + address.c.city + address.c.province != ""
    )
    reachable = set(connection.execute(placed).scalars())
    emails = mail_drafts.recipients(connection, ids)
    people = connection.execute(
        select(customer.c.id, customer.c.code, customer.c.name, customer.c.is_active)
        .where(among(customer.c.id, ids))
        .order_by(customer.c.code)
    )
    found: list[Recipient] = []
    for row in people:
        email = emails.get(row.id, ("", ""))[1]
        left_out = ""
        if not row.is_active:
            left_out = INACTIVE
        elif way == MAIL:
            left_out = "" if email else NO_EMAIL
        elif row.id not in reachable:
            left_out = NO_ADDRESS
        found.append(Recipient(row.id, row.code, row.name, email, left_out))
    return found
