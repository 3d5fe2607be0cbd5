"""A book: one company's data in one file. Creates, opens and closes it; hands out units of work and reads.

The only commit of the program is in `Book.write`.
"""

from __future__ import annotations

import os
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as driver
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from crmdesk.models import money
from crmdesk.models.errors import BookFault, Code, Conflict, InvalidInput, NotFound
from crmdesk.models.tables import METADATA, SCHEMA_VERSION
from crmdesk.services import connections, settings, templates
from crmdesk.services.units import Unit
from crmdesk.text import _

_BUSY = re.compile(r"database (table )?is locked|database is busy")


class Book:
    """An open book. Thread-safe: writes of this process take turns, reads see a consistent snapshot."""

    def __init__(self, path: Path, engine: Engine, *, is_read_only: bool) -> None:
        self.path = path
        self.engine = engine
        self.is_read_only = is_read_only
        self._write_lock = threading.Lock()

    # Making and opening

    @classmethod
    def create(
        cls,
        path: Path | str,
        *,
        name: str,
        country: str = "CN",
        currency: str = "CNY",
        language: str = "zh_CN",
        rounding: str = "",
    ) -> Book:
        """Makes a new book and opens it. Never replaces an existing file (promise RP13).

        Raises Conflict `target_exists`, InvalidInput for an unknown country or currency, BookFault otherwise.
        """
        target = Path(path).absolute()
        template = templates.template_for(country)
        money.require_currency(currency)
        if rounding not in ("", "line", "document"):
            raise InvalidInput(
                Code.INVALID_CHOICE, _("Rounding is “line” or “document”, not “{value}”.").format(value=rounding)
            )
        if not name.strip():
            raise InvalidInput(Code.REQUIRED, _("Give the book a name, usually the company's."), field="name")
        refuse_existing(target)
        if not target.parent.is_dir():
            raise NotFound(
                Code.NO_ACCESS, _("The folder {folder} does not exist.").format(folder=target.parent), field="book"
            )
        draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.new")
        try:
            _make_file(draft)
            engine = connections.make_engine(draft)
            try:
                with engine.connect().execution_options(is_writing=True) as connection:
                    METADATA.create_all(connection)
                    connection.exec_driver_sql(f"PRAGMA application_id={connections.APPLICATION_ID}")  # constant
                    connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")  # constant
                    unit = Unit(connection, actor="")
                    templates.fill(
                        unit, template, name=name.strip(), currency=currency, language=language, rounding=rounding
                    )
                    unit.finish("book.create", {"name": name, "country": country, "currency": currency})
                    connection.commit()
                _settle(engine)
            finally:
                engine.dispose()
            _publish(draft, target)
        except OSError as error:
            raise os_fault(error, target) from error
        finally:
            for suffix in ("", "-wal", "-shm"):
                with suppress(OSError):
                    draft.with_name(draft.name + suffix).unlink(missing_ok=True)
        return cls.open(target)

    @classmethod
    def open(cls, path: Path | str) -> Book:
        """Opens a book; a foreign, newer, damaged or missing file is refused with the reason and left untouched.

        An older book is migrated on a verified copy first (`services.migration`).
        """
        target = Path(path).absolute()
        version = probe(target)
        is_read_only = not connections.is_writable(target)
        if version < SCHEMA_VERSION and not is_read_only:
            from crmdesk.services import migration

            migration.migrate(target)
        engine = connections.make_engine(target, is_read_only=is_read_only)
        book = cls(target, engine, is_read_only=is_read_only)
        try:
            with book.read() as connection:
                settings.load(connection)
        except BaseException:
            engine.dispose()
            raise
        return book

    def close(self) -> None:
        """Closes every connection; the last one checkpoints the WAL into the file."""
        self.engine.dispose()

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_details: object) -> None:
        self.close()

    # Working

    @contextmanager
    def write(self, actor: str = "") -> Iterator[Unit]:
        """One transaction. Whatever leaves the block by an exception leaves no trace in the book.

        The block must call `unit.finish` (the use-case registry does); without it nothing is committed.
        """
        if self.is_read_only:
            raise Conflict(
                Code.READ_ONLY,
                _("{file} is read-only here: reports work, changes do not.").format(file=self.path.name),
            )
        with self._write_lock, translated(self.path):
            with self.engine.connect().execution_options(is_writing=True) as connection:
                unit = Unit(connection, actor)
                yield unit
                if unit.is_finished:
                    connection.commit()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction: everything read inside belongs to one moment."""
        with translated(self.path), self.engine.connect() as connection:
            yield connection

    @property
    def settings(self) -> settings.BookSettings:
        """The settings as they are now."""
        with self.read() as connection:
            return settings.load(connection)


def refuse_existing(target: Path) -> None:
    """Refuses a target that exists, also as a dangling link or in another letter case."""
    if os.path.lexists(target):
        raise Conflict(
            Code.TARGET_EXISTS,
            _("{file} exists already and is not replaced. Choose another name.").format(file=target),
            field="book",
        )


def probe(target: Path) -> int:
    """The schema version of a book file, without changing a byte of it. Raises the reason it cannot be used."""
    if not target.exists():
        raise NotFound(Code.BOOK_MISSING, _("There is no book {file}.").format(file=target), field="book")
    if not target.is_file():
        raise BookFault(Code.NOT_OURS, _("{file} is not a crmdesk book.").format(file=target))
    if not os.access(target, os.R_OK):
        raise BookFault(Code.NO_ACCESS, _("You may not read {file}.").format(file=target))
    not_ours = BookFault(
        Code.NOT_OURS, _("{file} is not a crmdesk book. It was not touched.").format(file=target.name)
    )
    try:
        connection = driver.connect(connections.uri_of(target, mode="ro", immutable="1"), uri=True)
    except driver.Error as error:
        raise not_ours from error
    try:
        application_id = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except driver.DatabaseError as error:
        if "malformed" in str(error):
            raise damaged(target) from error
        raise not_ours from error
    finally:
        connection.close()
    if application_id != connections.APPLICATION_ID:
        raise not_ours
    if version > SCHEMA_VERSION:
        raise BookFault(
            Code.FILE_NEWER,
            _("{file} was written by a newer crmdesk. It was not touched. Please update this program.").format(
                file=target.name
            ),
        )
    return int(version)


def damaged(path: Path) -> BookFault:
    """The answer for a file that SQLite finds malformed."""
    return BookFault(
        Code.DATA_DAMAGED,
        _("{file} is damaged. Nothing was changed. Restore the last good backup: crmdesk restore.").format(
            file=path.name
        ),
    )


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turns driver errors into sentences: disk full, disk error, damage, a lock held for too long, append-only."""
    try:
        yield
    except DBAPIError as error:
        raise database_fault(error.orig or error, path) from error
    except driver.Error as error:
        raise database_fault(error, path) from error


