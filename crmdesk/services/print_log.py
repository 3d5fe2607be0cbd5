"""The log of what was printed, exported or sent, per document and customer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from crmdesk.models import clock
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.tables.customers import customer as customer_table
from crmdesk.models.tables.documents import print_log
from crmdesk.services import customers
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_

CHANNELS = (
    Choice("print", N_("Printed")),
    Choice("pdf", N_("PDF")),
    Choice("xlsx", N_("Excel")),
    Choice("picture", N_("Picture")),
)


@use_case(
    "print.log",
    fields=(
        Field("kind", Kind.TEXT, N_("Kind"), required=True),
        Field("entries", Kind.LIST, N_("Numbers or customer codes"), required=True),
        Field("channel", Kind.CHOICE, N_("Channel"), choices=CHANNELS, default="pdf"),
        Field("detail", Kind.TEXT, N_("Detail"), length_max=500),
    ),
    summary=N_("Note that documents or statements were printed or saved."),
)
def log(unit: Unit, *, kind: str, entries: list[str], channel: str, detail: str | None) -> dict[str, Any]:
    """Notes each number; for statements the entries are customer codes."""
    printed_at = clock.stamp(clock.now_utc())
    for entry in entries:
        customer_id = customers.find(unit, entry).id if kind == "statement" else None
        unit.add(
            print_log,
            id=unit.next_id(),
            kind=kind,
            number=entry,
            customer_id=customer_id,
            printed_at=printed_at,
            actor=unit.actor,
            channel=channel,
            detail=detail or "",
        )
    unit.changes.everything.add("print_log")
    return {"logged": len(entries)}


def last_of_customer(connection: Any, code: str) -> Any:
    """The latest statement of a customer that left the house: printed_at, actor, channel, detail; or None."""
    return connection.execute(
        select(print_log.c.printed_at, print_log.c.actor, print_log.c.channel, print_log.c.detail)
        .join_from(print_log, customer_table, customer_table.c.id == print_log.c.customer_id)
        .where(customer_table.c.code == code, print_log.c.kind == "statement")
        .order_by(print_log.c.id.desc())
        .limit(1)
    ).first()
