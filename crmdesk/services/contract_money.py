"""Money that belongs to a contract: which invoices it settles, oldest first, and what stays tied to the contract.

A payment is tied when it is recorded (`payment.record` with `contract`); what of it is free is settled against the
next invoices of the same contract when they are billed. Money that is not tied never goes there by itself.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from crmdesk.models import money
from crmdesk.models.errors import Code, Conflict
from crmdesk.models.specs.agreements import CONTRACT
from crmdesk.models.tables.agreements import agreement_bill, payment_contract
from crmdesk.services import agreements, allocating, carrying, contract_bills, posted
from crmdesk.services.agreements import Agreement
from crmdesk.services.posted import Posted
from crmdesk.services.units import Unit
from crmdesk.text import _


def require_payable(unit: Unit, number: str, customer_id: int, currency: str) -> Agreement:
    """The contract that money comes for: of the same customer and currency, and not void."""
    found = agreements.find(unit, CONTRACT, number)
    if found.customer_id != customer_id:
        raise Conflict(
            Code.OTHER_CUSTOMER,
            _("{number} belongs to another customer.").format(number=found.number),
            field="contract",
        )
    if found.currency != currency:
        raise Conflict(
            Code.CURRENCY_MIXED,
            _("{number} is in {one}, the payment in {other}; currencies are not mixed.").format(
                number=found.number, one=found.currency, other=currency
            ),
            field="contract",
        )
    if found.state == "void":
        raise Conflict(
            Code.WRONG_STATE,
            _("{number} is void. Leave the contract out: the money is the customer's credit then.").format(
                number=found.number
            ),
            field="contract",
        )
    return found


def tie(unit: Unit, payment: Posted, contract: Agreement) -> None:
    """Notes that a payment written in this unit belongs to a contract; a signed one runs from then on."""
    unit.add(payment_contract, document_id=payment.id, contract_id=contract.id)
    if contract.state == "signed":
        agreements.move(unit, contract, "running", max(payment.dated_on, contract.dated_on))
    unit.changes.add(CONTRACT, contract.id)


def bills_in_order(unit: Unit, contract: Agreement) -> list[int]:
    """The invoices of a contract that stand, as its money settles them: by due date, then as they were posted."""
    bills = contract_bills.live_bills(unit, contract)
    bills.sort(key=lambda bill: (bill.due_on or bill.dated_on, bill.document_id))
    return [bill.document_id for bill in bills]


def require_own(unit: Unit, contract: Agreement, debit: Posted, field: str) -> None:
    """Refuses an invoice of another contract, or of none, for a payment that was named for this one."""
    owner = unit.execute(
        select(agreement_bill.c.agreement_id).where(agreement_bill.c.document_id == debit.id)
    ).scalar()
    if owner != contract.id:
        raise Conflict(
            Code.OTHER_CONTRACT,
            _(
                "{invoice} is no invoice of {contract}. Leave the contract out, or choose one of its invoices."
            ).format(invoice=debit.number, contract=contract.number),
            field=field,
        )


def tied_payments(unit: Unit, contract: Agreement) -> list[Posted]:
    """The payments tied to a contract that stand, oldest first."""
    ids = unit.execute(
        select(payment_contract.c.document_id).where(payment_contract.c.contract_id == contract.id)
    ).scalars()
    found = [payment for payment in posted.load(unit, ids) if payment.reversed_on is None]
    found.sort(key=lambda payment: (payment.dated_on, payment.id))
    return found


def settle_with_tied(unit: Unit, contract: Agreement, numbers: list[str], on: date) -> dict[str, Any]:
    """Settles invoices just billed with money tied to the contract, oldest first, on the date of the bill.

    Money that came later settles on its own date. Gives what was settled and what is open then, as decimal strings.
    """
    items = unit.open_items
    payments = tied_payments(unit, contract)
    allocations: list[dict[str, Any]] = []
    debits = [posted.find(unit, ("invoice",), number, "invoice") for number in numbers]
    for debit in debits:
        for payment in payments:
            when = max(on, debit.dated_on, payment.dated_on)
            room = min(items.least_open(items.get(debit), when), items.least_open(items.get(payment), when))
            # what has no rate of exchange does not settle what has one; rate.adopt gives it one
            if room <= 0 or carrying.is_rated(unit, debit) != carrying.is_rated(unit, payment):
                continue
            allocating.write(unit, payment, debit, room, when)
            allocations.append(
                {
                    "payment": payment.number,
                    "invoice": debit.number,
                    "amount": money.plain(room, contract.currency),
                    "date": when.isoformat(),
                }
            )
    still_open = sum(items.get(debit).open_minor for debit in debits)
    return {"open": money.plain(still_open, contract.currency), "allocations": allocations}


def open_minor(unit: Unit, number: str) -> int:
    """What is open of an invoice written in this unit, in minor units."""
    return unit.open_items.get(posted.find(unit, ("invoice",), number, "invoice")).open_minor
