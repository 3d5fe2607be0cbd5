"""Bills of exchange (承兑汇票): the paper of a payment of method `bill`, what became of it, and which fall due.

A bill stands in 应收票据 from its payment on until it is endorsed, discounted or collected. These are documents of
their own that point to the payment; at most one of them stands at a time, so that the state follows from them alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.specs.documents import BILL_EVENTS
from crmdesk.models.tables.bills import bill as bill_table
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.documents import payment as payment_table
from crmdesk.models.tables.ledger import money_account
from crmdesk.models.validation import missing
from crmdesk.services import ledger, own_numbers, posted, templates
from crmdesk.services.money_accounts import MoneyAccountRow
from crmdesk.services.posted import REVERSAL, Posted
from crmdesk.services.units import Unit
from crmdesk.text import _

METHOD = "bill"
_BACK = document.alias("back")
_EVENT = document.alias("event")


@dataclass(frozen=True, slots=True)
class Held:
    """A bill and its payment inside a unit of work. Amount in minor units."""

    number: str
    due_on: date
    payment: Posted
    amount_minor: int
    account_id: int
    """The ledger account it stands in."""
    money_account_id: int
    base_minor: int | None = None
    """What it is worth in the book's currency until something becomes of it; None where nobody gave a rate."""


def require_details(
    unit: Unit,
    details: Mapping[str, Any] | None,
    method: str,
    account: MoneyAccountRow,
    fee_minor: int,
    *,
    is_received_otherwise: bool = False,
) -> None:
    """Refuses a payment by bill without the bill, a bill of another method, and a number that is at hand already.

    `is_received_otherwise`: the money came in another currency, which no bill does: it is drawn for what it settles.
    """
    if method != METHOD:
        if details:
            raise InvalidInput(
                Code.INVALID_CHOICE,
                _(
                    "Only a payment of the method “bill” has a bill. Choose that method, or leave the bill out."
                ),
                field="bill",
            )
        return
    if not details:
        raise missing("bill")
    if is_received_otherwise:
        raise InvalidInput(
            Code.CURRENCY_MIXED,
            _("A bill is in the currency of the payment. Leave out what was received in another one."),
            field="received",
        )
    if account.account_id != ledger.account_id(unit, templates.BILLS):
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _(
                "{code} holds no bills of exchange. Add a money account of the method “bill” in the settings."
            ).format(code=account.code),
            field="account",
        )
    if fee_minor:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("A bill is taken at its full amount. What the bank keeps is recorded when it is discounted."),
            field="fee",
        )
    if details["issued_on"] is not None and details["due_on"] < details["issued_on"]:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("The bill falls due ({due}) before it was issued ({issued}).").format(
                due=details["due_on"].isoformat(), issued=details["issued_on"].isoformat()
            ),
            field="bill.due_on",
        )
    own_numbers.require_usable(details["number"], "bill.number")
    if _payment_of(unit, details["number"]) is not None:
        raise Conflict(
            Code.DUPLICATE,
            _("The bill {number} was received already.").format(number=details["number"]),
            field="bill.number",
        )


def require_running(details: Mapping[str, Any], on: date) -> None:
    """Refuses a bill that fell due before the day on which it is taken: it is no means of payment any more."""
    if details["due_on"] < on:
        raise InvalidInput(
            Code.DATE_ORDER,
            _(
                "The bill fell due on {due}, before the payment of {date}. Correct one of the two dates."
            ).format(due=details["due_on"].isoformat(), date=on.isoformat()),
            field="bill.due_on",
        )


def attach(unit: Unit, payment: Posted, details: Mapping[str, Any]) -> None:
    """Writes the bill of a payment that was just written."""
    unit.add(
        bill_table,
        document_id=payment.id,
        number=details["number"],
        kind=details["kind"],
        drawer=details["drawer"] or "",
        bank=details["bank"] or "",
        issued_on=details["issued_on"],
        due_on=details["due_on"],
    )


