"""Reports of foreign currencies: what is open and its value, and the exchange differences of a period (E9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Connection, and_, select

from crmdesk.models import money
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs.documents import ALLOCATED, EVENTS
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.exchange import base_entry
from crmdesk.models.tables.ledger import account, posting
from crmdesk.services import base_history, bill_worth, revaluations, settings
from crmdesk.services.ledger import LATE
from crmdesk.services.posted import REVERSAL
from crmdesk.services.reports.declared import (
    CURRENCY,
    CUSTOMER_CODE,
    CUSTOMER_NAME,
    Options,
    Report,
    ReportTable,
    as_at_words,
    base_field,
    declare,
    in_base,
    make,
    money_field,
    period_words,
)
from crmdesk.services.templates import RECEIVABLE
from crmdesk.text import N_, _

DIFFERENCES = (
    ALLOCATED,
    Choice("release", N_("Release")),
    *EVENTS.values(),
    Choice("revaluation", N_("Revaluation")),
    Choice("revaluation_back", N_("Revaluation taken back")),
)


class Difference(NamedTuple):
    """One exchange difference: amounts in minor units, `gain_minor` (a loss when negative) of the book's currency."""

    dated_on: date
    kind: str
    """One of DIFFERENCES."""
    customer_id: int
    currency: str
    credit: str
    """Number of the payment or credit note; empty for revaluations."""
    debit: str
    amount_minor: int
    credit_base_minor: int | None
    debit_base_minor: int | None
    gain_minor: int


def differences(connection: Connection, start: date | None, end: date) -> list[Difference]:
    """Every exchange difference dated in a period, by date."""
    found = [
        one
        for one in (*_realised(connection), *_of_bills(connection), *_revalued(connection))
        if one.dated_on <= end and (start is None or one.dated_on >= start)
    ]
    return sorted(found, key=lambda one: one.dated_on)


def _realised(connection: Connection) -> Iterator[Difference]:
    late = dict(
        connection.execute(
            select(base_entry.c.source_id, base_entry.c.dated_on).where(base_entry.c.kind == LATE)
        ).all()
    )
    for event in base_history.read(connection).events:
        if not event.gain_minor:
            continue
        kind = "allocation" if event.amount_minor > 0 else "release"
        if event.taking is not None:
            kind = event.taking.kind + ("" if event.amount_minor > 0 else REVERSAL)
        on = late.get(event.id)
        if on is None and event.dated_on == event.credit.dated_on:
            on = late.get(event.credit.id)  # settled in the payment's own entry
        yield Difference(
            on or event.dated_on,
            kind,
            event.credit.customer_id,
            event.credit.currency,
            event.credit.number,
            event.debit.number if event.debit is not None else event.taking.number if event.taking else "",
            event.amount_minor,
            event.credit_share,
            event.debit_share,
            event.gain_minor,
        )


def _of_bills(connection: Connection) -> Iterator[Difference]:
    for move in bill_worth.read(connection):
        if move.gain_minor:
            values = (abs(move.bill_minor), abs(move.money_minor))
            yield Difference(
                move.dated_on,
                move.kind,
                move.customer_id,
                move.currency,
                move.payment,
                move.number,
                move.amount_minor,
                *values,
                move.gain_minor,
            )


def _revalued(connection: Connection) -> Iterator[Difference]:
    query = (
        select(
            base_entry.c.dated_on,
            base_entry.c.kind,
            posting.c.customer_id,
            posting.c.currency,
            posting.c.base_minor,
        )
        .join_from(base_entry, posting, posting.c.source_id == base_entry.c.id)
        .join(account, and_(account.c.id == posting.c.account_id, account.c.role == RECEIVABLE))
        .where(base_entry.c.kind.in_((revaluations.KIND, revaluations.BACK)))
        .order_by(base_entry.c.id)
    )
    for on, kind, customer_id, currency, gain in connection.execute(query):
        yield Difference(on, kind, customer_id, currency, "", "", 0, None, None, gain)


