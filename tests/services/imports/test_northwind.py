"""The Northwind company: its customers, products and 830 orders imported, paid, and every figure added up apart."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from crmdesk.services import statements
from crmdesk.services.book import Book
from crmdesk.services.imports import run
from crmdesk.services.imports.mapping import from_plain
from crmdesk.services.imports.results import ImportOptions
from tests.services.imports.conftest import balances_of, counts, do, require_clean

CENT = Decimal("0.01")


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def rounded(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


@pytest.fixture
def company(new_book: Callable[..., Book], shared_data: Path) -> Book:
    """The book with Northwind's customers and products."""
    book = new_book("northwind.db", country="US", currency="USD", language="en")
    folder = shared_data / "northwind"
    for kind, count in (("customers", 93), ("products", 77)):
        assert counts(run.run(book, kind, folder / f"{kind}.xlsx")) == (count, 0, 0, 0)
        # the csv of the same table says nothing else
        assert counts(run.run(book, kind, folder / f"{kind}.csv", ImportOptions(mode="upsert"))) == (
            0,
            0,
            count,
            0,
        )
    return book


def test_invoiced_paid_and_added_up(company: Book, shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "northwind"
    orders = {row["OrderID"]: row for row in read(folder / "orders.csv")}
    invoices, payments = tmp_path / "invoices.csv", tmp_path / "payments.csv"
    totals = dict.fromkeys(orders, Decimal(0))
    with invoices.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        names = (
            "OrderID",
            "CustomerID",
            "OrderDate",
            "RequiredDate",
            "ProductName",
            "UnitPrice",
            "Quantity",
            "Discount",
        )
        writer.writerow(names)
        for line in read(folder / "order_lines.csv"):
            order = orders[line["OrderID"]]
            writer.writerow([order.get(name) or line[name] for name in names])
            gross = rounded(Decimal(line["UnitPrice"]) * Decimal(line["Quantity"]))
            totals[line["OrderID"]] += gross - rounded(gross * Decimal(line["Discount"]))
    # every third order is paid in full, every third by half, on the day it was wanted
    paid: dict[str, Decimal] = {}
    with payments.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["date", "customer", "amount", "invoice"])
        for place, (number, order) in enumerate(orders.items()):
            if place % 3:
                paid[number] = totals[number] if place % 3 == 1 else rounded(totals[number] / 2)
                writer.writerow([order["RequiredDate"], order["CustomerID"], f"{paid[number]:f}", number])

    fractions = ImportOptions(mapping=from_plain({"options": {"rates": "fraction"}}))
    result = run.run(company, "invoices", invoices, fractions)
    assert counts(result) == (2155, 0, 0, 0)
    assert result.document_count == 830
    received = run.run(company, "payments", payments)
    assert counts(received) == (len(paid), 0, 0, 0)

    expected: dict[str, Decimal] = {}
    for number, order in orders.items():
        left = totals[number] - paid.get(number, Decimal(0))
        expected[order["CustomerID"]] = expected.get(order["CustomerID"], Decimal(0)) + left
    assert balances_of(company) == {code: f"{balance:.2f}" for code, balance in expected.items() if balance}
    for code, balance in expected.items():
        for style in ("balance-forward", "open-item"):
            found = statements.as_json(company, code, style=style, date_to=date(2026, 12, 31))
            assert found[0]["closing"] == f"{balance:.2f}"
    half_of_all = date(1997, 6, 30)
    until = {code: Decimal(0) for code in expected}
    for number, order in orders.items():
        if order["OrderDate"] <= half_of_all.isoformat():
            until[order["CustomerID"]] += totals[number]
        if order["RequiredDate"] <= half_of_all.isoformat():
            until[order["CustomerID"]] -= paid.get(number, Decimal(0))
    for code in ("ALFKI", "SAVEA", "QUICK"):
        found = statements.as_json(company, code, date_to=half_of_all)
        assert found[0]["closing"] == f"{until[code]:.2f}"

    # the same files again, then everything taken back
    assert counts(run.run(company, "invoices", invoices, fractions)) == (0, 0, 2155, 0)
    assert counts(run.run(company, "payments", payments)) == (0, 0, len(paid), 0)
    require_clean(company)
    do(company, "import.undo", batch=received.batch)
    do(company, "import.undo", batch=result.batch)
    assert balances_of(company) == {}
    require_clean(company)
