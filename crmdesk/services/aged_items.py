"""The sums behind ageing: open amounts by customer, currency and age, as at any date, in a few index scans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, literal, select, type_coerce
from sqlalchemy.sql.sqltypes import Integer

from crmdesk.models.tables.documents import allocation, document, open_item
from crmdesk.services.open_items import CREDIT, OPENABLE
from crmdesk.services.posted import REVERSAL
from crmdesk.services.settled import refund_events

Sums = dict[tuple[int, str], list[int]]
# An alias of a wide table costs a millisecond to make, so they are made once.
_BACK, _OWN = document.alias("back"), document.alias("own")


def bucket_sums(
    connection: Connection, on: date, basis: str, limits: Sequence[int], customer_id: int | None = None
) -> Sums:
    """(customer id, currency) -> [not due, bucket 1 …, unallocated], in minor units.

    `limits` are day numbers: what is dated at or after limits[0] is not due, and so on (see `ageing.rows`).
    """
    sums: Sums = {}
    _add_open_now(connection, sums, on, basis, limits, customer_id)
    is_after = allocation.c.dated_on > on
    if connection.execute(select(literal(1)).where(is_after).select_from(allocation).limit(1)).first():
        _add_settled_later(connection, sums, on, basis, limits, customer_id)
    _add_documents_taken_back(connection, sums, on, basis, limits, customer_id)
    _add_refunded_later(connection, sums, on, len(limits), customer_id)
    return sums


def _aged(
    day: ColumnElement[Any], amount: ColumnElement[Any], limits: Sequence[int]
) -> list[ColumnElement[Any]]:
    number = type_coerce(day, Integer)
    columns: list[ColumnElement[Any]] = [func.sum(case((number >= limits[0], amount), else_=0))]
    for upper, lower in zip(limits, [*limits[1:], 0], strict=True):
        columns.append(func.sum(case(((number < upper) & (number >= lower), amount), else_=0)))
    return columns


def _merge(sums: Sums, customer_id: int, currency: str, values: Sequence[int]) -> None:
    known = sums.get((customer_id, currency))
    if known is None:
        sums[customer_id, currency] = list(values)
        return
    for index, value in enumerate(values):
        known[index] += value


def _add_open_now(
    connection: Connection, sums: Sums, on: date, basis: str, limits: Sequence[int], customer_id: int | None
) -> None:
    item = open_item.c
    day = func.coalesce(item.due_on, item.dated_on) if basis == "due" else item.dated_on
    debit = case((item.side != CREDIT, item.open_minor), else_=0)
    credit = func.sum(case((item.side == CREDIT, -item.open_minor), else_=0))
    query = (
        select(item.customer_id, item.currency, *_aged(day, debit, limits), credit)
        .where(item.dated_on <= on)
        .group_by(item.customer_id, item.currency)
    )
    if customer_id is not None:
        query = query.where(item.customer_id == customer_id)
    for owner, currency, *columns in map(tuple, connection.execute(query)):
        sums[owner, currency] = columns


def _add_settled_later(
    connection: Connection, sums: Sums, on: date, basis: str, limits: Sequence[int], customer_id: int | None
) -> None:
    """An allocation dated later had not happened: its invoice was open, its payment (if there already) free."""
    row = allocation.c
    day = row.debit_due_on if basis == "due" else row.debit_on
    debit = case((row.debit_on <= on, row.amount_minor), else_=0)
    credit = func.sum(case((row.credit_on <= on, -row.amount_minor), else_=0))
    query = (
        select(row.customer_id, row.currency, *_aged(day, debit, limits), credit)
        .where(row.dated_on > on)
        .group_by(row.customer_id, row.currency)
    )
    if customer_id is not None:
        query = query.where(row.customer_id == customer_id)
    for owner, currency, *columns in map(tuple, connection.execute(query)):
        _merge(sums, owner, currency, columns)


def _add_documents_taken_back(
    connection: Connection, sums: Sums, on: date, basis: str, limits: Sequence[int], customer_id: int | None
) -> None:
    """A document voided or reversed later was still there in full."""
    back, own = _BACK, _OWN
    day = func.coalesce(own.c.due_on, own.c.dated_on) if basis == "due" else own.c.dated_on
    is_debit = own.c.effect_minor > 0
    debit = case((is_debit, own.c.total_minor), else_=0)
    credit = func.sum(case((is_debit, 0), else_=-own.c.total_minor))
    query = (
        select(own.c.customer_id, own.c.currency, *_aged(day, debit, limits), credit)
        .join_from(back, own, back.c.origin_id == own.c.id)
        .where(
            back.c.kind.in_([kind + REVERSAL for kind in OPENABLE]),
            back.c.dated_on > on,
            own.c.dated_on <= on,
        )
        .group_by(own.c.customer_id, own.c.currency)
    )
    if customer_id is not None:
        query = query.where(back.c.customer_id == customer_id)
    for owner, currency, *columns in map(tuple, connection.execute(query)):
        _merge(sums, owner, currency, columns)


def _add_refunded_later(
    connection: Connection, sums: Sums, on: date, limit_count: int, customer_id: int | None
) -> None:
    """Money paid back later was still the customer's credit."""
    events = refund_events(customer_id=customer_id).subquery()
    own = _OWN
    query = (
        select(own.c.customer_id, own.c.currency, func.sum(events.c.amount))
        .join_from(events, own, own.c.id == events.c.credit_id)
        .where(events.c.dated_on > on, own.c.dated_on <= on)
        .group_by(own.c.customer_id, own.c.currency)
    )
    for owner, currency, amount in connection.execute(query):
        _merge(sums, owner, currency, [0] * (limit_count + 1) + [-amount])
