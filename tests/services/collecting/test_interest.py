"""Late interest against a sum day by day in fractions; billed once, never on itself; the credit limit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.models.errors import CrmdeskError
from crmdesk.services import interest
from crmdesk.services.book import Book
from crmdesk.services.interest import Terms
from tests.services.collecting.conftest import Do
from tests.services.small_book import rows

Bill = Callable[..., str]
DUE = date(2024, 2, 20)


def by_day(
    total: int, events: list[tuple[date, int]], terms: Terms, as_of: date, billed_until: date | None
) -> Fraction:
    """The rule read aloud: each day bears interest on what was open when it began."""
    free = DUE + timedelta(days=terms.grace_days)
    earned = Fraction(0)
    if as_of <= free:
        return earned
    day = DUE + timedelta(days=1)
    while day <= as_of:
        evening_before = max(day - timedelta(days=1), free)
        left = total - sum(amount for when, amount in events if when <= evening_before)
        is_leap = (date(day.year, 12, 31) - date(day.year, 1, 1)).days == 365
        year = {"360": 360, "365": 365}.get(terms.basis, 366 if is_leap else 365)
        if billed_until is None or day > billed_until:
            earned += Fraction(terms.rate) * left / year
        day += timedelta(days=1)
    return earned


@given(
    total=st.integers(1, 10**9),
    payments=st.lists(st.tuples(st.integers(-10, 700), st.integers(0, 100)), max_size=4),
    rate=st.decimals("0.0001", "0.36", places=4),
    grace=st.integers(0, 30),
    basis=st.sampled_from(["360", "365", "actual"]),
    days=st.integers(0, 800),
    billed=st.one_of(st.none(), st.integers(0, 400)),
)
def test_the_same_as_day_by_day(
    total: int,
    payments: list[tuple[int, int]],
    rate: Decimal,
    grace: int,
    basis: str,
    days: int,
    billed: int | None,
) -> None:
    terms = Terms(rate, grace, basis)
    left, events = total, []
    for after, percent in payments:
        part = left * percent // 100
        left -= part
        events.append((DUE + timedelta(days=after), part))
    as_of = DUE + timedelta(days=days)
    until = None if billed is None else DUE + timedelta(days=billed)
    spans = interest.spans_of(total, DUE, events, terms, as_of, until)
    exact = by_day(total, events, terms, as_of, until)
    assert interest.interest_minor(spans, terms) == int(exact + Fraction(1, 2)), "rounded half up, once"


@pytest.fixture
def shop(do: Do) -> Do:
    do("company.update", interest_rate="0.073", interest_basis="365")
    do("customer.create", code="A", name="鼎晟")
    return do


def unbilled(book: Book, on: str) -> list[tuple[str, int, str]]:
    with book.read() as connection:
        found = interest.interest(connection, "A", date.fromisoformat(on))
    return [(item.number, item.days, f"{item.interest_minor / 100:.2f}") for item in found]


def test_interest_is_billed_once_and_bears_none(book: Book, shop: Do, bill: Bill) -> None:
    one = bill("A", "2026-01-01", "10000")  # 2.00 a day
    assert unbilled(book, "2026-01-01") == []
    assert unbilled(book, "2026-01-11") == [(one, 10, "20.00")]
    paid = shop("payment.record", customer="A", amount="5000", date="2026-01-11", allocate="oldest")["number"]
    assert unbilled(book, "2026-01-21") == [(one, 20, "30.00")]
    made = shop("interest.bill", customer="A", date="2026-01-21", tax_rate="0.06")
    assert (made["net"], made["tax"], made["total"]) == ("30.00", "1.80", "31.80")
    assert made["items"] == [
        {"invoice": one, "from": "2026-01-02", "until": "2026-01-21", "days": 20, "amount": "30.00"}
    ]
    assert unbilled(book, "2026-01-21") == []
    shop(
        "payment.record",
        customer="A",
        amount="5000",
        date="2026-01-31",
        allocate=[{"invoice": one, "amount": "5000"}],
    )
    assert unbilled(book, "2026-03-01") == [(one, 10, "10.00")], "paid late, and the interest bears none"
    shop("invoice.void", invoice=made["number"], date="2026-02-01", reason="goodwill")
    assert unbilled(book, "2026-03-01") == [(one, 30, "40.00")], "what was voided is free again"
    shop("interest.bill", customer="A", as_of="2026-01-10", date="2026-02-02", tax_kind="out_of_scope")
    assert unbilled(book, "2026-03-01") == [(one, 21, "22.00")]
    shop("payment.reverse", payment=paid, date="2026-02-10", reason="bounced")
    assert unbilled(book, "2026-02-15") == [(one, 26, "27.00")], "open again from the day it bounced"


def test_days_of_grace(book: Book, shop: Do, bill: Bill) -> None:
    shop("company.update", interest_grace_days=5)
    one = bill("A", "2026-01-01", "10000")
    shop("payment.record", customer="A", amount="5000", date="2026-01-06", allocate="oldest")
    assert unbilled(book, "2026-01-06") == []
    assert unbilled(book, "2026-01-07") == [(one, 6, "6.00")], "from the due date, without what came in time"


REFUSED = [
    ({"tax_rate": None}, "required", "tax_rate"),
    ({"tax_rate": None, "tax_kind": "taxed"}, "required", "tax_rate"),
    ({"as_of": "2026-07-01"}, "date_order", "as_of"),
    ({"as_of": "2026-01-01"}, "nothing_open", "customer"),
    ({"currency": "EUR"}, "nothing_open", "customer"),
    ({"customer": "X"}, "customer_missing", "customer"),
]


def test_what_is_refused_leaves_nothing(book: Book, shop: Do, bill: Bill) -> None:
    bill("A", "2026-01-01", "10000")
    before = rows(book.path)
    for changed, code, field in REFUSED:
        with pytest.raises(CrmdeskError) as caught:
            shop("interest.bill", **({"customer": "A", "tax_rate": "0.06"} | changed))
        assert (caught.value.code, caught.value.field) == (code, field), changed
    assert rows(book.path) == before
    shop("company.update", interest_rate="0")
    with pytest.raises(CrmdeskError, match="charges no late interest"):
        shop("interest.bill", customer="A", tax_rate="0.06")


def test_a_corrected_opening_bills_no_day_twice(book: Book, shop: Do) -> None:
    """It is another document under the same number; its days up to the bill stay billed."""
    shop("customer.create", code="B", name="B")
    shop("opening.record", customer="A", date="2026-01-01", due="2026-01-31", amount="1000", number="OP-1")
    shop("interest.bill", customer="A", date="2026-03-31", tax_kind="out_of_scope")
    shop("opening.correct", opening="OP-1", amount="2000", reason="a slip of the pen")
    with book.read() as connection:
        assert interest.interest(connection, "A", date(2026, 3, 31)) == []
        (item,) = interest.interest(connection, "A", date(2026, 4, 10))
    assert (item.spans[0].from_on, item.days, item.interest_minor) == (date(2026, 4, 1), 10, 4_00)
    shop("opening.correct", opening="OP-1", amount="500", reason="again")
    with book.read() as connection:
        (item,) = interest.interest(connection, "A", date(2026, 4, 10))
    assert (item.days, item.interest_minor) == (10, 1_00)
    shop("opening.correct", opening="OP-1", customer="B", reason="not his")
    with book.read() as connection:
        (item,) = interest.interest(connection, "B", date(2026, 4, 10))
    assert item.days == 69, "nothing was billed to this customer"
