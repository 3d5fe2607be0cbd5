"""The reconciliation 银行余额调节表: book and bank of the money accounts as at a date, and every item between them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models import money
from crmdesk.models.fields import Field, Kind
from crmdesk.models.tables.banking import bank_file
from crmdesk.models.tables.ledger import money_account
from crmdesk.services.banking import reconciling
from crmdesk.services.banking.reconciling import Position
from crmdesk.services.reports.declared import Options, Report, ReportTable, declare, make
from crmdesk.text import N_, _

_FIELDS = (
    Field("account", Kind.TEXT, N_("Money account"), width=14),
    Field("what", Kind.TEXT, N_("What"), width=24),
    Field("date", Kind.DATE, N_("Date"), width=10),
    Field("number", Kind.TEXT, N_("Number"), width=18),
    Field("who", Kind.TEXT, N_("Other side"), width=24),
    Field("text", Kind.TEXT, N_("Text"), width=26),
    Field("currency", Kind.CURRENCY, N_("Currency"), width=6),
    Field("amount", Kind.MONEY, N_("Amount"), sign="any", width=14),
)


def _fill(connection: Connection, options: Options) -> ReportTable:
    if options.account:
        codes = [reconciling.account_row(connection, options.account).code]
    else:
        with_files = select(bank_file.c.money_account_id)
        query = select(money_account.c.code).where(money_account.c.id.in_(with_files))
        codes = list(connection.execute(query.order_by(money_account.c.id)).scalars())
    positions = [
        reconciling.position(connection, code, currency, options.as_of)
        for code in codes
        for currency in reconciling.currencies_of(connection, reconciling.account_row(connection, code))
    ]
    rows: list[tuple[Any, ...]] = []
    for one in positions:
        rows += _rows(one)
    return make(
        "reconciliation",
        _("Bank reconciliation"),
        _("As at {date}").format(date=options.as_of.isoformat()),
        _FIELDS,
        rows,
        (),
        as_of=options.as_of.isoformat(),
        accounts=[_plain(one) for one in positions],
    )


def _rows(one: Position) -> list[tuple[Any, ...]]:
    def row(what: str, minor: int | None, **more: Any) -> tuple[Any, ...]:
        values = (more.get(name, "") for name in ("number", "who", "text"))
        return (one.name, what, more.get("on"), *values, one.currency, minor)

    rows = [row(_("Balance in the book"), one.book_minor, on=one.as_of)]
    for side, what in (
        ("bank", _("In the bank, not in the book")),
        ("book", _("In the book, not in the bank")),
    ):
        rows += [
            row(
                what,
                item.amount_minor if side == "bank" else -item.amount_minor,
                on=item.dated_on,
                number=item.number,
                who=item.who,
                text=item.text,
            )
            for item in one.between
            if item.side == side
        ]
    if one.difference_minor:
        rows.append(row(_("Not explained"), one.difference_minor))
    rows.append(row(_("Balance at the bank"), one.bank_minor, on=one.bank_on))
    return rows


def _plain(one: Position) -> dict[str, Any]:
    def amount(minor: int | None) -> str | None:
        return None if minor is None else money.plain(minor, one.currency)

    return {
        "account": one.account,
        "currency": one.currency,
        "book": amount(one.book_minor),
        "bank": amount(one.bank_minor),
        "not_booked": amount(one.sum_of("bank")),
        "not_in_bank": amount(one.sum_of("book")),
        "difference": amount(one.difference_minor),
    }


declare(
    Report(
        "reconciliation",
        N_("Bank reconciliation"),
        N_("Book and bank of the money accounts, and every item between them, as at any date."),
        ("as_of", "account"),
        _fill,
    )
)
