"""Watched folders: a file is imported once, whole, and moved aside; a break in between imports nothing twice."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from crmdesk.cli.main import main
from crmdesk.models.errors import Cancelled, CrmdeskError
from crmdesk.models.tables.customers import customer
from crmdesk.services import check, today, use_cases, watch_log, watch_turns, watching
from crmdesk.services.book import Book
from crmdesk.services.watching import Look, Watch


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with Book.create(tmp_path / "book.db", name="x") as made:
        yield made


@pytest.fixture
def inbox(book: Book, tmp_path: Path) -> Path:
    """A folder that the book watches for customers."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    mapping = {"columns": {"Firma": "name"}}
    use_cases.run(book, "watch.set", {"folder": str(folder), "mode": "upsert", "mapping": mapping})
    return folder


def look(book: Book) -> Look:
    return Watch(book, settle_s=0).look()


def codes(book: Book) -> list[str]:
    with book.read() as connection:
        return [row.code for row in connection.execute(customer.select().order_by(customer.c.code))]


def outcomes(found: Look) -> list[tuple[str, str]]:
    return [(file.file, file.outcome) for file in found.files]


def test_a_day_of_a_folder(book: Book, inbox: Path) -> None:
    (inbox / "a.csv").write_text("code,Firma\nC1,甲\n", encoding="utf-8")
    (inbox / "b.csv").write_text("code,Firma\nC2,乙\nC3,\n", encoding="utf-8")
    (inbox / "c.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    (inbox / "notes.docx").write_text("not ours", encoding="utf-8")
    (inbox / ".d.csv").write_text("code,Firma\nC9,x\n", encoding="utf-8")
    (inbox / "~$a.xlsx").write_text("x", encoding="utf-8")
    assert outcomes(look(book)) == [("a.csv", "imported"), ("b.csv", "partly"), ("c.csv", "failed")]
    assert codes(book) == ["C1", "C2"]
    assert sorted(os.listdir(inbox)) == [".d.csv", "done", "failed", "notes.docx", "~$a.xlsx"]
    assert os.listdir(inbox / "done") == ["a.csv"]
    assert sorted(os.listdir(inbox / "failed")) == [
        *("b.csv", "b.csv.errors.xlsx", "c.csv", "c.csv.errors.xlsx")
    ]
    page = openpyxl.load_workbook(inbox / "failed" / "b.csv.errors.xlsx").active
    assert page is not None
    assert page["A2"].value == "C3"
    assert look(book) == Look((), (), ())

    # the same content under another name is not imported again, nor is it refused
    (inbox / "a again.csv").write_text("code,Firma\nC1,甲\n", encoding="utf-8")
    assert outcomes(look(book)) == [("a again.csv", "repeated")]
    # the same name with another content is another file
    (inbox / "a.csv").write_text("code,Firma\nC1,甲 2\n", encoding="utf-8")
    assert outcomes(look(book)) == [("a.csv", "imported")]
    assert sorted(os.listdir(inbox / "done")) == ["a (2).csv", "a again.csv", "a.csv"]
    found = check.run(book)
    assert found["clean"], found["violations"]


@pytest.mark.parametrize(
    ("name", "content", "way_out"),
    [
        ("empty.csv", b"", "Put it into the folder again when it has content."),
        ("header.csv", b"code,Firma\n", "Put it into the folder again when it has rows."),
        ("bad.xlsx", b"no workbook at all", "Give the file its right ending,"),
        ("note.txt", b"hello", "The first row names the columns,"),
    ],
)
def test_the_way_out_of_a_folder_is_said_once(
    book: Book, inbox: Path, name: str, content: bytes, way_out: str
) -> None:
    """Nobody stands at a folder who could choose another file, and no sentence is said twice."""
    (inbox / name).write_bytes(content)
    (found,) = look(book).files
    assert found.message.count(way_out) == 1, found.message
    assert "Choose" not in found.message
    with book.read() as connection:
        (line,) = watch_log.newest(connection, 1)
    assert line.message == found.message
    assert line.errors_path is not None
    sheet = openpyxl.load_workbook(line.errors_path).active
    assert sheet["A2"].value == found.message


def test_a_break_before_the_move_imports_nothing_twice(
    book: Book, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox / "a.csv").write_text("Firma\n甲\n乙\n", encoding="utf-8")

    def broken(*_paths: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(watching.os, "replace", broken)
        with pytest.raises(KeyboardInterrupt):
            look(book)
    assert len(codes(book)) == 2
    assert (inbox / "a.csv").is_file()
    # somebody renamed what came: the importer alone would make them again
    use_cases.run(book, "customer.update", {"customer": codes(book)[0], "name": "renamed"})
    assert outcomes(look(book)) == [("a.csv", "imported")]
    assert len(codes(book)) == 2
    assert os.listdir(inbox / "done") == ["a.csv"]
    assert outcomes(look(book)) == []


def test_a_file_that_cannot_be_moved_is_not_imported_again(
    book: Book, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox / "a.csv").write_text("Firma\n甲\n", encoding="utf-8")

    def refused(*_paths: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(watching.os, "replace", refused)
        first = look(book).files[0]
        assert first.moved_to == ""
        assert "Permission denied" in first.message
        assert outcomes(look(book)) == [("a.csv", "imported")]
    assert look(book).files[0].moved_to.endswith("a.csv")
    assert len(codes(book)) == 1


def test_a_file_still_being_written_waits(book: Book, inbox: Path) -> None:
    clock = [0.0]
    watch = Watch(book, settle_s=2, now=lambda: clock[0])
    path = inbox / "a.csv"
    path.write_text("Firma\n甲", encoding="utf-8")
    assert watch.look().waiting == (str(path),)
    clock[0] = 1.9
    assert watch.look().files == ()
    path.write_text("Firma\n甲\n乙\n", encoding="utf-8")
    clock[0] = 2.5
    assert watch.look().files == ()
    clock[0] = 4.6
    assert watch.look().files[0].created == 2


def test_settings(book: Book, inbox: Path, tmp_path: Path) -> None:
    with pytest.raises(CrmdeskError, match="does not exist"):
        use_cases.run(book, "watch.set", {"folder": str(tmp_path / "none")})
    with pytest.raises(CrmdeskError, match="whole path"):
        use_cases.run(book, "watch.set", {"folder": "inbox"})
    with pytest.raises(CrmdeskError) as refused:
        use_cases.run(book, "watch.set", {"folder": str(inbox), "mapping": {"columns": 1, "x": 2}})
    assert refused.value.code == "mapping_invalid"
    use_cases.run(book, "watch.set", {"folder": str(inbox), "kind": "contacts", "active": False})
    with book.read() as connection:
        (folder,) = watching.folders(connection)
    assert (folder.kind, folder.mode, folder.mapping, folder.is_active) == ("contacts", "create", None, False)
    (inbox / "a.csv").write_text("Firma\n甲\n", encoding="utf-8")
    assert look(book) == Look((), (), ())
    use_cases.run(book, "watch.set", {"folder": str(inbox), "kind": "contacts"})
    os.rename(inbox, tmp_path / "gone")
    assert look(book).missing == (str(inbox),)
    use_cases.run(book, "watch.remove", {"folder": str(inbox)})
    with pytest.raises(CrmdeskError) as refused:
        use_cases.run(book, "watch.remove", {"folder": str(inbox)})
    assert refused.value.code == "not_found"


def test_without_a_mode_nothing_that_is_there_is_changed(book: Book, tmp_path: Path) -> None:
    """As `import` does by itself: nobody looks on, so a row that differs is refused rather than written over."""
    folder = tmp_path / "in"
    folder.mkdir()
    use_cases.run(book, "watch.set", {"folder": str(folder), "kind": "customers"})
    use_cases.run(book, "customer.create", {"code": "C1", "name": "甲", "phone": "021-1"})
    (folder / "a.csv").write_text("code,name,phone\nC1,甲,999\nC2,乙,1\n", encoding="utf-8")
    (found,) = look(book).files
    assert (found.created, found.updated, found.failed) == (1, 0, 1)
    with book.read() as connection:
        phones = {row.code: row.phone for row in connection.execute(customer.select())}
    assert phones == {"C1": "021-1", "C2": "1"}


def test_only_a_folder_of_its_own_is_watched(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "me"
    home.mkdir()
    (tmp_path / "link").symlink_to("/etc")
    monkeypatch.setattr(Path, "home", lambda: home)
    said = {
        "/": "the root of a drive",
        "/usr/../": "the root of a drive",
        "/usr/lib": "of the system",
        "/tmp": "of the system",
        str(tmp_path / "link"): "of the system",
        str(home): "your home folder",
        str(tmp_path): "The book itself lies",
    }
    for folder, reason in said.items():
        with pytest.raises(CrmdeskError, match=reason) as refused:
            use_cases.run(book, "watch.set", {"folder": folder})
        assert refused.value.field == "folder"
        assert "Make a folder" in str(refused.value)
    (home / "inbox").mkdir()
    use_cases.run(book, "watch.set", {"folder": str(home / "inbox")})


def test_by_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "SETTLE_S", 0.0)
    path = tmp_path / "book.db"
    Book.create(path, name="x").close()
    inbox = tmp_path / "in"
    inbox.mkdir()
    lines = tmp_path / "lines.jsonl"
    lines.write_text(json.dumps({"do": "watch.set", "folder": str(inbox)}) + "\n", encoding="utf-8")
    assert main(["apply", str(path), str(lines)]) == 0
    (inbox / "a.csv").write_text("code,name\nC1,甲\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["watch", str(path), "--once", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"][0]["created"] == 1
    (inbox / "b.csv").write_text("code,name\nC2,\n", encoding="utf-8")
    assert main(["watch", str(path), "--once"]) == 1
    capsys.readouterr()
    assert main(["list", "watch_log", str(path), "--sort", "file"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [(row["file"], row["outcome"]) for row in rows] == [("a.csv", "imported"), ("b.csv", "failed")]
    assert main(["list", "watched-folders", str(path), "--filter", "kind = customers"]) == 0
    assert json.loads(capsys.readouterr().out)["total"] == 1
    assert main(["check", str(path)]) == 0


def test_a_refused_file_is_told_until_it_came_again(book: Book, inbox: Path) -> None:
    """It is tried again where it lies; the day tells of it until nothing of it is refused."""
    (inbox / "b.csv").write_text("code,Firma\nC2,乙\nC3,\n", encoding="utf-8")
    (inbox / "c.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    found = look(book)
    assert {"customer", "watch_log"} <= found.changes.ids.keys() | found.changes.everything
    with book.read() as connection:
        told = {line.file: line for line in watch_log.refused_since(connection, 14, 6)}
        facts = today.load(connection)
    assert told.keys() == {"b.csv", "c.csv"}
    assert {one.file_name for one in facts.refused_files} == told.keys()
    assert facts.refused_imports == (), "what came through a folder is told once"
    errors = told["b.csv"].errors_path
    assert errors is not None
    assert errors.is_file()
    assert told["c.csv"].message

    (inbox / "failed" / "b.csv").write_text("code,Firma\nC2,乙\nC3,丙\n", encoding="utf-8")
    use_cases.run(book, "watch.again", {"line": told["b.csv"].id})
    assert outcomes(look(book)) == [("b.csv", "imported")]
    assert codes(book) == ["C2", "C3"]
    with book.read() as connection:
        assert [line.file for line in watch_log.newest(connection, 9, only_refused=True)] == ["c.csv"]
        assert len(watch_log.newest(connection, 9)) == 3
    use_cases.run(book, "watch.again", {"line": told["c.csv"].id})
    assert outcomes(look(book)) == [("c.csv", "failed")]
    with book.read() as connection:
        assert len(watch_log.refused_since(connection, 14, 6)) == 1, "in vain twice is one thing to do"


def test_what_cannot_be_tried_again_says_why(book: Book, inbox: Path) -> None:
    (inbox / "c.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    look(book)
    with book.read() as connection:
        (line,) = watch_log.newest(connection, 9)
    use_cases.run(book, "watch.set", {"folder": str(inbox), "active": False})
    with pytest.raises(CrmdeskError, match="not watched now"):
        use_cases.run(book, "watch.again", {"line": line.id})
    use_cases.run(book, "watch.set", {"folder": str(inbox), "active": True})
    os.unlink(line.moved_to)
    with pytest.raises(CrmdeskError, match="not in its folder any more"):
        use_cases.run(book, "watch.again", {"line": line.id})
    with pytest.raises(CrmdeskError, match="was not refused"):
        use_cases.run(book, "watch.again", {"line": 999})


def test_two_that_look_at_once_take_turns(book: Book, inbox: Path) -> None:
    (inbox / "a.csv").write_text("Firma\n甲\n", encoding="utf-8")
    with watch_turns.turn(book) as is_ours:
        assert is_ours
        assert look(book).is_elsewhere
    watch = Watch(book, settle_s=0)
    assert watch.has_come()
    assert outcomes(watch.look()) == [("a.csv", "imported")]
    assert not watch.has_come()


def test_a_look_that_is_given_up_leaves_the_file(book: Book, inbox: Path) -> None:
    (inbox / "a.csv").write_text("Firma\n甲\n", encoding="utf-8")
    asked: list[bool] = []

    def given_up() -> bool:
        asked.append(True)
        return len(asked) > 1

    with pytest.raises(Cancelled):
        Watch(book, settle_s=0).look(given_up)
    assert codes(book) == []
    assert outcomes(look(book)) == [("a.csv", "imported")]
