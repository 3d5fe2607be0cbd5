"""Contracts (合同): written, signed, billed as a whole, finished or void. Plans are in `plans`."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from crmdesk.models import clock
from crmdesk.models.errors import Code, Conflict
from crmdesk.models.fields import optional, required
from crmdesk.models.specs.agreements import (
    CLEAR,
    CONTRACT,
    CONTRACT_FIELDS,
    CONTRACT_LINK,
    MUST_HAVE_REASON,
    OWN_NUMBER,
    QUOTE,
    QUOTE_LINK,
    VERSION,
)
from crmdesk.models.specs.custom_fields import values_of
from crmdesk.models.specs.documents import DATE, DUE
from crmdesk.services import agreements, contract_bills, contract_money, quotes
from crmdesk.services.agreements import Agreement
from crmdesk.services.invoices import LINE_ERRORS
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_CONTRACT = required(CONTRACT_LINK)
_AFTER_SIGNING = ("title", "ends_on", "signatories", "note", "fields")
_BILL_ERRORS = (
    Code.NOT_FOUND,
    Code.WRONG_STATE,
    Code.IS_BILLED,
    Code.INACTIVE,
    Code.PERIOD_LOCKED,
    Code.DATE_ORDER,
)


@use_case(
    "contract.create",
    fields=(QUOTE_LINK, *CONTRACT_FIELDS, OWN_NUMBER, values_of(CONTRACT)),
    summary=N_("Write a contract, from an accepted quote or plainly; it is a draft until it is signed."),
    errors=(*agreements.CREATE_ERRORS, Code.DUPLICATE, Code.IN_USE),
)
def create(unit: Unit, *, quote: str | None, number: str | None, **values: Any) -> dict[str, Any]:
    """Writes a contract. From a quote: customer, subject, note, lines and discount that are left out come from it."""
    source = agreements.find(unit, QUOTE, quote) if quote else None
    if source is not None:
        require_accepted(unit, source)
    checked = agreements.check_new(unit, CONTRACT, values, source)
    own = agreements.claim_number(unit, CONTRACT, number, checked.dated_on)
    return told(agreements.write_new(unit, checked, number=own))


def require_accepted(unit: Unit, source: Agreement) -> None:
    """A quote becomes a contract or an order once, after it was accepted; a void one does not count."""
    if source.state != "accepted":
        raise Conflict(
            Code.WRONG_STATE,
            _("{number} is {state}. Note first that the customer accepted it.").format(
                number=source.number, state=agreements.state_label(QUOTE, source.state_on(clock.today()))
            ),
            field="quote",
        )
    made = [
        one.number
        for kind in (CONTRACT, "order")
        for one in agreements.followers(unit.connection, source, kind)
        if one.state != "void"
    ]
    if made:
        raise Conflict(
            Code.IN_USE,
            _("{number} has become {other} already. Void that first, or write a new quote.").format(
                number=source.number, other=", ".join(made)
            ),
            field="quote",
        )


@use_case(
    "contract.update",
    fields=(_CONTRACT, *optional(CONTRACT_FIELDS), CLEAR, VERSION, values_of(CONTRACT)),
    summary=N_("Change a contract: a draft wholly, a signed one in its subject, end, signatories and note."),
    errors=(*agreements.CHANGE_ERRORS, Code.TOTAL_DIFFERS),
)
def change(unit: Unit, *, contract: str, version: int | None, **values: Any) -> dict[str, Any]:
    """Changes a contract. The total of one that has a plan stays: plan and contract are never apart."""
    found = agreements.find(unit, CONTRACT, contract)
    agreements.require_version(found, version)
    if found.state in ("draft", "signed", "running"):
        allowed = None if found.state == "draft" else _AFTER_SIGNING
    else:
        allowed = ("note",)
    is_total_touched = any(values[name] is not None for name in ("lines", "discount", "currency"))
    if is_total_touched or "discount" in (values["clear"] or ()):
        _require_no_plan(unit, found)
    return told(agreements.change(unit, found, values, may_change=allowed))


def _require_no_plan(unit: Unit, found: Agreement) -> None:
    from crmdesk.models.tables.agreements import plan

    way = unit.execute(
        select(plan.c.way).where(plan.c.contract_id == found.id).order_by(plan.c.version.desc()).limit(1)
    ).scalar()
    if way not in (None, "none"):
        raise Conflict(
            Code.TOTAL_DIFFERS,
            _(
                "{number} has an instalment plan over its total. Cancel the plan, change the lines, plan anew."
            ).format(number=found.number),
            field="lines",
        )


@use_case(
    "contract.sign",
    fields=(_CONTRACT, DATE, VERSION),
    summary=N_("Note that a contract was signed; its lines are fixed from now on."),
    errors=(*agreements.MOVE_ERRORS, Code.NO_LINES),
)
def sign(unit: Unit, *, contract: str, date: date | None, version: int | None) -> dict[str, Any]:
    """Signs a contract; from now on it can be billed, and its lines and total stay as they are."""
    found = agreements.find(unit, CONTRACT, contract)
    on = date or clock.today()
    agreements.require_version(found, version)
    agreements.require_move(found, "signed", on)
    quotes.require_lines(found)
    return told(agreements.move(unit, found, "signed", on, signed_on=on))


@use_case(
    "contract.finish",
    fields=(_CONTRACT, DATE, VERSION),
    summary=N_("Note that a contract is finished: nothing more is billed of it."),
    errors=agreements.MOVE_ERRORS,
)
def finish(unit: Unit, *, contract: str, date: date | None, version: int | None) -> dict[str, Any]:
    """Finishes a running contract; what is open on its invoices stays open. Warns when not all of it was billed."""
    found = agreements.find(unit, CONTRACT, contract)
    agreements.require_version(found, version)
    done = agreements.move(unit, found, "finished", date or clock.today())
    billed = sum(bill.total_minor for bill in contract_bills.live_bills(unit, done))
    if billed != done.total_minor:
        unit.warnings.append(
            {
                "code": str(Code.TOTAL_DIFFERS),
                "field": "contract",
                "message": _("{number} is finished, but not all of it was billed.").format(
                    number=done.number
                ),
            }
        )
    return told(done)


@use_case(
    "contract.void",
    fields=(_CONTRACT, MUST_HAVE_REASON, DATE, VERSION),
    summary=N_("Void a contract; refused while one of its invoices stands. Number and reason stay."),
    errors=(*agreements.MOVE_ERRORS, Code.IS_BILLED, Code.IN_USE),
)
def void(unit: Unit, *, contract: str, reason: str, date: date | None, version: int | None) -> dict[str, Any]:
    """Voids a contract of which nothing is billed; money tied to it stays the customer's credit, free for others."""
    found = agreements.find(unit, CONTRACT, contract)
    on = date or clock.today()
    agreements.require_version(found, version)
    agreements.require_move(found, "void", on)
    contract_bills.require_not_billed(unit, found, _("Void those invoices first, then the contract."))
    orders = [
        one.number for one in agreements.followers(unit.connection, found, "order") if one.state != "void"
    ]
    if orders:
        raise Conflict(
            Code.IN_USE,
            _("{number} has the orders {orders}. Void those first.").format(
                number=found.number, orders=", ".join(orders)
            ),
            field="contract",
        )
    return told(agreements.move(unit, found, "void", on, reason=reason))


