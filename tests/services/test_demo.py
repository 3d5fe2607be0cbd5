"""The practice company: the same for the same seed, in order, of the size asked for."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from crmdesk.models.errors import Cancelled
from crmdesk.services import check, connections, demo, leftover_log, use_cases
from crmdesk.services.book import Book

UNTIL = date(2026, 6, 30)
_CONTENT = (
    "SELECT kind, number, dated_on, due_on, total_minor, discount_minor FROM document ORDER BY id",
    "SELECT code, name, phone, terms_days FROM customer ORDER BY id",
    "SELECT dated_on, amount_minor FROM allocation ORDER BY id",
)


def content(path: Path, **options: object) -> list[list[tuple[object, ...]]]:
    with demo.create(path, customer_count=30, invoice_count=400, until=UNTIL, **options) as book:  # type: ignore[arg-type]
        assert check.run(book)["clean"]
        with book.read() as connection:
            return [[tuple(row) for row in connection.execute(text(query))] for query in _CONTENT]


def test_the_same_seed_makes_the_same_shop(tmp_path: Path) -> None:
    first = content(tmp_path / "a.crmdesk", seed=3)
    assert first == content(tmp_path / "b.crmdesk", seed=3)
    assert first != content(tmp_path / "c.crmdesk", seed=4)


def test_it_has_the_size_asked_for_and_ends_on_the_day(tmp_path: Path) -> None:
    documents, customers, _allocations = content(tmp_path / "a.crmdesk")
    assert len(customers) == 30
    assert sum(row[0] == "invoice" for row in documents) == 400
    assert max(int(str(row[2])) for row in documents) <= 20260630
    assert sum(row[0] == "payment" for row in documents) > 200, "most customers pay"


def test_cancelling_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.crmdesk"
    with pytest.raises(Cancelled):
        demo.create(path, customer_count=30, invoice_count=400, is_cancelled=lambda: True)
    assert list(tmp_path.iterdir()) == []


def test_the_log_of_every_kind_of_entry_is_the_book_s_own(tmp_path: Path) -> None:
    """While the window has a book open another process must not take its log for a stranger's."""
    path = tmp_path / "a.crmdesk"
    demo.create(path, customer_count=30, invoice_count=400, until=UNTIL, seed=3).close()
    with Book.open(path) as book:

        def do(name: str, **arguments: object) -> dict[str, Any]:
            result = use_cases.run(book, name, arguments)
            assert connections.has_log(path)
            assert not leftover_log.is_foreign(path), name
            return result

        line = {"description": "x", "quantity": "1", "unit_price": "300.00", "tax_rate": "0"}
        contract = do("contract.create", customer="C00001", date="2026-06-30", lines=[line])["number"]
        do("contract.sign", contract=contract, date="2026-06-30")
        do("plan.create", contract=contract, way="equal", count=3, first_due="2026-12-01")
        bill = do("plan.bill", contract=contract, instalment=1, date="2026-12-01")
        number = bill["invoices"][0]["invoice"]
        do(
            "fapiao.request",
            customer="C00001",
            invoices=[{"invoice": number}],
            kind="ordinary",
            medium="digital",
        )
        do("recurring.run", until="2026-12-31")
        do("rate.set", currency="USD", rate="7.1")
        do("payment.record", customer="C00001", amount="1.00", contract=contract)
