"""The journal: every line of every entry of a period, with its document (E10)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, case, func, select

from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.documents import ALLOCATED, EVENTS
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.ledger import account, posting
from crmdesk.services.reports.declared import Options, Report, ReportTable, declare, make
from crmdesk.text import N_, _

_FIELDS = (
    Field("date", Kind.DATE, N_("Date"), width=10),
    Field("entry", Kind.INTEGER, N_("Entry"), width=8),
    Field("kind", Kind.STATE, N_("Kind"), choices=(ALLOCATED, *EVENTS.values()), width=14),
    Field("number", Kind.CODE, N_("Number"), width=16),
    Field("customer", Kind.CODE, N_("Code"), width=10),
    Field("name", Kind.TEXT, N_("Customer"), width=24),
    Field("account", Kind.CODE, N_("Account"), width=8),
    Field("account_name", Kind.TEXT, N_("Account name"), width=18),
    Field("currency", Kind.CURRENCY, N_("Currency"), width=6),
    Field("debit", Kind.MONEY, N_("Debit"), width=14),
    Field("credit", Kind.MONEY, N_("Credit"), width=14),
)


def _journal(connection: Connection, options: Options) -> ReportTable:
    amount = posting.c.amount_minor
    source = func.abs(posting.c.source_id)
    query = (
        select(
            posting.c.dated_on,
            source,
            func.coalesce(document.c.kind, ALLOCATED.value),
            func.coalesce(document.c.number, ""),
            customer.c.code,
            customer.c.name,
            account.c.code,
            account.c.name,
            posting.c.currency,
            case((amount > 0, amount), else_=0),
            case((amount < 0, -amount), else_=0),
        )
        .join_from(posting, account, account.c.id == posting.c.account_id)
        .join(customer, customer.c.id == posting.c.customer_id)
        .join(document, document.c.id == source, isouter=True)
        .where(posting.c.dated_on <= options.date_to)
        .order_by(posting.c.dated_on, source, posting.c.source_id, posting.c.position)
    )
    start = options.date_from
    if start is not None:
        query = query.where(posting.c.dated_on >= start)
    if options.account:
        query = query.where(account.c.code == options.account)
    rows: list[tuple[Any, ...]] = [tuple(row) for row in connection.execute(query)]
    end = options.date_to.isoformat()
    period = (
        _("{start} to {end}").format(start=start.isoformat(), end=end)
        if start
        else _("Up to {date}").format(date=end)
    )
    head = {"from": start.isoformat() if start else None, "to": end}
    return make("journal", _("Journal"), period, _FIELDS, rows, ("debit", "credit"), **head)


declare(
    Report(
        "journal",
        N_("Journal"),
        N_("Every line of every entry of a period, with its document."),
        ("date_from", "date_to", "account"),
        _journal,
    )
)
