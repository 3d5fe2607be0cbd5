"""`crmdesk check`, `backup`, `restore` on good and bad books: the exit code, one JSON document, no byte changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crmdesk.cli.main import main
from crmdesk.services import connections
from crmdesk.services.book import Book
from tests.services import small_book

DONE, REFUSED, UNUSABLE = 0, 1, 3


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The code of the refusal in the JSON answer."""
        error = json.loads(self.out)["error"]
        assert error["message"]
        assert error["message"][-1] in ".。"
        return error["code"]


Command = Callable[..., Said]


@pytest.fixture
def crmdesk(capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: str | Path) -> Said:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return Said(code, told.out, told.err)

    return run


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CRMDESK_TODAY", small_book.TODAY)
    return small_book.make(tmp_path / "shop.crmdesk")


def _alter(path: Path, *statements: str) -> None:
    raw = connections.driver.connect(connections.uri_of(path, mode="rw"), uri=True, isolation_level=None)
    for statement in statements:
        raw.execute(statement)
    raw.close()


def test_the_usual_day(path: Path, tmp_path: Path, crmdesk: Command) -> None:
    said = crmdesk("check", path, "--json")
    assert said.code == DONE
    told = json.loads(said.out)
    assert (told["clean"], told["violations"]) == (True, [])
    assert told["checked"]["documents_by_kind"] == {"credit": 1, "invoice": 5, "payment": 4}
    file, target = tmp_path / "one.bak", tmp_path / "two.crmdesk"
    said = crmdesk("backup", path, "--to", file, "--json")
    assert (said.code, json.loads(said.out)) == (DONE, {"files": [str(file)]})
    said = crmdesk("restore", file, "--to", target, "--json")
    assert (said.code, json.loads(said.out)) == (DONE, {"book": str(target)})
    said = crmdesk("restore", file, "--to", target, "--json")
    assert (said.code, said.error) == (REFUSED, "target_exists")
    said = crmdesk("restore", file, "--to", target, "--force", "--json")
    assert (said.code, json.loads(said.out)) == (DONE, {"book": str(target)})
    assert "before-restore" in said.err
    assert small_book.rows(target) == small_book.rows(path)
    assert crmdesk("check", target).code == DONE


def test_without_json_there_is_one_line_for_a_person(path: Path, tmp_path: Path, crmdesk: Command) -> None:
    said = crmdesk("backup", path, "--to", path)
    assert (said.code, said.out) == (REFUSED, "")
    assert said.err.startswith("target_exists: ")
    assert len(said.err.splitlines()) == 1


@dataclass(frozen=True)
class Bad:
    """A file that is no good book, and what the three commands say of it."""

    make: Callable[[Path, Path], None]
    code: int
    error: str
    restore_code: int
    restore_error: str


def _text(_good: Path, bad: Path) -> None:
    bad.write_text("Sehr geehrte Damen und Herren " * 200)


def _empty(_good: Path, bad: Path) -> None:
    bad.touch()


def _folder(_good: Path, bad: Path) -> None:
    bad.mkdir()


def _missing(_good: Path, _bad: Path) -> None:
    return


def _foreign(_good: Path, bad: Path) -> None:
    raw = connections.driver.connect(str(bad))
    raw.execute("CREATE TABLE customer (id INTEGER, name TEXT)")
    raw.commit()
    raw.close()


def _other_program(good: Path, bad: Path) -> None:
    """Our tables, somebody else's mark."""
    shutil.copy(good, bad)
    _alter(bad, "PRAGMA journal_mode=DELETE", "PRAGMA application_id=252006674")


def _newer(good: Path, bad: Path) -> None:
    shutil.copy(good, bad)
    _alter(bad, "PRAGMA journal_mode=DELETE", "PRAGMA user_version=99")


