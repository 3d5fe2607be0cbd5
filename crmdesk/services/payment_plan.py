"""What a payment would settle, worked out without writing: the proposal that quick payment shows while one types.

The choosing itself is `matching.choose`, the same that `payment.record` books with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Table, func, select

from crmdesk.models import clock, discount_terms, money
from crmdesk.models.discount_terms import Terms
from crmdesk.models.specs.agreements import CONTRACT
from crmdesk.models.tables.agreements import agreement
from crmdesk.models.tables.documents import document, open_item
from crmdesk.models.tables.exchange import late_rate
from crmdesk.services import (
    agreements,
    allocating,
    carrying,
    contract_bills,
    matching,
    merged_codes,
    rates,
    settings,
    settlement_discounts,
)
from crmdesk.services.contract_figures import ContractFigures, at
from crmdesk.services.dialect import among
from crmdesk.services.matching import Way
from crmdesk.services.open_items import CREDIT, DEBIT, OpenItems

__all__ = ["OpenDocument", "Plan", "Rest", "Way", "choose", "odd_part", "odd_rest", "of_customer"]

ODD_UNITS_MAX = 10
ODD_PERCENT_MAX = 1
"""An odd amount (抹零) that may be given away by one key: up to 10 units of the currency, or 1 % of the payment."""


class _Reading:
    """A connection in the shape of a unit; it takes no rows."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def execute(self, query: Any, parameters: Any = None) -> Any:
        return self.connection.execute(query, parameters)

    def add(self, target: Table, **values: Any) -> None:
        raise AssertionError(f"a plan writes nothing, not even into {target.name}")


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """An invoice or opening balance that can be paid on the date asked for; amounts in minor units."""

    document_id: int
    kind: str
    """invoice or opening"""
    number: str
    reference: str
    dated_on: date
    due_on: date | None
    total_minor: int
    open_minor: int
    """What may be settled of it from that date on."""
    days_late: int
    """Days after the due date (or its own date, without one) on the date asked for; zero or less is not overdue."""
    rate: str | None = None
    """Of a foreign document, also one given late; None where nobody gave one, and in the book's currency."""
    settled_minor: int = 0
    """What was settled of it already."""
    discount_rate: Decimal | None = None
    """Of the settlement discount by its terms on that day, or of the last step that was missed; None: none."""
    discount_until: date | None = None
    discount_late_days: int = 0
    """Days after its last day; more than zero is offered only as a favour."""
    owner: str = ""
    """The customer whose it is, where that is not the payer."""

    def discount_on(self, part_minor: int, *, with_late: bool = False) -> int:
        """The discount in settling a part of what is open."""
        if self.discount_rate is None or (self.discount_late_days and not with_late):
            return 0
        return discount_terms.taken_minor(self.discount_rate, self.open_minor, part_minor)

    @property
    def is_part_paid(self) -> bool:
        """Whether some of it is settled already."""
        return self.open_minor < self.total_minor


