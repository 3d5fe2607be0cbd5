"""Everything in open formats: amounts as cli.md writes them, numbers that add up, text that nothing runs."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from crmdesk.cli.main import main
from crmdesk.models.tables.documents import allocation, document, document_line, payment
from crmdesk.models.tables.ledger import posting
from crmdesk.services.book import Book
from tests.services.small_book import do


def _filled(book: Book) -> None:
    do(book, "customer.create", code="A", name="=1+1", credit_limit="900")
    do(book, "customer.create", code="J", name="-Tokyo", currency="JPY", credit_limit="5000")
    lines = [
        {"description": "Paint", "quantity": "2.50", "unit_price": "100.125", "tax_rate": "0.13"},
        {
            "description": "-20 off",
            "quantity": "1",
            "unit_price": "-20",
            "tax_rate": "0.13",
            "kind": "discount",
        },
    ]
    issued = do(book, "invoice.issue", customer="A", date="2026-03-01", lines=lines)["number"]
    do(book, "invoice.issue", customer="J", date="2026-03-02", currency="JPY", lines=[
        {"description": "Ink", "quantity": "1", "unit_price": "1234", "tax_rate": "0"}
    ])  # fmt: skip
    paid = do(book, "payment.record", customer="A", date="2026-03-05", amount="200", fee="1.50",
              allocate=[{"invoice": issued, "amount": "150"}])["number"]  # fmt: skip
    do(book, "payment.release", payment=paid, invoice=issued, amount="50", date="2026-03-06")


def _csv(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def _column(rows: list[dict[str, Any]], name: str) -> list[Any]:
    return [row[name] for row in rows]


def _sheet(path: Path, name: str) -> list[dict[str, Any]]:
    sheet = openpyxl.load_workbook(path)[name]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    at = next(index for index, row in enumerate(rows) if row[-1] is not None)
    return [dict(zip(rows[at], row, strict=True)) for row in rows[at + 1 :]]


def test_csv_holds_decimal_amounts_and_plain_numbers(book: Book, tmp_path: Path) -> None:
    _filled(book)
    out = tmp_path / "all"
    assert main(["export", str(book.path), "--format", "csv", "--out", str(out)]) == 0
    assert not [path for path in out.iterdir() if "_minor" in path.read_text("utf-8-sig").splitlines()[0]]

    lines = _csv(out / "document_line.csv")
    assert _column(lines, "net") == ["250.31", "-20.00", "1234"]
    assert _column(lines, "quantity") == ["2.50", "1", "1"]
    assert _column(lines, "unit_price") == ["100.125", "-20", "1234"]
    assert _column(lines, "tax_rate") == ["0.13", "0.13", "0"]
    assert _column(lines, "currency") == ["CNY", "CNY", "JPY"]
    assert _column(lines, "description") == ["Paint", "'-20 off", "Ink"]  # only text is guarded

    assert _column(_csv(out / "allocation.csv"), "amount") == ["150.00", "-50.00"]
    (paid,) = _csv(out / "payment.csv")
    assert (paid["received"], paid["fee"], paid["currency"]) == ("200.00", "1.50", "CNY")
    customers = _csv(out / "customer.csv")
    assert _column(customers, "credit_limit") == ["900.00", "5000"]
    assert _column(customers, "name") == ["'=1+1", "'-Tokyo"]
    with book.read() as connection:
        expected = connection.execute(posting.select()).all()
    found = _csv(out / "posting.csv")
    for row, one in zip(
        found, sorted(expected, key=lambda each: (each.source_id, each.position)), strict=True
    ):
        places = 0 if one.currency == "JPY" else 2
        assert Decimal(row["amount"]).scaleb(places) == one.amount_minor
        assert row["amount"] == f"{Decimal(row['amount']):.{places}f}"


@pytest.mark.parametrize("table", [document, document_line, payment, allocation, posting])
def test_the_workbook_holds_true_numbers(book: Book, tmp_path: Path, table: Any) -> None:
    _filled(book)
    out, folder = tmp_path / "all.xlsx", tmp_path / "all"
    assert main(["export", str(book.path), "--format", "xlsx", "--out", str(out)]) == 0
    assert main(["export", str(book.path), "--format", "csv", "--out", str(folder)]) == 0
    sheet, plain = _sheet(out, table.name), _csv(folder / f"{table.name}.csv")
    amounts = [
        column.name.removesuffix("_minor") for column in table.columns if column.name.endswith("_minor")
    ]
    numbers = amounts + [name for name in ("quantity", "unit_price", "tax_rate") if name in table.c]
    assert amounts
    for found, expected in zip(sheet, plain, strict=True):
        for name in numbers:
            if expected[name] == "":
                assert found[name] in (None, "")
                continue
            assert isinstance(found[name], int | float), name
            assert Decimal(str(found[name])) == Decimal(expected[name])


def test_a_yen_book_has_no_cents_where_a_customer_names_no_currency(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
    with Book.create(tmp_path / "yen.crmdesk", name="Yen", country="JP", currency="JPY") as made:
        do(made, "customer.create", code="A", name="A", credit_limit="700")
    assert (
        main(["export", str(tmp_path / "yen.crmdesk"), "--format", "csv", "--out", str(tmp_path / "all")])
        == 0
    )
    assert _column(_csv(tmp_path / "all" / "customer.csv"), "credit_limit") == ["700"]