def _payment_of(unit: Unit, number: str) -> int | None:
    """The payment of the bill with this number that was not reversed."""
    return unit.execute(
        select(bill_table.c.document_id).where(
            bill_table.c.number == number,
            ~select(_BACK.c.id)
            .where(_BACK.c.origin_id == bill_table.c.document_id, _BACK.c.kind == "payment" + REVERSAL)
            .exists(),
        )
    ).scalar()


def find(unit: Unit, name: str) -> Held:
    """A bill by its own number, or by the number of its payment. Raises NotFound."""
    wanted = name.strip()
    payment_id = _payment_of(unit, wanted)
    if payment_id is None:
        payment = posted.look_up(unit, ("payment",), wanted)
        known = payment.id if payment is not None else None
        # of reversed ones the newest, so that the refusal can say what became of it
        payment_id = unit.execute(
            select(func.max(bill_table.c.document_id)).where(
                (bill_table.c.number == wanted) | (bill_table.c.document_id == known)
            )
        ).scalar()
    if payment_id is None:
        raise NotFound(
            Code.NOT_FOUND, _("There is no bill {number}.").format(number=f"“{wanted[:60]}”"), field="bill"
        )
    row = unit.execute(
        select(
            bill_table.c.number,
            bill_table.c.due_on,
            payment_table.c.received_minor,
            money_account.c.account_id,
            payment_table.c.money_account_id,
        )
        .join_from(bill_table, payment_table, payment_table.c.document_id == bill_table.c.document_id)
        .join(money_account, money_account.c.id == payment_table.c.money_account_id)
        .where(bill_table.c.document_id == payment_id)
    ).one()
    base = None
    payment = posted.by_id(unit, payment_id)
    if payment.currency != unit.settings.currency:
        own_legs = (leg for leg in ledger.legs_of(unit, payment_id) if leg.account_id == row[3])
        base = next((leg.base_minor for leg in own_legs), None)
    return Held(row[0], row[1], payment, row[2], row[3], row[4], base)


def standing_event(unit: Unit, payment_id: int) -> Posted | None:
    """What became of the bill of a payment and was not taken back; None while it is at hand."""
    found = unit.execute(
        select(document.c.id)
        .where(
            document.c.origin_id == payment_id,
            document.c.kind.in_(BILL_EVENTS),
            ~select(_BACK.c.id)
            .where(_BACK.c.origin_id == document.c.id, _BACK.c.kind == document.c.kind + REVERSAL)
            .exists(),
        )
        .order_by(document.c.id.desc())
        .limit(1)
    ).scalar()
    return posted.by_id(unit, found) if found is not None else None


def last_event_on(unit: Unit, payment_id: int) -> date | None:
    """The last day on which something happened to the bill, or was taken back."""
    events = select(_EVENT.c.id).where(_EVENT.c.origin_id == payment_id, _EVENT.c.kind.in_(BILL_EVENTS))
    return unit.execute(
        select(func.max(document.c.dated_on, type_=document.c.dated_on.type)).where(
            document.c.id.in_(events) | document.c.origin_id.in_(events)
        )
    ).scalar()


def require_held(unit: Unit, payment: Posted, on: date) -> None:
    """Refuses to take a payment back whose bill is not at hand any more, or a date before what happened to it."""
    if payment.reversed_on is not None:
        return  # dishonoured or taken back: whoever asks is told that, and not to record it once more
    event = standing_event(unit, payment.id)
    if event is not None:
        raise Conflict(
            Code.IN_USE,
            _(
                "The bill of {number} was given away or collected ({event}). Take that back first, or record that it"
                " was dishonoured."
            ).format(number=payment.number, event=event.number),
            field="payment",
        )
    require_not_before_events(unit, payment, on)


def require_not_before_events(unit: Unit, payment: Posted, on: date) -> None:
    """An event of a bill is never dated before the one before it."""
    last = last_event_on(unit, payment.id)
    if last is not None and on < last:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("Something happened to this bill on {date}; choose that day or a later one.").format(
                date=last.isoformat()
            ),
            field="date",
        )
