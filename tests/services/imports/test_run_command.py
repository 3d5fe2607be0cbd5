"""`crmdesk import` and `crmdesk undo-import`: one JSON document, exit codes, sentences with their place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from crmdesk.cli.main import main
from crmdesk.models.tables.audit import audit_entry
from crmdesk.services.book import Book
from tests.services.imports.conftest import do, dump

KEYS = ["read", "created", "updated", "skipped", "failed", "documents", "batch", "errors"]
Command = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def command(new_book: Callable[..., Book], capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command on a new book; gives exit code, JSON (or text) and what went to stderr."""
    made = new_book()
    path = str(made.path)
    made.close()

    def start(*words: str, is_json: bool = True) -> tuple[int, Any, str]:
        code = main([*words, "--book", path, *(["--json"] if is_json else [])])
        out, err = capsys.readouterr()
        return code, json.loads(out) if is_json else out, err

    return start


def test_exit_codes_and_json(command: Command, table_file: Callable[..., Path], tmp_path: Path) -> None:
    good, bad = (
        str(table_file("code|name", "A|Anna", name="good.csv")),
        table_file("code|name", "B|", name="bad.csv"),
    )
    code, data, _err = command("import", "customers", good, "--as", "li")
    assert (code, list(data)) == (0, KEYS)
    assert isinstance(data["batch"], str)
    errors = tmp_path / "errors.xlsx"
    code, refused, err = command("import", "customers", str(bad), "--errors", str(errors))
    assert code == 1
    assert refused["errors"] == [
        {"row": 2, "column": "name", "value": None, "code": "required",
         "message": "“name” is required. Fill in the cell."}
    ]  # fmt: skip
    assert errors.exists()
    assert str(errors) in err
    code, dry, _err = command("import", "customers", str(bad), "--dry-run", "--all-or-nothing")
    assert (code, dry["failed"], dry["batch"]) == (1, 1, None)
    code, undone, _err = command("undo-import", data["batch"], "--as", "wang")
    assert (code, undone) == (
        0,
        {
            "batch": data["batch"],
            "created": 1,
            "updated": 0,
            "removed": 1,
            "restored": 0,
            "voided": 0,
            "kept": [],
        },
    )
    code, again, _err = command("undo-import", data["batch"])
    assert (code, again["error"]["code"]) == (1, "batch_undone")


def test_who_did_it(new_book: Callable[..., Book], table_file: Callable[..., Path]) -> None:
    book = new_book("who.db")
    path = str(book.path)
    assert (
        main(["import", "customers", str(table_file("code|name", "A|Anna")), "--book", path, "--as", "li"])
        == 0
    )
    with book.read() as connection:
        query = select(audit_entry.c.use_case, audit_entry.c.actor).order_by(audit_entry.c.id)
        assert connection.execute(query).all()[-1] == ("import.customers", "li")


def test_for_a_person(command: Command, table_file: Callable[..., Path]) -> None:
    path = str(table_file("客户编号|客户名称|鞋码", "A|甲|1", "B||2"))
    code, out, err = command("import", "customers", path, is_json=False)
    assert code == 1
    assert "2 rows read: 1 created" in out
    assert "undo-import" in out
    assert "table.csv · row 3 · 客户名称" in err
    assert "鞋码" in err
    code, out, _err = command("import", "customers", path, "--dry-run", is_json=False)
    assert "nothing was kept" in out


def test_of_one_is_said_in_the_singular(command: Command, table_file: Callable[..., Path]) -> None:
    path = str(table_file("客户编号|客户名称", "A|甲"))
    _code, out, _err = command("import", "customers", path, is_json=False)
    assert out.startswith("1 row read: 1 created")
    batch = re.search(r"undo-import (\d+)", out)
    assert batch is not None
    _code, out, _err = command("undo-import", batch[1], is_json=False)
    assert "(1 row created, 0 updated) is taken back: 1 record removed, 0 restored, 0 documents voided" in out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("import", "bank", "x.csv"), "file_missing"),
        (("import", "customers", "nothing.csv"), "file_missing"),
        (("import", "customers", "{table}", "--mapping", "nothing.json"), "file_missing"),
        (("import", "customers", "{table}", "--mapping", "{table}"), "mapping_invalid"),
        (("import", "products", "{other}"), "header_unmapped"),
        (("import", "customers", "{empty}"), "file_empty"),
        (("undo-import", "7"), "batch_unknown"),
    ],
)
def test_refusals_are_json_too(
    command: Command, table_file: Callable[..., Path], tmp_path: Path, words: tuple[str, ...], expected: str
) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()
    places = {
        "table": str(table_file("code|name", "A|Anna")),
        "other": str(table_file("colour|size", "red|1", name="other.csv")),
        "empty": str(empty),
    }
    code, data, _err = command(*(word.format(**places) for word in words))
    assert (code, data["error"]["code"]) == (1, expected)
    assert data["error"]["message"]