@dataclass(frozen=True, slots=True)
class RunningContract:
    """A contract that money may come for."""

    number: str
    title: str
    unpaid_minor: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A customer's open documents of one currency, oldest first."""

    customer: str
    name: str
    currency: str
    on: date
    documents: tuple[OpenDocument, ...]
    free_minor: int
    """What the customer has to his credit already: payments and credit notes not used up."""
    other_currencies: tuple[str, ...]
    """Further currencies in which something is open."""
    contracts: tuple[RunningContract, ...] = ()
    """The customer's contracts in this currency that are signed or running and not wholly paid, oldest first."""
    contract: str = ""
    """The one whose documents these are; empty for all of the customer's."""
    own: str = ""
    """The book's currency."""
    rates: Mapping[str, str] = field(default_factory=dict)
    """The table's rates on the day, by currency."""
    left_out: int = 0
    """Open documents that this money cannot settle: they have no exchange rate and it has one, or the other way."""

    @property
    def is_foreign(self) -> bool:
        """Whether it is in another currency than the book's."""
        return bool(self.own) and self.currency != self.own

    @property
    def rate(self) -> str | None:
        """The table's rate of the plan's currency."""
        return self.rates.get(self.currency)

    def gain_minor(self, parts: Mapping[int, int], amount_minor: int, base_minor: int) -> int:
        """The exchange gain (a loss when negative) of settling parts (minor units by index) with an amount that is
        worth so much in the book's currency: by cumulative clearing, as it will be booked."""
        gain = settled = 0
        for index, part in sorted(parts.items()):
            entry = self.documents[index]
            if entry.rate is None:
                continue
            total = carrying.to_base(entry.total_minor, self.currency, entry.rate, self.own)
            debit = carrying.part(total, entry.settled_minor + part, entry.total_minor)
            debit -= carrying.part(total, entry.settled_minor, entry.total_minor)
            credit = carrying.part(base_minor, settled + part, amount_minor)
            credit -= carrying.part(base_minor, settled, amount_minor)
            settled += part
            gain += credit - debit
        return gain

    @property
    def open_minor(self) -> int:
        """All that can be paid."""
        return sum(entry.open_minor for entry in self.documents)


def of_customer(
    connection: Connection,
    code: str,
    *,
    on: date | None = None,
    currency: str | None = None,
    contract: str = "",
    is_rated: bool | None = None,
) -> Plan:
    """What a customer can pay on a date (default today), in his own currency or the one named.

    With a contract (its number) only the invoices of it. In a foreign currency money with a rate settles documents
    with one, money without a rate those without: `is_rated` says which it is (None: as the table has one). Raises
    NotFound `customer_missing`.
    """
    owner = merged_codes.find_customer(connection, code)
    when = on or clock.today()
    book_currency = settings.load(connection).currency
    own = currency or owner.currency or book_currency
    of_day = rates.load(connection).of_day(when)
    has_rate = own in of_day if is_rated is None else is_rated
    items = OpenItems(_Reading(connection))
    running = _contracts(connection, owner.id, own, when)
    found = allocating.payable(items, owner.id, own, when)
    chosen = next((entry for entry in running if entry.number == contract), None)
    if chosen is not None:
        bills = contract_bills.bills_of(
            connection, [agreements.require(connection, CONTRACT, contract, "contract").id]
        )
        wanted = {bill.document_id for bill in bills}
        found = [entry for entry in found if entry[0].document_id in wanted]
    rows = {
        row.id: row
        for row in connection.execute(
            select(
                document.c.id,
                document.c.kind,
                document.c.number,
                document.c.reference,
                document.c.total_minor,
                func.coalesce(document.c.rate, late_rate.c.rate).label("rate"),
            )
            .join_from(document, late_rate, late_rate.c.document_id == document.c.id, isouter=True)
            .where(among(document.c.id, [item.document_id for item, _room in found]))
        )
    }
    payable = [
        (item, room)
        for item, room in found
        if own == book_currency or (rows[item.document_id].rate is not None) == has_rate
    ]
    terms = settlement_discounts.terms_of(connection, [item.document_id for item, _room in payable])
    documents = tuple(
        OpenDocument(
            item.document_id,
            rows[item.document_id].kind,
            rows[item.document_id].number,
            rows[item.document_id].reference,
            item.dated_on,
            item.due_on,
            rows[item.document_id].total_minor,
            room,
            (when - (item.due_on or item.dated_on)).days,
            rows[item.document_id].rate,
            rows[item.document_id].total_minor - item.open_minor,
            *_offer(terms.get(item.document_id), item.dated_on, when),
        )
        for item, room in payable
    )
    credits = items.of_customer(owner.id, own, CREDIT)
    free = sum(items.least_open(item, when) for item in credits if item.dated_on <= when)
    others = connection.execute(
        select(open_item.c.currency)
        .where(open_item.c.customer_id == owner.id, open_item.c.side == DEBIT, open_item.c.currency != own)
        .group_by(open_item.c.currency)
        .having(func.sum(open_item.c.open_minor) > 0)
        .order_by(open_item.c.currency)
    ).scalars()
    return Plan(
        owner.code,
        owner.name,
        own,
        when,
        documents,
        free,
        tuple(others),
        running,
        contract if chosen is not None else "",
        book_currency,
        of_day,
        len(found) - len(payable),
    )


