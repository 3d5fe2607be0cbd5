"""The recipe of every connection, and what happens without one part of it."""

from __future__ import annotations

import multiprocessing
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from crmdesk.models.errors import BookFault, Code
from crmdesk.services import connections, leftover_log
from crmdesk.services.book import Book
from tests.services import small_book

COUNTS = 100
PROCESSES = 4


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CRMDESK_TODAY", small_book.TODAY)
    return small_book.make(tmp_path / "shop.crmdesk")


EXPECTED = {
    "journal_mode": "wal", "synchronous": 2, "fullfsync": 1, "checkpoint_fullfsync": 1, "foreign_keys": 1,
    "recursive_triggers": 1, "trusted_schema": 0, "secure_delete": 1, "cell_size_check": 1, "mmap_size": 0,
    "busy_timeout": 10_000, "application_id": 0x43524D44, "user_version": 1,
}  # fmt: skip


def test_every_connection_has_the_recipe(path: Path) -> None:
    with Book.open(path) as book, book.read() as one, book.engine.connect() as two:
        for connection in (one, two):
            for name, value in EXPECTED.items():
                assert connection.exec_driver_sql(f"PRAGMA {name}").scalar() == value, name


def test_a_refused_setting_refuses_the_connection(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        connections, "_PRAGMAS", (*connections._PRAGMAS, ("journal_mode", "WAL", "of another make"))
    )
    with pytest.raises(BookFault) as caught:
        connections.connector(path, is_read_only=False)()
    assert caught.value.code is Code.PRAGMA_REFUSED


def test_an_unsafe_sqlite_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "SQLITE_VERSION_MIN", (99, 0, 0))
    with pytest.raises(BookFault) as caught:
        connections.require_safe_sqlite()
    assert caught.value.code is Code.SQLITE_TOO_OLD


@pytest.mark.parametrize("name", ["中文 文件夹", "100%", "a#b?c", "it's", "sp ace", "%41", "x;y&z=1"])
def test_names_that_mean_something_in_a_uri(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    path = folder / f"{name}.crmdesk"
    Book.create(path, name="Shop").close()
    assert small_book.names(folder) == {path.name}
    with Book.open(path) as book:
        assert book.settings.name == "Shop"


# Two processes


def _count_up(path: str, begin: str, start: object) -> None:
    """Reads a number and writes it plus one, each time in a transaction of its own; the exit code counts refusals."""
    engine = connections.make_engine(Path(path))
    if begin != "BEGIN IMMEDIATE":
        event.remove(
            engine, "begin", next(iter(engine.dispatch.begin))
        )  # the control: without our part of the recipe
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    start.wait()  # type: ignore[attr-defined]
    refused = 0
    for _number in range(COUNTS):
        try:
            with engine.connect().execution_options(is_writing=True) as connection:
                query = "SELECT value FROM counter WHERE name='id'"
                value = connection.exec_driver_sql(query).scalar_one()
                connection.exec_driver_sql("UPDATE counter SET value=? WHERE name='id'", (value + 1,))
                connection.commit()
        except DBAPIError as error:
            if "locked" not in str(error):
                raise
            refused += 1
    engine.dispose()
    raise SystemExit(min(refused, 200))


def _race(path: Path, begin: str) -> tuple[int, int]:
    """(lost, refused) of 4 processes that count at once."""
    context = multiprocessing.get_context("spawn")
    start = context.Event()
    before = dict(small_book.rows(path)["counter"])["id"]
    clerks = [
        context.Process(target=_count_up, args=(str(path), begin, start)) for _number in range(PROCESSES)
    ]
    for clerk in clerks:
        clerk.start()
    start.set()
    for clerk in clerks:
        clerk.join()
    refused = sum(clerk.exitcode or 0 for clerk in clerks)
    done = dict(small_book.rows(path)["counter"])["id"] - before
    return PROCESSES * COUNTS - refused - done, refused


@pytest.mark.slow
def test_nothing_is_lost_and_nobody_is_refused(path: Path) -> None:
    assert _race(path, "BEGIN IMMEDIATE") == (0, 0)


@pytest.mark.slow
def test_the_control_without_immediate_refuses_or_loses(path: Path) -> None:
    lost, refused = _race(path, "BEGIN")
    assert lost + refused > 0, "this test could not tell a bad recipe from a good one"


# Read-only places and logs that were left behind


def _log_left_behind(path: Path) -> None:
    """A process that writes and is killed."""
    code = (
        "import os, sys; from pathlib import Path; from crmdesk.services.book import Book\n"
        "book = Book.open(Path(sys.argv[1]))\n"
        "with book.write() as unit:\n  unit.save_settings(phone='4711'); unit.finish('t', {})\n"
        "os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == -9
    assert connections.has_log(path)


def test_a_log_of_its_own_is_played_in(path: Path) -> None:
    _log_left_behind(path)
    assert not leftover_log.is_foreign(path)
    with Book.open(path) as book:
        assert book.settings.phone == "4711"
    assert not connections.has_log(path)


def test_a_foreign_log_is_refused_and_nothing_touched(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.crmdesk"
    Book.create(other, name="Other").close()
    _log_left_behind(other)
    shutil.copy(f"{other}-wal", f"{path}-wal")
    digest = small_book.sha256(path)
    with pytest.raises(BookFault) as caught:
        Book.open(path)
    assert caught.value.code is Code.WAL_FOREIGN
    assert small_book.sha256(path) == digest
    assert connections.has_log(path)


def test_an_older_log_beside_a_newer_file_is_refused(path: Path, tmp_path: Path) -> None:
    """The file was copied back from elsewhere, the log of the former one stayed."""
    older = tmp_path / "older" / "shop.crmdesk"
    older.parent.mkdir()
    shutil.copy(path, older)
    _log_left_behind(older)
    with Book.open(path) as book:
        small_book.invoice(book, "K1")
    shutil.copy(f"{older}-wal", f"{path}-wal")
    with pytest.raises(BookFault) as caught:
        Book.open(path)
    assert caught.value.code is Code.WAL_FOREIGN


def test_a_newer_log_beside_an_older_file_is_refused(path: Path, tmp_path: Path) -> None:
    """An old copy was put back while the log of the later state still lay there."""
    older = tmp_path / "older.crmdesk"
    shutil.copy(path, older)
    with Book.open(path) as book:
        small_book.invoice(book, "K1")
    _log_left_behind(path)
    shutil.copy(older, path)
    with pytest.raises(BookFault) as caught:
        Book.open(path)
    assert caught.value.code is Code.WAL_FOREIGN


def test_a_log_read_while_another_process_writes_is_not_foreign(path: Path) -> None:
    with Book.open(path) as book:
        for number in range(20):
            small_book.invoice(book, "K1", price=str(number + 1))
            assert not leftover_log.is_foreign(path)
