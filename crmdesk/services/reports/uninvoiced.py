"""Report `uninvoiced`: what of the bills is not on a tax invoice, 已开票未回款 and 已回款未开票, as at any date."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import Field, Kind
from crmdesk.models.tables.customers import customer
from crmdesk.services import invoiced
from crmdesk.services.reports.declared import Options, Report, ReportTable, declare, make
from crmdesk.text import N_, _

CUSTOMER, INVOICE = "customer", "invoice"
_AMOUNTS = (
    ("billed", N_("Billed")),
    ("requested", N_("Requested")),
    ("invoiced", N_("Invoiced")),
    ("uninvoiced", N_("Not invoiced")),
    ("unpaid", N_("Invoiced, not received")),
    ("paid_uninvoiced", N_("Received, not invoiced")),
)


def _fields(*own: Field) -> tuple[Field, ...]:
    return (
        Field("customer", Kind.CODE, N_("Code"), width=10),
        Field("name", Kind.TEXT, N_("Customer"), width=28),
        *own,
        Field("currency", Kind.CURRENCY, N_("Currency"), width=6),
        *(Field(name, Kind.MONEY, label, width=14) for name, label in _AMOUNTS),
    )


def _fill(connection: Connection, options: Options) -> ReportTable:
    by = options.by or CUSTOMER
    if by not in (CUSTOMER, INVOICE):
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("“{field}”: “{value}” is not one of {choices}.").format(
                field="by", value=by[:40], choices=f"{CUSTOMER}, {INVOICE}"
            ),
            field="by",
        )
    found = invoiced.bills(connection, lambda column: column.isnot(None), options.as_of)
    prepaid = invoiced.prepaid(connection, options.as_of)
    names = {
        record_id: (code, name)
        for record_id, code, name in connection.execute(
            select(customer.c.id, customer.c.code, customer.c.name)
        )
    }
    own: tuple[Field, ...] = ()
    rows: list[tuple[Any, ...]]
    if by == CUSTOMER:
        rows = [
            (*names[row.customer_id], row.currency, *astuple(row)[2:8])
            for row in invoiced.add_up(found, prepaid)
            if row.uninvoiced_minor or row.unpaid_minor or row.paid_uninvoiced_minor or row.requested_minor
        ]
        rows.sort(key=lambda row: (row[0], row[2]))
    else:
        own = (
            Field("invoice", Kind.CODE, N_("Invoice"), width=16),
            Field("date", Kind.DATE, N_("Date"), width=10),
        )
        rows = [
            (
                *names[bill.customer_id],
                bill.number,
                bill.dated_on,
                bill.currency,
                bill.billable_minor,
                bill.requested_minor,
                bill.issued_minor,
                bill.uninvoiced_minor,
                bill.unpaid_minor,
                bill.paid_uninvoiced_minor,
            )
            for bill in found
            if bill.uninvoiced_minor or bill.unpaid_minor or bill.over_invoiced_minor
        ]
        rows.sort(key=lambda row: (row[0], row[3], row[2]))
    return make(
        "uninvoiced",
        _("Not invoiced"),
        _("As at {date}").format(date=options.as_of.isoformat()),
        _fields(*own),
        rows,
        tuple(name for name, _label in _AMOUNTS),
        as_of=options.as_of.isoformat(),
        by=by,
    )


declare(
    Report(
        "uninvoiced",
        N_("Not invoiced"),
        N_("What is billed and not on a tax invoice, invoiced and not received, received and not invoiced."),
        ("as_of", "by"),
        _fill,
    )
)
