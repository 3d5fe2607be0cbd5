"""Beginning a document with what is there, and its totals and paper while it is written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crmdesk.models import validation
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import optional
from crmdesk.models.specs.documents import INVOICE
from crmdesk.services import invoice_entry, papers, proposed_document, use_cases
from crmdesk.services.book import Book
from crmdesk.services.documents import model, printing

D = Decimal


@pytest.fixture(params=["CN", "DE"])
def book(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Book]:
    """A Chinese book rounds tax by line, others by document."""
    monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
    made = Book.create(
        tmp_path / "book.db", name="鼎晟", country=request.param, currency="CNY", language="en"
    )
    with made:
        do(made, "customer.create", code="K1", name="西溪", terms_days=30, credit_limit="5000")
        paint = {"specification": "18L", "unit": "桶", "price": "268", "tax_rate": "0.13"}
        do(made, "product.create", code="P1", name="乳胶漆", **paint)
        yield made


def do(book: Book, use_case: str, **args: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, args)


LINES = [
    {"product": "P1", "quantity": "3", "discount": {"rate": "0.05"}},
    {
        "description": "运费",
        "quantity": "1.5",
        "unit_price": "33.335",
        "tax_rate": "0.09",
        "tax_included": True,
    },
    {"description": "礼品", "quantity": "7", "unit_price": "0.35", "tax_kind": "exempt"},
    {"description": "退桶", "quantity": "2", "unit_price": "-10", "tax_rate": "0.13", "kind": "return"},
]


@pytest.mark.parametrize("discount", [None, {"rate": "0.037"}, {"amount": "12.34"}])
def test_a_copy_has_the_same_amounts(book: Book, discount: dict[str, str] | None) -> None:
    extra = {"discount": discount} if discount else {}
    first = do(book, "invoice.issue", customer="K1", lines=LINES, note="谢谢", **extra)
    with book.read() as connection:
        values = invoice_entry.copy_of(connection, first["number"])
    assert values["customer"] == "K1"
    assert values["note"] == "谢谢"
    second = do(book, "invoice.issue", **values)
    assert {name: second[name] for name in ("net", "tax", "total")} == {
        name: first[name] for name in ("net", "tax", "total")
    }


def test_a_credit_note_for_the_whole_invoice_leaves_nothing_open(book: Book) -> None:
    first = do(book, "invoice.issue", customer="K1", lines=LINES, discount={"rate": "0.1"})
    with book.read() as connection:
        values = invoice_entry.credit_of(connection, first["number"])
    note = do(book, "credit.issue", reason="returned", **values)
    assert (note["total"], note["open"]) == (first["total"], "0.00")
    with pytest.raises(Conflict) as refusal:
        do(book, "credit.issue", reason="again", **values)
    assert refusal.value.code is Code.OVER_CREDITED


def test_a_draft_comes_back_as_it_was_typed(book: Book) -> None:
    typed = {"customer": "K1", "lines": LINES, "note": "half done", "due": "2026-09-01"}
    name = do(book, "invoice.draft", **typed)["draft"]
    with book.read() as connection:
        values, _state = invoice_entry.of_draft(connection, name)
        with pytest.raises(NotFound):
            invoice_entry.of_draft(connection, "D999999")
    again = validation.check(optional(INVOICE), values)
    assert again == validation.check(optional(INVOICE), typed)


def test_what_the_book_decides(book: Book) -> None:
    with book.read() as connection:
        known = invoice_entry.setting_of(connection)
        standing = invoice_entry.customer_of(connection, "K1")
        with pytest.raises(NotFound):
            invoice_entry.customer_of(connection, "nobody")
    assert known.currency == "CNY"
    assert known.rounding in ("line", "document")
    assert known.tax_rate in known.rates
    assert (standing.terms_days, standing.credit_limit_minor, standing.balance_minor) == (30, 500_000, 0)
    assert invoice_entry.due_on(date(2026, 1, 31), 30) == date(2026, 3, 2)


def test_how_a_customer_stands(book: Book) -> None:
    line = {"description": "x", "quantity": "1", "unit_price": "100", "tax_rate": "0"}
    do(book, "invoice.issue", customer="K1", date="2026-05-01", lines=[line])
    do(book, "invoice.issue", customer="K1", date="2026-06-20", lines=[line])
    with book.read() as connection:
        standing = invoice_entry.customer_of(connection, "K1")
    assert (standing.balance_minor, standing.overdue_minor) == (20_000, 10_000)


@pytest.mark.parametrize("discount", [None, {"rate": D("0.037")}, {"amount": D("12.34")}])
def test_the_proposed_document_is_what_is_then_issued(
    book: Book, discount: dict[str, Decimal] | None
) -> None:
    values = validation.check(
        optional(INVOICE),
        {"customer": "K1", "date": "2026-06-01", "due": "2026-07-01", "lines": LINES, "note": "n"},
    )
    values["discount"] = discount
    values["lines"][0]["unit_price"] = D(268)  # the editor fills in what the product knows
    values["lines"][0]["tax_rate"] = D("0.13")
    with book.read() as connection:
        made = proposed_document.document_of(connection, values)
    plain = (
        {"rate": "0.037"} if discount and "rate" in discount else {"amount": "12.34"} if discount else None
    )
    issued = do(
        book, "invoice.issue", customer="K1", date="2026-06-01", lines=LINES, discount=plain, note="n"
    )
    with book.read() as connection:
        real = papers.invoice(connection, issued["number"])
    assert isinstance(made, model.InvoiceDoc)
    assert made.lines == real.lines
    assert made.tax_totals == real.tax_totals
    assert (made.net_minor, made.tax_minor, made.total_minor) == (
        real.net_minor,
        real.tax_minor,
        real.total_minor,
    )
    assert (made.party, made.standing) == (real.party, model.Standing.DRAFT)
    assert printing.render([made], "A4", "both").page_count == 1


def test_what_is_not_complete_is_left_out(book: Book) -> None:
    lines: list[dict[str, Any]] = [
        {"description": "no price", "quantity": D(2)},
        {"description": "whole", "quantity": D(2), "unit_price": D(5), "tax_rate": D(0)},
        {},
    ]
    with book.read() as connection:
        assert proposed_document.document_of(connection, {"lines": lines}) is None, "nobody to write to"
        made = proposed_document.document_of(
            connection, {"customer": "K1", "lines": lines, "discount": {"amount": D(99)}}
        )
    assert made is not None
    assert [line.description for line in made.lines] == ["whole"]
    assert made.total_minor == 1_000, "a discount of more than there is counts as none"


def test_a_credit_note_on_paper(book: Book) -> None:
    first = do(book, "invoice.issue", customer="K1", date="2026-06-01", lines=LINES)
    line = {"description": "back", "quantity": D(1), "unit_price": D(10), "tax_rate": D("0.13")}
    values = {"customer": "K1", "invoice": first["number"], "reason": "torn", "lines": [line]}
    with book.read() as connection:
        made = proposed_document.document_of(connection, values, is_credit=True)
    assert isinstance(made, model.CreditNoteDoc)
    assert (made.original_number, made.original_on, made.reason, made.total_minor) == (
        first["number"],
        date(2026, 6, 1),
        "torn",
        1_130,
    )


def test_a_product_without_a_rate_is_sold_at_the_book_s_usual_one(book: Book) -> None:
    do(book, "product.create", code="P9", name="Bolt", price="100")
    line = {"product": "P9", "quantity": "1", "unit_price": "100"}
    issued = do(book, "invoice.issue", customer="K1", lines=[line])
    own = do(book, "invoice.issue", customer="K1", lines=[{**line, "tax_rate": "0.03"}])
    usual = {"CN": "113.00", "DE": "119.00"}[book.settings.country]
    assert (issued["total"], own["total"]) == (usual, "103.00")


@pytest.mark.parametrize("place", ["line", "document"])
def test_a_gift_is_a_discount_of_all_of_it(book: Book, place: str) -> None:
    line: dict[str, Any] = {
        "description": "Sample",
        "quantity": "1",
        "unit_price": "100",
        "tax_rate": "0.13",
    }

    def issue(rate: str) -> dict[str, Any]:
        discounted = {"discount": {"rate": rate}}
        if place == "line":
            return do(book, "invoice.issue", customer="K1", lines=[{**line, **discounted}])
        return do(book, "invoice.issue", customer="K1", lines=[line], **discounted)

    assert issue("1")["total"] == "0.00"
    assert issue("0.99")["total"] == "1.13"
    with pytest.raises(InvalidInput, match=r"from 0 to 1; 1\.01 is not"):
        issue("1.01")
