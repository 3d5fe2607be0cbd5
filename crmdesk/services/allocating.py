"""Which part of a payment or credit settles which invoice: the one place that writes allocations.

No open or free amount may be negative at any date (cli.md, "Dates"): an allocation dated D takes at most the least
open and least free amount at any date from D on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from crmdesk.models import money
from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.tables.documents import allocation
from crmdesk.services import ledger, matching, posted, templates
from crmdesk.services.ledger import Leg
from crmdesk.services.open_items import DEBIT, Item, OpenItems
from crmdesk.services.posted import Posted
from crmdesk.services.units import Unit
from crmdesk.text import _

PREPAID_KINDS = ("payment", "opening", "transfer")
"""Credits that wait in the customer-credit account until they are allocated; credit notes wait in receivables."""


def default_date(credit: Posted, debit: Posted) -> date:
    """The later of the two documents' dates."""
    return max(credit.dated_on, debit.dated_on)


def require_pair(
    unit: Unit, credit: Posted, debit: Posted, on: date, *, credit_field: str, debit_field: str
) -> None:
    """Refuses pairs that may not be allocated on that date."""
    posted.require_live(credit, credit_field)
    posted.require_live(debit, debit_field)
    if credit.customer_id != debit.customer_id:
        raise Conflict(
            Code.OTHER_CUSTOMER,
            _("{debit} belongs to another customer than {credit}.").format(
                debit=debit.number, credit=credit.number
            ),
            field=debit_field,
        )
    if credit.currency != debit.currency:
        raise Conflict(
            Code.CURRENCY_MIXED,
            _("{debit} is in {one}, {credit} in {other}; currencies are not mixed.").format(
                debit=debit.number, one=debit.currency, credit=credit.number, other=credit.currency
            ),
            field=debit_field,
        )
    if on < default_date(credit, debit):
        raise InvalidInput(
            Code.DATE_ORDER,
            _("An allocation is not dated before its documents; the earliest date here is {date}.").format(
                date=default_date(credit, debit).isoformat()
            ),
            field="date",
        )
    ledger.require_open_period(unit, on)


def require_room(
    unit: Unit, item: Item, number: str, amount_minor: int, on: date, field: str = "amount"
) -> None:
    """Refuses more than what stays open (or free) from that date on."""
    room = unit.open_items.least_open(item, on)
    if amount_minor > room:
        text = (
            _("{number} has only {amount} open from {date} on.")
            if item.side == DEBIT
            else _("{number} has only {amount} left to allocate from {date} on.")
        )
        raise Conflict(
            Code.OVER_ALLOCATED,
            text.format(number=number, amount=money.plain(room, item.currency), date=on.isoformat()),
            field=field,
        )


def write(
    unit: Unit, credit: Posted, debit: Posted, amount_minor: int, on: date, *, has_own_entry: bool = True
) -> None:
    """Writes an allocation (a release when negative) that has been checked, and its move between the accounts.

    `has_own_entry=False`: the document written in the same breath has the move in its own entry.
    """
    allocation_id = unit.next_id()
    unit.add(
        allocation,
        id=allocation_id,
        credit_id=credit.id,
        debit_id=debit.id,
        amount_minor=amount_minor,
        dated_on=on,
        customer_id=debit.customer_id,
        currency=debit.currency,
        credit_on=credit.dated_on,
        debit_on=debit.dated_on,
        debit_due_on=debit.due_on or debit.dated_on,
        audit_id=unit.audit_id,
    )
    items = unit.open_items
    items.settle(items.get(debit), amount_minor, on)
    items.settle(items.get(credit), amount_minor, on)
    unit.changes.add(debit.kind, debit.id)
    unit.changes.add(credit.kind, credit.id)
    unit.changes.add("customer", debit.customer_id)
    if has_own_entry and credit.kind in PREPAID_KINDS:
        ledger.post(
            unit,
            allocation_id,
            dated_on=on,
            customer_id=debit.customer_id,
            currency=debit.currency,
            legs=(
                Leg(ledger.account_id(unit, templates.CUSTOMER_CREDIT), amount_minor),
                Leg(ledger.account_id(unit, templates.RECEIVABLE), -amount_minor),
            ),
        )


