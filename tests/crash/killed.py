"""Kills an operation on a book at every step, and at random moments, and judges what is left: run as a program.

`python -m tests.crash.killed SCENARIO FOLDER SEED RANDOM_KILLS` prints one JSON object. Each attempt is a forked
process that is killed with SIGKILL before its N-th call of the file system (N = 1, 2, … until it gets through),
then others at random moments, which also fall into SQLite's own writes. What is left is judged by yet another
process, as the next start of the program would find it.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crmdesk.services import backup, backup_seal, backup_verify, check, migration, swapping
from crmdesk.services.book import Book
from tests.services import small_book, test_migration

CALLS = ("link", "rename", "replace", "unlink", "remove", "fsync", "open", "write", "mkdir", "close")


class Scenario:
    """Files to begin with, what is done with them, and what may be left."""

    def __init__(self, folder: Path) -> None:
        self.start, self.work = folder / "start", folder / "work"
        self.start.mkdir()

    @property
    def book(self) -> Path:
        return self.work / "shop.crmdesk"

    def fresh(self) -> None:
        """Puts the starting state back."""
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.start, self.work)

    def act(self) -> None:
        raise NotImplementedError

    def judge(self, *, is_complete: bool) -> str:
        """What is left, in a word; AssertionError if it is not allowed."""
        raise NotImplementedError


def _one_left(folder: Path, pattern: str) -> Path | None:
    found = sorted(folder.glob(pattern))
    assert len(found) <= 1, found
    return found[0] if found else None


def _no_rubbish(folder: Path, *allowed: str) -> None:
    rubbish = [
        entry.name
        for entry in folder.iterdir()
        if not any(entry.match(pattern) for pattern in ("saved.bak", *allowed))
        and not _is_cold_journal(entry)
    ]
    assert not rubbish, rubbish


def _is_cold_journal(entry: Path) -> bool:
    """SQLite itself leaves a journal without a header when it is killed while making one; it never plays it back."""
    return entry.name.endswith("-journal") and not any(entry.read_bytes()[:1])


class Restore(Scenario):
    """A backup put over a book that went on since."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        path = small_book.make(self.start / "shop.crmdesk")
        with Book.open(path) as book:
            backup.write(book, self.start / "saved.bak")
            small_book.do(book, "customer.create", code="LATE", name="Late")
        self.old = small_book.rows(path)
        self.new = small_book.rows(self.start / "saved.bak")

    def act(self) -> None:
        backup.restore(self.work / "saved.bak", self.book, is_forced=True)

    def judge(self, *, is_complete: bool) -> str:
        was_under_way = swapping.is_under_way(self.book)
        with Book.open(self.book) as book:
            assert check.run(book)["clean"]
            notices = " ".join(book.notices)
        rows = small_book.rows(self.book)
        kept = _one_left(self.work, "*.before-*")
        _no_rubbish(self.work, "shop.crmdesk", "shop.crmdesk.before-*")
        if rows == self.old:
            assert kept is None
            assert not is_complete
            assert "undone" in notices or not was_under_way or not notices
            return "old"
        assert rows == self.new
        assert kept is not None
        assert small_book.rows(kept) == self.old
        assert "finished" in notices or not was_under_way
        return "new"


class RestoreNew(Restore):
    """A backup put where no book was."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (self.start / "shop.crmdesk").unlink()

    def judge(self, *, is_complete: bool) -> str:
        swapping.settle(self.book)
        if not self.book.exists():
            assert not is_complete
            _no_rubbish(self.work)
            return "old"
        assert small_book.rows(self.book) == self.new
        _no_rubbish(self.work, "shop.crmdesk")
        return "new"


class Backup(Scenario):
    """A backup of a book."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.rows = small_book.rows(small_book.make(self.start / "shop.crmdesk"))

    def act(self) -> None:
        with Book.open(self.book) as book:
            backup.write(book, self.work / "final.bak")

    def judge(self, *, is_complete: bool) -> str:
        final = self.work / "final.bak"
        is_there = final.exists()
        if is_there:
            assert backup_seal.prove(final).manifest is not None
            assert backup_seal.prove(final).fault == ""
            backup_verify.verify(final)
            assert small_book.rows(final) == self.rows
            final.unlink()
        assert is_there or not is_complete
        with Book.open(self.book) as book:
            assert check.run(book)["clean"]
            backup.write(book, final)
        assert small_book.rows(self.book) == self.rows
        _no_rubbish(self.work, "shop.crmdesk", "final.bak")
        return "new" if is_there else "old"


