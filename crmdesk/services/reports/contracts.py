"""Contracts as at a date: total, billed, received, unpaid, and how far money and tax invoices are apart (D4)."""

from __future__ import annotations

from sqlalchemy import Connection, or_, select

from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.agreements import CONTRACT
from crmdesk.models.tables.agreements import agreement
from crmdesk.models.tables.customers import customer
from crmdesk.services.contract_figures import ContractFigures, at
from crmdesk.services.fapiao_totals import fapiao_totals, invoiced_not_received, received_not_invoiced
from crmdesk.services.reports.declared import Options, Report, ReportTable, declare, make
from crmdesk.text import N_, _


def _money(name: str, label: str) -> Field:
    return Field(name, Kind.MONEY, label, width=14)


_SUMMED = (
    _money("total", N_("Total")),
    _money("billed", N_("Billed")),
    _money("received", N_("Received")),
    _money("reduced", N_("Credited or written off")),
    _money("unpaid", N_("Unpaid")),
    _money("fapiao", N_("Tax invoices")),
    _money("invoiced_not_received", N_("Invoiced, not received")),
    _money("received_not_invoiced", N_("Received, not invoiced")),
)
FIELDS = (
    Field("contract", Kind.CODE, N_("Contract"), width=14),
    Field("customer", Kind.CODE, N_("Code"), width=10),
    Field("name", Kind.TEXT, N_("Customer"), width=24),
    Field("title", Kind.TEXT, N_("Subject"), width=20),
    Field("currency", Kind.CURRENCY, N_("Currency"), width=6),
    *_SUMMED[:3],
    Field("received_percent", Kind.INTEGER, N_("Received %"), width=8),
    *_SUMMED[3:],
    Field("ends_on", Kind.DATE, N_("Ends on")),
)


def _fill(connection: Connection, options: Options) -> ReportTable:
    """Contracts signed and not void by the date, with what was billed and received of them by then.

    The invoices count whole; what credit notes, discounts and write-offs took off stands beside them, so that the
    total is what was received, what was taken off and what is unpaid.
    """
    on = options.as_of
    figures = ContractFigures(at(on))
    query = (
        select(
            agreement.c.id,
            agreement.c.number,
            customer.c.code,
            customer.c.name,
            agreement.c.title,
            agreement.c.currency,
            agreement.c.total_minor,
            figures.billed.label("billed"),
            figures.received.label("received"),
            figures.percent.label("percent"),
            figures.reduced.label("reduced"),
            figures.unpaid.label("unpaid"),
            agreement.c.ends_on,
        )
        .join_from(agreement, customer, customer.c.id == agreement.c.customer_id)
        .where(
            agreement.c.kind == CONTRACT,
            agreement.c.signed_on <= on,
            or_(agreement.c.state != "void", agreement.c.closed_on > on),
        )
        .order_by(agreement.c.number)
    )
    found = connection.execute(query).all()
    fapiao = fapiao_totals(connection, [row.id for row in found], on)
    rows = [
        (
            row.number,
            row.code,
            row.name,
            row.title,
            row.currency,
            row.total_minor,
            row.billed,
            row.received,
            row.percent,
            row.reduced,
            row.unpaid,
            fapiao.get(row.id, 0),
            invoiced_not_received(fapiao.get(row.id, 0), row.received),
            received_not_invoiced(fapiao.get(row.id, 0), row.received),
            row.ends_on,
        )
        for row in found
    ]
    return make(
        "contracts",
        _("Contracts"),
        _("As at {date}").format(date=on.isoformat()),
        FIELDS,
        rows,
        tuple(field.name for field in _SUMMED),
        as_of=on.isoformat(),
    )


declare(
    Report(
        "contracts",
        N_("Contracts"),
        N_("Total, billed, received and unpaid of every contract, as at any date."),
        ("as_of",),
        _fill,
    )
)
