"""Restore: proved first, never over an open or existing book unasked, the former file kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crmdesk.models.errors import BookFault, Cancelled, Code, CrmdeskError
from crmdesk.services import backup, backup_verify, check, holders, swapping
from crmdesk.services.book import Book
from crmdesk.services.book import damaged as book_damaged
from tests.services import small_book

PROJECT = Path(__file__).resolve().parents[2]
HOLD = """
import sys
from pathlib import Path
from crmdesk.services.book import Book
book = Book.open(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.readline()
book.close()
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CRMDESK_TODAY", small_book.TODAY)
    return small_book.make(tmp_path / "shop.crmdesk")


@pytest.fixture
def saved(path: Path, tmp_path: Path) -> Path:
    """A backup; afterwards the book goes on with an invoice and a customer."""
    with Book.open(path) as book:
        target = backup.write(book, tmp_path / "saved.bak")
        small_book.do(book, "customer.create", code="LATE", name="Late")
        small_book.do(book, "customer.update", customer="K1", note="changed")
        small_book.invoice(book, "LATE", "2026-06-01", "1000")
    return target


def _code(action: object) -> Code:
    with pytest.raises(CrmdeskError) as caught:
        action()  # type: ignore[operator]
    assert caught.value.message
    return caught.value.code


def test_books_of_different_content_come_back_row_for_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RP9; the restored book also goes on with the next number."""
    monkeypatch.setenv("CRMDESK_TODAY", small_book.TODAY)
    for number in range(4):
        path = small_book.make(tmp_path / f"{number}.crmdesk", customers=1 + number, invoices=number * 3)
        with Book.open(path) as book:
            file = backup.write(book, tmp_path / f"{number}.bak")
        restored, kept = backup.restore(file, tmp_path / f"again {number}.crmdesk")
        assert kept is None
        assert small_book.rows(restored) == small_book.rows(path)
        with Book.open(restored) as again:
            assert check.run(again)["clean"]
            assert small_book.invoice(again, "K0") == f"INV-2026-{number * 3 + 2:04d}"


def test_an_existing_book_needs_force_and_is_kept(path: Path, saved: Path) -> None:
    before, digest = small_book.rows(path), small_book.sha256(path)
    assert _code(lambda: backup.restore(saved, path)) is Code.TARGET_EXISTS
    assert small_book.sha256(path) == digest
    restored, kept = backup.restore(saved, path, is_forced=True)
    assert restored == path
    assert kept is not None
    assert kept.name.startswith("shop.crmdesk.before-restore-2")
    assert small_book.rows(kept) == before
    assert len(small_book.rows(path)["customer"]) == len(before["customer"]) - 1
    assert small_book.names(path.parent) == {"shop.crmdesk", kept.name, "saved.bak"}
    with Book.open(path) as book:
        assert book.notices == ()
        assert check.run(book)["clean"]


def test_two_restores_within_a_second_keep_both(path: Path, saved: Path) -> None:
    kept = [backup.restore(saved, path, is_forced=True)[1] for _number in range(3)]
    assert len(set(kept)) == 3
    assert all(file is not None and file.exists() for file in kept)


def test_a_book_that_this_process_has_open_is_refused(path: Path, saved: Path) -> None:
    with Book.open(path) as book:
        assert _code(lambda: backup.restore(saved, path, is_forced=True)) is Code.IN_USE_BY
        small_book.invoice(book, "K1")
        assert check.run(book)["clean"]
    assert not swapping.is_under_way(path)
    assert small_book.names(path.parent) == {"shop.crmdesk", "saved.bak"}


def test_a_book_that_another_process_has_open_is_refused_and_named(path: Path, saved: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    assert other.stdin
    assert other.stdout
    try:
        assert other.stdout.readline() == "open\n"
        with pytest.raises(CrmdeskError) as caught:
            backup.restore(saved, path, is_forced=True)
        assert caught.value.code is Code.IN_USE_BY
        assert f"({other.pid})" in caught.value.message
        assert holders.me().host in caught.value.message
    finally:
        other.stdin.write("\n")
        other.stdin.close()
        other.stdout.close()
        other.wait()
    backup.restore(saved, path, is_forced=True)


def test_a_killed_holder_does_not_block(path: Path, saved: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    assert other.stdin
    assert other.stdout
    other.stdout.readline()
    other.kill()
    other.wait()
    other.stdin.close()
    other.stdout.close()
    _path, kept = backup.restore(saved, path, is_forced=True)
    assert kept is not None
    assert holders.others(path) == []


def test_a_damaged_book_is_replaced_and_kept_as_it_is(path: Path, saved: Path) -> None:
    for damage in ("cut", "text", "foreign log"):
        if damage == "cut":
            path.write_bytes(path.read_bytes()[:50_000])
        elif damage == "text":
            path.write_text("no book at all, but under its name" * 10)
        else:
            # the log of another state: playing it in would destroy what the damaged file still holds
            shutil.copy(_log_of_another_book(path.parent), f"{path}-wal")
        digest = small_book.sha256(path)
        _path, kept = backup.restore(saved, path, is_forced=True)
        assert kept is not None
        assert small_book.sha256(kept) == digest
        if damage == "foreign log":
            assert Path(f"{kept}-wal").exists()
        assert not Path(f"{path}-wal").exists()
        with Book.open(path) as book:
            assert check.run(book)["clean"]


def _log_of_another_book(folder: Path) -> Path:
    other = folder / "elsewhere" / "other.crmdesk"
    other.parent.mkdir()
    Book.create(other, name="Other").close()
    write = "with book.write() as unit:\n  unit.save_settings(phone='1')\n  unit.finish('t', {})\n"
    code = HOLD.replace('print("open"', write + 'print("open"')
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(other)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    assert process.stdin
    assert process.stdout
    process.stdout.readline()
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
    return Path(f"{other}-wal")


def test_what_cannot_be_restored_is_named(path: Path, saved: Path, tmp_path: Path) -> None:
    target = tmp_path / "new.crmdesk"
    empty, text = tmp_path / "empty.bak", tmp_path / "text.bak"
    empty.write_bytes(b"")
    text.write_text("hello " * 100)
    assert _code(lambda: backup.restore(tmp_path / "none.bak", target)) is Code.FILE_MISSING
    assert _code(lambda: backup.restore(tmp_path, target)) is Code.NOT_A_FILE
    assert _code(lambda: backup.restore(empty, target)) is Code.NOT_OURS
    assert _code(lambda: backup.restore(text, target)) is Code.NOT_OURS
    assert _code(lambda: backup.restore(saved, tmp_path / "nowhere" / "x")) is Code.NO_ACCESS
    assert _code(lambda: backup.restore(saved, tmp_path, is_forced=True)) is Code.NOT_A_FILE
    assert _code(lambda: backup.restore(path, path, is_forced=True)) is Code.INVALID_CHOICE
    with Book.open(saved):
        assert _code(lambda: backup.restore(saved, target)) is Code.IN_USE_BY
    assert not target.exists()


def test_a_backup_found_damaged_while_it_is_copied_is_called_so(
    path: Path, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(source: Path, *_things: object, **_options: object) -> None:
        raise book_damaged(source)

    monkeypatch.setattr(backup, "copy_pages", fail)
    assert _code(lambda: backup.restore(saved, path, is_forced=True)) is Code.BACKUP_DAMAGED
    assert _code(lambda: backup.verify(saved)) is Code.BACKUP_DAMAGED


def test_proving_a_backup_is_cancelled_while_it_is_copied(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[object] = []
    monkeypatch.setattr(backup_verify, "verify", lambda *things, **_options: reached.append(things))
    with pytest.raises(Cancelled):
        backup.verify(saved, is_cancelled=lambda: True)
    assert reached == []


def test_a_failed_restore_leaves_the_book_and_no_rubbish(
    path: Path, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, names = small_book.rows(path), small_book.names(path.parent)

    def fail(*_things: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    for place in ("sync_file", "make_file", "copy_pages"):
        with monkeypatch.context() as patch:
            patch.setattr(backup, place, fail)
            assert _code(lambda: backup.restore(saved, path, is_forced=True)) is Code.DISK_FULL
        assert small_book.names(path.parent) == names
    assert small_book.rows(path) == rows


def test_a_link_to_the_book_stays_a_link(path: Path, saved: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.crmdesk"
    link.symlink_to(path)
    _path, kept = backup.restore(saved, link, is_forced=True)
    assert link.is_symlink()
    assert kept is not None
    assert len(small_book.rows(path)["customer"]) == len(small_book.rows(kept)["customer"]) - 1


# The preview


def test_the_preview_says_what_would_be_lost(path: Path, saved: Path) -> None:
    with Book.open(path) as book:
        told = backup.preview(book, saved)
    (documents,) = told.documents
    assert (documents.kind, documents.currency) == ("invoice", "CNY")
    assert (documents.count, documents.total_minor) == (1, 100_000)
    assert (documents.first_on, documents.last_on) == ("2026-06-01", "2026-06-01")
    assert (told.lost_customer_count, told.changed_customer_count, told.lost_change_count) == (1, 1, 3)
    assert (told.book_numbers["invoice 2026"], told.backup_numbers["invoice 2026"]) == (6, 5)
    assert told.gained_change_count == 0
    assert not told.loses_nothing
    assert backup.preview(path, saved) == told


def test_the_preview_of_a_present_backup_loses_nothing(path: Path, tmp_path: Path) -> None:
    with Book.open(path) as book:
        file = backup.write(book, tmp_path / "now.bak")
        told = backup.preview(book, file)
    assert told.loses_nothing
    assert told.documents == ()


def test_the_preview_sees_two_ways(path: Path, saved: Path, tmp_path: Path) -> None:
    """The copy was worked in elsewhere, the book went on here."""
    with Book.open(saved) as copy:
        small_book.invoice(copy, "K0", price="5")
    told = backup.preview(path, saved)
    assert (told.lost_change_count, told.gained_change_count) == (3, 1)
    assert sum(documents.count for documents in told.documents) == 1


def test_the_preview_refuses_another_company(path: Path, tmp_path: Path) -> None:
    other = Book.create(tmp_path / "other.crmdesk", name="Other & Sons")
    file = backup.write(other, tmp_path / "other.bak")
    other.close()
    with pytest.raises(CrmdeskError) as caught:
        backup.preview(path, file)
    assert caught.value.code is Code.OTHER_COMPANY
    assert "Other & Sons" in caught.value.message


def test_the_preview_of_a_damaged_backup(path: Path, saved: Path) -> None:
    saved.write_bytes(saved.read_bytes()[:9000])
    with pytest.raises(BookFault) as caught:
        backup.preview(path, saved)
    assert caught.value.code is Code.BACKUP_DAMAGED
