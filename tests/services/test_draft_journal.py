"""The draft journal on disk: what a dead process left is taken over once, what a living one writes is left alone."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk import paths
from crmdesk.services import draft_journal
from crmdesk.services.draft_journal import Entry, Found, Journal

BOOK = Path("/books/shop.db")
TYPED = Entry(
    "e1", "customer", title="鼎晟", values={"name": "鼎晟", "phone": ""}, typed_at="2026-06-30T06:00:00+00:00"
)
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="owner bits of POSIX")


def files() -> list[str]:
    return sorted(file.suffix for file in paths.drafts_dir().iterdir())


def end(journal: Journal) -> None:
    """As a crash: the lock goes, the file stays."""
    if journal._lock is not None:
        os.close(journal._lock)
        journal._lock = None


def test_what_a_crash_left_is_taken_over_whole() -> None:
    dead = Journal(BOOK)
    dead.write([TYPED, Entry("e2", "product", "P1", values=None)])
    end(dead)
    mine = Journal(BOOK)
    found = mine.take_over()
    assert found.entries == (TYPED,), "a form that only showed a record is nothing left behind"
    mine.write(found.entries)
    mine.forget()
    assert files() == [".json", ".lock"]
    mine.write([])
    mine.close()
    assert files() == []


def test_the_file_of_a_living_process_is_left_alone() -> None:
    living = Journal(BOOK)
    living.write([TYPED])
    assert Journal(BOOK).take_over().entries == ()
    assert Journal(Path("/books/other.db")).take_over().entries == ()


def test_of_two_windows_one_takes_over() -> None:
    dead = Journal(BOOK)
    dead.write([TYPED])
    end(dead)
    first, second = Journal(BOOK), Journal(BOOK)
    assert first.take_over().entries == (TYPED,)
    assert second.take_over().entries == ()


def test_nothing_is_lost_when_the_taking_over_is_killed() -> None:
    dead = Journal(BOOK)
    dead.write([TYPED])
    end(dead)
    first = Journal(BOOK)
    first.write(first.take_over().entries)
    for _file, lock in first._taken:
        os.close(lock)  # killed between write and forget: both files are there
    end(first)
    assert Journal(BOOK).take_over().entries == (TYPED,), "once, not twice"


@pytest.mark.parametrize("turn", [1, -1])
def test_of_two_files_with_an_entry_the_one_typed_last_is_taken(turn: int) -> None:
    """A window that died between taking over and forgetting leaves the same entry twice."""
    later = replace(TYPED, values={"name": "鼎晟贸易"}, typed_at="2026-06-30T06:00:09+00:00")
    left = [Journal(BOOK), Journal(BOOK)]
    for journal in left:
        journal.write([TYPED])  # whichever name comes first
    for journal, entry in zip(sorted(left, key=lambda one: one._stem)[::turn], (TYPED, later), strict=True):
        journal.write([entry])
        end(journal)
    assert Journal(BOOK).take_over().entries == (later,)


def test_what_is_taken_over_while_the_book_closes_is_let_go() -> None:
    dead, mine = Journal(BOOK), Journal(BOOK)
    dead.write([TYPED])
    end(dead)
    read = mine._read

    def close_first(file: Path, damaged: list[str]) -> list[Entry]:
        mine.close()
        return read(file, damaged)

    mine._read = close_first
    assert mine.take_over() == Found()
    assert Journal(BOOK).take_over().entries == (TYPED,), "the next one can have its lock"


def test_a_taking_over_that_fails_half_way_keeps_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it had read by then is not offered, so it must never be forgotten either."""
    for entry in (TYPED, replace(TYPED, id="e2")):
        dead = Journal(BOOK)
        dead.write([entry])
        end(dead)
    mine = Journal(BOOK)
    files_seen: list[Path] = []

    def full(file: Path) -> int | None:
        files_seen.append(file)
        if len(files_seen) == 2:
            raise OSError("no space")
        return draft_journal._lock(file, 0)

    with monkeypatch.context() as patch:
        patch.setattr(draft_journal, "_lock_soon", full)
        with pytest.raises(OSError, match="no space"):
            mine.take_over()
    assert {entry.id for entry in mine.take_over().entries} == {"e1", "e2"}


