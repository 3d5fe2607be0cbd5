"""Single flipped bits in a book file (RP11): what changes a posted row is named, and nothing makes a traceback.

SQLite's own integrity check sees few of them. Tables that may change (customers, rates, settings) have no digest:
there only what breaks a rule is seen, and backups are what protects them (see `backup_seal`).
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from crmdesk.models.errors import BookFault, Code
from crmdesk.models.tables import APPEND_ONLY
from crmdesk.services import check
from crmdesk.services.book import Book
from crmdesk.services.connections import connector, driver
from tests.conftest import EFFORT
from tests.services import small_book

FLIPS = {"quick": 100, "normal": 800, "long": 20_000}[EFFORT]
POSTED = {table.name for table in APPEND_ONLY if table.name != "use_key"} | {"audit_detail"}


def _changed(path: Path, before: dict[str, list[tuple[object, ...]]]) -> set[str]:
    """Tables whose content differs; every table if SQLite cannot read the file."""
    try:
        now = small_book.rows(path)
    except (driver.Error, BookFault, UnicodeDecodeError, TypeError):  # TypeError: a name that became bytes
        return set()  # what cannot even be read is judged by the other test
    return {name for name in before if now.get(name) != before[name]}


def _sqlite_sees(path: Path) -> bool:
    try:
        raw = connector(path, is_read_only=True)()
        try:
            return raw.execute("PRAGMA integrity_check").fetchall() != [("ok",)]
        finally:
            raw.close()
    except (driver.Error, UnicodeDecodeError):
        return True


def _program_sees(path: Path) -> bool:
    try:
        with Book.open(path) as book:
            return not check.run(book)["clean"]
    except BookFault as error:
        return error.code in (Code.DATA_DAMAGED, Code.NOT_OURS, Code.FILE_NEWER, Code.MIGRATION_FAILED)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_flip_in_a_posted_row_is_reported(memory_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", small_book.TODAY)
    path = small_book.make(memory_file)
    with Book.open(path) as book:
        number = small_book.invoice(book, "K0", "2026-05-03")
        for blue, red in (("1", "2"), ("3", "4")):
            part = [{"invoice": number, "amount": "40.00"}]
            small_book.do(book, "fapiao.record", customer="K0", invoices=part, number=blue.zfill(20))
            small_book.do(book, "fapiao.red", fapiao=blue.zfill(20), number=red.zfill(20), reason="return")
    good, before = path.read_bytes(), small_book.rows(path)
    places = [place for place in range(4096, len(good)) if good[place]]
    chance = random.Random(11)
    missed, changed_count, seen_by_sqlite = [], 0, 0
    for _number in range(FLIPS):
        place, bit = chance.choice(places), chance.randrange(8)
        content = bytearray(good)
        content[place] ^= 1 << bit
        path.write_bytes(content)
        for suffix in ("-wal", "-shm", "-journal"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        changed = _changed(path, before)
        by_sqlite = _sqlite_sees(path)
        is_seen = _program_sees(path)  # for every flip: it must not end in a traceback
        if changed & POSTED:
            changed_count += 1
            seen_by_sqlite += by_sqlite
            if not is_seen:
                missed.append((place, bit, changed))
    assert missed == []
    assert changed_count > FLIPS // 20, "hardly any flip changed a posted row: nothing was proved"
    assert seen_by_sqlite < changed_count, "the digests were not needed, so this test does not test them"
