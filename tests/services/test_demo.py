"""The practice company: the same for the same seed, in order, of the size asked for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from crmdesk.models.errors import Cancelled
from crmdesk.services import check, demo

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
