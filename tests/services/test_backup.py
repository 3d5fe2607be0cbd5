"""Backups: whole, verified, sealed, online, never over another file, nothing left behind by a failure."""

from __future__ import annotations

import os
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from crmdesk.models.errors import BookFault, Cancelled, Code, CrmdeskError
from crmdesk.services import backup, backup_seal, backup_verify, check, connections
from crmdesk.services.book import Book
from tests.services import small_book


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CRMDESK_TODAY", small_book.TODAY)
    (tmp_path / "book").mkdir()
    return small_book.make(tmp_path / "book" / "shop.crmdesk")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def _alter(path: Path, *statements: str) -> None:
    """Changes a closed file behind the program's back, triggers and all."""
    raw = connections.driver.connect(connections.uri_of(path, mode="rw"), uri=True, isolation_level=None)
    for statement in statements:
        raw.execute(statement)
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    raw.close()


def test_a_backup_holds_every_row_and_proves_itself(path: Path, out: Path) -> None:
    steps: list[tuple[int, int]] = []
    with Book.open(path) as book:
        target = backup.write(book, out / "one.bak", progress=lambda done, whole: steps.append((done, whole)))
    assert small_book.names(out) == {"one.bak"}
    assert small_book.rows(target) == small_book.rows(path)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert steps
    assert steps[-1][0] == steps[-1][1]
    seal = backup_seal.prove(target)
    assert seal.fault == ""
    assert seal.manifest is not None
    assert seal.manifest.name == "鼎晟 Paint & Co"
    assert seal.manifest.counts["document"] == len(small_book.rows(path)["document"])
    assert seal.manifest.last_numbers["invoice 2026"] == "5"
    with Book.open(target) as copy:
        assert check.run(copy)["clean"]


def test_other_readers_of_sqlite_take_a_sealed_backup(path: Path, out: Path) -> None:
    """Bytes behind the last page do not trouble anybody: the file stays an ordinary database."""
    with Book.open(path) as book:
        target = backup.write(book, out / "one.bak")
    raw = connections.driver.connect(connections.uri_of(target, mode="ro"), uri=True)
    assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert raw.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
    raw.close()


def test_an_existing_target_is_never_replaced(path: Path, out: Path) -> None:
    (out / "note.txt").write_text("mine")
    (out / "folder").mkdir()
    (out / "dangling").symlink_to(out / "nowhere")
    with Book.open(path) as book:
        for target in (out / "note.txt", out / "folder", out / "dangling", path):
            with pytest.raises(CrmdeskError) as caught:
                backup.write(book, target)
            assert caught.value.code is Code.TARGET_EXISTS
    assert (out / "note.txt").read_text() == "mine"
    assert small_book.names(out) == {"note.txt", "folder", "dangling"}


def test_a_target_that_appears_meanwhile_is_not_replaced(path: Path, out: Path) -> None:
    target = out / "one.bak"

    def somebody_is_quicker(_done: int, _whole: int) -> None:
        target.write_text("theirs")

    with Book.open(path) as book, pytest.raises(CrmdeskError) as caught:
        backup.write(book, target, progress=somebody_is_quicker)
    assert caught.value.code is Code.TARGET_EXISTS
    assert target.read_text() == "theirs"
    assert small_book.names(out) == {"one.bak"}


def test_cancelling_leaves_nothing(path: Path, out: Path) -> None:
    answers = iter([False, True])
    with Book.open(path) as book, pytest.raises(Cancelled):
        backup.write(book, out / "one.bak", is_cancelled=lambda: next(answers, True))
    assert small_book.names(out) == set()


def test_leftovers_of_a_killed_backup_are_removed(path: Path, out: Path) -> None:
    (out / ".one.bak.0badcafe.part").write_bytes(b"half")
    (out / ".one.bak.0badcafe.part-journal").write_bytes(b"half")
    (out / ".two.bak.0badcafe.part").write_bytes(b"somebody else's")
    with Book.open(path) as book:
        backup.write(book, out / "one.bak")
    assert small_book.names(out) == {"one.bak", ".two.bak.0badcafe.part"}


