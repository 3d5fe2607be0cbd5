"""What became of the files of the watched folders: the newest first, and those that wait for somebody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from crmdesk.models import clock
from crmdesk.models.tables.watching import watch_log

REFUSED = ("failed", "partly")
SETTLED = ("imported", "nothing", "repeated")
ERRORS_SUFFIX = ".errors.xlsx"


class LogLine(NamedTuple):
    """One file that came. `at` is UTC; `is_settled`: the same file came again later, and nothing of it was refused."""

    id: int
    folder: str
    file: str
    at: str
    outcome: str
    batch: str
    read: int
    created: int
    updated: int
    skipped: int
    failed: int
    message: str
    moved_to: str
    is_settled: bool

    @property
    def is_refused(self) -> bool:
        """Whether it still waits for somebody."""
        return self.outcome in REFUSED and not self.is_settled

    @property
    def errors_path(self) -> Path | None:
        """The workbook with the refused rows and their reasons, which stands beside the file."""
        return Path(self.moved_to + ERRORS_SUFFIX) if self.moved_to and self.outcome in REFUSED else None


def _query(*, only_refused: bool = False) -> Select[Any]:
    later = watch_log.alias()
    is_settled = (
        select(later.c.id)
        .where(
            later.c.id > watch_log.c.id,
            later.c.folder == watch_log.c.folder,
            later.c.file_name == watch_log.c.file_name,
            later.c.outcome.in_(SETTLED),
        )
        .exists()
    )
    query = select(watch_log, is_settled.label("is_settled")).order_by(watch_log.c.id.desc())
    return query.where(watch_log.c.outcome.in_(REFUSED), ~is_settled) if only_refused else query


def _lines(rows: Sequence[Any]) -> list[LogLine]:
    return [
        LogLine(
            row.id,
            row.folder,
            row.file_name,
            row.at,
            row.outcome,
            "" if row.batch_id is None else str(row.batch_id),
            row.read_count,
            row.created_count,
            row.updated_count,
            row.skipped_count,
            row.failed_count,
            row.message,
            row.moved_to,
            bool(row.is_settled),
        )
        for row in rows
    ]


def newest(connection: Connection, count: int, *, only_refused: bool = False) -> list[LogLine]:
    """The files that came last; `only_refused`: those that wait for somebody."""
    return _lines(connection.execute(_query(only_refused=only_refused).limit(count)).all())


def refused_since(connection: Connection, days: int, count: int) -> list[LogLine]:
    """Files of the last days that were refused, as a whole or in part, and did not come again since."""
    since = clock.stamp(clock.now_utc() - timedelta(days=days))
    query = _query(only_refused=True).where(watch_log.c.at >= since)
    seen: dict[tuple[str, str], LogLine] = {}
    for line in _lines(connection.execute(query).all()):
        seen.setdefault((line.folder, line.file), line)  # tried again in vain it is still one thing to do
    return list(seen.values())[:count]


def counts(connection: Connection) -> dict[str, int]:
    """How many files came through each folder."""
    query = select(watch_log.c.folder, func.count().label("files")).group_by(watch_log.c.folder)
    return {row.folder: row.files for row in connection.execute(query)}
