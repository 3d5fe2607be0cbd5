"""The proposal of quick payment: it is what booking the payment then does, and it writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.models.errors import NotFound
from crmdesk.services import matching, payment_plan, use_cases
from crmdesk.services.book import Book
from crmdesk.services.payment_plan import Way


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Book]:
    monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
    made = Book.create(tmp_path / "book.db", name="鼎晟", country="CN", currency="CNY", language="en")
    with made:
        do(made, "customer.create", code="K1", name="西溪民宿", terms_days=30)
        yield made


def do(book: Book, use_case: str, **args: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, args)


def bill(book: Book, amount: str, on: str = "2026-03-01", **more: Any) -> str:
    line = {"description": "x", "quantity": "1", "unit_price": amount, "tax_rate": "0"}
    return do(book, "invoice.issue", customer="K1", date=on, lines=[line], **more)["number"]


def plan_of(book: Book, **options: Any) -> payment_plan.Plan:
    with book.read() as connection:
        return payment_plan.of_customer(connection, "K1", **options)


def proposed(plan: payment_plan.Plan, amount: int, mode: str = "auto") -> dict[str, int]:
    return {
        plan.documents[index].number: part for index, part in payment_plan.choose(plan, amount, mode).parts
    }


def test_one_item_of_that_amount_comes_before_older_ones(book: Book) -> None:
    bill(book, "100.00")
    second = bill(book, "250.00", "2026-04-01")
    plan = plan_of(book)
    choice = payment_plan.choose(plan, 25_000)
    assert choice.way is Way.ONE
    assert proposed(plan, 25_000) == {second: 25_000}


def test_the_only_set_that_adds_up(book: Book) -> None:
    first, _other, third = (
        bill(book, "100.00"),
        bill(book, "77.77", "2026-03-02"),
        bill(book, "55.50", "2026-03-03"),
    )
    plan = plan_of(book)
    assert payment_plan.choose(plan, 15_550).way is Way.SET
    assert proposed(plan, 15_550) == {first: 10_000, third: 5_550}


def test_several_matches_are_told_and_the_oldest_go_first(book: Book) -> None:
    first = bill(book, "100.00")
    bill(book, "100.00", "2026-03-02")
    plan = plan_of(book)
    choice = payment_plan.choose(plan, 10_000)
    assert (choice.way, choice.hit_count) == (Way.OLDEST, 2)
    assert proposed(plan, 10_000) == {first: 10_000}


def test_no_match_takes_the_oldest_first_and_leaves_the_rest_free(book: Book) -> None:
    first, second = bill(book, "100.00"), bill(book, "50.00", "2026-03-02")
    plan = plan_of(book)
    choice = payment_plan.choose(plan, 20_000)
    assert (choice.way, choice.hit_count) == (Way.OLDEST, 0)
    assert proposed(plan, 20_000) == {first: 10_000, second: 5_000}


def test_nothing_is_proposed_for_no_amount(book: Book) -> None:
    bill(book, "100.00")
    assert proposed(plan_of(book), 0) == {}


def test_due_first_is_another_order(book: Book) -> None:
    first = bill(book, "100.00", "2026-03-01", due="2026-09-01")
    second = bill(book, "50.00", "2026-04-01", due="2026-04-10")
    assert proposed(plan_of(book), 6_000, "due") == {second: 5_000, first: 1_000}


def test_what_is_shown_of_an_open_document(book: Book) -> None:
    number = bill(book, "100.00", "2026-05-01", reference="合同 7")
    do(book, "payment.record", customer="K1", amount="30.00", date="2026-05-05", allocate="oldest")
    (entry,) = plan_of(book).documents
    assert (entry.number, entry.kind, entry.reference) == (number, "invoice", "合同 7")
    assert (entry.total_minor, entry.open_minor, entry.is_part_paid) == (10_000, 7_000, True)
    assert (entry.due_on, entry.days_late) == (date(2026, 5, 31), 30)


def test_openings_can_be_paid_and_credits_are_counted_apart(book: Book) -> None:
    do(book, "opening.record", customer="K1", amount="500.00", date="2026-01-01")
    do(book, "payment.record", customer="K1", amount="40.00", date="2026-05-05")
    plan = plan_of(book)
    assert [(entry.kind, entry.open_minor) for entry in plan.documents] == [("opening", 50_000)]
    assert plan.open_minor == 50_000
    assert plan.free_minor == 4_000


def test_a_past_date_offers_only_what_stays_open_from_then_on(book: Book) -> None:
    bill(book, "100.00", "2026-03-01")
    bill(book, "50.00", "2026-05-01")
    do(book, "payment.record", customer="K1", amount="60.00", date="2026-06-01", allocate="oldest")
    plan = plan_of(book, on=date(2026, 4, 1))
    assert [entry.open_minor for entry in plan.documents] == [4_000]
    assert plan.documents[0].days_late == 1


def test_currencies_stay_apart_and_the_other_ones_are_named(book: Book) -> None:
    bill(book, "100.00")
    bill(book, "80.00", currency="USD")
    plan = plan_of(book)
    assert (plan.currency, plan.open_minor, plan.other_currencies) == ("CNY", 10_000, ("USD",))
    assert plan_of(book, currency="USD").open_minor == 8_000


def test_unknown_customer(book: Book) -> None:
    with book.read() as connection, pytest.raises(NotFound):
        payment_plan.of_customer(connection, "nobody")


@pytest.mark.parametrize("amount", ["150.50", "99.99", "250.00", "400.51", "0.01", "350.50", "1000.00"])
@pytest.mark.parametrize("mode", ["auto", "oldest", "due"])
def test_the_proposal_is_what_is_booked(book: Book, amount: str, mode: str) -> None:
    for price, on, due in (
        ("100.00", "2026-03-01", "2026-07-01"),
        ("50.50", "2026-03-02", "2026-03-20"),
        ("99.99", "2026-04-02", "2026-04-02"),
        ("150.00", "2026-05-09", "2026-05-10"),
    ):
        bill(book, price, on, due=due)
    minor = int(Decimal(amount) * 100)
    wanted = proposed(plan_of(book), minor, mode)
    booked = do(book, "payment.record", customer="K1", amount=amount, allocate=mode)
    assert {
        entry["invoice"]: int(Decimal(entry["amount"]) * 100) for entry in booked["allocations"]
    } == wanted
    with book.read() as connection:
        after = payment_plan.of_customer(connection, "K1")
    assert after.open_minor == 40_049 - sum(wanted.values())


@pytest.mark.parametrize(
    ("opens", "odd"),
    [
        (["1234.50"], 50),
        (["1234.00"], 400),
        (["1230.00"], 0),
        (["0.50"], 0),
        (["99.60", "0.65"], 25),
        ([], 0),
    ],
)
def test_the_odd_part_of_all_that_is_open(book: Book, opens: list[str], odd: int) -> None:
    for amount in opens:
        bill(book, amount)
    assert payment_plan.odd_part(plan_of(book)) == odd


@pytest.mark.parametrize(
    ("paid", "rest", "is_odd"),
    [(99_300, 700, True), (100_000, 0, False), (98_999, 1_001, False), (99_000, 1_000, True)],
)
def test_a_little_rest_is_odd_and_a_larger_one_is_not(book: Book, paid: int, rest: int, is_odd: bool) -> None:
    bill(book, "400.00")
    bill(book, "600.00", "2026-03-02")
    plan = plan_of(book)
    parts = dict(payment_plan.choose(plan, paid).parts)
    assert payment_plan.odd_rest(plan, parts, paid) == payment_plan.Rest(rest, is_odd)


def test_of_a_large_payment_one_percent_is_odd(book: Book) -> None:
    bill(book, "50000.00")
    plan = plan_of(book)
    assert payment_plan.odd_rest(plan, {0: 4_950_500}, 4_950_500).is_odd
    assert not payment_plan.odd_rest(plan, {0: 4_950_400}, 4_950_400).is_odd


class Item:
    def __init__(self, document_id: int) -> None:
        self.document_id = document_id
        self.dated_on = date(2026, 1, 1)
        self.due_on: date | None = None


@given(st.lists(st.integers(1, 40), min_size=1, max_size=9), st.integers(1, 150))
def test_exact_is_found_exactly_when_one_match_exists(rooms: list[int], amount: int) -> None:
    """Against counting every set."""
    items = [Item(index) for index in range(len(rooms))]
    choice = matching.choose(items, rooms, amount, "auto")
    singles = [(index,) for index, room in enumerate(rooms) if room == amount]
    sets = [
        chosen
        for size in range(2, 6)
        for chosen in combinations(range(len(rooms)), size)
        if sum(rooms[index] for index in chosen) == amount
    ]
    matches = singles or sets
    is_exact = choice.way in (Way.ONE, Way.SET)
    assert is_exact == (len(matches) == 1)
    parts = dict(choice.parts)
    if is_exact:
        assert sorted(parts) == sorted(matches[0])
    assert sum(parts.values()) == min(amount, sum(rooms))
    assert all(0 < part <= rooms[index] for index, part in parts.items())
