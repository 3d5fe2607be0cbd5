"""A book: one company's data in one file. Creates, opens and closes it; hands out units of work and reads.

The only commit of the program is in `Book.write`.
"""

from __future__ import annotations

import os
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from crmdesk.models import money
from crmdesk.models.errors import BookFault, Code, Conflict, InvalidInput, NotFound
from crmdesk.models.tables import METADATA, SCHEMA_VERSION
from crmdesk.services import connections, holders, leftover_log, places, schema, settings, swapping, templates
from crmdesk.services.connections import driver
from crmdesk.services.new_files import make_file, os_fault, publish, refuse_existing, remove_quietly
from crmdesk.services.units import Unit
from crmdesk.text import _

_BUSY = re.compile(r"database (table )?is locked|database is busy")


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why a book is open for reading only: a code and a finished sentence that names the way out."""

    code: Code
    message: str


class Book:
    """An open book. Thread-safe: writes of this process take turns, reads see a consistent snapshot."""

    def __init__(
        self, path: Path, engine: Engine, *, hindrance: Hindrance | None = None, notices: tuple[str, ...] = ()
    ) -> None:
        self.path = path
        self.engine = engine
        self.hindrance = hindrance
        self.altered: tuple[str, ...] = ()
        """Objects of the file's structure that should not be there (+) or are missing (−)."""
        self.notices = notices
        """Sentences for the user about what was found at opening (an interrupted restore, a twin of the file)."""
        self._write_lock = threading.Lock()
        # Held for the book's life: its shared lock shows every other process that the book is in use.
        self._anchor: Any = connections.connector(path, is_read_only=hindrance is not None)()
        self._anchor.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        holders.enter(path)

    @property
    def is_read_only(self) -> bool:
        """Whether changes are refused; `hindrance` says why."""
        return self.hindrance is not None

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
                Code.INVALID_CHOICE,
                _("Rounding is “line” or “document”, not “{value}”.").format(value=rounding),
            )
        if not name.strip():
            raise InvalidInput(Code.REQUIRED, _("Give the book a name, usually the company's."), field="name")
        refuse_existing(target)
        if not target.parent.is_dir():
            raise NotFound(
                Code.NO_ACCESS,
                _("The folder {folder} does not exist.").format(folder=target.parent),
                field="book",
            )
        place = places.here(target)
        if not place.is_safe and not places.is_allowed(target):
            raise Conflict(Code.UNSAFE_FOLDER, places.sentence(target, place, is_new=True), field="book")
        draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.new")
        try:
            make_file(draft)
            engine = connections.make_engine(draft)
            try:
                with engine.connect().execution_options(is_writing=True) as connection:
                    METADATA.create_all(connection)
                    connection.exec_driver_sql(
                        f"PRAGMA application_id={connections.APPLICATION_ID}"
                    )  # constant
                    connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")  # constant
                    unit = Unit(connection, actor="")
                    templates.fill(
                        unit,
                        template,
                        name=name.strip(),
                        currency=currency,
                        language=language,
                        rounding=rounding,
                    )
                    unit.finish("book.create", {"name": name, "country": country, "currency": currency})
                    connection.commit()
                _settle(engine)
            finally:
                engine.dispose()
            publish(draft, target)
        except OSError as error:
            raise os_fault(error, target) from error
        finally:
            for suffix in ("", "-wal", "-shm"):
                remove_quietly(draft.with_name(draft.name + suffix))
        return cls.open(target)

    @classmethod
    def open(cls, path: Path | str) -> Book:
        """Opens a book; a foreign, newer, damaged or missing file is refused with the reason and left untouched.

        An older book is migrated on a verified copy first (`services.migration`). What forbids writing but not
        reading (a read-only file or folder, an altered structure, a network or sync folder) is told by
        `hindrance`. A restore or upgrade that was killed is finished or undone first; `notices` says which.
        """
        target = Path(path).absolute()
        notices: list[str] = []
        while True:
            if connections.is_folder_writable(target.parent):
                try:
                    notices.append(swapping.settle(target))
                except OSError as error:
                    raise os_fault(error, target) from error
            before = _identity(target)
            version = probe(target)
            hindrance = _hindrance(target)
            if version < SCHEMA_VERSION:
                notices.append(_migrate(target, hindrance))
                continue
            if hindrance is None:
                leftover_log.require_own(target)
            with translated(target):
                book = cls._open_file(target, hindrance)
            if hindrance is not None or (_identity(target) == before and not swapping.is_under_way(target)):
                break
            book.close()  # another file was put in this place meanwhile
        twins = places.twins(target)
        if twins:
            notices.append(
                _(
                    "Beside {file} lies a copy that a sync program made: {twins}. Compare them before you go on."
                ).format(file=target.name, twins=", ".join(twin.name for twin in twins))
            )
        book.notices = tuple(notice for notice in notices if notice)
        return book

    @classmethod
    def _open_file(cls, target: Path, hindrance: Hindrance | None) -> Book:
        engine = connections.make_engine(target, is_read_only=hindrance is not None)
        try:
            book = cls(target, engine, hindrance=hindrance)
        except BaseException:
            engine.dispose()
            raise
        try:
            with book.read() as connection:
                book.altered = tuple(schema.differences(connection))
                if not book.altered:
                    settings.load(connection)
        except (ValueError, TypeError) as error:  # values that nothing of ours wrote
            book.close()
            raise damaged(target) from error
        except BaseException:
            book.close()
            raise
        if book.altered and book.hindrance is None:
            book.hindrance = Hindrance(
                Code.SCHEMA_ALTERED,
                _(
                    "The structure of {file} was changed outside crmdesk ({objects}). It opens for reading only. "
                    "Restore a backup, or undo the change with the program that made it."
                ).format(file=target.name, objects=", ".join(book.altered[:5])),
            )
        return book

    def close(self) -> None:
        """Closes every connection; the last one checkpoints the WAL into the file."""
        self.engine.dispose()
        if self._anchor is not None:
            self._anchor.close()
            self._anchor = None
            holders.leave(self.path)

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
        if self.hindrance is not None:
            raise Conflict(self.hindrance.code, self.hindrance.message)
        with self._write_lock, translated(self.path):
            with self.engine.connect().execution_options(is_writing=True) as connection:
                unit = Unit(connection, actor)
                unit.path = self.path
                yield unit
                if unit.is_finished:
                    connection.commit()
            if unit.is_finished and unit.erasures:
                _settle(self.engine)  # the log would still hold what was erased from the file
                for erase in unit.erasures:
                    erase()

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