def with_other(connection: Connection, plan: Plan, code: str, *, is_rated: bool | None = None) -> Plan:
    """The plan with the open documents of another customer after the payer's own: he pays on behalf of that one, too.

    Raises NotFound `customer_missing`.
    """
    if code == plan.customer:
        return plan
    other = of_customer(connection, code, on=plan.on, currency=plan.currency, is_rated=is_rated)
    theirs = tuple(replace(entry, owner=other.customer) for entry in other.documents)
    return replace(plan, documents=(*plan.documents, *theirs), left_out=plan.left_out + other.left_out)


def _contracts(
    connection: Connection, customer_id: int, currency: str, on: date
) -> tuple[RunningContract, ...]:
    figures = ContractFigures(at(on))
    rows = connection.execute(
        select(agreement.c.number, agreement.c.title, figures.unpaid.label("unpaid"))
        .where(
            agreement.c.kind == CONTRACT,
            agreement.c.customer_id == customer_id,
            agreement.c.currency == currency,
            agreement.c.state.in_(("signed", "running")),
        )
        .order_by(agreement.c.id)
    )
    return tuple(RunningContract(*row) for row in rows if row.unpaid > 0)


def choose(plan: Plan, amount_minor: int, mode: str = "auto") -> matching.Choice:
    """What an amount settles of a plan; `parts` are (index of the document, minor units). Needs no connection."""
    rooms = [entry.open_minor for entry in plan.documents]
    return matching.choose(plan.documents, rooms, max(amount_minor, 0), mode)


def choose_less(
    plan: Plan, amount_minor: int, mode: str = "auto", *, with_late: bool = False
) -> tuple[matching.Choice, list[matching.Part]]:
    """As `choose`, with the settlement discounts that are offered (`with_late`: also those whose days are over)."""
    rooms = [entry.open_minor for entry in plan.documents]
    rates = [
        None if entry.discount_late_days and not with_late else entry.discount_rate
        for entry in plan.documents
    ]
    return matching.choose_less(plan.documents, rooms, rates, max(amount_minor, 0), mode)


def whole_parts(plan: Plan, amount_minor: int, mode: str = "auto") -> list[matching.Part]:
    """What an amount settles without any discount."""
    return [matching.Part(index, part, 0) for index, part in choose(plan, amount_minor, mode).parts]


def _offer(terms: Terms | None, dated_on: date, on: date) -> tuple[Decimal | None, date | None, int]:
    """Rate, last day and days too late of what an invoice offers on a day."""
    if terms is None:
        return None, None, 0
    offer = discount_terms.offered(terms, dated_on, on) or discount_terms.late(terms, dated_on, on)
    return (None, None, 0) if offer is None else offer


@dataclass(frozen=True, slots=True)
class Rest:
    """What would stay open of the documents a payment is for. `is_odd`: so little that it may be given away."""

    amount_minor: int
    is_odd: bool


def odd_part(plan: Plan) -> int:
    """The odd part of all that is open: its part of one unit, or else of ten (1,234.50 -> 0.50; 1,234 -> 4).

    Zero where there is none, or where nothing else would be left.
    """
    unit = 10 ** money.digits(plan.currency)
    odd = plan.open_minor % unit or plan.open_minor % (10 * unit)
    return 0 if odd == plan.open_minor else odd


def odd_rest(plan: Plan, parts: Mapping[int, int], amount_minor: int) -> Rest:
    """What stays open of the chosen documents (`parts`: minor units by index) after a payment of that amount."""
    rest = sum(plan.documents[index].open_minor - part for index, part in parts.items())
    limit = max(ODD_UNITS_MAX * 10 ** money.digits(plan.currency), amount_minor * ODD_PERCENT_MAX // 100)
    return Rest(rest, 0 < rest <= limit)
