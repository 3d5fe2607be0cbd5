"""Credit: limit and policy, the grade with its points, the same in the list for all at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import literal, select

from crmdesk.models.errors import CrmdeskError
from crmdesk.models.tables.base import day_number
from crmdesk.services import credit, customer_card, dialect, invoice_entry, lists, today_open, use_cases
from crmdesk.services.book import Book
from tests.services.collecting.conftest import Do
from tests.services.small_book import rows

Bill = Callable[..., str]


def facts(book: Book, code: str = "A") -> credit.Credit:
    with book.read() as connection:
        return credit.of_customer(connection, code)


def points(book: Book, code: str = "A") -> dict[str, tuple[str, int]]:
    return {one.name: (f"{one.value}", one.points) for one in facts(book, code).points if one.points}


def listed(book: Book, expression: str) -> list[tuple[str, str]]:
    answer = lists.as_json(book, "customers", filter=expression)
    assert answer["total"] == len(answer["rows"])
    return [(row["code"], row["risk"]) for row in answer["rows"]]


def test_a_payer_goes_from_a_to_e(book: Book, do: Do, bill: Bill) -> None:
    do("customer.create", code="A", name="A", credit_limit="1000")
    do("customer.create", code="B", name="B")
    assert (facts(book).grade, facts(book).available_minor) == ("A", 1000_00)
    bill("A", "2026-01-01", "600")
    bill("A", "2026-06-30", "400")
    found = facts(book)
    assert (found.used_minor, found.overdue_minor, found.longest_days) == (1000_00, 600_00, 180)
    assert found.overdue_share == Decimal("60.0")
    assert points(book) == {"overdue_share": ("60.0", 4), "longest_days": ("180", 2)}
    assert found.grade == "C"
    one = do("payment.record", customer="A", amount="200", date="2026-01-21", allocate="oldest")["number"]
    do("payment.record", customer="A", amount="100", date="2026-02-10", allocate="oldest")
    assert facts(book).days_late == Decimal("26.7"), "(200 × 20 + 100 × 40) / 300"
    do("payment.reverse", payment=one, date="2026-02-01", reason="bounced")
    do("promise.record", customer="A", amount="5", promised_on="2026-03-02", date="2026-03-01")
    bill("A", "2026-06-30", "200")
    assert points(book) == {
        "overdue_share": ("45.5", 3),
        "days_late": ("26.7", 3),
        "longest_days": ("180", 2),
        "bounced": ("1", 2),
        "broken": ("1", 1),
        "over_limit": ("1", 2),
    }
    assert facts(book).grade == "E"
    assert listed(book, "risk = E") == [("A", "E")]
    assert listed(book, "not risk = E") == [("B", "A")]
    assert [row["code"] for row in lists.as_json(book, "customers", sort="-risk")["rows"]] == ["A", "B"]
    assert lists.as_json(book, "customers", filter="risk = E")["sums"]["CNY"]["balance"] == "1100.00"


def test_a_payment_corrected_on_its_day_did_not_bounce(book: Book, do: Do) -> None:
    do("customer.create", code="A", name="A")
    paid = do("payment.record", customer="A", amount="200", date="2026-01-21")["number"]
    do("payment.reverse", payment=paid, date="2026-01-21", reason="typo")
    assert facts(book).bounced == 0


def test_the_limit_warns_and_refuses(book: Book, do: Do, bill: Bill) -> None:
    do("customer.create", code="A", name="鼎晟", credit_limit="1000")
    bill("A", "2026-06-30", "1000")
    line = [{"description": "x", "quantity": "1", "unit_price": "0.01", "tax_rate": "0"}]
    given_values: dict[str, Any] = {"customer": "A", "lines": line}
    warned = use_cases.run_outcome(book, "invoice.issue", given_values).warnings
    assert [warning["code"] for warning in warned] == ["credit_limit"]
    assert "0.01 beyond his credit limit of 1000.00" in warned[0]["message"]
    do("company.update", credit_policy="refuse")
    draft = do("invoice.draft", **given_values)["draft"]
    before = rows(book.path)
    for more, code, field in (
        ({}, "credit_limit", "customer"),
        ({"override": True}, "required", "override_reason"),
        ({"override_reason": "because"}, "credit_limit", "customer"),
    ):
        for what in (given_values, {"draft": draft}):
            with pytest.raises(CrmdeskError) as caught:
                do("invoice.issue", **what, **more)
            assert (caught.value.code, caught.value.field) == (code, field)
    assert rows(book.path) == before
    do("invoice.issue", draft=draft, override=True, override_reason="the boss said so")
    do("payment.record", customer="A", amount="900")
    do("invoice.issue", **given_values)
    assert "the boss said so" in lists.as_json(book, "audit", search="boss")["rows"][0]["detail"]


def over(book: Book) -> list[str]:
    """Who is beyond his limit, by the list's filter; Today counts the same, each row and card says the same."""
    found = [row["code"] for row in lists.as_json(book, "customers", filter="over_limit")["rows"]]
    shown = [row["code"] for row in lists.as_json(book, "customers")["rows"] if row["over_limit"]]
    with book.read() as connection:
        counted = today_open.over_limit(connection, "CNY").count
        cards = []
        for code in ("A", "B"):
            card = customer_card.load(connection, customer_card.id_of(connection, code) or 0)
            standing = credit.of_customer(connection, code)
            assert (card.used.minor, card.used.unrated) == (standing.used_minor, standing.unrated)
            assert invoice_entry.customer_of(connection, code).used == card.used
            if standing.is_over:
                cards.append(code)
    assert found == shown == cards
    assert counted == len(found)
    return found


