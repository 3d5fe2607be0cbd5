"""Upgrades: from an older version to this one on a copy, checked, reversible; the old file works until the end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Text

from crmdesk.models import migrations
from crmdesk.models.errors import BookFault, Code
from crmdesk.models.migrations import Revision, freeze
from crmdesk.services import backup, backup_seal, check, connections, migration, schema
from crmdesk.services.book import Book
from tests.services import small_book

PROJECT = Path(__file__).resolve().parents[2]


def older(path: Path) -> Path:
    """A book as a former version would have left it: version 0, a column and an index fewer, another trigger."""
    small_book.make(path)
    raw = connections.driver.connect(connections.uri_of(path, mode="rw"), uri=True, isolation_level=None)
    for statement in (
        "DROP INDEX ix_product_name_key",
        "ALTER TABLE customer DROP COLUMN occupation",
        "DROP TRIGGER posting_no_update",
        "CREATE TRIGGER posting_guard BEFORE UPDATE ON posting BEGIN SELECT RAISE(ABORT, 'of version 0'); END",
        "PRAGMA user_version=0",
    ):
        raw.execute(statement)
    raw.close()
    return path


def good_step(operations: Any) -> None:
    """The way to version 1: by batch, which rebuilds the table."""
    with operations.batch_alter_table("customer", recreate="always") as batch:
        batch.add_column(Column("occupation", Text, nullable=False, server_default=""))
    operations.create_index("ix_product_name_key", "product", ["name_key"])


CHAIN = (Revision(1, good_step),)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CRMDESK_TODAY", small_book.TODAY)
    return older(tmp_path / "shop.crmdesk")


def _empty(path: Path) -> None:
    raw = connections.driver.connect(str(path), isolation_level=None)
    raw.execute(f"PRAGMA application_id={connections.APPLICATION_ID}")
    raw.close()


# The real chain


def test_the_migrations_make_what_the_tables_say(tmp_path: Path) -> None:
    """From an empty file through every revision: the same columns, keys, indexes and triggers as the metadata."""
    file = tmp_path / "empty.crmdesk"
    _empty(file)
    engine = migration._engine(file)
    with engine.connect() as connection:
        from alembic.migration import MigrationContext
        from alembic.operations import Operations

        operations = Operations(MigrationContext.configure(connection))
        for revision in migrations.REVISIONS:
            revision.upgrade(operations)
        migration._install_triggers(connection)
        assert schema.differences(connection) == []
        assert schema.shape_differences(connection) == []
        connection.commit()
        made = {
            sql for (sql,) in connection.exec_driver_sql("SELECT sql FROM sqlite_schema WHERE sql NOT NULL")
        }
    engine.dispose()
    Book.create(tmp_path / "new.crmdesk", name="New").close()
    raw = connections.connector(tmp_path / "new.crmdesk", is_read_only=True)()
    expected = {sql for (sql,) in raw.execute("SELECT sql FROM sqlite_schema WHERE sql NOT NULL")}
    raw.close()
    # the very text as well, so that checks and STRICT are the same
    assert {_plain(sql) for sql in made} == {_plain(sql) for sql in expected}


def _plain(sql: str) -> str:
    return "".join(sql.split())


def test_a_table_that_no_migration_makes_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The control to the test above."""
    file = tmp_path / "empty.crmdesk"
    _empty(file)
    monkeypatch.setattr(migrations.v0001, "STATEMENTS", migrations.v0001.STATEMENTS[:-1])
    engine = migration._engine(file)
    with engine.connect() as connection:
        from alembic.migration import MigrationContext
        from alembic.operations import Operations

        migrations.v0001.upgrade(Operations(MigrationContext.configure(connection)))
        assert schema.differences(connection)
    engine.dispose()


def test_the_frozen_text_is_what_freeze_writes() -> None:
    """Only while version 1 has not been given away; afterwards this test goes and v0001 stays."""
    file = Path(migrations.v0001.__file__)
    assert file.read_text(encoding="utf-8") == freeze.module_text(), (
        "the tables changed: run `python -m crmdesk.models.migrations.freeze`"
    )


def test_versions_run_without_a_gap() -> None:
    from crmdesk.models.tables import SCHEMA_VERSION

    assert [revision.version for revision in migrations.REVISIONS] == list(range(1, SCHEMA_VERSION + 1))


def test_alembic_is_imported_only_when_a_book_is_behind(tmp_path: Path) -> None:
    path = small_book.make(tmp_path / "shop.crmdesk")
    code = (
        "import sys; from pathlib import Path; from crmdesk.services import backup, check; "
        "from crmdesk.services.book import Book\n"
        "with Book.open(Path(sys.argv[1])) as book: check.run(book); backup.write(book, Path(sys.argv[2]))\n"
        "sys.exit('alembic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), str(tmp_path / "x.bak")], check=False, cwd=PROJECT
    )
    assert done.returncode == 0


# An upgrade