def _identity(target: Path) -> tuple[int, int] | None:
    """Which file stands under this name."""
    try:
        found = os.stat(target)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _hindrance(target: Path) -> Hindrance | None:
    """What forbids writing to this file, before it is opened."""
    if not connections.is_writable(target):
        return Hindrance(
            Code.READ_ONLY,
            _("{file} is read-only here: reports work, changes do not.").format(file=target.name),
        )
    place = places.here(target)
    if not place.is_safe and not places.is_allowed(target):
        return Hindrance(Code.UNSAFE_FOLDER, places.sentence(target, place))
    return None


def _migrate(target: Path, hindrance: Hindrance | None) -> str:
    if hindrance is not None:
        raise BookFault(
            hindrance.code,
            _("{file} is from an older crmdesk and must be upgraded, but it may not be written here.").format(
                file=target.name
            ),
            hint=hindrance.message,
        )
    from crmdesk.services import migration

    return migration.migrate(target)


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
            _(
                "{file} was written by a newer crmdesk. It was not touched. Please update this program."
            ).format(file=target.name),
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
    except UnicodeDecodeError as error:  # the driver, quoting from a damaged page
        raise damaged(path) from error


def database_fault(error: BaseException, path: Path) -> Exception:
    """The finished answer for one driver error; what is not a known condition stays as it is (a bug)."""
    text = str(error)
    if "disk is full" in text:
        return Conflict(
            Code.DISK_FULL,
            _(
                "The disk of {file} is full. Nothing of this step was saved. Free some space and try again."
            ).format(file=path.name),
        )
    if "disk I/O error" in text:
        return BookFault(
            Code.DISK_ERROR,
            _("The disk failed while writing {file}. Stop, check the disk, then run crmdesk check.").format(
                file=path.name
            ),
        )
    if "malformed" in text or "not a database" in text or "Could not decode" in text:
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
            Code.READ_ONLY,
            _("{file} is read-only here: reports work, changes do not.").format(file=path.name),
        )
    if "unable to open database file" in text:
        return BookFault(Code.NO_ACCESS, _("{file} cannot be opened.").format(file=path))
    if isinstance(error, Exception):
        return error
    raise error


def _settle(engine: Engine) -> None:
    """Moves the WAL into the file, so that the file alone is the book."""
    with engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
