"""Money of one customer that settles what another owes (代付): a pair of documents that moves credit between them.

`transfer_out` belongs to who paid and takes from his free payment, as a refund does; `transfer` belongs to who is
helped and is a credit of his own, as a payment is. Both carry the number of the series TR and one entry moves the
credit from the one to the other, so that balances, statements and ageing of both stay true with no rule of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document
from crmdesk.services import allocating, carrying, ledger, posted, reversing, templates
from crmdesk.services.ledger import Leg
from crmdesk.services.posted import REVERSAL, Posted
from crmdesk.services.units import Unit
from crmdesk.text import _

IN, OUT = "transfer", "transfer_out"


def write(
    unit: Unit, source: Posted, customer_id: int, amount_minor: int, on: date, note: str = ""
) -> Posted:
    """Writes a checked transfer of part of a payment or credit to another customer; gives the credit he gets.

    It is worth to him what it was worth to the payer: passing on gains nothing.
    """
    share = None
    if source.currency != unit.settings.currency:
        share = carrying.share(unit, source, unit.open_items.get(source), amount_minor)
    number, generation = posted.claim_number(unit, IN, None, on)
    payer_code, other_code = (_code(unit, owner) for owner in (source.customer_id, customer_id))
    out = posted.write(
        unit,
        OUT,
        number,
        generation,
        customer_id=source.customer_id,
        currency=source.currency,
        dated_on=on,
        total_minor=amount_minor,
        effect_minor=amount_minor,
        origin_id=source.id,
        reference=other_code,
        note=note,
    )
    incoming = posted.write(
        unit,
        IN,
        number,
        generation,
        customer_id=customer_id,
        currency=source.currency,
        dated_on=on,
        total_minor=amount_minor,
        effect_minor=-amount_minor,
        origin_id=out.id,
        reference=payer_code,
        note=note,
    )
    unit.open_items.settle(unit.open_items.get(source), amount_minor, on)
    unit.open_items.new(incoming)
    carrying.keep_base(unit, incoming, share)
    # a credit note's free part stands in receivables, money in customer credit
    role = templates.RECEIVABLE if source.kind == "credit" else templates.CUSTOMER_CREDIT
    ledger.post(
        unit,
        out.id,
        dated_on=on,
        customer_id=source.customer_id,
        currency=source.currency,
        legs=(
            Leg(ledger.account_id(unit, role), amount_minor, base_minor=share),
            Leg(
                ledger.account_id(unit, templates.CUSTOMER_CREDIT),
                -amount_minor,
                base_minor=carrying.negative(share),
                customer_id=customer_id,
            ),
        ),
    )
    unit.changes.add(source.kind, source.id)
    return incoming


def _code(unit: Unit, customer_id: int) -> str:
    key = ("customer code", customer_id)
    if key not in unit.cache:
        unit.cache[key] = unit.execute(
            select(customer.c.code).where(customer.c.id == customer_id)
        ).scalar_one()
    return unit.cache[key]


def live_of(unit: Unit, source_id: int) -> list[Posted]:
    """The credits of others that were made from a payment or credit and were not taken back, oldest first."""
    back, out = document.alias("back"), document.alias("out")
    ids = (
        unit.execute(
            select(document.c.id)
            .join_from(document, out, out.c.id == document.c.origin_id)
            .where(
                out.c.origin_id == source_id,
                out.c.kind == OUT,
                document.c.kind == IN,
                ~select(back.c.id)
                .where(back.c.origin_id == out.c.id, back.c.kind == OUT + REVERSAL)
                .exists(),
            )
            .order_by(document.c.id)
        )
        .scalars()
        .all()
    )
    return [posted.by_id(unit, record_id) for record_id in ids]


def require_reversible(unit: Unit, incoming: Posted, on: date, field: str) -> None:
    """Refuses a transfer taken back before, a date before one of its allocations, and a locked date."""
    reversing.require_reversible(unit, incoming, on, field)
    last = unit.open_items.get(incoming).last_event_on
    if on < last:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("{number} was used or released on {date}; reverse it on that day or later.").format(
                number=incoming.number, date=last.isoformat()
            ),
            field="date",
        )


def take_back(unit: Unit, incoming: Posted, on: date, reason: str) -> Sequence[tuple[Posted, int]]:
    """Reverses both documents of a checked transfer; what it settled is open again. Gives the released parts."""
    released = allocating.release_all(unit, incoming, on)
    out = posted.by_id(unit, incoming.origin_id or 0)
    source = posted.by_id(unit, out.origin_id or 0)
    items = unit.open_items
    back = None
    if source.currency != unit.settings.currency:
        back = carrying.share(unit, source, items.get(source), -out.total_minor)
    legs = ledger.legs_of(unit, out.id)
    reversal = reversing.reverse(unit, out, on, reason, legs)
    role = templates.RECEIVABLE if source.kind == "credit" else templates.CUSTOMER_CREDIT
    # only the payer's leg, the first: the other one's is his as well once both were merged
    carrying.post_odd_cent(unit, reversal.id, source, back, legs[:1], on, ledger.account_id(unit, role))
    reversing.reverse(unit, incoming, on, reason, legs=())
    items.settle(items.get(incoming), items.get(incoming).open_minor, on)
    items.settle(items.get(source), -out.total_minor, on)
    unit.changes.add(source.kind, source.id)
    return released