@use_case(
    "contract.bill",
    fields=(_CONTRACT, DATE, DUE, VERSION),
    summary=N_(
        "Issue the invoice of a contract that has no instalment plan, with exactly its lines and amounts."
    ),
    errors=(*LINE_ERRORS, *_BILL_ERRORS, Code.IN_USE, Code.CHANGED_BY),
)
def bill(
    unit: Unit, *, contract: str, date: date | None, due: date | None, version: int | None
) -> dict[str, Any]:
    """Bills a contract at once, and settles the invoice with the money that is tied to the contract."""
    from crmdesk.services import plans

    found = agreements.find(unit, CONTRACT, contract)
    on = date or clock.today()
    agreements.require_version(found, version)
    if plans.current(unit.connection, found.id) is not None:
        raise Conflict(
            Code.IN_USE,
            _("{number} has an instalment plan. Bill its instalments (plan.bill).").format(
                number=found.number
            ),
            field="contract",
        )
    answer = contract_bills.bill_whole(unit, found, on, due)
    settled = contract_money.settle_with_tied(unit, found, [answer["number"]], on)
    return answer | {"contract": found.number, **settled}


def told(found: Agreement) -> dict[str, Any]:
    """What a use case answers about a contract."""
    return agreements.result(found, ends_on=found.ends_on.isoformat() if found.ends_on else None)
