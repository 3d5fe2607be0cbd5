"""Closing a period: a checklist, the lock, and a record of what the figures were (E10).

Every number of the checklist is counted by the very list it names, so that the number equals its rows. The figures of
a period are sums of the documents' effects, so that the closing ones are those of `report balances`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, case, func, select

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.documents import REASON
from crmdesk.models.tables.closings import closing
from crmdesk.models.tables.documents import document
from crmdesk.services import check_events, check_ledger, check_numbers, period_records, periods, settings
from crmdesk.services.period_records import CLOSE
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

LABELS = {
    "drafts": N_("Drafts dated in the period"),
    "recurring": N_("Recurring invoices that were not made"),
    "number_gaps": N_("Numbers missing in a series"),
    "bank": N_("Bank lines without a payment"),
    "bank_balance": N_("Accounts that differ from their bank statement"),
    "check": N_("Faults found in the ledger"),
    "unallocated": N_("Payments and credits not used up"),
    "backup": N_("No backup since the last entry"),
}
BLOCKING = frozenset({"drafts", "recurring", "number_gaps", "bank", "bank_balance", "check"})
"""What has to be settled or accepted before a period is closed; the rest is only told."""
OF_THE_PERIOD = (
    check_ledger.receivables_agree,
    check_ledger.lines_add_up,
    check_ledger.postings_balance,
    check_ledger.allocations_hold,
)
"""Identities of single entries: what the lock covers was checked when it was closed and is not looked at again."""
IDENTITIES = (
    check_ledger.open_items_agree,
    check_ledger.reversals_are_exact,
    check_events.transfers_pair,
    check_events.deposits_hold,
    check_events.bills_hold,
)
"""The part of `crmdesk check` that a closing runs: every identity of the ledger. The file itself and the audit chain
are verified with each backup."""
_FAULTS_MAX = 1_000
_SIDE_BY_SIDE = 2


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist. `minors` by currency; `kind` and `filter` are the list of its rows ("" where there is
    none: `report number-gaps`, `check`, the backup)."""

    code: str
    count: int
    minors: Mapping[str, int] = field(default_factory=dict)
    kind: str = ""
    filter: str = ""

    @property
    def is_open(self) -> bool:
        """Whether there is something to look at."""
        return self.count > 0

    @property
    def is_blocking(self) -> bool:
        """Whether it has to be accepted by name."""
        return self.is_open and self.code in BLOCKING


def checklist(
    connection: Connection, until: date, *, path: Path | None = None, is_saved: bool = True
) -> tuple[Item, ...]:
    """What to look at before everything up to a day is closed. `path`: the book's file, for its backups.

    `is_saved`: that nothing was written by this connection which others cannot see yet.
    """
    day = until.isoformat()
    items = [
        _listed(connection, "drafts", "drafts", f"date <= {day}", "total"),
        _listed(connection, "recurring", "recurring", f"active and next <= {day}", "total"),
        Item("number_gaps", len(check_numbers.gaps(connection))),
    ]
    items += bank_differences(connection, until)
    items.append(Item("check", _faults(connection, is_saved=is_saved)))
    items.append(_listed(connection, "unallocated", "open_items", f"open < 0 and date <= {day}", "open"))
    if path is not None:
        items.append(Item("backup", 0 if _is_backed_up(connection, path) else 1))
    return tuple(items)


def _listed(connection: Connection, code: str, kind: str, expression: str, name: str) -> Item:
    from crmdesk.services import lists

    query = lists.Query(kind, filter=expression)
    count = lists.count(connection, query)
    sums = lists.sums(connection, query) if count else {}
    return Item(code, count, {currency: found[name] for currency, found in sums.items()}, kind, expression)


def bank_differences(connection: Connection, until: date) -> list[Item]:
    """Lines of bank statements that nobody booked, and accounts whose balance nothing explains.

    Empty while a book keeps no bank statements.
    """
    from crmdesk.services.banking import reconciling

    found = reconciling.kept_accounts(connection)
    if not found:
        return []
    lines = _listed(
        connection, "bank", "bank_lines", f"state = new and date <= {until.isoformat()}", "amount"
    )
    minors: dict[str, int] = {}
    count = 0
    for code, currency in found:
        difference = reconciling.position(connection, code, currency, until).difference_minor
        if difference:
            count += 1
            minors[currency] = minors.get(currency, 0) + difference
    return [lines, Item("bank_balance", count, minors)]


