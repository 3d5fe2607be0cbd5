"""Lists of posted documents: invoices (with drafts), openings, credit notes, payments, refunds, write-offs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, func, literal, null, select

from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs import documents as specs
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document, draft, open_item, payment
from crmdesk.models.tables.ledger import money_account
from crmdesk.services.lists.columns import TODAY, Column, ListSpec, Source
from crmdesk.services.lists.document_kinds import (
    CREDIT_STATES,
    CUSTOMER,
    CUSTOMER_NAME,
    DUE,
    INVOICE_STATES,
    NEED_OPEN,
    NEED_STATE,
    OPEN,
    ORIGIN,
    OVERDUE,
    PLAIN_STATES,
    Kinds,
    amount,
    credit_state,
    debit_state,
    plain_state,
    searcher,
    state_column,
)
from crmdesk.services.lists.invoiced import INVOICED
from crmdesk.text import N_


def _debit_spec(
    kind: str,
    label: str,
    kinds: Kinds,
    *more: ColumnElement[bool],
    has_tax: bool,
    empty_text: str,
    drafts: Any = None,
    own: tuple[Column, ...] = (),
) -> ListSpec:
    is_open = and_(OPEN > 0, open_item.c.side == 1)
    tax = (
        (
            Column(amount("net", N_("Net")), kinds.of_origin("net_minor"), needs=frozenset({"origin"}),
                   is_summed=True, is_shown=False),
            Column(amount("tax", N_("Tax")), kinds.of_origin("tax_minor"), needs=frozenset({"origin"}),
                   is_summed=True, is_shown=False),
        )
        if has_tax
        else ()
    )  # fmt: skip
    return ListSpec(
        kind=kind,
        label=label,
        columns=(
            *kinds.columns(),
            Column(specs.DUE, document.c.due_on),
            state_column(INVOICE_STATES, debit_state(kinds), NEED_STATE),
            *tax,
            Column(amount("total", N_("Total")), kinds.signed("total_minor"), is_summed=True),
            Column(amount("open", N_("Open")), OPEN, needs=NEED_OPEN, is_summed=True),
            Column(OVERDUE, and_(is_open, DUE < TODAY), needs=NEED_OPEN, is_shown=False),
            *own,
            Column(specs.REFERENCE, document.c.reference, is_shown=False),
            *kinds.closing(),
        ),
        source=kinds.source(*more),
        default_sort="-date",
        currency=document.c.currency,
        drafts=drafts,
        empty_text=empty_text,
    )


_DRAFTS = Source(
    table=draft.outerjoin(customer, customer.c.id == draft.c.customer_id),
    id=draft.c.id,
    columns={
        "number": func.printf("D%d", draft.c.id, type_=Text()),
        "date": draft.c.dated_on,
        "customer": func.coalesce(customer.c.code, "", type_=Text()),
        "name": func.coalesce(customer.c.name, "", type_=Text()),
        "due": null(),
        "state": literal("draft"),
        "net": null(),
        "tax": null(),
        "total": draft.c.total_minor,
        "open": literal(0),
        "overdue": literal(False),
        "fapiao": literal(""),
        "reference": literal(""),
        "currency": draft.c.currency,
        "reason": literal(""),
        "note": literal(""),
        "entered_at": draft.c.updated_at,
        "entered_by": literal(""),
    },
    where=(draft.c.kind == "invoice",),
    customer_id=draft.c.customer_id,
    search=searcher((draft.c.content,), draft.c.customer_id),
)

_INVOICES = Kinds("invoice")
_OPENINGS = Kinds("opening")
_CREDITS = Kinds("credit")
_PAYMENTS = Kinds("payment")
_REFUNDS = Kinds("refund")
_WRITEOFFS = Kinds("writeoff")
_RECOVERIES = Kinds("recovery")
_DISCOUNTS = Kinds("discount")
_EARNED_BY = document.alias("earned_by")


def _of_discount(name: str) -> ColumnElement[Any]:
    """What only the discount itself keeps, the same on its reversal."""
    return case((_DISCOUNTS.is_reversal, ORIGIN.c[name]), else_=document.c[name])


INVOICES = _debit_spec(
    "invoices",
    N_("Invoices"),
    _INVOICES,
    has_tax=True,
    drafts=_DRAFTS,
    own=(INVOICED,),
    empty_text=N_("No invoices yet. Write the first one with “New invoice”."),
)
OPENINGS = ListSpec(
    kind="openings",
    label=N_("Opening balances"),
    columns=(
        *_OPENINGS.columns(),
        Column(specs.DUE, document.c.due_on),
        state_column(INVOICE_STATES, debit_state(_OPENINGS), NEED_STATE),
        Column(amount("amount", N_("Amount")), document.c.effect_minor, is_summed=True),
        Column(
            amount("open", N_("Open")),
            OPEN * func.coalesce(open_item.c.side, 1),
            needs=NEED_OPEN,
            is_summed=True,
        ),
        *_OPENINGS.closing(),
    ),
    source=_OPENINGS.source(),
    default_sort="-date",
    currency=document.c.currency,
    empty_text=N_("No opening balances. Import them once, when you begin with this book."),
)
CREDITS = ListSpec(
    kind="credits",
    label=N_("Credit notes"),
    columns=(
        *_CREDITS.columns(),
        Column(
            Field("invoice", Kind.LINK, N_("Invoice"), link="invoice", width=16),
            case((_CREDITS.is_reversal, literal("")), else_=func.coalesce(
                select(ORIGIN.c.number).where(ORIGIN.c.id == document.c.origin_id).correlate(document)
                .scalar_subquery(), "", type_=Text())),
        ),
        state_column(CREDIT_STATES, credit_state(_CREDITS), NEED_STATE),
        Column(amount("total", N_("Total")), _CREDITS.signed("total_minor"), is_summed=True),
        Column(amount("open", N_("Unapplied")), OPEN, needs=NEED_OPEN, is_summed=True),
        *_CREDITS.closing(),
    ),
    source=_CREDITS.source(),
    default_sort="-date",
    currency=document.c.currency,
    empty_text=N_("No credit notes."),
)  # fmt: skip


def _received(kinds: Kinds, name: str) -> ColumnElement[int]:
    return case((kinds.is_reversal, -payment.c[name]), else_=payment.c[name])


def _money_columns(kinds: Kinds) -> tuple[Column, ...]:
    """Method and money account of what was received or paid out."""
    return (
        Column(specs.METHOD, payment.c.method, needs=frozenset({"payment"})),
        Column(specs.MONEY_ACCOUNT, money_account.c.code, needs=frozenset({"account"}), is_shown=False),
    )


_NEED_PAYMENT = frozenset({"payment"})

PAYMENTS = ListSpec(
    kind="payments",
    label=N_("Payments"),
    columns=(
        *_PAYMENTS.columns(),
        *_money_columns(_PAYMENTS),
        Column(
            amount("amount", N_("Amount")),
            _received(_PAYMENTS, "received_minor"),
            needs=_NEED_PAYMENT,
            is_summed=True,
        ),
        Column(amount("free", N_("Unapplied")), OPEN, needs=NEED_OPEN, is_summed=True),
        state_column(CREDIT_STATES, credit_state(_PAYMENTS), NEED_STATE),
        Column(
            amount("fee", N_("Fee")),
            _received(_PAYMENTS, "fee_minor"),
            needs=_NEED_PAYMENT,
            is_summed=True,
            is_shown=False,
        ),
        Column(
            amount("discount", N_("Discount")),
            _PAYMENTS.signed("discount_minor"),
            is_summed=True,
            is_shown=False,
        ),
        Column(specs.REFERENCE, document.c.reference),
        Column(Field("payer", Kind.TEXT, N_("Payer")), payment.c.payer, needs=_NEED_PAYMENT, is_shown=False),
        *_PAYMENTS.closing(),
    ),
    source=_PAYMENTS.source(),
    default_sort="-date",
    currency=document.c.currency,
    empty_text=N_("No payments yet. Press F6 to record the first one."),
)


def _outgoing(kind: str, label: str, kinds: Kinds, *columns: Column, empty_text: str) -> ListSpec:
    return ListSpec(
        kind=kind,
        label=label,
        columns=(
            *kinds.columns(),
            *columns,
            Column(amount("amount", N_("Amount")), kinds.signed("total_minor"), is_summed=True),
            state_column(PLAIN_STATES, plain_state(kinds), frozenset({"reversed"})),
            *kinds.closing(),
        ),
        source=kinds.source(),
        default_sort="-date",
        currency=document.c.currency,
        empty_text=empty_text,
    )


def _of(label: str, link: str) -> Column:
    """The document a refund, write-off or recovery belongs to."""
    number = select(ORIGIN.c.number).where(ORIGIN.c.id == document.c.origin_id).correlate(document)
    return Column(
        Field(link, Kind.LINK, label, link=link, width=16),
        func.coalesce(number.scalar_subquery(), "", type_=Text()),
    )


_GROUND = Field("ground", Kind.CHOICE, N_("Ground"), choices=specs.GROUNDS, width=14)

REFUNDS = _outgoing(
    "refunds",
    N_("Refunds"),
    _REFUNDS,
    *_money_columns(_REFUNDS),
    _of(N_("Refund of"), "origin"),
    empty_text=N_("No refunds."),
)
WRITEOFFS = _outgoing(
    "writeoffs",
    N_("Write-offs"),
    _WRITEOFFS,
    _of(N_("Invoice"), "invoice"),
    Column(_GROUND, document.c.ground),
    empty_text=N_("No write-offs."),
)
RECOVERIES = _outgoing(
    "recoveries",
    N_("Recoveries"),
    _RECOVERIES,
    *_money_columns(_RECOVERIES),
    _of(N_("Write-off"), "writeoff"),
    empty_text=N_("No recoveries of written-off debts."),
)
DISCOUNTS = _outgoing(
    "discounts",
    N_("Settlement discounts"),
    _DISCOUNTS,
    Column(Field("payment", Kind.LINK, N_("Payment"), link="payment", width=16), select(_EARNED_BY.c.number)
           .where(_EARNED_BY.c.id == _of_discount("origin_id")).correlate(document, ORIGIN)
           .scalar_subquery(), needs=frozenset({"origin"})),
    Column(Field("invoice", Kind.LINK, N_("Invoice"), link="invoice", width=16), _of_discount("reference"),
           needs=frozenset({"origin"})),
    Column(amount("net", N_("Net")), _DISCOUNTS.of_origin("net_minor"), needs=frozenset({"origin"}),
           is_summed=True, is_shown=False),
    Column(amount("tax", N_("Tax")), _DISCOUNTS.of_origin("tax_minor"), needs=frozenset({"origin"}),
           is_summed=True, is_shown=False),
    empty_text=N_("No discounts were taken by the terms of an invoice."),
)  # fmt: skip
DRAFTS = ListSpec(
    kind="drafts",
    label=N_("Drafts"),
    columns=tuple(
        Column(
            field,
            _DRAFTS.columns[field.name],
            is_summed=field.name == "total",
            title="name" if field is CUSTOMER else "",
        )
        for field in (
            specs.NUMBER,
            specs.DATE,
            CUSTOMER,
            CUSTOMER_NAME,
            amount("total", N_("Total")),
            specs.CURRENCY,
            Field("entered_at", Kind.MOMENT, N_("Changed"), width=18),
        )
    ),
    source=_DRAFTS,
    default_sort="-entered_at",
    currency=draft.c.currency,
    empty_text=N_("No drafts."),
)
