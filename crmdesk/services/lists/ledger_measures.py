"""The measures of the ledger: each with its formula in words, shown wherever the value is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import REAL, ColumnElement, Integer, and_, cast, func, type_coerce

from crmdesk.models.fields import Field, Kind
from crmdesk.models.tables.documents import allocation, document, document_line, open_item
from crmdesk.services.dialect import day_count
from crmdesk.services.lists.columns import TODAY
from crmdesk.services.lists.measures import (
    COUNT,
    DAYS,
    Arguments,
    Gathering,
    Measure,
    as_real,
    days_since,
    declare,
    end_day,
    has_product,
    number,
    or_zero,
    total,
)
from crmdesk.text import N_

_AMOUNT = N_("own currency")
_IS_INVOICE = document.c.kind == "invoice"
_first = end_day("sold", "first", "min", _IS_INVOICE, of=document.c.dated_on)
_last = end_day("sold", "last", "max", _IS_INVOICE, of=document.c.dated_on)
_count = total("sold", "count", _IS_INVOICE)
_own_count = total("sold", "own count", _IS_INVOICE, is_own=True)
_spent = total("sold", "spent", of=document.c.effect_minor, is_own=True)  # of a credit note it is negative


def _average(gathering: Gathering, arguments: Arguments) -> ColumnElement[Any]:
    count = _own_count(gathering, arguments)
    return (_spent(gathering, arguments) + count // 2) // func.nullif(count, 0, type_=Integer())


def is_late() -> ColumnElement[bool]:
    """Whether an open item is overdue; without a due date its own date counts (domain.md, ageing)."""
    return and_(open_item.c.side == 1, func.coalesce(open_item.c.due_on, open_item.c.dated_on) < TODAY)


def _overdue_days(gathering: Gathering, arguments: Arguments) -> ColumnElement[Any]:
    del arguments
    due = type_coerce(func.coalesce(open_item.c.due_on, open_item.c.dated_on), Integer)
    oldest = gathering.take("open", "oldest", due, "min", is_late())
    return or_zero(days_since(oldest))


def _days_to_pay(gathering: Gathering, arguments: Arguments) -> ColumnElement[Any]:
    del arguments
    # money that came before its invoice took no days; a release is a negative row of the same days
    days = day_count(allocation.c.credit_on) - day_count(allocation.c.debit_on)
    is_later = allocation.c.credit_on > allocation.c.debit_on
    amount = as_real(allocation.c.amount_minor)
    weighted = func.coalesce(
        gathering.take("settled", "days", amount * days, "sum", is_later, is_own=True, type_=REAL()), 0
    )
    settled = gathering.take("settled", "amount", amount, "sum", is_own=True)
    return cast(func.round(weighted / func.nullif(settled, 0)), Integer)


def _money(name: str, label: str) -> Field:
    return Field(name, Kind.MONEY, label, sign="any", width=14)


for _measure in (
    Measure(
        Field("first_bought", Kind.DATE, N_("First invoice")),
        N_("The day of the first invoice that was not taken back."),
        "",
        _first,
    ),
    Measure(
        Field("last_bought", Kind.DATE, N_("Last invoice")),
        N_("The day of the last invoice that was not taken back."),
        "",
        _last,
    ),
    Measure(
        number("recency_days", N_("Days since the last invoice")),
        N_("Today less the day of the last invoice."),
        DAYS,
        lambda gathering, arguments: days_since(_last(gathering, arguments)),
        is_moving=True,
    ),
    Measure(
        number("customer_days", N_("Customer for days")),
        N_("Today less the day of the first invoice."),
        DAYS,
        lambda gathering, arguments: days_since(_first(gathering, arguments)),
        is_moving=True,
    ),
    Measure(
        number("invoice_count", N_("Invoices")),
        N_("Number of invoices that were not taken back, in any currency."),
        COUNT,
        _count,
    ),
    Measure(
        number("invoices", N_("Invoices in a period")),
        N_("Number of invoices dated in the period that were not taken back, in any currency."),
        COUNT,
        _count,
        takes=("period",),
        required=1,
    ),
    Measure(
        _money("spent", N_("Bought for, incl. tax")),
        N_(
            "Invoices less credit notes with tax, without what was taken back; other currencies are not added."
        ),
        _AMOUNT,
        _spent,
        takes=("period",),
    ),
    Measure(
        _money("average", N_("Average invoice, incl. tax")),
        N_("Bought for with tax, divided by the number of invoices in the customer's own currency."),
        _AMOUNT,
        _average,
        takes=("period",),
    ),
    Measure(
        _money("received", N_("Paid in all")),
        N_("Payments without settlement discounts and without what was taken back."),
        _AMOUNT,
        total("paid", "received", of=-document.c.effect_minor - document.c.discount_minor, is_own=True),
        takes=("period",),
    ),
    Measure(
        _money("balance", N_("Balance")),
        N_("What is open less what he has to his credit."),
        _AMOUNT,
        total("open", "balance", of=open_item.c.side * open_item.c.open_minor, is_own=True),
    ),
    Measure(
        _money("overdue", N_("Overdue")),
        N_("What is open and past its due date."),
        _AMOUNT,
        total("open", "overdue", is_late(), of=open_item.c.open_minor, is_own=True),
        is_moving=True,
    ),
    Measure(
        number("overdue_days", N_("Days overdue")),
        N_("Days since the oldest open item was due; 0 when nothing is overdue."),
        DAYS,
        _overdue_days,
        is_moving=True,
    ),
    Measure(
        number("days_to_pay", N_("Days to pay")),
        N_("Days from the invoice to what settled it, weighted by amount; paid before it counts as 0."),
        DAYS,
        _days_to_pay,
    ),
    Measure(
        Field("bought", Kind.BOOLEAN, N_("Bought product"), width=8),
        N_("Whether an invoice that was not taken back has a line of the product (in the period)."),
        "",
        has_product("lines", document_line.c.product_id, "product"),
        takes=("product", "period"),
        required=1,
    ),
    Measure(
        Field("bought_category", Kind.BOOLEAN, N_("Bought from category"), width=8),
        N_("Whether an invoice that was not taken back has a line of a product in the category or below it."),
        "",
        has_product("lines", document_line.c.product_id, "product_category"),
        takes=("product_category", "period"),
        required=1,
    ),
):
    declare(_measure)