def test_a_process_killed_before_its_first_write_leaves_nothing_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dead, living = Journal(BOOK), Journal(BOOK)

    def killed(_source: Path, _target: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        for journal in (dead, living):
            with pytest.raises(KeyboardInterrupt):
                journal.write([TYPED])
    end(dead)
    assert files() == [".lock", ".lock", ".new", ".new"]
    assert Journal(BOOK).take_over() == Found()
    assert files() == [".lock", ".new"], "those of the living one"
    living.write([TYPED])
    assert files() == [".json", ".lock"]


def test_a_lock_taken_for_a_leftover_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody clears away what looks left behind in the blink between making and locking it."""
    journal = Journal(BOOK)
    hold = draft_journal.file_locks.hold
    tries: list[int] = []

    def late(descriptor: int) -> bool:
        tries.append(descriptor)
        if len(tries) == 1:
            assert Journal(BOOK).take_over() == Found()
        return hold(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(draft_journal.file_locks, "hold", late)
        journal.write([TYPED])
    assert Journal(BOOK).take_over().entries == (), "it is held"
    assert files() == [".json", ".lock"]


def test_asking_who_has_it_open_makes_no_lock_anew() -> None:
    there = Journal(BOOK)
    there.write([Entry("e3", "customer", "C1")])
    next(paths.drafts_dir().glob("*.lock")).unlink()  # its owner is about to go
    assert Journal(BOOK).elsewhere("customer", "C1") == []
    assert files() == [".json"]


def test_a_file_that_is_being_read_is_replaced_a_little_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows refuses to replace or remove a file in the moment another window reads it."""
    journal = Journal(BOOK)
    replace_file, unlink = os.replace, Path.unlink
    refused: list[str] = []

    def busy_replace(source: Path, target: Path) -> None:
        if refused.count("replace") < 2:
            refused.append("replace")
            raise PermissionError("in use")
        replace_file(source, target)

    def busy_unlink(file: Path, missing_ok: bool = False) -> None:
        if file.suffix == ".json" and refused.count("unlink") < 2:
            refused.append("unlink")
            raise PermissionError("in use")
        unlink(file, missing_ok)

    monkeypatch.setattr(os, "replace", busy_replace)
    monkeypatch.setattr(Path, "unlink", busy_unlink)
    journal.write([TYPED])
    assert files() == [".json", ".lock"]
    journal.write([])
    assert files() == [".lock"]
    assert len(refused) == 4


def test_a_clean_end_keeps_only_what_is_undecided() -> None:
    journal = Journal(BOOK)
    journal.write([TYPED])
    journal.close([TYPED])
    journal.write([])
    assert files() == [".json", ".lock"], "a write that was on its way changes nothing any more"
    again = Journal(BOOK)
    assert again.take_over().entries == (TYPED,)
    again.forget()
    again.close()
    assert files() == []


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b'{"format": 9, "entries": []}', b"[" * 200_000]
)
def test_a_damaged_file_is_set_aside(content: bytes) -> None:
    dead = Journal(BOOK)
    dead.write([TYPED])
    end(dead)
    file = next(paths.drafts_dir().glob("*.json"))
    file.write_bytes(content)
    found = Journal(BOOK).take_over()
    assert found.entries == ()
    assert [Path(name).read_bytes() for name in found.damaged] == [content], "never thrown away"


def test_parts_that_say_nothing_are_passed_over() -> None:
    dead = Journal(BOOK)
    dead.write([TYPED])
    end(dead)
    file = next(paths.drafts_dir().glob("*.json"))
    file.write_text(file.read_text("utf-8").replace('"entries": [', '"entries": [7, {"id": ""}, '), "utf-8")
    assert Journal(BOOK).take_over().entries == (TYPED,)


@POSIX
def test_nobody_else_can_read_it() -> None:
    journal = Journal(BOOK)
    journal.write([TYPED])
    for file in paths.drafts_dir().iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(paths.drafts_dir().stat().st_mode) == 0o700


def test_who_else_has_a_record_open() -> None:
    there, here = Journal(BOOK), Journal(BOOK)
    there.write([Entry("e3", "customer", "C1")])
    here.write([Entry("e4", "customer", "C1"), Entry("e5", "customer", "C2")])
    assert [holder.pid for holder in here.elsewhere("customer", "C1")] == [os.getpid()]
    assert here.elsewhere("customer", "C2") == []
    assert here.elsewhere("product", "C1") == []
    end(there)
    assert here.elsewhere("customer", "C1") == [], "a dead process has nothing open"


TEXT = st.text(st.characters(exclude_categories=[]), max_size=40)


@given(st.dictionaries(TEXT, TEXT | st.none() | st.booleans() | st.lists(TEXT, max_size=3), max_size=5), TEXT)
def test_every_text_comes_back_as_it_was(values: dict[str, object], title: str) -> None:
    book = Path("/books/any.db")
    dead = Journal(book)
    dead.write([Entry("e", "invoice", "D7", title, values, {"seen": "x"}, "2026-06-30T06:00:00+00:00")])
    end(dead)
    mine = Journal(book)
    (entry,) = mine.take_over().entries
    assert (entry.values, entry.title) == (values, title)
    mine.forget()


@POSIX
def test_a_killed_process_lets_go_of_its_file(own_home: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from crmdesk.services.draft_journal import Entry, Journal\n"
        "Journal(Path('/books/shop.db')).write([Entry('e1', 'customer', values={'name': 'x'})])\n"
        "print('written', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "written\n"
        assert Journal(BOOK).take_over().entries == (), "it lives"
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert [entry.id for entry in Journal(BOOK).take_over().entries] == ["e1"]
