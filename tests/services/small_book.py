"""A small book with every kind of row, and ways to look at a file without the program."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from crmdesk.services import connections, use_cases
from crmdesk.services.book import Book

TODAY = "2026-06-30"


def do(book: Book, use_case: str, /, **args: Any) -> dict[str, Any]:
    """Runs one use case."""
    return use_cases.run(book, use_case, args, actor="teller")


def invoice(book: Book, customer: str, on: str = "2026-03-01", price: str = "100") -> str:
    """Issues an invoice without tax and returns its number."""
    line = {"description": "Paint 油漆", "quantity": "1", "unit_price": price, "tax_rate": "0"}
    return do(book, "invoice.issue", customer=customer, date=on, lines=[line])["number"]


def make(path: Path, customers: int = 3, invoices: int = 4) -> Path:
    """A closed book: customers, invoices, payments with allocations, a credit note, a reversal, a write-off."""
    with Book.create(path, name="鼎晟 Paint & Co", country="CN", currency="CNY", language="en") as book:
        fill(book, customers, invoices)
    return path


def fill(book: Book, customers: int, invoices: int) -> None:
    """The rows of `make`, put into an open book."""
    for number in range(customers):
        do(book, "customer.create", code=f"K{number}", name=f"顾客 {number} O'Hara")
    for number in range(invoices):
        code = f"K{number % customers}"
        name = invoice(book, code, f"2026-03-{number % 28 + 1:02d}", str(100 + number))
        do(book, "payment.record", customer=code, date="2026-04-02", amount="60.00", allocate=[
            {"invoice": name, "amount": "50.00"}
        ])  # fmt: skip
    last = invoice(book, "K0", "2026-05-01", "77")
    do(book, "credit.issue", customer="K0", invoice=last, date="2026-05-02", reason="returned",
       lines=[{"description": "Paint", "quantity": "1", "unit_price": "7", "tax_rate": "0"}])  # fmt: skip


def rows(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of a file, in key order: its logical content."""
    raw = connections.connector(path, is_read_only=True)()
    try:
        names = [
            name
            for (name,) in raw.execute(
                "SELECT name FROM sqlite_schema WHERE type='table' ORDER BY name"
            ).fetchall()
            if not name.startswith(("sqlite_", "customer_search"))
        ]
        return {name: sorted(raw.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr) for name in names}
    finally:
        raw.close()


def sha256(path: Path) -> str:
    """The digest of a closed file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def names(folder: Path) -> set[str]:
    """What lies in a folder."""
    return {entry.name for entry in folder.iterdir()}
