"""The reports of the ledger: ageing, balances, cash book, sales, number gaps, confirmations."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, case, func, select, true, type_coerce

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs.company import PREFIX_KINDS
from crmdesk.models.specs.documents import EVENTS, TAX_KIND_CHOICES
from crmdesk.models.tables.banking import bank_entry
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document, document_line
from crmdesk.models.tables.ledger import money_account, posting
from crmdesk.models.tables.products import product
from crmdesk.models.totals import TAXED
from crmdesk.services import check_numbers, confirmations, settings
from crmdesk.services.posted import REVERSAL
from crmdesk.services.reports import ageing, balances
from crmdesk.services.reports.declared import (
    CURRENCY,
    CUSTOMER_CODE,
    CUSTOMER_NAME,
    Options,
    Report,
    ReportTable,
    as_at_words,
    declare,
    make,
    money_field,
    period_words,
)
from crmdesk.services.units import number_of
from crmdesk.text import N_, _


def bucket_label(first: int | None, last: int | None) -> str:
    """“1–30 days”, “over 90 days”."""
    if last is None:
        return _("Over {days} days").format(days=(first or 1) - 1)
    return _("{first}–{last} days").format(first=first, last=last)


def _ageing(connection: Connection, options: Options) -> ReportTable:
    basis = "invoice" if options.basis == "invoice" else "due"
    found = ageing.rows(connection, as_of=options.as_of, basis=basis, buckets=options.buckets)
    ranges = ageing.ranges(options.buckets)
    names = [f"bucket_{index}" for index in range(len(ranges))]
    fields = (
        CUSTOMER_CODE,
        CUSTOMER_NAME,
        CURRENCY,
        money_field("not_due", N_("Not due")),
        *(money_field(name, bucket_label(*ends)) for name, ends in zip(names, ranges, strict=True)),
        money_field("unallocated", N_("Unallocated")),
        money_field("total", N_("Total")),
    )
    rows = [
        (
            row.customer,
            row.name,
            row.currency,
            row.not_due_minor,
            *row.bucket_minors,
            row.unallocated_minor,
            row.total_minor,
        )
        for row in found
    ]
    table = make(
        "ageing",
        _("Ageing"),
        as_at_words(options.as_of),
        fields,
        rows,
        ("not_due", *names, "unallocated", "total"),
    )
    sums: dict[str, Any] = {}
    for currency, total in ageing.totals(found).items():
        data = ageing.row_json(total)
        sums[currency] = {
            key: value for key, value in data.items() if key not in ("customer", "name", "currency")
        }
    plain = {
        "as_of": options.as_of.isoformat(),
        "basis": basis,
        "buckets": ranges,
        "rows": [ageing.row_json(row) for row in found],
        "totals": sums,
    }
    return ReportTable(table.name, table.title, table.period, table.fields, table.rows, table.totals, plain)


def _balances(connection: Connection, options: Options) -> ReportTable:
    found = balances.rows(connection, options.as_of)
    fields = (CUSTOMER_CODE, CUSTOMER_NAME, CURRENCY, money_field("balance", N_("Balance")))
    rows = [(row.code, row.name, row.currency, row.balance_minor) for row in found]
    table = make("balances", _("Balances"), as_at_words(options.as_of), fields, rows, ("balance",))
    plain = {
        "as_of": options.as_of.isoformat(),
        "rows": [
            {"customer": row[0], "name": row[1], "currency": row[2], "balance": money.plain(row[3], row[2])}
            for row in rows
        ],
        "totals": table.document["totals"],
    }
    return ReportTable(table.name, table.title, table.period, fields, rows, table.totals, plain)


CASH_KINDS = (
    *(choice for kind, choice in EVENTS.items() if kind not in ("opening", "opening_reversal")),
    Choice("opening", N_("Brought forward")),
)
"""What moves money: an opening balance of a customer does not, so that “opening” is what the account had."""


def _cash_book(connection: Connection, options: Options) -> ReportTable:
    """Every movement of the money accounts with the balance of each after it (E12)."""
    accounts = {
        row.id: row
        for row in connection.execute(select(money_account.c.id, money_account.c.code, money_account.c.name))
    }
    wanted = {key for key, row in accounts.items() if options.account in ("", row.code)}
    if options.account and not wanted:
        raise InvalidInput(
            Code.NOT_FOUND,
            _("There is no money account “{code}”. Known: {known}.").format(
                code=options.account[:40], known=", ".join(row.code for row in accounts.values())
            ),
            field="account",
        )
    query = (
        select(
            posting.c.money_account_id,
            posting.c.dated_on,
            func.coalesce(
                document.c.kind, case((bank_entry.c.origin_id.is_(None), "bank"), else_="bank" + REVERSAL)
            ).label("kind"),
            func.coalesce(document.c.number, bank_entry.c.number).label("number"),
            func.coalesce(customer.c.code, "").label("code"),
            func.coalesce(customer.c.name, "").label("name"),
            posting.c.currency,
            posting.c.amount_minor,
            func.coalesce(document.c.reference, bank_entry.c.reference).label("reference"),
        )
        .join_from(posting, document, document.c.id == posting.c.source_id, isouter=True)
        .join(bank_entry, bank_entry.c.id == posting.c.source_id, isouter=True)
        .join(customer, customer.c.id == posting.c.customer_id, isouter=True)
        .where(posting.c.money_account_id.in_(wanted), posting.c.dated_on <= options.date_to)
        .order_by(posting.c.money_account_id, posting.c.currency, posting.c.dated_on, posting.c.source_id)
    )
    fields = (
        Field("money_account", Kind.TEXT, N_("Money account"), width=14),
        Field("date", Kind.DATE, N_("Date"), width=10),
        Field("kind", Kind.STATE, N_("Kind"), choices=CASH_KINDS, width=12),
        Field("number", Kind.CODE, N_("Number"), width=15),
        CUSTOMER_CODE,
        CUSTOMER_NAME,
        CURRENCY,
        money_field("received", N_("Received")),
        money_field("paid", N_("Paid out")),
        money_field("balance", N_("Balance")),
        Field("reference", Kind.TEXT, N_("Reference"), width=16),
    )
    running: dict[tuple[int, str], int] = {}
    before: dict[tuple[int, str], int] = {}
    movements: dict[tuple[int, str], list[tuple[Any, ...]]] = {}
    for row in connection.execute(query):
        key = (row.money_account_id, row.currency)
        amount = row.amount_minor
        running[key] = running.get(key, 0) + amount
        if options.date_from is not None and row.dated_on < options.date_from:
            before[key] = running[key]
            continue
        movements.setdefault(key, []).append(
            (
                accounts[row.money_account_id].name,
                row.dated_on,
                row.kind,
                row.number,
                row.code,
                row.name,
                row.currency,
                max(amount, 0),
                max(-amount, 0),
                running[key],
                row.reference,
            )
        )
    rows: list[tuple[Any, ...]] = []
    for key in sorted(running):  # an account that nothing moved in the period still has its money
        if before.get(key):
            label = accounts[key[0]].name
            rows.append((label, options.date_from, "opening", "", "", "", key[1], 0, 0, before[key], ""))
        rows += movements.get(key, ())
    return make(
        "cash-book",
        _("Cash book"),
        period_words(options.date_from, options.date_to),
        fields,
        rows,
        ("received", "paid"),
        **{
            "from": options.date_from.isoformat() if options.date_from else None,
            "to": options.date_to.isoformat(),
            "accounts": [
                {
                    "account": accounts[key[0]].code,
                    "name": accounts[key[0]].name,
                    "currency": key[1],
                    "balance": money.plain(minor, key[1]),
                }
                for key, minor in sorted(running.items())
            ],
        },
    )


_SALES_BY = ("customer", "product", "month", "tax_rate")
_TAKEN = ("credit", "discount")
"""What takes sales back; only a discount that corrects the tax has lines, others are a cost and no sales."""
_SOLD = ("invoice", *_TAKEN, *(kind + REVERSAL for kind in ("invoice", *_TAKEN)))


def _sales(connection: Connection, options: Options) -> ReportTable:
    """Net sales by customer, product, month or tax rate: invoices less credit notes and discounts that correct the
    tax, voids taken out.

    A document and its void show in the rows of their dates; where one row would hold both, neither is counted.
    """
    by = options.by or "customer"
    if by not in _SALES_BY:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("“{field}”: “{value}” is not one of {choices}.").format(
                field="by", value=by[:40], choices=", ".join(_SALES_BY)
            ),
            field="by",
        )
    source = document.alias("source")  # a reversal has no lines of its own; it takes its original's away
    reversal = document.alias("reversal")
    is_reversal = document.c.kind.like("%" + REVERSAL)
    sign = case((document.c.kind.in_(("invoice", *(kind + REVERSAL for kind in _TAKEN))), 1), else_=-1)
    month = _month(document.c.dated_on)
    line = document_line.c
    tax = case((line.tax_kind == TAXED, _same_rate(line.tax_rate)), else_=line.tax_kind)
    keys: dict[str, tuple[Any, Any]] = {
        "customer": (customer.c.code, customer.c.name),
        "product": (func.coalesce(product.c.code, ""), func.coalesce(product.c.name, "")),
        "month": (month, month),
        "tax_rate": (tax, tax),
    }
    key, label = keys[by]
    other_date = case((is_reversal, source.c.dated_on), else_=reversal.c.dated_on)
    other_is_here = (other_date <= options.date_to) & (
        _month(other_date) == month if by == "month" else true()
    )
    query = (
        select(
            key.label("key"),
            func.min(label).label("label"),
            document.c.currency,
            func.count(document.c.id.distinct()).label("count"),
            func.sum(sign * line.net_minor).label("net"),
            func.sum(sign * line.tax_minor).label("tax"),
        )
        .join_from(
            document, source, source.c.id == case((is_reversal, document.c.origin_id), else_=document.c.id)
        )
        .join(document_line, line.document_id == source.c.id)
        .join(customer, customer.c.id == document.c.customer_id)
        .join(product, product.c.id == line.product_id, isouter=True)
        .join(
            reversal,
            (reversal.c.origin_id == document.c.id) & (reversal.c.kind == document.c.kind + REVERSAL),
            isouter=True,
        )
        .group_by(key, document.c.currency)
        .order_by(document.c.currency, key)
    )
    if options.date_from is not None:
        query = query.where(document.c.dated_on >= options.date_from)
        other_is_here &= other_date >= options.date_from
    query = query.where(
        document.c.kind.in_(_SOLD),
        document.c.dated_on <= options.date_to,
        other_date.is_(None) | ~other_is_here,
    )
    rows = [
        (*_sales_words(by, row.key, row.label), row.currency, row.count, row.net, row.tax, row.net + row.tax)
        for row in connection.execute(query)
    ]
    fields = (
        Field("key", Kind.CODE, N_("Code"), width=12),
        Field("name", Kind.TEXT, N_("Name"), width=28),
        CURRENCY,
        Field("documents", Kind.INTEGER, N_("Documents"), width=8),
        money_field("net", N_("Net")),
        money_field("tax", N_("Tax")),
        money_field("total", N_("Total")),
    )
    return make(
        "sales",
        _("Sales"),
        period_words(options.date_from, options.date_to),
        fields,
        rows,
        ("net", "tax", "total"),
        by=by,
        **{
            "from": options.date_from.isoformat() if options.date_from else None,
            "to": options.date_to.isoformat(),
        },
    )


def _month(day: ColumnElement[Any]) -> ColumnElement[int]:
    """yyyymm of a day; as a number, since 100 is no day."""
    return type_coerce(day, Integer) // 100


def _same_rate(rate: ColumnElement[str]) -> ColumnElement[str]:
    """0.130 as 0.13: books of earlier versions hold rates as they were written, and lines never change."""
    return case((rate.contains("."), func.rtrim(func.rtrim(rate, "0"), ".")), else_=rate)


def _sales_words(by: str, key: Any, label: Any) -> tuple[str, str]:
    """(key, name) of a row of the sales report."""
    if by == "month":
        shown = f"{key // 100}-{key % 100:02d}"
        return shown, shown
    if by == "product" and not key:
        return "", _("Without product")
    if by == "tax_rate":
        kinds = {choice.value: choice.label for choice in TAX_KIND_CHOICES}
        return key, _(kinds[key]) if key in kinds else f"{(Decimal(key) * 100).normalize():f}%"
    return key, label


_SERIES = tuple(Choice(kind, label) for kind, label in PREFIX_KINDS.items())


def _gaps(connection: Connection, _options: Options) -> ReportTable:
    prefixes = settings.load(connection).prefixes
    rows: list[tuple[Any, ...]] = [
        (kind, year, number_of(prefixes[kind], year, value))
        for kind, year, value in check_numbers.gaps(connection)
    ]
    fields = (
        Field("kind", Kind.STATE, N_("Kind"), choices=_SERIES, width=12),
        Field("year", Kind.INTEGER, N_("Year"), width=6),
        Field("number", Kind.CODE, N_("Missing number"), width=18),
    )
    return make("number-gaps", _("Number gaps"), "", fields, rows, ())


def _confirmations(connection: Connection, options: Options) -> ReportTable:
    """Whose statement as at a date came back confirmed, and whose did not (E13)."""
    if options.by not in ("", *(state.value for state in confirmations.STATES)):
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("“{field}”: “{value}” is not one of {choices}.").format(
                field="by", value=options.by[:40], choices=", ".join(_CONFIRMATIONS_BY)
            ),
            field="by",
        )
    fields = (
        CUSTOMER_CODE,
        CUSTOMER_NAME,
        CURRENCY,
        money_field("balance", N_("Balance")),
        Field("state", Kind.STATE, N_("Confirmation"), choices=confirmations.STATES, width=14),
        Field("sent", Kind.DATE, N_("Last sent"), width=10),
        Field("confirmed", Kind.DATE, N_("Slip returned on"), width=10),
        Field("statement", Kind.DATE, N_("Statement as at"), width=10),
        money_field("difference", N_("Difference")),
        Field("note", Kind.TEXT, N_("Note"), width=24),
    )
    rows: list[tuple[Any, ...]] = []
    for one in confirmations.standings(connection, options.as_of):
        if options.by not in ("", one.state):
            continue
        slip = one.slip
        rows.append(
            (
                one.customer,
                one.name,
                one.currency,
                one.balance_minor,
                one.state,
                clock.local_day(one.sent_at) if one.sent_at else None,
                slip.confirmed_on if slip else None,
                slip.as_of if slip else None,
                slip.difference_minor if slip else None,
                slip.note if slip else "",
            )
        )
    return make(
        "confirmations",
        _("Confirmation slips"),
        as_at_words(options.as_of),
        fields,
        rows,
        ("balance", "difference"),
        as_of=options.as_of.isoformat(),
    )


_CONFIRMATIONS_BY = tuple(state.value for state in confirmations.STATES)
declare(
    Report(
        "confirmations",
        N_("Confirmation slips"),
        N_("Whose statement as at a date was confirmed, and whose was not."),
        ("as_of", "by"),
        _confirmations,
    )
)
declare(
    Report(
        "ageing",
        N_("Ageing"),
        N_("Open amounts by how late they are, as at any date."),
        ("as_of", "basis", "buckets"),
        _ageing,
    )
)
declare(
    Report("balances", N_("Balances"), N_("What each customer owes, as at any date."), ("as_of",), _balances)
)
declare(
    Report(
        "cash-book",
        N_("Cash book"),
        N_("Every movement of the money accounts, with balances."),
        ("date_from", "date_to", "account"),
        _cash_book,
    )
)
declare(
    Report(
        "sales",
        N_("Sales"),
        N_(
            "Invoices less credit notes and discounts that correct the tax, by customer, product, month or tax rate."
        ),
        ("date_from", "date_to", "by"),
        _sales,
    )
)
declare(
    Report("number-gaps", N_("Number gaps"), N_("Numbers that a series should have and has not."), (), _gaps)
)
