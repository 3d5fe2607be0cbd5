"""What the accountant gets: closing sheet, vouchers, the package, delivery notes; and the same by the command line."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crmdesk.models.errors import Cancelled
from crmdesk.services import papers
from crmdesk.services.exports import package
from tests.scenarios.telling import Teller

START, END = date(2026, 6, 1), date(2026, 6, 30)


def _text_of(pdf: bytes) -> str:
    pdfium = pytest.importorskip("pypdfium2")
    document = pdfium.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def test_the_package_is_whole_and_always_the_same(teller: Teller, tmp_path: Path) -> None:
    teller.invoice("2026-05-31", "70.00", "C003")
    number = teller.invoice("2026-06-05", "1000.00")
    teller.pay("2026-06-10", "400.00", "oldest")
    teller.do("period.close", until="2026-05-31")
    told = teller.do("period.close", until="2026-06-30")
    first = package.write(teller.book, START, END, tmp_path / "one.zip", language="en")
    with zipfile.ZipFile(first) as archive:
        names = archive.namelist()
        listed = dict(line.split("  ")[::-1] for line in archive.read("contents.txt").decode().splitlines())
        assert sorted(listed) == sorted(set(names) - {"contents.txt"})
        for name, digest in listed.items():
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest
        sheet = _text_of(archive.read("closing-sheet.pdf"))
        statements = _text_of(archive.read("statements.pdf"))
        rows = list(csv.DictReader(io.StringIO(archive.read("vouchers.csv").decode("utf-8-sig"))))
        plain = {name: archive.read(name) for name in names if name.endswith((".pdf", ".csv", ".beancount"))}
    assert told["totals"]["CNY"]["closing"] in sheet
    assert told["totals"]["CNY"]["closing"] == "670.00"
    assert number in statements
    assert "C003" not in statements
    assert sum(float(row["借方金额"] or 0) for row in rows) == 1400
    second = package.write(teller.book, START, END, tmp_path / "two.zip", language="en")
    with zipfile.ZipFile(second) as archive:
        assert {name: archive.read(name) for name in plain} == plain
    assert {path.name for path in tmp_path.iterdir()} >= {"one.zip", "two.zip"}
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_package_given_up_leaves_nothing(teller: Teller, tmp_path: Path) -> None:
    answers = iter([False, False, True])
    with pytest.raises(Cancelled):
        package.write(teller.book, START, END, tmp_path / "x.zip", is_cancelled=lambda: next(answers))
    assert [
        path.name for path in tmp_path.iterdir() if "x.zip" in path.name or path.name.startswith(".")
    ] == []


def test_a_delivery_note_has_no_prices(teller: Teller) -> None:
    lines = [
        {"description": "Paint", "unit": "桶", "quantity": "12.5", "unit_price": "88.77", "tax_rate": "0.13"},
        {
            "description": "Less",
            "quantity": "1",
            "unit_price": "-9.00",
            "tax_rate": "0.13",
            "kind": "discount",
        },
    ]
    number = teller.do("invoice.issue", customer="C001", date="2026-06-05", lines=lines, note="ring twice")[
        "number"
    ]
    with teller.book.read() as connection:
        for paper in ("A4", "A5", "241x140"):
            words = _text_of(
                papers.pdf(connection, "delivery-note", [number], paper=paper, language="both").pdf
            )
            assert "12.5" in words
            assert "Paint" in words
            assert "送货单" in words or "Delivery note" in words
            assert "88.77" not in words
            assert "Less" not in words
        straight = papers.pdf(connection, "invoice", [number], paper="A4").pdf
    assert teller.refused("print.offset_set", paper="A4", right="50.1") == "out_of_range"
    assert teller.refused("print.offset_set", paper="A0", right="1") == "invalid_choice"
    assert teller.do("print.offset_set", paper="A4", right="-2.5", down="3") == {
        "paper": "A4",
        "right": "-2.5",
        "down": "3",
    }
    with teller.book.read() as connection:
        moved = papers.pdf(connection, "invoice", [number], paper="A4").pdf
        other = papers.pdf(connection, "invoice", [number], paper="A5").pdf
    pdfium = pytest.importorskip("pypdfium2")

    def left_and_top(pdf: bytes) -> tuple[float, float]:
        page = pdfium.PdfDocument(pdf)[0].get_textpage()
        box = page.get_charbox(0)
        return box[0], box[3]

    one, two = left_and_top(straight), left_and_top(moved)
    assert one[0] - two[0] == pytest.approx(2.5 * 72 / 25.4, abs=0.1)
    assert one[1] - two[1] == pytest.approx(3 * 72 / 25.4, abs=0.1)
    assert other


def test_the_same_by_the_command_line(
    crmdesk: Callable[..., Any], asked: Callable[..., Any], memory_folder: Path
) -> None:
    book = memory_folder / "cli.crmdesk"
    assert asked("new", book, "--name", "Shop", "--language", "en").code == 0
    line = {"description": "Paint", "quantity": "1", "unit_price": "100.00", "tax_rate": "0"}
    steps = [
        {"do": "customer.create", "code": "C1", "name": "One"},
        {"do": "customer.create", "code": "C2", "name": "Two"},
        {"do": "invoice.issue", "ref": "a", "customer": "C1", "date": "2026-06-01", "lines": [line]},
        {"do": "invoice.issue", "ref": "b", "customer": "C2", "date": "2026-06-01", "lines": [line]},
        {"do": "payment.record", "ref": "p", "customer": "C1", "date": "2026-06-02", "amount": "150.00",
         "on_behalf": True, "allocate": [{"invoice": "@a", "amount": "100.00"}, {"invoice": "@b", "amount": "30.00"}]},
        {"do": "transfer.record", "ref": "t", "payment": "@p", "customer": "C2", "amount": "20.00",
         "date": "2026-06-03"},
        {"do": "transfer.reverse", "transfer": "@t", "date": "2026-06-04", "reason": "x"},
        {"do": "deposit.receive", "ref": "d", "customer": "C1", "amount": "50.00", "date": "2026-06-03"},
        {"do": "deposit.return", "ref": "r", "deposit": "@d", "amount": "50.00", "date": "2026-06-04"},
        {"do": "deposit.undo", "entry": "@r", "date": "2026-06-05", "reason": "x"},
        {"do": "payment.record", "ref": "q", "customer": "C2", "amount": "70.00", "date": "2026-06-06",
         "method": "bill", "bill": {"number": "B7", "due_on": "2026-12-01"}, "allocate": "oldest"},
        {"do": "bill.endorse", "bill": "@q", "to": "Supplier", "date": "2026-06-07"},
        {"do": "recurring.create", "ref": "m", "customer": "C1", "lines": [line], "from": "2026-06-30",
         "mode": "issue"},
        {"do": "recurring.run", "until": "2026-06-30"},
        {"do": "period.close", "until": "2026-06-30"},
    ]  # fmt: skip
    done = crmdesk("apply", book, stdin="\n".join(map(json.dumps, steps)) + "\n")
    assert done.code == 0, done.out
    for kind, count in (("transfers", 3), ("deposits", 1), ("bills", 1), ("recurring", 1), ("closings", 1)):
        assert asked("list", kind, book, "--json").json["total"] == count, kind
    period = ("--from", "2026-06-01", "--to", "2026-06-30")
    for form, name in (("vouchers-csv", "v.csv"), ("vouchers-xlsx", "v.xlsx"), ("package", "p.zip")):
        out = memory_folder / name
        assert asked("export", book, "--format", form, *period, "--out", out).code == 0
        assert out.stat().st_size > 100
    with (memory_folder / "v.csv").open(encoding="utf-8-sig") as stream:
        assert next(stream).strip().split(",")[:5] == ["日期", "凭证字", "凭证号", "摘要", "科目编码"]
    sheet = memory_folder / "sheet.pdf"
    assert asked("print", "closing", "2026-06-30", book, "--out", sheet).code == 0
    assert asked("print", "closing", "2026-07-31", book, "--out", sheet).code == 1
    note = memory_folder / "note.pdf"
    assert asked("print", "delivery-note", "INV-2026-0001", book, "--out", note).code == 0
    assert asked("report", "journal", book, *period, "--format", "json").code == 0
    assert asked("check", book, "--json").json["clean"] is True
