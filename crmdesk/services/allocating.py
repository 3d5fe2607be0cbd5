"""Which part of a payment or credit settles which invoice: the one place that writes allocations.

No open or free amount may be negative at any date (cli.md, "Dates"): an allocation dated D takes at most the least
open and least free amount at any date from D on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select

from crmdesk.models import money
from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.tables.documents import allocation
from crmdesk.services import carrying, ledger, matching, posted, templates
from crmdesk.services.doubts import warning
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
    carrying.require_alike(unit, credit, debit, debit_field)
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


class Shares(NamedTuple):
    """What an allocation clears of its two documents in base currency; None where nobody gave a rate."""

    credit_minor: int | None
    debit_minor: int | None

    @property
    def gain_minor(self) -> int:
        """The exchange gain that arises (a loss when negative)."""
        return (self.credit_minor or 0) - (self.debit_minor or 0)


def write(
    unit: Unit, credit: Posted, debit: Posted, amount_minor: int, on: date, *, has_own_entry: bool = True
) -> Shares | None:
    """Writes an allocation (a release when negative) that has been checked, and its move between the accounts.

    `has_own_entry=False`: the document written in the same breath has the move in its own entry.
    Returns what it clears in base currency, None in the book's own.
    """
    allocation_id = unit.next_id()
    items = unit.open_items
    shares = None
    if debit.currency != unit.settings.currency:
        shares = Shares(
            carrying.share(unit, credit, items.get(credit), amount_minor),
            carrying.share(unit, debit, items.get(debit), amount_minor),
        )
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
    items.settle(items.get(debit), amount_minor, on)
    items.settle(items.get(credit), amount_minor, on)
    unit.changes.add(debit.kind, debit.id)
    unit.changes.add(credit.kind, credit.id)
    unit.changes.add("customer", debit.customer_id)
    if has_own_entry:
        _post(unit, allocation_id, credit, debit, amount_minor, on, shares)
    return shares


def _post(
    unit: Unit,
    allocation_id: int,
    credit: Posted,
    debit: Posted,
    amount_minor: int,
    on: date,
    shares: Shares | None,
) -> None:
    """Moves what is allocated from customer credit to receivables; a credit note stands there already, and only an
    exchange difference has to be posted."""
    credit_base, debit_base = shares or (None, None)
    gain = carrying.difference(unit, shares.gain_minor if shares else 0, is_back=amount_minor < 0)
    receivable = ledger.account_id(unit, templates.RECEIVABLE)
    if credit.kind in PREPAID_KINDS:
        ledger.post(
            unit,
            allocation_id,
            dated_on=on,
            customer_id=debit.customer_id,
            currency=debit.currency,
            legs=(
                Leg(ledger.account_id(unit, templates.CUSTOMER_CREDIT), amount_minor, base_minor=credit_base),
                Leg(receivable, -amount_minor, base_minor=carrying.negative(debit_base)),
                *gain,
            ),
        )
    elif gain and shares:
        ledger.post(
            unit,
            allocation_id,
            dated_on=on,
            customer_id=debit.customer_id,
            currency=debit.currency,
            legs=(Leg(receivable, 0, base_minor=shares.gain_minor), *gain),
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


def release_all(unit: Unit, credit: Posted, on: date) -> list[tuple[Posted, int]]:
    """Takes back all that a credit still settles, unchecked; gives each document with its amount in minor units."""
    released: list[tuple[Posted, int]] = []
    for _credit_id, debit_id, net in allocated_pairs(unit, credit.id):
        debit = posted.by_id(unit, debit_id)
        write(unit, credit, debit, -net, on)
        released.append((debit, net))
    return released


def payable(items: OpenItems, customer_id: int, currency: str, on: date) -> list[tuple[Item, int]]:
    """A customer's open items that an event of that date may settle, oldest first, each with how much of it."""
    return [
        (item, room)
        for item in items.of_customer(customer_id, currency, DEBIT)
        if item.dated_on <= on and (room := items.least_open(item, on)) > 0
    ]


def plan(
    unit: Unit,
    customer_id: int,
    currency: str,
    amount_minor: int,
    on: date,
    mode: str,
    only: Sequence[int] | None = None,
    *,
    is_rated: bool = True,
    offered: Callable[[Sequence[Item]], Mapping[int, Decimal]] | None = None,
) -> list[tuple[Item, int, int]]:
    """Chooses what an amount settles on a date: `oldest`, `due`, `exact` or `auto` (cli.md, `allocate`).

    `only`: the documents that may be settled, in the order that counts as oldest first (a contract's instalments).
    Foreign items that have no rate while the payment has one (`is_rated`), or the other way round, are passed over
    with a warning. `offered` gives the settlement discount that may be taken, by document. The result is, of each
    item, what the money settles and the discount that goes with it.
    """
    found = payable(unit.open_items, customer_id, currency, on)
    if only is not None:
        places = {document_id: place for place, document_id in enumerate(only)}
        found = [entry for entry in found if entry[0].document_id in places]
        found.sort(key=lambda entry: places[entry[0].document_id])
    if found and currency != unit.settings.currency:
        rated = carrying.rated_among(unit, [item for item, _room in found])
        alike = [entry for entry in found if (entry[0].document_id in rated) == is_rated]
        if len(alike) < len(found):
            _warn_passed_over(unit, currency, len(found) - len(alike), is_rated=is_rated)
        found = alike
    items, rooms = [item for item, _room in found], [room for _item, room in found]
    rates = offered(items) if offered else {}
    choice, parts = matching.choose_less(
        items, rooms, [rates.get(item.document_id) for item in items], amount_minor, mode
    )
    if choice.way is matching.Way.NONE:
        raise _no_exact_match(choice.hit_count, money.plain(amount_minor, currency))
    return [(items[part.index], part.paid_minor, part.discount_minor) for part in parts]


def _warn_passed_over(unit: Unit, currency: str, count: int, *, is_rated: bool) -> None:
    text = (
        _("{count} open items in {currency} were posted without an exchange rate and are passed over.")
        if is_rated
        else _(
            "{count} open items in {currency} have an exchange rate, the payment has none; they are passed over."
        )
    )
    way_out = _("Give a rate to everything that has none (rate.adopt).")
    message = f"{text.format(count=count, currency=currency)} {way_out}"
    unit.warnings.append(warning(Code.RATE_MISSING, message, "allocate"))


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
