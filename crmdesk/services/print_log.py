"""The log of what was printed, exported or sent, per document and customer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from crmdesk.models import clock
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.papers import CHANNELS
from crmdesk.models.tables.customers import customer as customer_table
from crmdesk.models.tables.documents import print_log
from crmdesk.services import customers, merged_codes
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

STATEMENT = "statement"
_OF_CUSTOMERS = (STATEMENT, "dunning", "letter")
"""Papers without a number: their entries are customer codes."""
SHOWN_MAX = 200
OFFSET_MM_MAX = 50


@use_case(
    "print.log",
    fields=(
        Field("kind", Kind.TEXT, N_("Kind"), required=True),
        Field("entries", Kind.LIST, N_("Numbers or customer codes"), required=True),
        Field("channel", Kind.CHOICE, N_("Channel"), choices=CHANNELS, default="pdf"),
        Field("detail", Kind.TEXT, N_("Detail"), length_max=500),
        Field("pages", Kind.INTEGER, N_("Pages"), sign="non_negative", default=0),
    ),
    summary=N_("Note that documents or statements were printed or saved."),
)
def log(
    unit: Unit, *, kind: str, entries: list[str], channel: str, detail: str | None, pages: int | None
) -> dict[str, Any]:
    """Notes each number; for statements and reminders the entries are customer codes. `pages` 0 means not counted."""
    printed_at = clock.stamp(clock.now_utc())
    for entry in entries:
        customer_id = customers.find(unit, entry).id if kind in _OF_CUSTOMERS else None
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
            page_count=pages or 0,
        )
    unit.changes.everything.add("print_log")
    return {"logged": len(entries)}


@use_case(
    "print.offset_set",
    fields=(
        Field("paper", Kind.TEXT, N_("Paper"), required=True),
        Field("right", Kind.QUANTITY, N_("To the right (mm)"), sign="any"),
        Field("down", Kind.QUANTITY, N_("Down (mm)"), sign="any"),
    ),
    summary=N_("Move everything printed on a paper by some millimetres, for a printer that feeds askew."),
    errors=(Code.INVALID_CHOICE, Code.OUT_OF_RANGE),
)
def set_offset(unit: Unit, *, paper: str, right: Decimal | None, down: Decimal | None) -> dict[str, Any]:
    """Keeps the offset of a paper, to a tenth of a millimetre; nothing given puts it back."""
    from crmdesk.services.documents.paper import paper_named

    name = paper_named(paper).name
    tenths = []
    for field, value in (("right", right), ("down", down)):
        moved = (value or Decimal(0)) * 10
        if abs(moved) > OFFSET_MM_MAX * 10 or moved != moved.to_integral_value():
            raise InvalidInput(
                Code.OUT_OF_RANGE,
                _("“{field}”: up to {limit} mm, to a tenth of a millimetre.").format(
                    field=field, limit=OFFSET_MM_MAX
                ),
                field=field,
            )
        tenths.append(int(moved))
    offsets = dict(unit.settings.print_offsets) | {name: tenths}
    unit.note("company", 0, {"print_offsets": unit.settings.print_offsets}, {"print_offsets": offsets})
    unit.save_settings(print_offsets=offsets)
    return {"paper": name, "right": f"{Decimal(tenths[0]) / 10}", "down": f"{Decimal(tenths[1]) / 10}"}


class Sent(NamedTuple):
    """A statement that left the house."""

    printed_at: str
    """UTC moment."""
    actor: str
    channel: str
    detail: str
    page_count: int
    """0 where nobody counted."""


def of_customer(connection: Connection, code: str, limit: int = SHOWN_MAX) -> list[Sent]:
    """The statements of a customer that left the house, newest first."""
    columns = (getattr(print_log.c, name) for name in Sent._fields)
    query = (
        select(*columns)
        .join_from(print_log, customer_table, customer_table.c.id == print_log.c.customer_id)
        .where(customer_table.c.code == merged_codes.meant(connection, code), print_log.c.kind == STATEMENT)
        .order_by(print_log.c.id.desc())
        .limit(limit)
    )
    return [Sent(*row) for row in connection.execute(query)]


def sent_on(connection: Connection) -> dict[int, str]:
    """Customer id -> UTC moment at which his latest statement left the house."""
    query = (
        select(print_log.c.customer_id, func.max(print_log.c.printed_at))
        .where(print_log.c.kind == STATEMENT, print_log.c.customer_id.isnot(None))
        .group_by(print_log.c.customer_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
