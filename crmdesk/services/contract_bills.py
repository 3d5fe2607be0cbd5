"""Invoices made from contracts and orders: the whole of one, or the part of an instalment, to the cent.

An instalment's invoice has one line with tax in it per tax rate of the contract. Net and tax of each rate follow the
contract's own by cumulative rounding: however it is cut, all parts together have exactly the contract's net and tax
per rate, and no part has a negative one (domain.md, “Parts of any split = the whole”).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, and_, select

from crmdesk.models import money, validation
from crmdesk.models.errors import Code, Conflict
from crmdesk.models.fields import optional
from crmdesk.models.specs.agreements import CONTRACT, ORDER
from crmdesk.models.specs.documents import INVOICE
from crmdesk.models.tables.agreements import agreement_bill, instalment_bill
from crmdesk.models.tables.documents import document, document_line
from crmdesk.models.totals import TAXED, LineTotal, Totals
from crmdesk.services import agreement_lines, agreements, invoices, posted
from crmdesk.services.agreements import Agreement
from crmdesk.services.dialect import among
from crmdesk.services.posted import REVERSAL, Posted
from crmdesk.services.units import Unit
from crmdesk.text import N_, _, translator

Rate = tuple[str, Decimal]
"""Tax kind and rate."""


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice of an agreement; `instalment_id` is the root of the instalment it bills."""

    document_id: int
    agreement_id: int
    number: str
    dated_on: date
    due_on: date | None
    total_minor: int
    instalment_id: int | None
    void_on: date | None


_BACK = document.alias("bill_back")


def bills_of(connection: Connection, agreement_ids: list[int]) -> list[Bill]:
    """Every invoice ever made from these agreements, voided ones with the date of their void, in order of posting."""
    query = (
        select(
            document.c.id,
            agreement_bill.c.agreement_id,
            document.c.number,
            document.c.dated_on,
            document.c.due_on,
            document.c.total_minor,
            instalment_bill.c.instalment_id,
            _BACK.c.dated_on.label("void_on"),
        )
        .join_from(agreement_bill, document, document.c.id == agreement_bill.c.document_id)
        .outerjoin(instalment_bill, instalment_bill.c.document_id == document.c.id)
        .outerjoin(_BACK, and_(_BACK.c.origin_id == document.c.id, _BACK.c.kind == "invoice" + REVERSAL))
        .where(among(agreement_bill.c.agreement_id, agreement_ids))
        .order_by(document.c.id)
    )
    return [Bill(*row) for row in connection.execute(query)]


def live_bills(unit: Unit, found: Agreement) -> list[Bill]:
    """The invoices of an agreement that are not void, this unit's own included."""
    unit.flush()
    return [bill for bill in bills_of(unit.connection, [found.id]) if bill.void_on is None]


def require_not_billed(unit: Unit, found: Agreement, what_to_do: str) -> None:
    """Refuses what would contradict an invoice that stands; `what_to_do` is the way out, a finished sentence."""
    bills = live_bills(unit, found)
    if bills:
        raise Conflict(
            Code.IS_BILLED,
            _("{number} is billed by {invoices}.").format(
                number=found.number, invoices=", ".join(bill.number for bill in bills)
            )
            + " "
            + what_to_do,
            field=found.kind,
        )


def require_billable(found: Agreement, on: date) -> None:
    """Only what is agreed on is billed, and not before its date."""
    allowed = {CONTRACT: ("signed", "running"), ORDER: ("open", "delivered")}[found.kind]
    if found.state not in allowed:
        raise Conflict(
            Code.WRONG_STATE,
            _("{number} is {state}; it can be billed while it is: {choices}.").format(
                number=found.number,
                state=agreements.state_label(found.kind, found.state),
                choices=", ".join(agreements.state_label(found.kind, state) for state in allowed),
            ),
            field=found.kind,
        )
    if on < found.dated_on:
        raise Conflict(
            Code.DATE_ORDER,
            _("{date} is before {number} itself ({own}).").format(
                date=on.isoformat(), number=found.number, own=found.dated_on.isoformat()
            ),
            field="date",
        )


def bill_whole(unit: Unit, found: Agreement, on: date, due: date | None) -> dict[str, Any]:
    """Issues one invoice with the lines of a contract or order and exactly its amounts."""
    require_billable(found, on)
    require_not_billed(unit, found, _("Void that invoice first, then bill again."))
    kept = agreement_lines.plain_values(unit.connection, found.content)
    values = {"lines": kept["lines"], "discount": kept["discount"]}
    rounding = agreement_lines.line_inputs(found.content, found.currency)[2]
    totals = agreement_lines.totals_of(found.content, found.currency)
    return _issue(unit, found, on, due, values, invoices.Agreed(totals, rounding))[0]