def _cut(good: Path, bad: Path) -> None:
    bad.write_bytes(good.read_bytes()[: good.stat().st_size // 2])


def _first_page(good: Path, bad: Path) -> None:
    bad.write_bytes(bytes(4096) + good.read_bytes()[4096:])


BAD = {
    "text": Bad(_text, UNUSABLE, "not_ours", UNUSABLE, "not_ours"),
    "empty": Bad(_empty, UNUSABLE, "not_ours", UNUSABLE, "not_ours"),
    "folder": Bad(_folder, UNUSABLE, "not_ours", REFUSED, "not_a_file"),
    "missing": Bad(_missing, REFUSED, "book_missing", REFUSED, "file_missing"),
    "foreign": Bad(_foreign, UNUSABLE, "not_ours", UNUSABLE, "not_ours"),
    "other program": Bad(_other_program, UNUSABLE, "not_ours", UNUSABLE, "not_ours"),
    "newer": Bad(_newer, UNUSABLE, "file_newer", UNUSABLE, "file_newer"),
    "cut": Bad(_cut, UNUSABLE, "data_damaged", UNUSABLE, "backup_damaged"),
    "first page zeroed": Bad(_first_page, UNUSABLE, "not_ours", UNUSABLE, "not_ours"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_book(name: str, path: Path, tmp_path: Path, crmdesk: Command) -> None:
    case, bad, target = BAD[name], tmp_path / "bad.crmdesk", tmp_path / "target"
    case.make(path, bad)
    digest = small_book.sha256(bad) if bad.is_file() else None
    before = small_book.names(tmp_path)
    for arguments in (("check", bad), ("backup", bad, "--to", target), ("apply", bad, "/dev/null")):
        said = crmdesk(*arguments, "--json")
        assert (said.code, said.error) == (case.code, case.error), arguments[0]
    said = crmdesk("restore", bad, "--to", target, "--json")
    assert (said.code, said.error) == (case.restore_code, case.restore_error)
    assert small_book.names(tmp_path) == before, "nothing half done"
    assert (small_book.sha256(bad) if bad.is_file() else None) == digest


def test_values_changed_behind_the_program(path: Path, tmp_path: Path, crmdesk: Command) -> None:
    with Book.open(path):
        pass
    _alter(
        path,
        "DROP TRIGGER document_no_update",
        "UPDATE document SET total_minor=1 WHERE number='INV-2026-0001'",
    )
    said = crmdesk("check", path, "--json")
    assert said.code == REFUSED
    codes = {entry["code"] for entry in json.loads(said.out)["violations"]}
    assert {"schema_altered", "rows_changed", "lines"} <= codes
    said = crmdesk("backup", path, "--to", tmp_path / "one.bak", "--json")
    assert (said.code, said.error) == (UNUSABLE, "data_damaged")
    line: dict[str, Any] = {"do": "customer.create", "code": "X", "name": "X"}
    (tmp_path / "lines").write_text(json.dumps(line))
    said = crmdesk("apply", path, tmp_path / "lines")
    assert said.code == REFUSED
    assert "schema_altered" in said.out
    assert "document_no_update" in said.err, "told beside the result at opening"


def test_a_read_only_book_is_checked_and_backed_up(
    path: Path, tmp_path: Path, crmdesk: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "is_writable", lambda _path: False)  # root may write everything
    digest = small_book.sha256(path)
    said = crmdesk("check", path, "--json")
    assert said.code == DONE
    assert "read-only" in said.err
    assert crmdesk("backup", path, "--to", tmp_path / "one.bak").code == DONE
    said = crmdesk("check", path, "--rebuild", "--json")
    assert (said.code, said.error) == (REFUSED, "read_only")
    assert small_book.sha256(path) == digest


def test_a_flipped_byte_in_an_amount(path: Path, crmdesk: Command) -> None:
    content = path.read_bytes()
    place = content.rindex(b"INV-2026-0001")
    path.write_bytes(content[: place + 12] + b"9" + content[place + 13 :])
    said = crmdesk("check", path, "--json")
    assert said.code == REFUSED
    assert json.loads(said.out)["clean"] is False


def test_a_restore_tells_what_is_wrong_with_the_backup(path: Path, tmp_path: Path, crmdesk: Command) -> None:
    file = tmp_path / "one.bak"
    crmdesk("backup", path, "--to", file)
    content = bytearray(file.read_bytes())
    content[9000] ^= 1
    file.write_bytes(content)
    digest = small_book.sha256(path)
    said = crmdesk("restore", file, "--to", path, "--force", "--json")
    assert (said.code, said.error) == (UNUSABLE, "backup_damaged")
    assert small_book.sha256(path) == digest