def _faults(connection: Connection, *, is_saved: bool) -> int:
    """How many faults there are, up to `_FAULTS_MAX`.

    The identities are looked at side by side, each on a connection of its own: SQLite computes outside of Python's
    lock. Such a connection sees what was saved last; where more was written (a closing behind other lines of
    `apply --atomic`), only the one that wrote sees what is closed.
    """
    locked = settings.load(connection).lock_date
    finds: list[Callable[[Connection], check_ledger.Found]] = [
        *IDENTITIES[:1],
        *(partial(find, since=locked) for find in OF_THE_PERIOD),
        *IDENTITIES[1:],
    ]
    if not is_saved:
        return sum(
            1 for _fault in islice(chain.from_iterable(find(connection) for find in finds), _FAULTS_MAX)
        )

    def count(find: Callable[[Connection], check_ledger.Found]) -> int:
        with connection.engine.connect() as own:
            return sum(1 for _fault in islice(find(own), _FAULTS_MAX))

    with ThreadPoolExecutor(_SIDE_BY_SIDE) as workers:
        return min(sum(workers.map(count, finds)), _FAULTS_MAX)


def _is_backed_up(connection: Connection, path: Path) -> bool:
    from crmdesk.services import backups_kept

    _head_id, head = period_records.audit_head(connection)
    return backups_kept.has_state(path, settings.load(connection).backup_folder, head)


# Figures

FIGURES = {
    "opening": N_("Opening balance"),
    "brought": N_("Opening items recorded"),
    "billed": N_("Billed"),
    "received": N_("Received"),
    "discounts": N_("Settlement discounts and rounding"),
    "credited": N_("Credit notes"),
    "written_off": N_("Written off"),
    "refunded": N_("Refunded"),
    "deposits_applied": N_("Deposits applied"),
    "closing": N_("Closing balance"),
}
_OF_KIND = {
    "opening": "brought",
    "invoice": "billed",
    "payment": "received",
    "credit": "credited",
    "writeoff": "written_off",
    "refund": "refunded",
    "deposit_applied": "deposits_applied",
    "discount": "discounts",
    # what one customer paid for another comes to nothing over all customers
    "transfer": "refunded",
    "transfer_out": "refunded",
}


def totals(connection: Connection, start: date | None, until: date) -> dict[str, dict[str, int]]:
    """currency -> figure -> minor units, signed as they change what customers owe; opening plus all is closing.

    One query over the documents up to the day: effects before the period, and inside it by kind (a void stands with
    what it voids).
    """
    is_before = document.c.dated_on < start if start is not None else document.c.dated_on < date.min
    query = (
        select(
            document.c.currency,
            document.c.kind,
            func.sum(case((is_before, document.c.effect_minor), else_=0)),
            func.sum(case((is_before, 0), else_=document.c.effect_minor)),
            func.sum(case((is_before, 0), (document.c.effect_minor < 0, -document.c.discount_minor),
                          else_=document.c.discount_minor)),
        )
        .where(document.c.dated_on <= until)
        .group_by(document.c.currency, document.c.kind)
    )  # fmt: skip
    found: dict[str, dict[str, int]] = {}
    for currency, kind, before, inside, discount in connection.execute(query):
        figures = found.setdefault(currency, dict.fromkeys(FIGURES, 0))
        figures["opening"] += before
        figures["closing"] += before + inside
        name = _OF_KIND.get(kind.removesuffix("_reversal"))
        if name is None:
            continue
        if name == "received":
            figures["discounts"] += discount
            inside -= discount
        figures[name] += inside
    return dict(sorted(found.items()))


# Closing (opened again in periods)


@use_case(
    "period.close",
    fields=(
        Field("until", Kind.DATE, N_("Closed until"), required=True),
        Field("accepted", Kind.LIST, N_("Accepted although open")),
        REASON,
    ),
    summary=N_("Close a period: the lock moves forward, and checklist and figures are kept."),
    errors=(Code.DATE_ORDER, Code.OUT_OF_RANGE, Code.INVALID_CHOICE, Code.IN_USE),
)
def close(unit: Unit, *, until: date, accepted: list[str] | None, reason: str | None) -> dict[str, Any]:
    """Locks everything dated up to a day. Refused while a blocking item is open that `accepted` does not name."""
    named = set(accepted or ())
    unknown = sorted(named - LABELS.keys())
    if unknown:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("“{field}”: “{value}” is not one of {choices}.").format(
                field="accepted", value=unknown[0][:40], choices=", ".join(LABELS)
            ),
            field="accepted",
        )
    before = unit.settings.lock_date
    if before is not None and until <= before:
        raise InvalidInput(
            Code.DATE_ORDER,
            _(
                "The book is locked until {locked}; close a later day, or open that period again first."
            ).format(locked=before.isoformat()),
            field="until",
        )
    periods.require_near(until)
    is_saved = not unit.has_written
    unit.flush_all()  # the documents before it in the same transaction are closed with it
    items = checklist(unit.connection, until, path=unit.path, is_saved=is_saved)
    waiting = [item for item in items if item.is_blocking and item.code not in named]
    if waiting:
        raise Conflict(
            Code.IN_USE,
            _("Before closing, settle or accept: {items}.").format(
                items=", ".join(f"{_(LABELS[item.code])} ({item.count})" for item in waiting)
            ),
            field="accepted",
        )
    start = before + timedelta(days=1) if before is not None else None
    figures = totals(unit.connection, start, until)
    kept = [_plain_item(item, is_accepted=item.code in named) for item in items]
    record_id = period_records.record(unit, CLOSE, until, before, reason or "", kept, _plain_totals(figures))
    period_records.move_lock(unit, before, until)
    return {
        "until": until.isoformat(),
        "closing": record_id,
        "checklist": kept,
        "totals": _plain_totals(figures),
    }


