"""What the day asks for: due and overdue, drafts, unused credit, limits, money received, the newest documents.

Every figure names the list and the filter that show exactly its rows. The figures are the sums of these rows, read
the short way: of what is open only the small table of open items, of the rest a few months by their index.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Integer, case, func, select, type_coerce

from crmdesk.models import clock
from crmdesk.models.tables.audit import audit_entry
from crmdesk.models.tables.base import Day, day_number
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document, draft, open_item
from crmdesk.models.tables.imports import import_batch
from crmdesk.services import backups_kept, settings
from crmdesk.services.book import Book
from crmdesk.services.lists.open_items import item_due, item_open
from crmdesk.services.posted import REVERSAL
from crmdesk.services.reports import ageing

WEEK_DAYS = 7
QUIET_DAYS = 90
QUIET_SINCE_DAYS = 180
"""Who bought in the half year but not in its second half is worth a call; older ones have gone already."""
MONTHS = 12
SHOWN = 6
"""So many documents, debtors and the like stand on the page."""
IMPORT_DAYS = 14
"""So long an import with refused rows is brought to mind."""
BACKUP_OLD_DAYS = 7


class Target(NamedTuple):
    """A place of the window and what is wanted there (`show_target`). `filter` is of the filter language."""

    place: str
    wanted: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """A count and sums by currency in minor units, never added together; `target` shows exactly its rows."""

    count: int
    minors: Mapping[str, int]
    target: Target


class Bucket(NamedTuple):
    """What is late by `first` to `last` days (None: and more); both None for what is not due."""

    first: int | None
    last: int | None
    figure: Figure


class OpenDocument(NamedTuple):
    """An invoice or opening balance that is due soon or overdue."""

    kind: str
    number: str
    customer: str
    currency: str
    open_minor: int
    due_on: date
    days_late: int
    """Negative: so many days are left."""
    target: Target


class Posted(NamedTuple):
    """A document as it stands among the newest ones. `amount_minor` is negative where it was taken back."""

    kind: str
    number: str
    customer: str
    currency: str
    amount_minor: int
    dated_on: date
    target: Target


class Debtor(NamedTuple):
    """A customer and what he owes."""

    code: str
    name: str
    balance_minor: int
    target: Target


class Month(NamedTuple):
    """Money received in a month (its first day), less what was taken back in it."""

    first: date
    minors: Mapping[str, int]
    target: Target


class RefusedImport(NamedTuple):
    """An import with rows that were refused and not yet brought in."""

    batch: int
    kind: str
    file_name: str
    failed_count: int
    read_count: int
    target: Target


class Today(NamedTuple):
    """All of it, as at one moment."""

    on: date
    currency: str
    """Of charts and debtors: the book's, or the one that is most in use when nothing is open in the book's."""
    has_customers: bool
    has_documents: bool
    owed: Figure
    owing_customers: int
    overdue: Figure
    late_customers: int
    oldest_days: int
    """Of the overdue; 0 when nothing is."""
    due_today: Figure
    due_week: Figure
    buckets: tuple[Bucket, ...]
    credit: Figure
    """Payments, credit notes and openings to customers' credit that are not used; sums are negative."""
    drafts: Figure
    over_limit: Figure
    quiet: Figure
    due_documents: tuple[OpenDocument, ...]
    newest: tuple[Posted, ...]
    debtors: tuple[Debtor, ...]
    received: tuple[Month, ...]
    """Twelve months, the present one last."""
    refused_imports: tuple[RefusedImport, ...]
    began_at: datetime | None
    """When the book was begun, UTC."""


class BackupFacts(NamedTuple):
    """How safe the book is. `is_due`: something changed since the last verified backup."""

    verified_at: datetime | None
    age_days: int
    is_due: bool

    @property
    def is_old(self) -> bool:
        """Changes have waited for a backup for a week."""
        return self.is_due and self.verified_at is not None and self.age_days >= BACKUP_OLD_DAYS


