"""Lists of transfers between customers, deposits to be returned and bills of exchange."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, Text, case, func, select

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs import documents as specs
from crmdesk.models.tables.bills import bill
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document, payment
from crmdesk.services.lists.columns import Column, Join, ListSpec, Source
from crmdesk.services.lists.document_kinds import (
    CREDIT_STATES,
    CUSTOMER,
    CUSTOMER_NAME,
    NEED_OPEN,
    NEED_STATE,
    OPEN,
    Kinds,
    amount,
    credit_state,
    searcher,
    state_column,
)
from crmdesk.services.merged_codes import code_now
from crmdesk.text import N_

_TRANSFERS = Kinds("transfer")
_DEPOSITS = Kinds("deposit")
_REVERSAL = "_reversal"
_USES = ("deposit_return", "deposit_kept", "deposit_applied")
_USE, _USE_BACK, _OUT, _EVENT, _BACK = (
    document.alias(name) for name in ("deposit_use", "use_back", "transfer_out", "bill_event", "event_back")
)

TRANSFERS = ListSpec(
    kind="transfers",
    label=N_("Transfers between customers"),
    columns=(
        *_TRANSFERS.columns(),
        Column(
            Field("payer", Kind.LINK, N_("Paid by"), link="customer", width=12),
            code_now(document.c.reference),  # the document keeps the code it was posted with
        ),
        Column(amount("amount", N_("Amount")), _TRANSFERS.signed("total_minor"), is_summed=True),
        Column(amount("free", N_("Unapplied")), OPEN, needs=NEED_OPEN, is_summed=True),
        state_column(CREDIT_STATES, credit_state(_TRANSFERS), NEED_STATE),
        *_TRANSFERS.closing(),
    ),
    source=_TRANSFERS.source(),
    default_sort="-date",
    currency=document.c.currency,
    empty_text=N_("Nobody paid for another customer yet."),
)

_is_back = select(_USE_BACK.c.id).where(_USE_BACK.c.origin_id == _USE.c.id).exists()


def _used(*kinds: str) -> Any:
    """What stands of the uses of a deposit, nothing on its reversal."""
    used = (
        select(func.coalesce(func.sum(_USE.c.total_minor), 0))
        .where(_USE.c.origin_id == document.c.id, _USE.c.kind.in_(kinds), ~_is_back)
        .correlate(document)
        .scalar_subquery()
    )
    return case((_DEPOSITS.is_reversal, 0), else_=used)


_IS_GONE = (
    select(_USE_BACK.c.id)
    .where(_USE_BACK.c.origin_id == document.c.id, _USE_BACK.c.kind == "deposit" + _REVERSAL)
    .correlate(document)
    .exists()
)
_HELD = func.coalesce(
    case((_DEPOSITS.is_reversal | _IS_GONE, 0), else_=document.c.total_minor - _used(*_USES)),
    0,
    type_=Integer(),
)
DEPOSIT_STATES = (
    Choice("held", N_("Held"), "info"),
    Choice("part_returned", N_("Partly returned"), "warn"),
    Choice("settled", N_("All settled"), "good"),
    Choice("reversed", N_("Reversed"), "neutral"),
)

DEPOSITS = ListSpec(
    kind="deposits",
    label=N_("Deposits"),
    columns=(
        *_DEPOSITS.columns(),
        Column(Field("contract", Kind.TEXT, N_("Contract"), width=16), document.c.reference),
        Column(specs.METHOD, payment.c.method, needs=frozenset({"payment"}), is_shown=False),
        Column(amount("amount", N_("Amount")), _DEPOSITS.signed("total_minor"), is_summed=True),
        Column(amount("returned", N_("Returned")), _used("deposit_return"), is_summed=True),
        Column(amount("kept", N_("Kept back")), _used("deposit_kept"), is_summed=True),
        Column(amount("applied", N_("Applied")), _used("deposit_applied"), is_summed=True),
        Column(amount("held", N_("Held")), _HELD, is_summed=True),
        state_column(
            DEPOSIT_STATES,
            case(
                (_DEPOSITS.is_reversal | _IS_GONE, "reversed"),
                (_HELD == 0, "settled"),
                (document.c.total_minor > _HELD, "part_returned"),
                else_="held",
            ),
            frozenset(),
        ),
        *_DEPOSITS.closing(),
    ),
    source=_DEPOSITS.source(),
    default_sort="-date",
    currency=document.c.currency,
    empty_text=N_("No deposits are held."),
)


def _stands(*kinds: str) -> Any:
    """Whether one of these happened to the bill and was not taken back."""
    return (
        select(_EVENT.c.id)
        .where(
            _EVENT.c.origin_id == bill.c.document_id,
            _EVENT.c.kind.in_(kinds),
            ~select(_BACK.c.id)
            .where(_BACK.c.origin_id == _EVENT.c.id, _BACK.c.kind == _EVENT.c.kind + _REVERSAL)
            .exists(),
        )
        .correlate(bill)
        .exists()
    )


BILL_STATES = (
    Choice("held", N_("At hand"), "info"),
    Choice("endorsed", N_("Endorsed"), "neutral"),
    Choice("discounted", N_("Discounted"), "neutral"),
    Choice("collected", N_("Collected"), "good"),
    Choice("dishonoured", N_("Dishonoured"), "danger"),
    Choice("reversed", N_("Reversed"), "neutral"),
)
_STATE = case(
    (_stands("bill_recourse"), "dishonoured"),
    (_stands("payment" + _REVERSAL), "reversed"),
    (_stands("bill_collection"), "collected"),
    (_stands("bill_discount"), "discounted"),
    (_stands("bill_endorsement"), "endorsed"),
    else_="held",
)
_LAST = (
    select(func.max(_EVENT.c.id))
    .where(
        _EVENT.c.origin_id == bill.c.document_id,
        _EVENT.c.kind.in_(specs.BILL_EVENTS),
        ~select(_BACK.c.id)
        .where(_BACK.c.origin_id == _EVENT.c.id, _BACK.c.kind == _EVENT.c.kind + _REVERSAL)
        .exists(),
    )
    .correlate(bill)
    .scalar_subquery()
)
_HAPPENED = document.alias("happened")
_NEED_CUSTOMER, _NEED_LAST = frozenset({"customer"}), frozenset({"last"})

BILLS = ListSpec(
    kind="bills",
    label=N_("Bills of exchange"),
    columns=(
        Column(Field("bill", Kind.CODE, N_("Bill number"), width=30), bill.c.number),
        Column(Field("kind", Kind.CHOICE, N_("Kind of bill"), choices=specs.BILL_KINDS), bill.c.kind),
        Column(Field("number", Kind.LINK, N_("Payment"), link="payment", width=16), document.c.number),
        Column(Field("received", Kind.DATE, N_("Received on")), document.c.dated_on),
        Column(CUSTOMER, customer.c.code, needs=_NEED_CUSTOMER, is_shown=False, title="name"),
        Column(CUSTOMER_NAME, customer.c.name, sort=customer.c.initials, needs=_NEED_CUSTOMER),
        Column(Field("drawer", Kind.TEXT, N_("Drawer"), width=20), bill.c.drawer),
        Column(Field("bank", Kind.TEXT, N_("Acceptor"), width=20), bill.c.bank),
        Column(Field("issued", Kind.DATE, N_("Issued on")), bill.c.issued_on, is_shown=False),
        Column(Field("due", Kind.DATE, N_("Due date")), bill.c.due_on),
        Column(amount("amount", N_("Amount")), payment.c.received_minor, is_summed=True),
        state_column(BILL_STATES, _STATE, frozenset()),
        Column(Field("happened", Kind.DATE, N_("Since")), _HAPPENED.c.dated_on, needs=_NEED_LAST),
        Column(
            Field("to", Kind.TEXT, N_("Endorsed to"), width=20),
            func.coalesce(_HAPPENED.c.reference, "", type_=Text()),
            needs=_NEED_LAST,
        ),
        Column(specs.CURRENCY, document.c.currency, is_shown=False),
    ),
    source=Source(
        table=bill.join(document, document.c.id == bill.c.document_id).join(
            payment, payment.c.document_id == bill.c.document_id
        ),
        id=bill.c.document_id,
        columns={},
        joins={
            "customer": Join(customer, customer.c.id == document.c.customer_id),
            "last": Join(_HAPPENED, _HAPPENED.c.id == _LAST),
        },
        customer_id=document.c.customer_id,
        search=searcher((bill.c.number, bill.c.drawer, bill.c.bank, document.c.number)),
    ),
    default_sort="due",
    currency=document.c.currency,
    empty_text=N_("No bills of exchange. Record a payment with the method “Bill of exchange”."),
)