def test_the_limit_counts_all_currencies(book: Book, do: Do, bill: Bill) -> None:
    """CNY book, limit in USD: what is owed in CNY and EUR counts at the rates of the day."""
    do("customer.create", code="A", name="鼎晟", currency="USD", credit_limit="1000")
    do("customer.create", code="B", name="B", credit_limit="100000")
    do("rate.set", currency="USD", rate="7", date="2026-01-01")
    do("rate.set", currency="EUR", rate="8", date="2026-01-01")

    def warned(currency: str, amount: str = "900") -> list[str]:
        line = [{"description": "x", "quantity": "1", "unit_price": amount, "tax_rate": "0"}]
        given_values = {"customer": "A", "lines": line, "currency": currency}
        told = use_cases.run_outcome(book, "invoice.issue", given_values).warnings
        return [f"{one['code']}: {one['message']}" for one in told]

    assert warned("USD") == []
    (first,) = warned("CNY")  # 900 + 900 / 7 = 1028.571…
    assert first.startswith("credit_limit: ")
    assert "owes 900.00; with this invoice he is 28.57 beyond his credit limit of 1000.00" in first
    assert "All in USD" in first
    (second,) = warned("EUR")
    assert "owes 1028.57; with this invoice he is 1057.14 beyond" in second, "900 × 8 / 7 more"
    assert over(book) == ["A"]
    assert facts(book).used_minor == 2057_14
    do("payment.record", customer="A", amount="900", currency="EUR", date="2026-06-30", allocate="oldest")
    do("payment.record", customer="A", amount="300", currency="USD", date="2026-06-30", allocate="oldest")
    assert facts(book).used_minor == 728_57
    assert over(book) == []
    unrated = warned("GBP")
    assert any(one.startswith("rate_missing: ") and "checked in part" in one for one in unrated)
    assert any("GBP 900.00" in one for one in unrated), "told rather than left out"
    assert facts(book).unrated == (("GBP", 900_00),)
    (beyond,) = [one for one in warned("USD", "500") if one.startswith("credit_limit")]
    assert "GBP 900.00" in beyond
    assert over(book) == ["A"]


def test_a_new_rate_moves_who_is_beyond_his_limit(book: Book, do: Do, bill: Bill) -> None:
    """Rules that ask for the limit follow the table at once; `check` (after every test) finds them right."""
    do("customer.create", code="A", name="A", currency="USD", credit_limit="1000")
    do("customer.create", code="B", name="B", credit_limit="1000")
    do("rate.set", currency="USD", rate="7", date="2026-01-01")
    do("segment.create", name="beyond", rule="over_limit")
    do("segment.create", name="risky", rule="not risk = A")

    def members() -> list[str]:
        found = lists.as_json(book, "customers", filter="segment = beyond and segment = risky")
        return [row["code"] for row in found["rows"]]

    bill("A", "2026-06-30", "8000", currency="CNY")
    bill("B", "2026-06-30", "150", currency="USD")
    assert members() == ["A", "B"]
    do("rate.set_many", rates=[{"currency": "USD", "rate": "10", "date": "2026-06-01"}])
    assert members() == ["B"]
    do("rate.set", currency="USD", rate="6", date="2026-06-01")
    assert members() == ["A"]
    do("rate.remove", currency="USD", date="2026-06-01")
    assert members() == ["A", "B"]


def test_what_is_owed_in_the_book_when_the_limit_has_no_rate(book: Book, do: Do, bill: Bill) -> None:
    do("customer.create", code="A", name="A", currency="USD", credit_limit="1000")
    do("customer.create", code="B", name="B")
    bill("A", "2026-06-01", "5000", currency="CNY")
    assert facts(book).unrated == (("CNY", 5000_00),)
    assert over(book) == []


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)), st.integers(-4000, 4000))
def test_days_between_stored_days(shared_book: Book, day: date, away: int) -> None:
    other = day + timedelta(days=away)
    with shared_book.read() as connection:
        one, two = (dialect.day_count(literal(day_number(each))) for each in (other, day))
        assert connection.execute(select(one - two)).scalar_one() == away


def test_the_sentence_of_the_grades_is_that_of_the_table() -> None:
    told = credit.grade_spans()
    assert told == "A 0–1, B 2–3, C 4–6, D 7–9, E 10+"
    for part in told.split(", "):
        grade, span = part.split(" ")
        first, last = (span.rstrip("+").split("–") * 2)[:2] if "–" in span else (span.rstrip("+"), "99")
        assert credit.grade_of(int(first)) == credit.grade_of(int(last)) == grade