def _plain_item(item: Item, *, is_accepted: bool) -> dict[str, Any]:
    return {
        "code": item.code,
        "count": item.count,
        "amounts": {currency: money.plain(minor, currency) for currency, minor in item.minors.items()},
        "list": item.kind,
        "filter": item.filter,
        "blocking": item.is_blocking,
        "accepted": item.is_open and is_accepted,
    }


def _plain_totals(figures: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, str]]:
    return {
        currency: {name: money.plain(minor, currency) for name, minor in found.items()}
        for currency, found in figures.items()
    }


# Reading


@dataclass(frozen=True, slots=True)
class Closing:
    """A closed period as it was recorded. Amounts are decimal strings."""

    id: int
    kind: str
    until: date
    start: date | None
    """The first day of the period; None where nothing was locked before."""
    recorded_at: str
    actor: str
    reason: str
    checklist: tuple[Mapping[str, Any], ...]
    totals: Mapping[str, Mapping[str, str]]
    head_id: int
    head: str
    """The hash of the last audit entry before it, as hex: who has this sheet can prove that nothing before changed."""
    is_standing: bool


def load(connection: Connection, until: date | None = None) -> Closing:
    """The newest closing (of that day, where one is named), or NotFound."""
    standing = {row.id for row in period_records.standing(connection)}
    query = select(closing).where(closing.c.kind == CLOSE).order_by(closing.c.id.desc()).limit(1)
    if until is not None:
        query = query.where(closing.c.until == until)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound(Code.NOT_FOUND, _("No period was closed with that date."), field="until")
    return Closing(
        row.id,
        row.kind,
        row.until,
        row.locked_before + timedelta(days=1) if row.locked_before else None,
        row.recorded_at,
        row.actor,
        row.reason,
        tuple(json.loads(row.checklist)),
        json.loads(row.totals),
        row.head_id,
        bytes(row.head_hash).hex(),
        row.id in standing,
    )


@dataclass(frozen=True, slots=True)
class Event:
    """A closing, a lock or its reopening in the list of them. `is_last`: the one that may be opened again."""

    id: int
    kind: str
    until: date
    recorded_at: str
    actor: str
    reason: str
    is_standing: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """What somebody who closes a month looks at: the period, its checklist, and what was closed before."""

    locked: date | None
    start: date | None
    """The first day of the period; None where nothing was locked before."""
    until: date
    items: tuple[Item, ...]
    events: tuple[Event, ...]

    @property
    def is_locked(self) -> bool:
        """Whether the day is closed already."""
        return self.locked is not None and self.until <= self.locked


def history(connection: Connection) -> tuple[Event, ...]:
    """Every closing and reopening, the newest first."""
    standing = [row.id for row in period_records.standing(connection)]
    return tuple(
        Event(
            row.id,
            row.kind,
            row.until,
            row.recorded_at,
            row.actor,
            row.reason,
            row.id in standing,
            bool(standing) and row.id == standing[-1],
        )
        for row in connection.execute(select(closing).order_by(closing.c.id.desc()))
    )


def desk(connection: Connection, until: date | None, *, path: Path | None = None) -> Desk:
    """The desk for a day; without one for the day that is probably closed next."""
    locked = settings.load(connection).lock_date
    day = until or proposed_until(connection, clock.today())
    is_locked = locked is not None and day <= locked
    items = () if is_locked else checklist(connection, day, path=path)
    start = locked + timedelta(days=1) if locked is not None and not is_locked else None
    return Desk(locked, start, day, items, history(connection))


def sheet(connection: Connection, start: date | None, until: date) -> Closing:
    """What the closing sheet shows: the standing closing of that day, or the figures as they are now, not closed."""
    kept = next(
        (
            row
            for row in reversed(period_records.standing(connection))
            if (row.kind, row.until) == (CLOSE, until)
        ),
        None,
    )
    if kept is not None:
        return load(connection, until)
    items = checklist(connection, until)
    head_id, head = period_records.audit_head(connection)
    return Closing(
        0,
        CLOSE,
        until,
        start,
        clock.stamp(clock.now_utc()),
        "",
        "",
        tuple(_plain_item(item, is_accepted=False) for item in items),
        _plain_totals(totals(connection, start, until)),
        head_id,
        head.hex(),
        False,
    )


def proposed_until(connection: Connection, today: date) -> date:
    """The day that is probably to be closed next: the end of the month after the lock, or of the last month."""
    locked = settings.load(connection).lock_date
    last_month = today.replace(day=1) - timedelta(days=1)
    if locked is None:
        return last_month
    following = (locked + timedelta(days=1)).replace(day=28) + timedelta(days=4)
    return following - timedelta(days=following.day)
