"""Orders (订单): what is delivered when, made to order or not; billed on its own unless it belongs to a contract."""

from __future__ import annotations

from datetime import date
from typing import Any

from crmdesk.models import clock
from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.fields import optional, required
from crmdesk.models.specs.agreements import (
    CLEAR,
    CONTRACT,
    CONTRACT_LINK,
    MUST_HAVE_REASON,
    ORDER,
    ORDER_FIELDS,
    ORDER_LINK,
    OWN_NUMBER,
    QUOTE,
    QUOTE_LINK,
    VERSION,
)
from crmdesk.models.specs.custom_fields import values_of
from crmdesk.models.specs.documents import DATE, DUE
from crmdesk.models.validation import missing
from crmdesk.services import agreements, contract_bills, contracts
from crmdesk.services.agreements import Agreement
from crmdesk.services.invoices import LINE_ERRORS
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_ORDER = required(ORDER_LINK)


@use_case(
    "order.create",
    fields=(QUOTE_LINK, CONTRACT_LINK, *ORDER_FIELDS, OWN_NUMBER, values_of(ORDER)),
    summary=N_("Write an order, from an accepted quote, from a signed contract, or plainly."),
    errors=(*agreements.CREATE_ERRORS, Code.DUPLICATE, Code.IN_USE, Code.INVALID_CHOICE),
)
def create(
    unit: Unit, *, quote: str | None, contract: str | None, number: str | None, **values: Any
) -> dict[str, Any]:
    """Writes an order. What is left out comes from the quote or the contract; a contract may have several orders."""
    if quote and contract:
        raise InvalidInput(
            Code.INVALID_CHOICE, _("Name the quote or the contract, not both."), field="contract"
        )
    source = None
    if quote:
        source = agreements.find(unit, QUOTE, quote)
        contracts.require_accepted(unit, source)
    elif contract:
        source = agreements.find(unit, CONTRACT, contract)
        if source.state not in ("signed", "running"):
            raise Conflict(
                Code.WRONG_STATE,
                _("{number} is {state}; orders are made from a signed or running contract.").format(
                    number=source.number, state=agreements.state_label(CONTRACT, source.state)
                ),
                field="contract",
            )
    checked = agreements.check_new(unit, ORDER, values, source)
    if not checked.body.totals.lines:
        raise missing("lines")
    own = agreements.claim_number(unit, ORDER, number, checked.dated_on)
    return _told(agreements.write_new(unit, checked, number=own))


@use_case(
    "order.update",
    fields=(_ORDER, *optional(ORDER_FIELDS), CLEAR, VERSION, values_of(ORDER)),
    summary=N_("Change an open order that was not billed; only what is given changes."),
    errors=(*agreements.CHANGE_ERRORS, Code.IS_BILLED),
)
def change(unit: Unit, *, order: str, version: int | None, **values: Any) -> dict[str, Any]:
    """Changes an open order; of a billed one the lines stay."""
    found = agreements.find(unit, ORDER, order)
    agreements.require_version(found, version)
    allowed = None if found.state == "open" else ("note",)
    is_total_touched = any(
        values[name] is not None for name in ("customer", "lines", "discount", "currency")
    ) or "discount" in (values["clear"] or ())
    if allowed is None and is_total_touched:
        contract_bills.require_not_billed(unit, found, _("Void that invoice first."))
    return _told(agreements.change(unit, found, values, may_change=allowed))


@use_case(
    "order.deliver",
    fields=(_ORDER, DATE, VERSION),
    summary=N_("Note that an order was delivered."),
    errors=agreements.MOVE_ERRORS,
)
def deliver(unit: Unit, *, order: str, date: date | None, version: int | None) -> dict[str, Any]:
    """Marks an order as delivered on a date."""
    found = agreements.find(unit, ORDER, order)
    agreements.require_version(found, version)
    return _told(agreements.move(unit, found, "delivered", date or clock.today()))


@use_case(
    "order.void",
    fields=(_ORDER, MUST_HAVE_REASON, DATE, VERSION),
    summary=N_("Void an order; refused while its invoice stands. Number and reason stay."),
    errors=(*agreements.MOVE_ERRORS, Code.IS_BILLED),
)
def void(unit: Unit, *, order: str, reason: str, date: date | None, version: int | None) -> dict[str, Any]:
    """Voids an open order of which nothing is billed."""
    found = agreements.find(unit, ORDER, order)
    on = date or clock.today()
    agreements.require_version(found, version)
    agreements.require_move(found, "void", on)
    contract_bills.require_not_billed(unit, found, _("Void that invoice first, then the order."))
    return _told(agreements.move(unit, found, "void", on, reason=reason))


@use_case(
    "order.bill",
    fields=(_ORDER, DATE, DUE, VERSION),
    summary=N_("Issue the invoice of an order, with exactly its lines and amounts."),
    errors=(*LINE_ERRORS, Code.WRONG_STATE, Code.IS_BILLED, Code.IN_USE, Code.CHANGED_BY),
)
def bill(
    unit: Unit, *, order: str, date: date | None, due: date | None, version: int | None
) -> dict[str, Any]:
    """Bills an order. One that belongs to a contract is billed by the contract, so that nothing is billed twice."""
    found = agreements.find(unit, ORDER, order)
    agreements.require_version(found, version)
    owner = agreements.made_from(unit.connection, found, CONTRACT)
    if owner is not None:
        raise Conflict(
            Code.IN_USE,
            _("{number} belongs to the contract {contract} and is billed by it.").format(
                number=found.number, contract=owner.number
            ),
            field="order",
        )
    return contract_bills.bill_whole(unit, found, date or clock.today(), due) | {"order": found.number}


def _told(found: Agreement) -> dict[str, Any]:
    return agreements.result(found, deliver_on=found.deliver_on.isoformat() if found.deliver_on else None)
