"""Segments compared (B8): how many customers, what they bought in a period, what they owe, who came and went."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, case, func, select

from crmdesk.models.fields import Field, Kind
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.segments import segment, segment_event, segment_member
from crmdesk.services import group_figures, settings
from crmdesk.services.lists import measures
from crmdesk.services.lists.filters import Comparison
from crmdesk.services.reports.declared import (
    CURRENCY,
    Options,
    Report,
    ReportTable,
    declare,
    make,
    money_field,
    period_words,
)
from crmdesk.services.segment_history import IS_COUNTED
from crmdesk.text import N_, _

FIELDS = (
    Field("segment", Kind.TEXT, N_("Segment"), width=22),
    CURRENCY,
    Field("customers", Kind.INTEGER, N_("Customers"), width=9),
    Field("invoices", Kind.INTEGER, N_("Invoices"), width=9),
    money_field("spent", N_("Bought for, incl. tax")),
    money_field("balance", N_("Balance")),
    money_field("overdue", N_("Overdue")),
    Field("joined", Kind.INTEGER, N_("Came in"), width=8),
    Field("left", Kind.INTEGER, N_("Went out"), width=8),
)


def _fill(connection: Connection, options: Options) -> ReportTable:
    """One row per segment and currency of its customers; a customer counts in the row of his own currency.

    What was bought, came and went is of the period; balance and overdue are as at its end, today at the latest; members
    are those of today.
    """
    first = options.date_from.isoformat() if options.date_from else ""
    period = f"{first}..{options.date_to.isoformat()}"
    gathering = measures.Gathering(options.date_to)
    used = [
        Comparison("invoices", "empty", arguments=(period,)),
        Comparison("spent", "empty", arguments=(period,)),
    ]
    values = list(measures.values(gathering, used).values())
    source = measures.joined(customer, gathering.joins()).join(
        segment_member, segment_member.c.customer_id == customer.c.id
    )
    query = (
        select(
            segment_member.c.segment_id,
            measures.OWN_CURRENCY.label("currency"),
            func.count(),
            *(func.sum(value) for value in values),
        )
        .select_from(source)
        .group_by(segment_member.c.segment_id, measures.OWN_CURRENCY)
        .order_by(measures.OWN_CURRENCY)
    )
    own = settings.load(connection).currency
    parameters = {"today": options.date_to, "book_currency": own}
    on = group_figures.owed_on(options.date_to)
    owed = _owed(connection, on, own)
    sums: dict[int, list[Any]] = {}
    for record_id, currency, *amounts in map(tuple, connection.execute(query, parameters)):
        sums.setdefault(record_id, []).append((currency, *amounts, *owed.get((record_id, currency), (0, 0))))
    moved = _moved(connection, options)
    rows: list[tuple[Any, ...]] = []
    listed = select(segment.c.id, segment.c.name).where(segment.c.deleted_at == "")
    for record_id, name in connection.execute(listed.order_by(segment.c.position, segment.c.name)):
        for place, part in enumerate(sums.get(record_id, [(own, 0, 0, 0, 0, 0)])):
            came, went = moved.get(record_id, (0, 0)) if place == 0 else (0, 0)
            rows.append((name, *part, came, went))
    return make(
        "segments",
        _("Segments"),
        period_words(options.date_from, options.date_to),
        FIELDS,
        rows,
        (),  # a customer may be in several segments: a sum over all of them would count him twice
        notes=(
            _("Members are those of today; balance and overdue are as at {date}.").format(
                date=on.isoformat()
            ),
        ),
        **{
            "from": options.date_from.isoformat() if options.date_from else None,
            "to": options.date_to.isoformat(),
        },
    )


def _owed(connection: Connection, on: date, own: str) -> dict[tuple[int, str], tuple[int, int]]:
    """(segment id, currency) -> balance and overdue of its members on a day, each in his own currency."""
    known = group_figures.owed(connection, on)
    query = select(
        segment_member.c.segment_id, segment_member.c.customer_id, measures.OWN_CURRENCY
    ).join_from(segment_member, customer, customer.c.id == segment_member.c.customer_id)
    nothing: dict[str, int] = {}
    found: dict[tuple[int, str], tuple[int, int]] = {}
    for record_id, owner, currency in connection.execute(query, {"book_currency": own}):
        balance = known.balance.get(owner, nothing).get(currency, 0)
        overdue = known.overdue.get(owner, nothing).get(currency, 0)
        if balance or overdue:
            before = found.get((record_id, currency), (0, 0))
            found[record_id, currency] = (before[0] + balance, before[1] + overdue)
    return found


def _moved(connection: Connection, options: Options) -> dict[int, tuple[int, int]]:
    event = segment_event.c
    query = (
        select(
            event.segment_id,
            func.sum(case((event.is_joined.is_(True), 1), else_=0)),
            func.sum(case((event.is_joined.is_(False), 1), else_=0)),
        )
        .where(event.dated_on <= options.date_to, IS_COUNTED)
        .group_by(event.segment_id)
    )
    if options.date_from is not None:
        query = query.where(event.dated_on >= options.date_from)
    return {row[0]: (row[1], row[2]) for row in connection.execute(query)}


declare(
    Report(
        "segments",
        N_("Segments"),
        N_(
            "Segments compared: customers, invoices, what they bought for, balance, overdue, who came and went."
        ),
        ("date_from", "date_to"),
        _fill,
    )
)