def pair_events(unit: Unit, credit: Posted, debit: Posted) -> list[tuple[date, int]]:
    """The dated allocations (+) and releases (−) between two documents."""
    rows = unit.execute(
        select(allocation.c.dated_on, allocation.c.amount_minor).where(
            allocation.c.credit_id == credit.id, allocation.c.debit_id == debit.id
        )
    ).all()
    return [(row[0], row[1]) for row in rows]


def releasable_minor(events: Sequence[tuple[date, int]], on: date) -> int:
    """How much of a pair's allocation a release on that date may take back: the least allocated from then on."""
    running = sum(amount for when, amount in events if when <= on)
    least = running
    later: dict[date, int] = {}
    for when, amount in events:
        if when > on:
            later[when] = later.get(when, 0) + amount
    for when in sorted(later):
        running += later[when]
        least = min(least, running)
    return least


def release(unit: Unit, credit: Posted, debit: Posted, amount_minor: int | None, on: date) -> int:
    """Takes an allocation back, in part or (None) all of it. Returns the amount in minor units."""
    room = releasable_minor(pair_events(unit, credit, debit), on)
    amount = room if amount_minor is None else amount_minor
    if amount <= 0 or amount > room:
        raise Conflict(
            Code.OVER_RELEASED,
            _("Only {amount} of {credit} is allocated to {debit} from {date} on.").format(
                amount=money.plain(max(room, 0), debit.currency),
                credit=credit.number,
                debit=debit.number,
                date=on.isoformat(),
            ),
            field="amount",
        )
    write(unit, credit, debit, -amount, on)
    return amount


def allocated_pairs(unit: Unit, document_id: int) -> list[tuple[int, int, int]]:
    """(credit id, debit id, net amount) of everything still allocated to or from a document."""
    rows = unit.execute(
        select(allocation.c.credit_id, allocation.c.debit_id, allocation.c.amount_minor).where(
            (allocation.c.credit_id == document_id) | (allocation.c.debit_id == document_id)
        )
    ).all()
    nets: dict[tuple[int, int], int] = {}
    for credit_id, debit_id, amount in rows:
        nets[credit_id, debit_id] = nets.get((credit_id, debit_id), 0) + amount
    return [(credit_id, debit_id, net) for (credit_id, debit_id), net in nets.items() if net != 0]


def payable(items: OpenItems, customer_id: int, currency: str, on: date) -> list[tuple[Item, int]]:
    """A customer's open items that an event of that date may settle, oldest first, each with how much of it."""
    return [
        (item, room)
        for item in items.of_customer(customer_id, currency, DEBIT)
        if item.dated_on <= on and (room := items.least_open(item, on)) > 0
    ]


def plan(
    unit: Unit, customer_id: int, currency: str, amount_minor: int, on: date, mode: str
) -> list[tuple[Item, int]]:
    """Chooses what an amount settles on a date: `oldest`, `due`, `exact` or `auto` (cli.md, `allocate`)."""
    found = payable(unit.open_items, customer_id, currency, on)
    items, rooms = [item for item, _room in found], [room for _item, room in found]
    choice = matching.choose(items, rooms, amount_minor, mode)
    if choice.way is matching.Way.NONE:
        raise _no_exact_match(choice.hit_count, money.plain(amount_minor, currency))
    return [(items[index], part) for index, part in choice.parts]


def _no_exact_match(hit_count: int, amount: str) -> Conflict:
    if hit_count:
        return Conflict(
            Code.AMBIGUOUS,
            _("Several open items or sets of them add up to {amount}. Choose the invoices by hand.").format(
                amount=amount
            ),
            field="allocate",
        )
    return Conflict(
        Code.NO_MATCH,
        _("No open item and no set of up to five adds up to {amount}.").format(amount=amount),
        field="allocate",
    )
