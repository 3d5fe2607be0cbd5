"""The seal: any changed byte, cut or added tail of a backup is found before it is restored."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path

import pytest

from crmdesk.models.errors import BookFault, Code
from crmdesk.services import backup, backup_seal
from crmdesk.services.book import Book
from tests.conftest import EFFORT
from tests.services import small_book

FLIPS = {"quick": 40, "normal": 300, "long": 3000}[EFFORT]


@pytest.fixture
def sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CRMDESK_TODAY", small_book.TODAY)
    with Book.open(small_book.make(tmp_path / "shop.crmdesk")) as book:
        return backup.write(book, tmp_path / "good.bak")


def _refused(file: Path, folder: Path) -> bool:
    """Whether a restore refuses the file and leaves nothing."""
    target = folder / "restored.crmdesk"
    told: BookFault | None = None
    try:
        backup.restore(file, target)
    except BookFault as error:
        told = error
    if told is None:
        target.unlink()
        return False
    assert told.code in (Code.BACKUP_DAMAGED, Code.NOT_OURS, Code.FILE_NEWER)
    assert told.message
    assert not target.exists()
    return True


def test_every_kind_of_damage_is_refused(sealed: Path, tmp_path: Path) -> None:
    """Single bits, cuts, zeroed pages and added bytes, at random places of the whole file."""
    chance = random.Random(5)
    good = sealed.read_bytes()
    bad = tmp_path / "bad.bak"
    accepted = []
    for number in range(FLIPS):
        content = bytearray(good)
        kind = ("bit", "bit", "bit", "cut", "zero", "more")[number % 6]
        place = chance.randrange(len(content))
        if kind == "bit":
            content[place] ^= 1 << chance.randrange(8)
        elif kind == "cut":
            del content[place:]
        elif kind == "zero":
            start = place // 4096 * 4096
            if not any(content[start : start + 4096]):
                continue  # a page that was zero before is not damaged
            content[start : start + 4096] = bytes(4096)
        else:
            content += bytes(chance.randrange(1, 5000))
        bad.write_bytes(content)
        if not _refused(bad, tmp_path):
            accepted.append((kind, place))
    assert accepted == []
    assert not _refused(sealed, tmp_path)


def test_a_flip_in_any_place_of_the_seal_is_found(sealed: Path, tmp_path: Path) -> None:
    good = sealed.read_bytes()
    manifest = backup_seal.prove(sealed).manifest
    assert manifest is not None
    start = len(good) - 4096
    bad = tmp_path / "bad.bak"
    for place in range(start, len(good), 7):
        content = bytearray(good)
        content[place] ^= 1
        bad.write_bytes(content)
        assert backup_seal.prove(bad).fault, place


def test_without_the_seal_some_damage_would_pass(sealed: Path, tmp_path: Path) -> None:
    """The control: a customer's name flipped in a file without a seal is not seen by SQLite."""
    content = sealed.read_bytes()[:-4096]
    place = content.index("顾客 1".encode())
    bad = tmp_path / "bad.bak"
    bad.write_bytes(content[: place + 8] + b"!" + content[place + 9 :])
    assert not _refused(bad, tmp_path)


def test_a_backup_that_was_worked_in_is_judged_by_its_content(sealed: Path, tmp_path: Path) -> None:
    with Book.open(sealed) as book:
        small_book.do(book, "customer.create", code="NEW", name="New")
    assert backup_seal.prove(sealed).is_worked_in
    path, kept = backup.restore(sealed, tmp_path / "again.crmdesk")
    assert kept is None
    assert any("NEW" in map(str, row) for row in small_book.rows(path)["customer"])


def test_a_backup_that_grew_over_its_seal_is_judged_by_its_content(sealed: Path, tmp_path: Path) -> None:
    good = sealed.read_bytes()
    pages = good[:-4096]
    manifest = backup_seal.prove(sealed).manifest
    assert manifest is not None
    copy = tmp_path / "copy.bak"
    copy.write_bytes(pages)
    large = dataclasses.replace(manifest, counts=manifest.counts | {f"table_{n}": n for n in range(2000)})
    backup_seal.write(copy, large)
    assert backup_seal.prove(copy).fault == ""
    with Book.open(copy) as book:
        for number in range(30):
            small_book.do(book, "customer.create", code=f"G{number}", name="Grown " * 20)
    path, _kept = backup.restore(copy, tmp_path / "again.crmdesk")
    assert len(small_book.rows(path)["customer"]) == 33


def test_looking_into_a_backup_does_not_spoil_it(sealed: Path, tmp_path: Path) -> None:
    with Book.open(sealed) as book:
        assert book.settings.name == "鼎晟 Paint & Co"
    assert not _refused(sealed, tmp_path)


def test_a_closed_book_file_is_a_backup_without_a_seal(tmp_path: Path, sealed: Path) -> None:
    path, _kept = backup.restore(tmp_path / "shop.crmdesk", tmp_path / "copy.crmdesk")
    assert small_book.rows(path) == small_book.rows(tmp_path / "shop.crmdesk")


def test_a_seal_that_lies_about_its_length(sealed: Path, tmp_path: Path) -> None:
    good = sealed.read_bytes()
    magic = b"crmdesk backup seal 1\n"
    bad = tmp_path / "bad.bak"
    for length in (b"99999999", b"00000000", b"-0000001", b"abcdefgh"):
        bad.write_bytes(good[: -len(magic) - 8] + length + magic)
        assert backup_seal.glance(bad) is None
        assert _refused(bad, tmp_path)
