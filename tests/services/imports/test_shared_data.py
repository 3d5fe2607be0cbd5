"""Every real file given to an import of customers: an answer, a sentence, and counts that add up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crmdesk.cli.main import main
from crmdesk.models.errors import Code
from crmdesk.services.book import Book
from tests.conftest import PROJECT

DATA = PROJECT.parent / "shared" / "data"
FILES = (
    sorted(path.relative_to(DATA).as_posix() for path in DATA.rglob("*") if path.is_file())
    if DATA.is_dir()
    else []
)


@pytest.fixture(scope="module")
def book_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("real") / "real.db"
    Book.create(path, name="x").close()
    return path


@pytest.mark.skipif(not FILES, reason="the real-world files (../shared/data) are not on this machine")
@pytest.mark.parametrize("name", FILES)
def test_an_answer_to_every_file(book_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["import", "customers", str(DATA / name), "--book", str(book_path), "--dry-run", "--json"])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    answer = json.loads(out)
    if "error" in answer:
        assert code == 1
        assert answer["error"]["code"] in set(Code) - {"internal"}
        assert len(answer["error"]["message"]) > 10
        return
    assert answer["read"] == answer["created"] + answer["updated"] + answer["skipped"] + answer["failed"]
    assert answer["read"] > 0
    assert answer["batch"] is None
    assert code == (0 if answer["failed"] == 0 else 1)
    refused = {error["row"] for error in answer["errors"]}
    assert len(refused) == answer["failed"]
    assert all(error["code"] in set(Code) and error["message"] for error in answer["errors"])
