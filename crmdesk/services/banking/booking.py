"""What becomes of a bank line: a payment, a refund, a link to what was in the book already, or nothing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select

from crmdesk.models import money
from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.fields import Field, Kind, pick, required
from crmdesk.models.specs.documents import CUSTOMER, NOTE, PAYMENT, REASON
from crmdesk.models.tables.banking import bank_ignored, bank_match
from crmdesk.models.tables.documents import payment as payment_table
from crmdesk.services import customers, payments, posted, refunds
from crmdesk.services.banking import aliases, lines, states
from crmdesk.services.banking.lines import BankLine
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_FEE, _ALLOCATE, _CONTRACT, _TAKE = pick(PAYMENT, "fee", "allocate", "contract", "take_discount")
_LEARN = Field("learn", Kind.BOOLEAN, N_("Remember the payer"), default=True)
_PAYMENT = Field("payment", Kind.LINK, N_("Payment"), link="payment")
_REFUND = Field("refund", Kind.LINK, N_("Refund"), link="refund")
_CREDIT = Field("credit", Kind.LINK, N_("Credit note"), link="credit")
_REFERENCE_MAX = 200


@use_case(
    "bank.confirm",
    fields=(
        lines.LINE,
        CUSTOMER,
        replace(_ALLOCATE, default=None),
        _FEE,
        NOTE,
        _LEARN,
        _CONTRACT,
        _TAKE,
    ),
    summary=N_("Book a bank line as a payment of a customer, and remember who paid."),
    errors=(
        Code.NOT_FOUND,
        Code.IN_USE,
        Code.OUT_OF_RANGE,
        Code.CUSTOMER_MISSING,
        Code.OVER_ALLOCATED,
        Code.NO_MATCH,
        Code.AMBIGUOUS,
        Code.OTHER_CUSTOMER,
        Code.CURRENCY_MIXED,
        Code.REVERSED,
        Code.INACTIVE,
        Code.PERIOD_LOCKED,
        Code.OTHER_CONTRACT,
        Code.WRONG_STATE,
        Code.RATE_MISSING,
    ),
)
def confirm(
    unit: Unit,
    *,
    line: int,
    customer: str,
    allocate: Any = None,
    fee: Decimal | None = None,
    note: str | None = None,
    learn: bool | None = True,
    contract: str | None = None,
    take_discount: bool | None = None,
) -> dict[str, Any]:
    """Records the payment that the line is: its date, account, payer and reference are the line's.

    `contract`: the money is for it, as in `payment.record`; `allocate` left out then settles its invoices.
    `fee`: what the bank kept; the customer is credited with the line's amount plus the fee.
    """
    found = lines.find_new(unit, line, side=1)
    owner = customers.find(unit, customer)
    result = payments.record(
        unit,
        customer=owner.code,
        date=found.booked_on,
        amount=money.to_decimal(found.amount_minor, found.currency) + (fee or Decimal(0)),
        method=None,
        account=found.account,
        reference=found.reference[:_REFERENCE_MAX],
        payer=found.payer[:_REFERENCE_MAX],
        fee=fee,
        discount=None,
        currency=found.currency,
        allocate=allocate,
        contract=contract,
        take_discount=take_discount,
        number=None,
        note=note if note is not None else found.text,
    )
    payment = posted.find(unit, ("payment",), result["number"], "payment")
    lines.tie(unit, found, payment.number, "booked", document_id=payment.id)
    learnt = aliases.learn(unit, owner.id, found.payer, found.payer_account) if learn else []
    return {"line": line, **result, "learnt": learnt}


@use_case(
    "bank.link",
    fields=(lines.LINE, _PAYMENT, _REFUND),
    summary=N_(
        "Tie a bank line to a payment or refund that was entered already, so that it is not booked twice."
    ),
    errors=(
        Code.NOT_FOUND,
        Code.REQUIRED,
        Code.IN_USE,
        Code.OUT_OF_RANGE,
        Code.REVERSED,
        Code.TOTAL_DIFFERS,
        Code.ACCOUNT_DIFFERS,
        Code.CURRENCY_MIXED,
    ),
)
def link(unit: Unit, *, line: int, payment: str | None, refund: str | None) -> dict[str, Any]:
    """Ties a line to a posted movement of the same account and amount; posts nothing."""
    if (payment is None) == (refund is None):
        raise InvalidInput(Code.REQUIRED, _("Name either the payment or the refund."), field="payment")
    field = "payment" if payment is not None else "refund"
    found = lines.find_new(unit, line, side=1 if payment is not None else -1)
    movement = posted.find(unit, (field,), payment or refund or "", field)
    posted.require_live(movement, field)
    _require_fitting(unit, found, movement, field)
    lines.tie(unit, found, movement.number, "linked", document_id=movement.id)
    unit.changes.add(movement.kind, movement.id)
    return {"line": line, "number": movement.number}


def _require_fitting(unit: Unit, line: BankLine, movement: posted.Posted, field: str) -> None:
    row = unit.execute(select(payment_table).where(payment_table.c.document_id == movement.id)).one()
    if movement.currency != line.currency:
        raise Conflict(
            Code.CURRENCY_MIXED,
            _("{number} is in {one}, the line in {other}; currencies are not mixed.").format(
                number=movement.number, one=movement.currency, other=line.currency
            ),
            field=field,
        )
    if row.money_account_id != line.money_account_id:
        raise Conflict(
            Code.ACCOUNT_DIFFERS,
            _("{number} was booked on another money account than {code}.").format(
                number=movement.number, code=line.account
            ),
            field=field,
            hint=_("Reverse it and book the line instead."),
        )
    moved = row.received_minor - row.fee_minor
    if moved != line.amount_minor:
        raise Conflict(
            Code.TOTAL_DIFFERS,
            _("{number} moved {own}, the bank line is {line}.").format(
                number=movement.number,
                own=money.plain(moved, line.currency),
                line=money.plain(line.amount_minor, line.currency),
            ),
            field=field,
            hint=_("Reverse it and book the line instead."),
        )
    taken = select(bank_match.c.bank_line_id).where(
        bank_match.c.document_id == movement.id, states.IS_LIVE_MATCH
    )
    if unit.first(taken) is not None:
        raise Conflict(
            Code.IN_USE,
            _("{number} is tied to another bank line already.").format(number=movement.number),
            field=field,
        )


@use_case(
    "bank.refund",
    fields=(lines.LINE, _PAYMENT, _CREDIT, required(REASON)),
    summary=N_("Book a bank line that went out as money paid back to a customer."),
    errors=(
        Code.NOT_FOUND,
        Code.IN_USE,
        Code.OUT_OF_RANGE,
        Code.REQUIRED,
        Code.OVER_REFUNDED,
        Code.REVERSED,
        Code.CURRENCY_MIXED,
        Code.DATE_ORDER,
        Code.PERIOD_LOCKED,
    ),
)
def refund(unit: Unit, *, line: int, payment: str | None, credit: str | None, reason: str) -> dict[str, Any]:
    """Records the refund that the line is, out of what is free of a payment or credit note."""
    found = lines.find_new(unit, line, side=-1)
    for kind, number in (("payment", payment), ("credit", credit)):
        if number is not None:
            original = posted.find(unit, (kind, "opening"), number, kind)
            if original.currency != found.currency:
                raise Conflict(
                    Code.CURRENCY_MIXED,
                    _("{number} is in {one}, the line in {other}; currencies are not mixed.").format(
                        number=original.number, one=original.currency, other=found.currency
                    ),
                    field=kind,
                )
    result = refunds.record(
        unit,
        payment=payment,
        credit=credit,
        amount=money.to_decimal(-found.amount_minor, found.currency),
        date=found.booked_on,
        method=None,
        account=found.account,
        reason=reason,
    )
    written = posted.find(unit, ("refund",), result["number"], "refund")
    lines.tie(unit, found, written.number, "booked", document_id=written.id)
    return {"line": line, **result}


@use_case(
    "bank.ignore",
    fields=(lines.LINE, required(REASON)),
    summary=N_("Set a bank line aside: it concerns no customer, or it stands in the book another way."),
    errors=(Code.NOT_FOUND, Code.IN_USE),
)
def ignore(unit: Unit, *, line: int, reason: str) -> dict[str, Any]:
    """Sets a line aside with the reason. Nothing is posted."""
    found = lines.find(unit, line)
    if found.state != states.NEW:
        raise Conflict(
            Code.IN_USE,
            _("The line of {date} does not wait any more.").format(date=found.booked_on.isoformat()),
            field="line",
        )
    unit.add(bank_ignored, bank_line_id=line, reason=reason)
    unit.note("bank_line", line, {"state": states.NEW}, {"state": states.IGNORED, "reason": reason})
    return {"line": line, "state": states.IGNORED}


@use_case(
    "bank.reopen",
    fields=(lines.LINE,),
    summary=N_("Let a bank line wait again that was set aside or tied to a payment."),
    errors=(Code.NOT_FOUND, Code.IN_USE),
)
def reopen(unit: Unit, *, line: int) -> dict[str, Any]:
    """Takes back `bank.ignore` or `bank.link`. What was booked from the line is reversed, not reopened."""
    found = lines.find(unit, line)
    if found.state == states.BOOKED:
        raise Conflict(
            Code.IN_USE,
            _("{number} was booked from this line. Reverse it, and the line waits again.").format(
                number=", ".join(lines.numbers_of(unit, line))
            ),
            field="line",
        )
    if found.state == states.MATCHED:
        unit.execute(
            delete(bank_match).where(bank_match.c.bank_line_id == line, bank_match.c.how == "linked")
        )
    elif found.state == states.IGNORED:
        unit.execute(delete(bank_ignored).where(bank_ignored.c.bank_line_id == line))
    if found.state != states.NEW:
        unit.note("bank_line", line, {"state": found.state}, {"state": states.NEW})
    return {"line": line, "state": states.NEW}
