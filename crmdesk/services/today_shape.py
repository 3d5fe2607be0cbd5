"""What Today consists of: figures, documents, debtors, months, each with the place that shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from crmdesk.services.later import Later

ENDING_DAYS = 30
WEEK_DAYS = 7
BROKEN_DAYS = 30
"""So long a broken promise is brought to mind."""
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


class RefusedFile(NamedTuple):
    """A file of a watched folder that was refused, as a whole (no batch) or in part."""

    line: int
    file_name: str
    reason: str
    failed_count: int
    target: Target


class ToContact(NamedTuple):
    """A customer whose next contact has come, and what was said last."""

    name: str
    due_on: date
    said: str
    target: Target


class DueTask(NamedTuple):
    """A task that is due; `customer` is empty for one that belongs to nobody."""

    id: int
    title: str
    due_on: date
    assignee: str
    customer: str
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
    credit_notes: Mapping[str, int]
    """Of `credit` what is credit notes, by currency; the rest is money."""
    later: Later
    """What is dated after today: the figures hold it, reports as at today do not."""
    drafts: Figure
    recurring: Figure
    """Recurring invoices whose next date has come."""
    over_limit: Figure
    bank_lines: Figure
    """Lines of bank statements that wait to be booked."""
    quiet: Figure
    reminders: Figure
    """What the rules say is to be reminded of today; a row is a customer and a rule."""
    promises_due: Figure
    """Promised for today and not yet paid."""
    promises_broken: Figure
    """Not kept, of the last month."""
    to_bill: Figure
    """Instalments due within the week or overdue that have no invoice yet."""
    ending: Figure
    """Contracts in force that end within 30 days, or have ended."""
    due_documents: tuple[OpenDocument, ...]
    newest: tuple[Posted, ...]
    debtors: tuple[Debtor, ...]
    received: tuple[Month, ...]
    """Twelve months, the present one last."""
    refused_imports: tuple[RefusedImport, ...]
    refused_files: tuple[RefusedFile, ...]
    began_at: datetime | None
    """When the book was begun, UTC."""
    contacts: Figure
    """Customers whose next contact has come."""
    tasks: Figure
    """Tasks that are due or late and not done."""
    contact_queue: tuple[ToContact, ...]
    """The first of `contacts`, the longest waiting first."""
    task_queue: tuple[DueTask, ...]
    """The first of `tasks`, the latest first."""


class BackupFacts(NamedTuple):
    """How safe the book is. `is_due`: something changed since the last verified backup."""

    verified_at: datetime | None
    age_days: int
    is_due: bool

    @property
    def is_old(self) -> bool:
        """Changes have waited for a backup for a week."""
        return self.is_due and self.verified_at is not None and self.age_days >= BACKUP_OLD_DAYS


def by_currency(amounts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Sums by currency, which are never added together."""
    found: dict[str, int] = {}
    for currency, minor in amounts:
        found[currency] = found.get(currency, 0) + minor
    return dict(sorted(found.items()))
