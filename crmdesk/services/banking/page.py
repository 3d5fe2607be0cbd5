"""What the page of bank statements shows: the lines of an account with suggestions, and how bank and book agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from crmdesk.models import clock
from crmdesk.models.tables.banking import bank_entry, bank_file, bank_line, bank_match
from crmdesk.models.tables.documents import document
from crmdesk.services.banking import matching, reconciling, states
from crmdesk.services.banking.lines import QUERY, BankLine
from crmdesk.services.banking.matching import Suggestion
from crmdesk.services.banking.reconciling import Position
from crmdesk.services.dialect import among

STATES = (states.NEW, states.MATCHED, states.BOOKED, states.IGNORED)


@dataclass(frozen=True, slots=True)
class PageLine:
    """A line with what is suggested for it (while it waits) or what stands for it."""

    line: BankLine
    suggestion: Suggestion | None
    numbers: tuple[str, ...]
    """Numbers of what stands for the line in the book."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that came in for the account."""

    id: int
    batch: int
    name: str
    format: str
    from_on: date
    to_on: date
    opening_minor: int | None
    closing_minor: int | None
    line_count: int


@dataclass(frozen=True, slots=True)
class Page:
    """One account in one currency."""

    account: str
    name: str
    currency: str
    lines: tuple[PageLine, ...]
    total: int
    """How many lines there are in the states asked for."""
    counts: dict[str, int]
    """Lines by state, all states present."""
    sure_count: int
    """Waiting lines that `bank.confirm_many` would book."""
    files: tuple[FileRow, ...]
    position: Position


def page(
    connection: Connection,
    account: str,
    *,
    currency: str = "",
    wanted: tuple[str, ...] = STATES,
    as_of: date | None = None,
    offset: int = 0,
    limit: int = 500,
) -> Page:
    """The page of a money account: lines newest first in the states wanted, the balances at the end of its files (or
    as at a date). Raises NotFound for an unknown account."""
    owner = reconciling.account_row(connection, account)
    known = reconciling.currencies_of(connection, owner)
    chosen = currency or next((one for one in known if one == owner.currency), known[0])
    own = (bank_line.c.money_account_id == owner.id, bank_line.c.currency == chosen)
    counts: dict[str, int] = dict.fromkeys(STATES, 0)
    query = select(states.STATE.label("state"), func.count()).where(*own).select_from(bank_line)
    by_state: Any = connection.execute(query.group_by("state"))
    counts |= {row[0]: row[1] for row in by_state}
    waiting = [BankLine(*row) for row in connection.execute(QUERY.where(*own, states.IS_NEW))]
    suggestions = matching.suggest(connection, waiting)
    rows = connection.execute(
        QUERY.where(*own, states.STATE.in_(wanted))
        .order_by(bank_line.c.booked_on.desc(), bank_line.c.id.desc())
        .offset(offset)
        .limit(limit)
    )
    lines = [BankLine(*row) for row in rows]
    numbers = _numbers(connection, [line.id for line in lines])
    files = _files(connection, owner.id, chosen)
    end = as_of or max((file.to_on for file in files), default=clock.today())
    return Page(
        owner.code,
        owner.name,
        chosen,
        tuple(PageLine(line, suggestions.get(line.id), numbers.get(line.id, ())) for line in lines),
        sum(counts[state] for state in wanted),
        counts,
        sum(suggestion.is_sure for suggestion in suggestions.values()),
        files,
        reconciling.position(connection, owner.code, chosen, end),
    )


def _numbers(connection: Connection, line_ids: list[int]) -> dict[int, tuple[str, ...]]:
    query = (
        select(bank_match.c.bank_line_id, document.c.number, bank_entry.c.number)
        .outerjoin_from(bank_match, document, document.c.id == bank_match.c.document_id)
        .outerjoin(bank_entry, bank_entry.c.id == bank_match.c.entry_id)
        .where(among(bank_match.c.bank_line_id, line_ids), states.IS_LIVE_MATCH)
    )
    found: dict[int, tuple[str, ...]] = {}
    for line_id, number, entry_number in connection.execute(query):
        found[line_id] = (*found.get(line_id, ()), number or entry_number)
    return found


def _files(connection: Connection, account_id: int, currency: str) -> tuple[FileRow, ...]:
    table = bank_file.c
    query = (
        select(
            table.id,
            table.batch_id,
            table.name,
            table.format,
            table.from_on,
            table.to_on,
            table.opening_minor,
            table.closing_minor,
            table.line_count,
        )
        .where(table.money_account_id == account_id, table.currency == currency)
        .order_by(table.to_on.desc(), table.id.desc())
    )
    return tuple(FileRow(*row) for row in connection.execute(query))
