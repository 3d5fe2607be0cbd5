"""What is open, for Today: sums by due date, the documents to look at, debtors, limits. Reads open items only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import Connection, case, func, select

from crmdesk.models import clock
from crmdesk.models.tables.customers import customer, own_currency
from crmdesk.models.tables.documents import document, open_item
from crmdesk.services import exposure
from crmdesk.services.dialect import among
from crmdesk.services.lists.open_items import item_due, item_open
from crmdesk.services.posted import REVERSAL
from crmdesk.services.reports import ageing
from crmdesk.services.today_shape import SHOWN, WEEK_DAYS, Bucket, Debtor, Figure, OpenDocument, Target

_RANGES = ageing.ranges(ageing.DEFAULT_BUCKETS)


def open_target(expression: str) -> Target:
    """The list of open items with a filter."""
    return Target("invoices", {"part": "open_items", "filter": expression})


def all_due_target() -> Target:
    """Everything that is overdue or due within the week."""
    return open_target(f"open > 0 and due <= today+{WEEK_DAYS}")


def _open_parts() -> dict[str, tuple[int, int | None, int | None, str]]:
    """name -> (side, first and last day that the due date is late by, the same in the filter language).

    What is not due yet is late by less than one day.
    """
    owed = "open > 0"
    parts: dict[str, tuple[int, int | None, int | None, str]] = {
        "owed": (1, None, None, owed),
        "overdue": (1, 1, None, "overdue"),
        "today": (1, 0, 0, f"{owed} and due = today"),
        "week": (1, -WEEK_DAYS, 0, f"{owed} and due >= today and due <= today+{WEEK_DAYS}"),
        "not_due": (1, None, 0, f"{owed} and due >= today"),
        "credit": (-1, None, None, "open < 0"),
    }
    for first, last in _RANGES:
        words = f"{owed} and due <= today-{first}"
        if last is not None:
            words += f" and due >= today-{last}"
        parts[_bucket_name(first)] = (1, first, last, words)
    return parts


def _bucket_name(first: int | None) -> str:
    return f"late_{first}"


def opened(connection: Connection, on: date) -> dict[str, Figure]:
    """All sums over open items: one scan of their index by the spans between the parts' ends, added up here."""
    parts = _open_parts()
    ends = {first for _side, first, _last, _words in parts.values() if first is not None}
    ends |= {last + 1 for _side, _first, last, _words in parts.values() if last is not None}
    # Every span by the fewest days that its items are late; no part begins or ends inside one.
    days = case(
        *((item_due <= on - timedelta(days=least), least) for least in sorted(ends, reverse=True)),
        else_=min(ends) - 1,
    ).label("days")
    query = (
        select(open_item.c.currency, open_item.c.side, days, func.count(), func.sum(item_open))
        .where(open_item.c.open_minor != 0)
        .group_by(open_item.c.currency, open_item.c.side, days)
        .order_by(open_item.c.currency)
    )
    counts = dict.fromkeys(parts, 0)
    minors: dict[str, dict[str, int]] = {name: {} for name in parts}
    for currency, side, late, count, minor in connection.execute(query):
        for name, (wanted, first, last, _words) in parts.items():
            if side == wanted and (first is None or late >= first) and (last is None or late <= last):
                counts[name] += count
                minors[name][currency] = minors[name].get(currency, 0) + minor
    return {
        name: Figure(counts[name], minors[name], open_target(words))
        for name, (_side, _first, _last, words) in parts.items()
    }


def buckets(opened: Mapping[str, Figure]) -> tuple[Bucket, ...]:
    return (
        Bucket(None, None, opened["not_due"]),
        *(Bucket(first, last, opened[_bucket_name(first)]) for first, last in _RANGES),
    )


def main_currency(opened: Figure, book_currency: str) -> str:
    if book_currency in opened.minors or not opened.minors:
        return book_currency
    return max(opened.minors, key=lambda code: abs(opened.minors[code]))


