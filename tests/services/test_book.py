"""Opening a book: what is refused, what opens for reading only, and that nothing foreign is touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crmdesk.models.errors import BookFault, Code, CrmdeskError
from crmdesk.services import backup, check, connections, holders, swapping
from crmdesk.services.book import Book
from tests.services import small_book

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CRMDESK_TODAY", small_book.TODAY)
    return small_book.make(tmp_path / "shop.crmdesk")


def _alter(path: Path, *statements: str) -> None:
    raw = connections.driver.connect(connections.uri_of(path, mode="rw"), uri=True, isolation_level=None)
    for statement in statements:
        raw.execute(statement)
    raw.close()


def _refusal(path: Path) -> CrmdeskError:
    with pytest.raises(CrmdeskError) as caught:
        Book.open(path)
    assert caught.value.message
    return caught.value


# Making


def test_a_new_book_replaces_nothing(path: Path, tmp_path: Path) -> None:
    """RP13: files, folders, links to something and to nothing, another spelling of the path."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("mine")
    (tmp_path / "to nothing").symlink_to(tmp_path / "nowhere")
    (tmp_path / "to book").symlink_to(path)
    digest = small_book.sha256(path)
    names = small_book.names(tmp_path)
    for target in ("shop.crmdesk", "folder", "text", "to nothing", "to book", "folder/../shop.crmdesk"):
        with pytest.raises(CrmdeskError) as caught:
            Book.create(tmp_path / target, name="Another")
        assert caught.value.code is Code.TARGET_EXISTS
    assert small_book.names(tmp_path) == names
    assert small_book.sha256(path) == digest


def test_of_many_who_make_one_book_one_succeeds(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from crmdesk.services.book import Book\n"
        "from crmdesk.models.errors import CrmdeskError\n"
        "try: Book.create(Path(sys.argv[1]), name=sys.argv[2]).close()\n"
        "except CrmdeskError as error: sys.exit(error.code)"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path / "one.crmdesk")]
    makers = [
        subprocess.Popen([*arguments, str(number)], cwd=PROJECT, stderr=subprocess.PIPE, text=True)
        for number in range(4)
    ]
    told = [maker.communicate()[1].strip() for maker in makers]
    assert sorted(told) == ["", *["target_exists"] * 3]
    winner = told.index("")
    with Book.open(tmp_path / "one.crmdesk") as book:
        assert book.settings.name == str(winner)


# What is not a book of ours


