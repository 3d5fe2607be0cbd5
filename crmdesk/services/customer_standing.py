"""How a customer stands: credit with its grade and why, promises, exclusions from reminders, the last reminder."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, select

from crmdesk.models import clock
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document
from crmdesk.services import credit, dunning_holds, promises, reminders
from crmdesk.services.credit import Credit
from crmdesk.services.dialect import among
from crmdesk.services.dunning_holds import Hold
from crmdesk.services.promises import Promise
from crmdesk.services.reminders import Sent

PROMISES_MAX = 6


class Standing(NamedTuple):
    """Of one moment; the newest promises first."""

    code: str
    name: str
    credit: Credit
    promises: tuple[Promise, ...]
    holds: tuple[tuple[Hold, str], ...]
    """In force, each with the number of its invoice (empty: the whole customer)."""
    last: Sent | None
    """The last reminder that was not withdrawn."""

    @property
    def open_promises(self) -> tuple[Promise, ...]:
        """Those whose day has not passed."""
        return tuple(one for one in self.promises if one.state == promises.OPEN)


def load(connection: Connection, code: str, on: date | None = None) -> Standing:
    """Raises NotFound for an unknown code."""
    today = on or clock.today()
    found = credit.of_customer(connection, code, today)
    name = connection.execute(select(customer.c.name).where(customer.c.id == found.customer_id)).scalar_one()
    made = promises.states(connection, today, customer_id=found.customer_id)
    holds = dunning_holds.active(connection, today, found.customer_id)
    numbers = dict(
        connection.execute(
            select(document.c.id, document.c.number).where(
                among(document.c.id, [one.document_id for one in holds if one.document_id is not None])
            )
        ).all()
    )
    sent = reminders.of_customer(connection, code, 10)
    return Standing(
        code,
        name,
        found,
        tuple(reversed(made))[:PROMISES_MAX],
        tuple((one, numbers.get(one.document_id or 0, "")) for one in holds),
        next((one for one in sent if one.withdrawn_on is None), None),
    )
