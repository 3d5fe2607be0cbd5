"""Settlement discounts by an invoice's terms (现金折扣, “2/10 n/30”): what is offered, taken, and taken back.

A discount taken is a document of its own, of kind `discount` and series SD: a credit of its customer, settled at once
with its one invoice. It belongs to the payment that earned it (`origin_id`), stands beside it on the statement, and
goes back with it. The tax (`discount_tax`): unchanged, it is finance cost (小企业会计准则: 财务费用, the tax
stays); adjusted, it takes back sales and tax by the rates of the invoice, and has lines that say so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from crmdesk.models import discount_terms, money
from crmdesk.models.discount_terms import Offer, Terms
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.tables.documents import allocation, document, document_line
from crmdesk.models.totals import TAXED
from crmdesk.services import allocating, carrying, ledger, posted, reversing, templates
from crmdesk.services.dialect import among
from crmdesk.services.doubts import warning
from crmdesk.services.ledger import Leg
from crmdesk.services.open_items import Item
from crmdesk.services.posted import REVERSAL, Posted
from crmdesk.services.units import Unit
from crmdesk.text import _

KIND = "discount"
ADJUST = "adjust"


def terms_in(stored: str | None) -> Terms:
    """The discount terms in the `terms` of a document row; empty ones where it has none."""
    text = json.loads(stored).get("settlement") if stored else None
    return discount_terms.parse(text) if text else Terms()


def terms_of(connection: Connection, document_ids: Iterable[int]) -> dict[int, Terms]:
    """The discount terms of those among the documents that have any."""
    rows = connection.execute(
        select(document.c.id, document.c.terms).where(
            among(document.c.id, list(document_ids)), document.c.terms.contains('"settlement"')
        )
    )
    return {row.id: terms_in(row.terms) for row in rows}


class Offers:
    """What may be kept of invoices by money of a day. `reason`: also where the days are over, and why."""

    def __init__(self, unit: Unit, on: date, reason: str = "") -> None:
        self._unit = unit
        self._on = on
        self.reason = reason
        self._known: dict[int, Terms] = {}

    def rates(self, items: Sequence[Item]) -> dict[int, Decimal]:
        """Document id -> rate, of the open items that offer a discount."""
        unknown = [item.document_id for item in items if item.document_id not in self._known]
        if unknown:
            self._unit.flush()
            self._known |= dict.fromkeys(unknown, Terms()) | terms_of(self._unit.connection, unknown)
        found: dict[int, Decimal] = {}
        for item in items:
            offer = self._of(item.document_id, item.dated_on)
            if offer is not None:
                found[item.document_id] = offer.rate
        return found

    def _of(self, document_id: int, dated_on: date) -> Offer | None:
        terms = self._known[document_id]
        offer = discount_terms.offered(terms, dated_on, self._on)
        if offer is None and self.reason:
            offer = discount_terms.late(terms, dated_on, self._on)
        return offer

    def settle(self, item: Item, room_minor: int, amount_minor: int) -> int:
        """The discount in settling an amount of an item of which so much may be settled."""
        rate = self.rates([item]).get(item.document_id)
        if rate is None or amount_minor > room_minor:
            return 0
        return discount_terms.taken_minor(rate, room_minor, amount_minor)

    def warn_late(self, debit: Posted) -> None:
        """Says by how many days the money came too late for an invoice, or that it was granted all the same."""
        missed = discount_terms.late(self._known.get(debit.id, Terms()), debit.dated_on, self._on)
        if missed is None:
            return
        text = (
            _(
                "The discount of {number} could be taken until {date}; it is granted all the same (days later: {days})."
            )
            if self.reason
            else _(
                "The discount of {number} could be taken until {date}; it was not taken (days too late: {days}). "
                "To grant it all the same, give a reason (late_discount)."
            )
        )
        message = text.format(number=debit.number, date=missed.last_on.isoformat(), days=missed.days_late)
        self._unit.warnings.append(warning(Code.DISCOUNT_LATE, message, "take_discount"))
        if self.reason:
            self._unit.note(
                debit.kind, debit.id, None, {"late_discount": missed.days_late, "reason": self.reason}
            )


def asked(unit: Unit, values: Mapping[str, Any], on: date) -> Offers | None:
    """The offers that a payment takes, or None; refuses it beside a discount or rounding by hand."""
    if not values["take_discount"]:
        if values["late_discount"]:
            raise InvalidInput(
                Code.INVALID_CHOICE,
                _("A reason for a late discount goes with taking the discount (take_discount)."),
                field="late_discount",
            )
        return None
    for name in ("discount", "rounding"):
        if values.get(name):
            raise InvalidInput(
                Code.INVALID_CHOICE,
                _("A payment takes the discount offered, or has one by hand or a rounding, not both."),
                field="take_discount",
            )
    return Offers(unit, on, values["late_discount"] or "")


class _Group(NamedTuple):
    tax_kind: str
    tax_rate: str
    gross_minor: int


class _Part(NamedTuple):
    group: _Group
    net_minor: int
    tax_minor: int


def _parts(unit: Unit, debit: Posted, amount_minor: int) -> list[_Part]:
    """Net and tax of a discount by the tax rates of its invoice: gross by the largest remainder, net rounded once."""
    line = document_line.c
    rows = unit.execute(
        select(line.tax_kind, line.tax_rate, func.sum(line.net_minor + line.tax_minor))
        .where(line.document_id == debit.id)
        .group_by(line.tax_kind, line.tax_rate)
        .order_by(func.min(line.position))
    ).all()
    groups = [group for row in rows if (group := _Group(*row)).gross_minor]
    made: list[_Part] = []
    for group, gross in zip(
        groups, money.spread(amount_minor, [one.gross_minor for one in groups]), strict=True
    ):
        if not gross:
            continue
        numerator, denominator = (
            Decimal(group.tax_rate) if group.tax_kind == TAXED else Decimal(0)
        ).as_integer_ratio()
        net = money.divide_round(gross * denominator, denominator + numerator)
        made.append(_Part(group, net, gross - net))
    return made


def write(unit: Unit, source: Posted, debit: Posted, amount_minor: int, on: date) -> Posted:
    """Writes a checked discount that a payment earns on an invoice, and settles the invoice with it."""
    currency = debit.currency
    parts = _parts(unit, debit, amount_minor) if unit.settings.discount_tax == ADJUST else []
    net = sum(part.net_minor for part in parts)
    tax = sum(part.tax_minor for part in parts)
    base = carrying.share(unit, debit, unit.open_items.get(debit), amount_minor)
    number, generation = posted.claim_number(unit, KIND, None, on)
    taken = posted.write(
        unit,
        KIND,
        number,
        generation,
        customer_id=debit.customer_id,
        currency=currency,
        dated_on=on,
        total_minor=amount_minor,
        net_minor=net,
        tax_minor=tax,
        effect_minor=-amount_minor,
        origin_id=source.id,
        reference=debit.number,
    )
    for position, part in enumerate(parts, start=1):
        unit.add(
            document_line,
            document_id=taken.id,
            position=position,
            product_id=None,
            description=debit.number,
            unit="",
            quantity="1",
            unit_price=money.plain(part.net_minor + part.tax_minor, currency),
            discount_minor=0,
            tax_kind=part.group.tax_kind,
            tax_rate=part.group.tax_rate,
            is_tax_included=1,
            net_minor=part.net_minor,
            tax_minor=part.tax_minor,
        )
    if currency != unit.settings.currency:
        carrying.keep_base(unit, taken, base)
    else:
        base = None
    unit.open_items.new(taken)
    roles = (
        ((templates.REVENUE, net), (templates.TAX, tax))
        if parts
        else ((templates.FINANCE_COST, amount_minor),)
    )
    bases = carrying.valued(base, [minor for _role, minor in roles])
    ledger.post(
        unit,
        taken.id,
        dated_on=on,
        customer_id=debit.customer_id,
        currency=currency,
        legs=(
            *(
                Leg(ledger.account_id(unit, role), minor, base_minor=worth)
                for (role, minor), worth in zip(roles, bases, strict=True)
                if minor
            ),
            Leg(
                ledger.account_id(unit, templates.RECEIVABLE),
                -amount_minor,
                base_minor=carrying.negative(base),
            ),
        ),
    )
    allocating.write(unit, taken, debit, amount_minor, on)
    return taken


def live_of(unit: Unit, source: Posted, debit: Posted | None = None) -> list[Posted]:
    """The discounts that a payment earned and that were not taken back, all or those of one invoice, oldest first."""
    unit.flush()
    back = document.alias("back")
    query = (
        select(document.c.id)
        .where(
            document.c.origin_id == source.id,
            document.c.kind == KIND,
            ~select(back.c.id)
            .where(back.c.origin_id == document.c.id, back.c.kind == KIND + REVERSAL)
            .exists(),
        )
        .order_by(document.c.id)
    )
    if debit is not None:
        query = query.where(
            select(allocation.c.id)
            .where(allocation.c.credit_id == document.c.id, allocation.c.debit_id == debit.id)
            .exists()
        )
    return [posted.by_id(unit, record_id) for record_id in unit.execute(query).scalars().all()]


def require_reversible(unit: Unit, taken: Iterable[Posted], on: date, field: str) -> None:
    """Refuses a date before one of the discounts, and a locked one."""
    for one in taken:
        reversing.require_reversible(unit, one, on, field)


def take_back(unit: Unit, taken: Iterable[Posted], on: date, reason: str) -> int:
    """Reverses checked discounts: their invoices are open by them again. Gives their sum in minor units."""
    total = 0
    for one in taken:
        allocating.release_all(unit, one, on)
        reversing.reverse(unit, one, on, reason)
        item = unit.open_items.get(one)
        unit.open_items.settle(item, item.open_minor, on)
        total += one.total_minor
    return total
