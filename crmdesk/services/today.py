"""What the day asks for: due and overdue, drafts, unused credit, limits, money received, the newest documents.

Every figure names the list and the filter that show exactly its rows. The figures are the sums of these rows, read
the short way: of what is open only the small table of open items, of the rest a few months by their index.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, case, func, select

from crmdesk.models import clock
from crmdesk.models.tables.audit import audit_entry
from crmdesk.models.tables.banking import bank_line
from crmdesk.models.tables.base import Day, day_number
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document, draft, open_item
from crmdesk.models.tables.imports import import_batch
from crmdesk.models.tables.watching import watch_log as watch_log_table
from crmdesk.services import (
    backups_kept,
    later,
    recurring,
    settings,
    today_agreements,
    today_open,
    today_people,
    watch_log,
)
from crmdesk.services.banking import states
from crmdesk.services.book import Book
from crmdesk.services.lists.open_items import item_due
from crmdesk.services.posted import REVERSAL
from crmdesk.services.today_open import document_target
from crmdesk.services.today_shape import (
    BROKEN_DAYS,
    IMPORT_DAYS,
    MONTHS,
    QUIET_DAYS,
    QUIET_SINCE_DAYS,
    SHOWN,
    BackupFacts,
    Figure,
    Month,
    Posted,
    RefusedFile,
    RefusedImport,
    Target,
    Today,
    by_currency,
)


def load(connection: Connection, today: date | None = None) -> Today:
    """Everything the Today page, the counts of the left rail and the notices show. Figures as at today."""
    on = today or clock.today()
    book_currency = settings.load(connection).currency
    opened = today_open.opened(connection, on)
    currency = today_open.main_currency(opened["owed"], book_currency)
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
        buckets=today_open.buckets(opened),
        credit=opened["credit"],
        credit_notes=today_open.credit_notes(connection) if opened["credit"].count else {},
        later=later.load(connection, on),
        drafts=_drafts(connection),
        recurring=_recurring(connection, on),
        over_limit=today_open.over_limit(connection, book_currency),
        bank_lines=_bank_lines(connection),
        quiet=_quiet(connection, on),
        **collecting_figures(connection, on),
        to_bill=today_agreements.to_bill(connection, on),
        ending=today_agreements.ending(connection, on),
        due_documents=today_open.due_documents(connection, on),
        newest=_newest(connection),
        debtors=today_open.debtors(connection, currency),
        received=_received(connection, on),
        refused_imports=_refused_imports(connection),
        refused_files=_refused_files(connection),
        began_at=_began_at(connection),
        contacts=today_people.contacts(connection, on),
        tasks=today_people.tasks(connection, on),
        contact_queue=today_people.contact_queue(connection, on, SHOWN),
        task_queue=today_people.task_queue(connection, on, SHOWN),
    )


def collecting_figures(connection: Connection, on: date) -> dict[str, Figure]:
    """Reminders due, promises for today and promises broken, by their names in `Today`."""
    from crmdesk.services import promises, reminders_due

    due = reminders_due.load(connection, on).due
    states = promises.states(connection, on)
    parts = {
        "promises_due": (
            [one for one in states if one.state == promises.OPEN and one.promised_on == on],
            "state = open and promised_on = today",
        ),
        "promises_broken": (
            [
                one
                for one in states
                if one.state == promises.BROKEN and one.promised_on >= on - timedelta(days=BROKEN_DAYS)
            ],
            f"state = broken and promised_on >= today-{BROKEN_DAYS}",
        ),
    }
    figures = {
        name: Figure(
            len(found),
            by_currency((one.currency, one.left_minor) for one in found),
            Target("statements", {"view": "reminders", "part": "promises", "filter": words}),
        )
        for name, (found, words) in parts.items()
    }
    figures["reminders"] = Figure(
        len(due),
        by_currency((one.currency, one.total_minor) for one in due),
        Target("statements", {"view": "reminders", "part": "reminders_due"}),
    )
    return figures


def backup_facts(book: Book) -> BackupFacts:
    """The state of the book's backups; reads its folder, not only the book."""
    found = backups_kept.state(book)
    age = (clock.now_utc() - found.verified_at).days if found.verified_at is not None else 0
    return BackupFacts(found.verified_at, max(age, 0), found.is_due)