def bill_part(
    unit: Unit, found: Agreement, on: date, due: date, amount_minor: int, label: str, instalment_id: int
) -> tuple[dict[str, Any], Posted]:
    """Issues the invoice of one instalment; the caller has checked that it may be billed.

    Raises Conflict `total_differs` for more than what is left of the contract.
    """
    left = left_to_bill(unit, found)
    parts = split(left, amount_minor)
    title = found.title or found.number
    # in the language of the book: the line stays, whoever bills it
    words = translator(unit.settings.language)(N_("{title} ({label})"))
    lines = [
        {
            "description": words.format(title=title, label=label)[:500],
            "quantity": "1",
            "unit_price": money.plain(part.net_minor + part.tax_minor, found.currency),
            "tax_kind": kind,
            "tax_included": True,
        }
        | ({"tax_rate": f"{rate:f}"} if kind == TAXED else {})
        for (kind, rate), part in parts.items()
    ]
    totals = Totals(
        tuple(parts.values()),
        sum(part.net_minor for part in parts.values()),
        sum(part.tax_minor for part in parts.values()),
        0,
    )
    rounding = agreement_lines.line_inputs(found.content, found.currency)[2]
    agreed = invoices.Agreed(totals, rounding, due)
    answer, issued = _issue(unit, found, on, None, {"lines": lines}, agreed)
    unit.add(instalment_bill, document_id=issued.id, instalment_id=instalment_id)
    return answer, issued


def _issue(
    unit: Unit,
    found: Agreement,
    on: date,
    due: date | None,
    values: dict[str, Any],
    agreed: invoices.Agreed,
) -> tuple[dict[str, Any], Posted]:
    """The one way from an agreement to the invoice service, with the link back."""
    owner = agreements.customer_of(unit, found)
    typed = validation.check(
        optional(INVOICE),
        values
        | {
            "customer": owner.code,
            "date": on,
            "due": due,
            "currency": found.currency,
            "reference": found.number,
            "discount_terms": found.discount_terms,
        },
    )
    answer = invoices.issue_values(unit, typed, agreed)
    issued = posted.find(unit, ("invoice",), answer["number"], "invoice")
    unit.add(agreement_bill, document_id=issued.id, agreement_id=found.id)
    if found.kind == CONTRACT and found.state == "signed":
        agreements.move(unit, found, "running", max(on, found.dated_on))
    unit.changes.add(found.kind, found.id)
    return answer, issued


# Cutting a contract into parts


@dataclass(slots=True)
class Left:
    """What is left of one tax rate of a contract; `whole_*` is all that was agreed."""

    whole_net_minor: int
    whole_tax_minor: int
    net_minor: int
    tax_minor: int

    @property
    def gross_minor(self) -> int:
        """Net and tax that are left."""
        return self.net_minor + self.tax_minor


def groups_of(found: Agreement) -> dict[Rate, Left]:
    """Net and tax of a contract by tax rate, in the order of its lines, nothing billed yet."""
    inputs, _discount, _rounding = agreement_lines.line_inputs(found.content, found.currency)
    totals = agreement_lines.totals_of(found.content, found.currency)
    groups: dict[Rate, Left] = {}
    for line, amounts in zip(inputs, totals.lines, strict=True):
        group = groups.setdefault((line.tax_kind, line.tax_rate.normalize()), Left(0, 0, 0, 0))
        group.whole_net_minor += amounts.net_minor
        group.whole_tax_minor += amounts.tax_minor
        group.net_minor += amounts.net_minor
        group.tax_minor += amounts.tax_minor
    return groups


def left_to_bill(unit: Unit, found: Agreement) -> dict[Rate, Left]:
    """What is left of a contract by tax rate after its invoices that stand."""
    groups = groups_of(found)
    ids = [bill.document_id for bill in live_bills(unit, found)]
    if ids:
        rows = unit.execute(
            select(
                document_line.c.tax_kind,
                document_line.c.tax_rate,
                document_line.c.net_minor,
                document_line.c.tax_minor,
            ).where(among(document_line.c.document_id, ids))
        )
        for kind, rate, net, tax in rows:
            group = groups[kind, Decimal(rate).normalize()]
            group.net_minor -= net
            group.tax_minor -= tax
    return groups


def split(left: dict[Rate, Left], amount_minor: int) -> dict[Rate, LineTotal]:
    """The part of each tax rate in an amount with tax, taken from what is left; rates with nothing are left out.

    Gross amounts by largest remainder over what is left, so that no rate is overdrawn. The net of a rate is what its
    share of the whole has grown by, rounded once over all parts so far, and kept within what is left.
    """
    room = sum(group.gross_minor for group in left.values())
    if amount_minor > room:
        raise AssertionError(f"{amount_minor} is more than the {room} that are left")
    grosses = money.split(amount_minor, [group.gross_minor for group in left.values()])
    parts: dict[Rate, LineTotal] = {}
    for (rate, group), gross in zip(left.items(), grosses, strict=True):
        if gross == 0:
            continue
        whole_gross = group.whole_net_minor + group.whole_tax_minor
        gone = whole_gross - group.gross_minor + gross
        target = money.divide_round(group.whole_net_minor * gone, whole_gross)
        net = target - (group.whole_net_minor - group.net_minor)
        least = max(0, group.net_minor - (group.gross_minor - gross))
        net = min(max(net, least), gross, group.net_minor)
        parts[rate] = LineTotal(net, gross - net, 0)
    return parts