def test_a_backup_while_others_write_is_one_moment(path: Path, out: Path) -> None:
    """Every backup taken in the middle of postings passes every identity."""
    with Book.open(path) as book:
        stop = threading.Event()

        def post() -> None:
            count = 0
            while not stop.is_set():
                small_book.invoice(book, f"K{count % 3}", price=str(count + 1))
                count += 1

        clerk = threading.Thread(target=post)
        clerk.start()
        try:
            for number in range(5):
                target = backup.write(book, out / f"{number}.bak")
                with Book.open(target) as copy:
                    assert check.run(copy)["violations"] == []
        finally:
            stop.set()
            clerk.join()
        assert check.run(book)["clean"]


def test_a_book_that_is_not_in_order_gets_no_backup(path: Path, out: Path) -> None:
    """Good backups must not be pushed out by copies of a damaged book."""
    _alter(
        path,
        "DROP TRIGGER posting_no_update",
        "UPDATE posting SET amount_minor=amount_minor+1 WHERE position=1",
    )
    _alter(
        path,
        "CREATE TRIGGER posting_no_update BEFORE UPDATE ON posting "
        "BEGIN SELECT RAISE(ABORT, 'posting is append-only'); END",
    )
    with Book.open(path) as book, pytest.raises(BookFault) as caught:
        backup.write(book, out / "one.bak")
    assert caught.value.code is Code.DATA_DAMAGED
    assert "audit entry" in caught.value.message
    assert small_book.names(out) == set()


def test_a_copy_that_lost_rows_is_found(path: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault: the copy step forgets a row that no audit digest covers."""
    honest = backup.copy_pages

    def forgetful(source: Path, part: Path, *rest: object, **options: object) -> object:
        counted = honest(source, part, *rest, **options)  # type: ignore[arg-type]
        _alter(part, "DELETE FROM tax_rate WHERE id=(SELECT max(id) FROM tax_rate)")
        return counted

    monkeypatch.setattr(backup, "copy_pages", forgetful)
    with Book.open(path) as book, pytest.raises(BookFault):
        backup.write(book, out / "one.bak")
    assert small_book.names(out) == set()


def test_a_full_disk_leaves_nothing_under_the_name(path: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(small)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small file system can be mounted by root only")
    try:
        with Book.open(path) as book:
            with pytest.raises(CrmdeskError) as caught:
                backup.write(book, small / "one.bak")
            assert caught.value.code is Code.DISK_FULL
            assert small_book.names(small) == set()
            # asking beforehand is only a courtesy: the write itself must find out as well
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(backup, "_require_space", lambda *_paths: None)
                with pytest.raises(CrmdeskError) as caught:
                    backup.write(book, small / "one.bak")
            assert caught.value.code is Code.DISK_FULL
            assert "one.bak" in caught.value.message, "the full disk is the target's"
            assert small_book.names(small) == set()
            assert check.run(book)["clean"]
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_file_system_without_hard_links(path: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_names: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with Book.open(path) as book:
        target = backup.write(book, out / "one.bak")
    assert small_book.names(out) == {"one.bak"}
    assert backup_seal.prove(target).fault == ""


def test_a_folder_that_is_missing_and_a_name_that_cannot_be(path: Path, out: Path) -> None:
    with Book.open(path) as book:
        with pytest.raises(CrmdeskError) as caught:
            backup.write(book, out / "nowhere" / "one.bak")
        assert caught.value.code is Code.NO_ACCESS
        with pytest.raises(CrmdeskError) as caught:
            backup.write(book, out / ("x" * 300))
        assert caught.value.code is Code.NO_ACCESS


def test_verification_names_what_is_wrong(path: Path) -> None:
    backup_verify.verify(path)
    _alter(path, "DROP INDEX ix_document_customer")
    with pytest.raises(backup_verify.Unfit, match="ix_document_customer"):
        backup_verify.verify(path)
