"""The trial balance: debits, credits and balance of every account per currency, with their value in the book's."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, case, func, select

from crmdesk.models import money
from crmdesk.models.fields import Field, Kind
from crmdesk.models.tables.exchange import base_entry
from crmdesk.models.tables.ledger import account, posting
from crmdesk.services import settings
from crmdesk.services.ledger import LATE
from crmdesk.services.reports.declared import (
    CURRENCY,
    Options,
    Report,
    ReportTable,
    base_field,
    declare,
    in_base,
    make,
    money_field,
    period_words,
)
from crmdesk.text import N_, _

_NAMES = ("opening", "debit", "credit", "balance")
_BASE = tuple(f"base_{name}" for name in _NAMES)


def unrated_notes(connection: Connection, end: date) -> tuple[str, ...]:
    """A sentence per currency of which entries up to a day have no value in the book's: its columns leave them out."""
    own = settings.load(connection).currency
    late = base_entry.alias("late")
    completed = select(late.c.id).where(
        late.c.source_id == posting.c.source_id, late.c.kind == LATE, late.c.dated_on <= end
    )
    query = (
        select(posting.c.currency, func.count(posting.c.source_id.distinct()))
        .where(
            posting.c.dated_on <= end,
            posting.c.base_minor.is_(None),
            posting.c.currency != own,
            ~completed.exists(),
        )
        .group_by(posting.c.currency)
        .order_by(posting.c.currency)
    )
    return tuple(
        _(
            "Entries in {currency} without an exchange rate: {count}. The columns in {own} leave them out."
        ).format(count=count, currency=currency, own=own)
        for currency, count in connection.execute(query)
    )


def _fill(connection: Connection, options: Options) -> ReportTable:
    start = options.date_from
    end = options.date_to if start is not None else options.as_of
    is_before = posting.c.dated_on < start if start is not None else posting.c.dated_on < date(1, 1, 1)

    def sums(amount: Any) -> tuple[Any, ...]:
        return (
            func.sum(case((is_before, amount), else_=0)),
            func.sum(case((~is_before & (amount > 0), amount), else_=0)),
            func.sum(case((~is_before & (amount < 0), -amount), else_=0)),
            func.sum(amount),
        )

    query = (
        select(
            account.c.code,
            account.c.name,
            posting.c.currency,
            *sums(posting.c.amount_minor),
            *sums(func.coalesce(posting.c.base_minor, 0)),
        )
        .join_from(posting, account, account.c.id == posting.c.account_id)
        .where(posting.c.dated_on <= end)
        .group_by(account.c.id, posting.c.currency)
        .order_by(account.c.code, posting.c.currency)
    )
    own = settings.load(connection).currency
    found = list(connection.execute(query))
    has_base = any(row[2] != own for row in found)
    fields = (
        Field("account", Kind.CODE, N_("Account"), width=8),
        Field("name", Kind.TEXT, N_("Account name"), width=22),
        CURRENCY,
        money_field("opening", N_("Opening")),
        money_field("debit", N_("Debit")),
        money_field("credit", N_("Credit")),
        money_field("balance", N_("Balance")),
    )
    rows = [tuple(row[:7]) for row in found]
    more: dict[str, Any] = {}
    totals: dict[str, int] = {}
    if has_base:  # a book without foreign documents would only show every figure twice
        labels = (
            N_("Opening in book currency"),
            N_("Debit in book currency"),
            N_("Credit in book currency"),
            N_("Balance in book currency"),
        )
        fields += tuple(base_field(name, label) for name, label in zip(_BASE, labels, strict=True))
        rows = [(*row[:7], *(in_base(minor, own) for minor in row[7:])) for row in found]
        totals = {name: sum(row[7 + place] for row in found) for place, name in enumerate(_BASE)}
        more["base"] = {
            "currency": own,
            **{name: money.plain(totals[f"base_{name}"], own) for name in _NAMES},
        }
    return make(
        "trial-balance",
        _("Trial balance"),
        period_words(start, end),
        fields,
        rows,
        _NAMES,
        base_totals=(own, totals),
        notes=unrated_notes(connection, end) if has_base else (),
        **more,
        **{"from": start.isoformat() if start else None, "to": end.isoformat()},
    )


declare(
    Report(
        "trial-balance",
        N_("Trial balance"),
        N_("Debits, credits and balance of every account."),
        ("as_of", "date_from", "date_to"),
        _fill,
    )
)
