"""Automatic backups: due when something changed, verified, thinned, and only their own book's."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crmdesk.models.errors import CrmdeskError
from crmdesk.services import backup, backup_seal, backup_verify, backups_kept
from crmdesk.services.backup_seal import Manifest
from crmdesk.services.backups_kept import KeptBackup
from crmdesk.services.book import Book
from tests.services import small_book

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CRMDESK_TODAY", small_book.TODAY)
    return small_book.make(tmp_path / "shop.crmdesk")


def test_written_once_per_change_beside_the_book(path: Path) -> None:
    with Book.open(path) as book:
        assert backups_kept.due(book)
        first = backups_kept.run_automatic(book)
        assert first is not None
        assert first.parent == path.parent / "shop backups"
        assert not backups_kept.due(book)
        assert backups_kept.run_automatic(book) is None
        small_book.invoice(book, "K1")
        state = backups_kept.state(book)
        assert (state.is_due, state.count, state.last and state.last.path) == (True, 1, first)
        assert not backups_kept.due(book, backups_kept.DAILY), "a day has not gone by"
        second = backups_kept.run_automatic(book)
        assert second is not None
        assert [kept.path for kept in backups_kept.list_backups(book)] == [second, first]
        assert not backups_kept.state(book).is_due
    assert all(backup_seal.prove(file).fault == "" for file in (first, second))


def test_daily_is_due_after_a_day(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Book.open(path) as book:
        backups_kept.run_automatic(book)
        small_book.invoice(book, "K1")
        assert not backups_kept.due(book, backups_kept.DAILY)
        monkeypatch.setenv("CRMDESK_TODAY", "2026-07-02")
        assert backups_kept.due(book, backups_kept.DAILY)


def test_the_folder_the_owner_chose(path: Path, tmp_path: Path) -> None:
    chosen = tmp_path / "USB 盘" / "backups"
    with Book.open(path) as book:
        with book.write() as unit:
            unit.save_settings(backup_folder=str(chosen))
            unit.finish("settings.update", {})
        written = backups_kept.run_automatic(book)
        assert written is not None
        assert written.parent == chosen
        assert backups_kept.state(book).folder == chosen


def test_a_folder_that_cannot_be_made_is_told(path: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with Book.open(path) as book:
        with book.write() as unit:
            unit.save_settings(backup_folder=str(tmp_path / "file" / "below"))
            unit.finish("settings.update", {})
        with pytest.raises(CrmdeskError) as caught:
            backups_kept.run_automatic(book)
    assert caught.value.message


def test_other_books_and_other_files_are_left_alone(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shop backups"
    folder.mkdir()
    (folder / f"old{backups_kept.SUFFIX}").write_text("not a backup")
    other = Book.create(tmp_path / "other.crmdesk", name="Other")
    foreign = backup.write(other, folder / f"other{backups_kept.SUFFIX}")
    other.close()
    with Book.open(path) as book:
        assert backups_kept.list_backups(book) == []
        backups_kept.run_automatic(book)
        assert len(backups_kept.list_backups(book)) == 1
    assert foreign.exists()
    assert (folder / f"old{backups_kept.SUFFIX}").exists()


def test_the_chain_is_verified_from_the_last_backup_and_weekly_in_full(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchors: list[Manifest | None] = []
    honest = backup_verify.verify

    def listening(file: Path, *, anchor: Manifest | None = None, **options: object) -> None:
        anchors.append(anchor)
        honest(file, anchor=anchor, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(backup_verify, "verify", listening)
    with Book.open(path) as book:
        first = backups_kept.run_automatic(book)
        assert first is not None
        manifest = backup_seal.glance(first)
        small_book.invoice(book, "K1")
        backups_kept.run_automatic(book)
        monkeypatch.setenv("CRMDESK_TODAY", "2026-07-08")
        small_book.invoice(book, "K1")
        backups_kept.run_automatic(book)
    assert manifest is not None
    assert anchors == [None, manifest, None]


def test_a_changed_past_is_found_from_the_anchor(path: Path, tmp_path: Path) -> None:
    with Book.open(path) as book:
        manifest = backup_seal.glance(backup.write(book, tmp_path / "one.bak"))
        small_book.invoice(book, "K1")
    assert manifest is not None
    backup_verify.verify(path, anchor=manifest)
    with pytest.raises(backup_verify.Unfit, match="audit trail"):
        backup_verify.verify(path, anchor=dataclasses.replace(manifest, audit_hash="00" * 32))


def test_after_a_restore_backups_go_on(path: Path, tmp_path: Path) -> None:
    """The newest backup then holds a future that the book no longer has: no reason to call the book changed."""
    with Book.open(path) as book:
        first = backups_kept.run_automatic(book)
        small_book.invoice(book, "K1")
        backups_kept.run_automatic(book)
    assert first is not None
    backup.restore(first, path, is_forced=True)
    with Book.open(path) as book:
        assert not backups_kept.due(book), "the first backup still holds all of it"
        small_book.invoice(book, "K2")
        third = backups_kept.run_automatic(book)
        assert third is not None
        assert backup_seal.prove(third).fault == ""
        assert not backups_kept.state(book).is_due


def test_a_clock_that_went_back_does_not_repeat_backups(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Book.open(path) as book:
        monkeypatch.setenv("CRMDESK_TODAY", "2027-01-01")
        backups_kept.run_automatic(book)
        monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
        small_book.invoice(book, "K1")
        assert backups_kept.run_automatic(book) is not None
        assert backups_kept.run_automatic(book) is None


def _kept(at: datetime, *, size: int = 10, occasion: str = "close") -> KeptBackup:
    manifest = Manifest(
        "", "", 1, at.strftime("%Y-%m-%dT%H:%M:%S.000Z"), occasion, 1, "", {}, {}, fully_verified_at=""
    )  # fmt: skip
    return KeptBackup(Path(f"{at:%Y%m%d%H%M}"), size, manifest)


def _stays(kept: list[KeptBackup], budget: int = 10**9) -> set[str]:
    gone = backups_kept.no_longer_kept(kept, NOW, budget)
    assert all(entry in kept for entry in gone)
    return {entry.path.name for entry in kept if entry not in gone}


def test_one_a_day_for_thirty_days_one_a_month_for_a_year() -> None:
    kept = [_kept(NOW - timedelta(hours=6 * number)) for number in range(4 * 500)]
    stays = _stays(kept)
    days = {name[:8] for name in stays}
    months = {name[:6] for name in stays}
    assert len([name for name in stays if name.startswith("20260630")]) == len(
        [entry for entry in kept if entry.path.name.startswith("20260630")]
    )
    assert {f"202606{day:02d}" for day in range(1, 31)} <= days
    assert len(months) in (13, 14)
    assert len(stays) < 31 + 14 + 8
    # of a past day the last one stays
    assert max(entry.path.name for entry in kept if entry.path.name.startswith("20260615")) in stays


def test_the_budget_takes_the_oldest_but_never_the_newest_two() -> None:
    kept = [_kept(NOW - timedelta(days=number), size=100) for number in range(10)]
    assert _stays(kept, budget=500) == {entry.path.name for entry in kept[:5]}
    assert _stays(kept, budget=0) == {entry.path.name for entry in kept[:2]}
    assert _stays([], budget=0) == set()


def test_upgrades_stay_for_thirty_days() -> None:
    at = NOW - timedelta(days=5)
    kept = [_kept(at), _kept(at - timedelta(minutes=1), occasion="upgrade"), _kept(at - timedelta(minutes=2))]
    kept += [_kept(NOW - timedelta(hours=1)), _kept(NOW - timedelta(hours=2))]
    assert kept[2].path.name not in _stays(kept)
    assert {entry.path.name for entry in (*kept[:2], *kept[3:])} == _stays(kept)


def test_no_longer_kept_files_go(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Book.open(path) as book:
        for day in (10, 11, 12):
            monkeypatch.setenv("CRMDESK_TODAY", f"2026-01-{day}")
            for _number in range(2):
                small_book.do(book, "customer.update", customer="K1", note=f"{day} {_number}")
                backups_kept.run_automatic(book)
        monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
        small_book.do(book, "customer.update", customer="K1", note="June")
        backups_kept.run_automatic(book)
        days = [kept.written_at.date().isoformat() for kept in backups_kept.list_backups(book)]
    assert days == ["2026-06-30", "2026-01-12"], (
        "the newest, and the last of January (which is the second newest)"
    )
