"""Bringing a book of an older version up to this one: on a copy, checked, then swapped in.

The old file is backed up first (verified), stays as NAME.before-upgrade-…, and is the book until the very moment
the new one takes its place (see `swapping`). An upgrade that fails anywhere leaves it untouched.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from crmdesk.models.errors import BookFault, Code, Conflict, CrmdeskError
from crmdesk.models.migrations import REVISIONS, Revision
from crmdesk.models.tables import APPEND_ONLY, SCHEMA_VERSION
from crmdesk.models.tables.triggers import trigger_sql
from crmdesk.services import backup, backups_kept, check, connections, swapping
from crmdesk.services.connections import driver
from crmdesk.services.new_files import make_file, sync_file
from crmdesk.services.units import Unit
from crmdesk.text import _

FINDING_COUNT_MAX = 5


def migrate(path: Path, *, revisions: Sequence[Revision] = REVISIONS, goal: int = SCHEMA_VERSION) -> str:
    """Upgrades the book file to version `goal`; returns a sentence for the user, "" if another process just did it.

    Raises BookFault `migration_failed`, `in_use_by`, `data_damaged`; Conflict `disk_full`. The book is then as it was.
    """
    target = Path(os.path.realpath(path))
    before = version_of(target)
    if before >= goal:
        return ""
    steps = _steps(target, revisions, before, goal)
    saved = backups_kept.before_upgrade(target)
    try:
        with backup.system_errors(target), swapping.exclusive(target, swapping.UPGRADE) as swap:
            if swap.connection is None:
                raise _failed(target, _("SQLite cannot read it."))
            if swap.connection.execute("PRAGMA user_version").fetchone()[0] != before:
                return ""  # another process was quicker
            make_file(swap.part)
            backup.fill(swap.connection, swap.part)
            upgrade_file(swap.part, steps, target)
            _require_clean(swap.part, target)
            sync_file(swap.part)
            kept = swap.put_in()
    except Conflict as error:
        if error.code is not Code.IN_USE_BY:
            raise
        raise BookFault(Code.IN_USE_BY, error.message) from error
    return _(
        "{file} was upgraded to version {version}. The former file was kept as {kept}, a backup as {saved}."
    ).format(file=target.name, version=goal, kept=kept.name if kept else "", saved=saved.name)


def version_of(path: Path) -> int:
    """The schema version of a file, without changing it."""
    raw = connections.connector(path, is_read_only=True)()
    try:
        return int(raw.execute("PRAGMA user_version").fetchone()[0])
    finally:
        raw.close()


def upgrade_file(part: Path, steps: Sequence[Revision], named: Path) -> None:
    """Runs the steps on a closed file that nobody else knows, in one transaction with an audit entry.

    Posted rows may be rewritten by a step, so their triggers are taken off before and put on again after. `named` is
    the book's file for messages. Raises BookFault `migration_failed`, OSError for a full disk.
    """
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    engine = _engine(part)
    try:
        with engine.connect() as connection:
            before = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            _drop_triggers(connection)
            operations = Operations(MigrationContext.configure(connection, opts={"render_as_batch": True}))
            for step in steps:
                step.upgrade(operations)
            _install_triggers(connection)
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if broken is not None:
                reason = _("A row of {table} points to a missing row of {parent}.")
                raise _failed(named, reason.format(table=broken[0], parent=broken[2]))
            version = steps[-1].version
            # own-sql: a whole number
            connection.exec_driver_sql(f"PRAGMA user_version={int(version)}")
            Unit(connection, actor="").finish("book.upgrade", {"from": before, "to": version})
            connection.commit()
    except CrmdeskError:
        raise
    except (SQLAlchemyError, driver.Error) as error:
        reason = str(getattr(error, "orig", None) or error)
        if "disk is full" in reason:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(part)) from error
        raise _failed(named, reason) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _failed(named, f"{type(error).__name__}: {error}") from error
    finally:
        engine.dispose()


def _steps(target: Path, revisions: Sequence[Revision], before: int, goal: int) -> list[Revision]:
    steps = sorted(
        (step for step in revisions if before < step.version <= goal), key=lambda step: step.version
    )
    if [step.version for step in steps] != list(range(before + 1, goal + 1)):
        raise _failed(target, _("This program knows no way from version {version}.").format(version=before))
    return steps


def _engine(part: Path) -> Any:
    """One connection, without foreign keys (tables are rebuilt) and with transactions of our own."""

    def connect() -> Any:
        raw = driver.connect(
            connections.uri_of(part, mode="rw"), uri=True, isolation_level=None, check_same_thread=False
        )
        for pragma in ("foreign_keys=OFF", "recursive_triggers=ON", "trusted_schema=OFF", "secure_delete=ON"):
            raw.execute(f"PRAGMA {pragma}").fetchall()  # own-sql: constants
        return raw

    engine = create_engine("sqlite://", module=driver, creator=connect, poolclass=StaticPool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _drop_triggers(connection: Connection) -> None:
    names = connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE type='trigger'").scalars().all()
    for name in names:
        quoted = name.replace('"', '""')
        # own-sql: a name read from the schema itself, quoted
        connection.exec_driver_sql(f'DROP TRIGGER "{quoted}"')


def _install_triggers(connection: Connection) -> None:
    for table in APPEND_ONLY:
        for sql in trigger_sql(table.name):
            connection.exec_driver_sql(sql)  # own-sql: made of our own table names


def _require_clean(part: Path, named: Path) -> None:
    """Structure, integrity, every identity of the ledger and the audit chain, on the finished file."""
    engine = connections.make_engine(part, is_read_only=True)
    try:
        with engine.connect() as connection:
            found = [message for _code, _record, message in check.findings(connection)][:FINDING_COUNT_MAX]
    finally:
        engine.dispose()
    if found:
        raise _failed(named, " ".join(found))


def _failed(path: Path, reason: str) -> BookFault:
    return BookFault(
        Code.MIGRATION_FAILED,
        _("{file} could not be upgraded and is unchanged. {reason}").format(file=path.name, reason=reason),
        hint=_("Go on with the former version of crmdesk, and send us this message."),
    )