def _recurring(connection: Connection, on: date) -> Figure:
    """Recurring invoices whose next date has come."""
    count, amounts = recurring.due_count(connection, on)
    return Figure(
        count,
        by_currency(amounts),
        Target("invoices", {"part": "recurring", "filter": "active and next <= today"}),
    )


def _is_there(connection: Connection, key: ColumnElement[int]) -> bool:
    return connection.execute(select(key).limit(1)).first() is not None


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


def _bank_lines(connection: Connection) -> Figure:
    query = (
        select(
            bank_line.c.currency,
            func.count().label("rows"),
            func.sum(bank_line.c.amount_minor).label("minor"),
        )
        .where(states.IS_NEW)
        .group_by(bank_line.c.currency)
        .order_by(bank_line.c.currency)
    )
    found = connection.execute(query).all()
    target = Target("payments", {"part": "bank", "filter": "state = new"})
    return Figure(sum(row.rows for row in found), {row.currency: row.minor for row in found}, target)


def _quiet(connection: Connection, on: date) -> Figure:
    """Customers whose last invoice lies between QUIET_SINCE_DAYS and QUIET_DAYS back."""
    since, until = on - timedelta(days=QUIET_SINCE_DAYS), on - timedelta(days=QUIET_DAYS)
    invoices = select(document.c.customer_id).where(document.c.kind == "invoice")
    bought = (
        invoices.where(document.c.dated_on >= since, document.c.dated_on < until)
        .distinct()
        .subquery("bought")
    )
    count = connection.execute(
        select(func.count())
        .select_from(bought)
        .join(customer, customer.c.id == bought.c.customer_id)
        .where(
            customer.c.is_active.is_(True),
            bought.c.customer_id.not_in(invoices.where(document.c.dated_on >= until)),
        )
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
    # By day, as the index has them, and by month here: by month SQLite would sort every payment of the year.
    query = (
        select(
            document.c.kind,
            document.c.dated_on,
            document.c.currency,
            func.sum(document.c.total_minor) - func.sum(document.c.discount_minor),
        )
        .where(
            document.c.kind.in_(("payment", "payment" + REVERSAL)),
            document.c.dated_on.between(firsts[0], ends[-1]),
        )
        .group_by(document.c.kind, document.c.dated_on, document.c.currency)
    )
    found: dict[int, dict[str, int]] = {}
    for kind, day, currency, minor in connection.execute(query):
        sums = found.setdefault(day_number(day) // 100, {})
        sums[currency] = sums.get(currency, 0) + (-minor if kind.endswith(REVERSAL) else minor)
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


_PLACES = {"customers": "customers", "products": "sales", "payments": "payments", "bank": "payments"}


def _refused_imports(connection: Connection) -> tuple[RefusedImport, ...]:
    since = clock.stamp(clock.now_utc() - timedelta(days=IMPORT_DAYS))
    # Rows tried again come as a batch of their own, which tells what is still refused.
    later = import_batch.alias()
    is_superseded = (
        select(later.c.id)
        .where(
            later.c.id > import_batch.c.id,
            later.c.kind == import_batch.c.kind,
            later.c.file_digest == import_batch.c.file_digest,
            later.c.undone_at.is_(None),
        )
        .exists()
    )
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
            ~is_superseded,
            # Those of a watched folder are told with their file, which waits to be tried again.
            ~select(watch_log_table.c.id).where(watch_log_table.c.batch_id == import_batch.c.id).exists(),
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


def _refused_files(connection: Connection) -> tuple[RefusedFile, ...]:
    target = Target("settings", {"section": "watching"})
    return tuple(
        RefusedFile(line.id, line.file, line.message, line.failed, target)
        for line in watch_log.refused_since(connection, IMPORT_DAYS, SHOWN)
    )


def _began_at(connection: Connection) -> datetime | None:
    at = connection.execute(select(audit_entry.c.posted_at).order_by(audit_entry.c.id).limit(1)).scalar()
    return datetime.fromisoformat(at).astimezone(UTC) if at else None
