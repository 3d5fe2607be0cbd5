"""What the command line refuses: the exit code, one JSON document with --json, never a window or a traceback."""

from __future__ import annotations

import json
import shlex
import sys
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from crmdesk.cli.main import main
from crmdesk.models.errors import InvalidInput
from crmdesk.ui.kit import typed


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
    assert (error["code"], error["field"]) == ("folder_missing", "out")


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


def test_a_slip_of_80_mm(book: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = {"description": "Paint", "quantity": "1", "unit_price": "100", "tax_rate": "0"}
    day = [
        {"do": "customer.create", "code": "A", "name": "A"},
        {"do": "invoice.issue", "customer": "A", "lines": [line]},
        {"do": "quote.create", "customer": "A", "lines": [line]},
    ]
    told = tmp_path / "day.jsonl"
    told.write_text("\n".join(map(json.dumps, day)), encoding="utf-8")
    assert main(["apply", book, str(told)]) == 0
    numbers = [json.loads(row)["result"].get("number") for row in capsys.readouterr().out.splitlines()[-2:]]
    out = tmp_path / "slip.pdf"
    asked = ["print", "invoice", numbers[0], book, "--paper", "80mm", "--out", str(out)]
    assert main(asked) == 0
    assert out.read_bytes().startswith(b"%PDF")
    note = tmp_path / "quote.pdf"
    assert main(["print", "quote", numbers[1], book, "--paper", "80mm", "--out", str(note)]) == 1
    assert "invalid_choice: " in capsys.readouterr().err
    assert not note.exists()


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


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"do": "payment.record", "amount": Infinity}', "“Infinity” in the line is no number of JSON."),
        ('{"do": "payment.record", "amount": -Infinity}', "“-Infinity” in the line is no number of JSON."),
        ('{"do": "payment.record", "parts": [{"amount": NaN}]}', "“NaN” in the line is no number of JSON."),
        ('{"do": "customer.create", "name": "A", "name": "B"}', "“name” stands in the line twice."),
        (
            '{"do": "customer.create", "name": "A", "kind": [{"kind": "x"}]}',
            '“kind”: “[{"kind": "x"}]” is not',
        ),
        (
            '{"do": "customer.create", "name": "A", "kind": null, "born_on": {"a": true}}',
            '“{"a": true}” is not a',
        ),
        ('{"do": "customer.create", "name": "A", "kind": 1.50}', "“kind”: “1.50” is not one of"),
    ],
)
def test_a_refused_line_is_told_in_the_words_it_was_written_in(
    book: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    lines = tmp_path / "day.jsonl"
    lines.write_text(line + "\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["apply", book, str(lines)]) == 1
    error = _document(capsys)["error"]
    assert isinstance(error, dict)
    assert said in error["message"]


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
    assert "--paper {A4,A5,Letter,241x140,80mm}" in capsys.readouterr().out
    assert main(["import", "--help"]) == 0
    assert (
        "{customers,contacts,archive,products,opening-balances,invoices,payments,activities,bank}"
        in capsys.readouterr().out
    )
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


def test_full_width_digits_are_digits(book: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a Chinese keyboard types: in the batch language and behind options, as in the window."""
    day = tmp_path / "day.jsonl"
    lines = [
        {"do": "customer.create", "code": "C1", "name": "A", "terms_days": "３０"},
        {"do": "payment.record", "customer": "C1", "date": "２０２６-０１-０５", "amount": "１２３．５０"},
        {"do": "payment.record", "customer": "C1", "date": "2026-01-05", "amount": "①２"},
    ]
    day.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    capsys.readouterr()
    assert main(["apply", book, str(day)]) == 1
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["ok"] for line in told] == [True, True, False]
    assert told[1]["result"]["credit"] == "123.50"
    assert told[2]["error"]["code"] == "number_unreadable"
    assert main(["report", "balances", book, "--as-of", "２０２６-０１-０５", "--json"]) == 0
    assert [row["balance"] for row in json.loads(capsys.readouterr().out)["rows"]] == ["-123.50"]
    assert main(["list", "payments", book, "--limit", "１", "--json"]) == 0


def test_five_digits_in_a_text_file_are_no_date(
    book: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A day number is one in a workbook only; in a text file it may be anything, and the way out is said."""
    assert main(["apply", book, _written(tmp_path, '{"do":"customer.create","code":"C1","name":"A"}')]) == 0
    table = tmp_path / "payments.csv"
    table.write_text("customer,date,amount\nC1,45678,10.00\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["import", "payments", str(table), "--book", book, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["failed"], [one["code"] for one in told["errors"]]) == (1, ["date_invalid"])
    assert "Excel" in told["errors"][0]["message"]
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in (("customer", "date", "amount"), ("C1", 45678, 10)):
        sheet.append(row)
    workbook.save(tmp_path / "payments.xlsx")
    assert main(["import", "payments", str(tmp_path / "payments.xlsx"), "--book", book, "--json"]) == 0


@pytest.mark.parametrize(
    ("day", "is_held"),
    [
        ("1899-12-31", False),
        ("1900-03-01", True),
        ("2199-12-31", True),
        ("2200-01-01", False),
        ("9999-01-01", False),
    ],
)
def test_every_door_takes_the_same_years(
    book: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], day: str, is_held: bool
) -> None:
    """A day of another year is a day, and is not told to be written as it is written already."""
    codes = (0, 0, 0) if is_held else (1, 2, 1)
    customer = '{"do":"customer.create","code":"C1","name":"A"}\n'
    line = f'{{"do":"payment.record","customer":"C1","date":"{day}","amount":"1"}}'
    said: list[str] = []
    assert main(["apply", book, _written(tmp_path, customer + line)]) == codes[0]
    said.append("".join(capsys.readouterr()))
    table = tmp_path / "payments.csv"
    table.write_text(f"customer,date,amount\nC1,{day},10.00\n", encoding="utf-8")
    assert _exit_code(["report", "balances", book, "--as-of", day]) == codes[1]
    said.append("".join(capsys.readouterr()))
    assert main(["import", "payments", str(table), "--book", book]) == codes[2]
    said.append("".join(capsys.readouterr()))
    if is_held:
        assert str(typed.read_day(day, date(2026, 1, 1))) == day
        return
    with pytest.raises(InvalidInput) as caught:
        typed.read_day(day, date(2026, 1, 1))
    for text in (*said, caught.value.message):
        assert "is not a date between 1900 and 2199" in text
        assert "year-month-day" not in text


def _exit_code(arguments: list[str]) -> int:
    try:
        return main(arguments)
    except SystemExit as stopped:
        return int(stopped.code or 0)


def _written(folder: Path, line: str) -> str:
    path = folder / "one.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    return str(path)


def test_the_lines_of_the_readme_work(book: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    lines = [line for line in readme.splitlines() if line.startswith('{"do"')]
    assert len(lines) == 4
    capsys.readouterr()
    assert main(["apply", book, _written(tmp_path, "\n".join(lines))]) == 0
    told = [json.loads(line)["result"] for line in capsys.readouterr().out.splitlines()]
    assert (told[1]["due"], told[1]["open"], told[2]["allocated"]) == ("2026-02-04", "339.00", "200.00")


def test_help_names_lists_and_reports_in_ones_own_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from crmdesk.cli.main import LIST_KINDS
    from crmdesk.services.lists.kinds import KINDS

    assert set(LIST_KINDS) == set(KINDS)
    assert main(["list", "--help"]) == 0
    assert "open_items" in capsys.readouterr().out
    assert main(["report", "--help"]) == 0
    assert "--list names them all" in " ".join(capsys.readouterr().out.split())
    monkeypatch.setenv("CRMDESK_LANGUAGE", "zh_CN")
    assert main(["check", "--help"]) == 0
    assert "positional arguments" not in capsys.readouterr().out


def test_a_missing_folder_is_called_so(book: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    target = str(tmp_path / "none" / "ageing.xlsx")
    assert main(["report", "ageing", book, "--out", target, "--json"]) == 1
    error = _document(capsys)["error"]
    assert isinstance(error, dict)
    assert error["code"] == "folder_missing"


def test_an_empty_choice_is_not_offered(
    book: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Empty is a choice that is left out, not one that is written."""
    lines = tmp_path / "lines.jsonl"
    lines.write_text(json.dumps({"do": "tag.create", "tag": "A", "colour": "pink"}) + "\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["apply", book, str(lines)]) == 1
    message = json.loads(capsys.readouterr().out)["error"]["message"]
    assert "“pink” is not one of neutral, " in message
    assert main(["report", "matrix", book, "--figure", "pink"]) == 2
    assert "is not one of 'customers', 'revenue'" in capsys.readouterr().err


def test_use_cases_show_the_parts_of_what_has_parts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["use-cases"]) == 0
    told = capsys.readouterr().out
    assert "choices?: [{value, label?, label_en?, tone?}]" in told
    assert "discount?: {rate?, amount?}" in told
    assert main(["use-cases", "--json"]) == 0
    shown = {one["name"]: one["arguments"] for one in _document(capsys)["use_cases"]}  # type: ignore[attr-defined]
    choices = next(one for one in shown["field.define"] if one["name"] == "choices")
    assert [one["name"] for one in choices["fields"]] == ["value", "label", "label_en", "tone"]
