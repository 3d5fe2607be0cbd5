"""What the command line refuses: the exit code, one JSON document with --json, never a window or a traceback."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest

from crmdesk.cli.main import main


@pytest.fixture
def book(tmp_path: Path) -> str:
    path = str(tmp_path / "shop.crmdesk")
    assert main(["new", path, "--name", "Shop", "--language", "en"]) == 0
    return path


def _document(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    "words",
    [
        ["new", "x.crmdesk"],
        ["new", "x.crmdesk", "--name", "a", "--rounding", "up"],
        ["check", "x.crmdesk", "--bogus"],
        ["report", "ageing", "x.crmdesk", "--as-of", "2026-02-30"],
        ["report", "ageing", "x.crmdesk", "--as-of", "20260301"],
        ["report", "ageing", "x.crmdesk", "--as-of", "0001-01-01"],
        ["report", "ageing"],
        ["lst", "customers", "x.crmdesk"],
        ["list", "customers", "x.crmdesk", "--limit", "-1"],
        ["demo", "x.crmdesk", "--no-window", "--customers", "-1"],
    ],
)
def test_wrong_usage_is_one_json_document_and_exit_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--json"]) == 2
    error = _document(capsys)["error"]
    assert isinstance(error, dict)
    assert error["code"] in {"usage", "required"}
    assert error["message"]
    assert error["problems"] == []


def test_a_statement_without_customer_or_target_is_wrong_usage(
    book: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["statement", book, "--json"]) == 2
    assert "--group" in capsys.readouterr().out
    assert main(["list", "customers", book, "--format", "csv"]) == 2
    assert "--out" in capsys.readouterr().err


def test_a_target_that_cannot_be_written_is_no_fault_of_the_book(
    book: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    target = tmp_path / "nowhere" / "ageing.csv"
    assert main(["report", "ageing", book, "--out", str(target), "--json"]) == 1
    error = _document(capsys)["error"]
    assert isinstance(error, dict)
    assert (error["code"], error["field"]) == ("no_access", "out")


def test_a_period_that_ends_before_it_begins(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "sales", book, "--from", "2026-02-01", "--to", "2026-01-01"]) == 1
    assert "date_order" in capsys.readouterr().err


@pytest.mark.parametrize("buckets", ["800000", "30,60,999999999999", "0", "60,30"])
def test_buckets_that_are_no_days(book: str, buckets: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "ageing", book, "--buckets", buckets]) == 1
    assert "out_of_range" in capsys.readouterr().err


def test_a_country_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.crmdesk"
    assert main(["new", str(path), "--name", "a", "--country", "ZZ"]) == 1
    assert "country_unknown" in capsys.readouterr().err
    assert not path.exists()


def test_one_problem_is_said_once(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["import", "customers", "nofile.csv", "--book", book]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("file_missing: nofile.csv: ")


def test_a_line_that_names_an_argument_twice_is_malformed(
    book: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = tmp_path / "day.jsonl"
    lines.write_text('{"do": "customer.create", "name": "A", "name": "B"}\n', encoding="utf-8")
    capsys.readouterr()
    assert main(["apply", book, str(lines)]) == 1
    error = _document(capsys)["error"]
    assert isinstance(error, dict)
    assert error["code"] == "malformed_line"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_behind_stdout_is_a_sentence(book: str) -> None:
    import subprocess

    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "crmdesk", "check", book, "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert done.stderr.strip()


@pytest.mark.parametrize(
    "words",
    [
        ["list", "customers", "BOOK", "--format", "csv"],
        ["list", "customers", "BOOK", "--format", "json"],
        ["statement", "BOOK", "K1"],
        ["report", "ageing", "BOOK", "--format", "xlsx"],
        ["report", "sales", "BOOK"],
        ["print", "invoice", "INV-2026-0001", "BOOK"],
        ["export", "BOOK", "--format", "beancount"],
    ],
)
def test_a_dash_is_no_file_to_write(
    book: str,
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    capsys.readouterr()
    arguments = [book if word == "BOOK" else word for word in words]
    assert main([*arguments, "--out", "-"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "--out: “-”" in told.err
    assert set(tmp_path.iterdir()) == before


def test_help_offers_what_is_taken(
    book: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["print", "--help"]) == 0
    assert "--paper {A4,A5,Letter,241x140}" in capsys.readouterr().out
    assert main(["import", "--help"]) == 0
    assert "{customers,products,opening-balances,invoices,payments,bank}" in capsys.readouterr().out
    # a table that is no statement is refused with its own sentence, an unknown kind as wrong usage
    rows = tmp_path / "rows.csv"
    rows.write_text("a,b\n1,2\n")
    assert main(["import", "bank", str(rows), "--book", book]) == 1
    assert "header_unmapped" in capsys.readouterr().err
    assert main(["import", "cats", str(rows), "--book", book]) == 2
    assert "opening-balances" in capsys.readouterr().err


def test_the_way_back_from_an_import_can_be_typed_as_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line names the book, in quotes where the path has a space."""
    path = str(tmp_path / "my shop.crmdesk")
    assert main(["new", path, "--name", "Shop", "--language", "en"]) == 0
    table = tmp_path / "customers.csv"
    table.write_text("code,name\nC1,One\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["import", "customers", str(table), "--book", path]) == 0
    words = shlex.split(capsys.readouterr().out.partition("crmdesk ")[2])
    assert words[-2:] == ["--book", path]
    assert main(words) == 0
    capsys.readouterr()
    assert main(["list", "customers", path, "--json"]) == 0
    assert _document(capsys)["total"] == 0