def load(connection: Connection, today: date | None = None) -> Today:
    """Everything the Today page, the counts of the left rail and the notices show. Figures as at today."""
    on = today or clock.today()
    book_currency = settings.load(connection).currency
    opened = _opened(connection, on)
    currency = _main_currency(opened["owed"], book_currency)
    owing = connection.execute(
        select(
            func.count(open_item.c.customer_id.distinct()).label("all"),
            func.count(case((item_due < on, open_item.c.customer_id)).distinct()).label("late"),
            func.min(item_due, type_=Day()).label("oldest"),
        ).where(open_item.c.side == 1, open_item.c.open_minor != 0)
    ).one()
    oldest: date | None = owing.oldest
    return Today(
        on=on,
        currency=currency,
        has_customers=_is_there(connection, customer.c.id),
        has_documents=_is_there(connection, document.c.id) or _is_there(connection, draft.c.id),
        owed=opened["owed"],
        owing_customers=owing.all,
        overdue=opened["overdue"],
        late_customers=owing.late,
        oldest_days=max((on - oldest).days, 0) if oldest is not None else 0,
        due_today=opened["today"],
        due_week=opened["week"],
        buckets=_buckets(opened),
        credit=opened["credit"],
        drafts=_drafts(connection),
        over_limit=_over_limit(connection, book_currency),
        quiet=_quiet(connection, on),
        due_documents=_due_documents(connection, on),
        newest=_newest(connection),
        debtors=_debtors(connection, currency),
        received=_received(connection, on),
        refused_imports=_refused_imports(connection),
        began_at=_began_at(connection),
    )


def backup_facts(book: Book) -> BackupFacts:
    """The state of the book's backups; reads its folder, not only the book."""
    found = backups_kept.state(book)
    age = (clock.now_utc() - found.verified_at).days if found.verified_at is not None else 0
    return BackupFacts(found.verified_at, max(age, 0), found.is_due)


def _is_there(connection: Connection, key: ColumnElement[int]) -> bool:
    return connection.execute(select(key).limit(1)).first() is not None


# What is open

_RANGES = ageing.ranges(ageing.DEFAULT_BUCKETS)


def open_target(expression: str) -> Target:
    """The list of open items with a filter."""
    return Target("invoices", {"part": "open_items", "filter": expression})


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


def _opened(connection: Connection, on: date) -> dict[str, Figure]:
    """All sums over open items: one scan of their index by day, the days added up here."""
    due = item_due.label("due")
    query = (
        select(
            open_item.c.currency,
            open_item.c.side,
            due,
            func.count(),
            func.sum(item_open),
        )
        .where(open_item.c.open_minor != 0)
        .group_by(open_item.c.currency, open_item.c.side, due)
        .order_by(open_item.c.currency)
    )
    parts = _open_parts()
    counts = dict.fromkeys(parts, 0)
    minors: dict[str, dict[str, int]] = {name: {} for name in parts}
    for currency, side, due_on, count, minor in connection.execute(query):
        days = (on - due_on).days
        for name, (wanted, first, last, _words) in parts.items():
            if side == wanted and (first is None or days >= first) and (last is None or days <= last):
                counts[name] += count
                minors[name][currency] = minors[name].get(currency, 0) + minor
    return {
        name: Figure(counts[name], minors[name], open_target(words))
        for name, (_side, _first, _last, words) in parts.items()
    }


def _buckets(opened: Mapping[str, Figure]) -> tuple[Bucket, ...]:
    return (
        Bucket(None, None, opened["not_due"]),
        *(Bucket(first, last, opened[_bucket_name(first)]) for first, last in _RANGES),
    )


def _main_currency(opened: Figure, book_currency: str) -> str:
    if book_currency in opened.minors or not opened.minors:
        return book_currency
    return max(opened.minors, key=lambda code: abs(opened.minors[code]))


def _due_documents(connection: Connection, on: date) -> tuple[OpenDocument, ...]:
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


def _debtors(connection: Connection, currency: str) -> tuple[Debtor, ...]:
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


def _over_limit(connection: Connection, book_currency: str) -> Figure:
    """Customers who owe more than their limit in their own currency."""
    balance = func.sum(item_open)
    owing = (
        select(open_item.c.customer_id, open_item.c.currency, balance.label("balance_minor"))
        .group_by(open_item.c.customer_id, open_item.c.currency)
        .subquery()
    )
    own = func.coalesce(func.nullif(customer.c.currency, ""), book_currency)
    query = (
        select(func.count())
        .select_from(owing)
        .join(customer, customer.c.id == owing.c.customer_id)
        .where(owing.c.balance_minor > customer.c.credit_limit_minor, owing.c.currency == own)
    )
    return Figure(connection.execute(query).scalar_one(), {}, Target("customers", {"filter": "over_limit"}))


# What was written


def document_target(kind: str, number: str, code: str) -> Target:
    """Where a document is shown; what has no list of its own is found at its customer."""
    base = kind.removesuffix(REVERSAL)
    place = {"payment": "payments", "refund": "payments"}.get(base)
    if base in ("invoice", "credit", "opening"):
        place = "invoices"
    if place is None:
        return Target("customers", {"code": code, "full": True})
    return Target(place, {"number": number, "kind": base})


