"""Late interest against a sum day by day in fractions; billed once, never on itself; the credit limit."""

from __future__ import annotations

import random
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
    total: int, events: list[tuple[date, int]], terms: Terms, as_of: date, billed: list[tuple[date, date]]
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
        if not any(start <= day <= end for start, end in billed):
            earned += Fraction(terms.rate) * left / year
        day += timedelta(days=1)
    return earned


def days_in(start: date, end: date) -> list[date]:
    return [start + timedelta(days=count) for count in range((end - start).days + 1)]


@given(
    total=st.integers(1, 10**9),
    payments=st.lists(st.tuples(st.integers(-10, 700), st.integers(0, 100)), max_size=4),
    rate=st.decimals("0.0001", "0.36", places=4),
    grace=st.integers(0, 30),
    basis=st.sampled_from(["360", "365", "actual"]),
    days=st.integers(0, 800),
    billed=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 200)), max_size=4),
)
def test_the_same_as_day_by_day(
    total: int,
    payments: list[tuple[int, int]],
    rate: Decimal,
    grace: int,
    basis: str,
    days: int,
    billed: list[tuple[int, int]],
) -> None:
    terms = Terms(rate, grace, basis)
    left, events = total, []
    for after, percent in payments:
        part = left * percent // 100
        left -= part
        events.append((DUE + timedelta(days=after), part))
    as_of = DUE + timedelta(days=days)
    done = [(DUE + timedelta(days=a), DUE + timedelta(days=a + b)) for a, b in billed]
    spans = interest.spans_of(total, DUE, events, terms, as_of, done)
    exact = by_day(total, events, terms, as_of, done)
    minor = interest.interest_minor(spans, terms)
    assert minor == int(exact + Fraction(1, 2)), "rounded half up, once"
    charges = interest.charges_of(spans, terms, as_of, done)
    assert sum(charge.interest_minor for charge in charges) == minor, "parts add up to the whole"
    charged = [day for charge in charges for day in days_in(charge.from_on, charge.until_on)]
    assert len(charged) == len(set(charged)), "no day is charged twice"
    assert not set(charged) & {day for one in done for day in days_in(*one)}, "and none that was billed"
    assert set(charged) >= {day for span in spans for day in days_in(span.from_on, span.until_on)}


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


def test_an_earlier_bill_that_became_void_is_billed_anew(book: Book, shop: Do, bill: Bill) -> None:
    one = bill("A", "2026-01-01", "10000")  # 2.00 a day
    january = shop("interest.bill", customer="A", as_of="2026-01-31", date="2026-03-01", tax_rate="0")[
        "number"
    ]
    february = shop("interest.bill", customer="A", as_of="2026-02-28", date="2026-03-01", tax_rate="0")[
        "number"
    ]
    shop("invoice.void", invoice=january, date="2026-03-01", reason="a slip of the pen")
    assert unbilled(book, "2026-02-28") == [(one, 30, "60.00")]
    assert unbilled(book, "2026-03-05") == [(one, 35, "70.00")], "the days on both sides of what stays billed"
    both = shop("interest.bill", customer="A", as_of="2026-03-05", date="2026-03-05", tax_rate="0")
    assert both["items"] == [
        {"invoice": one, "from": "2026-01-02", "until": "2026-03-05", "days": 35, "amount": "70.00"}
    ]
    shop("invoice.void", invoice=february, date="2026-03-06", reason="goodwill")
    assert unbilled(book, "2026-03-05") == [(one, 28, "56.00")], "the days between, and no others"


@pytest.mark.parametrize("seed", range(5))
def test_random_bills_and_voids_bill_each_day_once(book: Book, shop: Do, bill: Bill, seed: int) -> None:
    """Against a set of days for each item: what is on live bills and what is left are all its days, each once."""
    chance = random.Random(seed)
    first, last = date(2026, 1, 1), date(2026, 6, 30)
    numbers = [bill("A", "2026-01-01", "10000"), bill("A", "2026-02-10", "3000")]
    shop("payment.record", customer="A", amount="10000", date="2026-03-15",
         allocate=[{"invoice": numbers[0], "amount": "10000"}])  # fmt: skip
    bearing = {
        numbers[0]: set(days_in(date(2026, 1, 2), date(2026, 3, 15))),
        numbers[1]: set(days_in(date(2026, 2, 11), last)),
    }
    live: dict[str, dict[str, set[date]]] = {}
    for _step in range(14):
        if live and chance.random() < 0.45:
            number = chance.choice(sorted(live))
            shop("invoice.void", invoice=number, date="2026-06-30", reason="random")
            del live[number]
            continue
        until = first + timedelta(days=chance.randrange(1, 180))
        done = {name: set().union(*(one.get(name, set()) for one in live.values())) for name in numbers}
        left = {name: {day for day in bearing[name] - done[name] if day <= until} for name in numbers}
        left = {name: days for name, days in left.items() if days}
        arguments = {"customer": "A", "as_of": until.isoformat(), "date": "2026-06-30", "tax_rate": "0"}
        if not left:
            with pytest.raises(CrmdeskError, match="not billed yet"):
                shop("interest.bill", **arguments)
            continue
        made = shop("interest.bill", **arguments)
        assert {item["invoice"]: item["days"] for item in made["items"]} == {
            name: len(days) for name, days in left.items()
        }
        daily = {numbers[0]: Decimal("2.00"), numbers[1]: Decimal("0.60")}
        assert Decimal(made["net"]) == sum(daily[name] * len(days) for name, days in left.items())
        live[made["number"]] = left


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