def test_foreign_files_are_refused_and_left_as_they_are(path: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.db"
    raw = connections.driver.connect(str(foreign))
    raw.execute("CREATE TABLE gnclock (hostname TEXT)")
    raw.commit()
    raw.close()
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("Dear Sirs " * 1000)
    (tmp_path / "byte").write_bytes(b"S")
    newer = tmp_path / "newer.crmdesk"
    shutil.copy(path, newer)
    _alter(newer, "PRAGMA journal_mode=DELETE", "PRAGMA user_version=2")
    expected = {
        "foreign.db": Code.NOT_OURS, "empty": Code.NOT_OURS, "text": Code.NOT_OURS, "byte": Code.NOT_OURS,
        "newer.crmdesk": Code.FILE_NEWER,
    }  # fmt: skip
    before = {name: small_book.sha256(tmp_path / name) for name in expected}
    names = small_book.names(tmp_path)
    for name, code in expected.items():
        error = _refusal(tmp_path / name)
        assert isinstance(error, BookFault)
        assert error.code is code
    assert {name: small_book.sha256(tmp_path / name) for name in expected} == before
    assert small_book.names(tmp_path) == names
    assert _refusal(tmp_path / "missing").code is Code.BOOK_MISSING
    assert _refusal(tmp_path).code is Code.NOT_OURS
    assert _refusal(Path("/dev/null")).code is Code.NOT_OURS


def test_a_cut_tail_is_damage(path: Path) -> None:
    size = path.stat().st_size
    for keep in (size - 4096, size // 2, 4096, 5000):
        path.write_bytes(path.read_bytes()[:keep])
        error = _refusal(path)
        assert isinstance(error, BookFault)
        assert error.code is Code.DATA_DAMAGED
        assert "crmdesk restore" in error.message


def test_zeroed_pages_never_make_a_traceback(path: Path) -> None:
    """Each page in turn: the book is refused, or opens and is not clean, or the page held nothing."""
    good = path.read_bytes()
    unnoticed = []
    for start in range(0, len(good), 4096):
        if not any(good[start : start + 4096]):
            continue
        path.write_bytes(good[:start] + bytes(4096) + good[start + 4096 :])
        try:
            with Book.open(path) as book:
                if check.run(book)["clean"]:
                    unnoticed.append(start // 4096)
        except BookFault:
            pass
        for suffix in ("-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
    assert unnoticed == []


# What opens for reading only


@pytest.mark.parametrize(
    ("statement", "object_name"),
    [
        ("CREATE TRIGGER thief AFTER INSERT ON payment BEGIN DELETE FROM draft; END", "+ trigger thief"),
        ("CREATE VIEW spy AS SELECT * FROM customer", "+ view spy"),
        ("CREATE TABLE extra (id INTEGER)", "+ table extra"),
        ("DROP INDEX ix_document_customer", "− index ix_document_customer"),
        ("DROP TRIGGER document_no_delete", "− trigger document_no_delete"),
        ("DROP TABLE draft", "− table draft"),
    ],
)
def test_an_altered_structure_opens_for_reading(path: Path, statement: str, object_name: str) -> None:
    _alter(path, statement)
    with Book.open(path) as book:
        assert object_name in book.altered
        assert book.hindrance is not None
        assert book.hindrance.code is Code.SCHEMA_ALTERED
        assert object_name in book.hindrance.message
        assert book.settings.name
        with pytest.raises(CrmdeskError) as caught:
            small_book.do(book, "customer.create", code="X", name="X")
        assert caught.value.code is Code.SCHEMA_ALTERED
        assert "schema_altered" in {entry["code"] for entry in check.run(book)["violations"]}


READ = """
import sys
from pathlib import Path
from crmdesk.models.errors import CrmdeskError
from crmdesk.services.book import Book
try:
    with Book.open(Path(sys.argv[1])) as book:
        print(book.hindrance and book.hindrance.code, book.settings.phone)
        with book.write() as unit:
            unit.save_settings(phone="new")
            unit.finish("t", {})
        print("written")
except CrmdeskError as error:
    print(error.code)
"""


def _as_nobody(path: Path) -> list[str]:
    """What a user without rights is told. Skipped where it cannot be tried."""
    setpriv = shutil.which("setpriv")
    if os.getuid() != 0 or setpriv is None:
        pytest.skip("another user can be tried by root with setpriv only")
    done = subprocess.run(
        [setpriv, "--reuid=65534", "--clear-groups", sys.executable, "-c", READ, str(path)],
        capture_output=True, text=True, check=False, env=os.environ | {"CRMDESK_HOME": "/nonexistent"}, cwd=PROJECT,
    )  # fmt: skip
    if "Permission denied" in done.stderr and "crmdesk" not in done.stdout and not done.stdout:
        pytest.skip("the interpreter may not be read by another user here")
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.fixture
def public(path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book where another user can get at it, with nothing but reading allowed."""
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="crmdesk-public-"))
    target = folder / "shop.crmdesk"
    shutil.copy(path, target)
    _alter(target, "UPDATE setting SET value='\"old\"' WHERE name='phone'")
    folder.chmod(0o755)
    target.chmod(0o444)
    yield target
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_read_only_file_and_folder(public: Path) -> None:
    digest = small_book.sha256(public)
    assert _as_nobody(public)[0] == "read_only"
    assert _as_nobody(public)[-1] == "read_only"
    public.parent.chmod(0o777)
    assert _as_nobody(public)[-1] == "read_only"
    public.parent.chmod(0o555)
    public.chmod(0o666)
    assert _as_nobody(public)[-1] == "read_only"
    public.chmod(0o000)
    assert _as_nobody(public) == ["no_access"]
    assert small_book.sha256(public) == digest
    assert small_book.names(public.parent) == {"shop.crmdesk"}


def test_a_reader_without_rights_sees_what_stands_in_the_log(public: Path) -> None:
    """A reader of a read-only file must not be shown a state without the last changes."""
    public.chmod(0o644)
    with Book.open(public) as book:
        with book.write() as unit:
            unit.save_settings(phone="fresh")
            unit.finish("t", {})
        assert connections.has_log(public)
        for name in (public, Path(f"{public}-wal"), Path(f"{public}-shm")):
            name.chmod(0o444)
        assert _as_nobody(public)[:2] == ["read_only", "fresh"]


def test_an_immutable_view_would_not_see_it(public: Path) -> None:
    """The control to the test above."""
    public.chmod(0o644)
    with Book.open(public) as book:
        with book.write() as unit:
            unit.save_settings(phone="fresh")
            unit.finish("t", {})
        raw = connections.driver.connect(connections.uri_of(public, mode="ro", immutable="1"), uri=True)
        seen = raw.execute("SELECT value FROM setting WHERE name='phone'").fetchall()
        raw.close()
        assert seen != [('"fresh"',)]


# Closing, holding, swapping


def test_closing_leaves_one_file(path: Path) -> None:
    with Book.open(path) as book:
        small_book.invoice(book, "K1")
        assert connections.has_log(path)
        assert holders.is_open_here(path)
    assert small_book.names(path.parent) == {"shop.crmdesk"}
    assert not holders.is_open_here(path)


def test_twice_open_in_one_process(path: Path) -> None:
    with Book.open(path) as one, Book.open(path) as two:
        small_book.invoice(one, "K1")
        small_book.invoice(two, "K1")
        one.close()
        assert holders.is_open_here(path)
        small_book.invoice(two, "K1")
    assert not holders.is_open_here(path)
    with Book.open(path) as book:
        assert check.run(book)["clean"]


def test_a_book_that_is_being_swapped_is_not_opened(path: Path) -> None:
    with swapping.exclusive(path, swapping.RESTORE):
        with pytest.raises(BookFault) as caught:
            swapping.settle(path, wait_s=0.1)
        assert caught.value.code is Code.IN_USE_BY
        assert holders.me().host in caught.value.message
    with Book.open(path) as book:
        assert book.notices == ()


def test_an_opener_waits_for_a_short_swap(path: Path, tmp_path: Path) -> None:
    import threading

    with Book.open(path) as book:
        file = backup.write(book, tmp_path / "one.bak")
        small_book.invoice(book, "K1")
    entered = threading.Event()
    done = []

    def slowly(_done: int, _whole: int) -> None:
        entered.set()
        threading.Event().wait(0.3)

    restorer = threading.Thread(
        target=lambda: done.append(backup.restore(file, path, is_forced=True, progress=slowly))
    )
    restorer.start()
    assert entered.wait(10)
    with Book.open(path) as book, book.read() as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM document").scalar_one()
    restorer.join()
    assert done
    assert count == len(small_book.rows(path)["document"])


def test_a_half_written_note_is_a_leftover(path: Path) -> None:
    note = path.with_name(".shop.crmdesk.swap")
    part = path.with_name(".shop.crmdesk.12345678.part")
    for text in ("", '{"reason": "restore"', "[]"):
        note.write_text(text)
        part.write_text("half")
        with Book.open(path) as book:
            assert check.run(book)["clean"]
        assert small_book.names(path.parent) == {"shop.crmdesk"}


def test_a_broken_setting_is_damage_not_a_traceback(path: Path) -> None:
    _alter(path, "UPDATE setting SET value='{broken' WHERE name='name'")
    assert _refusal(path).code is Code.DATA_DAMAGED