def database_fault(error: BaseException, path: Path) -> Exception:
    """The finished answer for one driver error; what is not a known condition stays as it is (a bug)."""
    text = str(error)
    if "disk is full" in text:
        return Conflict(
            Code.DISK_FULL,
            _("The disk of {file} is full. Nothing of this step was saved. Free some space and try again.").format(
                file=path.name
            ),
        )
    if "disk I/O error" in text:
        return BookFault(
            Code.DISK_ERROR,
            _("The disk failed while writing {file}. Stop, check the disk, then run crmdesk check.").format(
                file=path.name
            ),
        )
    if "malformed" in text or "not a database" in text:
        return damaged(path)
    if _BUSY.search(text):
        return BookFault(
            Code.BUSY,
            _("Another program has been writing to {file} for a long time. Try again in a moment.").format(
                file=path.name
            ),
        )
    if "readonly database" in text:
        return Conflict(
            Code.READ_ONLY, _("{file} is read-only here: reports work, changes do not.").format(file=path.name)
        )
    if "unable to open database file" in text:
        return BookFault(Code.NO_ACCESS, _("{file} cannot be opened.").format(file=path))
    if isinstance(error, Exception):
        return error
    raise error


def os_fault(error: OSError, path: Path) -> BookFault:
    """The finished answer for an operating-system error about a file."""
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return BookFault(
            Code.DISK_FULL, _("The disk is full; {file} was not written. Nothing is half done.").format(file=path)
        )
    return BookFault(
        Code.NO_ACCESS, _("{file} cannot be written: {reason}.").format(file=path, reason=error.strerror or error)
    )


def _make_file(path: Path) -> None:
    """An empty file that only its owner may read, made exclusively."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _settle(engine: Engine) -> None:
    """Moves the WAL into the file, so that the file alone is the book."""
    with engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _publish(draft: Path, target: Path) -> None:
    """Gives the finished file its name without ever replacing another one."""
    try:
        os.link(draft, target)
    except FileExistsError:
        refuse_existing(target)
        raise
    except OSError:  # a file system without hard links
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        os.replace(draft, target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Makes a rename in the folder durable (nothing to do on Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