class Upgrade(Scenario):
    """A book of an older version opened by this one."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.old = small_book.rows(test_migration.older(self.start / "shop.crmdesk"))
        migration.migrate.__kwdefaults__["revisions"] = test_migration.CHAIN

    def act(self) -> None:
        with Book.open(self.book):
            pass

    def judge(self, *, is_complete: bool) -> str:
        swapping.settle(self.book)
        is_new = migration.version_of(self.book) == 1
        kept = _one_left(self.work, "*.before-*")
        if is_new:
            assert kept is not None
            assert small_book.rows(kept) == self.old
        else:
            assert kept is None
            assert not is_complete
            assert small_book.rows(self.book) == self.old
        backups = self.work / "shop backups"
        for saved in backups.glob("*.crmdesk-backup") if backups.exists() else ():
            assert backup_seal.prove(saved).fault == ""
        with Book.open(self.book) as book:
            assert check.run(book)["clean"]
        assert len(small_book.rows(self.book)["document"]) == len(self.old["document"])
        _no_rubbish(self.work, "shop.crmdesk", "shop.crmdesk.before-*", "shop backups")
        return "new" if is_new else "old"


class Careless(Restore):
    """The control: a restore as one would write it without thinking. It must be found out."""

    def act(self) -> None:
        self.book.unlink()
        os.write(1, b"")
        with Book.open(self.work / "saved.bak") as book:
            backup.write(book, self.book)


SCENARIOS: dict[str, type[Scenario]] = {
    "restore": Restore, "restore-new": RestoreNew, "backup": Backup, "upgrade": Upgrade, "careless": Careless,
}  # fmt: skip


def _child(work: Callable[[], str]) -> tuple[int, str]:
    """Runs something in a forked process; (wait status, what it said)."""
    read, write = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        said, code = "", 1
        try:
            said, code = work(), 0
        except BaseException:  # noqa: BLE001 (the parent hears of everything)
            said = traceback.format_exc()
        _os_write(write, said.encode())
        os._exit(code)
    os.close(write)
    with os.fdopen(read) as pipe:
        said = pipe.read()
    return os.waitpid(pid, 0)[1], said


_os_write = os.write


def _kill_before(number: int) -> None:
    """Counts calls of the file system in this process and dies before the given one."""
    count = 0

    def counted(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **options)

        return run

    for name in CALLS:
        setattr(os, name, counted(name, getattr(os, name)))


def main(name: str, folder: Path, seed: int, random_kills: int) -> dict[str, Any]:
    """Every position, then random moments; counts of what was left, and what was not allowed."""
    scenario = SCENARIOS[name](folder)
    left: dict[str, int] = {}
    faults: list[str] = []

    def judged(place: str, *, is_complete: bool) -> None:
        _status, said = _child(lambda: scenario.judge(is_complete=is_complete))
        if said not in ("old", "new"):
            faults.append(f"killed at {place}: {said}")
        left[said if said in ("old", "new") else "fault"] = left.get(said, 0) + 1

    position, is_complete = 0, False
    while not is_complete and position < 500:
        position += 1
        scenario.fresh()

        def attempt(number: int = position) -> str:
            _kill_before(number)
            scenario.act()
            return "done"

        status, said = _child(attempt)
        is_complete = said == "done"
        if not is_complete and not os.WIFSIGNALED(status):
            faults.append(said)
            break
        judged(f"call {position}", is_complete=is_complete)
    scenario.fresh()
    began = time.monotonic()
    _child(lambda: str(scenario.act()))
    whole = time.monotonic() - began
    chance = random.Random(seed)
    for number in range(random_kills):
        scenario.fresh()
        pid = os.fork()
        if pid == 0:
            try:
                scenario.act()
            finally:
                os._exit(0)
        time.sleep(chance.random() * whole)
        os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)[1]
        judged(f"moment {number}", is_complete=not os.WIFSIGNALED(status))
    return {"positions": position, "complete": is_complete, "left": left, "faults": faults}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))))