def test_an_older_book_is_upgraded_and_everything_kept(path: Path) -> None:
    before = small_book.rows(path)
    sentence = migration.migrate(path, revisions=CHAIN)
    assert "version 1" in sentence
    after = small_book.rows(path)
    for name in before:
        if name not in ("customer", "audit_entry", "audit_detail", "counter"):
            assert after[name] == before[name], name
    assert len(after["customer"]) == len(before["customer"])
    assert len(after["audit_entry"]) == len(before["audit_entry"]) + 1
    with Book.open(path) as book:
        assert check.run(book)["violations"] == []
        assert not book.is_read_only
        small_book.invoice(book, "K1")
    kept = [name for name in small_book.names(path.parent) if "before-upgrade" in name]
    assert len(kept) == 1
    assert small_book.rows(path.parent / kept[0]) == before
    (saved,) = (path.parent / "shop backups").iterdir()
    assert backup_seal.prove(saved).fault == ""
    assert small_book.rows(saved) == before
    assert small_book.names(path.parent) == {"shop.crmdesk", kept[0], "shop backups"}


def test_posted_rows_are_guarded_again_afterwards(path: Path) -> None:
    migration.migrate(path, revisions=CHAIN)
    refusal = pytest.raises(connections.driver.IntegrityError, match="append-only")
    with Book.open(path) as book, refusal, book.write() as unit:
        unit.execute(_text("UPDATE posting SET amount_minor=1"))


def _text(sql: str) -> Any:
    from sqlalchemy import text

    return text(sql)


def _undefined(operations: Any) -> None:
    good_step(operations)
    operations.execute("INSERT INTO no_such_table VALUES (1)")


def _bug(operations: Any) -> None:
    good_step(operations)
    raise KeyError("a slip of the pen")


def _loses_an_index(operations: Any) -> None:
    good_step(operations)
    operations.drop_index("ix_product_name_key")


def _breaks_a_key(operations: Any) -> None:
    good_step(operations)
    operations.execute("DELETE FROM customer WHERE code='K0'")


def _changes_an_amount(operations: Any) -> None:
    good_step(operations)
    operations.execute("UPDATE posting SET amount_minor=amount_minor+1 WHERE position=1 AND amount_minor>0")


def _forgets_payments(operations: Any) -> None:
    good_step(operations)
    operations.execute("DELETE FROM payment")


BAD = (_undefined, _bug, _loses_an_index, _breaks_a_key, _changes_an_amount, _forgets_payments)


@pytest.mark.parametrize("step", BAD, ids=lambda step: step.__name__)
def test_a_faulty_step_leaves_the_book_as_it_was(path: Path, step: Any) -> None:
    before = small_book.rows(path)
    with pytest.raises(BookFault) as caught:
        migration.migrate(path, revisions=(Revision(1, step),))
    assert caught.value.code is Code.MIGRATION_FAILED
    assert caught.value.hint
    assert small_book.rows(path) == before
    assert migration.version_of(path) == 0
    assert small_book.names(path.parent) == {"shop.crmdesk", "shop backups"}
    migration.migrate(path, revisions=CHAIN)


def test_several_steps_run_in_order(path: Path) -> None:
    ran: list[int] = []

    def step(number: int) -> Any:
        def upgrade(operations: Any) -> None:
            ran.append(number)
            if number == 1:
                good_step(operations)

        return upgrade

    chain = (Revision(2, step(2)), Revision(1, step(1)), Revision(3, step(3)))
    migration.migrate(path, revisions=chain, goal=2)
    assert ran == [1, 2]
    assert migration.version_of(path) == 2


def test_a_gap_in_the_chain_is_refused_before_anything_is_done(path: Path) -> None:
    with pytest.raises(BookFault) as caught:
        migration.migrate(path, revisions=(Revision(2, good_step),), goal=2)
    assert caught.value.code is Code.MIGRATION_FAILED
    assert small_book.names(path.parent) == {"shop.crmdesk"}


def test_a_book_in_use_is_not_upgraded(path: Path) -> None:
    before = small_book.rows(path)
    raw = connections.connector(path, is_read_only=False)()
    raw.execute("SELECT count(*) FROM customer").fetchall()
    try:
        with pytest.raises(BookFault) as caught:
            migration.migrate(path, revisions=CHAIN)
        assert caught.value.code is Code.IN_USE_BY
    finally:
        raw.close()
    assert small_book.rows(path) == before


def test_opening_an_older_book_upgrades_it_and_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration.migrate, "__kwdefaults__", {"revisions": CHAIN, "goal": 1})
    with Book.open(path) as book:
        assert "before-upgrade" in " ".join(book.notices)
        assert check.run(book)["clean"]
    with Book.open(path) as book:
        assert book.notices == ()


def test_a_restored_older_backup_is_upgraded_at_opening(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = backup.write_file(path, tmp_path / "old.bak")
    restored, _kept = backup.restore(saved, tmp_path / "again.crmdesk")
    assert migration.version_of(restored) == 0
    monkeypatch.setattr(migration.migrate, "__kwdefaults__", {"revisions": CHAIN, "goal": 1})
    with Book.open(restored) as book:
        assert check.run(book)["clean"]


def test_an_older_book_that_may_not_be_written_is_refused_with_the_reason(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "Dropbox"
    folder.mkdir()
    moved = path.rename(folder / "shop.crmdesk")
    with pytest.raises(BookFault) as caught:
        Book.open(moved)
    assert caught.value.code is Code.UNSAFE_FOLDER
    assert migration.version_of(moved) == 0