def test_an_encoding_and_a_sheet_may_be_named(command: Command, tmp_path: Path) -> None:
    import openpyxl

    text = tmp_path / "gbk.csv"
    text.write_bytes("客户编号,客户名称\nA,上海鼎晟\n".encode("gb18030"))
    assert command("import", "customers", str(text), "--encoding", "gb18030")[1]["created"] == 1
    workbook = openpyxl.Workbook()
    workbook.active.append(["code", "name"])  # pyright: ignore[reportOptionalMemberAccess]
    workbook.active.append(["B", "Bert"])  # pyright: ignore[reportOptionalMemberAccess]
    second = workbook.create_sheet("zwei")
    second.append(["code", "name"])
    second.append(["C", "Carl"])
    path = tmp_path / "two.xlsx"
    workbook.save(path)
    code, data, _err = command("import", "customers", str(path))
    assert (code, data["error"]["code"]) == (1, "sheet_ambiguous")
    assert command("import", "customers", str(path), "--sheet", "zwei")[1]["created"] == 1


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_a_list_exports_is_known_again(
    new_book: Callable[..., Book],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    form: str,
    language: str,
) -> None:
    """iI4: importing an export changes nothing."""
    monkeypatch.setenv("CRMDESK_LANGUAGE", language)
    book = new_book()
    line = {"description": "涂料", "quantity": "3", "unit_price": "33.33", "tax_rate": "0.13"}
    for use_case, values in (
        ("category.create", {"dimension": "行业", "path": "零售/线上"}),
        ("customer.create", {"code": "A", "name": "=1+1", "phone": "+86 138", "credit_limit": "5.00",
                             "categories": [{"dimension": "行业", "path": "零售/线上"}], "tags": ["新", "大"],
                             "contacts": [{"name": "李"}, {"name": "王"}], "note": "一\n二"}),
        ("customer.create", {"code": "00012", "name": "丙", "kind": "person", "currency": "USD", "terms_days": 30}),
        ("product.create", {"code": "P", "name": "涂料", "price": "12.345", "tax_rate": "0.13", "category": "a/b"}),
        ("opening.record", {"customer": "A", "date": "2026-01-01", "amount": "-5.00"}),
        ("opening.record", {"customer": "00012", "date": "2026-01-01", "amount": "5.00", "due": "2026-02-01"}),
        ("invoice.issue", {"customer": "A", "date": "2026-02-01", "lines": [line, line]}),
        ("invoice.issue", {"customer": "A", "date": "2026-02-02", "lines": [line]}),
        ("invoice.void", {"invoice": "INV-2026-0002", "date": "2026-02-03", "reason": "x"}),
        ("payment.record", {"customer": "A", "date": "2026-02-05", "amount": "50.00", "fee": "1.00", "discount": "2.00",
                            "method": "wechat", "allocate": "oldest", "reference": "T-1"}),
    ):  # fmt: skip
        do(book, use_case, **values)
    before = dump(book)
    book.close()
    fractions = tmp_path / "fractions.json"
    fractions.write_text('{"options": {"rates": "fraction"}}', encoding="utf-8")
    for kind, listed in (
        ("customers", "customers"),
        ("products", "products"),
        ("opening-balances", "openings"),
        ("invoices", "invoices"),
        ("payments", "payments"),
    ):
        path = tmp_path / f"{listed}.{form}"
        assert main(["list", listed, str(book.path), "--format", form, "--out", str(path)]) == 0
        capsys.readouterr()
        words = ["import", kind, str(path), "--book", str(book.path), "--mode", "upsert", "--json"]
        if form == "csv":
            words += ["--mapping", str(fractions)]  # the text 0.13 alone would be asked about
        code = main(words)
        data = json.loads(capsys.readouterr().out)
        assert (code, data["failed"], data["created"], data["updated"]) == (0, 0, 0, 0), (listed, data)
        assert data["read"] > 0
    with Book.open(book.path) as again:
        assert dump(again) == before