def due_documents(connection: Connection, on: date) -> tuple[OpenDocument, ...]:
    """Half of them the largest of what is overdue, half what is due next; the most overdue first.

    (The oldest alone would be the same small leftovers every day.)
    """
    is_owed = (open_item.c.side == 1) & (open_item.c.open_minor != 0)
    key = open_item.c.document_id
    largest = (
        select(key).where(is_owed, item_due < on).order_by(open_item.c.open_minor.desc(), key).limit(SHOWN)
    )
    following = (
        select(key)
        .where(is_owed, item_due.between(on, on + timedelta(days=WEEK_DAYS)))
        .order_by(item_due, open_item.c.open_minor.desc(), key)
        .limit(SHOWN)
    )
    late, soon = (list(connection.execute(query).scalars()) for query in (largest, following))
    soon_count = min(len(soon), max(SHOWN // 2, SHOWN - len(late)))
    chosen = [*late[: SHOWN - soon_count], *soon[:soon_count]]
    query = (
        select(
            document.c.kind,
            document.c.number,
            customer.c.name,
            open_item.c.currency,
            open_item.c.open_minor,
            item_due,
        )
        .join_from(open_item, document, document.c.id == open_item.c.document_id)
        .join(customer, customer.c.id == open_item.c.customer_id)
        .where(key.in_(chosen))
        .order_by(item_due, key)
    )
    return tuple(
        OpenDocument(
            kind, number, name, currency, minor, due, (on - due).days, document_target(kind, number, "")
        )
        for kind, number, name, currency, minor, due in connection.execute(query)
    )


def credit_notes(connection: Connection) -> dict[str, int]:
    """What of the unused credits is credit notes: they lessen a claim, and are no money received in advance."""
    query = (
        select(open_item.c.currency, func.sum(item_open))
        .join_from(open_item, document, document.c.id == open_item.c.document_id)
        .where(open_item.c.side == -1, open_item.c.open_minor != 0, document.c.kind == "credit")
        .group_by(open_item.c.currency)
        .order_by(open_item.c.currency)
    )
    return dict(connection.execute(query).all())


def debtors(connection: Connection, currency: str) -> tuple[Debtor, ...]:
    balance = func.sum(item_open)
    largest = (
        select(open_item.c.customer_id, balance.label("balance_minor"))
        .where(open_item.c.currency == currency)
        .group_by(open_item.c.customer_id)
        .having(balance > 0)
        .order_by(balance.desc(), open_item.c.customer_id)
        .limit(SHOWN)
        .subquery()
    )
    query = (
        select(customer.c.code, customer.c.name, largest.c.balance_minor)
        .join_from(largest, customer, customer.c.id == largest.c.customer_id)
        .order_by(largest.c.balance_minor.desc(), customer.c.id)
    )
    return tuple(
        Debtor(code, name, minor, Target("customers", {"code": code}))
        for code, name, minor in connection.execute(query)
    )


def over_limit(connection: Connection, book_currency: str) -> Figure:
    """Customers who owe more than their limit, in all currencies together, as the list says it (`over_limit`)."""
    own = own_currency(book_currency)
    limit = customer.c.credit_limit_minor
    owing = (
        select(open_item.c.customer_id, open_item.c.currency, func.sum(item_open).label("minor"))
        .group_by(open_item.c.customer_id, open_item.c.currency)
        .subquery()
    )
    at_home = (
        select(customer.c.id, owing.c.minor, limit)
        .join_from(owing, customer, customer.c.id == owing.c.customer_id)
        .where(owing.c.currency == own)
    )
    abroad = exposure.foreign(connection, clock.today(), book_currency)
    over = connection.execute(at_home.where(owing.c.minor > limit))
    count = sum(owner not in abroad for owner, _minor, _limit in over)
    if abroad:
        limits = select(customer.c.id, limit).where(among(customer.c.id, abroad))
        owed = {row.id: row.minor for row in connection.execute(at_home.where(among(customer.c.id, abroad)))}
        for owner, most in connection.execute(limits):
            count += owed.get(owner, 0) + abroad[owner].minor > most
    return Figure(count, {}, Target("customers", {"filter": "over_limit"}))


def document_target(kind: str, number: str, code: str) -> Target:
    """Where a document is shown; what has no list of its own is found at its customer."""
    base = kind.removesuffix(REVERSAL)
    place = {"payment": "payments", "refund": "payments"}.get(base)
    if base in ("invoice", "credit", "opening"):
        place = "invoices"
    if place is None:
        return Target("customers", {"code": code, "full": True})
    return Target(place, {"number": number, "kind": base})
