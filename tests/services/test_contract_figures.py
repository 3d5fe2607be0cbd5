"""Figures of contracts and instalments as at any date: in the list, the report and on the card the same ones."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from crmdesk.cli.main import main
from crmdesk.services import agreement_card, lists, plans
from crmdesk.services.book import Book
from crmdesk.services.reports import declared
from tests.services.agreement_story import PAINT, Story


@pytest.fixture
def story(book: Book) -> Story:
    """A contract of 1,000 in four: 250 billed and paid late, a deposit, one credited in part, one void."""
    told = Story(book)
    number = told.contract(PAINT | {"unit_price": "1000.00"}, number="HT-1", ends_on="2026-07-15")
    told.do("plan.create", contract=number, way="monthly", count=4, first_due="2026-02-28", date="2026-01-06")
    told.do("payment.record", customer="C1", date="2026-02-01", amount="300.00", contract=number)
    first = told.do("plan.bill", contract=number, date="2026-03-01")["invoices"][0]["invoice"]
    second = told.do("plan.bill", contract=number, instalment=2, date="2026-03-20")["invoices"][0]["invoice"]
    told.do("credit.issue", customer="C1", invoice=second, date="2026-04-01", lines=[PAINT | {"unit_price": "20"}],
            reason="late", apply=True)  # fmt: skip
    third = told.do("plan.bill", contract=number, instalment=3, date="2026-05-01")["invoices"][0]["invoice"]
    told.do("invoice.void", invoice=third, date="2026-05-10", reason="too early")
    told.do(
        "plan.replan",
        contract=number,
        way="equal",
        count=1,
        first_due="2026-08-31",
        reason="x",
        date="2026-06-01",
    )
    told.do("payment.record", customer="C1", date="2026-06-10", amount="180.00", contract=number)
    other = told.do("payment.record", customer="C1", date="2026-06-11", amount="60.00", contract=number)[
        "number"
    ]
    told.do(
        "refund.record", payment=other, amount="10.00", date="2026-06-20", method="bank", reason="too much"
    )
    assert first != second
    return told


# billed, received (also what waits for the next bill), unpaid (less what was credited), percent
BY_DATE = {
    "2026-01-31": (0, 0, 100000, 0),
    "2026-02-15": (0, 30000, 70000, 30),
    "2026-03-01": (25000, 30000, 70000, 30),
    "2026-03-31": (50000, 30000, 70000, 30),
    "2026-04-01": (50000, 30000, 68000, 30),
    "2026-05-05": (75000, 30000, 68000, 30),
    "2026-05-10": (50000, 30000, 68000, 30),
    "2026-06-10": (50000, 48000, 50000, 48),
    "2026-06-11": (50000, 54000, 44000, 54),
    "2026-06-30": (50000, 53000, 45000, 53),
}


@pytest.mark.parametrize(("at", "expected"), BY_DATE.items())
def test_money_as_at_a_date(story: Story, at: str, expected: tuple[int, ...]) -> None:
    on = date.fromisoformat(at)
    with story.book.read() as connection:
        found = agreement_card.by_number(connection, "contract", "HT-1", on).money
        assert found is not None
        assert (
            found.billed_minor,
            found.received_minor,
            found.unpaid_minor,
            found.received_percent,
        ) == expected
        (row,) = declared.find("contracts").fill(connection, declared.Options(as_of=on)).rows
        assert (row[6], row[7], row[10], row[8]) == expected
        assert row[5] == row[7] + row[9] + row[10], "total = received + taken off + unpaid"
    assert story.is_clean()


def test_states_of_instalments_as_at_a_date(story: Story) -> None:
    expected = {
        "2026-02-15": ["pending", "pending", "pending", "pending"],
        "2026-02-28": ["pending", "pending", "pending", "pending"],
        "2026-03-01": ["done", "pending", "pending", "pending"],
        "2026-03-20": ["done", "part", "pending", "pending"],
        "2026-03-29": ["done", "overdue", "pending", "pending"],
        "2026-05-29": ["done", "overdue", "overdue", "overdue"],
        "2026-06-01": ["done", "overdue", "pending"],
        "2026-06-10": ["done", "done", "pending"],
    }
    with story.book.read() as connection:
        for at, states in expected.items():
            card = agreement_card.by_number(connection, "contract", "HT-1", date.fromisoformat(at))
            assert [part.state for part in card.plans[0].instalments] == states, at
            assert all(part.state == "void" for old in card.plans[1:] for part in old.instalments)
        card = agreement_card.by_number(connection, "contract", "HT-1")
        assert [(one.version, one.is_present, one.way) for one in card.plans] == [
            (2, True, "equal"),
            (1, False, "monthly"),
        ]
        assert [(step.kind, step.state) for step in card.chain] == [
            ("contract", "running"),
            ("invoice", "issued"),
            ("invoice", "issued"),
            ("invoice", "void"),
        ]
        preview = plans.preview(connection, "HT-1", {"way": "equal", "count": 3, "remainder": "first"})
        assert [part.amount_minor for part in preview.parts] == [16667, 16667, 16666]
        assert [part.amount_minor for part in preview.kept] == [25000, 25000]


def test_lists_say_the_same_today(story: Story) -> None:
    (row,) = lists.as_json(story.book, "contracts")["rows"]
    names = ("total", "billed", "received", "received_percent", "reduced", "unpaid", "tied", "days_left")
    # 1000.00 = 530.00 received + 20.00 credited + 450.00 unpaid
    assert {name: row[name] for name in names} == {
        "total": "1000.00", "billed": "500.00", "received": "530.00", "received_percent": 53, "reduced": "20.00",
        "unpaid": "450.00", "tied": "50.00", "days_left": 15,
    }  # fmt: skip
    assert (row["fapiao"], row["invoiced_not_received"], row["received_not_invoiced"]) == (
        "0.00",
        "0.00",
        "530.00",
    )
    told = lists.as_json(story.book, "instalments")
    assert [(one["instalment"], one["state"], one["received"], one["open"]) for one in told["rows"]] == [
        (1, "done", "250.00", "0.00"),
        (2, "done", "230.00", "0.00"),
        (3, "pending", "0.00", "500.00"),
    ]
    assert told["sums"] == {"CNY": {"amount": "1000.00", "received": "480.00", "open": "500.00"}}
    assert lists.as_json(story.book, "instalments", filter="days<=62 and open>0")["total"] == 1
    assert lists.as_json(story.book, "instalments", filter="days<=61 and open>0")["total"] == 0
    assert lists.as_json(story.book, "contracts", filter="days_left<=15")["total"] == 1
    assert lists.as_json(story.book, "contracts", filter="received_percent<50")["total"] == 0


@pytest.mark.parametrize("day", ["2026-02-28", "2024-02-29", "2025-12-31", "2026-01-01", "2027-03-01"])
def test_days_are_counted_as_the_calendar_does(
    story: Story, day: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", day)
    (row,) = lists.as_json(story.book, "contracts")["rows"]
    assert row["days_left"] == (date(2026, 7, 15) - date.fromisoformat(day)).days


def test_printed_by_the_command_line(story: Story, tmp_path: Path) -> None:
    number = story.do("quote.create", customer="C1", lines=[PAINT])["number"]
    path = story.book.path
    story.book.close()
    for kind, name in (("quote", number), ("contract", "HT-1")):
        out = tmp_path / f"{kind}.pdf"
        assert main(["print", kind, name, str(path), "--out", str(out), "--language", "both"]) == 0
        assert out.read_bytes().startswith(b"%PDF")
    assert main(["print", "quote", "Q-9", str(path), "--out", str(tmp_path / "x.pdf")]) == 1
    assert main(["report", "contracts", str(path), "--as-of", "2026-03-01"]) == 0
