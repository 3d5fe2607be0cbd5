"""Numbers and codes given by hand: none that a batch could not name, none that looks like another one."""

from __future__ import annotations

from typing import Any

import pytest

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services.book import Book
from tests.services.small_book import do

LINES = [{"description": "Paint", "quantity": "1", "unit_price": "100", "tax_rate": "0"}]
BILL = {"number": "B1", "due_on": "2026-12-31"}
GIVEN: list[tuple[str, dict[str, Any], str, str]] = [
    ("payment.record", {"amount": "100"}, "number", "number"),
    ("invoice.issue", {"lines": LINES}, "number", "number"),
    ("opening.record", {"amount": "100"}, "number", "number"),
    ("quote.create", {"lines": LINES}, "number", "number"),
    ("contract.create", {"lines": LINES}, "number", "number"),
    ("customer.create", {"name": "B"}, "code", "code"),
    ("product.create", {"name": "B", "price": "1"}, "code", "code"),
    ("payment.record", {"amount": "100", "method": "bill"}, "bill", "bill.number"),
]


@pytest.mark.parametrize(
    ("use_case", "values", "name", "field"), GIVEN, ids=[f"{a}-{d}" for a, _b, _c, d in GIVEN]
)
def test_a_number_that_nobody_could_name(
    book: Book, use_case: str, values: dict[str, Any], name: str, field: str
) -> None:
    do(book, "customer.create", code="C1", name="A")
    customer = {} if name == "code" else {"customer": "C1"}
    for given, code in (
        ("@p1", Code.INVALID_CHOICE),
        ("\u202ep1", Code.CONTROL_CHARS),
        ("p\u200b1", Code.CONTROL_CHARS),
    ):
        number = BILL | {"number": given} if name == "bill" else given
        with pytest.raises(CrmdeskError) as caught:
            do(book, use_case, **customer, **values, **{name: number})
        assert (caught.value.code, caught.value.field) == (code, field)
    do(book, use_case, **customer, **values, **{name: BILL if name == "bill" else "p@1"})
