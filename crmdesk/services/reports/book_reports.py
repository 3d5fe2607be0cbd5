"""The reports of the ledger: ageing, balances, trial balance, cash book, sales, number gaps."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, case, func, select, true, type_coerce

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.documents import TAX_KIND_CHOICES
from crmdesk.models.tables.banking import bank_entry
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document, document_line
from crmdesk.models.tables.ledger import account, money_account, posting
from crmdesk.models.tables.products import product
from crmdesk.models.totals import TAXED
from crmdesk.services import check_numbers, confirmations, settings
from crmdesk.services.posted import REVERSAL
from crmdesk.services.reports import ageing, balances
from crmdesk.services.reports.declared import Options, Report, ReportTable, declare, make
from crmdesk.services.units import number_of
from crmdesk.text import N_, _

_CODE = Field("customer", Kind.CODE, N_("Code"), width=10)
_NAME = Field("name", Kind.TEXT, N_("Customer"), width=28)
_CURRENCY = Field("currency", Kind.CURRENCY, N_("Currency"), width=6)


def _money(name: str, label: str) -> Field:
    return Field(name, Kind.MONEY, label, width=14)


def _as_at(on: date) -> str:
    return _("As at {date}").format(date=on.isoformat())


def _period(start: date | None, end: date) -> str:
    if start is None:
        return _("Up to {date}").format(date=end.isoformat())
    return _("{start} to {end}").format(start=start.isoformat(), end=end.isoformat())


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
        _CODE,
        _NAME,
        _CURRENCY,
        _money("not_due", N_("Not due")),
        *(_money(name, bucket_label(*ends)) for name, ends in zip(names, ranges, strict=True)),
        _money("unallocated", N_("Unallocated")),
        _money("total", N_("Total")),
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
        _as_at(options.as_of),
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
    fields = (_CODE, _NAME, _CURRENCY, _money("balance", N_("Balance")))
    rows = [(row.code, row.name, row.currency, row.balance_minor) for row in found]
    table = make("balances", _("Balances"), _as_at(options.as_of), fields, rows, ("balance",))
    plain = {
        "as_of": options.as_of.isoformat(),
        "rows": [
            {"customer": row[0], "name": row[1], "currency": row[2], "balance": money.plain(row[3], row[2])}
            for row in rows
        ],
        "totals": table.document["totals"],
    }
    return ReportTable(table.name, table.title, table.period, fields, rows, table.totals, plain)


def _trial_balance(connection: Connection, options: Options) -> ReportTable:
    start = options.date_from
    end = options.date_to if start is not None else options.as_of
    is_before = posting.c.dated_on < start if start is not None else posting.c.dated_on < date(1, 1, 1)
    amount = posting.c.amount_minor
    query = (
        select(
            account.c.code,
            account.c.name,
            posting.c.currency,
            func.sum(case((is_before, amount), else_=0)),
            func.sum(case((~is_before & (amount > 0), amount), else_=0)),
            func.sum(case((~is_before & (amount < 0), -amount), else_=0)),
            func.sum(amount),
        )
        .join_from(posting, account, account.c.id == posting.c.account_id)
        .where(posting.c.dated_on <= end)
        .group_by(account.c.id, posting.c.currency)
        .order_by(account.c.code, posting.c.currency)
    )
    fields = (
        Field("account", Kind.CODE, N_("Account"), width=8),
        Field("name", Kind.TEXT, N_("Account name"), width=22),
        _CURRENCY,
        _money("opening", N_("Opening")),
        _money("debit", N_("Debit")),
        _money("credit", N_("Credit")),
        _money("balance", N_("Balance")),
    )
    rows = [tuple(row) for row in connection.execute(query)]
    return make(
        "trial-balance",
        _("Trial balance"),
        _period(start, end),
        fields,
        rows,
        ("opening", "debit", "credit", "balance"),
        **{"from": start.isoformat() if start else None, "to": end.isoformat()},
    )


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
        Field("kind", Kind.TEXT, N_("Kind"), width=12),
        Field("number", Kind.CODE, N_("Number"), width=15),
        _CODE,
        _NAME,
        _CURRENCY,
        _money("received", N_("Received")),
        _money("paid", N_("Paid out")),
        _money("balance", N_("Balance")),
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
        _period(options.date_from, options.date_to),
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
_SOLD = ("invoice", "credit", "invoice" + REVERSAL, "credit" + REVERSAL)


def _sales(connection: Connection, options: Options) -> ReportTable:
    """Net sales by customer, product, month or tax rate: invoices less credit notes, voids taken out.

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
    is_reversal = document.c.kind.in_(("invoice" + REVERSAL, "credit" + REVERSAL))
    sign = case((document.c.kind.in_(("invoice", "credit" + REVERSAL)), 1), else_=-1)
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
        _CURRENCY,
        Field("documents", Kind.INTEGER, N_("Documents"), width=8),
        _money("net", N_("Net")),
        _money("tax", N_("Tax")),
        _money("total", N_("Total")),
    )
    return make(
        "sales",
        _("Sales"),
        _period(options.date_from, options.date_to),
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


def _gaps(connection: Connection, _options: Options) -> ReportTable:
    prefixes = settings.load(connection).prefixes
    rows: list[tuple[Any, ...]] = [
        (kind, year, number_of(prefixes[kind], year, value))
        for kind, year, value in check_numbers.gaps(connection)
    ]
    fields = (
        Field("kind", Kind.TEXT, N_("Kind"), width=12),
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
        _CODE,
        _NAME,
        _CURRENCY,
        _money("balance", N_("Balance")),
        Field("state", Kind.STATE, N_("Confirmation"), choices=confirmations.STATES, width=14),
        Field("sent", Kind.DATE, N_("Last sent"), width=10),
        Field("confirmed", Kind.DATE, N_("Slip returned on"), width=10),
        Field("statement", Kind.DATE, N_("Statement as at"), width=10),
        _money("difference", N_("Difference")),
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
        _as_at(options.as_of),
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
        _CONFIRMATIONS_BY,
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
        "trial-balance",
        N_("Trial balance"),
        N_("Debits, credits and balance of every account."),
        ("as_of", "date_from", "date_to"),
        _trial_balance,
    )
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
        N_("Invoices less credit notes by customer, product, month or tax rate."),
        ("date_from", "date_to", "by"),
        _sales,
        _SALES_BY,
    )
)
declare(
    Report("number-gaps", N_("Number gaps"), N_("Numbers that a series should have and has not."), (), _gaps)
)