def _names(connection: Connection) -> dict[int, tuple[str, str]]:
    return {
        row.id: (row.code, row.name)
        for row in connection.execute(select(customer.c.id, customer.c.code, customer.c.name))
    }


def _differences(connection: Connection, options: Options) -> ReportTable:
    own = settings.load(connection).currency
    found = differences(connection, options.date_from, options.date_to)
    names = _names(connection)
    fields = (
        Field("date", Kind.DATE, N_("Date"), width=10),
        Field("kind", Kind.STATE, N_("Kind"), choices=DIFFERENCES, width=14),
        CUSTOMER_CODE,
        CUSTOMER_NAME,
        CURRENCY,
        Field("credit", Kind.CODE, N_("Payment or credit note"), width=15),
        Field("debit", Kind.CODE, N_("Settled"), width=15),
        money_field("amount", N_("Amount")),
        base_field("credit_base", N_("Its value")),
        base_field("debit_base", N_("Value of what it settles")),
        base_field("gain", N_("Gain (loss negative)")),
    )
    rows = [
        (
            one.dated_on,
            one.kind,
            *names[one.customer_id],
            one.currency,
            one.credit,
            one.debit,
            one.amount_minor,
            in_base(one.credit_base_minor, own),
            in_base(one.debit_base_minor, own),
            in_base(one.gain_minor, own),
        )
        for one in found
    ]
    total = sum(one.gain_minor for one in found)
    return make(
        "exchange-differences",
        _("Exchange differences"),
        period_words(options.date_from, options.date_to),
        fields,
        rows,
        (),
        base_totals=(own, {"gain": total}),
        base={"currency": own, "gain": money.plain(total, own)},
        **{
            "from": options.date_from.isoformat() if options.date_from else None,
            "to": options.date_to.isoformat(),
        },
    )


def _currencies(connection: Connection, options: Options) -> ReportTable:
    own = settings.load(connection).currency
    found = revaluations.positions(connection, options.as_of)
    names = _names(connection)
    found.sort(key=lambda one: (one.currency, names[one.customer_id][0]))
    fields = (
        CUSTOMER_CODE,
        CUSTOMER_NAME,
        CURRENCY,
        money_field("open", N_("Open")),
        base_field("carrying", N_("Carrying value")),
        Field("rate", Kind.PRICE, N_("Exchange rate"), width=10),
        base_field("value", N_("Value at the rate")),
        base_field("unrealised", N_("Unrealised gain (loss negative)")),
        money_field("unrated", N_("Open without a rate")),
    )
    rows = [
        (
            *names[one.customer_id],
            one.currency,
            one.open_minor,
            in_base(one.carrying_minor, own),
            None if one.rate is None else Decimal(one.rate),
            in_base(one.value_minor, own),
            in_base(one.difference_minor, own),
            one.unrated_minor,
        )
        for one in found
    ]
    totals = {
        "carrying": sum(one.carrying_minor for one in found),
        "value": sum(one.value_minor or 0 for one in found),
        "unrealised": sum(one.difference_minor or 0 for one in found),
    }
    return make(
        "currencies",
        _("Foreign currencies"),
        as_at_words(options.as_of),
        fields,
        rows,
        ("open", "unrated"),
        base_totals=(own, totals),
        base={"currency": own, **{name: money.plain(minor, own) for name, minor in totals.items()}},
        as_of=options.as_of.isoformat(),
    )


declare(
    Report(
        "currencies",
        N_("Foreign currencies"),
        N_("What is open in foreign currencies, what it stands at and what it is worth, as at any date."),
        ("as_of",),
        _currencies,
    )
)
declare(
    Report(
        "exchange-differences",
        N_("Exchange differences"),
        N_("Gains and losses that arose at allocation, with both documents, and by revaluation."),
        ("date_from", "date_to"),
        _differences,
    )
)
