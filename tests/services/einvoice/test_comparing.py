"""What a file says beside its request: what differs, and whether the request can be issued with it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from crmdesk.services import fapiao_facts, use_cases
from crmdesk.services.book import Book
from crmdesk.services.einvoice import comparing, reading
from tests.services.einvoice.test_reading import make


def test_what_differs_is_marked(book: Book, tmp_path: Path) -> None:
    line = {"description": "x", "quantity": "3", "unit_price": "100.00", "tax_rate": "0.13"}
    for name, arguments in (
        ("customer.create", {"code": "A", "name": "上海买方", "tax_number": "91310000631696382C"}),
        ("invoice.issue", {"customer": "A", "date": "2026-06-01", "number": "B1", "lines": [line]}),
        ("fapiao.request", {"customer": "A", "invoices": [{"invoice": "B1"}], "kind": "special"}),
    ):
        use_cases.run(book, name, arguments, actor="test")
    read = reading.read_file(make("xml", tmp_path))
    with book.read() as connection:
        asked = fapiao_facts.load_request(connection, "FR-2026-0001")
    found = comparing.compare(read, asked)
    assert [one.name for one in found if not one.is_same] == [comparing.BUYER]
    assert comparing.is_issuable(found)
    other = comparing.compare(replace(read, total=Decimal(340), buyer=""), asked)
    assert [one.name for one in other if not one.is_same] == [comparing.TOTAL]
    assert not comparing.is_issuable(other)