def _newest(connection: Connection) -> tuple[Posted, ...]:
    query = (
        select(
            document.c.kind,
            document.c.number,
            customer.c.code,
            customer.c.name,
            document.c.currency,
            document.c.total_minor,
            document.c.dated_on,
        )
        .join_from(document, customer, customer.c.id == document.c.customer_id)
        .order_by(document.c.id.desc())
        .limit(SHOWN)
    )
    return tuple(
        Posted(
            kind,
            number,
            name,
            currency,
            -minor if kind.endswith(REVERSAL) else minor,
            dated_on,
            document_target(kind, number, code),
        )
        for kind, number, code, name, currency, minor, dated_on in connection.execute(query)
    )


def _drafts(connection: Connection) -> Figure:
    query = (
        select(
            draft.c.currency,
            func.count().label("rows"),
            func.sum(draft.c.total_minor).label("minor"),
        )
        .where(draft.c.kind == "invoice")
        .group_by(draft.c.currency)
    )
    found = connection.execute(query).all()
    return Figure(
        sum(row.rows for row in found),
        {row.currency: row.minor for row in found},
        Target("invoices", {"part": "drafts"}),
    )


def _quiet(connection: Connection, on: date) -> Figure:
    """Customers whose last invoice lies between QUIET_SINCE_DAYS and QUIET_DAYS back."""
    last = func.max(document.c.dated_on, type_=Day())
    bought = (
        select(document.c.customer_id)
        .where(
            document.c.kind == "invoice",
            document.c.dated_on >= on - timedelta(days=QUIET_SINCE_DAYS),
        )
        .group_by(document.c.customer_id)
        .having(last < on - timedelta(days=QUIET_DAYS))
        .subquery()
    )
    count = connection.execute(
        select(func.count())
        .select_from(bought)
        .join(customer, customer.c.id == bought.c.customer_id)
        .where(customer.c.is_active.is_(True))
    ).scalar_one()
    words = f"active and last_bought >= today-{QUIET_SINCE_DAYS} and last_bought < today-{QUIET_DAYS}"
    return Figure(count, {}, Target("customers", {"filter": words}))


def _received(connection: Connection, on: date) -> tuple[Month, ...]:
    """Money received by month. What a payment received is its total less the discount that it settled as well."""
    firsts = [_month_before(on.replace(day=1), back) for back in range(MONTHS - 1, -1, -1)]
    ends = [
        *(first - timedelta(days=1) for first in firsts[1:]),
        _month_before(firsts[-1], -1) - timedelta(days=1),
    ]
    amount = document.c.total_minor - document.c.discount_minor
    month = (type_coerce(document.c.dated_on, Integer) // 100).label("month")
    query = (
        select(
            month,
            document.c.currency,
            func.sum(case((document.c.kind == "payment", amount), else_=-amount)),
        )
        .where(
            document.c.kind.in_(("payment", "payment" + REVERSAL)),
            document.c.dated_on.between(firsts[0], ends[-1]),
        )
        .group_by(month, document.c.currency)
    )
    found: dict[int, dict[str, int]] = {}
    for number, currency, minor in connection.execute(query):
        found.setdefault(int(number), {})[currency] = minor
    return tuple(
        Month(
            first,
            dict(sorted(found.get(day_number(first) // 100, {}).items())),
            Target(
                "payments",
                {
                    "part": "payments",
                    "filter": f"date >= {first.isoformat()} and date <= {end.isoformat()}",
                },
            ),
        )
        for first, end in zip(firsts, ends, strict=True)
    )


def _month_before(first: date, back: int) -> date:
    months = first.year * 12 + first.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)


# The book

_PLACES = {"customers": "customers", "products": "products", "payments": "payments"}


def _refused_imports(connection: Connection) -> tuple[RefusedImport, ...]:
    since = clock.stamp(clock.now_utc() - timedelta(days=IMPORT_DAYS))
    query = (
        select(
            import_batch.c.id,
            import_batch.c.kind,
            import_batch.c.file_name,
            import_batch.c.failed_count,
            import_batch.c.read_count,
        )
        .where(
            import_batch.c.failed_count > 0,
            import_batch.c.undone_at.is_(None),
            import_batch.c.imported_at >= since,
        )
        .order_by(import_batch.c.id.desc())
        .limit(SHOWN)
    )
    return tuple(
        RefusedImport(
            batch, kind, name, failed, read, Target(_PLACES.get(kind, "invoices"), {"import": kind})
        )
        for batch, kind, name, failed, read in connection.execute(query)
    )


def _began_at(connection: Connection) -> datetime | None:
    at = connection.execute(select(audit_entry.c.posted_at).order_by(audit_entry.c.id).limit(1)).scalar()
    return datetime.fromisoformat(at).astimezone(UTC) if at else None
